"""A command with all that it starts: its output as it comes, and nobody of it left behind.

Whatever ends us (an error, a time limit, Ctrl-C, SIGTERM, SIGHUP, even SIGKILL) ends all of it:
`go test` has children of its own, and a test may leave a server running. How: see
`gotrace.capture.keeper`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

from gotrace.capture.kept_process import KeptProcess
from gotrace.errors import GotraceError

__all__ = ["CommandError", "run_command", "running", "signals_unwind"]

_DRAIN_SECONDS = 2.0
"""How long output is waited for once all have ended: whoever got away may hold the pipe."""


class CommandError(GotraceError):
    """A command that was run for the user failed; the build should."""

    exit_code = 1


def run_command(
    command: Sequence[str],
    *,
    shown: BinaryIO,
    copy: BinaryIO | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    deadline: float | None = None,
) -> int:
    """Run to the end and return the exit code (negative: the signal that ended it).

    Standard output goes to `shown`, and to `copy` too; standard error is ours. `deadline` is one of
    `time.monotonic`. Raises CommandError when it passes, and UsageError where the command is none.
    """
    reader = None
    try:
        with running(command, folder, environment) as process:
            assert process.stdout is not None
            targets = [shown, *([copy] if copy else [])]
            reader = threading.Thread(target=_copied, args=(process.stdout, targets), daemon=True)
            reader.start()
            code = process.wait(None if deadline is None else max(deadline - time.monotonic(), 0))
            reader.join(_DRAIN_SECONDS)
            return code
    except subprocess.TimeoutExpired:
        raise CommandError(f"`{' '.join(command[:2])}` was stopped: --timeout passed") from None
    finally:
        if reader is not None:
            reader.join(_DRAIN_SECONDS)
            if not reader.is_alive() and process.stdout:  # who got away may hold the pipe
                process.stdout.close()


@contextmanager
def running(
    command: Sequence[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    errors: int | None = None,
) -> Iterator[KeptProcess]:
    """A command, with a pipe for its output; at the end nobody is left of what it started.

    `errors` is where its standard error goes (None: to ours). Signals that would end us wait while
    it is started and while it is ended: in between it would be nobody's. Raises UsageError where
    the command is none.
    """
    with signals_unwind():
        waiting = _WaitingSignals()
        process = None
        try:
            process = KeptProcess(command, folder, environment, errors)
            waiting.let_come()
            yield process
        finally:
            waiting.hold()
            try:
                if process is not None:
                    process.end()
            finally:
                waiting.let_come()


class _WaitingSignals:
    """Holds back, from the beginning, the signals that would end us; in the main thread only."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._came: list[int] = []
        self.hold()

    def hold(self) -> None:
        """Remember them instead; those that are ignored stay so, for children inherit that."""
        if threading.current_thread() is not threading.main_thread() or self._before:
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, self._remember)

    def let_come(self) -> None:
        """As before; what came meanwhile does now what it would have done."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        while self._came:
            signal.raise_signal(self._came.pop())

    def _remember(self, number: int, _frame: object) -> None:
        self._came.append(number)


def _copied(source: IO[bytes], targets: Sequence[BinaryIO]) -> None:
    """Copy as it comes; a reader of ours that went away is no reason to stop the command."""
    while chunk := os.read(source.fileno(), 1 << 16):
        for target in targets:
            with suppress(OSError, ValueError):
                target.write(chunk)
                target.flush()


@contextmanager
def signals_unwind() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit, as SIGINT raises KeyboardInterrupt.

    One that is ignored (`nohup`) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, _leave)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)
