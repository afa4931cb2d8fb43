"""How far a recording is: runs so far, runs in all, and the time left as planned and as it went."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gotrace.capture.module_request import Step, WrestleProgress

__all__ = ["Steps"]


class Steps:
    """Counts runs. Planned seconds are guesses; how far they were off mends what is left."""

    def __init__(self, progress: WrestleProgress) -> None:
        self._progress = progress
        self._left: list[float] = []
        self._done_count = 0
        self._planned_s = self._taken_s = 0.0
        self._is_known = False

    def plan(self, seconds: Iterable[float], is_last: bool = False) -> None:
        """More runs are to come, each of so many seconds; the last plan makes the time known."""
        self._left += seconds
        self._is_known = self._is_known or is_last

    def drop(self, count: int) -> None:
        """So many of the planned runs will not be."""
        del self._left[len(self._left) - count :]

    @contextmanager
    def step(self, what: str, package: int = 0, package_count: int = 0) -> Iterator[None]:
        """The next run, from its begin to its end; which package of how many it is of."""
        planned = self._left.pop(0) if self._left else 0.0
        number, after = self._done_count + 1, self._seconds(sum(self._left))
        left = None if after is None else after + (self._seconds(planned) or 0.0)
        self._progress(
            Step(number, number + len(self._left), what, left, after, package, package_count)
        )
        begun = time.monotonic()
        try:
            yield
        finally:
            self._done_count += 1
            self._planned_s += planned
            self._taken_s += time.monotonic() - begun

    def _seconds(self, planned: float) -> float | None:
        """What planned seconds will be, as it went so far."""
        if not self._is_known:
            return None
        ratio = self._taken_s / self._planned_s if self._planned_s else 1.0
        return planned * max(ratio, 0.1)
