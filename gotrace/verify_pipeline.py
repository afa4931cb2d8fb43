"""Traces held against the model: from the bytes to how often its predictions came true.

Beside `gotrace.pipeline`, and used only by `gotrace verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gotrace.analyses.verify.verification import contradictions, verification
from gotrace.errors import InputError
from gotrace.kernels import is_built, load
from gotrace.model.guided.parts import Classes
from gotrace.model.guided.replay import Replay
from gotrace.model.versions import GoVersion
from gotrace.pipeline import kernel_notes
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.derive.experiment import Layout
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.steps import StepBlock, StepReader
from gotrace.readers.trace.stream import TraceStream
from gotrace.tables.notes import Note
from gotrace.views.report import Report

__all__ = ["Verified", "verify_trace"]

_WRITERS = {23: "go1.23 and go1.24", 25: "go1.25", 26: "go1.26 and go1.27"}
"""Format → the Go versions that write it; the allocators of one format have the same rules."""
_FIRST_VERSION = 23
_ARENA_BYTES = 64 << 20
_PAGE_BYTES = 8192
_ADVICE = "record with GODEBUG=traceallocfree=1 and Go 1.23 or later; see docs/fidelity.md"
_TYPES = {"kind": np.uint8, "proc": np.int32}


@dataclass(frozen=True)
class Verified:
    """The outcome for one trace."""

    source: str
    version: int
    """Of the format: see `_WRITERS`."""
    steps_count: int
    procs_count: int
    outcome: dict[str, Any]
    """As `gotrace.model.guided.replay.Replay.outcome` gives it."""
    notes: tuple[Note, ...]

    @property
    def contradictions_count(self) -> int:
        """Predictions that any trace must bear out, and this one did not."""
        return contradictions(self.outcome)

    def report(self, rows: int = 0) -> Report:
        """Everything there is to say; the table of disagreements of at most `rows`, 0 for all."""
        writers = _WRITERS.get(self.version, f"go1.{self.version}")
        result = verification(self.outcome, self.steps_count, self.procs_count, writers, rows)
        return Report(
            recording_kind="trace",
            title="Execution trace against the model",
            source=self.source,
            results=(result,),
            notes=(*self.notes, *kernel_notes()),
        )


def verify_trace(source: str | Path, *, strict: bool = False, limits: Limits = DEFAULT) -> Verified:
    """Replay a trace (path, `-` or address) with alloc/free events, guided by these.

    Raises InputError, also for traces without such events.
    """
    with open_bytes(source, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        if not isinstance(stream, TraceStream) or stream.version < _FIRST_VERSION:
            raise InputError("a trace of this version has no alloc/free events", advice=_ADVICE)
        reader = StepReader(stream)
        replay, steps = _replay(reader, stream.version)
        if not reader.has_heap:
            raise InputError("the trace has no alloc/free events", advice=_ADVICE)
    notes, outcome = tuple(stream.notes), replay.outcome()
    return Verified(str(source), stream.version, steps, reader.procs_count, outcome, notes)


def _replay(reader: StepReader, version: int) -> tuple[Any, int]:
    """The replay after all steps, and how many these were."""
    make: Any = load("heap_verify").Replay if is_built("heap_verify") else Replay
    replay, steps = None, 0
    for block in reader:
        if replay is None:
            replay = make(Classes(GoVersion(version)), _arena_page(reader.layout))
        replay.feed(*_columns(block))
        steps += len(block.kind)
    if replay is None:
        replay = make(Classes(GoVersion(version)))
    return replay, steps


def _arena_page(layout: Layout | None) -> int:
    return layout.lowest_address % _ARENA_BYTES // _PAGE_BYTES if layout is not None else 0


def _columns(block: StepBlock) -> tuple[memoryview, ...]:
    """Contiguous, of the types that the kernel takes."""
    return tuple(
        np.ascontiguousarray(values, _TYPES.get(name, np.int64)).data
        for name, values in block._asdict().items()
    )
