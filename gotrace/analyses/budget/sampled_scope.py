"""Which samples of a profile a budget is about.

`function` looks at every frame of a stack, as pprof's `-focus` does; `package` and `call_site` at
the site alone, the first frame outside the runtime (`gotrace.analyses.sites`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import largest
from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.heap_values import heap_values
from gotrace.analyses.regexp import compile_go
from gotrace.analyses.sites import Sites
from gotrace.analyses.slots import class_rows, possible_versions
from gotrace.analyses.tags import tags_of
from gotrace.tables.budget import MOST_SITES, Scope, Site
from gotrace.tables.columns import Lists
from gotrace.tables.function_names import package_of
from gotrace.tables.recording import Recording

__all__ = ["in_scope", "largest_sites", "profile_conditions"]

Bools = npt.NDArray[np.bool_]


def in_scope(recording: Recording, found: Sites, scope: Scope) -> Bools:
    """For every sample whether the scope includes it. Raises UsageError for a bad pattern."""
    chosen = np.ones(recording.sample_count, np.bool_)
    if scope.function:
        chosen &= _with_function(recording, scope.function)
    if scope.package:
        chosen &= _of_site(
            found, scope.package, "package", lambda s: (package_of(found.function(s)),)
        )
    if scope.call_site:
        chosen &= _of_site(
            found, scope.call_site, "call_site", lambda s: (found.function(s), found.place(s))
        )
    if scope.label:
        chosen &= _labelled(recording, *scope.label.split("=", 1))
    if scope.size_class is not None:
        chosen &= _of_class(recording, scope.size_class)
    return chosen


def largest_sites(
    found: Sites, of_sample: npt.NDArray[np.int32], amounts: npt.NDArray[np.int64]
) -> tuple[Site, ...]:
    """The sites by their `amounts`, which has one for each of the samples, as many as are kept."""
    sums = np.zeros(found.count, np.int64)
    np.add.at(sums, of_sample, amounts)
    listed = []
    for site in largest(sums, MOST_SITES):
        file, _, line = found.place(site).rpartition(":")
        listed.append(Site(found.function(site), file, int(line or 0), float(sums[site])))
    return tuple(listed)


def profile_conditions(recording: Recording) -> dict[str, str]:
    """The Go version, if it is sure, and the program, if it is named."""
    found = {}
    version = version_evidence(recording).versions()
    if len(version) == 1:
        found["go_version"] = str(version[0])
    program = _program(recording)
    if program:
        found["program"] = program
    return found


def _program(recording: Recording) -> str:
    """The base name of the program's file, which Go writes as the first mapping."""
    if "mappings" not in recording.columns or not recording.columns["mappings"].rows:
        return ""
    return PurePath(str(recording.columns["mappings"].array("filename")[0])).name


def _with_function(recording: Recording, pattern: str) -> Bools:
    """The samples with a matching function on their stack."""
    matches = compile_go(pattern, "function").matches
    names = recording.columns["functions"].array("name")
    is_matched = np.array([*(matches(name) for name in names), False], np.bool_)
    of_frame = is_matched[recording.columns["frames"].array("function_id").astype(np.int64)]
    of_location = _any(recording.columns["locations"].lists("frame_ids"), of_frame)
    return _any(recording.columns["sample_locations"].lists("location_ids"), of_location)


def _any(lists: Lists, matched: Bools) -> Bools:
    """For every list whether one of its values (row numbers) is matched."""
    running = np.concatenate([[0], np.cumsum(matched[lists.values])])
    found: Bools = running[lists.offsets[1:]] > running[lists.offsets[:-1]]
    return found


def _of_site(
    found: Sites, pattern: str, option: str, texts: Callable[[int], tuple[str, ...]]
) -> Bools:
    """The samples of whose site the pattern matches one of `texts`."""
    matches = compile_go(pattern, option).matches
    used = np.zeros(found.count, np.bool_)
    used[found.of_sample] = True
    is_matched = np.zeros(found.count, np.bool_)
    for site in np.flatnonzero(used).tolist():
        is_matched[site] = any(matches(text) for text in texts(site) if text)
    result: Bools = is_matched[found.of_sample]
    return result


def _labelled(recording: Recording, key: str, value: str) -> Bools:
    """The samples with this label; a number is written in digits."""
    tags = tags_of(recording)
    rows = [
        row
        for row in range(len(tags.sample))
        if tags.key[row] == key
        and (str(tags.number[row]) if tags.text[row] is None else tags.text[row]) == value
    ]
    found = np.zeros(recording.sample_count, np.bool_)
    found[tags.sample[rows]] = True
    return found


def _of_class(recording: Recording, number: int) -> Bools:
    """The samples of a size class of the profile's own Go version."""
    values = heap_values(recording)
    rows = class_rows(values, possible_versions(values, version_evidence(recording)))
    row = rows.large if number == 0 else number - 1
    result: Bools = rows.of_sample == row
    return result
