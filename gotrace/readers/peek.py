"""Is this an execution trace? Told from its first bytes, for traces must not be read as a whole.

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
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.sources import fetched, is_address, standard_input

__all__ = ["Peeked", "is_trace", "peek"]

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
    opened afresh (a path).
    """

    name: str
    is_trace: bool
    chunks: Iterator[bytes] | None = None

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
    return Peeked(source, is_trace(source))


def is_trace(source: str) -> bool:
    """Whether the file `source` holds an execution trace, gzipped or not; an address by its path.

    net/http/pprof serves traces at one place; what other addresses serve only `peek` tells.
    """
    if is_address(source):
        return _serves_trace(source)
    try:
        if not Path(source).is_file():
            return False
        with Path(source).open("rb") as file:
            return _begins_trace(file.read(_PEEK_BYTES))
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return False


def _begun(name: str, chunks: Iterator[bytes]) -> Peeked:
    head = b""
    # A pipe may bring a byte at a time.
    while len(head) < _PEEK_BYTES and len(_content(head)) < _HEADER_BYTES:
        chunk = next(chunks, b"")
        if not chunk:
            break
        head += chunk
    return Peeked(name, _begins_trace(head), chain([head] if head else [], chunks))


def _serves_trace(url: str) -> bool:
    try:
        return urlsplit(url).path.rstrip("/").endswith(_TRACE_PATH)
    except ValueError:
        return False


def _begins_trace(head: bytes) -> bool:
    return _HEADER.match(_content(head)) is not None


def _content(head: bytes) -> bytes:
    """The first bytes after gunzip; none where gzip's own are not complete, or damaged."""
    if len(head) < len(_GZIP):
        return b""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(_AUTO_GZIP).decompress(head, _HEADER_BYTES)
    except zlib.error:
        return b""
