"""Reading ahead in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gotrace.errors import MalformedError
from gotrace.readers.trace.ahead import ahead


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
