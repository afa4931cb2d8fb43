"""What-ifs, from the bytes of a recording to the predictions: used only by `gotrace whatif`.

A trace with alloc/free events is replayed object by object; of any other trace, and of a log of
`GODEBUG=gctrace=1`, the cycles alone have to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gotrace.analyses.whatif.births import Births
from gotrace.analyses.whatif.calibration import calibrate
from gotrace.analyses.whatif.live_table import LiveTable
from gotrace.analyses.whatif.other_sizes import OtherSizes
from gotrace.analyses.whatif.overhead import guessed_overhead, recorded_overhead
from gotrace.analyses.whatif.prediction import Prediction, self_check, together
from gotrace.analyses.whatif.program import Repeatable, object_program, seen_program
from gotrace.analyses.whatif.recorded import CycleFold, RecordedCycles, cycles_of_log
from gotrace.analyses.whatif.results import (
    calibration_result,
    overview,
    prediction_result,
    suggestion_result,
)
from gotrace.analyses.whatif.settings import GOGC_OFF, NO_LIMIT, Setting
from gotrace.analyses.whatif.suggestion import suggest
from gotrace.analyses.whatif.take import Take, check_alike, notes_on
from gotrace.analyses.whatif.unknowable import unknowable
from gotrace.errors import InputError, UsageError
from gotrace.model.versions import NEWEST, GoVersion, resolve
from gotrace.pipeline import Peeked, kernel_notes
from gotrace.readers.gclog.reader import read_gc_log
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation, Progress
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording
from gotrace.units import parse_bytes
from gotrace.views.report import Report

__all__ = [
    "Take",
    "WhatIf",
    "parse_settings",
    "take_of_log",
    "take_of_recording",
    "take_of_trace",
    "what_if",
]

_LEAST_CYCLES = 3
_TRACER_BYTES = ((22, 9 << 18), (19, 9 << 17))
"""From this minor version on: live heap of a tracer that cannot be told from the program's."""
_SINCE_LIMIT = GoVersion(19)
_WRITERS = {23: 24, 26: 27}
"""Format → the newest version that writes it."""
_ADVICE = "record a longer stretch: predictions need at least 3 whole cycles; see docs/whatif.md"


@dataclass(frozen=True)
class WhatIf:
    """Recordings of one program, ready to be asked for settings."""

    takes: tuple[Take, ...]

    @property
    def version(self) -> GoVersion:
        """Whose rules the recordings followed."""
        return self.takes[0].version

    @property
    def gogc(self) -> int:
        """As recorded."""
        return self.takes[0].known.gogc

    def predict(self, setting: Setting) -> Prediction:
        """Of one setting."""
        return together([take.predict(setting) for take in self.takes])

    def report(
        self, settings: Sequence[Setting], budget_bytes: int = 0, rows: int = 0,
        tell: Callable[[int, int], None] | None = None,
    ) -> Report:  # fmt: skip
        """Predictions of all `settings`, and with a budget the suggestion."""
        recorded = self.predict(Setting(self.gogc, NO_LIMIT, self.version))
        found = []
        for place, setting in enumerate(settings):
            found.append(self.predict(setting))
            if tell is not None:
                tell(place + 1, len(settings))
        is_coarse = self.takes[0].is_coarse
        results = [overview(self.takes), prediction_result(found, recorded, is_coarse, rows)]
        if budget_bytes:
            results.append(suggestion_result(suggest(budget_bytes, self.version, self.predict)))
        results.append(calibration_result(self.takes))
        results.append(unknowable())
        return Report(
            recording_kind=self.takes[0].kind,
            title="What if",
            source=" + ".join(take.path for take in self.takes),
            results=tuple(results),
            notes=(*notes_on(self.takes), *kernel_notes()),
        )


def what_if(takes: Sequence[Take]) -> WhatIf:
    """Of one recording or several of the same. Raises UsageError where they do not go together."""
    check_alike(takes)
    return WhatIf(tuple(takes))


def parse_settings(
    gogc: str, memory_limits: str, runtimes: Sequence[str], recorded: GoVersion
) -> list[Setting]:
    """`50,100,off` x `256MiB,none` x versions. Raises UsageError."""
    versions = [resolve(name) for name in runtimes] or [recorded]
    found = []
    for version in versions:
        for limit in _limits(memory_limits):
            if limit and version < _SINCE_LIMIT:
                raise UsageError(f"{version} has no GOMEMLIMIT: it came with {_SINCE_LIMIT}")
            found += [Setting(percent, limit, version) for percent in _percents(gogc)]
    return list(dict.fromkeys(found))


def _percents(text: str) -> list[int]:
    found = []
    for part in text.split(","):
        word = part.strip().lower()
        if word == "off":
            found.append(GOGC_OFF)
        elif re.fullmatch(r"[1-9][0-9]{0,5}", word):
            found.append(int(word))
        else:
            raise UsageError(f"`{part}` is no GOGC: write percents such as `50,100,200`, or `off`")
    return found


def _limits(text: str) -> list[int]:
    words = [word.strip().lower() for word in text.split(",")] if text else ["none"]
    limits = [NO_LIMIT if word in ("none", "off") else parse_bytes(word) for word in words]
    if any(limit < 1 << 20 for word, limit in zip(words, limits, strict=True) if word != "none"
           and word != "off"):  # fmt: skip
        raise UsageError("a memory limit below 1 MiB is none: write for example `256MiB`")
    return limits


def take_of_trace(
    source: str | Peeked,
    runtimes: Sequence[str] = (),
    *,
    recorded_gogc: int = 0,
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Take:
    """Read a trace once; `runtimes` are the other versions that will be asked for.

    Raises InputError, also where there are too few cycles.
    """
    asked = [resolve(name) for name in runtimes]
    with open_bytes(source, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        version = GoVersion(_WRITERS.get(stream.version, stream.version))
        births, fold = _folds(version, asked)
        derivation = Derivation({*births.tables, *fold.tables})
        for table, columns in derivation.blocks(stream, content, progress):
            if table in births.tables:
                births.feed(table, columns)
            elif table in fold.tables:
                fold.feed(table, columns)
        origin = derivation.origin(str(source), stream, content)
        notes = derivation.notes(stream)
    return _of_folds(births, fold, version, asked, origin, notes, recorded_gogc)


def take_of_recording(
    recording: Recording, runtimes: Sequence[str] = (), *, recorded_gogc: int = 0
) -> Take:
    """The same of a trace or a log that is there as tables, such as a folder that was converted."""
    if recording.kind == "gclog":
        return _of_log(recording, runtimes, recorded_gogc)
    if recording.kind != "trace":
        raise _useless(recording)
    asked = [resolve(name) for name in runtimes]
    written = re.findall(r"\b1\.(\d+)", recording.origin.format)
    version = GoVersion(int(written[-1]) if written else NEWEST.minor)
    births, fold = _folds(version, asked)
    for name in (*births.tables[1:], births.tables[0]):
        births.feed(name, recording.columns[name])
    for name in fold.tables:
        fold.feed(name, recording.columns[name])
    return _of_folds(births, fold, version, asked, recording.origin, recording.notes, recorded_gogc)


def take_of_log(
    source: str | Peeked,
    runtimes: Sequence[str] = (),
    *,
    recorded_gogc: int = 0,
    strict: bool = False,
    limits: Limits = DEFAULT,
) -> Take:
    """From a log of `GODEBUG=gctrace=1`. Raises InputError."""
    recording = read_gc_log(source, limits, strict=strict)
    return _of_log(recording, runtimes, recorded_gogc)


def _folds(version: GoVersion, asked: Sequence[GoVersion]) -> tuple[Births, CycleFold]:
    others = tuple(OtherSizes(version, other) for other in asked if other != version)
    return Births(others), CycleFold()


def _of_folds(
    births: Births, fold: CycleFold, version: GoVersion, asked: Sequence[GoVersion],
    origin: Origin, notes: tuple[Note, ...], gogc: int,
) -> Take:  # fmt: skip
    cycles = fold.cycles(origin.duration_ns)
    _check(cycles, origin)
    if not births.objects_count:
        tracer = next((size for minor, size in _TRACER_BYTES if version.minor >= minor), 0)
        tracer = min(tracer, max(int(cycles.marked_bytes.min()), 0))
        return _coarse("trace", origin, version, cycles, notes, gogc, tracer)
    sums, width = births.sums(), births.ticks.width_ns
    others = [other for other in asked if other != version]
    tracer = births.tracer_bytes
    swept = cycles.swept
    program = LiveTable(object_program(swept, sums, width, tracer))
    programs: dict[GoVersion, Repeatable] = {
        other: LiveTable(object_program(swept, sums, width, tracer, place))
        for place, other in enumerate(others)
    }
    known = calibrate(swept, program, tracer, births.objects_count, gogc)
    return Take(
        "trace", origin, version, cycles, known, self_check(cycles, program, known, version),
        False, (*notes, *_early(cycles)), program,
        {each: recorded_overhead(births, cycles, each) for each in (version, *others)},
        programs,
    )  # fmt: skip


def _of_log(recording: Recording, runtimes: Sequence[str], gogc: int) -> Take:
    cycles = cycles_of_log(recording.columns["gc_cycles"])
    _check(cycles, recording.origin)
    version = resolve(runtimes[0]) if runtimes else NEWEST
    runs = int(recording.columns["gc_cycles"].array("run").max(initial=0)) + 1
    notes = [*recording.notes]
    if runs > 1:
        message = f"the log holds {runs:,} runs of programs; this is about the first"
        notes.append(Note(Severity.INFO, "whatif-first-run", message))
    return _coarse("gclog", recording.origin, version, cycles, tuple(notes), gogc, 0)


def _coarse(
    kind: str, origin: Origin, version: GoVersion, cycles: RecordedCycles,
    notes: tuple[Note, ...], gogc: int, tracer: int,
) -> Take:  # fmt: skip
    program = LiveTable(seen_program(cycles, tracer))
    known = calibrate(cycles, program, tracer, 0, gogc)
    overhead = guessed_overhead(version, cycles.procs, float(cycles.end_bytes.max()))
    return Take(
        kind, origin, version, cycles, known, self_check(cycles, program, known, version),
        True, (*notes, *_early(cycles)), program, {version: overhead}, {},
    )  # fmt: skip


def _early(cycles: RecordedCycles) -> tuple[Note, ...]:
    """A note on cycles that no heap made."""
    if not cycles.early_count:
        return ()
    message = (
        "cycles began before their heap could have made them (runtime.GC, two minutes without one, "
        "a changed GOGC): they are not predicted, but the program may bring them about again"
    )
    return (Note(Severity.INFO, "whatif-early-cycles", message, cycles.early_count),)


def _check(cycles: RecordedCycles, origin: Origin) -> None:
    if len(cycles) < _LEAST_CYCLES:
        raise InputError(
            f"shows {len(cycles)} whole GC cycles, which tells too little of the program",
            source=" + ".join(origin.paths),
            advice=_ADVICE,
        )


def _useless(recording: Recording) -> InputError:
    return InputError(
        f"is a recording of kind `{recording.kind}`, which says nothing of cycles",
        source=" + ".join(recording.origin.paths),
        advice="what-ifs take execution traces and logs of GODEBUG=gctrace=1; see docs/whatif.md",
    )
