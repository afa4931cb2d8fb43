"""Is this an execution trace, a log of the collector or of benchmarks? Told from its first bytes,
for these must not be read as a whole.

`gotrace.readers.recognise` tells everything else, once a profile is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from gotrace.errors import InputError
from gotrace.readers.benchmarks.recognise import has_results
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.recognise import IDENTIFY_BYTES, MAY_BE_GC_LOGS, Format, identify
from gotrace.readers.sources import fetched, is_address, standard_input

__all__ = ["Peeked", "is_benchmark_log", "is_escapes", "is_gc_log", "is_trace", "peek"]

_HEADER = re.compile(rb"go 1\.[0-9]{1,3} trace\0\0")
_HEADER_BYTES = 16
_TRACE_PATH = "/debug/pprof/trace"
_PEEK_BYTES = 4096
_GZIP = b"\x1f\x8b"
_AUTO_GZIP = 31  # zlib's code for "a gzip header, a 32 KiB window, a gzip trailer"


@dataclass
class Peeked:
    """An input whose first bytes were looked at: whoever opens inputs takes it for its name.

    `chunks` are all its stored bytes, those looked at included, to be taken once; None for what is
    opened afresh (a path). `is_gc_log` is sure, and true beside `is_benchmark_log` of a log of
    both; `may_be_gc_log` is true of every text that is no profile, the first line of the collector
    may come late.
    """

    name: str
    is_trace: bool
    chunks: Iterator[bytes] | None = None
    is_gc_log: bool = False
    may_be_gc_log: bool = False
    is_benchmark_log: bool = False
    is_escapes: bool = False
    is_layouts: bool = False

    def __str__(self) -> str:
        """What the user wrote."""
        return self.name


def peek(source: str, limits: Limits = DEFAULT) -> Peeked:
    """Look at the first bytes of `source` (a path, `-` or an address) without losing any.

    An address is fetched once: what is left of its answer comes from `chunks`. A path that cannot
    be read is no trace: reading it will say why. Raises InputError for addresses and standard
    input that cannot be read.
    """
    try:
        if source == "-":
            return _begun(source, standard_input())
        if is_address(source):
            return _begun(source, fetched(source, limits))
    except InputError as error:
        raise error.at(source) from None
    head = _head(source, IDENTIFY_BYTES)
    return Peeked(source, _begins_trace(head), None, *_logs(head))


def is_gc_log(source: str) -> bool:
    """Whether the file `source` has a line of `GODEBUG=gctrace=1` in its first 64 KiB, gzip or not.

    Of an address only `peek` tells.
    """
    return _form(source) is Format.GCTRACE


def is_benchmark_log(source: str) -> bool:
    """Whether the file `source` has a line of `go test -bench` in its first 64 KiB, gzip or not.

    Of an address only `peek` tells.
    """
    if is_address(source):
        return False
    content = _content(_head(source, IDENTIFY_BYTES), IDENTIFY_BYTES)
    return _has_benchmarks(identify(content), content)


def is_escapes(source: str) -> bool:
    """Whether the file `source` has what the compiler says of escapes, gzip or not.

    Of an address only `peek` tells.
    """
    return _form(source) is Format.ESCAPES


def _form(source: str) -> Format | None:
    if is_address(source):
        return None
    return identify(_content(_head(source, IDENTIFY_BYTES), IDENTIFY_BYTES))


def is_trace(source: str) -> bool:
    """Whether the file `source` holds an execution trace, gzipped or not; an address by its path.

    net/http/pprof serves traces at one place; what other addresses serve only `peek` tells.
    """
    if is_address(source):
        return _serves_trace(source)
    return _begins_trace(_head(source, _PEEK_BYTES))


def _head(name: str, size: int) -> bytes:
    """The first bytes of a file; none of what is no file."""
    try:
        if not Path(name).is_file():
            return b""
        with Path(name).open("rb") as file:
            return file.read(size)
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return b""


def _begun(name: str, chunks: Iterator[bytes]) -> Peeked:
    head = b""
    # A pipe may bring a byte at a time.
    while len(head) < _PEEK_BYTES and len(_content(head)) < _HEADER_BYTES:
        chunk = next(chunks, b"")
        if not chunk:
            break
        head += chunk
    if _begins_trace(head):
        return Peeked(name, True, chain([head], chunks))
    head += b"".join(_as_far(chunks, IDENTIFY_BYTES - len(head)))
    return Peeked(name, False, chain([head] if head else [], chunks), *_logs(head))


def _as_far(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Chunks until there are `size` bytes of them or no more."""
    while size > 0 and (chunk := next(chunks, b"")):
        size -= len(chunk)
        yield chunk


def _serves_trace(url: str) -> bool:
    try:
        return urlsplit(url).path.rstrip("/").endswith(_TRACE_PATH)
    except ValueError:
        return False


def _begins_trace(head: bytes) -> bool:
    return _HEADER.match(_content(head)) is not None


def _logs(head: bytes) -> tuple[bool, bool, bool, bool, bool]:
    """Is it a log of the collector for sure, may it be, one of benchmarks, escapes, or layouts?"""
    content = _content(head, IDENTIFY_BYTES)
    form = identify(content)
    is_other = (
        _has_benchmarks(form, content), form is Format.ESCAPES, form is Format.LAYOUTS
    )  # fmt: skip
    return form is Format.GCTRACE, form in MAY_BE_GC_LOGS, *is_other


def _has_benchmarks(form: Format, content: bytes) -> bool:
    """Results with the collector's lines between them make a log of both."""
    return form is Format.BENCHMARK or (form is Format.GCTRACE and has_results(content))


def _content(head: bytes, size: int = _HEADER_BYTES) -> bytes:
    """The first bytes after gunzip; none where gzip's own are not complete, or damaged."""
    if len(head) < len(_GZIP):
        return b""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(_AUTO_GZIP).decompress(head, size)
    except zlib.error:
        return b""
