"""Everything that is asked of a trace about its collector, in one pass over its blocks."""

from __future__ import annotations

from collections.abc import Iterable

from gotrace.analyses.gc.background import Births, Sweeps, Workers
from gotrace.analyses.gc.cycles import MOST_CYCLES, Cycles
from gotrace.analyses.gc.mutator_moments import MutatorMoments
from gotrace.analyses.gc.payers import Payers
from gotrace.analyses.gc.stops import MOST_STOPS, Stops
from gotrace.analyses.gc.tables import assist_table, cycle_table, utilisation_table
from gotrace.analyses.gc.utilisation import DEFAULT, Counted, Utilisation
from gotrace.analyses.gc.utilisation_tables import CAUSES, Series
from gotrace.analyses.gc_cost.scanned import ScannedTypes
from gotrace.analyses.trace.fold import Fold
from gotrace.analyses.trace.starts import Starts
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns
from gotrace.tables.gathering import gather
from gotrace.tables.notes import Note, Severity

__all__ = ["GcFolds"]

_SAMPLES = "cpu_samples"
_NO_GOAL = Note(
    Severity.INFO,
    "gc-goals-untold",
    # `HeapGoal` in runtime/traceruntime.go asks for GOGC alone, since Go 1.25.
    "while GOGC is off the trace tells no goal, even where GOMEMLIMIT sets one",
    advice="GODEBUG=gctrace=1 prints the goals of GOMEMLIMIT too",
)


class GcFolds:
    """`feed` it the blocks of a trace, then ask for `tables`.

    `counted` is what the table `utilisation` takes off.
    """

    def __init__(self, counted: Counted = DEFAULT) -> None:
        self._moments = MutatorMoments()
        per_proc = counted & Counted.PER_PROC
        self._counted = Utilisation(counted)
        self._as_go = Utilisation(counted, as_go=True)
        self._alone = {cause: Utilisation(cause | per_proc) for cause, _, _ in CAUSES}
        self._series: Series | None = None
        self.cycles = Cycles()
        self.workers = Workers()
        self.sweeps = Sweeps()
        self.births = Births()
        self.payers = Payers()
        self.stops = Stops()
        self.starts = Starts()
        self.scanned = ScannedTypes()
        self._samples: list[Columns] = []
        self._folds: tuple[Fold, ...] = (
            self.cycles, self.workers, self.sweeps, self.births, self.payers, self.stops,
            self.starts, self.scanned,
        )  # fmt: skip

    @property
    def wanted(self) -> set[str]:
        """The tables of a trace that `feed` wants."""
        return {name for fold in self._folds for name in fold.tables} | {_SAMPLES}

    def feed(self, blocks: Iterable[tuple[str, Columns]]) -> None:
        """Take all blocks, one after another."""
        by_table = {n: [f for f in self._folds if n in f.tables] for n in self.wanted}
        for table, columns in blocks:
            if table == "events":
                moments = self._moments.take(columns)
                for utilisation in (self._counted, self._as_go, *self._alone.values()):
                    utilisation.feed(moments)
            elif table == _SAMPLES:
                self._samples.append(columns)
            for fold in by_table.get(table, ()):
                fold.feed(table, columns)

    def series(self) -> Series:
        """Mutator utilisation, now that all blocks were taken."""
        if self._series is None:
            alone = {cause: found.finish() for cause, found in self._alone.items()}
            self._series = Series(self._counted.finish(), alone, self._as_go.finish())
        return self._series

    def notes(self) -> tuple[Note, ...]:
        """What there was too much of to keep, and what the trace does not tell."""
        told = (
            (self.cycles.count - MOST_CYCLES, "gc-cycles-dropped", "cycles have no row"),
            (self.stops.count - MOST_STOPS, "gc-pauses-dropped", "stops of the world have no row"),
            (
                self._counted.ignored_changes, "gomaxprocs-changes-ignored",
                "changes of GOMAXPROCS are not followed in mutator utilisation",
            ),
        )  # fmt: skip
        lost = tuple(
            Note(Severity.LOSS, slug, f"{count:,} {what}", count)
            for count, slug, what in told
            if count > 0
        )
        return (*lost, _NO_GOAL) if self.cycles.untold_goals else lost

    def tables(self, version: GoVersion | None = None) -> dict[str, Columns]:
        """The tables of the collector, and those that they refer to; `version` wrote the trace."""
        code = self.starts.code()
        cycles = cycle_table(
            self.cycles, self.workers, self.sweeps, self.births, self.payers, code,
            version,
        )  # fmt: skip
        return {
            "gc_cycles": cycles,
            "gc_assists": assist_table(self.payers),
            "gc_pauses": self.stops.columns(),
            "utilisation": utilisation_table(self.series().counted),
            "cpu_samples": gather(_SAMPLES, self._samples),
            **code,
        }
