"""The reference page of all tables: `python -m gotrace.tables.document > schemas/tables.md`."""

from __future__ import annotations

import sys

from gotrace.tables.arrow import arrow_type
from gotrace.tables.schema import SCHEMA_VERSION, TABLES, Column, Table

__all__ = ["tables_page"]


def tables_page() -> str:
    """The Markdown text of `schemas/tables.md`."""
    head = (
        "# Tables\n\n"
        "<!-- Made by `python -m gotrace.tables.document`; do not edit. -->\n\n"
        "What `gotrace convert` writes, one Parquet file a table, and what "
        "`gotrace.read(...).tables` holds.\n"
        f"Schema version {SCHEMA_VERSION}. Ids are 64-bit hashes of content: the same function, "
        "frame or stack has the\nsame id in every file, so tables of many recordings can be "
        "concatenated and grouped by id.\n"
    )
    return head + "".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    key = f" Unique: `{table.key}`." if table.key else ""
    rows = "".join(_row(column) for column in table.columns)
    return (
        f"\n## {table.name}\n\n{table.doc}{key}\n\n"
        "| column | type | unit | null | refers to | meaning |\n"
        "|---|---|---|---|---|---|\n" + rows
    )


def _row(column: Column) -> str:
    arrow = str(arrow_type(column)).replace("|", "\\|")
    refers_to = f"`{column.refers_to}`" if column.refers_to else ""
    null = "yes" if column.nullable else ""
    doc = column.doc.replace("|", "\\|")
    return f"| `{column.name}` | `{arrow}` | {column.unit} | {null} | {refers_to} | {doc} |\n"


if __name__ == "__main__":
    sys.stdout.write(tables_page())
