"""`Evidence`: what one package's wrestling recorded; any part may be missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.whatif.prediction import Prediction
from gotrace.analyses.wrestle.allocated import AllocatedSites
from gotrace.model.versions import GoVersion
from gotrace.tables.recording import Recording

__all__ = ["Evidence"]


@dataclass(frozen=True)
class Evidence:
    """The recordings of one package's benchmarks, None where there is none.

    `escapes` and `layouts` may be those of the whole module. `gc` has the tables `gc_cycles`,
    `gc_pauses` and `gc_assists`; `gc_folds` is what was folded over the trace, None for a log of
    gctrace. `benchmarks` are logs by arm: `default`, `gogc-off`, `sbrk`. `whatif` are predictions,
    the first of them of the setting that was recorded. `iterations` says how often each benchmark
    ran under the heap profile; `missing` why a recording is not there, by role. `source` gives the
    text of a line of a source file, empty where it is not known.
    """

    heap: Recording | None = None
    cpu: Recording | None = None
    escapes: Recording | None = None
    layouts: Recording | None = None
    objects: AllocatedSites | None = None
    gc: Recording | None = None
    gc_folds: GcFolds | None = None
    benchmarks: Mapping[str, Recording] = field(default_factory=dict)
    whatif: tuple[Prediction, ...] = ()
    version: GoVersion | None = None
    package: str = ""
    module: str = ""
    iterations: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    source: Callable[[str, int], str] | None = None
