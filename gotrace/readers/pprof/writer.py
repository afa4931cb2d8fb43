"""Recording → pprof's protobuf, gzipped: what `go tool pprof` and every other reader opens.

Ids are the row numbers of the recording's tables, counted from 1. What pprof's format has no place
for is left out: `mem_stats`, and the notes.
"""

from __future__ import annotations

import gzip

from gotrace.readers.pprof.profile_pb2 import Profile
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Recording

__all__ = ["write_profile"]

NO_TEXT = -1
"""The code of a label that is a number."""


def write_profile(recording: Recording) -> bytes:
    """The recording as a gzipped pprof profile; the same recording gives the same bytes."""
    profile = Profile()
    strings = _Strings()
    _add_header(profile, strings, recording)
    _add_mappings(profile, strings, recording.columns["mappings"])
    _add_functions(profile, strings, recording.columns["functions"])
    _add_locations(profile, recording.columns["locations"], recording.columns["frames"])
    _add_samples(profile, recording)
    _add_labels(profile, strings, recording.columns["labels"])
    profile.string_table.extend(strings.table)
    return gzip.compress(profile.SerializeToString(deterministic=True), mtime=0)


class _Strings:
    """The string table under construction; index 0 is the empty string."""

    def __init__(self) -> None:
        self._index = {"": 0}

    def __call__(self, text: str) -> int:
        return self._index.setdefault(text, len(self._index))

    @property
    def table(self) -> list[str]:
        """The strings by index; what UTF-8 cannot say becomes `?`."""
        return [text.encode("utf-8", "replace").decode("utf-8") for text in self._index]


def _add_header(profile: Profile, strings: _Strings, recording: Recording) -> None:
    origin = recording.origin
    for name, unit in recording.sample_types:
        profile.sample_type.add(type=strings(name), unit=strings(unit))
    if origin.period_type or origin.period_unit:
        profile.period_type.type = strings(origin.period_type)
        profile.period_type.unit = strings(origin.period_unit)
    profile.period = origin.period
    profile.time_nanos = origin.time_ns
    profile.duration_nanos = origin.duration_ns
    profile.drop_frames = strings(origin.drop_frames)
    profile.keep_frames = strings(origin.keep_frames)
    profile.comment.extend(strings(comment) for comment in origin.comments)
    profile.default_sample_type = strings(origin.default_sample_type)
    profile.doc_url = strings(origin.doc_url)


def _add_mappings(profile: Profile, strings: _Strings, mappings: Columns) -> None:
    names = [name for name in mappings if name != "mapping_id"]
    rows = zip(*(mappings.array(name).tolist() for name in names), strict=True)
    for id_, values in enumerate(rows, start=1):
        row = dict(zip(names, values, strict=True))
        profile.mapping.add(
            id=id_,
            memory_start=row["start_address"],
            memory_limit=row["limit_address"],
            file_offset=row["offset_bytes"],
            filename=strings(row["filename"]),
            build_id=strings(row["build_id"]),
            has_functions=row["has_functions"],
            has_filenames=row["has_filenames"],
            has_line_numbers=row["has_line_numbers"],
            has_inline_frames=row["has_inline_frames"],
        )


def _add_functions(profile: Profile, strings: _Strings, functions: Columns) -> None:
    names = ("name", "system_name", "filename", "start_line")
    rows = zip(*(functions.array(name).tolist() for name in names), strict=True)
    for id_, (name, system_name, filename, start_line) in enumerate(rows, start=1):
        profile.function.add(
            id=id_,
            name=strings(name),
            system_name=strings(system_name),
            filename=strings(filename),
            start_line=start_line,
        )


def _add_locations(profile: Profile, locations: Columns, frames: Columns) -> None:
    function, line, column = (
        frames.array(name).tolist() for name in ("function_id", "line", "column")
    )
    names = ("mapping_id", "address", "is_folded")
    rows = zip(*(locations.array(name).tolist() for name in names), strict=True)
    frame_ids = locations.lists("frame_ids")
    frame_rows, offsets = frame_ids.values.tolist(), frame_ids.offsets.tolist()
    for id_, (mapping, address, is_folded) in enumerate(rows, start=1):
        location = profile.location.add(
            id=id_, mapping_id=mapping + 1, address=address, is_folded=is_folded
        )
        for frame in frame_rows[offsets[id_ - 1] : offsets[id_]]:
            # A frame without a function stands for the bare address: in pprof, no line.
            if function[frame] >= 0:
                location.line.add(
                    function_id=function[frame] + 1, line=line[frame], column=column[frame]
                )


def _add_samples(profile: Profile, recording: Recording) -> None:
    stacks = recording.columns["sample_locations"].lists("location_ids")
    ids, offsets = (stacks.values + 1).tolist(), stacks.offsets.tolist()
    values = [recording.values(k).tolist() for k in range(len(recording.sample_types))]
    for sample in range(recording.sample_count):
        profile.sample.add(
            location_id=ids[offsets[sample] : offsets[sample + 1]],
            value=[column[sample] for column in values],
        )


def _add_labels(profile: Profile, strings: _Strings, labels: Columns) -> None:
    keys, texts, units = (labels.coded(name) for name in ("key", "text", "unit"))
    key_strings, unit_strings, text_strings = (
        [strings(text) for text in coded.values] for coded in (keys, units, texts)
    )
    rows = zip(
        labels.array("sample_id").tolist(),
        keys.codes.tolist(),
        texts.codes.tolist(),
        labels.array("number").tolist(),
        units.codes.tolist(),
        strict=True,
    )
    for sample, key, text, number, unit in rows:
        label = profile.sample[sample].label.add(key=key_strings[key])
        if text == NO_TEXT:
            label.num = number
            label.num_unit = unit_strings[unit]
        else:
            label.str = text_strings[text]
