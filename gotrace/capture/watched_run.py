"""A run that is watched: its time, its memory, and how much it writes, with an end for too much.

What a program prints is kept up to a bound, for it may print for ever, and beyond it the lines
alone by which a test binary tells results; of its standard error the last part is kept, where a
panic or a compiler says what is wrong.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gotrace.capture.kept_process import KeptProcess
from gotrace.capture.process import running

__all__ = ["Bounds", "Ended", "run_watched"]

_OUTPUT_BYTES = 64 << 20
_RESULT_BYTES = 8 << 20
_RESULT = re.compile(rb"^(?:.*Benchmark|PASS|FAIL|--- FAIL).*\n", re.M)
_LINE_BYTES = 4096
_LOOK_SECONDS = 0.02
"""Between two looks at the memory: at 4 GB/s a program takes 80 MB meanwhile."""
_DRAIN_SECONDS = 2.0
_QUIT_SECONDS = 2.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Bounds:
    """What a run may take: time, resident memory (0: any), and bytes of each file it writes."""

    seconds: float
    memory_bytes: int = 0
    files: tuple[Path, ...] = ()
    file_bytes: int = 0
    error_bytes: int = 1 << 20
    """How much of the end of standard error is kept, at least."""


@dataclass(frozen=True)
class Ended:
    """How a run ended; `stopped` says why we ended it, and is empty where it ended by itself."""

    command: tuple[str, ...]
    exit_code: int
    duration_s: float
    output: bytes
    errors: bytes
    stopped: str = ""
    is_cut: bool = False
    """Whether output beyond the bound was left out (but for results of benchmarks)."""

    @property
    def is_good(self) -> bool:
        """Whether it ended by itself, with 0."""
        return not self.stopped and self.exit_code == 0


def run_watched(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    bounds: Bounds,
    *,
    shows_errors: bool = False,
) -> Ended:
    """Run to the end, or until it takes too much; nobody whom it started is left behind.

    With `shows_errors` its standard error is ours, and none of it kept.
    Whatever unwinds us meanwhile (Ctrl-C, SIGTERM) ends all of them too. Raises UsageError where
    the command cannot be started.
    """
    begun = time.monotonic()
    pipes: list[_Kept] = []
    try:
        errors = None if shows_errors else subprocess.PIPE
        with running(command, folder, environment, errors) as process:
            assert process.stdout is not None
            pipes.append(_Kept(process.stdout, _OUTPUT_BYTES))
            if process.stderr is not None:
                pipes.append(_Tail(process.stderr, bounds.error_bytes))
            stopped = _watch(process, begun, bounds)
            if not stopped:
                for pipe in pipes:
                    pipe.join()
    finally:
        for pipe in pipes:
            pipe.close()
    output, told = pipes[0], b"".join(pipe.content for pipe in pipes[1:])
    return Ended(
        tuple(command), process.wait(0), time.monotonic() - begun,
        output.content, told, stopped, output.is_cut,
    )  # fmt: skip


def _watch(process: KeptProcess, begun: float, bounds: Bounds) -> str:
    """Wait for its end; else why it has to be ended."""
    while not _has_ended(process, _LOOK_SECONDS):
        if time.monotonic() - begun > bounds.seconds:
            _ask_where_it_is(process)
            return f"it did not end within {bounds.seconds:g} s"
        if bounds.memory_bytes and _resident_bytes(process.pid) > bounds.memory_bytes:
            return f"it took more than {_mib(bounds.memory_bytes)} of memory"
        if bounds.file_bytes and any(_size(file) > bounds.file_bytes for file in bounds.files):
            return f"it wrote more than {_mib(bounds.file_bytes)}"
    return ""


def _ask_where_it_is(process: KeptProcess) -> None:
    """Have a Go program print the stacks of its goroutines, and give it time to."""
    process.send_signal(signal.SIGQUIT)
    _has_ended(process, _QUIT_SECONDS)


def _has_ended(process: KeptProcess, seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return True
    return False


def _resident_bytes(pid: int) -> int:
    """Resident memory of one process; 0 where nobody tells (it ended, or no /proc)."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 20):,.0f} MiB"


class _Kept:
    """Reads a pipe to its end in a thread; keeps the first bytes, and behind them results alone."""

    def __init__(self, pipe: IO[bytes], bound: int) -> None:
        self._pipe, self._bound = pipe, bound
        self._data = bytearray()
        self._line = b""
        self.is_cut = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def content(self) -> bytes:
        """What is kept."""
        return bytes(self._data)

    def join(self) -> None:
        """Wait for the end of the pipe; not for long, somebody who got away may hold it."""
        self._thread.join(_DRAIN_SECONDS)

    def close(self) -> None:
        """Wait, and close the pipe unless somebody who got away holds it still."""
        self.join()
        if not self._thread.is_alive():
            self._pipe.close()

    def _read(self) -> None:
        while chunk := os.read(self._pipe.fileno(), 1 << 16):
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        room = self._bound - len(self._data)
        if not self.is_cut and len(chunk) <= room:
            self._data += chunk
            return
        if not self.is_cut:
            self.is_cut = True
            self._data += chunk[:room] + b"\n"
            chunk = b"..." + chunk[room:]
        lines, newline, rest = (self._line + chunk).rpartition(b"\n")
        self._line = rest[:_LINE_BYTES]
        for line in _RESULT.findall(lines + newline):
            if len(self._data) < self._bound + _RESULT_BYTES:
                self._data += line


class _Tail(_Kept):
    """Keeps the last bytes instead."""

    def _take(self, chunk: bytes) -> None:
        self._data += chunk
        if len(self._data) > 2 * self._bound:
            del self._data[: -self._bound]
