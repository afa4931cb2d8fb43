"""The shipped text recordings of real Go programs, beside pprof and beside their protobuf twins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy import read_text
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.reader import read_profile
from gotrace.readers.recognise import recognise
from gotrace.readers.sources import open_source
from tests.layers import ROOT
from tests.readers.legacy.pprof_raw import draft_raw, function_totals, leaf_totals, pprof_raw

RECORDINGS = sorted((ROOT / "sample_traces").rglob("*.debug1.txt"))
HEAPS = [path for path in RECORDINGS if path.name in ("heap.debug1.txt", "allocs.debug1.txt")]
WITH_ALL_NAMES = [path for path in RECORDINGS if path.name.split(".")[0] in ("block", "mutex")]
OWN_COUNTS = [path for path in RECORDINGS if path.name.startswith("subscriptions.")]

_TYPE_ARGUMENTS = re.compile(r"\[.*\]")


def name_of(path: Path) -> str:
    return "-".join(path.parts[-3:])


def read(path: Path) -> ProfileDraft:
    data = open_source(str(path)).data
    return read_text(data, recognise(data))


def twin(path: Path) -> ProfileDraft:
    """The protobuf profile that the same program wrote a moment before or after."""
    return read_profile(open_source(str(path).replace(".debug1.txt", ".pb.gz")).data, DEFAULT)


def without_type_arguments(totals: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Text forms print `[...]` for type arguments, so several instances share one name."""
    result: dict[str, tuple[int, ...]] = {}
    for name, values in totals.items():
        short = _TYPE_ARGUMENTS.sub("[...]", name)
        before = result.get(short, (0,) * len(values))
        result[short] = tuple(a + b for a, b in zip(before, values, strict=True))
    return result


def test_there_are_recordings_of_every_kind_and_of_old_and_new_go() -> None:
    kinds = {path.name.split(".")[0] for path in RECORDINGS}
    assert kinds >= {"heap", "allocs", "goroutine", "threadcreate", "block", "mutex"}
    assert {path.parts[-2] for path in HEAPS} >= {"go1.21", "go1.23", "go1.25", "go1.27"}


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_without_names_a_recording_reads_as_pprof_reads_it(path, tmp_path) -> None:
    """pprof passes over the `#` lines; without them we too keep every address."""
    bare = tmp_path / "bare.txt"
    lines = path.read_bytes().splitlines(keepends=True)
    bare.write_bytes(b"".join(line for line in lines if not line.startswith(b"#")))
    theirs = pprof_raw(bare)
    if theirs is None:
        # Threads without a stack, which Go up to 1.26 writes and pprof cannot read.
        assert path.name.startswith("threadcreate.")
    else:
        assert draft_raw(read(bare)) == theirs


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_names_do_not_change_the_totals(path) -> None:
    data = path.read_bytes()
    bare = b"".join(line for line in data.splitlines(True) if not line.startswith(b"#"))
    named, plain = read(path), read_text(bare, recognise(bare))
    assert named.values.tolist() == plain.values.tolist()
    assert set(named.location_address.tolist()) <= set(plain.location_address.tolist())


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_every_address_that_is_kept_has_a_name(path) -> None:
    draft = read(path)
    has_name = draft.location_line_offsets[1:] > draft.location_line_offsets[:-1]
    used = draft.sample_locations.values
    nowhere = draft.location_address[used] == (1 << 64) - 1  # address 0: threads not of Go
    assert (has_name[used] | nowhere).all()


@pytest.mark.parametrize("path", HEAPS, ids=name_of)
def test_a_heap_has_the_function_totals_of_its_protobuf_twin(path) -> None:
    """But for pprof's own allocations, as it wrote the one after the other."""
    ours, theirs = (without_type_arguments(function_totals(draft(path))) for draft in (read, twin))
    changed = [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]
    assert len(ours) - len(changed) > 20
    writers = ("runtime/pprof.", "compress/", "samples/recording.", "sort.", "text/tabwriter.")
    assert [name for name in changed if not name.startswith(writers)] == []


@pytest.mark.parametrize("path", HEAPS, ids=name_of)
def test_a_heap_blames_the_same_leaf_functions_as_its_protobuf_twin(path) -> None:
    """The runtime's own frames at the leaf are hidden in both forms."""
    totals = [
        without_type_arguments({name: (value,) for name, value in leaf_totals(form(path)).items()})
        for form in (read, twin)
    ]
    ours, theirs = ({k: v for k, v in total.items() if v[0]} for total in totals)
    assert len(ours) > 2
    assert ours == theirs


@pytest.mark.parametrize("path", OWN_COUNTS, ids=name_of)
def test_a_count_profile_of_our_own_equals_its_protobuf_twin(path) -> None:
    assert function_totals(read(path)) == function_totals(twin(path))
    assert leaf_totals(read(path)) == leaf_totals(twin(path))


@pytest.mark.parametrize("path", WITH_ALL_NAMES, ids=name_of)
def test_a_contention_text_names_the_functions_of_its_protobuf_twin(path) -> None:
    ours, theirs = (without_type_arguments(function_totals(draft(path))) for draft in (read, twin))
    assert ours.keys() == theirs.keys()


@pytest.mark.parametrize("path", HEAPS, ids=name_of)
def test_a_heap_carries_the_memory_statistics(path) -> None:
    stats = read(path).mem_stats
    assert stats["HeapInuse"] + stats["HeapIdle"] == stats["HeapSys"]
    assert stats["Mallocs"] - stats["Frees"] == stats["HeapObjects"]
    assert {"StackInuse", "StackSys", "MSpanSys", "MCacheSys", "GCSys", "OtherSys"} <= stats.keys()
    assert stats["PauseNsMax"] <= stats["PauseNsSum"]
    assert stats["LastGC"] == pytest.approx(stats["PauseEndLast"], abs=1e9)
    assert stats["MaxRSS"] > 1 << 20
