"""Commands end as a whole: their output is passed on, and nobody of their group stays."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from gotrace.capture.process import CommandError, run_command
from gotrace.errors import UsageError


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def is_gone(pid: int) -> bool:
    """Whether it ends within a few seconds."""
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def test_output_goes_to_both_places_and_the_exit_code_is_told() -> None:
    shown, copy = io.BytesIO(), io.BytesIO()
    code = run_command(["sh", "-c", "echo one; echo two; exit 7"], shown=shown, copy=copy)
    assert code == 7
    assert shown.getvalue() == copy.getvalue() == b"one\ntwo\n"


def test_a_command_that_is_none_is_a_wrong_question() -> None:
    with pytest.raises(UsageError, match="cannot be run"):
        run_command(["/nowhere/go", "test"], shown=io.BytesIO())


def test_a_server_that_a_test_left_running_is_ended() -> None:
    shown = io.BytesIO()
    script = "sleep 300 >/dev/null 2>&1 & echo $!; exit 0"
    assert run_command(["sh", "-c", script], shown=shown) == 0
    assert is_gone(int(shown.getvalue()))


def test_the_time_limit_ends_children_that_do_not_listen() -> None:
    shown = io.BytesIO()
    script = "trap '' TERM; (trap '' TERM; sleep 300) & echo $!; wait"
    with pytest.raises(CommandError, match="--timeout passed"):
        run_command(["sh", "-c", script], shown=shown, deadline=time.monotonic() + 0.5)
    assert is_gone(int(shown.getvalue()))


RUN = """
import sys
from gotrace.capture.process import run_command
run_command(["sh", "-c", "sleep 300 & echo $!; wait"], shown=sys.stdout.buffer)
"""


@pytest.mark.parametrize(("number", "code"), [(2, None), (15, 143), (1, 129)])
def test_signals_to_us_end_the_whole_group(number: int, code: int | None) -> None:
    # Whoever starts the tests in the background may ignore Ctrl-C, and children inherit that.
    command = ["env", "--default-signal", sys.executable, "-c", RUN]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
        ExitStack() as at_end,
    ):
        at_end.callback(process.kill)
        assert process.stdout is not None
        child = int(re.sub(rb"\D", b"", process.stdout.readline()))
        assert is_alive(child)
        os.kill(process.pid, number)
        ended = process.wait(20)
    assert ended == code if code is not None else ended != 0
    assert is_gone(child)


STARTING = """
import os, signal, subprocess, sys
from gotrace.capture import process

class Interrupted(subprocess.Popen):
    def __init__(self, *words, **more):
        super().__init__(*words, **more)
        print(self.pid, flush=True)  # of the keeper
        os.kill(os.getpid(), int(sys.argv[1]))  # before anybody knows whom to end
        for _ in range(1000): pass

process.subprocess.Popen = Interrupted
process.run_command(["sleep", "300"], shown=sys.stdout.buffer)
"""


@pytest.mark.parametrize("number", [2, 15, 1])
def test_a_signal_while_a_command_is_started_leaves_nobody(number: int) -> None:
    command = ["env", "--default-signal", sys.executable, "-c", STARTING, str(number)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode not in (0, 1) or b"KeyboardInterrupt" in done.stderr
    assert is_gone(int(done.stdout))


def test_signals_that_are_ignored_stay_ignored() -> None:
    script = (
        "import sys; from gotrace.capture.process import run_command; "
        "run_command(['sh', '-c', 'kill -HUP $$; echo here'], shown=sys.stdout.buffer)"
    )
    command = ["env", "--ignore-signal=HUP", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.stdout == b"here\n"
