"""Reading ahead in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gotrace.errors import MalformedError
from gotrace.readers.trace.ahead import ahead, aside


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []


def test_an_error_comes_behind_what_was_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise MalformedError("broken", offset=3)

    seen = []
    with pytest.raises(MalformedError, match="broken"):
        for item in ahead(items()):
            seen.append(item)
    assert seen == [1, 2]
    assert "gotrace-reader" not in threads()


def test_who_stops_early_stops_the_reading() -> None:
    made = []

    def items() -> Iterator[int]:
        for item in range(1000):
            made.append(item)
            yield item

    chunks = ahead(items())
    assert next(chunks) == 0
    chunks.close()
    assert "gotrace-reader" not in threads()
    assert len(made) < 10


def test_work_aside_is_done_in_order_and_to_its_end() -> None:
    done: list[int] = []
    with aside(done.append) as hand_over:
        for item in range(100):
            hand_over(item)
    assert done == list(range(100))
    assert "gotrace-folder" not in threads()


def test_an_error_of_the_work_aside_is_raised_where_items_are_handed_over() -> None:
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        raise MalformedError("broken", offset=item)

    handed = 0
    with pytest.raises(MalformedError, match="broken"), aside(work) as hand_over:
        while True:
            hand_over(handed)
            handed += 1
    assert begun == [0]
    assert handed < 10
    assert "gotrace-folder" not in threads()


def test_an_error_of_the_last_work_aside_is_raised_at_the_end() -> None:
    def work(item: int) -> None:
        raise MalformedError("broken", offset=item)

    with pytest.raises(MalformedError, match="broken"), aside(work) as hand_over:
        hand_over(1)
    assert "gotrace-folder" not in threads()


def test_who_breaks_off_leaves_undone_what_was_not_begun() -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        has_begun.set()
        may_go_on.wait(10)

    with pytest.raises(KeyboardInterrupt), aside(work) as hand_over:
        hand_over(1)
        hand_over(2)
        has_begun.wait(10)
        threading.Timer(0.5, may_go_on.set).start()
        raise KeyboardInterrupt
    assert begun == [1]
    assert "gotrace-folder" not in threads()
