"""A file, taken into memory as a whole."""

from __future__ import annotations

import io
from typing import cast

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError
from gotrace.readers.trace.batches import Stream

__all__ = ["read_whole"]

_PIECE_BYTES = 1 << 24


def read_whole(stream: Stream, most_bytes: int) -> npt.NDArray[np.uint8]:
    """All bytes from where `stream` stands. Raises LimitError for more than `most_bytes`."""
    if isinstance(stream, io.BufferedReader) and stream.seekable():
        return _read_file(stream, most_bytes)
    data = bytearray()
    while piece := stream.read(_PIECE_BYTES):
        data += piece
        _check(len(data), most_bytes)
    return np.frombuffer(data, np.uint8)


def _read_file(file: io.BufferedReader, most_bytes: int) -> npt.NDArray[np.uint8]:
    """Room for all of it at once: a file says how long it is."""
    at = file.tell()
    size = file.seek(0, io.SEEK_END) - at
    file.seek(at)
    _check(size, most_bytes)
    data = np.empty(size, np.uint8)
    used = 0
    while used < size:
        taken = file.readinto(cast(bytearray, data.data[used:]))
        if not taken:
            break
        used += taken
    return data[:used]


def _check(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise LimitError(
            f"a trace of more than {most_bytes} bytes",
            advice="this format must be held in memory as a whole: raise it with --max-size",
        )
