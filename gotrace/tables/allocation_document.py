"""`python -m gotrace.tables.allocation_document > schemas/allocations.md` makes that page."""

from __future__ import annotations

import sys

from gotrace.tables.allocation_schema import ALLOCATIONS, OPTIONAL
from gotrace.tables.arrow import arrow_type

__all__ = ["allocations_page"]

_HEAD = """# Allocations of your own

<!-- Made by `python -m gotrace.tables.allocation_document`; do not edit. -->

gotrace replays the allocations of a program that has no trace, too: of another language, of a
simulation, of a plan. Bring them as CSV (a header line, commas, UTF-8) or Parquet, told apart by
content. Columns may come in any order; others are passed over, with a note.

"""

_TAIL = """
In CSV booleans are `true` or `false` (also `1` or `0`). In Parquet any whole-number type will do,
whole floating-point numbers and timestamps too: pandas writes a nullable column so.

```csv
time_ns,proc,size_bytes,has_pointers,free_time_ns
0,0,33,false,1500
250,1,1024,true,
1000,0,5,false,1200
```

A cell that is no number is an error that names file, row and column. A row that cannot be (a
negative size, 2^48 bytes or more, a P beyond 1,023) is left out, an object that dies before it is
born never dies; notes say how many and where the first one is.
"""


def allocations_page() -> str:
    """The Markdown text of `schemas/allocations.md`."""
    rows = "".join(
        f"| `{column.name}` | `{arrow_type(column)}` | {column.unit} "
        f"| {'no' if column.name in OPTIONAL else 'yes'} | {'yes' if column.nullable else ''} "
        f"| {column.doc} |\n"
        for column in ALLOCATIONS.columns
    )
    return (
        f"{_HEAD}{ALLOCATIONS.doc}\n\n"
        "| column | type | unit | required | null | meaning |\n|---|---|---|---|---|---|\n"
        f"{rows}{_TAIL}"
    )


if __name__ == "__main__":
    sys.stdout.write(allocations_page())
