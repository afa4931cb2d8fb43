"""Where bytes come from: a path, `-` for standard input, or an http(s) address."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gotrace.errors import InputError
from gotrace.readers.gunzip import Intake
from gotrace.readers.limits import DEFAULT, Limits

__all__ = ["Source", "open_source"]

_CHUNK_BYTES = 256 << 10
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]*:[0-9]+(/.*)?")


@dataclass(frozen=True)
class Source:
    """One input, read whole.

    `name` is what the user wrote, `data` the content after gunzip, `sha256` and `size_bytes`
    describe the bytes as they were stored, `url` is the address that answered in the end (after
    redirects; empty unless fetched).
    """

    name: str
    data: memoryview
    sha256: str
    size_bytes: int
    is_gzip: bool = False
    url: str = ""


def open_source(source: str, limits: Limits = DEFAULT) -> Source:
    """Read all of `source`: a path, `-` (standard input) or `http(s)://…`; gzip is unpacked.

    Raises an InputError that names the source: UnrecognisedError never (see
    `gotrace.readers.recognise`), LimitError, TruncatedError and MalformedError for gzip data.
    """
    try:
        return _open(source, limits)
    except InputError as error:
        raise error.at(source) from None


def _open(source: str, limits: Limits) -> Source:
    intake = Intake(limits)
    url = ""
    scheme = _SCHEME.match(source)
    if source == "-":
        data = intake.take_all(_standard_input())
    elif scheme is None:
        data = intake.take_all(_file(source))
    elif scheme[1].lower() in ("http", "https"):
        # urllib costs 60 ms of start-up that only an address should pay.
        from gotrace.readers.fetch import fetch  # noqa: PLC0415

        with fetch(source, limits) as answer:
            data = intake.take_all(answer.chunks())
            url = answer.url
    else:
        raise InputError(
            f"addresses of scheme `{scheme[1]}` are not read", advice="use http:// or https://"
        )
    return Source(source, data, intake.sha256, intake.stored_bytes, intake.is_gzip, url)


def _standard_input() -> Iterator[bytes]:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise InputError("there is no standard input")
    if stream.isatty():
        raise InputError(
            "standard input is a terminal", advice="pipe a profile in: `gotrace report - < FILE`"
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


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {_cause(error)}") from None
