"""gotrace explains the memory of Go programs.

The pipeline, left to right::

    bytes ──read──▶ Recording (tables) ──model──▶ replay ──analyses──▶ Result ──views──▶ pages

In notebooks::

    import gotrace
    recording = gotrace.read("heap.pprof")
    recording.to_pandas()["samples"]
    trace = gotrace.read_trace("trace.out", tables=["objects"])
    gotrace.read_gc("trace.out").to_pandas()["gc_cycles"]
    gotrace.budget.check(["bench.txt"]).is_failure

Names are loaded when first used, so that `import gotrace` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gotrace import budget
    from gotrace.gc_pipeline import read_gc
    from gotrace.pipeline import compare, merge, read, report
    from gotrace.readers.trace.recording import read_trace
    from gotrace.tables.recording import Recording
    from gotrace.tables.store import load, save

__all__ = [
    "Recording",
    "__version__",
    "budget",
    "compare",
    "load",
    "merge",
    "read",
    "read_gc",
    "read_trace",
    "report",
    "save",
]

__version__ = "0.1.0"

_HOMES = {
    "Recording": "gotrace.tables.recording",
    "compare": "gotrace.pipeline",
    "load": "gotrace.tables.store",
    "merge": "gotrace.pipeline",
    "read": "gotrace.pipeline",
    "read_gc": "gotrace.gc_pipeline",
    "read_trace": "gotrace.readers.trace.recording",
    "report": "gotrace.pipeline",
    "save": "gotrace.tables.store",
}


_MODULES = ("budget",)


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module `gotrace` has no attribute `{name}`")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"gotrace.{name}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
