"""How far `gotrace wrestle` is, on stderr: a bar for people, lines for logs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, TextIO

from gotrace.views.safety import safe_text, shorten

if TYPE_CHECKING:
    from gotrace.capture.module_request import Step

__all__ = ["reading_bar", "recording_bar"]

_LONGEST_WHAT = 48
_OTHER_CELLS = 60
"""What stands beside that, with a short bar and four digits of runs and of packages."""
_NARROW = 110


@contextmanager
def recording_bar(stream: TextIO) -> Iterator[Callable[[Step], None]]:
    """A function to call before every run: which of how many, what, and the time left.

    A bar for people; elsewhere (a log of CI) a plain line for every run.
    """
    if not stream.isatty():
        with _lines(stream) as show:
            yield show
        return
    # rich (80 ms) only for people, never for pipes.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(file=stream)
    is_narrow = console.width < _NARROW
    longest = max(min(_LONGEST_WHAT, console.width - _OTHER_CELLS), 12)
    columns = [
        TextColumn("run"),
        MofNCompleteColumn(),
        BarColumn(bar_width=8 if is_narrow else 24),
        TextColumn("{task.fields[package]}"),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[left]}"),
        *([] if is_narrow else [TimeElapsedColumn()]),
    ]
    bar = Progress(*columns, console=console, transient=True)
    with bar:
        task = bar.add_task("looking at the module", total=None, left="", package="")

        def show(step: Step) -> None:
            what = shorten(safe_text(step.what), longest)
            bar.update(task, completed=step.number - 1, total=step.total, description=what,
                       package=_package(step), left=_Left(step))  # fmt: skip

        yield show


@contextmanager
def _lines(stream: TextIO) -> Iterator[Callable[[Step], None]]:
    """A line at the begin of every run, and one when all is recorded."""
    begun = time.monotonic()
    steps: list[Step] = []

    def show(step: Step) -> None:
        steps[:] = [step]
        more = " or more" if step.seconds_left is None else ""
        parts = [safe_text(step.what), _package(step), _left(step.seconds_left)]
        what = ", ".join(filter(None, parts))
        _print(f"gotrace: step {step.number} of {step.total}{more}: {what}", stream)

    yield show
    if steps:
        took = _amount(time.monotonic() - begun)
        _print(f"gotrace: all {steps[0].number} steps are done, in {took}", stream)


def _print(line: str, stream: TextIO) -> None:
    """Whoever read the log may be gone: that is no reason to record no more."""
    with suppress(OSError, ValueError):
        print(line, file=stream, flush=True)


@contextmanager
def reading_bar(stream: TextIO) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with what is read now, files so far, and all of them."""
    if not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("reading"),
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        console=Console(file=stream),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=None)

        def show(path: str, done: int, total: int) -> None:
            name = "/".join(PurePath(path).parts[-2:])
            bar.update(task, completed=done, total=total, description=safe_text(name))

        yield show


def _package(step: Step) -> str:
    """`package 2 of 4`, where there are several."""
    is_one_of_several = step.package and step.package_count > 1
    return f"package {step.package} of {step.package_count}" if is_one_of_several else ""


class _Left:
    """The time left, counted on while a run is under way; its text is that of now.

    It stops where the run should be over.
    """

    def __init__(self, step: Step) -> None:
        self._step, self._begun = step, time.monotonic()

    def __str__(self) -> str:
        left, after = self._step.seconds_left, self._step.seconds_after or 0.0
        if left is None:
            return ""
        return _left(max(left - (time.monotonic() - self._begun), after))


def _left(seconds: float | None) -> str:
    """`about 2 min left`."""
    return "" if seconds is None else f"about {_amount(seconds)} left"


def _amount(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"
