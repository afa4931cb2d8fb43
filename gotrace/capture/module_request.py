"""What to record of a module, and how to tell how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ModuleRequest", "Step", "Validate", "WrestleProgress"]

Validate = Callable[[Path], str]
"""Reads a trace and says what is wrong with it; the empty text for a whole one."""


@dataclass(frozen=True)
class ModuleRequest:
    """`gotrace wrestle [PACKAGES] -bench REGEX` and its options; defaults are those of the command.

    `module_folder` is the folder that the patterns are seen from; any folder in the module.
    """

    module_folder: Path
    packages: tuple[str, ...] = ("./...",)
    bench: str = "."
    go: str = ""
    """The Go command; empty: the one of PATH, of GOROOT, or beside Python's."""
    tags: str = ""
    """`-tags` of the build."""
    count: int = 6
    """Rounds of each arm: fewer do not bound a median."""
    benchtime: str = "300ms"
    """Of one benchmark in one round, as `-benchtime`: a duration, or `Nx`."""
    cpu: str = ""
    """`-cpu`: GOMAXPROCS to run with, such as `4`."""
    timeout_seconds: float = 300.0
    """Of one run of a test binary, and of one build."""
    memory_bytes: int = 0
    """What a run may take before it is stopped; 0: half of what is available."""
    has_gc_off: bool = True
    has_allocations: bool = True
    """Whether to try an alloc/free trace, which can end the program that is traced."""
    validate: Validate | None = None
    """What looks into the alloc/free trace; without it a trace is taken as it is."""


@dataclass(frozen=True)
class Step:
    """A run that begins: `number` of `total`, counted from 1, and the time left, if known.

    While the time is not known, `total` is no more than what is known to come.
    """

    number: int
    total: int
    what: str
    seconds_left: float | None = None
    seconds_after: float | None = None
    """Of `seconds_left`, what is left when this run is over."""
    package: int = 0
    """Which of `package_count` packages it is of, counted from 1; 0 where it is of all."""
    package_count: int = 0


WrestleProgress = Callable[[Step], None]
"""Called before every run, with more steps in `total` once the benchmarks are known."""
