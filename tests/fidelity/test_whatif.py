"""One program is recorded, and predictions are held against real runs of other settings.

docs/fidelity.md shows more programs; here there is room for a machine that is busy.
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from tests.fidelity.recordings import ROOTS
from tests.fidelity.whatif_runs import Runs, built, recorded


def test_the_cycles_of_another_gogc_are_about_those_predicted(tmp_path: Path) -> None:
    binary = built("growing", ROOTS[0], tmp_path)
    asked = recorded(binary, 1, count=1)
    assert asked.gogc == 100
    assert abs(asked.takes[0].check.cycles_error) < 0.1
    predicted = asked.predict(Setting(50, NO_LIMIT, asked.version))
    real = Runs(binary, 1).of(50, count=2)
    cycles = mean(one.cycles for one in real)
    assert 0.7 < predicted.cycles.value / cycles < 1.4
    assert 0.7 < predicted.peak_bytes.value / mean(one.peak_bytes for one in real) < 1.5
