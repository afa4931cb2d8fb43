"""One recording of a program, ready to be asked; and which recordings can be asked together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gotrace.analyses.whatif.calibration import Calibration
from gotrace.analyses.whatif.overhead import Overhead
from gotrace.analyses.whatif.prediction import Prediction, SelfCheck, predict
from gotrace.analyses.whatif.program import Repeatable
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.analyses.whatif.settings import Setting
from gotrace.errors import UsageError
from gotrace.model.versions import GoVersion
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin
from gotrace.units import format_bytes

__all__ = ["Take", "check_alike", "notes_on"]

_ALIKE = 1.25
"""Recordings that allocated more than so many times what another did are told of."""


@dataclass(frozen=True)
class Take:
    """What one recording tells."""

    kind: str
    origin: Origin
    version: GoVersion
    """Whose rules the recording followed; the newest one where it does not say."""
    cycles: RecordedCycles
    known: Calibration
    check: SelfCheck
    is_coarse: bool
    notes: tuple[Note, ...]
    program: Repeatable
    overheads: dict[GoVersion, Overhead]
    programs: dict[GoVersion, Repeatable]
    """Where another version has other sizes: the same objects in its slots."""

    @property
    def path(self) -> str:
        """What was read."""
        return " + ".join(self.origin.paths)

    @property
    def overhead(self) -> Overhead:
        """As recorded."""
        return self.overheads[self.version]

    def predict(self, setting: Setting) -> Prediction:
        """Of one setting."""
        program = self.programs.get(setting.version, self.program)
        overhead = self.overheads.get(setting.version, self.overhead)
        return predict(program, self.known, setting, overhead, self.check)


def check_alike(takes: Sequence[Take]) -> None:
    """Raises UsageError where recordings differ in more than chance, or one is there twice."""
    seen: dict[str, str] = {}
    for take in takes:
        before = seen.get(take.origin.sha256) if take.origin.sha256 else None
        if before is not None:
            raise UsageError(f"{before} and {take.path} are the same recording: give each once")
        seen[take.origin.sha256] = take.path
    first = takes[0]
    for take in takes[1:]:
        if _told(take) != _told(first):
            raise UsageError(
                f"{first.path} ({_told(first)}) and {take.path} ({_told(take)}) are no recordings "
                "of the same: ask for each by itself (`--recorded-gogc` says a GOGC that was "
                "inferred wrongly)"
            )


def notes_on(takes: Sequence[Take]) -> tuple[Note, ...]:
    """What all recordings noted, and whether they are of one length."""
    counts: Counter[Note] = Counter()
    for take in takes:
        for note in take.notes:
            counts[replace(note, count=0)] += note.count
    found = [replace(note, count=count) for note, count in counts.items()]
    ends = [take.program.end for take in takes]
    least, most = min(ends), max(ends)
    if most > _ALIKE * least:
        message = (
            f"recordings allocated from {format_bytes(least)} to {format_bytes(most)}: what is "
            "predicted is the mean of stretches as different as that"
        )
        found.append(Note(Severity.INFO, "whatif-lengths", message))
    return tuple(found)


def _told(take: Take) -> str:
    basis = "cycles alone" if take.is_coarse else "alloc/free events"
    return f"{take.version}, GOMAXPROCS={take.cycles.procs}, GOGC={take.known.gogc}, {basis}"
