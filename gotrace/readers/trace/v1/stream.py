"""A Go execution trace of Go 1.5 to 1.21, read as a whole and yielded piece by piece.

This format has no generations: the tables stand at the end of the file, and procs write their
batches whenever one is full. So the file is held in memory, its events are not: they are decoded
from its bytes again as they are needed, and all that is kept of one is whose turn it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gotrace.errors import MalformedError, TruncatedError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.batches import Stream
from gotrace.readers.trace.generation import GenerationTables, Ids
from gotrace.readers.trace.ordering import CHUNK_ROWS, OrderedEvents
from gotrace.readers.trace.v1.decoding import Scan, scan
from gotrace.readers.trace.v1.file import read_whole
from gotrace.readers.trace.v1.header import HEADER_BYTES, read_version
from gotrace.readers.trace.v1.replaying import Outcome, Parts, replay
from gotrace.readers.trace.v1.tables import Directory, procs, samples, stacks, strings
from gotrace.tables.notes import Note, Severity

__all__ = ["V1Stream"]

DEFAULT_FREQUENCY_HZ = 40_000_000
"""Ticks per second where a cut trace does not say: a 2.56 GHz clock over 64 (`traceTickDiv`)."""

_LEAST_ZEROS = 16
"""Fewer may be the last numbers of an event."""


class V1Stream:
    """Iterate once: chunks of events; `notes` is complete afterwards.

    As `gotrace.readers.trace.stream.TraceStream`, for the versions 5, 7, 8, 9, 10, 11, 19 and 21.
    Event types, arguments and tables are those of the later formats. Procs from 1,000,001 on are
    none (`events.FAKE_PROCS`), and CPU samples have no thread. With `reuse` a chunk is valid only
    until the next.

    Raises UnrecognisedError or UnsupportedVersionError at once; LimitError, MalformedError, and if
    strict TruncatedError, while iterating.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        strict: bool = False,
        limits: Limits = DEFAULT,
        chunk_rows: int = CHUNK_ROWS,
        reuse: bool = False,
    ) -> None:
        self._data = read_whole(stream, limits.generation_bytes)
        self.version = read_version(self._data[:HEADER_BYTES].tobytes())
        self.notes: list[Note] = []
        self.start_ns = 0
        """What times count from: the first Sync, which stands 1 ns before the first event."""
        self.generation_count = 0
        self._strict = strict
        self._chunk_rows = chunk_rows
        self._reuse = reuse

    @property
    def bytes_read(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    def __iter__(self) -> Iterator[OrderedEvents]:
        found = self._scan()
        self._check_end(found)
        parts = self._parts(found)
        self.generation_count = 1
        # Events count from the first one here, and Go puts a Sync before it: at -1.
        self.start_ns = -1 if found.totals["events"] else 0
        outcome = Outcome()
        yield from replay(parts, _generation(parts), self._chunk_rows, self._reuse, outcome)
        self._note_outcome(outcome)

    def _scan(self) -> Scan:
        try:
            return scan(self._data, self.version)
        except MalformedError:
            # A crash of the machine leaves zeros where the file had room, but no bytes yet.
            zeros = int(np.argmax(self._data[::-1] != 0))
            if self._strict or zeros < _LEAST_ZEROS:
                raise
        end = len(self._data) - zeros
        found = scan(self._data[:end], self.version)
        message = f"{zeros} zero bytes at the end were left out: the file was not written whole"
        self._lose("trace-zeros", message, where=f"byte {end}")
        return found

    def _parts(self, found: Scan) -> Parts:
        texts, totals = strings(found), found.totals
        return Parts(
            found, procs(found), samples(found),
            Directory.of(np.append(found.goroutines, np.uint64(0))), Directory.of(found.tasks),
            texts, stacks(found, texts), totals["frequency"] or DEFAULT_FREQUENCY_HZ,
            is_cut=totals["cut"] >= 0 or not totals["frequency"],
        )  # fmt: skip

    def _check_end(self, found: Scan) -> None:
        """A trace ends with its clock rate, stacks and strings: what of that is missing?"""
        cut, frequency = found.totals["cut"], found.totals["frequency"]
        if cut < 0 and frequency:
            return
        at = len(self._data) if cut < 0 else cut
        reason = "the trace breaks off" if cut >= 0 else "the trace ends before its tables"
        if self._strict:
            raise TruncatedError(reason, offset=at)
        self._lose("trace-cut", f"{reason}; what came before was read", where=f"byte {at}")
        if not frequency:
            message = (
                "the trace ends before it says how long a tick is (assumed: 25 ns) and before its "
                "stacks and strings"
            )
            self._lose("trace-frequency-unknown", message)

    def _note_outcome(self, outcome: Outcome) -> None:
        if outcome.lost_events:
            message = "events that wait for others which the trace does not have any more"
            where = ""
            if outcome.contradiction is not None:
                message = f"events behind a contradiction: {outcome.contradiction.reason}"
                where = f"byte {outcome.contradiction.offset}"
            self._lose("trace-order-lost", message, outcome.lost_events, where)
        if outcome.unknown_ids:
            message = "strings and stacks that the trace does not define; they are null"
            self._lose("trace-unknown-ids", message, outcome.unknown_ids)

    def _lose(self, slug: str, message: str, count: int = 1, where: str = "") -> None:
        advice = "record again, and end the trace with trace.Stop"
        self.notes.append(Note(Severity.LOSS, slug, message, count, where, advice))


def _generation(parts: Parts) -> GenerationTables:
    """All tables of the trace, as the single generation it is."""
    directory = parts.stacks.directory
    ids = parts.strings.directory.ids
    return GenerationTables(
        number=1,
        start_ns=0,
        frequency_ns=1e9 / parts.frequency,
        strings=list(parts.strings.texts),
        string_ids=Ids.of(ids, parts.strings.rows),
        stacks=parts.stacks.lists,
        stack_ids=Ids.of(directory.ids, np.arange(len(directory.ids), dtype=np.int32)),
        frames=parts.stacks.frames,
        samples=np.zeros((0, 5), np.int64),
        clock=None,
        experimental=[],
        event_batches=[],
        is_frequency_known=bool(parts.scan.totals["frequency"]),
    )
