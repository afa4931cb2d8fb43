"""Where bytes come from: a path, `-` for standard input, or an http(s) address."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gotrace.errors import InputError, UsageError
from gotrace.readers.gunzip import Intake
from gotrace.readers.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from gotrace.readers.peek import Peeked

__all__ = ["Source", "checked_name", "fetched", "is_address", "open_source", "standard_input"]

_CHUNK_BYTES = 256 << 10
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]*:[0-9]+(/.*)?")


@dataclass(frozen=True)
class Source:
    """One input, read whole.

    `name` is what the user wrote, `data` the content after gunzip, `sha256` and `size_bytes`
    describe the bytes as they were stored.
    """

    name: str
    data: memoryview
    sha256: str
    size_bytes: int
    is_gzip: bool = False


def open_source(source: str | Peeked, limits: Limits = DEFAULT) -> Source:
    """Read all of `source`: a path, `-` (standard input) or `http(s)://…`; gzip is unpacked.

    Raises an InputError that names the source: UnrecognisedError never (see
    `gotrace.readers.recognise`), LimitError, TruncatedError and MalformedError for gzip data. No
    name at all is a UsageError.
    """
    name = checked_name(str(source))
    try:
        chunks = None if isinstance(source, str) else source.chunks
        if chunks is None:
            return _open(name, limits)
        intake = Intake(limits)
        data = intake.take_all(chunks)
    except InputError as error:
        raise error.at(name) from None
    return Source(name, data, intake.sha256, intake.stored_bytes, intake.is_gzip)


def checked_name(source: str) -> str:
    """`source`, unless it is empty: most often a shell variable that is not set."""
    if not source:
        raise UsageError("the name of an input is empty; is a shell variable not set?")
    return source


def is_address(source: str) -> bool:
    """Whether `source` is to be fetched."""
    scheme = _SCHEME.match(source)
    return scheme is not None and scheme[1].lower() in ("http", "https")


def _open(source: str, limits: Limits) -> Source:
    intake = Intake(limits)
    scheme = _SCHEME.match(source)
    if source == "-":
        data = intake.take_all(standard_input())
    elif scheme is None:
        data = intake.take_all(_file(source))
    elif is_address(source):
        data = intake.take_all(fetched(source, limits))
    else:
        raise InputError(
            f"addresses of scheme `{scheme[1]}` are not read", advice="use http:// or https://"
        )
    return Source(source, data, intake.sha256, intake.stored_bytes, intake.is_gzip)


def fetched(url: str, limits: Limits) -> Generator[bytes, None, None]:
    """What an address answers. Raises InputError, also while iterating."""
    # urllib costs 60 ms of start-up that only an address should pay.
    from gotrace.readers.fetch import fetch  # noqa: PLC0415

    with fetch(url, limits) as answer:
        yield from answer.chunks()


def standard_input() -> Iterator[bytes]:
    """What comes through standard input. Raises InputError where there are none to come."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError("there is no standard input")
    if stream.isatty():
        raise InputError(
            "standard input is a terminal", advice="pipe a file in: `gotrace report - < FILE`"
        )
    return _chunks(stream)


def _file(name: str) -> Iterator[bytes]:
    try:
        mode = Path(name).stat().st_mode
        if not stat.S_ISREG(mode):
            raise _not_a_file(mode)
        with Path(name).open("rb", buffering=0) as stream:
            yield from _chunks(stream)
    except FileNotFoundError:
        advice = f"for an address write http://{name}" if _HOST_AND_PORT.fullmatch(name) else None
        raise InputError("no such file", advice=advice) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise InputError(f"cannot be read: {_cause(error)}") from None


def _not_a_file(mode: int) -> InputError:
    if stat.S_ISDIR(mode):
        return InputError("is a directory", advice="name the files in it")
    if stat.S_ISFIFO(mode):
        return InputError("is a pipe", advice="pipe it into standard input and write `-`")
    return InputError("is a device or socket, not a file", advice="pipe it in and write `-`")


def _cause(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    # A pipe's first bytes may have to tell what it is long before there are enough for a chunk.
    read = getattr(stream, "read1", stream.read)
    try:
        while chunk := read(_CHUNK_BYTES):
            yield chunk
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {_cause(error)}") from None
