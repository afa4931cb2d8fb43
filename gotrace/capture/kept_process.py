"""A command below a keeper (`gotrace.capture.keeper`), which lets nobody outlive it, nor us."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gotrace.errors import UsageError

__all__ = ["KeptProcess"]

_KEEPER = Path(__file__).with_name("keeper.py")
_LONGEST_END_SECONDS = 20.0
"""The keeper takes 12 at most; then it is ended itself."""


class KeptProcess:
    """A command that leads a session of its own, with a pipe for its output.

    As `subprocess.Popen`, but for `end`, which is to be called whatever happens: it ends the
    command and, on Linux, all that it started, whatever these did to get away. The same happens
    where we are killed. On other systems those end that stayed in its process group.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        errors: int | None = None,
    ) -> None:
        """`errors` is where its standard error goes (None: to ours). UsageError if it is none."""
        self.args = list(command)
        self.returncode: int | None = None
        self._told = b""
        self._status, status = os.pipe()
        orders, self._orders = os.pipe()
        given = os.environ if environment is None else environment
        try:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(os.getpid()), str(status),
                 str(orders), given.get("LC_CTYPE", ""), *command],
                cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True, pass_fds=(status, orders),
            )  # fmt: skip
        except (OSError, ValueError) as error:
            self._close()
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"`{command[0]}` cannot be run: {why}") from error
        finally:
            os.close(status)
            os.close(orders)
        self.stdout, self.stderr = self._keeper.stdout, self._keeper.stderr
        self.pid = self._begun()

    def _begun(self) -> int:
        """The process id of the command, once it runs."""
        word, number = self._line(None)
        if word == "pid":
            return number
        self.end()
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        why = os.strerror(number) if word == "error" else "the process that would keep it has ended"
        raise UsageError(f"`{self.args[0]}` cannot be run: {why}")

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it) if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, as soon as it and all that it started have ended.

        Raises `subprocess.TimeoutExpired` after so many seconds.
        """
        if self.returncode is None:
            word, number = self._line(timeout)
            # A keeper that was killed itself has taken the command with it.
            self.returncode = number if word == "exit" else -signal.SIGKILL
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it to the command alone, if that has not ended."""
        with suppress(BrokenPipeError):
            os.write(self._orders, bytes([number]))

    def end(self) -> None:
        """End the command, and all that it started: politely while it lives, then for good."""
        os.close(self._orders)
        self._orders = -1
        try:
            self._keeper.wait(_LONGEST_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        if self.poll() is None:
            self.returncode = -signal.SIGKILL
        self._close()

    def _line(self, timeout: float | None) -> tuple[str, int]:
        """The next of what the keeper says; an empty word where it has ended."""
        watched = select.poll()
        watched.register(self._status, select.POLLIN)
        while b"\n" not in self._told:
            if not watched.poll(None if timeout is None else max(timeout, 0) * 1000):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            more = os.read(self._status, 64)
            if not more:
                return "", 0
            self._told += more
        line, _, self._told = self._told.partition(b"\n")
        word, _, number = line.decode("ascii").partition(" ")
        return word, int(number)

    def _close(self) -> None:
        for pipe in (self._orders, self._status):
            if pipe >= 0:
                os.close(pipe)
        self._orders = self._status = -1
