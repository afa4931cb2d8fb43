"""What was lost of a generation, as notes."""

from __future__ import annotations

from gotrace.readers.trace.batches import RawGeneration
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.ordering import Outcome
from gotrace.tables.notes import Note, Severity

__all__ = ["losses_of"]

_RETRY = "record again, and for a shorter time"


def losses_of(raw: RawGeneration, tables: GenerationTables, outcome: Outcome) -> list[Note]:
    """One note for every kind of loss in a generation; none for a whole one."""
    where = f"generation {tables.number}"
    notes = [
        _loss("trace-damaged-table", f"{what} that cannot be read", where, count)
        for what, count in sorted(tables.damage.items())
    ]
    if raw.gaps:
        message = f"{sum(size for _, size in raw.gaps)} bytes between batches were skipped"
        notes.append(_loss("trace-gap", message, _at(where, raw.gaps[0][0]), len(raw.gaps)))
    if raw.repeats:
        message = f"batches that are there a second time ({raw.repeated_bytes} bytes) were dropped"
        notes.append(_loss("trace-repeated-batch", message, where, raw.repeats))
    if raw.fault is not None:
        message = f"{raw.fault.reason}; what came before it was read"
        notes.append(_loss("trace-cut", message, _at(where, raw.fault.offset)))
    if not tables.is_frequency_known:
        message = "the trace ends before it says how long a tick is; assumed from before, or 64 ns"
        notes.append(_loss("trace-frequency-unknown", message, where))
    if outcome.lost_batches:
        message = f"{outcome.lost_bytes} bytes of events cannot be read: {outcome.lost_reason}"
        place = _at(where, outcome.lost_offset)
        notes.append(_loss("trace-damaged-batch", message, place, outcome.lost_batches))
    if outcome.loose_events:
        message = (
            f"events contradict each other ({outcome.loose_reason}); "
            "from there on they are in order of time only"
        )
        place = _at(where, outcome.loose_offset)
        notes.append(_loss("trace-order-lost", message, place, outcome.loose_events))
    if outcome.unknown_ids:
        message = "strings and stacks that the generation does not define; they are null"
        notes.append(_loss("trace-unknown-ids", message, where, outcome.unknown_ids))
    return notes


def _loss(slug: str, message: str, where: str, count: int = 1) -> Note:
    return Note(Severity.LOSS, slug, message, count, where, _RETRY)


def _at(where: str, offset: int | None) -> str:
    return where if offset is None else f"{where}, byte {offset}"
