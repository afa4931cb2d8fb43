"""Go's own trace reader, to compare with: built from the toolchain of this machine.

It is an internal package of Go's, which only programs inside GOROOT may import: `go build -overlay`
pretends that ours (`go_reader/`) is one.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gotrace.readers.trace.events import EVENTS
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.ordering import OrderedEvents
from tests.goroots import GOROOTS

__all__ = ["differences", "dump", "go_reader", "record"]

SOURCE = Path(__file__).parent / "go_reader"
COLUMNS = ("time_ns", "type", "thread", "proc", "goroutine", "a0", "a1", "a2", "a3")
PROC_STATES = np.array([0, 5, 1, 2], np.uint64)
"""trace.ProcState → our numbers: undetermined, not there, running, idle."""
GO_STATES = np.array([0, 0, 1, 2, 4, 3], np.uint64)
"""trace.GoState → our numbers: undetermined, -, runnable, running, waiting, in a system call."""


@cache
def go_reader() -> Path:
    """The path of the binary; builds it once a machine."""
    root = GOROOTS[0].path
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    parts = sorted(SOURCE.glob("*.go"))
    newest = max(int(part.stat().st_mtime) for part in parts)
    binary = folder / f"go_reader-{(root / 'VERSION').read_text().split()[0]}-{newest}"
    with (folder / "go_reader.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _build(root, folder, binary)
    return binary


def _build(root: Path, folder: Path, binary: Path) -> None:
    homes = {"main.go": "src/cmd/gotracedump/main.go", "peek.go": "src/internal/trace/peek.go"}
    overlay = folder / "go_reader.json"
    replace = {str(root / home): str(SOURCE / name) for name, home in homes.items()}
    overlay.write_text(json.dumps({"Replace": replace}))
    made = binary.with_suffix(".new")
    subprocess.run(
        [root / "bin" / "go", "build", "-overlay", overlay, "-o", made, "cmd/gotracedump"],
        cwd=root / "src",
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""},
        check=True,
    )
    made.rename(binary)


def record(program: str, folder: Path) -> Path:
    """A fresh trace of one of the programs that Go tests its tracer with."""
    root = GOROOTS[0].path
    source = root / "src" / "internal" / "trace" / "testdata" / "testprog" / f"{program}.go"
    path = folder / f"{program}.trace"
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    with path.open("wb") as file:
        subprocess.run(
            [root / "bin" / "go", "run", source], stdout=file, env=environment, check=True
        )
    return path


def dump(path: Path, folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """Columns of all events as Go reads them, the tables of every generation, and the error."""
    events, tables = folder / "events", folder / "tables"
    run = subprocess.run(
        [go_reader(), "dump", path, events, tables], capture_output=True, text=True, check=False
    )
    if run.returncode:
        return {}, [], run.stdout
    words = np.fromfile(events, np.uint64).reshape(-1, len(COLUMNS))
    columns = {name: words[:, place].copy() for place, name in enumerate(COLUMNS)}
    return columns, json.loads(tables.read_text()), ""


def differences(path: Path, chunks: list[OrderedEvents], folder: Path) -> list[str]:
    """What our events and tables have otherwise than Go's; chunks not reused."""
    theirs, generations, error = dump(path, folder)
    if error:
        return [error]
    found = []
    ours = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks])
        for name in ("time_ns", "type", "thread", "proc", "goroutine", "stack", "args")
    }
    if len(ours["type"]) != len(theirs["type"]):
        return [f"{len(ours['type'])} events, Go has {len(theirs['type'])}"]
    for name in ("time_ns", "type", "thread", "proc", "goroutine"):
        wrong = ours[name].astype(np.int64) != theirs[name].view(np.int64)
        if wrong.any():
            row = int(np.argmax(wrong))
            found.append(f"{name}: {wrong.sum()} differ, first at {row}: {ours[name][row]}")
    tables = _by_generation(chunks)
    for number, (mine, go) in enumerate(zip(tables, generations[:-1], strict=True)):
        found += [f"generation {number}: {text}" for text in _table_differences(mine, go)]
    return found + _argument_differences(ours, theirs, chunks)


def _by_generation(chunks: list[OrderedEvents]) -> list[GenerationTables]:
    unique = {id(chunk.generation): chunk.generation for chunk in chunks}
    return list(unique.values())


def _table_differences(mine: GenerationTables, go: dict[str, Any]) -> list[str]:
    found = []
    for key, text in go["Strings"].items():
        row = mine.string_ids.find(np.array([int(key)], np.uint64))[0]
        if row < 0 or mine.strings[row].encode() != text.encode():
            found.append(f"string {key}: {row} is not {text!r}")
    for key, frames in go["Stacks"].items():
        row = mine.stack_ids.find(np.array([int(key)], np.uint64))[0]
        expected = [(f["PC"], f["Func"], f["File"], f["Line"]) for f in frames]
        if row < 0 or _frames(mine, row) != expected:
            found.append(f"stack {key}")
    if len(mine.stacks) < len(go["Stacks"]):
        found.append(f"{len(mine.stacks)} stacks, Go has {len(go['Stacks'])}")
    return found


def _frames(tables: GenerationTables, row: int) -> list[tuple[int, str, str, int]]:
    frames, text = tables.frames, tables.strings
    return [
        (int(frames.pc[f]), text[frames.function[f]], text[frames.file[f]], int(frames.line[f]))
        for f in tables.stacks[row]
    ]


def _argument_differences(
    ours: dict[str, Any], theirs: dict[str, Any], chunks: list[OrderedEvents]
) -> list[str]:
    """Argument by argument, for one type of event after another."""
    counts = np.array(
        [len(EVENTS[k].columns) if k in EVENTS and EVENTS[k].is_timed else 0 for k in range(256)]
    )
    offsets = np.concatenate([[0], np.cumsum(counts[ours["type"]])])
    if offsets[-1] != len(ours["args"]):
        return [f"{len(ours['args'])} arguments where {offsets[-1]} are due"]
    generation = np.concatenate(
        [np.full(len(chunk), i) for i, chunk in enumerate(chunks)] or [np.zeros(0, int)]
    )
    found = []
    for kind in np.unique(ours["type"]).tolist():
        rows = np.flatnonzero(ours["type"] == kind)
        expected = _expected(kind, rows, theirs, generation, chunks)
        for place, (name, values) in enumerate(expected):
            column = ours["stack"][rows].astype(np.int64).view(np.uint64)
            if name != "stack":
                column = ours["args"][offsets[rows] + place]
            if (wrong := column != values).any():
                row = int(np.argmax(wrong))
                text = f"{EVENTS[kind].name} {name}: {int(wrong.sum())} differ, "
                found.append(f"{text}first at {rows[row]}: {column[row]}, Go {values[row]}")
    return found


def _expected(
    kind: int, rows: Any, theirs: dict[str, Any], generation: Any, chunks: list[OrderedEvents]
) -> list[tuple[str, Any]]:
    """What our columns must hold, from Go's raw arguments: those of `args`, then the stack."""
    event = EVENTS[kind]
    raw = [theirs[f"a{i}"][rows] for i in range(4)]
    arguments, stack = [], np.full(len(rows), np.uint64(2**64 - 1))
    for place, argument in enumerate(event.arguments if event.is_timed else ()):
        values = raw[place]
        if argument.meaning in ("string", "stack", "main"):
            values = _rows_of(argument.meaning, values, generation[rows], chunks)
        if argument.meaning == "main":
            stack = values
        else:
            arguments.append((argument.name, values))
    if event.name == "CPUSample":
        stack = _rows_of("main", raw[0], generation[rows], chunks)
    if event.name == "Sync":
        arguments.append(("number", raw[0]))
    if event.name in ("GoStatus", "GoStatusStack"):
        arguments[2] = ("status", raw[2] & np.uint64(0xFFFFFFFF))
        arguments.append(("old_status", GO_STATES[(raw[2] >> np.uint64(32)).astype(int)]))
    if event.name == "ProcStatus":
        arguments.append(("old_status", PROC_STATES[raw[2].astype(int)]))
    if event.name == "ProcSteal":
        arguments.append(("old_status", raw[3]))
    if event.name == "STWEnd":
        arguments.append(("kind", _rows_of("string", raw[0], generation[rows], chunks)))
    if event.name == "UserTaskEnd":
        arguments.append(("parent", raw[2]))
        arguments.append(("name", _rows_by_hash(raw[3], generation[rows], chunks)))
    return [*arguments, ("stack", stack)]


def _rows_of(meaning: str, ids: Any, generation: Any, chunks: list[OrderedEvents]) -> Any:
    rows = np.empty(len(ids), np.int64)
    for number in np.unique(generation).tolist():
        here = generation == number
        tables = chunks[number].generation
        known = tables.string_ids if meaning == "string" else tables.stack_ids
        rows[here] = known.find(ids[here])
    rows[ids == 0] = 0 if meaning == "string" else -1
    return rows.view(np.uint64)


def _rows_by_hash(hashes: Any, generation: Any, chunks: list[OrderedEvents]) -> Any:
    rows = np.empty(len(hashes), np.int64)
    for i, number in enumerate(generation.tolist()):
        strings = {_fnv(s): row for row, s in enumerate(chunks[number].generation.strings)}
        rows[i] = strings.get(int(hashes[i]), -2)
    return rows.view(np.uint64)


@cache
def _fnv(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value
