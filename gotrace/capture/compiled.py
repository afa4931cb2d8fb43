"""What the compiler knows: binaries built with escape analysis written down, layouts of types."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gotrace.capture.bench_binary import BenchBinary, build_binary
from gotrace.capture.go_command import GoCommand, last_words
from gotrace.capture.manifest_file import ManifestFile, writing
from gotrace.capture.watched_run import Bounds, Ended, run_watched
from gotrace.tables.manifest import DEFAULT_ARM, ESCAPES, LAYOUTS, RecordingEntry

__all__ = ["Builds", "record_layouts"]

_LAYOUTS_PROGRAM = Path(__file__).with_name("layouts") / "main.go"


class Builds:
    """Builds test binaries; all of them write their escape analysis into one new folder.

    Its name is new every time: the compiler writes nothing for what comes from the build cache, and
    another flag misses the cache for the packages of the module alone.
    """

    def __init__(self, go: GoCommand, folder: Path, manifest: ManifestFile, tags: str) -> None:
        self._go, self._folder, self._manifest, self._tags = go, folder, manifest, tags
        self._place = folder / "escapes" / f"json-{secrets.token_hex(4)}"

    def build(self, binary: BenchBinary, name: str) -> Ended:
        """Build the binary of one package; a build that failed is told by what is returned."""
        with writing(self._place):
            self._place.mkdir(parents=True, exist_ok=True)
        json_flag = f"'-json=0,{self._place.absolute().as_uri()}'"
        ended = self._build(binary, f"-m=2 {json_flag}")
        if not ended.is_good:
            # Once more, so that what the compiler complains of is not among thousands of remarks.
            ended = self._build(binary, "-m=2" if b"-json" in ended.errors else json_flag)
        if ended.is_good:
            self._keep(binary, ended, name)
        else:
            with suppress(OSError):
                self._place.rmdir()  # if nothing is in it
        return ended

    def _build(self, binary: BenchBinary, flags: str) -> Ended:
        return build_binary(self._go, binary.package, binary.path, self._tags, flags)

    def _keep(self, binary: BenchBinary, ended: Ended, name: str) -> None:
        """The text beside the JSON: it names what JSON never does, and files that JSON lost."""
        if ended.errors:
            text = self._place / f"{name}.txt"
            with writing(text):
                text.write_bytes(ended.errors)
        if not any(self._place.iterdir()):
            why = "the compiler wrote no escape analysis"
            self._manifest.skip(ESCAPES, binary.package.path, why)
            return
        self._manifest.add(
            RecordingEntry(
                ESCAPES,
                "",
                self._place.relative_to(self._folder).as_posix(),
                command=ended.command,
                duration_s=round(ended.duration_s, 3),
            )
        )


def record_layouts(
    go: GoCommand,
    binaries: Sequence[BenchBinary],
    places: Sequence[Path],
    folder: Path,
    manifest: ManifestFile,
) -> None:
    """Layouts of the struct types in test binaries, by a small Go program of ours.

    It is built in the folder of the binaries, outside any module: it needs the standard library
    alone.
    """
    work = binaries[0].path.parent
    environment = {**go.environment, "GO111MODULE": "off", "GOFLAGS": "", "GOWORK": "off"}
    own = replace(go, folder=work, environment=environment)
    program = work / "layouts.program"
    # GOPATH mode builds no file by an absolute name.
    try:
        source = _LAYOUTS_PROGRAM.read_bytes()
    except OSError:
        for binary in binaries:
            manifest.skip(LAYOUTS, binary.package.path, "this installation has no layouts program")
        return
    with writing(work):
        (work / "layouts.go").write_bytes(source)
    built = own.run("build", "-o", str(program), "layouts.go")
    for binary, place in zip(binaries, places, strict=True):
        if not built.is_good:
            manifest.skip(LAYOUTS, binary.package.path, last_words(built))
            continue
        command = [str(program), f"-packages={binary.package.module}", str(binary.path)]
        ended = run_watched(command, work, environment, Bounds(go.seconds))
        if not ended.is_good or ended.is_cut or not _is_json(ended.output):
            why = "its layouts are too many" if ended.is_cut else last_words(ended)
            manifest.skip(LAYOUTS, binary.package.path, why)
            continue
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(ended.output)
        package = binary.package.path
        manifest.add(
            RecordingEntry(
                LAYOUTS,
                package,
                place.relative_to(folder).as_posix(),
                DEFAULT_ARM,
                1,
                tuple(command),
                {},
                ended.exit_code,
                round(ended.duration_s, 3),
            )
        )


def _is_json(output: bytes) -> bool:
    try:
        json.loads(output)
    except (ValueError, RecursionError):
        return False
    return True
