"""Whatever ends a run, and however its children got away: none is left, and no other ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from gotrace.capture import keeper, kept_process
from gotrace.capture.process import running
from gotrace.capture.watched_run import Bounds, Ended, run_watched
from gotrace.errors import UsageError
from tests.capture.test_process import is_alive
from tests.cli.running import ROOT
from tests.goroots import GOROOTS

MARK = "GOTRACE_TEST_MARK"
GET_AWAY = "setsid sh -c 'trap \"\" TERM HUP; sleep 300 & sleep 300' & "
"""In a session of its own, with a child, and deaf; its parent goes."""
OUTLIVES = f"({GET_AWAY}) >/dev/null 2>&1; "
CHAIN = """
import os, time
begun = time.monotonic()
while time.monotonic() - begun < 60:
    if os.fork():
        os._exit(0)
    time.sleep(0.001)
"""


@pytest.fixture
def mark() -> Iterator[str]:
    """Stands in the environment of whoever descends from a run; at the end they are ended."""
    mark = uuid.uuid4().hex
    yield mark
    for pid in marked(mark):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def marked(mark: str) -> list[int]:
    """The processes that descend from a run, whatever they call themselves."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdecimal() and int(place.name) != os.getpid():
            with suppress(OSError):
                if f"{MARK}={mark}".encode() in (place / "environ").read_bytes():
                    found.append(int(place.name))
    return found


def left(mark: str, seconds: float = 10.0) -> list[int]:
    """Who is left after some seconds, if anybody is."""
    deadline = time.monotonic() + seconds
    while (found := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def run(script: str, mark: str, seconds: float = 30.0) -> Ended:
    environment = {**os.environ, MARK: mark}
    return run_watched(["sh", "-c", script], Path("/"), environment, Bounds(seconds))


def test_a_child_in_a_session_of_its_own_ends_with_its_run(mark: str) -> None:
    ended = run(OUTLIVES + "echo done", mark)
    assert (ended.output, ended.exit_code) == (b"done\n", 0)
    assert marked(mark) == []


def test_a_child_in_a_session_of_its_own_ends_with_the_time(mark: str) -> None:
    ended = run(OUTLIVES + "echo begun; sleep 300", mark, 0.5)
    assert (ended.output, ended.stopped) == (b"begun\n", "it did not end within 0.5 s")
    assert marked(mark) == []


def test_a_child_that_holds_the_output_keeps_nobody_waiting(mark: str) -> None:
    begun = time.monotonic()
    ended = run(GET_AWAY + "echo done", mark)
    assert ended.output == b"done\n"
    assert ended.duration_s <= time.monotonic() - begun < 10
    assert marked(mark) == []


def test_a_chain_of_forks_is_ended(mark: str) -> None:
    environment = {**os.environ, MARK: mark}
    ended = run_watched([sys.executable, "-c", CHAIN], Path("/"), environment, Bounds(30))
    assert ended.exit_code == 0
    assert marked(mark) == []


def test_many_children_are_ended_at_once(mark: str) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do setsid sleep 300 & done; for i in 1 2 3; do :; done"
    assert run(script, mark).exit_code == 0
    assert marked(mark) == []


RUN = """
import os, sys
from pathlib import Path
from gotrace.capture.watched_run import Bounds, run_watched
if os.fork() == 0:
    import time; time.sleep(300)  # holds copies of all our pipes
run_watched(["sh", "-c", sys.argv[1]], Path("/"), {**os.environ}, Bounds(300))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_signal_ends_us_nobody_is_left(mark: str, number: signal.Signals) -> None:
    command = ["env", "--default-signal", sys.executable, "-c", RUN, OUTLIVES + "sleep 300"]
    with (
        subprocess.Popen(
            command,
            env={**os.environ, MARK: mark},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
        ExitStack() as at_end,
    ):
        at_end.callback(process.kill)
        deadline = time.monotonic() + 20
        while len(outside(process.pid, mark)) < 6:  # keeper, shell, sleep; shell and two sleeps
            assert time.monotonic() < deadline
            time.sleep(0.02)
        own = [pid for pid in marked(mark) if pid not in outside(process.pid, mark)]
        os.kill(process.pid, number)
        process.wait(20)
    for pid in own:  # who is of the test
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert left(mark) == []


GO_TEST = """package left

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func BenchmarkLeaves(b *testing.B) {
	child := exec.Command("sh", "-c", "trap '' TERM; sleep 300 & sleep 300")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	time.Sleep(300 * time.Second)
}
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nobody_of_a_real_benchmark_is_left(
    mark: str, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text("module left\n\ngo 1.21\n")
    (tmp_path / "left_test.go").write_text(GO_TEST)
    command = ["env", "--default-signal", sys.executable, "-m", "gotrace", "wrestle"]
    with (
        subprocess.Popen(
            [*command, "--go", str(GOROOTS[0].go)],
            cwd=tmp_path,
            env={**os.environ, MARK: mark, "PYTHONPATH": str(ROOT), "GOFLAGS": ""},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
        ExitStack() as at_end,
    ):
        at_end.callback(process.kill)
        deadline = time.monotonic() + 60
        while names(mark).count("sleep") < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "left.test" in names(mark)
        os.kill(process.pid, number)
        process.wait(20)
    assert left(mark) == []


def names(mark: str) -> list[str]:
    found = []
    for pid in marked(mark):
        with suppress(OSError):
            found.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return found


def outside(session: int, mark: str) -> list[int]:
    """Those who are not of a session."""
    found = []
    for pid in marked(mark):
        with suppress(ProcessLookupError):
            if os.getsid(pid) != session:
                found.append(pid)
    return found


@pytest.mark.parametrize(
    ("known", "unknown", "script"),
    [
        ("CDLL(None).prctl", "CDLL(None).no_such_call", "sleep 300 & sleep 300 & "),
        ("/children", "/no_such_file", OUTLIVES),
    ],
    ids=["no-prctl", "no-list-of-children"],
)
def test_on_other_systems_and_kernels_what_can_be_ended_is(
    mark: str,
    known: str,
    unknown: str,
    script: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without `prctl` the process group; where the kernel lists no children all are asked."""
    text = Path(keeper.__file__).read_text()
    assert text.count(known) == 1
    (tmp_path / "keeper.py").write_text(text.replace(known, unknown))
    monkeypatch.setattr(kept_process, "_KEEPER", tmp_path / "keeper.py")
    assert run(script + "echo done", mark).output == b"done\n"
    assert marked(mark) == []
    assert run(script + "sleep 300", mark, 0.3).stopped
    assert left(mark) == []


def test_a_keeper_that_is_killed_takes_the_command_with_it(mark: str) -> None:
    environment = {**os.environ, MARK: mark}
    with ExitStack() as at_end, running(["sleep", "300"], Path("/"), environment) as process:
        assert process.stdout is not None
        at_end.callback(process.stdout.close)
        assert marked(mark) != []
        keeper = parent_of(process.pid)
        assert keeper != os.getpid()
        os.kill(keeper, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        assert left(mark) == []


def test_nobody_who_is_not_of_the_run_is_ended(mark: str) -> None:
    """Neither children that we had, nor those that others of us start meanwhile, nor theirs."""
    ours = [subprocess.Popen(["sleep", "300"])]
    orphaning = ["sh", "-c", "setsid sleep 300 >/dev/null 2>&1 & echo $!"]
    orphans: list[int] = []

    def start() -> None:
        ours.append(subprocess.Popen(["sleep", "300"], start_new_session=True))
        orphans.append(int(subprocess.run(orphaning, stdout=subprocess.PIPE, check=True).stdout))

    try:
        other = threading.Timer(0.2, start)
        other.start()
        run(OUTLIVES + "sleep 300", mark, 0.8)
        other.join()
        assert [one.poll() for one in ours] == [None, None]
        assert [is_alive(pid) for pid in orphans] == [True]
        assert marked(mark) == []
    finally:
        for one in ours:
            one.kill()
            one.wait()
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)


def test_a_run_in_another_thread_is_kept_too(mark: str) -> None:
    done: list[Ended] = []
    thread = threading.Thread(target=lambda: done.append(run(OUTLIVES + "sleep 300", mark, 0.4)))
    thread.start()
    thread.join(20)
    assert [one.stopped for one in done] == ["it did not end within 0.4 s"]
    assert marked(mark) == []


def test_the_signal_that_ended_a_command_is_told(mark: str) -> None:
    assert run("kill -SEGV $$", mark).exit_code == -signal.SIGSEGV
    assert run("exit 41", mark).exit_code == 41


def test_a_command_sees_nothing_of_the_keeper(mark: str) -> None:
    """The environment as given, no files but the three, no signal ignored, its own session."""
    program = (
        "import os, signal; print(sorted(os.listdir('/proc/self/fd'))[:-1], os.getpid() =="
        " os.getsid(0), open('/proc/self/environ').read().strip(chr(0)).split(chr(0)),"
        " [line for line in open('/proc/self/status') if line.startswith('SigBlk')])"
    )
    ended = run_watched(
        [sys.executable, "-I", "-c", program], Path("/"), {MARK: mark, "LC_CTYPE": "C"}, Bounds(30)
    )
    fds, is_leader, environment, blocked = "['0', '1', '2']", "True", MARK + "=" + mark, "0" * 16
    told = ended.output.decode()
    assert told.startswith(f"{fds} {is_leader} ['"), told
    assert environment in told
    assert "'LC_CTYPE=C'" in told
    assert f"SigBlk:\\t{blocked}" in told
    bare = run_watched(["/usr/bin/env"], Path("/"), {MARK: mark}, Bounds(30))
    assert bare.output.decode() == f"{MARK}={mark}\n"


def test_what_cannot_be_started_is_a_wrong_question(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    for command, why in (
        (["/nowhere/go"], "No such file"),
        ([str(tmp_path / "text")], "Permission denied"),
        (["x\0y"], "null byte"),
    ):
        with pytest.raises(UsageError, match=f"cannot be run: .*{why}"):
            run_watched(command, tmp_path, os.environ, Bounds(5))
    with pytest.raises(UsageError, match="No such file"):
        run_watched(["true"], tmp_path / "missing", os.environ, Bounds(5))


def test_the_shell_gets_sigpipe_as_everybody_does(mark: str) -> None:
    begun = time.monotonic()
    assert run("yes | head -n 1", mark).output == b"y\n"
    assert time.monotonic() - begun < 20


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
