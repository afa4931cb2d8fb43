"""Runs `gotrace` as a user would: a process of its own, from any folder."""

import atexit
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_traces"
HEAP = SAMPLES / "service" / "go1.27" / "heap.pb.gz"

_FORK_SERVER = Path(__file__).with_name("fork_server.py")
# typer colours its messages when one of these is set, whatever its value.
_COLOURING = ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS")


def gotrace(
    *arguments: str | Path, stdin: bytes = b"", cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    """The finished process of `gotrace ARGUMENTS`, its output captured.

    It is forked from one that has imported all of gotrace (see fork_server.py), unless the test
    gave it an environment of its own: modules may have looked at that when they were imported.
    """
    command = [sys.executable, "-P", "-m", "gotrace", *map(str, arguments)]
    environment = _environment()
    if environment == _FIRST:
        return _forked(command, stdin, cwd)
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env=environment, check=False
    )


def _environment() -> dict[str, str]:
    """Ours, without what pytest sets anew for every test, and `gotrace` for itself."""
    left_out = (*_COLOURING, "PYTEST_CURRENT_TEST", "OPENBLAS_NUM_THREADS")
    return {key: value for key, value in os.environ.items() if key not in left_out}


_FIRST = _environment()


def _forked(command: list[str], stdin: bytes, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    pipes = [os.pipe() for _ in range(3)]
    theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
    server = _server()
    request = json.dumps([str(cwd), *command[4:]]) + "\n"
    socket.send_fds(server, [request.encode()], theirs)
    for descriptor in theirs:
        os.close(descriptor)
    with ThreadPoolExecutor(3) as threads:
        fed = threads.submit(_feed, pipes[0][1], stdin)
        printed = [threads.submit(_drain, ours) for ours, _ in pipes[1:]]
    fed.result()
    out, err = (one.result() for one in printed)
    with server.makefile("rb", buffering=0) as answers:
        return subprocess.CompletedProcess(command, int(answers.readline()), out, err)


def _feed(descriptor: int, data: bytes) -> None:
    # Who reads nothing closes it: that is not our error.
    with suppress(BrokenPipeError), open(descriptor, "wb", buffering=0) as file:
        for start in range(0, len(data), 1 << 16):
            file.write(data[start : start + (1 << 16)])


def _drain(descriptor: int) -> bytes:
    with open(descriptor, "rb") as file:
        return file.read()


@cache
def _server() -> socket.socket:
    """The connection to the server of this test process, which ends when we do."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", _FORK_SERVER, str(theirs.fileno())],
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=_FIRST, cwd=ROOT,
        )  # fmt: skip
    atexit.register(process.wait)
    atexit.register(ours.close)  # first: the last registered is the first called
    return ours
