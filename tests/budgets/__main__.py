"""Measure again: `python -m tests.budgets` fills the tables of docs/budgets.md.

`python -m tests.budgets same-busy` measures that part alone (of `same-quiet`, `same-busy`,
`changes`), and leaves the others as they are. `GOTRACE_GOROOTS` names toolchains: the same code is
measured with the newest, changes are with all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gotrace.tables.budget import Mode, Outcome
from tests.budgets.measuring import CHANGES, NEWEST, Bench, is_caught, overruns
from tests.goroots import GOROOTS, GoRoot

DOCUMENT = Path(__file__).parents[2] / "docs" / "budgets.md"
TIMES = 50
_BUSY = 1.5
"""Load average for each CPU from which on a machine is busy without our help."""
_SPIN = "while True: pass"


def same(times: int, *, is_busy: bool) -> str:
    """The same code, `times` times against its own baseline: one row of the table."""
    rows = []
    with tempfile.TemporaryDirectory() as name, _busy(is_busy):
        bench = Bench(Path(name), iterations=20)
        bench.bless()
        gates = over = unclear = failed = 0
        loads = []
        for number in range(1, times + 1):
            checked = bench.check()
            loads.append(os.getloadavg()[0])
            gated = [verdict for verdict in checked.verdicts if verdict.budget.mode is Mode.GATE]
            gates += len(gated)
            over += len(overruns(checked))
            unclear += checked.counted(Outcome.CANNOT_TELL)
            failed += checked.is_failure
            print(number, sorted(overruns(checked)), flush=True)
    state = "busy" if is_busy else "quiet"
    load = f"{min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} CPUs"
    rows.append(f"| {state} | {load} | {times} | {gates} | {over} | {unclear} | {failed} |")
    return "\n".join(rows)


def changes() -> str:
    """Every change with every toolchain, caught at the first check or not."""
    by_version = sorted({root.version: root for root in GOROOTS}.items())
    return "\n".join(row for _, root in by_version for row in _changes(root))


def _changes(root: GoRoot) -> Iterator[str]:
    version = (root.path / "VERSION").read_text(encoding="utf-8").split()[0]
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), root, iterations=20)
        bench.bless()
        for change in CHANGES:
            checked = bench.check(change.tag)
            over = ", ".join(f"`{budget}`" for budget in sorted(overruns(checked)))
            caught = "yes" if is_caught(checked, change) else "NO"
            print(version, change.tag, caught, flush=True)
            yield f"| {version} | {change.what} | `{change.tag}` | {over or 'none'} | {caught} |"


@contextmanager
def _busy(is_wanted: bool) -> Iterator[None]:
    """Two spinning processes for each CPU, unless others keep the machine busy already."""
    cpus = os.cpu_count() or 1
    is_needed = is_wanted and os.getloadavg()[0] < _BUSY * cpus
    spinning = [
        subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(2 * cpus if is_needed else 0)
    ]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def _written(part: str, rows: str) -> None:
    """Put rows where the document has a place for them."""
    first, last = f"<!-- {part} -->\n", f"\n<!-- end of {part} -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.S)
    headed = f"{first}\n{_HEADS[part]}\n{rows}\n{last}"
    DOCUMENT.write_text(place.sub(lambda _: headed, text), encoding="utf-8")


_SAME = (
    "| machine | load average | checks | gates judged | over | cannot tell, advice included "
    "| checks failed |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)
_HEADS = {
    "same-quiet": _SAME,
    "same-busy": _SAME,
    "changes": "| Go | change | tag | over | caught |\n|---|---|---|---|---|",
}
_MEASURES = {
    "same-quiet": lambda times: same(times, is_busy=False),
    "same-busy": lambda times: same(times, is_busy=True),
    "changes": lambda _: changes(),
}


def main() -> None:
    """Measure the parts that are asked for, and write; a number is that of checks."""
    asked = [word for word in sys.argv[1:] if not word.isdigit()] or list(_MEASURES)
    times = next((int(word) for word in sys.argv[1:] if word.isdigit()), TIMES)
    print(f"{NEWEST.version}, {times} times", flush=True)
    for part in asked:
        _written(part, _MEASURES[part](times))


if __name__ == "__main__":
    main()
