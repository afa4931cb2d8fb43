"""The Go command, as it is asked and run everywhere, and what it says where it fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gotrace.capture.watched_run import Bounds, Ended, run_watched

__all__ = ["GoCommand", "last_words"]

_NO_NETWORK = (
    b"GOPROXY=off", b"no required module provides", b"missing go.sum entry", b"GOVCS",
)  # fmt: skip
_OTHER_GO = (b"GOTOOLCHAIN=local", b"toolchain not available")
_TELLING = re.compile(
    r"^(panic:|fatal error:|SIG[A-Z]+: |unexpected fault|testing: |runtime: out of memory)"
)
_NOT_TELLING = re.compile(r"Benchmark|goos: |goarch: |pkg: |cpu: |(PASS|FAIL)$|exit status ")
"""What a test binary prints in any case."""
_WORDS = 300


@dataclass(frozen=True)
class GoCommand:
    """The Go command of one recording: where it runs, with which environment and time."""

    go: str
    folder: Path
    environment: Mapping[str, str]
    seconds: float
    shows_errors: bool = False
    """Whether what it says goes to our standard error as it comes, and is not kept."""

    def run(self, *words: str, error_bytes: int = 1 << 20) -> Ended:
        """Run `go WORDS`, keeping so much of what it says. Raises UsageError where it cannot."""
        bounds = Bounds(self.seconds, error_bytes=error_bytes)
        command = [self.go, *words]
        return run_watched(
            command, self.folder, self.environment, bounds, shows_errors=self.shows_errors
        )


def last_words(ended: Ended) -> str:
    """What a run that failed says of it, in a line: the line that tells most, and what to do."""
    if ended.stopped:
        return ended.stopped
    told = ended.errors if ended.errors.strip() else ended.output
    stripped = map(str.strip, told.decode("utf-8", "replace").splitlines())
    lines = [line for line in stripped if line and not _NOT_TELLING.match(line)]
    telling = [line for line in lines if _TELLING.match(line)]
    compiled = [line for line in lines if re.match(r"\S+\.go:\d+", line)]
    words = (telling or compiled[:1] or lines[-1:] or [f"exit code {ended.exit_code}"])[0][:_WORDS]
    if ended.exit_code < 0:
        words = f"ended by signal {-ended.exit_code}: {words}"
    if any(sign in ended.errors for sign in _OTHER_GO):
        words += "; gotrace downloads nothing: install that Go, and name it with --go"
    elif any(sign in ended.errors for sign in _NO_NETWORK):
        words += "; gotrace downloads nothing: fetch it by `go mod download` or `go mod tidy` first"
    return words
