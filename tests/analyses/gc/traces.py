"""What is asked of the collector in recorded traces, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gotrace.analyses.gc.mutator_moments import MutatorMoments
from gotrace.analyses.gc.steps import Steps
from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.gc.utilisation import Counted, Utilisation
from gotrace.gc_pipeline import read_gc
from gotrace.readers.trace.recording import read_trace
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Recording

__all__ = ["SAMPLES", "folds_of", "gc_tables", "steps_of", "steps_of_events"]

SAMPLES = Path(__file__).parents[3] / "sample_traces"


@cache
def gc_tables(path: Path) -> Recording:
    """The tables of the collector."""
    return read_gc(path)


@cache
def _events(path: Path) -> Columns:
    return read_trace(path, tables=["events"]).columns["events"]


def steps_of(path: Path, counted: int, *, as_go: bool = False) -> list[Steps]:
    """Mutator utilisation of a trace."""
    return steps_of_events(_events(path), counted=counted, as_go=as_go)


def steps_of_events(*blocks: Columns, counted: int = 15, as_go: bool = False) -> list[Steps]:
    """The same of blocks of the table `events`."""
    moments, found = MutatorMoments(), Utilisation(Counted(counted), as_go=as_go)
    for block in blocks:
        found.feed(moments.take(block))
    return found.finish()


def folds_of(blocks: Sequence[tuple[str, Columns]]) -> GcFolds:
    """All folds, fed."""
    folds = GcFolds()
    folds.feed(blocks)
    return folds
