"""Numbers of a generation's bytes: one, or all of a batch that holds nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gotrace.errors import InputError, MalformedError
from gotrace.kernels import load
from gotrace.readers.trace.batches import RawGeneration

__all__ = ["Decoded", "Numbers"]

_MAX_NUMBER = (1 << 64) - 1


class Decoded(NamedTuple):
    """The numbers up to the first bad one, and the error of that one."""

    values: npt.NDArray[np.uint64]
    error: InputError | None


class Numbers:
    """Decodes unsigned LEB128 numbers of at most 64 bits."""

    def __init__(self, raw: RawGeneration) -> None:
        self._raw = raw
        self._kernel: Any = load("trace_order")

    def one(self, at: int, end: int) -> tuple[int, int]:
        """The number at `at`, and where it ends; raises MalformedError."""
        data, start, value = self._raw.data, at, 0
        for shift in range(0, 70, 7):
            if at == end:
                raise MalformedError(
                    "the batch ends inside a number", offset=self._raw.offset + start
                )
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80 and value <= _MAX_NUMBER:
                return value, at
            if byte < 0x80:
                break
        raise MalformedError("a number takes more than 64 bits", offset=self._raw.offset + start)

    def all(self, begin: int, end: int) -> Decoded:
        """All numbers from `begin` to `end`."""
        values = np.empty(end - begin, np.uint64)
        with memoryview(self._raw.data) as data:
            count, reason, at = self._kernel.decode_numbers(data, begin, end, values.data)
        error = self._kernel.fault(reason, self._raw.offset + at) if reason else None
        return Decoded(values[:count], error)
