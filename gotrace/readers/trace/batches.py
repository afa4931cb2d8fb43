"""Framing: a trace's bytes, cut into generations and these into batches.

A trace is a header (`go 1.NN trace`, 16 bytes) and batches: type, generation, thread, time, size,
and that many bytes. Since Go 1.26 a generation ends with a mark of one byte, before that with the
first batch of the next. Only one generation is held in memory at a time, whatever the size of the
file; what a batch announces is checked before it is read (`internal/trace/batch.go`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from gotrace.errors import (
    InputError,
    LimitError,
    MalformedError,
    TruncatedError,
    UnrecognisedError,
    UnsupportedVersionError,
)
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.events import FORMAT_VERSIONS

__all__ = [
    "END_MARK_VERSION",
    "HEADER_BYTES",
    "NO_THREAD",
    "Batch",
    "Framing",
    "RawGeneration",
    "Stream",
    "drop_repeats",
    "read_version",
]

HEADER_BYTES = 16
NO_THREAD = (1 << 64) - 1
"""The thread of batches that no thread wrote."""
MAX_BATCH_BYTES = 64 << 10
"""`tracev2.MaxBatchSize`."""
END_MARK_VERSION = 26
"""The first format version whose generations say where they end."""

_EVENT_BATCH, _EXPERIMENTAL_BATCH, _END_OF_GENERATION = 1, 49, 52
_CHUNK_BYTES = 256 << 10
_MAX_BATCH_HEADER_BYTES = 2 + 4 * 10
_MAX_NUMBER = (1 << 64) - 1
_MAX_CANDIDATES = 10_000
"""Places in a trace that may turn out not to be the header of a batch after damage."""
_PADDED_SIZE = b"\x80" * 6 + b"\0"
"""How a size below 2^21 ends that is written in ten bytes."""


class Stream(Protocol):
    """What framing reads from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


class Batch(NamedTuple):
    """A batch of the generation, and where its content begins and ends in the generation's data."""

    thread: int
    time: int
    experiment: int
    begin: int
    end: int


@dataclass
class RawGeneration:
    """The bytes of one generation and its batches, in the order of the file."""

    number: int
    data: bytearray
    """Its bytes, and some behind; valid until the next generation is read."""
    offset: int
    """Where `data` begins in the trace."""
    batches: list[Batch] = field(default_factory=list)
    fault: InputError | None = None
    """What ended the generation where nothing should; None if it is whole."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """Where bytes that are no batch were skipped (offset in the trace, how many); if lenient."""
    repeats: int = 0
    """Batches dropped because they were there twice; see `drop_repeats`."""
    repeated_bytes: int = 0


def read_version(header: bytes) -> int:
    """The format version, the 22 of `go 1.22 trace`, that the first 16 bytes of a trace tell.

    Raises UnrecognisedError, or UnsupportedVersionError for formats that are not read here.
    """
    text = header[:HEADER_BYTES]
    if not text.startswith(b"go 1.") or b" trace" not in text:
        raise UnrecognisedError("not a Go execution trace", offset=0)
    digits = text[5 : text.index(b" trace")]
    padding = text[text.index(b" trace") + 6 :]
    if not digits.isdigit() or padding.strip(b"\0"):
        raise UnrecognisedError("not a Go execution trace", offset=0)
    if int(digits) not in FORMAT_VERSIONS:
        raise UnsupportedVersionError(
            f"an execution trace in the format of Go 1.{int(digits)}",
            offset=0,
            advice="gotrace may be too old for it",
        )
    if len(text) < HEADER_BYTES:
        raise TruncatedError("the trace ends in its header", offset=len(text))
    return int(digits)


class Framing:
    """The generations of a trace; reads from behind the header on."""

    def __init__(
        self,
        stream: Stream,
        version: int,
        limits: Limits = DEFAULT,
        strict: bool = True,
    ) -> None:
        self._stream = stream
        self._version = version
        self._limits = limits
        # Memory is kept from generation to generation: `_buffer[:_filled]` was read.
        self._buffer = bytearray()
        self._filled = 0
        self._at = 0
        self._strict = strict
        self._patience = _MAX_CANDIDATES
        self._offset = HEADER_BYTES

    def __iter__(self) -> Iterator[RawGeneration]:
        """Every generation; the last one has a `fault` if the trace breaks off."""
        while (generation := self._next()) is not None:
            yield generation
            if generation.fault is not None:
                return
            self._offset += self._at
            self._filled -= self._at
            rest = self._buffer[self._at : self._at + self._filled]
            self._buffer[: self._filled] = rest
            self._at = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of the trace taken from the stream so far."""
        return self._offset + self._filled

    def _next(self) -> RawGeneration | None:
        generation = RawGeneration(0, self._buffer, self._offset)
        try:
            while self._available(1):
                if self._take_or_skip(generation):
                    break
            else:
                if not generation.batches:
                    return None
                if self._version >= END_MARK_VERSION:
                    raise self._cut("without the end of its last generation")
        except (MalformedError, TruncatedError) as error:
            generation.fault = error
        generation.data = self._buffer
        return generation

    def _take_or_skip(self, generation: RawGeneration) -> bool:
        """Take one batch, or if lenient skip what is none; True if the generation ended."""
        try:
            return self._take(generation)
        except MalformedError:
            begin = self._at
            if self._strict or not self._find_batch(generation.number):
                raise
            generation.gaps.append((self._offset + begin, self._at - begin))
            return False

    def _find_batch(self, number: int) -> bool:
        """Move to the next batch of this generation; False (and no move) if there is none.

        The runtime leaves ten bytes for a batch's size, written when the batch is full, so that a
        header ends in a row of bytes that events hardly ever have (`runtime/tracebuf.go`).
        """
        begin, at = self._at, self._at + 1
        while self._patience and self._available(at - begin + len(_PADDED_SIZE)):
            found = self._buffer.find(_PADDED_SIZE, at, self._filled)
            if found < 0:
                at = self._filled - len(_PADDED_SIZE) + 1
                continue
            self._patience -= 1
            for self._at in range(max(begin + 1, found - _MAX_BATCH_HEADER_BYTES), found):
                if self._is_header(number, found + len(_PADDED_SIZE)):
                    return True
            self._at, at = begin, found + 1
        self._at = begin
        return False

    def _is_header(self, number: int, end: int) -> bool:
        """Whether the bytes at hand are the header of a batch of this generation, up to `end`."""
        kind = self._buffer[self._at]
        if kind not in (_EVENT_BATCH, _EXPERIMENTAL_BATCH):
            return False
        try:
            found, batch = self._header(kind == _EXPERIMENTAL_BATCH)
        except InputError:
            return False
        return batch.begin == end and found in (number, number + 1)

    def _take(self, generation: RawGeneration) -> bool:
        """Take one batch; True if the generation ended instead."""
        kind = self._buffer[self._at]
        if kind == _END_OF_GENERATION and self._version >= END_MARK_VERSION:
            self._at += 1
            return True
        if kind != _EVENT_BATCH and (kind != _EXPERIMENTAL_BATCH or self._version < 23):
            raise MalformedError("not a batch of events", offset=self._offset + self._at)
        number, batch = self._header(kind == _EXPERIMENTAL_BATCH)
        if generation.number == 0:
            generation.number = number
        if number != generation.number:
            if self._version < END_MARK_VERSION and number == generation.number + 1:
                return True
            raise MalformedError("a batch of another generation", offset=self._offset + self._at)
        self._check(generation, batch)
        generation.batches.append(batch)
        self._at = batch.end
        return False

    def _header(self, is_experimental: bool) -> tuple[int, Batch]:
        """Generation and batch of the header at hand; its content is not read yet."""
        self._available(_MAX_BATCH_HEADER_BYTES)
        at = self._at + 1
        experiment = 0
        if is_experimental:
            if at >= self._filled:
                raise self._cut("inside the header of a batch")
            experiment = self._buffer[at]
            at += 1
        number, at = self._number(at)
        thread, at = self._number(at)
        time, at = self._number(at)
        size, at = self._number(at)
        if number == 0:
            raise MalformedError("a batch of generation 0", offset=self._offset + self._at)
        if size > MAX_BATCH_BYTES:
            raise MalformedError(
                f"a batch of {size} bytes, where 65536 are the most",
                offset=self._offset + self._at,
            )
        return number, Batch(thread, time, experiment, at, at + size)

    def _check(self, generation: RawGeneration, batch: Batch) -> None:
        """See that the batch is all there, and the generation not too large."""
        limits = self._limits
        if batch.end > limits.generation_bytes:
            raise LimitError(
                f"a generation of more than {limits.generation_bytes} bytes",
                offset=self._offset + self._at,
                advice="raise it with --max-size, or Limits.generation_bytes",
            )
        if len(generation.batches) >= limits.batches:
            raise LimitError(
                f"a generation of more than {limits.batches} batches",
                offset=self._offset + self._at,
                advice="raise Limits.batches",
            )
        if not self._available(batch.end - self._at):
            # What is there of it may still be read.
            generation.batches.append(batch._replace(end=self._filled))
            raise self._cut("inside a batch")

    def _number(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while at < self._filled:
            byte = self._buffer[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > _MAX_NUMBER:
                    break
                return value, at
            shift += 7
            if shift > 63:
                break
        else:
            raise self._cut("inside the header of a batch")
        raise MalformedError("a number takes more than 64 bits", offset=self._offset + self._at)

    def _cut(self, where: str) -> TruncatedError:
        return TruncatedError(f"the trace ends {where}", offset=self._offset + self._at)

    def _available(self, size: int) -> bool:
        """Read on until `size` bytes are at hand; False if the trace has not that many."""
        while self._filled - self._at < size:
            chunk = self._stream.read(_CHUNK_BYTES)
            if not chunk:
                return False
            self._append(chunk)
        return True

    def _append(self, chunk: bytes) -> None:
        end = self._filled + len(chunk)
        if end <= len(self._buffer):
            # A bytearray would copy what is assigned to a part of it once more.
            memoryview(self._buffer)[self._filled : end] = chunk
        else:
            try:
                del self._buffer[self._filled :]
                self._buffer += chunk
            except BufferError:
                # Someone still looks at the last generation: leave the memory to them.
                self._buffer = self._buffer[: self._filled] + chunk
        self._filled = end


def drop_repeats(generation: RawGeneration) -> None:
    """Drop batches that are there a second time, word for word.

    Go 1.24 to 1.27 can write a buffer more than once when alloc/free events are on.
    """
    data = memoryview(generation.data)
    first: dict[tuple[int, int, int, int], Batch] = {}
    kept = []
    for batch in generation.batches:
        key = (batch.thread, batch.time, batch.experiment, batch.end - batch.begin)
        known = first.setdefault(key, batch)
        if known is batch or not _same(data, known, batch):
            kept.append(batch)
        else:
            generation.repeated_bytes += batch.end - batch.begin
    generation.repeats = len(generation.batches) - len(kept)
    generation.batches = kept


def _same(data: memoryview, one: Batch, other: Batch) -> bool:
    return bool(data[one.begin : one.end] == data[other.begin : other.end])
