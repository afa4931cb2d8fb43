"""Types by what marking reads of them."""

from __future__ import annotations

from typing import Any

import pytest

from gotrace.analyses.gc_cost import analyse_gc_cost
from gotrace.analyses.gc_cost.scanned import ScannedTypes
from gotrace.analyses.result import ResultTable
from tests.analyses.gc_cost.profiles import PERIOD, PROFILE
from tests.analyses.trace.blocks import ALLOC_TRACES, block, fed, recorded

NODE = {"name": "main.node", "size_bytes": 24, "pointer_bytes": 16}
PAIR = {"name": "main.pair", "size_bytes": 16, "pointer_bytes": 8}


def scanned(*objects: dict[str, Any]) -> ScannedTypes:
    found = ScannedTypes()
    fed(found, [block("types", NODE, PAIR), block("objects", *objects)])
    return found


def live(type_id: int, slot_bytes: int, born: int, freed: int | None) -> dict[str, Any]:
    size_class = {8: 1, 16: 2, 24: 3, 32: 4, 48: 5, 576: 29}.get(slot_bytes, 0)
    row = {"type_id": type_id, "slot_bytes": slot_bytes, "gc_cycle": born}
    row |= {"size_class": size_class}
    return row | ({} if freed is None else {"end_gc_cycle": freed})


def read(found: ScannedTypes) -> tuple[int, int]:
    """What was read of nodes, and of objects of unknown type."""
    unknown, node, _ = found.read_bytes.tolist()
    return node, unknown


def table_of(found: ScannedTypes) -> ResultTable:
    table = found.table(1000, 2000)
    assert table is not None
    return table


def test_an_object_is_read_by_the_cycles_between_its_birth_and_its_death() -> None:
    found = scanned(live(0, 24, 2, 3), live(0, 24, 2, 6))
    assert read(found) == (16 * 3, 0)


def test_what_is_alive_at_the_end_was_read_by_all_cycles_since() -> None:
    found = scanned(live(0, 24, 1, None), live(1, 16, 0, 5))
    assert found.read_bytes.tolist() == [0, 16 * 4, 8 * 4]


@pytest.mark.parametrize(
    ("slot_bytes", "read_bytes"), [(24, 16), (48, 24 + 16), (576, 22 * 24 + 16), (8, 8)]
)
def test_elements_count_whole_but_for_the_last(slot_bytes: int, read_bytes: int) -> None:
    assert read(scanned(live(0, slot_bytes, 0, 2))) == (read_bytes, 0)


def test_large_objects_count_whole() -> None:
    found = scanned(live(0, 40960, 0, 3), live(0, 49152, 0, None))
    assert read(found) == (40960 * 2 + 49152 * 3, 0)


def test_types_may_come_behind_their_objects() -> None:
    found = ScannedTypes()
    fed(found, [block("objects", live(1, 16, 0, 2)), block("types", NODE, PAIR)])
    assert found.read_bytes.tolist() == [0, 0, 8]


def test_objects_without_pointers_cost_nothing_to_mark() -> None:
    found = scanned(live(0, 24, 0, 9) | {"is_noscan": True})
    assert found.table(1000, 2000) is None


def test_objects_of_unknown_type_are_read_whole() -> None:
    assert read(scanned(live(-1, 32, 0, 2))) == (0, 32)


def test_marking_is_charged_in_proportion() -> None:
    table = table_of(scanned(live(0, 24, 0, 2), live(1, 16, 0, 7)))
    assert list(table.column("type").values) == ["main.pair", "main.node"]
    assert list(table.column("charged_ns").values) == [750, 250]
    assert list(table.column("share").values) == [0.375, 0.125]


def test_the_analysis_charges_background_marking_and_assists() -> None:
    result = analyse_gc_cost(PROFILE, scanned=scanned(live(0, 24, 0, 2)))
    table = next(table for table in result.tables if table.name == "scanned_types")
    assert list(table.column("charged_ns").values) == [11 * PERIOD]


@pytest.mark.parametrize("path", ALLOC_TRACES[:1], ids=lambda path: str(path.parent.name))
def test_a_recorded_trace_names_the_types_that_live_long(path: Any) -> None:
    columns = recorded(path).columns
    found = ScannedTypes()
    fed(found, [(name, columns[name]) for name in ScannedTypes.tables])
    table = table_of(found)
    assert sum(table.column("charged_ns").values) == 1000
    assert any(name.startswith("main.") or "main." in name for name in table.column("type").values)
