"""What the runtime did for each line of the program, by the functions on the stacks of CPU samples.

A heap profile leaves the runtime's own frames out at the leaf; a CPU profile has them, so that it
tells a growing slice (`runtime.growslice`) from a new one (`runtime.makeslice`) on the same line.
What the program's code called is the outermost of them: below it the runtime grows slices of its
own (`runtime.mapassign` of Go up to 1.23 does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gotrace.analyses.gc_cost.cpu_values import cpu_values
from gotrace.analyses.wrestle.joining import Ownership, OwnFrames, own_frames
from gotrace.tables.recording import Recording

__all__ = [
    "BOX",
    "CONCAT",
    "FILL_MAP",
    "GROWERS",
    "GROW_MAP",
    "GROW_SLICE",
    "NEW",
    "NEW_CHAN",
    "NEW_MAP",
    "NEW_SLICE",
    "RUNTIME",
    "TO_BYTES",
    "TO_STRING",
    "Call",
    "runtime_calls",
]

GROW_SLICE = "grows a slice"
GROW_MAP = "grows a map"
FILL_MAP = "puts into a map"
BOX = "makes an interface of a value"
TO_STRING = "makes a string of bytes"
TO_BYTES = "makes bytes of a string"
CONCAT = "joins strings"
NEW = "makes an object"
NEW_SLICE = "makes a slice"
NEW_MAP = "makes a map"
NEW_CHAN = "makes a channel"

RUNTIME = ("runtime.", "internal/runtime/")
"""How the names begin that heap profiles hide at the leaf (`runtime/pprof/protomem.go`); the second
from Go 1.24 on."""
GROWERS = (
    "bytes.growSlice", "bytes.(*Buffer)", "strings.(*Builder)", "internal/bytealg.MakeNoZero",
    "slices.Grow", "slices.Insert",
)  # fmt: skip
"""What grows a slice for its caller."""
_ALLOCATES = ("runtime.mallocgc", "runtime.newobject", "runtime.newarray")
_GROWS_MAP = (
    "runtime.hashGrow", "runtime.growWork", "internal/runtime/maps.(*table).grow",
    "internal/runtime/maps.(*table).rehash", "internal/runtime/maps.(*table).split",
    "internal/runtime/maps.(*Map).growToTable", "internal/runtime/maps.(*Map).growToSmall",
)  # fmt: skip
_CALLS: tuple[tuple[str, str], ...] = (
    ("runtime.growslice", GROW_SLICE),
    ("runtime.convT", BOX),
    ("runtime.slicebytetostring", TO_STRING),
    ("runtime.slicerunetostring", TO_STRING),
    ("runtime.stringtoslice", TO_BYTES),
    ("runtime.concat", CONCAT),
    ("runtime.makeslice", NEW_SLICE),
    ("runtime.makemap", NEW_MAP),
    ("internal/runtime/maps.New", NEW_MAP),
    ("runtime.makechan", NEW_CHAN),
    *((name, NEW) for name in _ALLOCATES),
)
"""How the name of the function begins that was called → what it does."""
_PUTS = ("runtime.mapassign", "internal/runtime/maps.")
_ALSO_RUNTIME = ("runtime/internal/",)
"""Never the place of an allocation, but of CPU samples (Go up to 1.23)."""
_MOST_FRAMES = 64
"""Of the runtime that are looked at; no call of the program's goes deeper."""


@dataclass
class Call:
    """What one line had the runtime do, of one kind: time, and by the functions that it called."""

    time_ns: int = 0
    by_function: dict[str, int] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """The one that took most."""
        return max(self.by_function, key=lambda name: self.by_function[name], default="")


def runtime_calls(
    cpu: Recording | None, ownership: Ownership
) -> dict[tuple[str, int, str], Mapping[str, Call]]:
    """(function, line, by) → what the runtime did → how long, and where.

    Function and line are of the module's own code, `by` the function of other code that asked the
    runtime for it, empty where it is the line itself.
    """
    if cpu is None or not cpu.sample_count:
        return {}
    own = own_frames(cpu, ownership)
    times = cpu_values(cpu).time_ns.tolist()
    stacks = _Stacks(own)
    found: dict[tuple[str, int, str], dict[str, Call]] = {}
    for sample, frame in enumerate(own.frame.tolist()):
        if frame < 0:
            continue
        called, caller = stacks.at_leaf(sample)
        what = _what(called)
        if not what:
            continue
        place = own.place(frame)
        by = "" if caller == frame else own.place(caller).function
        call = found.setdefault((place.function, place.line, by), {}).setdefault(what, Call())
        call.time_ns += times[sample]
        name = called[-1]
        call.by_function[name] = call.by_function.get(name, 0) + times[sample]
    return dict(found)


def _what(called: tuple[str, ...]) -> str:
    """What functions of the runtime, innermost first, were called for; empty if for no memory."""
    if not called:
        return ""
    outermost = called[-1]
    if outermost.startswith(_PUTS) and any(name.startswith(_GROWS_MAP) for name in called):
        return GROW_MAP
    told = next((what for prefix, what in _CALLS if outermost.startswith(prefix)), "")
    if not told and outermost.startswith(_PUTS):
        return FILL_MAP if any(name.startswith(_ALLOCATES) for name in called) else ""
    return told


class _Stacks:
    """The runtime's frames at the leaf of stacks, and who called them."""

    def __init__(self, own: OwnFrames) -> None:
        columns = own.recording.columns
        self._names = [str(name) for name in columns["functions"].array("name")]
        # Names without a package are of assembly: `memeqbody`.
        self._hidden = [
            name.startswith((*RUNTIME, *_ALSO_RUNTIME)) or "." not in name for name in self._names
        ]
        self._functions = columns["frames"].array("function_id").tolist()
        self._frames = columns["locations"].lists("frame_ids")
        self._locations = columns["sample_locations"].lists("location_ids")

    def at_leaf(self, sample: int) -> tuple[tuple[str, ...], int]:
        """Names of the runtime's functions, innermost first, and the row of their caller's frame.

        No names where nobody but the runtime is on the stack, or it is deeper than is looked at.
        """
        names: list[str] = []
        for location in self._locations[sample][:_MOST_FRAMES].tolist():
            for frame in self._frames[location].tolist():
                function = self._functions[frame]
                if function < 0 or not self._hidden[function]:
                    return tuple(names), frame
                names.append(self._names[function])
        return (), -1
