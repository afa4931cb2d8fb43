"""The small messages of a profile: sample types, mappings, header fields. protobuf reads them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from gotrace.errors import LimitError, MalformedError
from gotrace.readers.draft import Mapping
from gotrace.readers.limits import Limits
from gotrace.readers.pprof.profile_pb2 import Profile, ValueType
from gotrace.readers.pprof.strings import StringTable
from gotrace.tables.recording import Origin

__all__ = ["mappings_of", "origin_of", "parse_header", "sample_types_of"]

PERIOD_TYPE = 11
"""Field of Profile: pprof takes the last one whole, where protobuf would merge them."""


def parse_header(raw: memoryview, messages: npt.NDArray[np.int64], limits: Limits) -> Profile:
    """A Profile that holds only the small messages (rows: field number, start, end).

    Raises MalformedError and LimitError.
    """
    numbers, starts, ends = (column.tolist() for column in messages)
    last_period = max((i for i, number in enumerate(numbers) if number == PERIOD_TYPE), default=-1)
    parts = [
        raw[starts[i] : ends[i]]
        for i, number in enumerate(numbers)
        if number != PERIOD_TYPE or i == last_period
    ]
    try:
        header = Profile.FromString(b"".join(parts))
    except DecodeError as error:
        raise _refused(raw, starts, ends) from error
    if len(header.sample_type) > limits.sample_types:
        types = f"{len(header.sample_type):,} sample types"
        raise LimitError(types, advice="the limit is `sample_types`")
    return header


def _refused(raw: memoryview, starts: list[int], ends: list[int]) -> MalformedError:
    """The error for small messages that protobuf refuses and pprof would take.

    The kernel has checked their structure; left are field number 0 and tags of more than five
    bytes.
    """
    for start, end in zip(starts, ends, strict=True):
        try:
            Profile.FromString(bytes(raw[start:end]))
        except DecodeError:
            break
    reason = "protobuf refuses the sample type, mapping or header field"
    return MalformedError(reason, offset=start)


def sample_types_of(header: Profile, strings: StringTable) -> list[tuple[str, str]]:
    """(type, unit) of every sample type; MalformedError where the string does not exist."""
    return [_value_type(strings, "a sample type", value) for value in header.sample_type]


def mappings_of(header: Profile, strings: StringTable) -> list[Mapping]:
    """The mappings; MalformedError where a string does not exist."""
    return [
        Mapping(
            start=mapping.memory_start,
            limit=mapping.memory_limit,
            offset=mapping.file_offset,
            filename=strings.one("a mapping's file name", mapping.filename),
            build_id=strings.one("a mapping's build id", mapping.build_id),
            has_functions=mapping.has_functions,
            has_filenames=mapping.has_filenames,
            has_line_numbers=mapping.has_line_numbers,
            has_inline_frames=mapping.has_inline_frames,
        )
        for mapping in header.mapping
    ]


def origin_of(header: Profile, strings: StringTable) -> Origin:
    """What the header says; MalformedError where a string does not exist."""
    period_type, period_unit = _value_type(strings, "the period type", header.period_type)
    return Origin(
        format="pprof protobuf",
        time_ns=header.time_nanos,
        duration_ns=header.duration_nanos,
        period_type=period_type,
        period_unit=period_unit,
        period=header.period,
        comments=tuple(strings.one("a comment", index) for index in header.comment),
        drop_frames=strings.one("drop_frames", header.drop_frames),
        keep_frames=strings.one("keep_frames", header.keep_frames),
        default_sample_type=strings.one("default_sample_type", header.default_sample_type),
        doc_url=strings.one("doc_url", header.doc_url),
    )


def _value_type(strings: StringTable, what: str, value: ValueType) -> tuple[str, str]:
    return strings.one(what, value.type), strings.one(f"{what}'s unit", value.unit)
