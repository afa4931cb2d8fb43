"""Measure again: `python -m tests.fidelity` records all programs with all toolchains.

Writes docs/fidelity.md. `python -m tests.fidelity goals` measures that part alone, and leaves the
others as they are. `GOTRACE_GOROOTS` names toolchains (see `tests/goroots.py`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.fidelity import goals, whatif, whatif_more
from tests.fidelity.document import DOCUMENT, allocator_tables, written
from tests.fidelity.recordings import PROGRAMS, ROOTS, hold


def allocator() -> str:
    """Record, verify."""
    by_version = sorted({root.version: root for root in ROOTS}.items())
    held = []
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            for version, root in by_version:
                print(program, version, flush=True)
                held.append(hold(program, root, Path(folder)))
    return allocator_tables(held)


PARTS = {
    "allocator": allocator, "goals": goals.measured, "whatif": whatif.measured,
    "suggestions": whatif_more.suggestions, "versions": whatif_more.other_versions,
    "tight": whatif_more.too_tight,
}  # fmt: skip
"""Name of a part of the document → what measures it."""


def main() -> None:
    """Measure the parts that are asked for, and write."""
    asked = sys.argv[1:] or list(PARTS)
    parts = {name: PARTS[name]() for name in asked}
    DOCUMENT.write_text(written(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
