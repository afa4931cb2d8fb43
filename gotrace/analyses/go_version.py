"""Which Go version made a recording: read from paths where they tell, else narrowed down.

Profiles do not name it; of a trace the format is one of one version or of a few. Three things give
it away: the path of the standard library's sources (`/usr/local/go1.22.3/src/runtime/...`,
`golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/src/...`; gone with `-trimpath`), the lines of
`runtime.main`, and functions that a version added or dropped.
(The slot sizes of heap profiles are a fourth: `gotrace.analyses.slots`.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gotrace.model.versions import KNOWN, NEWEST, GoVersion, between, known_or_none
from gotrace.tables.recording import Recording

__all__ = ["GONE_AFTER", "MAIN_LINES", "SINCE", "VersionEvidence", "version_evidence"]

_TELLING = ("runtime.", "runtime/", "internal/", "net/http.(*S", "encoding/json/")
"""How the names begin that may tell a version; all of them are Go's own."""

_IN_FORMAT = re.compile(r"Go 1\.(\d{1,2})\b")
_WRITTEN_UNTIL = {5: 6, 11: 18, 19: 20, 23: 24, 26: NEWEST.minor}
"""Format of traces → the last minor version that writes it; others are of one version each."""

_IN_PATH = re.compile(r"[/\\@-]go(1\.\d+(?:\.\d+|rc\d+|beta\d+)?)(?:\.[a-z0-9]+-[a-z0-9]+)?[/\\]")

SINCE = {
    "runtime.gcDrainMarkWorkerIdle": 22,
    "runtime.gcDrainMarkWorkerDedicated": 22,
    "runtime.heapSetType": 22,
    "runtime.(*timers).check": 23,
    "runtime.(*timers).run": 23,
    "internal/runtime/atomic.": 23,
    "internal/runtime/syscall.": 23,
    "runtime.mallocgcTiny": 24,
    "runtime.mallocgcSmallNoscan": 24,
    "runtime.mallocgcSmallScanNoHeader": 24,
    "internal/runtime/maps.": 24,
    "internal/sync.": 24,
    "net/http.(*ServeMux).findHandler": 22,
    "encoding/json/jsontext.": 25,
    "runtime.gcPrepareMarkRoots": 25,
    "runtime.(*gcWork).tryGetObj": 25,
    "internal/runtime/gc/scan.": 26,
    "internal/runtime/syscall/linux.": 26,
    "runtime.mallocgcSmallNoScanSC2": 26,
    "runtime.mallocgcSmallScanNoHeaderSC2": 26,
    "runtime.mallocgcTinySC2": 27,
    "runtime.postMallocgc": 27,
}
"""Function, or package with its dot → the minor version that brought it."""

GONE_AFTER = {
    "runtime/internal/atomic.": 22,
    "runtime/internal/syscall.": 22,
    "runtime.runtimer": 22,
    "runtime.heapBitsSetType": 22,
    "runtime.(*gcWork).tryGet": 24,
    "runtime.growWork_faststr": 25,
    "runtime.scanobject": 25,
    "internal/runtime/syscall.Syscall6": 25,
}
"""Function, or package with its dot → the last minor version that had it."""

MAIN_LINES = {
    21: (144, 267),
    22: (146, 271),
    23: (147, 272),
    24: (147, 283),
    25: (148, 285),
    26: (149, 290),
    27: (153, 302),
}
"""Minor version → lines of `runtime/proc.go`: of `func main`, and of its call of `main.main`."""

_INIT_LINES = frozenset({267})
"""Lines of such calls at which another version runs package initialisation."""


@dataclass(frozen=True)
class VersionEvidence:
    """The recording's Go version is `first`, `last` or between; `exact` its full text if known."""

    first: GoVersion
    last: GoVersion
    exact: str = ""
    reason: str = ""
    has_runtime: bool = False
    """Whether a function of Go's runtime occurs at all."""

    @property
    def is_open(self) -> bool:
        """Whether nothing is known."""
        return self.first == KNOWN[0] and self.last == NEWEST

    def versions(self) -> tuple[GoVersion, ...]:
        """All versions the recording may come from, oldest first."""
        return between(self.first, self.last)

    def __str__(self) -> str:
        """`go1.22.3`, `at least go1.24`, `go1.22 to go1.24`, or `unknown`."""
        if self.exact:
            return self.exact
        if self.first == self.last:
            return str(self.first)
        if self.last == NEWEST:
            return f"at least {self.first}" if self.first > KNOWN[0] else "unknown"
        return f"{self.first} to {self.last}" if self.first > KNOWN[0] else f"at most {self.last}"


def version_evidence(recording: Recording) -> VersionEvidence:
    """What is named, else what paths say, else what functions and lines allow."""
    named = known_or_none(recording.origin.go_version)
    if named is not None:
        text = recording.origin.go_version
        return VersionEvidence(named, named, text, "named in the recording", has_runtime=True)
    functions = recording.columns["functions"]
    names = functions.array("name")
    telling = [row for row, name in enumerate(names) if name.startswith(_TELLING)]
    found = _in_paths(functions.array("filename")[telling]) or _bounds(frozenset(names[telling]))
    version = _by_main(recording, [row for row in telling if names[row] == "runtime.main"])
    if not found.exact and version is not None and found.first <= version <= found.last:
        found = VersionEvidence(version, version, "", "by the lines of `runtime.main`")
    has_runtime = any(name.startswith("runtime.") for name in names[telling])
    return replace(_of_format(found, recording), has_runtime=has_runtime)


def _of_format(found: VersionEvidence, recording: Recording) -> VersionEvidence:
    """With what the format of a trace says, such as `written by Go 1.26 and 1.27`."""
    written = _IN_FORMAT.search(recording.origin.format) if recording.kind == "trace" else None
    if written is None or found.exact:
        return found
    minor = int(written[1])
    own = GoVersion(minor), GoVersion(_WRITTEN_UNTIL.get(minor, minor))
    first, last = max(own[0], found.first), min(own[1], found.last)
    if (first, last) == (found.first, found.last):
        return found
    reason = "by the trace's format"
    if first > last or not found.reason:  # names of another program, or none
        first, last = (first, last) if first <= last else own
        return replace(found, first=first, last=last, reason=reason)
    return replace(found, first=first, last=last, reason=f"{reason} and {found.reason}")


def _in_paths(paths: Iterable[str]) -> VersionEvidence | None:
    """The version in the path of a file of the standard library."""
    for path in paths:
        found = _IN_PATH.search(path)
        version = known_or_none(found[1]) if found else None
        if found is not None and version is not None:
            return VersionEvidence(version, version, f"go{found[1]}", "in the path of Go's sources")
    return None


def _by_main(recording: Recording, mains: list[int]) -> GoVersion | None:
    """The version whose `runtime.main` has the lines seen here; None if there is not just one."""
    frames = recording.columns["frames"]
    starts = recording.columns["functions"].array("start_line")
    seen = set()
    for row in mains:
        lines = set(frames.array("line")[frames.array("function_id") == row].tolist())
        for minor, (start, call) in MAIN_LINES.items():
            is_alone = int(starts[row]) == 0 and call not in _INIT_LINES
            if call in lines and (is_alone or int(starts[row]) == start):
                seen.add(minor)
    return GoVersion(seen.pop()) if len(seen) == 1 else None


def _bounds(names: frozenset[str]) -> VersionEvidence:
    """First and last version by the functions that occur."""
    present = names | {name[: _package_end(name)] for name in names}
    first = max(((minor, name) for name, minor in SINCE.items() if name in present), default=None)
    last = min(
        ((minor, name) for name, minor in GONE_AFTER.items() if name in present), default=None
    )
    low = GoVersion(first[0]) if first else KNOWN[0]
    high = GoVersion(last[0]) if last else NEWEST
    if low > high:
        # Names of another program or a fork of Go: no evidence at all.
        return VersionEvidence(KNOWN[0], NEWEST)
    told = [f"`{name.rstrip('.')}`" for _, name in filter(None, (first, last))]
    return VersionEvidence(low, high, "", f"by {' and '.join(told)}" if told else "")


def _package_end(name: str) -> int:
    """The length of the package path of a function's name, its dot included."""
    return name.find(".", name.rfind("/") + 1) + 1
