"""Which Go version made a recording."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.go_version import GONE_AFTER, MAIN_LINES, SINCE, version_evidence
from gotrace.model.versions import GoVersion
from gotrace.readers.profile import read_profile
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import Sample, recording
from tests.goroots import GOROOTS, GoRoot

SAMPLES = Path(__file__).resolve().parents[2] / "sample_traces"
PROFILES = sorted(p for p in SAMPLES.glob("*/go*/*") if p.name.endswith((".pb.gz", ".debug1.txt")))
each_goroot = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))


def of(*names: str, path: str = "runtime/proc.go") -> Recording:
    made = recording(Sample(8, 1, stack=names))
    made.columns["functions"]._entries["filename"] = np.array([path] * len(names), object)
    return made


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: "/".join(p.parts[-3:]))
def test_a_real_recording_is_never_given_to_another_version(path: Path) -> None:
    evidence = version_evidence(read_profile(str(path)))
    version = GoVersion(int(path.parent.name.removeprefix("go1.")))
    assert evidence.first <= version <= evidence.last


def test_most_real_recordings_name_their_version() -> None:
    heaps = [p for p in PROFILES if p.name.endswith(".pb.gz") and p.name.startswith("heap")]
    told = [str(version_evidence(read_profile(str(p)))) == p.parent.name for p in heaps]
    assert told
    assert all(told)


@each_goroot
def test_the_lines_of_main_are_those_of_the_source(root: GoRoot) -> None:
    lines = root.source("runtime/proc.go").split("\n")
    start = lines.index("func main() {") + 1
    call = next(n for n in range(start, len(lines)) if lines[n] == "\tfn()") + 1
    assert MAIN_LINES[root.version.minor] == (start, call)


@each_goroot
def test_the_names_that_tell_a_version_are_in_its_source(root: GoRoot) -> None:
    ours = root.version.minor
    for name, minor in SINCE.items():
        assert ours >= minor or not has(root, name), name
        assert ours != minor or has(root, name), name
    for name, minor in GONE_AFTER.items():
        assert ours <= minor or not has(root, name), name
        assert ours != minor or has(root, name), name


def has(root: GoRoot, name: str) -> bool:
    """Whether a function (or, with a dot at its end, a package) is in a toolchain's source."""
    package, _, function = name.partition(".")
    if "/" in name:
        head, _, tail = name.rpartition("/")
        package, _, function = tail.partition(".")
        package = f"{head}/{package}"
    text = source_of(root, package)
    if not function:
        return bool(text)
    receiver, _, method = function.rpartition(".")
    wanted = rf"^func {method}\b"
    if receiver:
        wanted = rf"^func \(\w+ {re.escape(receiver.strip('()'))}\) {method}\("
    return re.search(wanted, text, re.MULTILINE) is not None


@cache
def source_of(root: GoRoot, package: str) -> str:
    """All of a package's files, tests left out."""
    files = (root.path / "src" / package).glob("*.go")
    return "\n".join(p.read_text() for p in files if "_test" not in p.name)


@pytest.mark.parametrize(
    "path",
    [
        "/usr/local/go1.22.3/src/runtime/proc.go",
        "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/src/runtime/proc.go",
        r"C:\sdk\go1.22.3\src\runtime\proc.go",
    ],
)
def test_a_path_of_the_standard_library_names_the_version(path: str) -> None:
    evidence = version_evidence(of("runtime.main:1", path=path))
    assert str(evidence) == "go1.22.3"
    assert evidence.first == evidence.last == GoVersion(22)


def test_a_path_of_the_program_names_no_version() -> None:
    evidence = version_evidence(of("main.main:1", path="/home/a/go1.22.3/src/main.go"))
    assert str(evidence) == "unknown"


def test_functions_that_came_and_went_bound_the_version() -> None:
    assert str(version_evidence(of("internal/runtime/maps.newGroups:1"))) == "at least go1.24"
    assert str(version_evidence(of("runtime/internal/atomic.Load:1"))) == "at most go1.22"
    both = of("runtime.mallocgcTiny:1", "runtime.(*gcWork).tryGet:2")
    assert str(version_evidence(both)) == "go1.24"


def test_contradicting_names_are_no_evidence() -> None:
    made = of("runtime.mallocgcTinySC2:1", "runtime/internal/atomic.Load:1")
    assert str(version_evidence(made)) == "unknown"


def test_a_line_that_two_versions_may_have_is_no_evidence() -> None:
    """Line 267 calls `main.main` in go1.21 and initialises packages in go1.27."""
    assert str(version_evidence(of("runtime.main:267"))) == "unknown"
    assert str(version_evidence(of("runtime.main:302"))) == "go1.27"
    made = of("runtime.main:267")
    made.columns["functions"]._entries["start_line"] = np.array([144])
    assert str(version_evidence(made)) == "go1.21"


def test_a_version_the_recording_names_is_believed() -> None:
    made = recording(Sample(8, 1), go_version="go1.23.4")
    assert str(version_evidence(made)) == "go1.23.4"


@pytest.mark.parametrize(
    ("written", "functions", "version"),
    [
        ("written by Go 1.26 and 1.27", (), "at least go1.26"),
        ("written by Go 1.23 and 1.24", (), "go1.23 to go1.24"),
        ("written by Go 1.23 and 1.24", ("runtime.mallocgcTiny:1",), "go1.24"),
        ("written by Go 1.26 and 1.27", ("runtime.mallocgcTinySC2:1",), "go1.27"),
        ("of Go 1.11", (), "go1.11 to go1.18"),
        ("of Go 1.19", ("runtime.mallocgcTinySC2:1",), "go1.19 to go1.20"),  # of another program
    ],
)
def test_the_format_of_a_trace_bounds_the_version(
    written: str, functions: tuple[str, ...], version: str
) -> None:
    profile = of(*functions or ("main.main:1",))
    assert str(version_evidence(profile)) in ("unknown", "at least go1.24", "go1.27")
    origin = replace(profile.origin, format=f"Go execution trace, {written}")
    traced = replace(profile, kind="trace", origin=origin)
    evidence = version_evidence(traced)
    assert str(evidence) == version
    assert evidence.reason.startswith("by the trace's format") or version == "go1.27"
