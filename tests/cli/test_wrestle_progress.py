"""How far `gotrace wrestle` is: told to people only."""

from __future__ import annotations

import io

from gotrace.capture.module_request import Step
from gotrace.cli.wrestle_progress import reading_bar, recording_bar


class Terminal(io.StringIO):
    """Looks like one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_told_which_run_of_how_many_and_the_time_left() -> None:
    stream = Terminal()
    with recording_bar(stream) as tell:
        tell(Step(1, 24, "building ./[red]evil\x1b[2J", None))
        tell(Step(7, 24, "round 2 of store, GOGC=off", 150.0))
    text = stream.getvalue()
    assert "6/24" in text
    assert "GOGC=off" in text
    assert "about 2 min left" in text
    assert "\x1b[2J" not in text


def test_a_terminal_is_told_which_file_is_read() -> None:
    stream = Terminal()
    with reading_bar(stream) as tell:
        assert tell is not None
        tell("dir/traces/store/trace.out", 3, 9)
    assert "store/trace.out" in stream.getvalue()
    assert "3/9" in stream.getvalue()


def test_pipes_are_told_nothing() -> None:
    stream = io.StringIO()
    with recording_bar(stream) as tell:
        tell(Step(1, 2, "building", None))
    with reading_bar(stream) as read:
        assert read is None
    assert stream.getvalue() == ""
