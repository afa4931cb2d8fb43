"""Block and mutex profiles as text: `/debug/pprof/block?debug=1`, `mutex?debug=1`, C++ contentionz.

::

    --- mutex:
    cycles/second=2445438754
    sampling period=2
    2049253376 734 @ 0x671605 0x6715e0 0x672249
    #	0x671604	sync.(*Mutex).Unlock+0x84	sync/mutex.go:223

A sample is cycles waited, how often, and where. Written by `runtime/pprof/pprof.go`,
writeProfileInternal; scaled as `go tool pprof` does (profile/legacy_profile.go,
parseContentionSample).
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from gotrace.errors import UnrecognisedError
from gotrace.readers.draft import Mapping, ProfileDraft
from gotrace.readers.legacy.drafting import draft
from gotrace.readers.legacy.lines import MAX_INT64, Lines, excerpt, is_blank_or_comment
from gotrace.readers.legacy.memory_map import read_last_sections
from gotrace.readers.legacy.stacks import Stacks
from gotrace.readers.limits import Limits
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin

__all__ = ["read_contention"]

_TITLES = {
    b"--- contention:": "block text (debug=1)",
    b"--- mutex:": "mutex text (debug=1)",
    b"--- contentionz ": "contentionz text",
}
_SAMPLE = rb"(\d{1,25}) +(\d{1,25}) *@((?: +0x[0-9a-f]+)*)"
_NUMBER = rb"\d{1,25}"


@dataclass
class _Header:
    """Lines of the form `name = value` before the samples; 0 where not given."""

    cycles_per_second: int = 0
    period: int = 1
    duration_ns: int = 0


def read_contention(data: memoryview | bytes, limits: Limits) -> ProfileDraft:
    """Read a block or mutex profile in text form.

    Raises MalformedError with the line number, LimitError, and UnrecognisedError for Java's.
    """
    lines = Lines(data, limits)
    title = next(lines, b"")
    form = next((form for start, form in _TITLES.items() if title.startswith(start)), None)
    if form is None:
        raise lines.malformed(f"{excerpt(title)} is no title of a contention profile")
    header, line = _header(lines)
    stacks = Stacks(lines, limits)
    values = [array("q"), array("q")]
    mappings = _read_lines(line, lines, header, values, stacks)
    origin = Origin(
        format=form,
        duration_ns=header.duration_ns,
        period_type="contentions",
        period_unit="count",
        period=header.period,
    )
    return draft(
        "contention",
        origin,
        [("contentions", "count"), ("delay", "nanoseconds")],
        values,
        stacks.finish(),
        mappings=mappings,
        notes=[*lines.notes(), *_period_note(form, header.period)],
    )


def _read_lines(
    line: bytes | None,
    lines: Lines,
    header: _Header,
    values: list[array[int]],
    stacks: Stacks,
) -> list[Mapping]:
    """Read samples from `line` on: their numbers into `values`; returns the memory map."""
    match_sample = re.compile(_SAMPLE).fullmatch
    while line is not None:
        stripped = line.strip()
        match = match_sample(stripped)
        if match is not None:
            for column, value in zip(values, _scaled(match, header, lines), strict=True):
                column.append(value)
            stacks.add(match[3])
        elif is_blank_or_comment(stripped):
            stacks.frame(line)
        elif stripped.startswith(b"---"):
            return read_last_sections(stripped, lines)
        else:
            raise lines.malformed(f"{excerpt(line)} is no sample of a contention profile")
        line = next(lines, None)
    return []


def _header(lines: Lines) -> tuple[_Header, bytes | None]:
    """What stands before the samples, and the first line behind it."""
    header = _Header()
    for line in lines:
        if is_blank_or_comment(line):
            continue
        name, equals, value = (part.strip() for part in line.partition(b"="))
        if not equals or line.startswith(b"---"):
            return header, line
        match name:
            case b"cycles/second":
                header.cycles_per_second = _number(value, lines)
            case b"sampling period":
                header.period = _number(value, lines)
            case b"ms since reset":
                header.duration_ns = _in_range(_number(value, lines) * 1_000_000, lines)
            case b"discarded samples":
                pass
            case b"format" | b"resolution":
                raise UnrecognisedError("this is a contention profile of a Java program")
            case _:
                raise lines.malformed(f"{excerpt(line)} belongs to no contention profile")
    return header, None


def _number(text: bytes, lines: Lines) -> int:
    if re.fullmatch(_NUMBER, text) is None:
        raise lines.malformed(f"{excerpt(text)} is not a number")
    return lines.int64(text)


def _scaled(match: re.Match[bytes], header: _Header, lines: Lines) -> tuple[int, int]:
    """Contentions and nanoseconds; without a period the numbers stay as they are."""
    cycles, count = lines.int64(match[1]), lines.int64(match[2])
    if header.period <= 0:
        return count, cycles
    delay = cycles
    if header.cycles_per_second > 0:
        # In this order of operations, for the last digit: see parseContentionSample.
        delay = int(float(cycles) * float(header.period) / (header.cycles_per_second / 1e9))
    return _in_range(count * header.period, lines), _in_range(delay, lines)


def _in_range(number: int, lines: Lines) -> int:
    if number > MAX_INT64:
        raise lines.malformed(f"scaled up, {number} does not fit 64 bits")
    return number


def _period_note(form: str, period: int) -> list[Note]:
    """Go from 1.17 on (CL 299991) scales mutex samples itself, and pprof does it once more."""
    if period <= 1 or not form.startswith("mutex"):
        return []
    return [
        Note(
            Severity.FAULT,
            "mutex-text-scaled-twice",
            f"Go multiplied these numbers by the sampling period {period} already; "
            "like `go tool pprof` on this text, gotrace did it again",
            advice=f"divide by {period}, or record without debug=1",
        )
    ]
