"""`go test`, package by package, and what it leaves to measure memory by.

`go test -memprofile` refuses several packages, so each is run by itself. A folder gets

* `benchmarks.txt`: the standard output of all packages, below two lines on the Go version and the
  race detector, as the benchmark format has them;
* a folder for each package: `memprofile.pb.gz`, and whatever its tests write into the folder that
  `GOTRACE_PROFILES` names.
"""

from __future__ import annotations

import gzip
import os
import shlex
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gotrace.capture.folders import package_folders
from gotrace.capture.go_command import GoCommand
from gotrace.capture.go_test import GoTest
from gotrace.capture.module_packages import GoPackage, packages_with_tests
from gotrace.capture.process import CommandError, run_command
from gotrace.capture.toolchain import toolchain_of
from gotrace.errors import InputError, UsageError
from gotrace.tables.manifest import ToolchainFacts

__all__ = ["PROFILES", "GoRecording", "Wishes", "record_go_test"]

PROFILES = "GOTRACE_PROFILES"
"""The variable that names the folder where a test may leave profiles."""
_LOOKED_AT = 64 << 20
_LISTING_SECONDS = 600.0
"""`go list` may have to download a module."""
_LOG, _PROFILE, _WRAPPER = "benchmarks.txt", "memprofile.pb.gz", ".exec"


@dataclass(frozen=True)
class Wishes:
    """What is added to `go test` where it is absent."""

    count: int = 6
    """Repeats of benchmarks: fewer do not bound a median."""
    benchtime: str = "100x"
    is_profiled: bool = True
    timeout_seconds: float | None = None


@dataclass
class GoRecording:
    """The files to check, what is known of how they were made, and what to tell people."""

    folder: Path
    files: list[str] = field(default_factory=list)
    conditions: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def record_go_test(test: GoTest, folder: Path, wishes: Wishes, shown: BinaryIO) -> GoRecording:
    """Run the tests of all packages and collect what they wrote; `folder` is empty.

    Output of `go test` goes to `shown` and stderr as it comes. Raises CommandError where tests
    fail (all packages are run first) or nothing was written, UsageError for flags that do not fit.
    """
    deadline = None
    if wishes.timeout_seconds is not None:
        deadline = time.monotonic() + wishes.timeout_seconds
    go = GoCommand(test.go, Path.cwd(), os.environ, _LISTING_SECONDS, shows_errors=True)
    toolchain = toolchain_of(go, test.loading(frozenset("C")))
    packages = packages_with_tests(go, test.loading(), test.packages)
    _check(test, packages)
    recording = GoRecording(folder, conditions=_conditions(test, toolchain))
    recording.remarks += _remarks(test, wishes)
    failed = []
    with (folder / _LOG).open("wb") as log:
        if not test.is_on("json"):
            log.writelines(
                f"{key}: {recording.conditions[name]}\n".encode()
                for key, name in (("goversion", "go_version"), ("race", "race"))
                if name in recording.conditions
            )
        for place, package in zip(_folders(folder, packages), packages, strict=True):
            code = _run_one(test, package, packages, place, wishes, (shown, log), deadline)
            if code:
                failed.append(f"{package.path} (exit code {code})")
            else:
                _collect(test, place, recording)
    if failed:
        raise CommandError(f"`go test` failed, so no budget was checked: {', '.join(failed)}")
    if test.value("bench") is not None:
        recording.files.insert(0, str(folder / _LOG))
    if not recording.files:
        raise InputError(
            "`go test` left nothing to check",
            advice=f"run benchmarks (-bench), or write profiles into the folder {PROFILES} names",
        )
    return recording


def _check(test: GoTest, packages: Sequence[GoPackage]) -> None:
    if not packages:
        raise CommandError(f"no package of `{' '.join(test.packages)}` has tests")
    shared = test.files_of_one_package
    if len(packages) > 1 and shared:
        raise UsageError(
            f"{len(packages)} packages would write the one file of -{shared[0]}: leave it out"
        )


def _conditions(test: GoTest, toolchain: ToolchainFacts) -> dict[str, str]:
    conditions = {
        "go_version": toolchain.go_version,
        "goos": toolchain.goos,
        "goarch": toolchain.goarch,
    }
    given = test.value("race")
    if test.is_on("race") or (given is None and "-race" in toolchain.flags):
        conditions["race"] = "true"
    return conditions


def _remarks(test: GoTest, wishes: Wishes) -> list[str]:
    benchtime = test.value("benchtime")
    if test.value("bench") is None or benchtime is None or benchtime.endswith("x"):
        return []
    return [
        f"-benchtime={benchtime} makes the number of iterations a matter of speed, and with it "
        f"allocs/op; -benchtime={wishes.benchtime} would not"
    ]


def _folders(folder: Path, packages: Sequence[GoPackage]) -> list[Path]:
    """A new folder for each package, named after it."""
    names = package_folders(((one.path, one.module) for one in packages), reserved=_LOG)
    made = [folder / names[one.path] for one in packages]
    for place in made:
        place.mkdir()
    return made


def _run_one(
    test: GoTest,
    package: GoPackage,
    packages: Sequence[GoPackage],
    place: Path,
    wishes: Wishes,
    targets: tuple[BinaryIO, BinaryIO],
    deadline: float | None,
) -> int:
    """Run one package; the exit code of `go test`."""
    added = _added(test, package, packages, place, wishes)
    command = test.command(package.path, added)
    print(f"gotrace: {shlex.join(command)}", file=sys.stderr, flush=True)
    code = run_command(
        command, shown=targets[0], copy=targets[1], deadline=deadline,
        environment={**os.environ, PROFILES: str(place)},
    )  # fmt: skip
    for leftover in (*place.glob("*.test"), place / _WRAPPER):
        leftover.unlink(missing_ok=True)
    return code


def _added(
    test: GoTest, package: GoPackage, packages: Sequence[GoPackage], place: Path, wishes: Wishes
) -> list[str]:
    """The flags that are absent."""
    is_bench = test.value("bench") is not None
    flags = {"count": str(wishes.count if is_bench else 1)}
    if is_bench:
        flags |= {"benchmem": "true", "benchtime": wishes.benchtime}
    if wishes.is_profiled:
        flags |= {"memprofile": str(place / _PROFILE), "memprofilerate": "1"}
        flags["o"] = str(place / f"{_program(package)}.test")
        if test.value("memprofilerate") is None and test.value("exec") is None:
            flags["exec"] = shlex.join(["sh", str(_wrapper(package, packages, place))])
    return [
        f"-{name}={value}" if value != "true" else f"-{name}"
        for name, value in flags.items()
        if test.value(name) is None
    ]


def _wrapper(package: GoPackage, packages: Sequence[GoPackage], place: Path) -> Path:
    """A script that starts the test binary with every allocation profiled from the beginning.

    `-memprofilerate` comes into force after the package variables are initialised. Of packages
    whose last part is the same the script also gives the binaries different names: a profile
    names its program by it.
    """
    same = [other for other in packages if _program(other) == _program(package)]
    lines = ["binary=$1", "shift"]
    if len(same) > 1:
        own = shlex.quote(str(place / f"{place.name}.test"))
        lines += [f'ln -f "$binary" {own} 2>/dev/null || cp "$binary" {own}', f"binary={own}"]
    lines += ['GODEBUG="${GODEBUG:+$GODEBUG,}memprofilerate=1"', "export GODEBUG"]
    lines.append('exec "$binary" "$@"')
    script = place / _WRAPPER
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def _program(package: GoPackage) -> str:
    """How `go test` names the binary: the last part of the path that is no version."""
    head, _, last = package.path.rpartition("/")
    is_version = last[:1] == "v" and last[1:].isdigit()
    return head.rpartition("/")[2] if is_version and head else last


def _collect(test: GoTest, place: Path, recording: GoRecording) -> None:
    """Take what the tests wrote, and the profile of `-memprofile` unless they took their own.

    Two heap profiles of one program would be taken for repeats.
    """
    given = test.value("memprofile")
    profile = place / _PROFILE if given is None else Path(test.value("outputdir") or ".") / given
    own = sorted(path for path in place.rglob("*") if path.is_file() and path != profile)
    recording.files += map(str, own)
    if any(_is_heap_profile(path) for path in own):
        if given is None:
            profile.unlink(missing_ok=True)
    elif profile.is_file():
        recording.files.append(str(profile))


def _is_heap_profile(path: Path) -> bool:
    """Whether it holds the words by which a heap profile, packed or as text, names its values."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as content:
            data = content.read(_LOOKED_AT)
    except (OSError, EOFError, zlib.error):
        return False  # whoever checks it says what is wrong with it
    return b"inuse_space" in data or data.startswith(b"heap profile:")
