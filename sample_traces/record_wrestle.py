"""Record the folders of `gotrace wrestle` again that stand in `sample_traces/wrestle`.

    python sample_traces/record_wrestle.py [--go PATH] [NAMES]

A folder is `<package of programs/wrestle>` or, with the build tag `fixed`, `<package>.fixed`. It is
recorded in a neutral place with `-trimpath`, its traces in a second run of few iterations, and is
refused if it names this machine or is too large. `record.py` does the other recordings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from record import BUILD_PLACE, HERE, PROGRAMS, machine_names

from gotrace.capture.finding_go import find_go
from gotrace.capture.module_recording import record_module
from gotrace.capture.module_request import ModuleRequest
from gotrace.trace_pipeline import damage_of_trace

OUT = HERE / "wrestle"
FOLDERS = {"growth": "12x", "growth.fixed": "12x"}
"""Folder → iterations of the traces, which would be too large otherwise."""
ROUNDS, BENCHTIME = 6, "100ms"
MAX_FOLDER_BYTES = 900_000
_TRACES = ("trace", "allocations")


class RecordingError(Exception):
    """A folder is not fit to be shipped."""


def record(name: str, go: str) -> None:
    """Record one folder, clean it, look it over, and keep it."""
    package, _, tags = name.partition(".")
    module, made, short = BUILD_PLACE / "wrestle", BUILD_PLACE / name, BUILD_PLACE / "short"
    shutil.rmtree(BUILD_PLACE, ignore_errors=True)
    shutil.copytree(PROGRAMS / "wrestle", module)
    os.environ.update(GOFLAGS="-trimpath", GOENV="off", CGO_ENABLED="0", GOMAXPROCS="2")
    whole = ModuleRequest(
        module, (f"./{package}",), go=go, tags=tags, count=ROUNDS, benchtime=BENCHTIME,
        validate=damage_of_trace,
    )  # fmt: skip
    record_module(whole, made, lambda step: print(f"  {step.what}"))
    few = replace(whole, count=1, benchtime=FOLDERS[name], has_gc_off=False)
    record_module(few, short, lambda step: print(f"  {step.what}"))
    take_traces(made, short)
    clean(made, Path(go).parent.parent)
    rename_binary(made)
    check(made)
    shutil.rmtree(OUT / name, ignore_errors=True)
    shutil.copytree(made, OUT / name)
    shutil.rmtree(BUILD_PLACE)


def take_traces(folder: Path, short: Path) -> None:
    """Put the traces of a short recording in the place of those in `folder`."""
    manifests = [json.loads((one / "manifest.json").read_text()) for one in (folder, short)]
    kept, taken = ([r for r in m["recordings"] if (r["role"] in _TRACES) == is_short]
                   for m, is_short in zip(manifests, (False, True), strict=True))  # fmt: skip
    manifests[0]["recordings"] = kept + taken
    text = json.dumps(manifests[0], indent=2, ensure_ascii=False).replace(f"{short}/", f"{folder}/")
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")
    shutil.rmtree(folder / "traces")
    shutil.copytree(short / "traces", folder / "traces")


def clean(folder: Path, goroot: Path) -> None:
    """Leave out what is of no package of ours, and name the toolchain by its variable."""
    for path in folder.glob("escapes/*/main"):
        shutil.rmtree(path)
    for path in texts(folder):
        text = path.read_text(encoding="utf-8")
        text = text.replace(f"{goroot}/", "$GOROOT/").replace(f"{goroot.resolve()}/", "$GOROOT/")
        if path.name == "manifest.json":
            # Where the sources are, seen from the folder in which the documents run gotrace.
            text = text.replace(
                f'"module_folder": "{BUILD_PLACE}/wrestle"',
                '"module_folder": "sample_traces/programs/wrestle"',
            )
            text = re.sub(r'"memory_bytes": \d+', '"memory_bytes": 0', text)
            text = text.replace(f"{folder / 'work'}/", "").replace(f"{folder}/", "")
        path.write_text(text, encoding="utf-8")


def rename_binary(folder: Path) -> None:
    """Name the folder of the test binary otherwise, in profiles too: as long, so that they hold."""
    old, new = (f"/{folder.name}/{name}/".encode() for name in ("work", "made"))
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(gzip.decompress(content).replace(old, new), mtime=0))
        elif old in content:
            path.write_bytes(content.replace(old, new))


def texts(folder: Path) -> list[Path]:
    """The files that are text."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix in (".json", ".txt")]


def check(folder: Path) -> None:
    """Raise if a folder is too large or one of its files names this machine."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    total = sum(path.stat().st_size for path in files)
    if total > MAX_FOLDER_BYTES:
        raise RecordingError(f"{folder.name} has {total} bytes, more than {MAX_FOLDER_BYTES}")
    for path in files:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        for name in machine_names():
            if name.encode() in content:
                raise RecordingError(f"{path.relative_to(folder)} contains {name!r}")


def main() -> int:
    """Record what the command line names."""
    parser = argparse.ArgumentParser(description="Record the folders of gotrace wrestle again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FOLDERS))
    parser.add_argument("--go", default="", metavar="PATH", help="the Go command")
    asked = parser.parse_args()
    try:
        for name in asked.names or FOLDERS:
            print(name)
            record(name, find_go(asked.go))
    except (RecordingError, KeyError) as error:
        print(f"record_wrestle.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
