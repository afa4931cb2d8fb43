"""Types of the compiled kernel; its contract is `gotrace/model/guided/replay.py`."""

from typing import Any

class Replay:
    def __init__(self, classes: Any, arena_page: int = 0) -> None: ...
    def feed(
        self,
        number: memoryview,
        time_ns: memoryview,
        kind: memoryview,
        thread: memoryview,
        proc: memoryview,
        goroutine: memoryview,
        first: memoryview,
        second: memoryview,
        third: memoryview,
    ) -> None: ...
    def outcome(self) -> dict[str, list[int] | list[tuple[int, ...]]]: ...
