"""What went back to the system, with the readable model and so of small streams only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gotrace.analyses.replay.runs import Progress
from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.model.policy import Policy
from gotrace.model.returns import replay_returning
from gotrace.model.stream import Stream
from gotrace.tables.notes import Note, Severity

__all__ = ["MOST_ROWS", "returned_result"]

MOST_ROWS = 50_000
"""Rows of a stream that the readable model plays in a few seconds."""
_MOST_MOMENTS = 256


def returned_result(
    stream: Stream, policies: Sequence[Policy], progress: Progress | None = None
) -> tuple[Result | None, tuple[Note, ...]]:
    """The heap after each mark with what the system has of it; None for long streams."""
    if len(stream) > MOST_ROWS:
        message = (
            f"what went back to the system is not told: it takes the readable model, which is "
            f"given at most {MOST_ROWS:,} steps"
        )
        return None, (Note(Severity.INFO, "returns-not-replayed", message, len(stream)),)
    tables, notes = [], []
    for policy in policies:
        if progress is not None:
            progress(f"{policy.name}, what goes back", 0, len(stream))
        table, told = _table(stream, policy)
        tables.append(table)
        notes += told
    return Result("replay_returned", "What went back to the system", (), tuple(tables)), tuple(
        notes
    )


def _table(stream: Stream, policy: Policy) -> tuple[ResultTable, list[Note]]:
    returned = replay_returning(stream, policy)
    moments = returned.moments
    shown = np.arange(len(moments.row))
    if len(shown) > _MOST_MOMENTS:
        shown = np.linspace(0, len(shown) - 1, _MOST_MOMENTS).astype(np.int64)
    columns = [ResultColumn("row", "count", moments.row[shown].tolist(), "step", is_key=True)]
    if stream.time_ns is not None:
        columns.append(ResultColumn("time_ns", "ns", moments.time_ns[shown].tolist(), "time"))
    columns += [
        ResultColumn("gc_cycle", "", moments.marks_count[shown].tolist(), "gc"),
        *(
            ResultColumn(name, "bytes", getattr(moments, name)[shown].tolist(), title)
            for name, title in (
                ("in_use_bytes", "heap spans"),
                ("idle_bytes", "in no span"),
                ("released_bytes", "of it returned"),
            )
        ),
    ]
    name = policy.name.replace(".", "_").replace("-", "_")
    footnotes = (
        "After each mark and at the end. The background scavenger has all the time it wants.",
    )
    table = ResultTable(f"replay_returned_{name}", f"With {policy.name}", tuple(columns), footnotes)
    seen = [note for note in returned.replayed.notes if note.slug == "no-clock"]
    return table, seen
