"""Objects of a trace by type and slot, and how many collections they outlived."""

from __future__ import annotations

import random

from gotrace.analyses.wrestle import allocated
from gotrace.analyses.wrestle.allocated import AllocatedSites
from tests.analyses.trace.blocks import ALLOC_TRACES, block, recorded
from tests.analyses.wrestle.programs import Objects


def test_objects_are_counted_by_the_collections_that_they_outlived() -> None:
    objects = Objects()
    objects.add("p.T", 24, 8, 24, 3, born=0, died=1)
    objects.add("p.T", 24, 8, 24, 2, born=0, died=2)
    objects.add("p.T", 24, 8, 24, 1, born=1, died=5)
    objects.add("p.T", 24, 8, 24, 1, born=3, died=-1)
    objects.types = objects.types[:1]
    objects.rows = [{**row, "type_id": 0} for row in objects.rows]
    (group,) = objects.folded().groups()
    assert (group.objects, group.outlived_0, group.outlived_1) == (7, 3, 2)
    assert (group.outlived_more, group.alive) == (1, 1)
    # Cycle 1 found two, cycles 2 to 4 another, cycle 4 the last one too; of the fifth and last,
    # whose dead may not have been swept, nothing is taken.
    assert group.survivals == 2 * 1 + 3 + 1
    assert group.most_alive == 2
    assert group.marked_bytes == 6 * 8
    assert group.undecided == 0


def test_survivors_agree_with_a_plain_count_over_all_cycles() -> None:
    chance = random.Random(7)
    rows = []
    for _ in range(400):
        born = chance.randrange(0, 14)
        died = chance.choice([-1, *range(born + 1, 14)])
        rows.append({"time_ns": 1, "type_id": 0, "slot_bytes": 32, "size_class": 4,
                     "gc_cycle": born, "end_gc_cycle": died, "allocations_count": 1})  # fmt: skip
    fold = AllocatedSites()
    for start in range(0, 400, 60):  # in several blocks, types last
        fold.feed(*block("objects", *rows[start : start + 60]))
    fold.feed(*block("types", {"type_id": 0, "name": "p.T", "size_bytes": 32, "pointer_bytes": 32}))
    (group,) = fold.groups()
    cycles = max(max(row["gc_cycle"], row["end_gc_cycle"]) for row in rows)
    found = [
        sum(r["gc_cycle"] < c and (r["end_gc_cycle"] < 0 or r["end_gc_cycle"] > c) for r in rows)
        for c in range(1, cycles)
    ]
    young = sum(r["end_gc_cycle"] < 0 and r["gc_cycle"] >= cycles - 1 for r in rows)
    assert fold.cycles_count == cycles
    assert group.survivals == sum(found)
    assert group.most_alive == max(found)
    assert group.undecided == young > 0


def test_elements_and_scannable_bytes_follow_the_type() -> None:
    objects = Objects()
    objects.add("p.Event", 40, 24, 1024, 1)
    objects.add("uint8", 1, 0, 4096, 1)
    objects.add("", 0, 0, 64, 1, noscan=False)
    by_slot = {group.slot_bytes: group for group in objects.folded().groups()}
    # An 8-byte header stands in front of objects with pointers above 512 bytes.
    assert by_slot[1024].elements == (1024 - 8) // 40
    assert by_slot[1024].scannable_bytes == 24 * 40 + 24
    assert by_slot[4096].scannable_bytes == 0
    assert by_slot[64].scannable_bytes == 64


def test_objects_from_before_the_trace_have_no_part() -> None:
    fold = AllocatedSites()
    fold.feed(*block("objects", {"slot_bytes": 32, "type_id": -1, "end_gc_cycle": 3}))
    assert fold.groups() == []
    assert fold.cycles_count == 3


def test_types_without_end_take_no_memory_without_end() -> None:
    objects = Objects()
    for number in range(allocated.MOST_GROUPS + 50):
        objects.add("", 0, 0, 8 * (number + 1), 1, noscan=True)
    found = objects.folded().groups()
    assert len(found) == allocated.MOST_GROUPS
    assert sum(group.objects for group in found) == allocated.MOST_GROUPS + 50


def test_recorded_traces_add_up_to_their_objects() -> None:
    path = min(ALLOC_TRACES, key=lambda one: one.stat().st_size)
    trace = recorded(path)
    fold = AllocatedSites()
    for name in fold.tables:
        fold.feed(name, trace.columns[name])
    objects = trace.columns["objects"]
    new = (objects.array("time_ns") >= 0) & (objects.array("slot_bytes") > 0)
    groups = fold.groups()
    assert sum(group.objects for group in groups) == int(new.sum()) > 0
    assert sum(group.bytes for group in groups) == int(objects.array("slot_bytes")[new].sum())
    for group in groups:
        freed = group.outlived_0 + group.outlived_1 + group.outlived_more
        assert freed + group.alive == group.objects
        assert group.most_alive <= group.objects
