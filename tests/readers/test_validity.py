"""One message for every rule of a sound profile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.errors import MalformedError
from gotrace.readers.draft import DANGLING, ProfileDraft
from gotrace.readers.limits import DEFAULT
from gotrace.readers.pprof.reader import read_profile
from gotrace.readers.validity import check_valid
from gotrace.tables.columns import Lists
from tests.corpus.make_pprof import profile


@pytest.fixture
def draft() -> ProfileDraft:
    """Two samples, two locations, one function, one mapping."""
    return read_profile(profile(), DEFAULT)


def reason(draft: ProfileDraft, **changes: object) -> str:
    with pytest.raises(MalformedError) as raised:
        check_valid(replace(draft, **changes))
    return raised.value.reason


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint64)


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)


def test_a_sound_profile_passes(draft) -> None:
    assert check_valid(draft) is None


def test_a_profile_needs_sample_types(draft) -> None:
    assert reason(draft, sample_types=[]) == "the profile has no sample types"


def test_a_sample_type_has_a_name_of_its_own(draft) -> None:
    """pprof drops all of the same name, and needs one that is left."""
    twice = draft.sample_types * 2
    values = np.zeros((2, 2), np.int64)
    assert (
        reason(draft, sample_types=twice, values=values) == "no sample type has a name of its own"
    )
    other = [*twice, ("wall", "nanoseconds")]
    values = np.zeros((3, 2), np.int64)
    assert check_valid(replace(draft, sample_types=other, values=values)) is None


def test_every_sample_has_one_value_for_each_type(draft) -> None:
    assert reason(draft, uneven_sample=(41, 3)) == "sample 42 has 3 values for 1 sample types"


def test_the_table_of_values_has_the_shape_of_the_samples(draft) -> None:
    wrong = np.zeros((1, 3), np.int64)
    assert reason(draft, values=wrong) == "the samples' values do not match the sample types"


@pytest.mark.parametrize("what", ["mapping", "function", "location"])
def test_id_0_is_reserved(draft, what) -> None:
    assert reason(draft, **{f"{what}_id": ids(7, 0, 9)}) == f"{what} 2 has the reserved id 0"


@pytest.mark.parametrize("what", ["mapping", "function", "location"])
@pytest.mark.parametrize("numbers", [(5, 5), (5, 6, 5), (1 << 63, 2, 1 << 63)])
def test_ids_are_unique(draft, what, numbers) -> None:
    several = f"several {what}s have the id {numbers[0]}"
    assert reason(draft, **{f"{what}_id": ids(*numbers)}) == several


def test_formats_without_ids_have_none_to_check(draft) -> None:
    assert check_valid(replace(draft, mapping_id=None, function_id=None, location_id=None)) is None


@pytest.mark.parametrize("row", [DANGLING, -1, 2])
def test_samples_refer_to_locations_that_exist(draft, row) -> None:
    stacks = Lists(np.array([0, 0, 2]), rows(0, row))
    assert reason(draft, sample_locations=stacks) == "sample 2 refers to an undefined location"


def test_lines_have_functions(draft) -> None:
    no_function = reason(draft, line_function=rows(0, -1))
    assert no_function == "location 2 has a line without a function"
    undefined = reason(draft, line_function=rows(DANGLING, 0))
    assert undefined == "location 1 has a line with an undefined function"


@pytest.mark.parametrize("row", [DANGLING, 1])
def test_locations_refer_to_mappings_that_exist(draft, row) -> None:
    undefined = reason(draft, location_mapping=rows(-1, row))
    assert undefined == "a location refers to an undefined mapping"
