"""What is recorded: which runs of which programs, and which of their files are shipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


def as_is(*names: str) -> dict[str, str]:
    """Files that are shipped under the name the program gave them."""
    return {name: name for name in names}


KINDS = ("heap", "allocs", "cpu", "goroutine", "block", "mutex", "threadcreate")
PROFILES = as_is(*(f"{kind}.pb.gz" for kind in KINDS), "gctrace.txt", "memstats.json")
TEXTS = as_is(*(f"{kind}.debug1.txt" for kind in KINDS if kind not in ("cpu", "allocs")))
LEAK_FILES = as_is(
    *(f"{kind}.pb.gz" for kind in ("heap.early", "heap", "allocs", "goroutine", "subscriptions")),
    *(f"{kind}.debug1.txt" for kind in ("heap", "goroutine", "subscriptions")),
    "gctrace.txt",
    "memstats.json",
)
GOROUTINE_LEAKS = as_is("goroutineleak.pb.gz", "goroutineleak.debug1.txt")
LEAK_ARGUMENTS = ("-memprofilerate", "65536")
TRACE_ARGUMENTS = ("-record", "trace", "-warmup", "4000", "-chunk", "500", "-lines", "20000")
ALLOCATION_TRACE_ARGUMENTS = (
    *("-record", "bare-trace"),
    *("-warmup", "1000", "-chunk", "250", "-lines", "1300"),
)


@dataclass(frozen=True)
class Recipe:
    """One run of one program: how it is started and which of its files are shipped."""

    program: str
    versions: tuple[str, ...]
    files: Mapping[str, str]  # shipped name -> name the program gave it
    arguments: tuple[str, ...] = ()
    godebug: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """The environment variables that belong to the recipe."""
        godebug = ",".join((*self.godebug, "gctrace=1"))
        return {"GODEBUG": godebug, "GOMAXPROCS": "2", **self.environment}

    def command(self) -> str:
        """The run as a person would type it."""
        settings = [f"{name}={value}" for name, value in self.settings().items()]
        return " ".join([*settings, self.program, *self.arguments])


def heap_at_rate(rate: int) -> dict[str, str]:
    """The shipped files of a heap profile with another sampling rate."""
    stem = f"heap.rate{rate}"
    return {f"{stem}.pb.gz": "heap.pb.gz", f"{stem}.memstats.json": "memstats.json"}


def trace_files(stem: str) -> dict[str, str]:
    """The shipped files of a traced run; the MemStats frame the traced window."""
    return {
        f"{stem}.out": "trace.out",
        f"{stem}.gctrace.txt": "gctrace.txt",
        f"{stem}.memstats.before.json": "memstats.before.json",
        f"{stem}.memstats.json": "memstats.json",
    }


def allocation_trace(stem: str, versions: tuple[str, ...], processors: int) -> Recipe:
    """A trace of every allocation; the stacks of its goroutines neither grow nor shrink."""
    return Recipe(
        "batch",
        versions,
        trace_files(stem),
        (*ALLOCATION_TRACE_ARGUMENTS, "-workers", str(processors)),
        ("traceallocfree=1", "gcshrinkstackoff=1"),
        {"GOMAXPROCS": str(processors), "GOGC": "25"},
    )


RECIPES = (
    Recipe("service", ("1.21", "1.27"), PROFILES | TEXTS),
    Recipe("service", ("1.23", "1.25"), PROFILES | as_is("heap.debug1.txt")),
    Recipe("batch", ("1.21", "1.27"), PROFILES | TEXTS | as_is("allocs.debug1.txt"), ("-gc",)),
    Recipe("batch", ("1.23", "1.25"), PROFILES | as_is("heap.debug1.txt"), ("-gc",)),
    Recipe(
        "batch",
        ("1.21", "1.27"),
        heap_at_rate(4096),
        ("-record", "heap", "-gc", "-memprofilerate", "4096", "-lines", "100000"),
    ),
    Recipe(
        "batch",
        ("1.27",),
        heap_at_rate(1),
        ("-record", "heap", "-gc", "-memprofilerate", "1", "-lines", "20000"),
    ),
    Recipe("cache", ("1.23", "1.27"), PROFILES | as_is("heap.debug1.txt")),
    Recipe(
        "cache",
        ("1.23", "1.27"),
        heap_at_rate(4096),
        ("-record", "heap", "-memprofilerate", "4096"),
    ),
    Recipe(
        "batch",
        ("1.21", "1.23", "1.25", "1.27"),
        {"pacer.gctrace.txt": "gctrace.txt"},
        ("-record", "heap", "-lines", "60000"),
        ("gcpacertrace=1", "scavtrace=1"),
    ),
    Recipe("leak", ("1.21",), LEAK_FILES, LEAK_ARGUMENTS),
    Recipe("leak", ("1.27",), LEAK_FILES | GOROUTINE_LEAKS, LEAK_ARGUMENTS),
    Recipe(
        "batch",
        ("1.21", "1.22", "1.23", "1.25", "1.27"),
        trace_files("trace"),
        TRACE_ARGUMENTS,
    ),
    Recipe("service", ("1.27",), trace_files("trace"), ("-record", "trace", "-requests", "400")),
    allocation_trace("trace.allocfree", ("1.23", "1.25", "1.27"), processors=1),
    allocation_trace("trace.allocfree.p2", ("1.27",), processors=2),
)


def recipes_for(minor: str) -> Iterator[Recipe]:
    """The recipes of a Go version; a version that is not shipped gets those of the newest one."""
    shipped = {version for recipe in RECIPES for version in recipe.versions}
    for recipe in RECIPES:
        if (minor if minor in shipped else "1.27") in recipe.versions:
            yield recipe
