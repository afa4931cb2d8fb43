"""What is this file? By its content, never by its name.

`identify` gives everything it knows a name; `recognise` lets pass only what gotrace reads, and says
of the rest what it is and what to ask for instead.
"""

from __future__ import annotations

import re

from gotrace.errors import InputError, TruncatedError, UnrecognisedError
from gotrace.readers.benchmarks.recognise import is_benchmark_log
from gotrace.readers.escapes.recognise import is_escape_json, is_escape_text
from gotrace.readers.formats import Format
from gotrace.readers.gclog.recognise import is_gc_log
from gotrace.readers.refusals import (
    ASK_FOR_LOG,
    ASK_FOR_REPORT,
    ASK_FOR_TRACE,
    ASK_FOR_UTF8,
    REFUSALS,
)

__all__ = [
    "IDENTIFY_BYTES",
    "MAY_BE_GC_LOGS",
    "Format",
    "identify",
    "no_gc_log",
    "no_trace",
    "recognise",
]


_PREFIXES: tuple[tuple[bytes, Format], ...] = (
    (b"\x1f\x8b", Format.GZIP),
    (b"\x7fELF", Format.ELF),
    (b"MZ", Format.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", Format.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", Format.EXECUTABLE),
    (b"PERFILE2", Format.PERF_DATA),
    (b"JAVA PROFILE", Format.JAVA_PROFILE),
    (b"FLR\0", Format.JAVA_PROFILE),
    (b"go1.7 heap dump\n", Format.HEAP_DUMP),
    (b"PAR1", Format.PARQUET),
    (b"SQLite format 3\0", Format.SQLITE),
    (b"\x28\xb5\x2f\xfd", Format.COMPRESSED),
    (b"PK\x03\x04", Format.COMPRESSED),
    (b"BZh", Format.COMPRESSED),
    (b"\xfd7zXZ\0", Format.COMPRESSED),
    (b"\x04\x22\x4d\x18", Format.COMPRESSED),
    (b"\x89PNG", Format.IMAGE),
    (b"\xff\xd8\xff", Format.IMAGE),
    (b"%PDF-", Format.IMAGE),
    (b"\xff\xfe", Format.UTF16),
    (b"\xfe\xff", Format.UTF16),
)
"""Bytes that a file begins with, and nothing else does."""

_TRACE = re.compile(rb"go 1\.([0-9]{1,3}) trace\0\0")
"""Header of `runtime/trace`, 16 bytes (`internal/trace/version`)."""

_READ_TEXTS: tuple[tuple[bytes, Format], ...] = (
    (rb"heap profile:", Format.HEAP_TEXT),
    (rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[^\s\0]+ profile: total", Format.COUNT_TEXT),
    (rb"--- (?:contention|mutex):", Format.CONTENTION_TEXT),
    (rb"--- contentionz [^\n]*\n(?:[^\n]*\n){0,4}?format *= *java", Format.JAVA_PROFILE),
    (rb"--- contentionz ", Format.CONTENTION_TEXT),
)
"""What a text that gotrace reads begins with: lax, for the reader can say better what is wrong."""

_OTHER_TEXTS: tuple[tuple[bytes, Format], ...] = (
    (rb"--- heapz ", Format.JAVA_PROFILE),
    (rb"\s*--- (?:threadz \d+ ---|Thread )", Format.THREAD_TEXT),
    (rb"--- symbol", Format.SYMBOLISED_LEGACY),
    (rb'\s*\{(?s:.{0,400}?)"gotrace"\s*:\s*"layouts"', Format.LAYOUTS),
    (rb"(?:[^\n]*\n){0,50}?goroutine \d+ [^\n\[]*\[[A-Za-z?]", Format.GOROUTINE_DUMP),
    (rb"(?:File|Type|Build ID|Time|Duration|Showing nodes|PeriodType): ?", Format.PPROF_REPORT),
    (rb"(?i)\s*<(?:!doctype html|html|head|title|body)", Format.HTML),
    (rb"(?i)\s*<(?:\?xml|!doctype svg|svg)", Format.XML),
    (rb"\s*(?:\{\s*[\"}]|\[\s*[\[\]{\"0-9-])", Format.JSON),
    (rb"\s*(?:strict )?digraph ", Format.GRAPHVIZ),
)
"""What other texts look like; the first that matches wins."""

_TEXTS = frozenset({Format.BENCHMARK, Format.ESCAPES, Format.JSON, Format.GOROUTINE_DUMP})
"""What a log may begin like, too: a test's output, docker's lines, a crash."""

MAY_BE_GC_LOGS = _TEXTS | {Format.GCTRACE, Format.TEXT, Format.UNKNOWN}
"""What may hold lines of the collector further on."""

_VARINT, _LENGTH = 0, 2
_PROFILE_FIELDS = dict.fromkeys((1, 2, 3, 4, 5, 6, 11), (_LENGTH,)) | {
    7: (_VARINT,),
    8: (_VARINT,),
    9: (_VARINT,),
    10: (_VARINT,),
    12: (_VARINT,),
    13: (_VARINT, _LENGTH),
    14: (_VARINT,),
    15: (_VARINT,),
}
"""Field number → wire types, of message Profile in pprof's `profile.proto`."""

IDENTIFY_BYTES = 64 << 10
"""What `identify` looks at."""
_FIELDS_TO_BE_SURE = 8
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # not tab, line ends, escape


def recognise(data: memoryview | bytes) -> Format:
    """The format of `data`, if it is one that gotrace reads.

    Raises TruncatedError for nothing at all, UnsupportedVersionError for formats of Go's that are
    not read yet, and UnrecognisedError for everything else; each says what the data is and what to
    do.
    """
    form = identify(data)
    refusal = REFUSALS.get(form)
    if refusal is None:
        return form
    error, reason, advice = refusal
    if form is Format.EXECUTION_TRACE:
        match = _TRACE.match(bytes(data[:16]))
        reason = reason.format(version=int(match[1]) if match else "?")
    raise error(reason, advice=advice)


def no_trace(head: memoryview | bytes) -> InputError:
    """The error for data that was taken for an execution trace, by its first `IDENTIFY_BYTES`."""
    form = identify(head)
    if form in (Format.TEXT, Format.UNKNOWN):
        return UnrecognisedError("this is no Go execution trace", advice=ASK_FOR_TRACE)
    if form not in REFUSALS:
        what = f"this is a profile ({form}), not an execution trace"
        return UnrecognisedError(what, advice=ASK_FOR_REPORT)
    error, reason, _ = REFUSALS[form]
    what = reason.partition(", not a profile")[0]
    is_nothing = error is TruncatedError
    return error(what if is_nothing else f"{what}, not an execution trace", advice=ASK_FOR_TRACE)


def no_gc_log(head: memoryview | bytes) -> InputError | None:
    """The error for data that is no log of GODEBUG=gctrace=1, by its first `IDENTIFY_BYTES`.

    None for every text: the first line of the collector may come later.
    """
    form = identify(head)
    if form in MAY_BE_GC_LOGS:
        return None
    if form not in REFUSALS:
        what, advice = f"this is a profile ({form})", ASK_FOR_REPORT
    elif form is Format.EXECUTION_TRACE:
        what, advice = "this is an execution trace", ASK_FOR_REPORT
    else:
        error, reason, advice = REFUSALS[form]
        if error is TruncatedError:
            return error(reason, advice=advice)
        what = reason.partition(", ")[0]
        advice = ASK_FOR_UTF8 if form is Format.UTF16 else ASK_FOR_LOG
    return UnrecognisedError(f"{what}, not a log of GODEBUG=gctrace=1", advice=advice)


def identify(data: memoryview | bytes) -> Format:
    """What `data` is, as far as its first 64 KiB tell; `Format.UNKNOWN` if nothing fits."""
    head = bytes(data[:IDENTIFY_BYTES])
    if not head:
        return Format.EMPTY
    for prefix, form in _PREFIXES:
        if head.startswith(prefix):
            return form
    if _TRACE.match(head):
        return Format.EXECUTION_TRACE
    legacy = _legacy_cpu(head)
    if legacy is not None:
        return legacy
    fields = _profile_fields(data)
    is_binary = _CONTROL.search(head) is not None
    if is_binary and fields >= _FIELDS_TO_BE_SURE:
        return Format.PROFILE_PROTOBUF
    text = _text(head.removeprefix(b"\xef\xbb\xbf"), is_binary)
    if (text is None or text in _TEXTS) and is_gc_log(head):
        # Late in the text too: a program says other things first, and may write NULs or colours.
        return Format.GCTRACE
    if text is None and is_binary and fields:
        return Format.PROFILE_PROTOBUF
    return text or (Format.UNKNOWN if is_binary else Format.TEXT)


def _text(head: bytes, is_binary: bool) -> Format | None:
    """The text form that `head` begins like; a byte order mark is nothing Go writes."""
    if not head.strip():
        return Format.BLANK
    for pattern, form in _READ_TEXTS:
        if re.match(pattern, head):
            return form
    if is_binary or is_benchmark_log(head):
        return None if is_binary else Format.BENCHMARK
    if is_escape_json(head) or is_escape_text(head):
        return Format.ESCAPES
    return next((form for pattern, form in _OTHER_TEXTS if re.match(pattern, head)), None)


def _legacy_cpu(head: bytes) -> Format | None:
    """The gperftools CPU form: five words 0, 3, 0 (1 for Java), period, 0 in any word size."""
    for size in (4, 8):
        if len(head) < 5 * size:
            return None
        for order in ("little", "big"):
            words = [int.from_bytes(head[at : at + size], order) for at in range(0, 5 * size, size)]
            if words[:2] == [0, 3] and words[2] in (0, 1) and words[3] > 0 and words[4] == 0:
                return Format.JAVA_PROFILE if words[2] else Format.CPU_LEGACY
    return None


def _profile_fields(data: memoryview | bytes) -> int:
    """How many fields of a pprof Profile `data` begins with; `_FIELDS_TO_BE_SURE` if all fit."""
    at = found = 0
    while found < _FIELDS_TO_BE_SURE:
        if at == len(data):
            return _FIELDS_TO_BE_SURE if found else 0
        tag = data[at]
        wire_type = tag & 7
        if tag > 0x7F or wire_type not in _PROFILE_FIELDS.get(tag >> 3, ()):
            return found
        value, at = _varint(data, at + 1)
        if at < 0:
            return found
        if wire_type == _LENGTH:
            # A cut file still begins like a profile: its one long field counts.
            is_value_type = tag >> 3 in (1, 11)
            if is_value_type and value and data[at : at + 1] not in (b"\x08", b"\x10"):
                return found
            at += value
            if at > len(data):
                return found + (value < _SANE_FIELD_BYTES)
        found += 1
    return found


_SANE_FIELD_BYTES = 1 << 31


def _varint(data: memoryview | bytes, at: int) -> tuple[int, int]:
    """The value at `at` and where it ends, or -1 for the end if it does not fit."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    return 0, -1
