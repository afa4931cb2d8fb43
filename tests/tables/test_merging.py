"""Profiles added and subtracted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gotrace.errors import UsageError
from gotrace.readers.profile import read_profile
from gotrace.tables.merging import BASE_LABEL, merge, subtract
from gotrace.tables.recording import Recording

SAMPLES = Path(__file__).parents[2] / "sample_traces"


def recorded(name: str) -> Recording:
    return read_profile(str(SAMPLES / name))


@pytest.fixture(scope="module")
def heap() -> Recording:
    return recorded("service/go1.27/heap.pb.gz")


@pytest.fixture(scope="module")
def later() -> Recording:
    return recorded("service/go1.27/allocs.pb.gz")


def totals(recording: Recording) -> dict[str, int]:
    return {
        name: int(recording.values(i).sum()) for i, (name, _) in enumerate(recording.sample_types)
    }


def test_totals_add_up(heap: Recording, later: Recording) -> None:
    merged = merge([heap, later])
    expected = {name: total + totals(later)[name] for name, total in totals(heap).items()}
    assert totals(merged) == expected
    assert merged.origin.paths == heap.origin.paths + later.origin.paths


def test_a_profile_added_to_itself_has_the_same_samples_twice_as_large(heap: Recording) -> None:
    once = merge([heap, subtract(heap, heap)])
    twice = merge([heap, heap])
    assert twice.sample_count == once.sample_count
    assert np.array_equal(twice.values(1), 2 * once.values(1))
    assert twice.columns["locations"].rows == heap.columns["locations"].rows


def test_a_profile_minus_itself_is_empty(heap: Recording) -> None:
    assert subtract(heap, heap).sample_count == 0


def test_the_base_keeps_its_samples_under_a_label(heap: Recording) -> None:
    compared = subtract(heap, heap, label_base=True)
    labels = compared.columns["labels"]
    keys = labels.coded("key")
    marked = [row for row in range(labels.rows) if keys[row] == BASE_LABEL]
    base = set(labels.array("sample_id")[marked])
    assert len(base) * 2 == compared.sample_count
    values = compared.values(1)
    assert values[list(base)].sum() == -int(heap.values(1).sum())


def test_normalizing_scales_to_the_totals_of_the_base(heap: Recording, later: Recording) -> None:
    difference = totals(subtract(heap, later, normalize=True))
    for name, total in totals(later).items():
        assert abs(difference[name]) <= max(1e-3 * total, heap.sample_count)


def test_labels_stay_with_their_samples() -> None:
    cpu = recorded("service/go1.27/cpu.pb.gz")
    merged = merge([cpu, cpu])

    def by_label(recording: Recording) -> dict[tuple[str | None, str | None], int]:
        labels = recording.columns["labels"]
        keys, texts = labels.coded("key"), labels.coded("text")
        values = recording.values(1)
        sums: dict[tuple[str | None, str | None], int] = {}
        for row, sample in enumerate(labels.array("sample_id")):
            pair = keys[row], texts[row]
            sums[pair] = sums.get(pair, 0) + int(values[sample])
        return sums

    single = by_label(cpu)
    assert len(single) > 3
    assert by_label(merged) == {pair: 2 * value for pair, value in single.items()}


def test_only_common_sample_types_remain(heap: Recording) -> None:
    sample_types = heap.columns["sample_types"]
    names = sample_types.array("sample_type").copy()
    names[0] = "something_else"
    other = replace(
        heap,
        columns=heap.columns.replaced(
            {"sample_types": sample_types.replaced({"sample_type": names})}
        ),
    )
    merged = merge([heap, other])
    assert [name for name, _ in merged.sample_types] == [
        "alloc_space",
        "inuse_objects",
        "inuse_space",
    ]
    assert totals(merged)["inuse_space"] == 2 * totals(heap)["inuse_space"]


def test_profiles_with_nothing_in_common_do_not_add_up(heap: Recording) -> None:
    with pytest.raises(UsageError, match=r"no sample type in common: .*heap\.pb\.gz has alloc_"):
        merge([heap, recorded("service/go1.27/cpu.pb.gz")])


def test_values_in_other_units_are_converted() -> None:
    cpu = recorded("service/go1.27/cpu.pb.gz")
    sample_types = cpu.columns["sample_types"]
    units = sample_types.array("unit").copy()
    units[1] = "microseconds"
    coarse = replace(
        cpu,
        columns=cpu.columns.replaced({"sample_types": sample_types.replaced({"unit": units})}),
    )
    merged = merge([coarse, cpu])
    assert dict(merged.sample_types)["cpu"] == "nanoseconds"
    assert totals(merged)["cpu"] == 1001 * totals(cpu)["cpu"]


def test_merging_one_recording_changes_nothing(heap: Recording) -> None:
    assert merge([heap]) is heap
