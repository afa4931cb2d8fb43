"""Objects added up by birth and death, against the objects themselves."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.analyses.whatif.births import ALIVE, BEFORE, Births
from gotrace.analyses.whatif.other_sizes import OtherSizes
from gotrace.analyses.whatif.program import ObjectProgram, object_program
from gotrace.analyses.whatif.recorded import CycleFold, RecordedCycles
from gotrace.model.versions import GoVersion
from gotrace.readers.trace.recording import read_trace
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Recording
from tests.cli.running import SAMPLES

TRACE = SAMPLES / "batch" / "go1.27" / "trace.allocfree.p2.out"
TABLES = ("objects", "types", "spans", *CycleFold.tables)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return read_trace(TRACE, tables=TABLES)


@pytest.fixture(scope="module")
def births(recording: Recording) -> Births:
    found = Births((OtherSizes(GoVersion(27), GoVersion(15)),))
    for name in ("types", "objects", "spans"):
        found.feed(name, recording.columns[name])
    return found


@pytest.fixture(scope="module")
def cycles(recording: Recording) -> RecordedCycles:
    fold = CycleFold()
    for name in fold.tables:
        fold.feed(name, recording.columns[name])
    return fold.cycles(recording.origin.duration_ns)


@pytest.fixture(scope="module")
def program(births: Births, cycles: RecordedCycles) -> ObjectProgram:
    return object_program(cycles, births.sums(), births.ticks.width_ns, births.tracer_bytes)


def alive_at(objects: Columns, begin_ns: int, cycle: int) -> int:
    begin, died = objects.array("time_ns"), objects.array("end_gc_cycle")
    is_alive = (begin < begin_ns) & ((died < 0) | (died > cycle))
    return int(objects.array("slot_bytes")[is_alive].sum())


def test_sums_hold_every_byte_once(recording: Recording, births: Births) -> None:
    objects, sums = recording.columns["objects"], births.sums()
    slot = objects.array("slot_bytes")
    assert sums.bytes.sum() == slot.sum()
    assert sums.scan_bytes.sum() == slot[~objects.array("is_noscan")].sum()
    assert sums.bytes[sums.born == BEFORE].sum() == slot[objects.array("time_ns") < 0].sum()
    assert sums.bytes[sums.died == ALIVE].sum() == slot[objects.array("end_time_ns") < 0].sum()
    assert len(sums.tick) < len(slot)


def test_how_the_objects_are_cut_into_blocks_does_not_matter(recording: Recording) -> None:
    objects = recording.columns["objects"]
    cut = Births()
    for first in range(0, objects.rows, 977):
        rows = slice(first, first + 977)
        cut.feed("objects", part(objects, rows))
    whole = Births()
    whole.feed("objects", objects)
    assert cut.sums().bytes.tolist() == whole.sums().bytes.tolist()
    assert cut.sums().tick.tolist() == whole.sums().tick.tolist()
    assert cut.tracer_bytes == whole.tracer_bytes


def part(columns: Columns, rows: slice) -> Columns:
    taken = {name: np.asarray(columns.array(name))[rows] for name in columns}
    return Columns(len(taken["time_ns"]), taken)


def test_the_tracer_is_known_by_its_buffers(births: Births) -> None:
    assert births.tracer_bytes == 2 * (1 << 20) + 2 * (1 << 17)


def test_the_live_heap_is_exact_where_cycles_began(
    recording: Recording, cycles: RecordedCycles, program: ObjectProgram, births: Births
) -> None:
    objects = recording.columns["objects"]
    found = program.kept_bytes + births.tracer_bytes
    expected = [
        alive_at(objects, begin, number)
        for begin, number in zip(cycles.begin_ns.tolist(), cycles.number.tolist(), strict=True)
    ]
    assert found.tolist() == expected


def test_between_cycles_it_lies_between_its_bounds(program: ObjectProgram) -> None:
    for position in np.linspace(0, program.end, 200).tolist():
        live = program.live(position)
        assert 0 <= live.least_bytes <= live.bytes + 1 <= live.most_bytes + 2
        assert 0 <= live.scan_ratio <= 1


def test_positions_are_all_that_was_allocated(recording: Recording, program: ObjectProgram) -> None:
    objects = recording.columns["objects"]
    slot, begin = objects.array("slot_bytes"), objects.array("time_ns")
    assert program.end == slot[begin >= 0].sum()
    assert np.all(program.begins <= program.ends)
    assert np.all(program.ends[:-1] <= program.begins[1:])


def test_other_size_classes_give_other_slots(births: Births) -> None:
    sums = births.sums()
    least, most = sums.other_bytes
    assert np.all(least <= most)
    change = (least.sum() + most.sum()) / 2 / sums.bytes.sum() - 1
    assert 0.0001 < abs(change) < 0.05  # go1.15 has no class of 24 bytes, but no headers either


def test_heap_spans_are_counted_beside_their_bytes(recording: Recording, births: Births) -> None:
    spans = recording.columns["spans"]
    is_heap, size = spans.array("is_heap"), spans.array("size_bytes")
    is_last = spans.array("end_time_ns") < 0
    last = int(births.ticks.place(np.array([recording.origin.duration_ns]))[0])
    _, heap_bytes, manual_bytes, count = (int(row[last]) for row in births.in_use(last + 1))
    assert count == np.count_nonzero(is_heap & is_last) > 100
    assert heap_bytes == size[is_heap & is_last].sum()
    assert manual_bytes == size[~is_heap & is_last].sum()


@pytest.mark.parametrize("sweeps", [1, 2])
def test_span_classes_are_counted_whose_spans_outlive_sweeps(
    recording: Recording, births: Births, cycles: RecordedCycles, sweeps: int
) -> None:
    spans = recording.columns["spans"]
    names = ("span_class", "is_heap", "time_ns", "end_time_ns")
    found = set()
    for span_class, is_heap, born, gone in zip(*map(spans.array, names), strict=True):
        seen = cycles.begin_ns[1:][cycles.end_ns[:-1] >= born]  # each is behind a sweep
        outlived = len(seen) if gone < 0 else np.count_nonzero(seen < gone)
        if is_heap and outlived >= sweeps:
            found.add(int(span_class))
    told = births.lasting_classes(cycles.begin_ns, cycles.end_ns, sweeps)
    # The span that lived longest can be one of those that were swept less often.
    assert 0.9 * len(found) < told <= len(found)
    assert len(found) > 50
