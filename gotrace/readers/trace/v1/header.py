"""The header of the format's files: `go 1.5 trace` to `go 1.21 trace`, zeros up to 16 bytes."""

from __future__ import annotations

import re

from gotrace.errors import TruncatedError, UnrecognisedError, UnsupportedVersionError
from gotrace.readers.trace.v1.events import VERSIONS

__all__ = ["HEADER_BYTES", "read_version"]

HEADER_BYTES = 16
_HEADER = re.compile(rb"go 1\.([0-9]{1,3}) trace\0{3,}", re.DOTALL)


def read_version(header: bytes) -> int:
    """The minor Go version, the 21 of `go 1.21 trace`, that the first 16 bytes tell.

    Raises UnrecognisedError, TruncatedError for a piece of a header, or UnsupportedVersionError for
    a version that Go never wrote in this format.
    """
    match = _HEADER.fullmatch(header[:HEADER_BYTES])
    if match is None or len(header) < HEADER_BYTES:
        if 0 < len(header) < HEADER_BYTES and header.startswith(b"go 1."[: len(header)]):
            raise TruncatedError("the trace ends in its header", offset=len(header))
        raise UnrecognisedError("not a Go execution trace", offset=0)
    version = int(match[1])
    if version not in VERSIONS:
        raise UnsupportedVersionError(
            f"an execution trace in the format of Go 1.{version}", offset=0
        )
    return version
