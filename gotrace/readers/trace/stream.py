"""A Go execution trace (Go 1.22 and later), read generation by generation.

`TraceStream` yields events in causal order as columns. It holds one generation in memory at a time,
so the size of the file does not matter.

A trace that breaks off or is damaged yields all that can be read; `notes` says what is missing and
where. With `strict` the first such place is an error instead.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from gotrace.errors import InputError, TruncatedError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.batches import (
    END_MARK_VERSION,
    HEADER_BYTES,
    Framing,
    RawGeneration,
    Stream,
    drop_repeats,
    read_version,
)
from gotrace.readers.trace.generation import GenerationTables, decode_generation
from gotrace.readers.trace.losses import losses_of
from gotrace.readers.trace.ordering import CHUNK_ROWS, OrderedEvents, Ordering
from gotrace.tables.notes import Note, Severity

__all__ = ["TraceStream"]

_EMPTY = "the trace has a header and no events"
_EMPTY_ADVICE = (
    "the program ended before it wrote the first events (about a second after trace.Start), or "
    "trace.Stop was never called: record again, and let trace.Stop return before the program ends"
)


class TraceStream:
    """Iterate once: chunks of events; `notes` is complete afterwards.

    `stream` has a `read` method and stands at the header. `reuse` hands out the same memory again
    and again: a chunk is then valid only until the next one. `version` is the format's: 22, 23, 25
    or 26 (Go 1.24 writes 23, Go 1.27 writes 26). `helped` lets a second thread decode events while
    the one that iterates orders them, where there is a second processor.

    Raises UnrecognisedError or UnsupportedVersionError at once; LimitError, and if strict
    MalformedError and TruncatedError, while iterating.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        strict: bool = False,
        limits: Limits = DEFAULT,
        chunk_rows: int = CHUNK_ROWS,
        reuse: bool = False,
        helped: bool = True,
    ) -> None:
        self.version = read_version(_exactly(stream, HEADER_BYTES))
        self.notes: list[Note] = []
        self.start_ns = 0
        """The time of the first event: what times count from."""
        self.generation_count = 0
        self._strict = strict
        self._framing = Framing(stream, self.version, limits, strict)
        self._ordering = Ordering(
            self.version,
            strict=strict,
            limits=limits,
            chunk_rows=chunk_rows,
            reuse=reuse,
            helped=helped,
        )
        self._tables: GenerationTables | None = None

    @property
    def bytes_read(self) -> int:
        """Bytes taken from the stream so far."""
        return self._framing.bytes_read

    def __iter__(self) -> Generator[OrderedEvents, None, None]:
        for raw in self._framing:
            if raw.fault is not None and self._strict:
                raise raw.fault
            yield from self._generation(raw)
        if self._tables is None:
            self._without_generation()
        else:
            yield self._ordering.end(self._tables)

    def _generation(self, raw: RawGeneration) -> Iterator[OrderedEvents]:
        if not self._strict:
            drop_repeats(raw)
        frequency = None if self._tables is None else self._tables.frequency_ns
        tables = decode_generation(raw, self.version, self._strict, frequency)
        if self._tables is None:
            self.start_ns = tables.start_ns
        self._tables = tables
        self.generation_count += 1
        yield from self._ordering.order(raw, tables)
        self.notes += losses_of(raw, tables, self._ordering.outcome)

    def _without_generation(self) -> None:
        """Go 1.26 says where a generation ends, so none at all is no error, but a loss still."""
        error: InputError = TruncatedError(_EMPTY, offset=HEADER_BYTES)
        if self._strict and self.version < END_MARK_VERSION:
            raise error
        self.notes.append(Note(Severity.LOSS, "trace-empty", error.reason, advice=_EMPTY_ADVICE))


def _exactly(stream: Stream, size: int) -> bytes:
    """As many bytes as there are, up to `size`: a pipe may give fewer at a time."""
    data = b""
    while len(data) < size and (chunk := stream.read(size - len(data))):
        data += chunk
    return data
