"""Is a profile sound? The rules of pprof's `CheckValid` (`profile/profile.go`).

And two of its `CompatibilizeSampleTypes` (`profile/merge.go`), which `go tool pprof` applies to
every input: there are sample types even without samples, and one of them has its own name.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.errors import MalformedError
from gotrace.readers.draft import DANGLING, ProfileDraft

__all__ = ["check_valid"]


def check_valid(draft: ProfileDraft) -> None:
    """Raise MalformedError with the first rule that the draft breaks; return if it breaks none."""
    sample_count = len(draft.sample_locations)
    if not draft.sample_types:
        raise MalformedError("the profile has no sample types")
    if draft.uneven_sample is not None:
        sample, values = draft.uneven_sample
        raise MalformedError(
            f"sample {sample + 1} has {values} values for {len(draft.sample_types)} sample types"
        )
    if draft.values.shape != (len(draft.sample_types), sample_count):
        raise MalformedError("the samples' values do not match the sample types")
    names = [name for name, _ in draft.sample_types]
    if all(names.count(name) > 1 for name in names):
        raise MalformedError("no sample type has a name of its own")

    for what, ids in (
        ("mapping", draft.mapping_id),
        ("function", draft.function_id),
        ("location", draft.location_id),
    ):
        if ids is not None:
            _check_ids(what, ids)

    stack_entries = draft.sample_locations.values
    if (wrong := _first_outside(stack_entries, len(draft.location_address))) >= 0:
        sample = int(np.searchsorted(draft.sample_locations.offsets, wrong, side="right"))
        raise MalformedError(f"sample {sample} refers to an undefined location")
    if (wrong := _first_outside(draft.line_function, len(draft.function_name))) >= 0:
        location = int(np.searchsorted(draft.location_line_offsets, wrong, side="right"))
        if draft.line_function[wrong] == DANGLING:
            reason = "a line with an undefined function"
        else:
            reason = "a line without a function"
        raise MalformedError(f"location {location} has {reason}")
    with_mapping = draft.location_mapping[draft.location_mapping != -1]
    if _first_outside(with_mapping, len(draft.mappings)) >= 0:
        raise MalformedError("a location refers to an undefined mapping")


def _check_ids(what: str, ids: npt.NDArray[np.uint64]) -> None:
    """Ids are unique among their kind, and 0 is reserved."""
    if (ids == 0).any():
        raise MalformedError(f"{what} {int(np.argmin(ids)) + 1} has the reserved id 0")
    # Most writers count upwards; only others need the sort.
    if not (ids[1:] > ids[:-1]).all():
        ordered = np.sort(ids)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            raise MalformedError(f"several {what}s have the id {twice[0]}")


def _first_outside(rows: npt.NDArray[np.int32], count: int) -> int:
    """The first position whose row is not one of `count`; -1 if there is none."""
    # Nearly always nothing is wrong: no array of answers is made then.
    if not len(rows) or (rows.min() >= 0 and rows.max() < count):
        return -1
    return int(np.argmax((rows < 0) | (rows >= count)))
