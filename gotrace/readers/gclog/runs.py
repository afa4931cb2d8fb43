"""Whose line is it? Logs of several programs, one behind the other or mixed, told apart.

A program numbers its cycles 1, 2, 3, ... and its clock does not go back. A line goes to the program
whose next one it can be; if there is none, it is the first of another. What a log collector puts
before every line (`db-1  | `, `host app[4711]: `) keeps programs apart for sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gotrace.readers.gclog.cycle_lines import CycleLine

__all__ = ["Place", "Program", "Programs"]

_MOST_LABELS = 4096
_LABEL_BYTES = 512
_MOST_PROGRAMS = 64
"""Programs of one label that may go on; the one that said nothing for longest is given up."""

_LABEL = re.compile(
    rb"(?:^|[\s\]])([\w.@/-]{1,200}\[\d{1,10}\]):"
    rb"|^(?:\x1b\[[\d;]*m)?([\w./-]{1,200})[ \t]*(?:\x1b\[[\d;]*m)?[ \t]*\|"
    rb"|^(\[[\w./-]{1,200}\])\s"
)
"""`app[4711]:` of syslog and journald, `web  |` of docker, `[pod/name/container]` of kubectl."""


@dataclass
class Program:
    """One program's log so far; `row` is where its last cycle stands in the table."""

    run: int
    number: int = 0
    time_ns: int = -1
    text: bytes = b""
    row: int = -1


@dataclass(frozen=True)
class Place:
    """Where a cycle belongs; `missing` cycles before it are not in the log."""

    program: Program
    missing: int = 0
    is_new: bool = False
    is_repeat: bool = False


@dataclass
class Programs:
    """All programs met; `count` of them."""

    count: int = 0
    _by_label: dict[bytes, list[Program]] = field(default_factory=dict)

    @staticmethod
    def label(prefix: bytes) -> bytes:
        """What a log collector calls the program, by what stands before its text; may be empty."""
        match = _LABEL.search(prefix[:_LABEL_BYTES])
        return b"" if match is None else next(group for group in match.groups() if group)

    def place(self, label: bytes, cycle: CycleLine, text: bytes) -> Place:
        """Find the program of a cycle, `text` as printed, and remember that it got so far."""
        programs = self._by_label.setdefault(label, [])
        if len(self._by_label) > _MOST_LABELS:
            del self._by_label[next(iter(self._by_label))]
        for program in programs:
            if program.text == text:
                return Place(program, is_repeat=True)
        found = _follower(programs, cycle)
        is_new = found is None
        if found is None:
            found = Program(self.count)
            self.count += 1
        else:
            programs.remove(found)
        missing = 0 if is_new else cycle.number - found.number - 1
        found.number, found.text = cycle.number, text
        found.time_ns = max(found.time_ns, cycle.time_ns)
        programs.append(found)
        del programs[:-_MOST_PROGRAMS]
        return Place(found, missing, is_new)

    def last(self, label: bytes) -> Program | None:
        """The program of a label that printed a cycle last."""
        programs = self._by_label.get(label)
        return programs[-1] if programs else None


def _follower(programs: list[Program], cycle: CycleLine) -> Program | None:
    """The program that goes on with `cycle`: by number, else with the fewest lines missing."""
    best = None
    for program in reversed(programs):  # of equals the one that printed last
        is_later = cycle.time_ns < 0 or cycle.time_ns >= program.time_ns
        is_next = cycle.number > program.number and is_later
        if is_next and (best is None or program.number > best.number):
            best = program
    return best
