"""Why each thing that escapes is on the heap, by its row."""

from __future__ import annotations

from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.why import Why, escapes_of, flows_of, is_constant, why

__all__ = ["reasons"]


def reasons(evidence: Evidence) -> dict[int, Why]:
    """Row of `escapes` → why it is on the heap; constants in interfaces never are."""
    recording = evidence.escapes
    if recording is None or "escapes" not in recording.columns:
        return {}
    said, flows = escapes_of(recording), flows_of(recording)
    heap = ("escapes_to_heap", "moved_to_heap")
    ids = recording.columns["escapes"].array("escape_id").tolist()
    return {
        row: why(escape, flows.get(ids[row], ()))
        for row, escape in enumerate(said)
        if escape.kind in heap and not is_constant(escape.what)
    }
