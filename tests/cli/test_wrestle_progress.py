"""How far `gotrace wrestle` is: a bar for people, lines for logs."""

from __future__ import annotations

import io
import subprocess
import sys
import time

import pytest

from gotrace.capture.module_request import Step
from gotrace.cli import wrestle_progress
from gotrace.cli.wrestle_progress import reading_bar, recording_bar
from tests.cli.running import ROOT


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


def test_the_time_left_counts_while_a_run_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0, 130.0, 139.0, 140.0, 500.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    left = wrestle_progress._Left(Step(3, 24, "round", 60.0, 20.0))
    told = [f"{left}" for _ in range(5)]
    assert told == [f"about {seconds} s left" for seconds in (60, 30, 21, 20, 20)]


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_is_told_which_package_of_several(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    with recording_bar(stream) as tell:
        tell(Step(107, 240, "round 2 of 6: example.com/m/store/index, gogc-off", 700.0, 2.0, 2, 40))
    line = stream.getvalue().rpartition("about 12 min left")[0].splitlines()[-1]
    assert "106/240" in line
    assert "package 2 of 40" in line
    assert "gogc-off" in line


def test_a_log_gets_a_plain_line_for_every_run() -> None:
    stream = io.StringIO()
    with recording_bar(stream) as tell:
        tell(Step(1, 4, "building the tests of m/a\x1b[2J", None, None, 1, 2))
        tell(Step(3, 24, "round 1 of 6: m/b, default", 130.0, 120.0, 2, 2))
        tell(Step(24, 24, "layouts of types", 4.4, 0.0))
    first, *others = stream.getvalue().splitlines()
    assert first.startswith("gotrace: step 1 of 4 or more: building the tests of m/a")
    assert first.endswith(", package 1 of 2")
    assert "\x1b" not in first
    assert others == [
        "gotrace: step 3 of 24: round 1 of 6: m/b, default, package 2 of 2, about 2 min left",
        "gotrace: step 24 of 24: layouts of types, about 4 s left",
        "gotrace: all 24 steps are done, in 1 s",
    ]


def test_a_recording_that_fails_is_not_called_done() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), recording_bar(stream) as tell:
        tell(Step(1, 2, "building", None))
        raise KeyboardInterrupt
    assert stream.getvalue() == "gotrace: step 1 of 2 or more: building\n"


def test_nobody_who_reads_is_no_reason_to_stop() -> None:
    stream = io.StringIO()
    with recording_bar(stream) as tell:
        stream.close()
        tell(Step(1, 2, "building", None))
    assert stream.closed


def test_pipes_are_not_told_which_file_is_read() -> None:
    stream = io.StringIO()
    with reading_bar(stream) as read:
        assert read is None
    assert stream.getvalue() == ""


def test_without_standard_error_nothing_of_it_goes_to_standard_output() -> None:
    script = f"{sys.executable} -m gotrace capture nowhere -o out 2>&-"
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, b"")
