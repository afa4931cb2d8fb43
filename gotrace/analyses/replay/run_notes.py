"""Doubts about a comparison: breaches of the stream, and what was assumed."""

from __future__ import annotations

from dataclasses import replace

from gotrace.analyses.replay.bounds import StreamBounds
from gotrace.analyses.replay.figures import Comparison
from gotrace.tables.notes import Note, Severity
from gotrace.units import format_count

__all__ = ["comparison_notes"]


def comparison_notes(comparison: Comparison, bounds: StreamBounds) -> list[Note]:
    """What every allocator met once, what only some met under their names, and assumptions."""
    notes = _breaches(comparison)
    if comparison.tinyless:
        names = ", ".join(runs.name for runs in comparison.runs if runs.name in comparison.tinyless)
        notes.append(
            Note(
                Severity.LOSS,
                "tiny-objects-assumed",
                f"{names}: {format_count(bounds.shared_count)} slots of 16 bytes are taken as one "
                "object each; this allocator joins no tiny objects, and would have used more slots",
                bounds.shared_count,
            )
        )
    if comparison.procs:
        notes.append(
            Note(
                Severity.LOSS,
                "procs-folded",
                f"illustrative: on {comparison.procs} Ps the program would have allocated in "
                "another order; here each P's allocations were only given to another P",
            )
        )
    if any(runs.name.startswith("tcmalloc") for runs in comparison.runs):
        notes.append(
            Note(
                Severity.INFO,
                "tcmalloc-frees-at-once",
                "tcmalloc has no collector: objects are freed when the stream says so, of a trace "
                "when Go's sweeper freed them",
            )
        )
    return notes


def _breaches(comparison: Comparison) -> list[Note]:
    met: dict[tuple[str, int, str], tuple[Note, dict[str, None]]] = {}
    for runs in comparison.runs:
        for run in runs.both:
            for note in run.notes:
                key = (note.slug, note.count, note.where)
                met.setdefault(key, (note, {}))[1][runs.name] = None
    found = []
    for note, names in met.values():
        message = note.message[:1].lower() + note.message[1:]
        if len(names) < len(comparison.runs):
            message = f"{', '.join(names)}: {message}"
        where = note.where.replace("row", "step", 1)  # of the stream: files have rows of their own
        found.append(replace(note, message=message, where=where))
    return found
