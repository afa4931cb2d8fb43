"""What one generation defines: strings, stacks, CPU samples, clocks.

Every generation of a trace stands alone: its ids begin anew, and its tables come in batches of
their own (`internal/trace/generation.go`). Types and addresses of the alloc/free experiment are
decoded in `derive/experiment.py`.

Damage is an error where nothing may be lost (`strict`); otherwise what can be read is kept, and
`GenerationTables.damage` counts what cannot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotrace.errors import InputError, MalformedError
from gotrace.readers.trace.batches import Batch, RawGeneration
from gotrace.readers.trace.numbers import Numbers
from gotrace.tables.columns import Lists

__all__ = ["Clock", "Frames", "GenerationTables", "Ids", "decode_generation"]

DEFAULT_FREQUENCY_HZ = 15_625_000
"""Ticks per second where a cut trace does not say: nanoseconds over 64 (`runtime/tracetime.go`)."""

_STACKS, _STACK, _STRINGS, _STRING, _CPU_SAMPLES, _CPU_SAMPLE = 2, 3, 4, 5, 6, 7
_FREQUENCY, _SYNC, _CLOCK_SNAPSHOT = 8, 50, 51
_SYNC_VERSION = 25
"""The first format version with clocks, in a batch that says so."""
_MAX_STRING_BYTES = 1 << 10
_MAX_FRAMES = 128
_NONE = -1
_FAR = 2.0**63
"""The first time, in ns, that does not fit."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of the wire to rows: `dense[id]`, -1 for none, and beyond it `rows` beside `ids`."""

    dense: npt.NDArray[np.int32]
    ids: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int32]

    @classmethod
    def of(cls, ids: npt.NDArray[np.uint64], rows: npt.NDArray[np.int32]) -> Ids:
        """Dense where that wastes little: ids count from 1, except in strange traces."""
        order = np.argsort(ids, kind="stable")
        ids, rows = ids[order], rows[order]
        near = int(np.searchsorted(ids, np.uint64(4 * len(ids) + 1024)))
        dense = np.full(int(ids[near - 1]) + 1 if near else 0, _NONE, np.int32)
        dense[ids[:near].astype(np.int64)] = rows[:near]
        return cls(dense, ids[near:], rows[near:])

    def find(self, ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """The rows of many ids; -1 where an id is not defined."""
        found = np.full(len(ids), _NONE, np.int32)
        is_near = ids < np.uint64(len(self.dense))
        found[is_near] = self.dense[ids[is_near].astype(np.int64)]
        if len(self.ids):
            place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
            is_far = self.ids[place] == ids
            found[is_far] = self.rows[place[is_far]]
        return found


@dataclass(frozen=True, slots=True)
class Frames:
    """One row a program counter: `function` and `file` are rows of the strings (-1: unknown)."""

    pc: npt.NDArray[np.uint64]
    function: npt.NDArray[np.int32]
    file: npt.NDArray[np.int32]
    line: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment on three clocks (Go 1.25): trace time, the monotonic clock, the wall clock."""

    time_ns: int
    monotonic_ns: int
    wall_ns: int
    """Since 1970."""


@dataclass
class GenerationTables:
    """Everything in a generation but its events."""

    number: int
    start_ns: int
    """The earliest time that a batch names, on the trace's own clock."""
    frequency_ns: float
    """Nanoseconds per tick."""
    strings: list[str]
    """Row 0 is the empty string; each content once."""
    string_ids: Ids
    stacks: Lists
    """Rows of `frames`, leaf first."""
    stack_ids: Ids
    frames: Frames
    samples: npt.NDArray[np.int64]
    """CPU samples by time: time, thread, proc, goroutine, stack (row); -1 for none."""
    clock: Clock | None
    experimental: list[tuple[int, int, bytes]]
    """Experiment, thread, content of the experimental batches."""
    event_batches: list[Batch]
    """The rest: batches of events, in the order of the file."""
    damage: Counter[str] = field(default_factory=Counter)
    """What could not be read, by what it was."""
    is_frequency_known: bool = True


def decode_generation(
    raw: RawGeneration, version: int, strict: bool = True, frequency_ns: float | None = None
) -> GenerationTables:
    """Decode all tables of a generation.

    `frequency_ns` stands in, if not strict, where the generation does not tell its own. Raises
    MalformedError or TruncatedError if strict.
    """
    return _Decoder(raw, version, strict).decode(frequency_ns)


class _Decoder:
    """Batch by batch; what a batch defines counts from its first byte on."""

    def __init__(self, raw: RawGeneration, version: int, strict: bool) -> None:
        self._raw = raw
        self._version = version
        self._strict = strict
        self._numbers = Numbers(raw)
        self._damage: Counter[str] = Counter()
        self._strings: dict[int, str] = {}
        self._stack_ids: list[int] = []
        self._stack_lengths: list[int] = []
        self._stack_frames: list[npt.NDArray[np.uint64]] = []
        self._samples: list[npt.NDArray[np.uint64]] = []
        self._frequency_hz = 0
        self._clock: tuple[int, int, int] | None = None

    def decode(self, frequency_ns: float | None) -> GenerationTables:
        events, experimental = [], []
        kinds: dict[int, tuple[str, Callable[[Batch], None]]] = {
            _STRINGS: ("strings", self._add_strings),
            _STACKS: ("stacks", self._add_stacks),
            _CPU_SAMPLES: ("CPU samples", self._add_samples),
            _SYNC if self._version >= _SYNC_VERSION else _FREQUENCY: ("clocks", self._add_sync),
        }
        data = self._raw.data
        for batch in self._raw.batches:
            kind = data[batch.begin] if batch.end > batch.begin else 0
            if batch.experiment:
                content = bytes(data[batch.begin : batch.end])
                experimental.append((batch.experiment, batch.thread, content))
            elif kind in kinds:
                self._try(*kinds[kind], batch)
            else:
                events.append(batch)
        return self._tables(events, experimental, frequency_ns)

    def _try(self, what: str, add: Callable[[Batch], None], batch: Batch) -> None:
        try:
            add(batch)
        except InputError:
            if self._strict:
                raise
            self._damage[f"batches of {what}"] += 1

    def _wrong(self, reason: str, at: int) -> MalformedError:
        return MalformedError(reason, offset=self._raw.offset + at)

    def _add_strings(self, batch: Batch) -> None:
        data, at = self._raw.data, batch.begin + 1
        while at < batch.end:
            start = at
            if data[at] != _STRING:
                raise self._wrong("not a string, in a batch of strings", at)
            key, at = self._numbers.one(at + 1, batch.end)
            size, at = self._numbers.one(at, batch.end)
            if size > _MAX_STRING_BYTES:
                raise self._wrong(f"a string of {size} bytes, where 1024 are the most", start)
            if at + size > batch.end:
                raise self._wrong("a string runs past the end of its batch", start)
            if key == 0 or key in self._strings:
                raise self._wrong(f"string {key} is defined twice", start)
            self._strings[key] = data[at : at + size].decode("utf-8", "replace")
            at += size

    def _add_stacks(self, batch: Batch) -> None:
        """A stack is numbers only: its type, its id, how many frames, and four for each frame."""
        numbers = self._numbers.all(batch.begin + 1, batch.end)
        heads = numbers.values.tolist()
        at = 0
        while at < len(heads):
            if heads[at] != _STACK:
                raise self._wrong("not a stack, in a batch of stacks", batch.begin)
            if at + 3 > len(heads) or at + 3 + 4 * heads[at + 2] > len(heads):
                raise numbers.error or self._wrong("the batch ends inside a stack", batch.begin)
            key, length = heads[at + 1], heads[at + 2]
            if length > _MAX_FRAMES:
                raise self._wrong(
                    f"a stack of {length} frames, where 128 are the most", batch.begin
                )
            self._stack_ids.append(key)
            self._stack_lengths.append(length)
            at += 3 + 4 * length
            self._stack_frames.append(numbers.values[at - 4 * length : at])
        if numbers.error is not None:
            raise numbers.error

    def _add_samples(self, batch: Batch) -> None:
        """A sample is six numbers: its type, time, thread, proc, goroutine and stack."""
        numbers = self._numbers.all(batch.begin + 1, batch.end)
        whole = len(numbers.values) // 6
        rows = numbers.values[: 6 * whole].reshape(whole, 6)
        good = rows[:, 0] == np.uint64(_CPU_SAMPLE)
        first_bad = whole if good.all() else int(np.argmin(good))
        self._samples.append(rows[:first_bad, 1:])
        if numbers.error is not None:
            raise numbers.error
        if first_bad < whole:
            raise self._wrong("not a CPU sample, in a batch of them", batch.begin)
        if 6 * whole < len(numbers.values):
            raise self._wrong("the batch ends inside a CPU sample", batch.begin)

    def _add_sync(self, batch: Batch) -> None:
        """Ticks per second, and since Go 1.25 one moment on three clocks."""
        has_clocks = self._version >= _SYNC_VERSION
        data, at = self._raw.data, batch.begin + has_clocks
        time = batch.time
        while at < batch.end:
            start, kind = at, data[at]
            if kind == _FREQUENCY:
                if self._frequency_hz:
                    raise self._wrong("a second frequency in one generation", start)
                frequency, at = self._numbers.one(at + 1, batch.end)
                if frequency == 0:
                    raise self._wrong("a frequency of zero", start)
                self._frequency_hz = frequency
            elif kind == _CLOCK_SNAPSHOT and has_clocks:
                if self._clock is not None:
                    raise self._wrong("a second clock snapshot in one generation", start)
                ticks, at = self._numbers.one(at + 1, batch.end)
                monotonic, at = self._numbers.one(at, batch.end)
                seconds, at = self._numbers.one(at, batch.end)
                nanoseconds, at = self._numbers.one(at, batch.end)
                time = (time + ticks) % (1 << 64)
                self._clock = (time, monotonic, seconds * 1_000_000_000 + nanoseconds)
            else:
                raise self._wrong("neither a frequency nor a clock snapshot", start)

    def _tables(
        self,
        events: list[Batch],
        experimental: list[tuple[int, int, bytes]],
        frequency_ns: float | None,
    ) -> GenerationTables:
        is_frequency_known = bool(self._frequency_hz)
        if self._strict:
            self._check_complete()
        if is_frequency_known:
            frequency_ns = 1.0 / (float(self._frequency_hz) / 1e9)
        elif frequency_ns is None:
            frequency_ns = 1.0 / (DEFAULT_FREQUENCY_HZ / 1e9)
        strings, string_ids = self._intern()
        stacks, stack_ids, frames = self._frames(string_ids)
        clock = None
        if self._clock is not None:
            time, monotonic, wall = self._clock
            clock = Clock(self._nanoseconds(time, frequency_ns), monotonic, wall)
        return GenerationTables(
            number=self._raw.number,
            start_ns=self._nanoseconds(self._first_time(), frequency_ns),
            frequency_ns=frequency_ns,
            strings=strings,
            string_ids=string_ids,
            stacks=stacks,
            stack_ids=stack_ids,
            frames=frames,
            samples=self._timed_samples(frequency_ns, stack_ids),
            clock=clock,
            experimental=experimental,
            event_batches=events,
            damage=self._damage,
            is_frequency_known=is_frequency_known,
        )

    def _check_complete(self) -> None:
        if not self._frequency_hz:
            raise self._wrong("a generation without a frequency", 0)
        if self._version >= _SYNC_VERSION and self._clock is None:
            raise self._wrong("a generation without a clock snapshot", 0)

    def _nanoseconds(self, ticks: int, frequency_ns: float) -> int:
        time = float(ticks) * frequency_ns
        if time < _FAR:
            return int(time)
        if self._strict:
            raise self._wrong("a time beyond all reason", 0)
        self._damage["times"] += 1
        return 0

    def _first_time(self) -> int:
        return min((batch.time for batch in self._raw.batches if batch.time), default=0)

    def _intern(self) -> tuple[list[str], Ids]:
        """Strings by content: two ids of the same content have the same row."""
        rows = {"": 0}
        found = [rows.setdefault(text, len(rows)) for text in self._strings.values()]
        keys = np.fromiter(self._strings, np.uint64, len(found))
        return list(rows), Ids.of(keys, np.array(found, np.int32))

    def _frames(self, string_ids: Ids) -> tuple[Lists, Ids, Frames]:
        """Stacks as lists of frames; of two frames at one program counter the first counts."""
        words = np.concatenate([*self._stack_frames, np.zeros(0, np.uint64)]).reshape(-1, 4)
        pcs, first, rows = np.unique(words[:, 0], return_index=True, return_inverse=True)
        function, file = (self._string_rows(string_ids, words[first, i]) for i in (1, 2))
        offsets = np.zeros(len(self._stack_lengths) + 1, np.int64)
        np.cumsum(self._stack_lengths, out=offsets[1:])
        keys = np.array(self._stack_ids, np.uint64)
        unique, kept = np.unique(keys, return_index=True)
        if len(unique) < len(keys) or (len(unique) and unique[0] == 0):
            if self._strict:
                raise self._wrong("a stack is defined twice", 0)
            self._damage["stacks defined twice"] += len(keys) - len(unique)
        frames = Frames(pcs, function, file, words[first, 3].astype(np.int64))
        stacks = Lists(offsets, rows.reshape(-1).astype(np.int32))
        return stacks, Ids.of(unique, kept.astype(np.int32)), frames

    def _string_rows(self, string_ids: Ids, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        rows = string_ids.find(keys)
        rows[keys == 0] = 0
        if unknown := int(np.count_nonzero(rows < 0)):
            if self._strict:
                raise self._wrong("a frame names a string that is not defined", 0)
            self._damage["names of frames"] += unknown
        return rows

    def _timed_samples(self, frequency_ns: float, stack_ids: Ids) -> npt.NDArray[np.int64]:
        """Samples in order of time; goroutine 0 means none was running."""
        words = np.concatenate([*self._samples, np.zeros((0, 5), np.uint64)])
        times = words[:, 0].astype(np.float64) * frequency_ns
        columns = words.view(np.int64)
        bad = (times >= _FAR) | (columns[:, 2] < -1) | (columns[:, 2] >= 1 << 31)
        if bad.any():
            if self._strict:
                raise self._wrong("a CPU sample with a time or proc beyond all reason", 0)
            self._damage["CPU samples"] += int(np.count_nonzero(bad))
        words, times, columns = words[~bad], times[~bad], columns[~bad]
        samples = np.empty(words.shape, np.int64)
        samples[:, 0] = times.astype(np.int64)
        samples[:, 1:3] = columns[:, 1:3]
        samples[:, 3] = np.where(columns[:, 3] == 0, _NONE, columns[:, 3])
        samples[:, 4] = stack_ids.find(words[:, 4])
        return samples[np.argsort(samples[:, 0], kind="stable")]
