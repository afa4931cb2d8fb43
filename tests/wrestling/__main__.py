"""Measure again: `python -m tests.wrestling` fills the table of docs/wrestle.md.

    python -m tests.wrestling                        # all packages, the newest Go and 1.23
    python -m tests.wrestling growth --go 1.21       # one package, one Go; other rows are kept
    python -m tests.wrestling --dry                  # print, and leave the document as it is

`GOTRACE_GOROOTS` names toolchains; `GOTRACE_WRESTLE_RUNS=DIR` keeps recordings (see measuring.py).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.goroots import GOROOTS, GoRoot
from tests.wrestling.document import healthy_row, planted_row, write_rows
from tests.wrestling.measuring import Bench, Found, Wrestling, judge
from tests.wrestling.modules import HEALTHY, PLANTED

_OLDER = 23
"""The first Go whose traces name every allocation."""


def main() -> None:
    """Measure what is asked for, and write."""
    asked = _arguments()
    rows = {}
    with tempfile.TemporaryDirectory() as name:
        for root in _roots(asked.go):
            bench = Bench(Path(name), root)
            version = _name(root)
            for module in asked.names or [*PLANTED, *HEALTHY]:
                row = _row(version, module, bench)
                rows[version, module] = row
                print(row, flush=True)
    if not asked.dry:
        write_rows(rows)


def _row(version: str, module: str, bench: Bench) -> str:
    before = bench.wrestle(module)
    if module in HEALTHY:
        return healthy_row(version, module, _above_low(before))
    return planted_row(version, judge(PLANTED[module], before, bench.wrestle(module, "fixed")))


def _above_low(wrestling: Wrestling) -> list[Found]:
    return [found for found in wrestling.remedies if found.weight != "low"]


def _roots(minors: list[str]) -> list[GoRoot]:
    """One toolchain for each minor version: those that are asked for, or the newest and 1.23."""
    by_minor = {root.version.minor: root for root in sorted(GOROOTS, key=lambda r: r.version)}
    wanted = [int(minor.removeprefix("1.")) for minor in minors] or [max(by_minor), _OLDER]
    return [by_minor[minor] for minor in wanted if minor in by_minor]


def _name(root: GoRoot) -> str:
    return (root.path / "VERSION").read_text(encoding="utf-8").split()[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.wrestling")
    parser.add_argument("names", nargs="*", metavar="PACKAGE")
    parser.add_argument("--go", action="append", default=[], metavar="1.N")
    parser.add_argument("--dry", action="store_true", help="print only")
    asked = parser.parse_args()
    if unknown := set(asked.names) - {*PLANTED, *HEALTHY}:
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    main()
