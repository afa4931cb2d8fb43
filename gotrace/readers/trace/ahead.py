"""Chunks read ahead by another thread: kernels run without Python's lock, so both cores work."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Empty, Queue
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")

_WAITING = 2
"""Chunks that may wait to be taken: more would only take memory."""
_POLL_S = 0.05


class _End:
    """There is no more; an error if that is why."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items, each made while those before it are worked on; errors come in their place.

    Whoever stops early closes the iterator (as a `for` loop left by an exception does not), so that
    the thread ends.
    """
    waiting: Queue[T | _End] = Queue(_WAITING)
    is_over = threading.Event()
    thread = threading.Thread(
        target=_run, args=(items, waiting, is_over), name="gotrace-reader", daemon=True
    )
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_over.set()
        while thread.is_alive():
            # It may stand before a full queue.
            try:
                waiting.get(timeout=_POLL_S)
            except Empty:
                thread.join(_POLL_S)


def _run(items: Iterable[T], waiting: Queue[T | _End], is_over: threading.Event) -> None:
    try:
        for item in items:
            waiting.put(item)
            if is_over.is_set():
                return
        end = _End()
    except BaseException as error:  # noqa: BLE001  (whoever iterates gets it)
        end = _End(error)
    waiting.put(end)
