"""Work done by another thread: kernels run without Python's lock, so both cores work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TypeVar

__all__ = ["ahead", "aside", "beside"]

T = TypeVar("T")

_WAITING = 1
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


@contextmanager
def aside(work: Callable[[T], None]) -> Iterator[Callable[[T], None]]:
    """Do `work` for each item that the context hands over, in a thread and in their order.

    At the end of the context all is done; if that is an error, what was not begun is left undone.
    An error of the work is raised where the next item is handed over, or at the end.
    """
    waiting: Queue[T | _End] = Queue(_WAITING)
    is_over = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        while not isinstance(item := waiting.get(), _End):
            # After an error items are only taken away, so that nobody waits for room.
            if not errors and not is_over.is_set():
                try:
                    work(item)
                except BaseException as error:  # noqa: BLE001  (whoever hands over gets it)
                    errors.append(error)

    def hand_over(item: T) -> None:
        if errors:
            raise errors[0]
        waiting.put(item)

    thread = threading.Thread(target=run, name="gotrace-folder", daemon=True)
    thread.start()
    try:
        yield hand_over
    except BaseException:  # whatever ends the caller ends the thread
        is_over.set()
        raise
    finally:
        waiting.put(_End())
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def beside(work: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Do `work` in a thread while the context lasts; `stop` is called at its end, and ends it."""
    thread = threading.Thread(target=work, name="gotrace-decoder", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


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
