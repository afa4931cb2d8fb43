"""The top table on profiles small enough to count by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses import stacks, weights
from gotrace.analyses.top import sample_type_number, top
from gotrace.analyses.top_options import TopOptions
from gotrace.analyses.top_text import format_top
from gotrace.errors import LimitError, UsageError
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Origin, Recording
from tests.builders import Sample, recording_from

HEAP = (("alloc_objects", "count"), ("alloc_space", "bytes"))
SMALL = recording_from(
    Sample(["json.Marshal:7", "main.serve:12", "main.main:3"], [2, 2048], {"bytes": 1024}),
    Sample(["main.cache:9", "main.main:4"], [4, 64], {"bytes": 16}),
    Sample([("json.grow:5", "json.Marshal:8"), "main.serve:12", "main.main:3"], [1, 1024]),
    types=HEAP,
    program="/build/service",
    kind="heap",
)


def rows(recording: Recording, **options: Any) -> list[tuple[str, int, int]]:
    """(name with mark, flat, cum) of every row."""
    return [
        (f"{row.name} {row.inline_mark}".strip(), row.flat, row.cum)
        for row in top(recording, TopOptions(**options)).rows
    ]


def test_the_default_is_the_last_sample_type_by_function() -> None:
    assert rows(SMALL) == [
        ("json.Marshal", 2048, 3072),
        ("json.grow (inline)", 1024, 1024),
        ("main.cache", 64, 64),
        ("main.main", 0, 3136),
        ("main.serve", 0, 3072),
    ]


def test_the_text_is_pprofs_with_binary_names() -> None:
    assert format_top(top(SMALL)) == [
        "File: service",
        "Type: alloc_space",
        "Showing nodes accounting for 3136B, 100% of 3136B total",
        "      flat  flat%   sum%        cum   cum%",
        "     2048B 65.31% 65.31%      3072B 97.96%  json.Marshal",
        "     1024B 32.65% 97.96%      1024B 32.65%  json.grow (inline)",
        "       64B  2.04%   100%        64B  2.04%  main.cache",
        "         0     0%   100%      3136B   100%  main.main",
        "         0     0%   100%      3072B 97.96%  main.serve",
    ]


def test_binary_units_make_their_columns_one_wider() -> None:
    lines = format_top(top(SMALL, TopOptions(unit="kb", nodecount=1)))
    assert lines[-3:] == [
        "Showing top 1 nodes out of 5",
        "       flat  flat%   sum%         cum   cum%",
        "       2KiB 65.31% 65.31%        3KiB 97.96%  json.Marshal",
    ]


def test_sorting_by_cum_breaks_ties_by_name() -> None:
    names = [name for name, _, _ in rows(SMALL, sort="cum")]
    assert names[:3] == ["main.main", "json.Marshal", "main.serve"]


@pytest.mark.parametrize(
    ("granularity", "first"),
    [
        ("functions", "json.Marshal"),
        ("filefunctions", "json.Marshal json.Marshal.go"),
        ("files", "json.Marshal.go"),
        ("lines", "json.Marshal json.Marshal.go:7"),
        ("addresses", "0000000000001000 json.Marshal json.Marshal.go:7"),
    ],
)
def test_granularity_decides_what_a_row_is(granularity: str, first: str) -> None:
    assert rows(SMALL, granularity=granularity)[0][0] == first


def test_noinlines_gives_the_callee_to_the_function_it_was_inlined_into() -> None:
    assert rows(SMALL, noinlines=True)[0] == ("json.Marshal", 3072, 3072)


def test_a_function_inlined_by_some_of_its_callers_is_partly_inline() -> None:
    recording = recording_from(Sample([("f", "g")], [3]), Sample(["f", "h"], [4]))
    assert rows(recording)[0] == ("f (partial-inline)", 7, 7)


def test_a_call_that_is_inlined_only_sometimes_does_not_count_as_inlined() -> None:
    recording = recording_from(Sample([("f", "g")], [3]), Sample(["f", "g"], [4]))
    assert rows(recording)[0] == ("f", 7, 7)


def test_calls_below_the_edge_fraction_do_not_make_a_row_inline() -> None:
    recording = recording_from(Sample([("f", "g")], [1]), Sample(["f", "g"], [99]))
    assert rows(recording, edgefraction=0.05)[0] == ("f", 100, 100)


def test_rows_below_the_node_fraction_are_dropped_and_counted() -> None:
    table = top(SMALL, TopOptions(nodefraction=0.5))
    assert [row.name for row in table.rows] == ["json.Marshal", "main.main", "main.serve"]
    assert (table.dropped_count, table.cutoff, table.shown_total) == (2, 1568, 2048)
    assert "Dropped 2 nodes (cum <= 1.53KiB)" in format_top(table)


def test_without_trimming_everything_is_shown() -> None:
    assert len(rows(SMALL, trim=False, nodecount=1, nodefraction=0.9)) == 5


def test_a_mean_divides_by_the_first_sample_type() -> None:
    table = top(SMALL, TopOptions(mean=True))
    assert (table.sample_type, table.total) == ("mean_alloc_space", 448)
    assert [(row.name, row.flat) for row in table.rows][:2] == [
        ("json.Marshal", 1024),
        ("json.grow", 1024),
    ]


def test_quotients_of_negative_means_are_cut_towards_zero() -> None:
    recording = recording_from(Sample(["f"], [2, -7]), types=HEAP)
    assert rows(recording, mean=True) == [("f", -3, -3)]


def test_drop_negative_drops_rows_not_weights() -> None:
    recording = recording_from(Sample(["f", "main"], [-5]), Sample(["g", "main"], [8]))
    assert rows(recording, drop_negative=True) == [("g", 8, 8), ("main", 0, 3)]


def test_the_total_of_a_diff_is_that_of_its_base() -> None:
    recording = recording_from(
        Sample(["f"], [30]),
        Sample(["f"], [-10], {"pprof::base": "true"}),
    )
    table = top(recording)
    assert (table.total, table.rows[0].flat, table.rows[0].flat_ratio) == (10, 20, 2.0)


def test_unknown_addresses_are_called_after_their_program() -> None:
    recording = recording_from(Sample(["0x10@/lib/libc.so", "0x20"], [1]))
    assert rows(recording) == [("[libc.so]", 1, 1), ("<unknown>", 0, 1)]
    addresses = rows(recording, granularity="addresses")
    assert addresses[0][0] == "0000000000000010 [libc.so]"


def test_a_zero_total_has_no_cut_offs_in_its_header() -> None:
    table = top(recording_from(Sample(["f"], [0])))
    assert table.rows == ()
    assert format_top(table)[-2:] == [
        "Showing nodes accounting for 0, 0% of 0 total",
        "      flat  flat%   sum%        cum   cum%",
    ]


def test_a_recording_without_samples_is_an_empty_table() -> None:
    assert rows(recording_from(types=HEAP)) == []


def test_the_header_tells_about_the_recording() -> None:
    origin = Origin(
        time_ns=1_600_000_000_123_456_789,
        duration_ns=2_500_000_000,
        comments=("built by ci", "# hidden"),
        doc_url="https://example.com",
    )
    recording = recording_from(
        Sample(["f"], [1_250_000_000]), types=[("cpu", "nanoseconds")], origin=origin
    )
    lines = format_top(top(recording))
    assert lines[:3] == ["built by ci", "Type: cpu", "Doc: https://example.com"]
    assert lines[3].startswith("Time: 2020-09-1")
    assert lines[4] == "Duration: 2.50s, Total samples = 1.25s (50.00%)"
    compact = TopOptions(compact_labels=True)
    assert format_top(top(recording, compact))[0].startswith("Showing nodes")


def test_active_filters_are_printed_and_long_ones_cut() -> None:
    lines = format_top(top(SMALL, TopOptions(focus="x" * 100, prune_from="y")))
    start = lines.index("Active filters:")
    assert lines[start + 1] == f"   focus={'x' * 74}…"
    assert lines[start + 2].startswith("Showing nodes")


def test_divide_by_scales_what_is_printed_only() -> None:
    table = top(SMALL, TopOptions(divide_by=2.0))
    assert table.rows[0].flat == 2048
    assert format_top(table)[4].split()[:2] == ["1024B", "65.31%"]


def test_a_path_loses_the_prefixes_of_the_build_machine() -> None:
    recording = recording_from(Sample(["f:1@/home/ci/src/pkg/../a.go"], [1]))
    options = {"granularity": "lines"}
    assert rows(recording, **options)[0][0] == "f /home/ci/src/a.go:1"
    assert rows(recording, trim_path="/x:/home/ci", **options)[0][0] == "f src/a.go:1"
    assert rows(recording, source_path="/elsewhere/src", **options)[0][0] == "f a.go:1"


@pytest.mark.parametrize(
    ("index", "number"), [("", 1), ("0", 0), ("+1", 1), ("alloc_space", 1), ("alloc_objects", 0)]
)
def test_a_sample_type_is_found_by_number_or_name(index: str, number: int) -> None:
    assert sample_type_number(SMALL, index) == number


def test_the_recordings_default_sample_type_wins_over_the_last() -> None:
    chosen = replace(SMALL, origin=Origin(default_sample_type="alloc_objects"))
    unknown = replace(SMALL, origin=Origin(default_sample_type="gone"))
    assert [sample_type_number(r, "") for r in (chosen, unknown)] == [0, 1]


def test_the_prefix_inuse_may_be_too_much() -> None:
    recording = recording_from(Sample(["f"], [1]), types=[("space", "bytes")])
    assert sample_type_number(recording, "inuse_space") == 0


@pytest.mark.parametrize("index", ["2", "-1", "nothing", " 1"])
def test_an_unknown_sample_type_is_a_usage_error(index: str) -> None:
    with pytest.raises(UsageError, match="sample_index"):
        sample_type_number(SMALL, index)


def test_a_recording_without_sample_types_is_a_usage_error() -> None:
    names = np.array([], object)
    nothing = Columns(0, {"sample_type": names, "unit": names})
    trace = replace(SMALL, columns={**SMALL.columns, "sample_types": nothing})
    with pytest.raises(UsageError, match="no samples"):
        top(trace)


@pytest.mark.parametrize(
    "options", [{"granularity": "packages"}, {"sort": "name"}, {"divide_by": 0.0}]
)
def test_options_that_pprof_refuses_are_usage_errors(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        TopOptions(**options)


def test_a_result_carries_the_same_rows() -> None:
    table = top(SMALL)
    result = table.to_result()
    assert result.tables[0].column("name").values == [row.name for row in table.rows]
    assert result.tables[0].column("flat").values == [row.flat for row in table.rows]
    assert result.tables[0].column("sum_ratio").values[-1] == 1.0


def test_absurd_numbers_of_frames_and_calls_are_refused() -> None:
    recording = recording_from(
        *(Sample([("f", f"g{n}"), "main"], [1]) for n in range(9)),
        Sample([("a", "b", "c")] * 9, [1]),
    )
    with mock.patch.object(stacks, "VISITED_LINES", 40), pytest.raises(LimitError, match="54"):
        top(recording)
    with (
        mock.patch.multiple(weights, FIRST_CALLS=4, MOST_CALLS=16),
        pytest.raises(LimitError, match="more than 8 distinct calls"),
    ):
        top(recording)


INT64 = st.one_of(st.integers(-9, 9), st.integers(-(1 << 63), (1 << 63) - 1))
PLACES = st.sampled_from(["f", "g", "h", ("f", "g"), ("g", "h", "f"), "0x10", ""])


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Random profiles with values of any size."""
    stacks = st.lists(PLACES, max_size=5)
    samples = [
        Sample(draw(stacks), [draw(INT64), draw(INT64)], {"bytes": draw(INT64)})
        for _ in range(draw(st.integers(0, 5)))
    ]
    return recording_from(*samples, types=HEAP)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "granularity": st.sampled_from(["functions", "files", "lines", "addresses"]),
        "sort": st.sampled_from(["flat", "cum"]),
        "mean": st.booleans(),
        "noinlines": st.booleans(),
        "drop_negative": st.booleans(),
        "relative_percentages": st.booleans(),
        "nodecount": st.integers(-1, 3),
        "nodefraction": st.floats(),
        "edgefraction": st.floats(),
        "divide_by": st.floats().filter(bool),
        "focus": st.sampled_from(["f", "g"]),
        "ignore": st.sampled_from(["f", "h"]),
        "hide": st.sampled_from(["f", "g$"]),
        "show": st.sampled_from(["f|g", "h"]),
        "show_from": st.sampled_from(["f", "g"]),
        "prune_from": st.sampled_from(["f", "h"]),
        "tagfocus": st.sampled_from([":5", "1b:", "bytes"]),
        "tagroot": st.just("bytes"),
    },
)


@given(recordings(), OPTIONS)
def test_plain_and_compiled_kernels_give_the_same_table_for_any_values(
    recording: Recording, options: dict[str, Any]
) -> None:
    table = top(recording, TopOptions(**options))
    with mock.patch.dict(os.environ, {"GOTRACE_KERNELS": "plain"}):
        plain = top(recording, TopOptions(**options))
    assert table.rows == plain.rows
    assert len(format_top(table)) == len(format_top(plain)) >= 2 + len(table.rows)


@given(recordings())
def test_without_trimming_the_rows_hold_every_weight(recording: Recording) -> None:
    table = top(recording, TopOptions(trim=False))
    located = np.diff(recording.columns["sample_locations"].lists("location_ids").offsets) > 0
    assert table.shown_total == int(recording.values(1)[located].sum())
