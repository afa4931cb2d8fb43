"""The site of a sample."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.sites import sites
from gotrace.tables.columns import Lists
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import Sample, recording


def names_of(made: Recording) -> list[str]:
    found = sites(made)
    return [found.where(int(site)) for site in found.of_sample]


def test_the_site_is_the_first_call_outside_the_runtime() -> None:
    made = recording(
        Sample(8, 1, stack=("runtime.mallocgc:9", "runtime.newobject:5", "main.make:7")),
        Sample(8, 1, stack=("internal/runtime/maps.newGroups:3", "main.index:4", "main.main:1")),
        Sample(8, 1, stack=("main.direct:2",)),
    )
    assert names_of(made) == [
        "main.make (make.go:7)",
        "main.index (index.go:4)",
        "main.direct (direct.go:2)",
    ]


def test_packages_whose_names_only_begin_like_the_runtimes_are_not_the_runtime() -> None:
    made = recording(Sample(8, 1, stack=("runtime/pprof.write:4", "main.main:1")))
    assert names_of(made) == ["runtime/pprof.write (write.go:4)"]


def test_a_stack_that_is_all_runtime_has_the_allocators_caller_as_site() -> None:
    made = recording(
        Sample(8, 1, stack=("runtime.mallocgc:1", "runtime.malg:4", "runtime.newproc1:1")),
        Sample(8, 1, stack=("runtime.mallocgc:1", "runtime.newobject:2")),
    )
    assert names_of(made) == ["runtime.malg (malg.go:4)", "runtime.mallocgc (mallocgc.go:1)"]


def test_a_site_deep_below_the_runtime_is_still_found() -> None:
    deep = tuple(f"runtime.f{n}:1" for n in range(200))
    made = recording(
        Sample(8, 1, stack=(*deep, "main.deep:3")),
        Sample(8, 1, stack=deep),
        Sample(8, 1, stack=("main.near:1",)),
    )
    assert names_of(made) == [
        "main.deep (deep.go:3)",
        "runtime.f0 (f0.go:1)",
        "main.near (near.go:1)",
    ]


def test_a_sample_without_frames_has_a_name_for_that() -> None:
    assert names_of(recording(Sample(8, 1, stack=()), Sample(8, 1))) == [
        "(no stack)",
        "main.work (work.go:7)",
    ]


def test_inlined_calls_count_as_calls() -> None:
    """A location may stand for several frames, the innermost first."""
    made = recording(Sample(8, 1, stack=("runtime.makeslice:1", "main.inner:2", "main.outer:3")))
    made.columns["locations"]._entries["frame_ids"] = Lists.from_rows([[0, 1], [2], [2]])
    made.columns["sample_locations"]._entries["location_ids"] = Lists.from_rows([[0, 1]])
    assert names_of(made) == ["main.inner (inner.go:2)"]


def test_a_frame_without_function_is_named_by_its_address() -> None:
    made = recording(Sample(8, 1, stack=("main.lost:0",)))
    made.columns["frames"]._entries["function_id"] = np.array([-1], np.int32)
    made.columns["frames"]._entries["address"] = np.array([0x4711], np.uint64)
    assert names_of(made) == ["0x4711"]


def test_type_arguments_are_left_out_of_names() -> None:
    made = recording(
        Sample(8, 1, stack=("slices.Clone[go.shape.[]int,go.shape.int]:1",)),
        Sample(8, 1, stack=("main.(*T[go.shape.int]).Map[go.shape.string]:2",)),
    )
    found = sites(made)
    assert [found.function(int(site)) for site in found.of_sample] == [
        "slices.Clone[...]",
        "main.(*T[...]).Map[...]",
    ]
