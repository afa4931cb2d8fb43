"""A/A: the same code held against its own baseline again and again, in slices of time.

Every check is a line of JSON in a file that only grows, so that what was begun goes on where it
ended. A check that is to be quiet waits for a quiet second, and is told apart afterwards by how
much of the processors others used while it ran: nothing is thrown away.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from gotrace.tables.budget import Mode, Outcome
from tests.budgets.measuring import MODULE, NEWEST, Bench, overruns

__all__ = ["HEAD", "Checks", "OneCheck"]

HEAD = (
    "| machine | CPU used by others | checks | gates judged | over | cannot tell, advice included "
    "| checks failed |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)
_QUIET_RATIO = 0.1
"""Of all processors' time: what others may use while a check counts as quiet."""
_BUSY_LOAD = 1.5
"""Load average for each CPU from which on a machine is busy without our help."""
_SPIN = "while True: pass"
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class OneCheck:
    """What one check said, and what else the machine did meanwhile (of all processors' time)."""

    gates: int
    over: tuple[str, ...]
    unclear: int
    is_failure: bool
    others_ratio: float
    seconds: float

    @property
    def is_quiet(self) -> bool:
        return self.others_ratio <= _QUIET_RATIO


class Checks:
    """The checks of one machine state, in a folder of their own: a baseline, and `checks.jsonl`.

    The folder's name holds the Go version and a digest of the module, so a changed sample is
    measured anew.
    """

    def __init__(self, folder: Path, *, is_busy: bool, iterations: int = 20) -> None:
        state = "busy" if is_busy else "quiet"
        place = folder / f"{state}-{NEWEST.version}-{_digest()}"
        place.mkdir(parents=True, exist_ok=True)
        self._is_busy = is_busy
        self._file = place / "checks.jsonl"
        self._bench = Bench(place, iterations=iterations)

    def done(self) -> list[OneCheck]:
        """All checks so far."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [OneCheck(**{**row, "over": tuple(row["over"])}) for row in map(json.loads, lines)]

    def counted(self) -> list[OneCheck]:
        """Those that were made in the state that was asked for."""
        return [check for check in self.done() if self._is_busy or check.is_quiet]

    def measure(self, times: int, seconds: float) -> int:
        """Check until there are `times`, or for so long; returns how many are there."""
        end = time.monotonic() + seconds
        with _busy(self._is_busy):
            if not self._bench.is_blessed and self._is_time(end):
                self._bench.bless()
            while (count := len(self.counted())) < times and self._is_time(end):
                check = self._check()
                print(count + 1, check, flush=True)
        return len(self.counted())

    def rows(self) -> str:
        """The table: checks as asked for, and beside quiet ones those that were disturbed."""
        counted = self.counted()
        if self._is_busy:
            return _row("busy", counted)
        disturbed = [check for check in self.done() if not check.is_quiet]
        told = [("quiet", counted), ("disturbed while it ran", disturbed)]
        return "\n".join(_row(state, checks) for state, checks in told if checks)

    def _check(self) -> OneCheck:
        begun, ours, all_work = time.monotonic(), _own_seconds(), _busy_seconds()
        checked = self._bench.check()
        seconds = time.monotonic() - begun
        others = (_busy_seconds() - all_work) - (_own_seconds() - ours)
        check = OneCheck(
            gates=sum(verdict.budget.mode is Mode.GATE for verdict in checked.verdicts),
            over=tuple(sorted(overruns(checked))),
            unclear=checked.counted(Outcome.CANNOT_TELL),
            is_failure=checked.is_failure,
            others_ratio=round(max(others, 0) / seconds / _cpus(), 3),
            seconds=round(seconds, 1),
        )
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(check)) + "\n")
        return check

    def _is_time(self, end: float) -> bool:
        """Whether there is time left for a check, after waiting for a quiet second if need be."""
        while time.monotonic() < end:
            if self._is_busy:
                return True
            before = _busy_seconds()
            time.sleep(1)
            if _busy_seconds() - before <= _QUIET_RATIO * _cpus():
                return True
        return False


def _row(state: str, checks: Sequence[OneCheck]) -> str:
    ratios = [100 * check.others_ratio for check in checks]
    others = f"{min(ratios):.0f} to {max(ratios):.0f} % of {_cpus()} CPUs"
    gates, over = sum(check.gates for check in checks), sum(len(check.over) for check in checks)
    unclear = sum(check.unclear for check in checks)
    failed = sum(check.is_failure for check in checks)
    return f"| {state} | {others} | {len(checks)} | {gates} | {over} | {unclear} | {failed} |"


def _digest() -> str:
    """Of everything that is copied and compiled."""
    sum_of_all = hashlib.sha256()
    for path in sorted([*MODULE.glob("**/*.go"), MODULE / "gotrace.toml", MODULE / "go.mod"]):
        sum_of_all.update(path.relative_to(MODULE).as_posix().encode() + path.read_bytes())
    return sum_of_all.hexdigest()[:12]


def _cpus() -> int:
    return os.cpu_count() or 1


def _busy_seconds() -> float:
    """What all processors have worked since the machine began (proc(5), `stat`)."""
    user, nice, system, _, _, irq, softirq = map(
        int, Path("/proc/stat").read_text(encoding="ascii").split()[1:8]
    )
    return (user + nice + system + irq + softirq) * _TICK_SECONDS


def _own_seconds() -> float:
    """What this process and those that it waited for have worked."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def _busy(is_wanted: bool) -> Iterator[None]:
    """Two spinning processes for each CPU, unless others keep the machine busy already."""
    is_needed = is_wanted and os.getloadavg()[0] < _BUSY_LOAD * _cpus()
    command = [sys.executable, "-c", _SPIN]
    spinning = [subprocess.Popen(command) for _ in range(2 * _cpus() if is_needed else 0)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()
