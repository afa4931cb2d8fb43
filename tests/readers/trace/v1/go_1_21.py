"""The parser of Go 1.21, which still reads Go 1.5 to 1.10, and what its events become."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from gotrace.readers.trace.v1.events import EVENTS
from tests.goroots import GoRoot
from tests.readers.trace.v1.reading import Row

__all__ = ["build_parser", "expected_rows"]

SOURCE = Path(__file__).parent / "go_parser"
NAMES = {event.number: event.name for event in EVENTS}
RENAMED = {
    "GCStart": "GCBegin", "GCDone": "GCEnd", "STWStart": "STWBegin", "STWDone": "STWEnd",
    "GCSweepStart": "GCSweepBegin", "GCSweepDone": "GCSweepEnd", "GoEnd": "GoDestroy",
    "GoStop": "GoBlock", "GoSched": "GoStop", "GoPreempt": "GoStop", "GoSleep": "GoBlock",
    "GoBlockSend": "GoBlock", "GoBlockRecv": "GoBlock", "GoBlockSelect": "GoBlock",
    "GoBlockSync": "GoBlock", "GoBlockCond": "GoBlock", "GoBlockNet": "GoBlock",
    "GoBlockGC": "GoBlock", "GoSysExit": "GoSyscallEndBlocked", "Gomaxprocs": "ProcsChange",
    "GCMarkAssistStart": "GCMarkAssistBegin", "GCMarkAssistDone": "GCMarkAssistEnd",
}  # fmt: skip


@cache
def build_parser(root: GoRoot) -> Path:
    """A program inside GOROOT, in the place of a small one that is there."""
    folder = Path(tempfile.mkdtemp(prefix="gotrace-tests-"))
    home = root.path / "src/cmd/test2json"
    replace = {str(path): "" for path in home.glob("*.go")}
    replace[str(home / "main.go")] = str(SOURCE / "main.go")
    replace[str(root.path / "src/internal/trace/parse.go")] = str(SOURCE / "parse.go")
    (folder / "overlay.json").write_text(json.dumps({"Replace": replace}))
    subprocess.run(
        [root.go, "build", "-overlay", folder / "overlay.json", "-o", folder / "parser",
         "cmd/test2json"],
        cwd=root.path / "src", check=True,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=vendor"},
    )  # fmt: skip
    return folder / "parser"


def expected_rows(root: GoRoot, path: Path) -> tuple[list[Row], str]:
    """(time, name, proc, goroutine, frames) in the words of the later format, and the error."""
    run = subprocess.run([build_parser(root), path], capture_output=True, text=True, check=True)
    if run.stdout.startswith("error:"):
        return [], run.stdout
    return _Converter([_event(line) for line in run.stdout.splitlines()]).rows, ""


def _event(line: str) -> tuple[Any, ...]:
    numbers, stack, _ = line.split("\t")
    frames = []
    for frame in stack.split(";") if stack else []:
        pc, rest = frame.split("|", 1)
        frames.append((int(pc), *rest.rsplit("|", 2)[:2], int(rest.rsplit("|", 1)[1])))
    time, number, proc, goroutine, *arguments = map(int, numbers.split())
    return time, NAMES[number], proc, goroutine, arguments, tuple(frames)


class _Converter:
    """As Go 1.27 converts events since Go 1.11."""

    def __init__(self, events: list[tuple[Any, ...]]) -> None:
        self.rows: list[Row] = [(-1, "Sync", -1, -1, ())]
        self.early: dict[int, None] = {}
        self.is_set_up = False
        self.seen: set[int] = set()
        following: dict[int, str] = {}
        blocks = []
        for event in reversed(events):
            blocks.append(event[1] == "GoSysCall" and following.get(event[3]) == "GoSysBlock")
            following[event[3]] = event[1]
        for event, is_blocking in zip(events, reversed(blocks), strict=True):
            self.convert(*event, is_blocking)
        self.put(self.rows[-1][0] + 1, "Sync", -1, 0, ())

    def put(self, time: int, name: str, proc: int, goroutine: int, frames: Any) -> None:
        self.rows.append((max(time, self.rows[-1][0] + 1), name, proc, goroutine or -1, frames))

    def convert(
        self, time: int, name: str, proc: int, goroutine: int, arguments: list[int],
        frames: Any, is_blocking: bool,
    ) -> None:  # fmt: skip
        is_early = not self.is_set_up
        if name in ("GoStart", "GoWaiting", "GoInSyscall", "GoStartLabel", "ProcStart"):
            frames = ()  # that of the goroutine's creation, which the later format has there
        if name == "Gomaxprocs" and is_early:
            self.is_set_up = True
            for _ in self.early:
                self.put(time, "GoStatus", -1, 0, ())
        elif name == "GoCreate" and is_early:
            self.early[arguments[0]] = None
        elif name in ("GoWaiting", "GoInSyscall") or (name == "GoStart" and is_early):
            self.early.pop(arguments[0], None)
            self.put(time, "GoStatus", proc, goroutine, frames)
        elif name in ("ProcStart", "ProcStop"):
            self.put(time, name if proc in self.seen else "ProcStatus", proc, goroutine, ())
            self.seen.add(proc)
        elif name == "GoStartLabel":
            self.put(time, "GoStart", proc, goroutine, ())
            self.put(time, "GoLabel", proc, goroutine, ())
        elif name == "GoSysCall":
            self.put(time, "GoSyscallBegin", proc, goroutine, frames)
            if not is_blocking:
                self.put(time + 1, "GoSyscallEnd", proc, goroutine, ())
        elif name not in ("GoSysBlock", "FutileWakeup"):
            self.put(time, RENAMED.get(name, name), proc, goroutine, frames)
