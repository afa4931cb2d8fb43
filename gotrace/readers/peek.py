"""Is this an execution trace? Told from its first bytes, for traces must not be read as a whole.

`gotrace.readers.recognise` tells everything else, once a profile is read.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["is_trace"]

_HEADER = re.compile(rb"go 1\.[0-9]{1,3} trace\0\0")
_TRACE_PATH = "/debug/pprof/trace"
_PEEK_BYTES = 4096
_GZIP = b"\x1f\x8b"
_AUTO_GZIP = 31  # zlib's code for "a gzip header, a 32 KiB window, a gzip trailer"


def is_trace(source: str) -> bool:
    """Whether `source` (a path, `-` or an address) holds an execution trace, gzipped or not.

    Standard input stays as it is. An address is not fetched: its path tells, for net/http/pprof
    serves traces at one place. What cannot be read is no trace here: reading it will say why.
    """
    if source == "-":
        return _begins_trace(_waiting())
    if source.lower().startswith(("http://", "https://")):
        return _serves_trace(source)
    try:
        if not Path(source).is_file():
            return False
        with Path(source).open("rb") as file:
            return _begins_trace(file.read(_PEEK_BYTES))
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return False


def _serves_trace(url: str) -> bool:
    try:
        return urlsplit(url).path.rstrip("/").endswith(_TRACE_PATH)
    except ValueError:
        return False


def _waiting() -> bytes:
    """What standard input has to offer first, left there."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.isatty():
        return b""
    try:
        waiting: bytes = stream.peek(_PEEK_BYTES)
    except (AttributeError, OSError, ValueError):
        return b""
    return waiting


def _begins_trace(head: bytes) -> bool:
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(_AUTO_GZIP).decompress(head, 64)
        except zlib.error:
            return False
    return _HEADER.match(head) is not None
