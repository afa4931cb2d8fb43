"""What heap and goroutine profiles say of a budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gotrace
from gotrace.analyses.budget.evidence import Evidence, measures
from gotrace.analyses.budget.from_goroutines import measure_goroutines
from gotrace.analyses.budget.from_heap import measure_heap
from gotrace.analyses.budget.from_memstats import measure_memstats
from gotrace.analyses.budget.judge import judge
from gotrace.errors import UsageError
from gotrace.tables.budget import Budget, Limit, Measurement, Outcome, Scope
from gotrace.tables.budget_metrics import METRICS
from gotrace.tables.columns import Lazy
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import RATE, Sample, recording

SAMPLES = Path(__file__).parents[3] / "sample_traces"

HEAP = recording(
    Sample(
        64, 10, 4, ("runtime.mallocgc", "codec.(*Enc).Write:9", "codec.Encode:3", "main.main:1")
    ),
    Sample(128, 5, 0, ("bytes.growSlice:7", "codec.Encode:4", "main.main:1")),
    Sample(40960, 2, 2, ("cache.New:2", "main.main:2")),
    go_version="go1.27.3",
)


def heap(name: str, recorded: Recording = HEAP, **scope: Any) -> Measurement | None:
    return measure_heap(recorded, METRICS[name], Scope(**scope))


def value(name: str, **scope: Any) -> float | None:
    found = heap(name, **scope)
    return None if found is None else found.value


def test_without_scope_everything_counts() -> None:
    assert value("alloc_objects") == 17
    assert value("alloc_space") == 640 + 640 + 81920
    assert value("inuse_objects") == 6
    assert value("inuse_space") == 256 + 81920


@pytest.mark.parametrize(
    ("scope", "objects"),
    [
        ({"function": "Encode"}, 15),
        ({"function": r"^codec\.\(\*Enc\)"}, 10),
        ({"function": "mallocgc"}, 10),
        ({"function": "(?i)ENCODE"}, 15),
        ({"package": "^codec$"}, 10),
        ({"package": "codec|bytes"}, 15),
        ({"package": "^cache$"}, 2),
        ({"call_site": "growSlice"}, 5),
        ({"call_site": r"Write\.go:9$"}, 10),
        ({"call_site": "codec.Encode"}, None),
        ({"label": "bytes=128"}, 5),
        ({"label": "bytes=129"}, None),
        ({"size_class": 0}, 2),
        ({"size_class": 6}, 10),
        ({"size_class": 5}, None),
        ({"function": "Encode", "size_class": 10}, 5),
        ({"function": "nobody"}, None),
    ],
)
def test_a_scope_narrows_it(scope: dict[str, object], objects: float | None) -> None:
    assert value("alloc_objects", **scope) == objects


def test_nothing_in_use_where_something_was_allocated_is_a_measure() -> None:
    assert value("inuse_space", call_site="growSlice") == 0


def test_a_pattern_is_go_s() -> None:
    with pytest.raises(UsageError, match="function"):
        heap("alloc_space", function="(?<name>x")


def test_with_rate_1_every_allocation_is_counted() -> None:
    found = heap("alloc_space")
    assert found is not None
    assert found.is_exact
    assert found.is_noise_known
    assert found.conditions == {"memprofilerate": "1", "go_version": "go1.27"}


def test_a_sampled_profile_has_two_standard_errors_and_the_score_interval() -> None:
    sampled = recording(Sample(1024, 51200, 0), rate=RATE)
    found = heap("alloc_space", sampled)
    assert found is not None
    odds = -np.expm1(-1024 / RATE)
    each = (1 - odds) / odds
    assert found.value == 51200 * 1024
    assert found.value - found.low == pytest.approx(2 * np.sqrt(51200 * each) * 1024)
    # The truth whose own two standard errors reach down to what was seen.
    high = found.high / 1024
    assert high - 2 * np.sqrt(high * each) == pytest.approx(51200)
    assert "estimated from 1 records" in found.rule


def test_of_objects_that_are_nearly_all_recorded_one_may_be_missing() -> None:
    large = 2 << 20
    found = heap("alloc_objects", recording(Sample(large, 3, 0), rate=RATE))
    assert found is not None
    assert found.high == pytest.approx(4)
    assert heap("alloc_objects", recording(Sample(large * 8, 3, 0), rate=RATE)).high < 3.01  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [64, 65536, 524288, 2 << 20])
@pytest.mark.parametrize("records", [3, 8, 50])
def test_the_same_program_sampled_again_is_hardly_ever_over(size: int, records: int) -> None:
    odds = -np.expm1(-size / RATE)
    objects = max(round(records / odds), 1)
    seen = np.random.default_rng(size + records).binomial(objects, odds, 400)
    budget = Budget("b", METRICS["alloc_space"], Limit(change_ratio=0.05))
    measured = [
        heap("alloc_space", recording(Sample(size, int(count / odds + 0.5)), rate=RATE))
        for count in seen
        if count
    ]
    pairs = zip(measured[::2], measured[1::2], strict=False)
    over = sum(
        judge(budget, now, before).outcome is Outcome.OVER
        for now, before in pairs
        if now is not None and before is not None
    )
    assert over <= 2


def test_where_nothing_was_sampled_something_may_hide() -> None:
    sampled = recording(Sample(1024, 512, 0), rate=RATE)
    space, objects = heap("inuse_space", sampled), heap("inuse_objects", sampled)
    assert space is not None
    assert objects is not None
    assert (space.low, space.value, space.high) == (0, 0, 3 * RATE)
    assert (objects.low, objects.value, objects.high) == (0, 0, 3 * RATE / 1024)


def test_a_profile_that_does_not_tell_its_rate_has_noise_that_is_not_known() -> None:
    found = heap("alloc_space", recording(Sample(64, 1), rate=0))
    assert found is not None
    assert not found.is_noise_known
    assert "not told" in found.rule


def test_the_largest_sites_are_the_evidence() -> None:
    found = heap("alloc_space")
    assert found is not None
    assert [(site.function, site.file, site.line, site.value) for site in found.sites] == [
        ("cache.New", "New.go", 2, 81920),
        ("codec.(*Enc).Write", "Write.go", 9, 640),
        ("bytes.growSlice", "growSlice.go", 7, 640),
    ]


def test_an_empty_profile_measures_nothing() -> None:
    assert heap("alloc_space", recording()) is None
    assert heap("inuse_space", recording(Sample(64, 0, 0))) is None


def test_a_profile_without_the_sample_type_measures_nothing() -> None:
    inuse = recording(Sample(64, 3, 2), types=("inuse_objects", "inuse_space"))
    assert heap("alloc_space", inuse) is None


def test_goroutines_are_counted_where_they_stand() -> None:
    recorded = gotrace.read(SAMPLES / "leak/go1.27/goroutine.pb.gz")
    everywhere = measure_goroutines(recorded, Scope())
    assert everywhere is not None
    assert everywhere.value == 5863
    assert everywhere.is_exact
    assert everywhere.sites[0].file
    assert sum(site.value for site in everywhere.sites) == 5863
    assert everywhere.digests == (recorded.origin.sha256,)
    assert measure_goroutines(recorded, Scope(function="nobody")) is None
    main = measure_goroutines(recorded, Scope(function=r"^main\."))
    assert main is not None
    assert 0 < main.value <= 5863


def test_memstats_are_read_from_the_end_of_a_text_profile() -> None:
    recorded = gotrace.read(SAMPLES / "batch/go1.27/heap.debug1.txt")
    stats = dict(
        zip(
            recorded.columns["mem_stats"].array("field"),
            recorded.columns["mem_stats"].array("value"),
            strict=True,
        )
    )
    for metric, field in (
        ("sys", "Sys"), ("heap_sys", "HeapSys"), ("heap_inuse", "HeapInuse"), ("num_gc", "NumGC"),
    ):  # fmt: skip
        found = measure_memstats(recorded, METRICS[metric])
        assert found is not None
        assert found.value == stats[field] > 0
        assert not found.is_noise_known
    assert (
        measure_memstats(gotrace.read(SAMPLES / "batch/go1.27/heap.pb.gz"), METRICS["sys"]) is None
    )


def of_program(name: str, *samples: Sample) -> Recording:
    made = recording(*samples)
    mappings = gotrace.read(SAMPLES / "batch/go1.27/heap.pb.gz").columns["mappings"]
    named = mappings.replaced({"filename": np.array([f"/tmp/x/{name}"] * mappings.rows, object)})
    return replace(made, columns=Lazy({**made.columns, "mappings": named}))


def test_profiles_of_one_program_are_repeats_and_others_are_measured_by_themselves() -> None:
    given = Evidence(
        heaps=(
            of_program("a.test", Sample(64, 10)),
            of_program("a.test", Sample(64, 20)),
            of_program("a.test", Sample(64, 12)),
            of_program("b.test", Sample(64, 5)),
        )
    )
    found = measures(given, METRICS["alloc_objects"], Scope()).measures
    assert set(found) == {"a.test", "b.test"}
    assert found["a.test"].value == 12
    assert found["a.test"].values == (10, 20, 12)
    assert (found["a.test"].low, found["a.test"].high) == (10, 20)
    assert found["b.test"].value == 5


def test_a_profile_that_names_no_program_is_of_the_only_one_that_is_named() -> None:
    given = Evidence(heaps=(of_program("a.test", Sample(64, 10)), recording(Sample(64, 30))))
    found = measures(given, METRICS["alloc_objects"], Scope()).measures
    assert [measure.value for measure in found.values()] == [20]


def test_what_one_recording_tells_of_the_platform_holds_for_all() -> None:
    given = Evidence(heaps=(HEAP,), conditions={"goos": "linux", "goarch": "amd64"})
    (found,) = measures(given, METRICS["alloc_objects"], Scope()).measures.values()
    assert found.conditions["goos"] == "linux"
    assert found.conditions["go_version"] == "go1.27"


def test_a_package_is_asked_for_by_the_path_that_people_write() -> None:
    escaped = "gopkg.in/yaml%2ev3.(*Decoder).Decode:9"
    recorded = recording(Sample(64, 10, stack=(escaped, "main.main:1")), go_version="go1.27.3")
    found = heap("alloc_objects", recorded, package=r"^gopkg\.in/yaml\.v3$")
    assert found is not None
    assert found.value == 10
