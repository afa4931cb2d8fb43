"""Measure again: `python -m tests.fidelity` records all programs with all toolchains.

Writes docs/fidelity.md. `GOTRACE_GOROOTS` names toolchains (see `tests/goroots.py`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.fidelity.document import DOCUMENT, written
from tests.fidelity.recordings import PROGRAMS, ROOTS, hold


def main() -> None:
    """Record, verify, write."""
    by_version = sorted({root.version: root for root in ROOTS}.items())
    held = []
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            for version, root in by_version:
                print(program, version, flush=True)
                held.append(hold(program, root, Path(folder)))
    DOCUMENT.write_text(written(held), encoding="utf-8")


if __name__ == "__main__":
    main()
