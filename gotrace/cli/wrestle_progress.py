"""How far `gotrace wrestle` is: a bar on stderr, for people only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from gotrace.capture.module_request import Step

__all__ = ["reading_bar", "recording_bar"]

_LONGEST_WHAT = 48


@contextmanager
def recording_bar(stream: TextIO) -> Iterator[Callable[[Step], None]]:
    """A function to call before every run: which of how many, what, and the time left."""
    if not stream.isatty():
        yield lambda step: None
        return
    # rich (80 ms) only for people, never for pipes.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from gotrace.views.safety import safe_text, shorten

    bar = Progress(
        TextColumn("run"),
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
        console=Console(file=stream),
        transient=True,
    )
    with bar:
        task = bar.add_task("looking at the module", total=None, left="")

        def show(step: Step) -> None:
            what = shorten(safe_text(step.what), _LONGEST_WHAT)
            bar.update(task, completed=step.number - 1, total=step.total, description=what,
                       left=_left(step.seconds_left))  # fmt: skip

        yield show


@contextmanager
def reading_bar(stream: TextIO) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with what is read now, files so far, and all of them."""
    if not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from gotrace.views.safety import safe_text

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


def _left(seconds: float | None) -> str:
    """`about 2 min left`."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s left"
    return f"about {round(seconds / 60)} min left"
