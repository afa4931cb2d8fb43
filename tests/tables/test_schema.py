"""Tables are declared once; everything else follows from the declaration."""

from pathlib import Path

import pytest

from gotrace.tables.arrow import arrow_schema
from gotrace.tables.document import tables_page
from gotrace.tables.schema import TABLES, Column, Table

ROOT = Path(__file__).parents[2]


def test_the_reference_page_is_up_to_date() -> None:
    """`python -m gotrace.tables.document > schemas/tables.md` makes it."""
    assert (ROOT / "schemas" / "tables.md").read_text() == tables_page()


def test_every_reference_points_at_the_key_of_a_table() -> None:
    references = [c.refers_to for t in TABLES.values() for c in t.columns if c.refers_to]
    assert references
    for reference in references:
        table, _, column = reference.partition(".")
        assert TABLES[table].key == column


def test_a_column_without_documentation_is_refused() -> None:
    with pytest.raises(ValueError, match="has no documentation"):
        Column("name", "int64", "  ")
    with pytest.raises(ValueError, match="has no documentation"):
        Table("name", "", ())


def test_arrow_schemas_carry_version_units_and_docs() -> None:
    for table in TABLES.values():
        schema = arrow_schema(table)
        assert schema.metadata[b"gotrace.table"].decode() == table.name
        for column in table.columns:
            metadata = schema.field(column.name).metadata
            assert metadata[b"doc"].decode() == column.doc
            assert metadata.get(b"unit", b"").decode() == column.unit
