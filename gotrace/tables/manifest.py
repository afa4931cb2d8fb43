"""What a folder of recordings says of itself: `manifest.json` of `gotrace wrestle` and `capture`.

Which files there are, by which command, Go version and machine each was made, and what is missing
and why. Written by `gotrace.capture.manifest_file` after every recording, read back by
`gotrace.readers.manifest`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "ALLOCATIONS",
    "ALLOCS",
    "BENCH",
    "BLOCK",
    "CPU",
    "DEFAULT_ARM",
    "ESCAPES",
    "GC_OFF_ARM",
    "GOROUTINE",
    "HEAP",
    "KINDS",
    "LAYOUTS",
    "MANIFEST_NAME",
    "MANIFEST_VERSION",
    "MUTEX",
    "ROLES",
    "SBRK_ARM",
    "TRACE",
    "Machine",
    "Manifest",
    "RecordingEntry",
    "Skipped",
    "ToolchainFacts",
]

MANIFEST_VERSION = 1
"""Of the file's form; a reader refuses a later one."""
MANIFEST_NAME = "manifest.json"

BENCH, CPU, HEAP, TRACE = "bench", "cpu", "heap", "trace"
ALLOCATIONS, ESCAPES, LAYOUTS = "allocations", "escapes", "layouts"
GOROUTINE, MUTEX, BLOCK, ALLOCS = "goroutine", "mutex", "block", "allocs"
ROLES = (
    BENCH, CPU, HEAP, TRACE, ALLOCATIONS, ESCAPES, LAYOUTS, GOROUTINE, MUTEX, BLOCK, ALLOCS,
)  # fmt: skip
"""What a recording is for; the last four are of a service only.

`trace` is an execution trace, `allocations` one with an event for each allocation and free.
"""

DEFAULT_ARM, GC_OFF_ARM, SBRK_ARM = "default", "gogc-off", "sbrk"
"""The arms of the benchmark: as it is, without the collector, without the allocator."""

KINDS = ("wrestle", "capture")
"""A module's benchmarks, or a running service."""


@dataclass(frozen=True)
class ToolchainFacts:
    """What `go env` says; empty texts where nobody knows (a service)."""

    go_version: str = ""
    goos: str = ""
    goarch: str = ""
    goexperiment: str = ""
    flags: tuple[str, ...] = ()
    """GOFLAGS, and the build tags that were asked for."""


@dataclass(frozen=True)
class Machine:
    """Where it ran: CPUs that may be used, its memory (0: unknown), and settings of the runtime.

    `gogc` and `gomemlimit` are the variables of the environment, empty where they are not set;
    `gomaxprocs` is what `-cpu` or the variable say, else the number of CPUs.
    """

    cpu_count: int = 0
    cpu_model: str = ""
    memory_bytes: int = 0
    gomaxprocs: str = ""
    gogc: str = ""
    gomemlimit: str = ""


@dataclass(frozen=True)
class RecordingEntry:
    """One recording: a file (or folder) below the manifest's own folder.

    `package` is an import path (empty: of all), `path` is relative with `/`, `arm` is one of a
    benchmark, `round_count` how many rounds the file holds, `environment` only what was changed,
    `exit_code` negative for the signal that ended it, and `iterations` each benchmark's N as its
    last result line tells it.
    """

    role: str
    package: str
    path: str
    arm: str = DEFAULT_ARM
    round_count: int = 1
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    exit_code: int = 0
    duration_s: float = 0.0
    notes: tuple[str, ...] = ()
    iterations: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A recording that is not there, and why; `package` may be empty."""

    role: str
    package: str
    why: str


@dataclass(frozen=True)
class Manifest:
    """The whole file. `made_at` is UTC in ISO 8601; `packages` are import paths.

    `module` is the module's path, `module_folder` the folder it was in; of a capture both are
    empty, and `address` is where the service was.
    """

    kind: str
    made_at: str
    gotrace_version: str
    module: str = ""
    module_folder: str = ""
    packages: tuple[str, ...] = ()
    bench: str = ""
    address: str = ""
    toolchain: ToolchainFacts = field(default_factory=ToolchainFacts)
    machine: Machine = field(default_factory=Machine)
    recordings: tuple[RecordingEntry, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    is_complete: bool = False
    """Whether the recording came to its end: not interrupted, no disk that filled."""
    schema_version: int = MANIFEST_VERSION
