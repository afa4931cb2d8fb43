"""Execution traces → what they know of budgets; apart, for a check without one need not load it."""

from __future__ import annotations

from gotrace.analyses.budget.evidence import MeasuredCollector
from gotrace.analyses.budget.from_trace import TraceBudgets
from gotrace.analyses.go_version import version_evidence
from gotrace.pipeline import Peeked
from gotrace.readers.stored import open_bytes
from gotrace.readers.trace.opening import open_stream
from gotrace.readers.trace.recording import TABLES, Derivation
from gotrace.tables.columns import Lazy
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin, Recording

__all__ = ["of_tables", "of_trace"]

Told = tuple[MeasuredCollector, tuple[Note, ...]]
"""What a trace knows, and the notes on it."""


def of_trace(peeked: Peeked) -> Told:
    """Read a trace once, strictly. Raises InputError."""
    budgets = TraceBudgets()
    derivation = Derivation(budgets.wanted)
    with open_bytes(peeked) as content:
        stream = open_stream(content, strict=True)
        budgets.feed(derivation.blocks(stream, content, None))
        origin = derivation.origin(str(peeked), stream, content)
        notes = derivation.notes(stream)
    return _closed(budgets, origin, notes)


def of_tables(recording: Recording) -> Told:
    """The same of a trace that was converted to tables."""
    budgets = TraceBudgets()
    wanted = budgets.wanted
    names = (table for table in TABLES if table in wanted and table in recording.columns)
    budgets.feed((table, recording.columns[table]) for table in names)
    return _closed(budgets, recording.origin, ())


def _closed(budgets: TraceBudgets, origin: Origin, notes: tuple[Note, ...]) -> Told:
    budgets.close(origin.duration_ns)
    coded = Recording("trace", origin, Lazy(budgets.code))
    versions = version_evidence(coded).versions()
    conditions = {"go_version": str(versions[0])} if len(versions) == 1 else {}
    if budgets.gomaxprocs() > 0:
        conditions["gomaxprocs"] = str(budgets.gomaxprocs())
    digests = (origin.sha256,) if origin.sha256 else ()
    collector = MeasuredCollector(budgets, True, origin.paths, digests, conditions)
    return collector, (*notes, *budgets.notes())
