"""Our events against those of Go's own readers: 1.27's for Go 1.11 to 1.21, 1.21's before.

Events of two procs that bear the same time have no order: Go's readers pick one at random. So where
times follow each other by a nanosecond, as ties do, events are compared as a set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gotrace.readers.trace.events import EVENTS
from tests.goroots import GOROOTS
from tests.readers.trace.real_reader import dump
from tests.readers.trace.v1.go_1_21 import expected_rows
from tests.readers.trace.v1.reading import RECORDINGS, SHIPPED, Row, read, rows

NEWER = [
    path
    for name, path in RECORDINGS.items()
    if name.endswith("_good") and int(name.split("_1_")[1].split("_")[0]) >= 11
]
OLDER = [path for name, path in RECORDINGS.items() if path not in NEWER]


def pieces(found: list[Row]) -> Iterator[list[str]]:
    """Rows without their times, in runs within which order says nothing."""
    run: list[str] = []
    last = None
    for row in found:
        if last is not None and row[0] != last + 1:
            yield sorted(run)
            run = []
        run.append(repr(row[1:]))
        last = row[0]
    yield sorted(run)


def assert_same(ours: list[Row], theirs: list[Row]) -> None:
    assert [row[0] for row in ours] == [row[0] for row in theirs]
    for mine, go in zip(pieces(ours), pieces(theirs), strict=True):
        assert mine == go


def go_rows(path: Path, folder: Path) -> list[Row]:
    """What Go 1.27's `ReadEvent` gives."""
    columns, tables, error = dump(path, folder)
    assert error == ""
    strings, stacks = tables[0]["Strings"], tables[0]["Stacks"]
    found = []
    for i in range(len(columns["type"])):
        record = [int(columns[name].view("int64")[i]) for name in columns]
        time, type_, thread, proc, goroutine = record[:5]
        raw = [value & (1 << 64) - 1 for value in record[5:]]
        event = EVENTS[type_]
        values: list[Any] = []
        stack = ()
        for argument, value in zip(event.arguments if event.is_timed else (), raw, strict=False):
            if argument.meaning == "string":
                values.append(strings.get(str(value)))
            elif argument.meaning in ("stack", "main"):
                frames = stacks.get(str(value)) or ()
                frames = tuple((f["PC"], f["Func"], f["File"], f["Line"]) for f in frames)
                if argument.meaning == "main":
                    stack = frames
                else:
                    values.append(frames)
            else:
                values.append(value)
        if event.name == "CPUSample":
            stack = tuple(
                (f["PC"], f["Func"], f["File"], f["Line"]) for f in stacks.get(str(raw[0])) or ()
            )
        found.append((time, event.name, thread, proc, goroutine, tuple(values), stack))
    return found


def without_added(found: list[Row]) -> list[Row]:
    """Arguments that reading adds are not in Go's raw events."""
    counts = {
        event.name: sum(argument.meaning != "main" for argument in event.arguments)
        for event in EVENTS.values()
        if event.is_timed
    }
    return [(*row[:5], row[5][: counts.get(row[1], 0)], row[6]) for row in found]


@pytest.mark.parametrize("path", [*NEWER, *SHIPPED], ids=lambda path: path.name)
def test_events_since_go_1_11_are_those_of_gos_reader(path: Path, tmp_path: Path) -> None:
    if path.stat().st_size > 100_000:
        # The large ones are read to the end by `test_twins.py`; comparing as text takes long.
        chunks, notes, error = read(path.read_bytes(), strict=True)
        columns, _, go_error = dump(path, tmp_path)
        times = [time for chunk in chunks for time in chunk.time_ns.tolist()]
        assert (error, notes, go_error) == (None, [], "")
        assert times == columns["time_ns"].view("int64").tolist()
        return
    chunks, notes, error = read(path.read_bytes(), strict=True)
    assert (error, notes) == (None, [])
    assert_same(without_added(rows(chunks)), go_rows(path, tmp_path))


def test_events_before_go_1_11_are_those_of_go_1_21() -> None:
    """Where `GOTRACE_GOROOTS` names a Go 1.21, which has such recordings and reads them: in CI."""
    parsers = [root for root in GOROOTS if (root.path / "src/internal/trace/order.go").exists()]
    roots = [root for root in parsers if root.version.minor == 21]
    assert roots or not os.environ.get("GOTRACE_GOROOTS")
    compared = []
    for root in roots:
        for path in OLDER:
            expected, error = expected_rows(root, path)
            chunks, _, mine = read(path.read_bytes(), strict=True)
            if error:
                assert mine is not None
                assert mine.reason in error
            else:
                assert mine is None
                assert_same([simplified(row) for row in rows(chunks)], expected)
            compared.append(path)
    assert len(compared) == len(roots) * len(OLDER)


def simplified(row: Row) -> Row:
    """(time, name, proc, goroutine, frames): without what only the later format has."""
    time, name, _, proc, goroutine, _, frames = row
    frames = tuple((pc, function or "", file or "", line) for pc, function, file, line in frames)
    return time, name, proc, goroutine, frames
