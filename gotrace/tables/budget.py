"""Memory budgets: what a team allows, what was measured, and what follows from the two.

Budgets come from `gotrace.toml` (`gotrace.readers.budget_file`), measures from recordings
(`gotrace.analyses.budget`); every page that shows a verdict reads the classes below and nothing
else. Values are in the unit of their metric (`gotrace.tables.budget_metrics`): bytes, nanoseconds,
counts, ratios, or the unit of a benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gotrace.tables.budget_metrics import Metric
from gotrace.tables.notes import Note

__all__ = [
    "MOST_SITES",
    "Budget",
    "Checked",
    "JudgedLimit",
    "Limit",
    "Measurement",
    "Mode",
    "Outcome",
    "Place",
    "Proof",
    "Scope",
    "Site",
    "Verdict",
]

MOST_SITES = 10_000
"""So many sites a measure keeps, the largest; a program with more is a hostile one."""


class Outcome(StrEnum):
    """Yes, no, or what the recordings do not say."""

    WITHIN = "within"
    OVER = "over"
    CANNOT_TELL = "cannot tell"


class Mode(StrEnum):
    """What an overrun costs: the build, or a remark."""

    GATE = "gate"
    ADVISE = "advise"


@dataclass(frozen=True)
class Place:
    """A line of the budget file, so that every message can name it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Scope:
    """The part of the recordings that a budget is about; empty fields narrow nothing.

    `benchmark`, `function`, `package` and `call_site` are regular expressions (found anywhere, as
    in pprof), `label` is `key=value`, `size_class` a number (0: large objects), `window_ns` the
    window of a utilisation.
    """

    benchmark: str = ""
    function: str = ""
    package: str = ""
    call_site: str = ""
    label: str = ""
    size_class: int | None = None
    window_ns: int = 0


@dataclass(frozen=True)
class Limit:
    """How much is allowed: absolute, or relative to the baseline; `None` for no such limit.

    Of a metric where less is better `value` is the most, of one where more is better the least.
    `change_ratio` is the most it may get worse since the baseline (0.05 for 5 %), and it is allowed
    to get worse by `floor` in any case: 5 % of almost nothing is noise.
    """

    value: float | None = None
    change_ratio: float | None = None
    floor: float = 0.0


@dataclass(frozen=True)
class Budget:
    """One budget, as the file has it. `text` holds the limits as they were written."""

    name: str
    metric: Metric
    limit: Limit
    scope: Scope = Scope()
    mode: Mode = Mode.GATE
    passes_if_unclear: bool = False
    """`cannot_tell = "pass"`: a difference inside the noise passes. Nothing measured never does."""
    is_allowed_empty: bool = False
    """`allow_empty = true`: that nothing matches the scope is fine."""
    place: Place = Place("", 0)
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """A place in the program and its part of a measure; `file` is empty where it is unknown."""

    function: str
    file: str
    line: int
    value: float


@dataclass(frozen=True)
class Measurement:
    """What the recordings say of one metric in one scope.

    `low` to `high` is what noise explains (both are `value` where it is exact), `rule` says in
    words how `values`, one for each repeat, became `value`. `sites` are the largest first.
    `conditions` is what must be equal for two measures to be compared: `go_version`, `goos`,
    `goarch`, `cpu`, `gomaxprocs`, `iterations`, `race`, `memprofilerate`, and what was measured:
    `benchmark`, `program`. `digests` are the SHA-256 of the `sources`.
    """

    value: float
    low: float
    high: float
    rule: str
    values: tuple[float, ...] = ()
    sites: tuple[Site, ...] = ()
    sources: tuple[str, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    digests: tuple[str, ...] = ()
    is_noise_known: bool = True
    """False for fewer repeats than an interval needs: `low` to `high` is their range only, which
    says nothing of a difference from a baseline."""

    @property
    def is_exact(self) -> bool:
        """Whether noise explains nothing."""
        return self.low == self.value == self.high


@dataclass(frozen=True)
class JudgedLimit:
    """One limit of a budget against the measure.

    `text` is the limit in words (`at most 12 MiB`, `at most 5% above the baseline`), `allowed` the
    value it comes to here; null where there is no baseline to come from.
    """

    text: str
    allowed: float | None
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The answer for one budget. `measure` is null where nothing was measured.

    A budget whose scope several benchmarks (or programs) match has a verdict for each, and then
    `budget.name` names it too: `encode (Encode/size=4)`.
    """

    budget: Budget
    outcome: Outcome
    measure: Measurement | None
    baseline: Measurement | None = None
    limits: tuple[JudgedLimit, ...] = ()
    reasons: tuple[str, ...] = ()
    changed_sites: tuple[tuple[Site, float], ...] = ()
    """Sites that changed most since the baseline: (as it is now, change in the metric's unit)."""

    @property
    def is_failure(self) -> bool:
        """Whether the build should fail: `advise` never does, unless nothing was measured."""
        if self.outcome is Outcome.WITHIN:
            return False
        if self.measure is None:
            return True
        if self.budget.mode is Mode.ADVISE:
            return False
        return self.outcome is Outcome.OVER or not self.budget.passes_if_unclear


@dataclass(frozen=True)
class Proof:
    """Whether a budget can fail: it was checked against copies of its own input, made worse.

    `text` says what was tried and what came out.
    """

    budget: Budget
    is_proved: bool
    text: str


@dataclass(frozen=True)
class Checked:
    """All verdicts of one check, in the order of the file, and what to know about them."""

    verdicts: tuple[Verdict, ...]
    file: str
    sources: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_failure(self) -> bool:
        """Whether any budget fails; exit code 1."""
        return any(verdict.is_failure for verdict in self.verdicts)

    def counted(self, outcome: Outcome) -> int:
        """How many verdicts say so."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)
