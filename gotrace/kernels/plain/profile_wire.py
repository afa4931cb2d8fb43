"""pprof's protobuf wire format, decoded into columns: specifies the kernel `profile_wire`.

Three passes over the uncompressed bytes of one `Profile` message (`schemas/profile.proto`): `count`
checks every byte's structure and says how large the columns must be, `fill_tables` decodes
locations, lines, functions and the places of strings and small messages, `fill_samples` decodes
samples and turns location ids into rows. The caller allocates in between, so that no allocation
depends on what the input announces.

What is refused is what pprof refuses (`github.com/google/pprof/profile/proto.go`, `encode.go`):
numbers of more than ten bytes, wire types other than 0, 1, 2 and 5, a known field with the wrong
wire type, a length past the end of its message, a first string that is not empty, two concatenated
profiles. Higher bits of a ten-byte number are dropped, unknown fields are skipped, repeated
integers may be packed or not, of a repeated scalar the last one counts: as in pprof.

Errors name the offset of the field (its tag) that breaks a rule, or of the number that does. What
runs past the end of the input is a `TruncatedError`, all else a `MalformedError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gotrace.errors import InputError, MalformedError, TruncatedError

__all__ = ["COUNTS", "count", "fault", "fill_samples", "fill_tables"]

COUNTS = (
    "samples",
    "stack_entries",  # locations of all samples
    "values",
    "labels",
    "locations",
    "lines",
    "functions",
    "strings",
    "messages",  # fields that are none of the above: see `fill_tables`
    "comments",
    "values_per_sample",  # of the first sample; -1 if there is none
    "uneven_sample",  # the first sample with another number of values; -1 if there is none
    "uneven_values",  # and how many it has
)
"""What the entries of `count`'s result are."""

REASONS = (
    "",
    "the input ends inside a number",
    "a number runs past the end of its message",
    "a number takes more than ten bytes",
    "the input ends inside a field",
    "a field runs past the end of its message",
    "a field has a wire type that profiles do not use",
    "a known field has the wrong wire type",
    "the first string of the string table is not empty",
    "two profiles, one behind the other",
    "the input is empty",
)
CUT, NUMBER_PAST, NUMBER_LONG, ENDS, FIELD_PAST = 1, 2, 3, 4, 5
GROUP, WRONG_TYPE, FIRST_STRING, TWO, EMPTY = 6, 7, 8, 9, 10
TRUNCATED = (CUT, ENDS, EMPTY)

MASK = (1 << 64) - 1
INTEGERS = {7, 8, 9, 10, 12, 14, 15}
"""Fields of Profile with one integer; 13 holds several, all others are strings or messages."""


def fault(code: int, offset: int) -> InputError:
    """The error of a fault: an index into `REASONS`, and where it is."""
    kind = TruncatedError if code in TRUNCATED else MalformedError
    return kind(REASONS[code], offset=offset)


class _Field(NamedTuple):
    """One field: its number, wire type, integer, and where its tag and its content stand."""

    number: int
    wire: int
    integer: int
    at: int
    start: int
    end: int


def count(data: memoryview, counts: memoryview, at_most: memoryview) -> None:
    """Check the structure of the whole input; fill `counts` (int64, one for each of `COUNTS`).

    `at_most` (int64, likewise) are limits: behind the label, the line or the field of Profile that
    exceeds one of them the rest of the input is not looked at. Raises TruncatedError or
    MalformedError for every fault that the module's docstring lists.
    """
    if len(data) == 0:
        raise fault(EMPTY, 0)
    total = dict.fromkeys(COUNTS, 0) | {"values_per_sample": -1, "uneven_sample": -1}
    limits = dict(zip(COUNTS, at_most, strict=True))
    time_ns = 0
    for field in _fields(data, 0, len(data), is_top=True):
        number = field.number
        if not 1 <= number <= 15:
            continue
        _check_top(field)
        if number == 2:
            _count_sample(data, field, total, limits["labels"])
        elif number == 4:
            total["lines"] += _count_lines(data, field, limits["lines"] - total["lines"])
            total["locations"] += 1
        elif number == 5:
            _flat(data, field, 5)
            total["functions"] += 1
        elif number == 6:
            if total["strings"] == 0 and field.end > field.start:
                raise fault(FIRST_STRING, field.at)
            total["strings"] += 1
        else:
            if number == 9 and time_ns != 0:
                raise fault(TWO, field.at)
            time_ns = field.integer if number == 9 else time_ns
            total["comments"] += _check_message(data, field)
            total["messages"] += 1
        if any(total[name] > limits[name] for name in COUNTS):
            break
    for i, name in enumerate(COUNTS):
        counts[i] = total[name]


def fill_tables(
    data: memoryview,
    locations: memoryview,
    line_offsets: memoryview,
    lines: memoryview,
    functions: memoryview,
    strings: memoryview,
    messages: memoryview,
) -> None:
    """Fill everything but samples; sizes are those that `count` found.

    `locations` (uint64, 4 x A): id, mapping id, address, is folded (0 or 1); `line_offsets`
    (int64, A + 1); `lines` (uint64, 3 x L): function id, line, column; `functions` (uint64,
    5 x F): id, name, system name, filename, start line; `strings` (int64, 2 x N): start and end of
    each string's bytes; `messages` (int64, 3 x M): field number, start (of the tag) and end of
    every other known field of Profile. Signed numbers stand as their two's complement.
    """
    location = line = function = string = message = 0
    line_offsets[0] = 0
    for field in _fields(data, 0, len(data), is_top=True):
        number = field.number
        if number == 4:
            for values in _location_lines(data, field):
                _put(lines, line, values)
                line += 1
            _put(locations, location, _location(data, field))
            location += 1
            line_offsets[location] = line
        elif number == 5:
            _put(functions, function, _flat(data, field, 5))
            function += 1
        elif number == 6:
            _put(strings, string, [field.start, field.end])
            string += 1
        elif 1 <= number <= 15 and number != 2:
            _put(messages, message, [number, field.at, field.end])
            message += 1


def fill_samples(
    data: memoryview,
    near_rows: memoryview,
    far_ids: memoryview,
    far_rows: memoryview,
    offsets: memoryview,
    locations: memoryview,
    values: memoryview,
    label_samples: memoryview,
    labels: memoryview,
) -> None:
    """Fill the columns of samples; sizes are those that `count` found.

    A location's row is `near_rows[id]` (int32) for ids below its length; for others `far_rows`
    (int32) where `far_ids` (uint64, sorted) has the id, or -2.

    `offsets` (int64, S + 1) and `locations` (int32 rows) are the stacks, leaf first; `values` is
    int64, K x S; `label_samples` (int64) the sample of each label; `labels` (uint64, 4 x B): key,
    str, num, num_unit.
    """
    far = {far_ids[i]: far_rows[i] for i in range(len(far_ids))}
    near_count = len(near_rows)
    sample = entry = label = 0
    offsets[0] = 0
    for field in _fields(data, 0, len(data), is_top=True):
        if field.number != 2:
            continue
        value_count = 0
        for part in _fields(data, field.start, field.end):
            if part.number == 1:
                for id_ in _integers(data, part):
                    locations[entry] = near_rows[id_] if id_ < near_count else far.get(id_, -2)
                    entry += 1
            elif part.number == 2:
                for value in _integers(data, part):
                    values[value_count, sample] = value - (value >> 63 << 64)
                    value_count += 1
            elif part.number == 3:
                label_samples[label] = sample
                _put(labels, label, _flat(data, part, 4))
                label += 1
        sample += 1
        offsets[sample] = entry


def _varint(data: memoryview, at: int, end: int, is_top: bool) -> tuple[int, int]:
    """The number at `at` and the offset behind it."""
    value = 0
    for i in range(10):
        if at + i >= end:
            raise fault(CUT if is_top else NUMBER_PAST, at)
        byte = data[at + i]
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value & MASK, at + i + 1
    raise fault(NUMBER_LONG, at)


def _fields(data: memoryview, at: int, end: int, is_top: bool = False) -> Iterator[_Field]:
    """The fields between `at` and `end`."""
    while at < end:
        tag, start = _varint(data, at, end, is_top)
        number, wire = tag >> 3, tag & 7
        integer = 0
        if wire == 0:
            integer, stop = _varint(data, start, end, is_top)
        elif wire == 2:
            length, start = _varint(data, start, end, is_top)
            stop = start + length
        elif wire in (1, 5):
            stop = start + (8 if wire == 1 else 4)
        else:
            raise fault(GROUP, at)
        if stop > end:
            raise fault(ENDS if is_top else FIELD_PAST, at)
        yield _Field(number, wire, integer, at, start, stop)
        at = stop


def _integers(data: memoryview, field: _Field) -> Iterator[int]:
    """The numbers of a repeated integer field, packed or single."""
    if field.wire == 0:
        yield field.integer
    elif field.wire == 2:
        at = field.start
        while at < field.end:
            value, at = _varint(data, at, field.end, is_top=False)
            yield value
    else:
        raise fault(WRONG_TYPE, field.at)


def _flat(data: memoryview, message: _Field, known: int) -> list[int]:
    """The fields 1 to `known` of a message that has only integers; the last of each counts."""
    if message.wire != 2:
        raise fault(WRONG_TYPE, message.at)
    values = [0] * known
    for field in _fields(data, message.start, message.end):
        if 1 <= field.number <= known:
            if field.wire != 0:
                raise fault(WRONG_TYPE, field.at)
            values[field.number - 1] = field.integer
    return values


def _location(data: memoryview, message: _Field) -> list[int]:
    """Id, mapping id, address and whether folded."""
    values = [0] * 5
    for field in _fields(data, message.start, message.end):
        if 1 <= field.number <= 5:
            values[field.number - 1] = field.integer
    return [*values[:3], int(values[4] != 0)]


def _location_lines(data: memoryview, message: _Field) -> Iterator[list[int]]:
    """The lines of a location; checks its other fields on the way."""
    for field in _fields(data, message.start, message.end):
        if field.number == 4:
            yield _flat(data, field, 3)
        elif 1 <= field.number <= 5 and field.wire != 0:
            raise fault(WRONG_TYPE, field.at)


def _count_lines(data: memoryview, message: _Field, at_most: int) -> int:
    """How many lines a location has; stops when they are more than `at_most`."""
    lines = 0
    for _ in _location_lines(data, message):
        lines += 1
        if lines > at_most:
            break
    return lines


def _check_top(field: _Field) -> None:
    """Refuse a field of Profile with the wrong wire type."""
    if field.number == 13:
        allowed = field.wire in (0, 2)
    else:
        allowed = field.wire == (0 if field.number in INTEGERS else 2)
    if not allowed:
        raise fault(WRONG_TYPE, field.at)


def _check_message(data: memoryview, field: _Field) -> int:
    """Check the inside of the small messages; returns how many comments there are."""
    if field.number in (1, 11):
        _flat(data, field, 2)
    elif field.number == 3:
        _flat(data, field, 10)
    elif field.number == 13:
        return sum(1 for _ in _integers(data, field))
    return 0


def _count_sample(
    data: memoryview, message: _Field, total: dict[str, int], most_labels: int
) -> None:
    """Add one sample to the totals."""
    values = 0
    for field in _fields(data, message.start, message.end):
        if field.number == 1:
            total["stack_entries"] += sum(1 for _ in _integers(data, field))
        elif field.number == 2:
            values += sum(1 for _ in _integers(data, field))
        elif field.number == 3:
            _flat(data, field, 4)
            total["labels"] += 1
            if total["labels"] > most_labels:
                break
    if total["samples"] == 0:
        total["values_per_sample"] = values
    elif values != total["values_per_sample"] and total["uneven_sample"] < 0:
        total["uneven_sample"] = total["samples"]
        total["uneven_values"] = values
    total["values"] += values
    total["samples"] += 1


def _put(columns: memoryview, row: int, values: list[int]) -> None:
    """Write one row of a table that lies column by column."""
    for i, value in enumerate(values):
        columns[i, row] = value
