"""A trace's events, by the version of the format that its first bytes name."""

from __future__ import annotations

from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.recognise import IDENTIFY_BYTES, no_trace
from gotrace.readers.stored import Bytes, open_bytes
from gotrace.readers.trace.events import FORMAT_VERSIONS
from gotrace.readers.trace.stream import TraceStream
from gotrace.readers.trace.v1.events import VERSIONS as V1_VERSIONS
from gotrace.readers.trace.v1.stream import V1Stream

__all__ = ["Bytes", "open_bytes", "open_stream"]

_BEGIN = b"go 1."
_CHUNK_ROWS = 1 << 17
"""Events at a time: tables are derived of so many at once, and a row group is as large."""


def open_stream(
    content: Bytes,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT,
    chunk_rows: int = _CHUNK_ROWS,
    helped: bool = True,
) -> TraceStream | V1Stream:
    """The reader of a trace, by the version that its header names.

    `helped` is `TraceStream`'s: False where something else keeps the other processors busy.
    Raises UnrecognisedError or UnsupportedVersionError, which say what it is instead.
    """
    header = content.peek()
    if not header or not _BEGIN.startswith(header[: len(_BEGIN)]):
        raise no_trace(content.peek(IDENTIFY_BYTES))
    is_old = any(header.startswith(b"go 1.%d trace" % version) for version in V1_VERSIONS)
    is_new = any(header.startswith(b"go 1.%d trace" % version) for version in FORMAT_VERSIONS)
    if is_old and not is_new:
        return V1Stream(content, strict=strict, limits=limits, chunk_rows=chunk_rows)
    return TraceStream(content, strict=strict, limits=limits, chunk_rows=chunk_rows, helped=helped)
