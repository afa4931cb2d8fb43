"""How far a long conversion is: a bar on stderr, for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["progress_bar", "steps_bar"]


@contextmanager
def progress_bar(source: str, stream: TextIO) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with the stored bytes read and the events so far; None for no terminal.

    Shows bytes read, events, rate and, for a file, the time left.
    """
    if not stream.isatty():
        yield None
        return
    # rich (80 ms) only for people, never for pipes.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    bar = Progress(
        BarColumn(),
        DownloadColumn(binary_units=True),
        TextColumn("{task.fields[events]:,} events"),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=_size(source), events=0)

        def show(read_bytes: int, events_count: int) -> None:
            bar.update(task, completed=read_bytes, events=events_count)

        yield show


@contextmanager
def steps_bar(stream: TextIO) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with what is under way, its steps so far and all; None for no terminal."""
    if not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps"),
        console=Console(file=stream),
        transient=True,
    )
    with bar:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield show


def _size(source: str) -> int | None:
    """Bytes of a file; None for what tells no size beforehand."""
    try:
        return Path(source).stat().st_size if source != "-" else None
    except (OSError, ValueError):
        return None
