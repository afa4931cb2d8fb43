"""Text profiles that only count stacks: goroutine, threadcreate, and a program's own.

::

    goroutine profile: total 6
    2 @ 0x48c1aa 0x419bae 0x6814b9
    # labels: {"job":"index", "shard":"1"}
    #	0x6814b8	main.worker+0x18	example.com/p/main.go:73

Written by `runtime/pprof/pprof.go`, printCountProfile. pprof passes over the labels.
"""

from __future__ import annotations

import re
from array import array

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy.drafting import Labels, draft
from gotrace.readers.legacy.lines import Lines, excerpt, is_blank_or_comment
from gotrace.readers.legacy.memory_map import is_memory_map_heading, read_last_sections
from gotrace.readers.legacy.quoted import quoted_pairs
from gotrace.readers.legacy.stacks import Stacks
from gotrace.readers.limits import Limits
from gotrace.tables.recording import Origin

__all__ = ["read_counts"]

_HEADER = r"(\S{1,200}) profile: total ([0-9]{1,25})"
_SAMPLE = rb"(\d{1,25}) @((?: 0x[0-9a-f]+)*)[ \t]*"
_LABELS = b"# labels: {"
_KINDS = ("goroutine", "threadcreate")


def read_counts(data: memoryview | bytes, limits: Limits) -> ProfileDraft:
    """Read a count profile in text form. Raises MalformedError with the line number, LimitError."""
    lines = Lines(data, limits)
    name, total = _header(lines)
    stacks = Stacks(lines, limits)
    counts = array("q")
    labels = Labels()
    mappings = []
    match_sample = re.compile(_SAMPLE).fullmatch
    for line in lines:
        if not line:
            continue
        if match := match_sample(line):
            counts.append(lines.int64(match[1]))
            stacks.add(match[2])
        elif line.startswith(_LABELS):
            for key, text in quoted_pairs(line[len(_LABELS) :]) if counts else ():
                labels.add(len(counts) - 1, key, text)
        elif is_blank_or_comment(line):
            stacks.frame(line)
        elif line.startswith(b"---") or is_memory_map_heading(line):
            mappings = read_last_sections(line, lines)
        else:
            raise lines.malformed(f"{excerpt(line)} is no sample of a {name} profile")
    if sum(counts) != total:
        lines.doubt_total(f"{total} {name}s", str(sum(counts)))
    return draft(
        name if name in _KINDS else "profile",
        Origin(format=f"{name} text (debug=1)", period_type=name, period_unit="count", period=1),
        [(name, "count")],
        [counts],
        stacks.finish(),
        labels=labels,
        mappings=mappings,
        notes=lines.notes(),
    )


def _header(lines: Lines) -> tuple[str, int]:
    """The profile's name and the total it announces; comments may stand before."""
    line = b""
    for line in lines:
        if not is_blank_or_comment(line):
            break
    match = re.fullmatch(_HEADER, line.decode("utf-8", "replace"))
    if match is None or not match[1].isprintable():
        raise lines.malformed(f"{excerpt(line)} is no header of a count profile")
    return match[1], lines.int64(match[2].encode())
