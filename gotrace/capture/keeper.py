"""Stands between gotrace and one command, so that nobody whom the command started outlives it.

Run as a script by `gotrace.capture.kept_process`, and by nobody else; it imports nothing of
gotrace, for it has to be there in a moment:

    python -I -S keeper.py PARENT STATUS ORDERS LC_CTYPE COMMAND...

PARENT is gotrace's process id, LC_CTYPE that of the command (Python sets its own in a C locale),
STATUS and ORDERS are pipes. Into STATUS go `pid N` once the command runs, or `error ERRNO` where
there is none, and in the end, when nobody is left, `exit CODE` (negative: the signal of its end).
From ORDERS come the numbers of signals for the command, a byte each. Its end is that of gotrace,
by whatever means: SIGKILL closes pipes too. Where a copy of the other end lives on in a child of
gotrace, Linux tells by a signal.

On Linux the keeper is the subreaper of all that the command starts (`prctl(2)`): who leaves the
process group, or loses the parent, becomes a child of the keeper. It ends children of its own
alone, and those of their process groups: no process id can be somebody else's by then. Elsewhere
only the process group of the command ends, and who made a session of their own stay.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

__all__: list[str] = []

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
"""`prctl(2)`; the same on every Linux."""
_GRACE_SECONDS = 2.0
"""From SIGTERM to SIGKILL."""
_ENDING_SECONDS = 10.0
"""Then whoever is left cannot be ended: it hangs in the kernel."""
_LOOK_MS = 50


def _prctl() -> Callable[[int, int], int]:
    """`prctl`; where there is none, one that always fails."""
    try:
        function = ctypes.CDLL(None).prctl
    except (AttributeError, OSError, TypeError):
        return lambda option, argument: -1
    unsigned = ctypes.c_ulong
    return lambda option, argument: int(
        function(option, unsigned(argument), unsigned(0), unsigned(0), unsigned(0))
    )


class _Keeper:
    """The command, whoever of its offspring is a child of ours, and how the command ended."""

    def __init__(self, orders: int) -> None:
        self._orders = orders
        self._prctl = _prctl()
        self._woken, waking = os.pipe()
        for end in (self._woken, waking):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        # Those that gotrace was told to ignore (`nohup`) the command ignores too.
        self._ignored = {
            number
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
            if signal.getsignal(number) is signal.SIG_IGN
        }
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda number, frame: None)  # it comes as a byte: see `_look`
        self._is_reaping = self._prctl(_CHILD_SUBREAPER, 1) == 0
        self._prctl(_PDEATHSIG, signal.SIGTERM)
        self.pid = 0
        self.code: int | None = None

    def start(self, command: list[str]) -> int:
        """Start it, as the leader of a session; 0, or why it cannot be (`errno`)."""
        told, telling = os.pipe()  # closed by a successful exec
        own = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            try:
                self._become(command, own)
            except OSError as error:
                os.write(telling, b"%d" % (error.errno or 1))
            finally:
                os._exit(127)
        os.close(telling)
        trouble = os.read(told, 16)
        os.close(told)
        return int(trouble or 0)

    def _become(self, command: list[str], parent: int) -> None:
        os.setsid()
        self._prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these
            signal.signal(number, signal.SIG_DFL)
        for number in self._ignored:
            signal.signal(number, signal.SIG_IGN)
        os.execvp(command[0], command)

    def wait(self) -> None:
        """Until the command has ended, or is to be."""
        while self.code is None and self._look(None):
            self._reap()

    def end(self) -> None:
        """End what is left: politely while the command lives, then for good."""
        if self.code is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGTERM)
            self._wait_until(time.monotonic() + _GRACE_SECONDS, lambda: self.code is not None)
        if not self._is_reaping:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + _ENDING_SECONDS
        while self._reap() and time.monotonic() < deadline:
            for child in _children():
                _kill(child)
            self._look(_LOOK_MS, is_deaf=True)

    def _wait_until(self, deadline: float, is_done: Callable[[], bool]) -> None:
        while self._reap() and not is_done() and time.monotonic() < deadline:
            self._look(_LOOK_MS, is_deaf=True)

    def _look(self, timeout_ms: int | None, *, is_deaf: bool = False) -> bool:
        """Wait for a signal or an order, and pass orders on; False where all is to end."""
        watched = select.poll()
        watched.register(self._woken, select.POLLIN)
        if not is_deaf:
            watched.register(self._orders, select.POLLIN)
        ready = [one for one, _ in watched.poll(timeout_ms)]
        woken = os.read(self._woken, 4096) if self._woken in ready else b""
        if is_deaf:
            return False
        if self._orders in ready:
            numbers = os.read(self._orders, 64)
            for number in numbers:
                os.kill(self.pid, number)  # not reaped yet: the id is its own
            if not numbers:
                return False
        return signal.SIGTERM not in woken

    def _reap(self) -> bool:
        """Take note of who has ended; whether anybody is left."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return True
                if pid == self.pid:
                    self.code = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            return False


def _children() -> list[int]:
    """Our children, as the kernel lists them, or by asking every process for its parent."""
    own = os.getpid()
    with suppress(OSError):
        return list(map(int, _content(f"/proc/{own}/task/{own}/children").split()))
    with suppress(OSError), os.scandir("/proc") as entries:
        processes = [int(one.name) for one in entries if one.name.isdecimal()]
        return [pid for pid in processes if _parent(pid) == own]
    return []


def _parent(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int(_content(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
    return 0


def _content(path: str) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:  # pathlib takes 10 ms to import
        return file.read()


def _kill(child: int) -> None:
    """A child that is not reaped, and its whole process group: some fork faster than we look.

    Nobody but offspring of the command can be in a group of its session, nor of theirs.
    """
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(child)
        if group != os.getpgrp():
            os.killpg(group, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)


def _main(words: list[str]) -> None:
    parent, status, orders = map(int, words[:3])
    for pipe in (status, orders):
        os.set_inheritable(pipe, False)
    if words[3]:
        os.environ["LC_CTYPE"] = words[3]
    else:
        os.environ.pop("LC_CTYPE", None)
    keeper = _Keeper(orders)
    if os.getppid() != parent:
        return
    trouble = keeper.start(words[4:])
    if trouble:
        os.write(status, b"error %d\n" % trouble)
        return
    with suppress(OSError):  # the end of the command's output is that of the command
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    with suppress(BrokenPipeError):
        os.write(status, b"pid %d\n" % keeper.pid)
        keeper.wait()
    keeper.end()
    with suppress(BrokenPipeError):
        os.write(status, b"exit %d\n" % (-signal.SIGKILL if keeper.code is None else keeper.code))


if __name__ == "__main__":
    _main(sys.argv[1:])
