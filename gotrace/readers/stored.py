"""An input's bytes, as they come: from a file, standard input or an address, gunzipped if need be.

Other than profiles, traces and logs are never held as a whole: `read` hands out what was asked for.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from gotrace.errors import InputError, LimitError, MalformedError, TruncatedError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.sources import checked_name, fetched, is_address, standard_input

__all__ = ["Bytes", "open_bytes"]

_MAGIC = b"\x1f\x8b"
_AUTO_GZIP = 31  # zlib's code for "a gzip header, a 32 KiB window, a gzip trailer"
_PIECE_BYTES = 1 << 20
_FIRST_BYTES = 16
"""What is looked at before anything is read: as much as a trace's header has."""
_RATIO_FREE_BYTES = 64 << 20


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Bytes:
    """The bytes of one input; `sha256` and `stored_bytes` are those of its stored form so far."""

    def __init__(self, stored: _Readable, ratio: int = DEFAULT.compression_ratio) -> None:
        self._stored = stored
        self._ratio = ratio
        self._hash = hashlib.sha256()
        self._inflater: zlib._Decompress | None = None
        self._tail = b""
        self._given = 0
        self.stored_bytes = 0
        self.is_gzip = False
        self._head = self._exactly(len(_MAGIC))
        if self._head == _MAGIC:
            self.is_gzip, self._tail, self._head = True, self._head, b""
        self.peek()

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored bytes so far, in hexadecimal."""
        return self._hash.hexdigest()

    def peek(self, size: int = _FIRST_BYTES) -> bytes:
        """The first bytes of the content, `size` of them or all there are; nothing was read yet.

        Raises as `read`.
        """
        while len(self._head) < size:
            wanted = size - len(self._head)
            piece = self._inflate(wanted) if self.is_gzip else self._take(wanted)
            if not piece:
                break
            self._head += piece
        return self._head[:size]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes of content; none at the end.

        Raises InputError for gzip data that is damaged or cut, and for what unpacks without end.
        """
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._inflate(size) if self.is_gzip else self._take(size)

    def drain(self) -> None:
        """Read what is left, for the sum of all bytes."""
        while self._take(_PIECE_BYTES):
            pass

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (piece := self._take(size - len(data))):
            data += piece
        return data

    def _take(self, size: int) -> bytes:
        try:
            piece = self._stored.read(size)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read: {_cause(error)}") from None
        self._hash.update(piece)
        self.stored_bytes += len(piece)
        return piece

    def _inflate(self, size: int) -> bytes:
        while True:
            data = self._tail or self._take(_PIECE_BYTES)
            if not data:
                if self._inflater is not None:
                    reason = f"the gzip stream is cut off; {self._given} bytes came out of it"
                    raise TruncatedError(reason, offset=self.stored_bytes)
                return b""
            if self._inflater is None:
                self._inflater = zlib.decompressobj(_AUTO_GZIP)
            try:
                output = self._inflater.decompress(data, size)
            except zlib.error as error:
                cause = str(error).rpartition(": ")[2]
                place = self.stored_bytes - len(data)
                raise MalformedError(f"the gzip data is damaged ({cause})", offset=place) from None
            self._tail = self._inflater.unconsumed_tail
            if self._inflater.eof:
                self._tail, self._inflater = self._inflater.unused_data, None
            self._given += len(output)
            self._check_ratio()
            if output:
                return output

    def _check_ratio(self) -> None:
        if self._given > max(_RATIO_FREE_BYTES, self._ratio * self.stored_bytes):
            raise LimitError(
                f"{self.stored_bytes} bytes of gzip unpack to more than {self._given}",
                advice="no trace compresses like that (limit `compression_ratio`)",
            )


@contextmanager
def open_bytes(source: str | Path | Peeked, limits: Limits = DEFAULT) -> Iterator[Bytes]:
    """Open a path, `-` (standard input) or `http(s)://...`; errors name the source.

    Raises InputError, and UsageError for no name at all.
    """
    name = checked_name(str(source))
    try:
        if isinstance(source, Peeked) and source.chunks is not None:
            yield Bytes(_Chunks(source.chunks), limits.compression_ratio)
        elif name == "-":
            yield Bytes(_Chunks(standard_input()), limits.compression_ratio)
        elif is_address(name):
            with closing(fetched(name, limits)) as chunks:
                yield Bytes(_Chunks(chunks), limits.compression_ratio)
        else:
            with _file(name) as file:
                yield Bytes(file, limits.compression_ratio)
    except InputError as error:
        raise error.at(name) from None


class _Chunks:
    """A reader of chunks of any length."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


@contextmanager
def _file(name: str) -> Iterator[BinaryIO]:
    path = Path(name)
    try:
        if path.is_dir():
            raise InputError("is a directory", advice="name the files in it")
        if path.exists() and not path.is_file():
            raise InputError("is not a file", advice="pipe it in and write `-`")
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise InputError("no such file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {_cause(error)}") from None
    with file:
        yield file


def _cause(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
