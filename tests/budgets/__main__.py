"""Measure again: `python -m tests.budgets` fills the tables of docs/budgets.md.

`python -m tests.budgets same-busy` measures that part alone (of `same-quiet`, `same-busy`,
`changes`, `varying`), and leaves the others as they are; `python -m tests.budgets record` makes the
recordings that are shipped again. `GOTRACE_GOROOTS` names toolchains: the same code is measured
with the newest, changes are with all.

`GOTRACE_BUDGET_RUNS=DIR` keeps every check of the same code there, and begins with those that are
there; `GOTRACE_BUDGET_SECONDS=N` ends after about that time, to go on another time.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from gotrace import budget
from tests.budgets.measuring import CHANGES, MODULE, NEWEST, Bench, is_caught, overruns
from tests.budgets.same_code import HEAD, Checks
from tests.budgets.varying import HEAD as VARYING
from tests.budgets.varying import row
from tests.goroots import GOROOTS, GoRoot

DOCUMENT = Path(__file__).parents[2] / "docs" / "budgets.md"
TIMES = 50


def same(times: int, *, is_busy: bool) -> str:
    """The same code, `times` times against its own baseline: the rows of the table."""
    kept = os.environ.get("GOTRACE_BUDGET_RUNS")
    with tempfile.TemporaryDirectory() as name:
        checks = Checks(Path(kept or name), is_busy=is_busy)
        count = checks.measure(times, float(os.environ.get("GOTRACE_BUDGET_SECONDS", "inf")))
        if count < times:
            raise SystemExit(f"{count} of {times} checks are done, {DOCUMENT.name} is as it was")
        return checks.rows()


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


def varying() -> str:
    """Code that varies, with every toolchain: how often its own repeats are told apart."""
    rows = []
    for _, root in sorted({root.version: root for root in GOROOTS}.items()):
        with tempfile.TemporaryDirectory() as name:
            rows.append(row(root, Path(name)))
            print(rows[-1], flush=True)
    return "\n".join(rows)


def record() -> None:
    """The sample's own recordings and its baseline, as shipped."""
    for place in ("recorded", "budgets"):
        shutil.rmtree(MODULE / place, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), iterations=100)
        bench.keep(MODULE / "recorded" / "within")
        bench.keep(MODULE / "recorded" / "over", "one_more_alloc")
    within = sorted((MODULE / "recorded" / "within").glob("**/*.*"))
    budget.bless([str(path) for path in within], MODULE / "gotrace.toml")


def _written(part: str, rows: str) -> None:
    """Put rows where the document has a place for them."""
    first, last = f"<!-- {part} -->\n", f"\n<!-- end of {part} -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.S)
    headed = f"{first}\n{_HEADS[part]}\n{rows}\n{last}"
    DOCUMENT.write_text(place.sub(lambda _: headed, text), encoding="utf-8")


_HEADS = {
    "same-quiet": HEAD,
    "same-busy": HEAD,
    "varying": VARYING,
    "changes": "| Go | change | tag | over | caught |\n|---|---|---|---|---|",
}
_MEASURES: dict[str, Callable[[int], str]] = {
    "same-quiet": lambda times: same(times, is_busy=False),
    "same-busy": lambda times: same(times, is_busy=True),
    "changes": lambda _: changes(),
    "varying": lambda _: varying(),
}


def main() -> None:
    """Measure the parts that are asked for, and write; a number is that of checks."""
    asked = [word for word in sys.argv[1:] if not word.isdigit()] or list(_MEASURES)
    times = next((int(word) for word in sys.argv[1:] if word.isdigit()), TIMES)
    print(f"{NEWEST.version}, {times} times", flush=True)
    for part in asked:
        if part == "record":
            record()
            continue
        _written(part, _MEASURES[part](times))


if __name__ == "__main__":
    main()
