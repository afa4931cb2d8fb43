"""A log with lines of `GODEBUG=gctrace=1` among others: bytes of any length to a `Recording`.

The log is read once, a block at a time: what stays in memory are the rows of the tables, at most
`MOST_ROWS` of each.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from gotrace.errors import LimitError, MalformedError, UnrecognisedError
from gotrace.readers.gclog.cycle_lines import layout, narrowed, parse_cycle
from gotrace.readers.gclog.heads import (
    BEFORE_1_5,
    DETAIL,
    HEADS,
    looks_like_the_collector,
)
from gotrace.readers.gclog.log_lines import LogLines
from gotrace.readers.gclog.losses import Losses
from gotrace.readers.gclog.mend import Broken, Mended
from gotrace.readers.gclog.pacer_lines import parse_pacer
from gotrace.readers.gclog.runs import Programs
from gotrace.readers.gclog.scavenger_lines import parse_scavenger
from gotrace.readers.gclog.tables import LogTables
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.recognise import IDENTIFY_BYTES, no_gc_log
from gotrace.readers.stored import Bytes, open_bytes
from gotrace.tables.recording import Origin, Recording

__all__ = ["MOST_ROWS", "read_gc_log"]

MOST_ROWS = 1_000_000
"""Cycles of one log (and pacer lines, and lines of the scavenger); a program that collects ten
times a second prints so many in 27 hours."""

_FORMAT = "GODEBUG=gctrace=1 log"
_PERIODIC = b"GC forced"
_JSON_ARROW = b"\\u003e"  # docker's json-file log writes `>` so


def read_gc_log(
    source: str | Peeked, limits: Limits = DEFAULT, *, strict: bool = False
) -> Recording:
    """Read the log at `source`: a path, `-` for standard input, or an http(s) address; gzip too.

    The recording's kind is `gclog`; its tables are `gc_cycles`, `gc_pauses`, `gc_pacing` and
    `scavenges` (`gotrace.tables.gc_schema`). Other programs' lines are counted, lines of the
    collector that cannot be read are noted with their numbers; with `strict` these, and a log that
    is cut off, are errors.

    Raises InputError: UnrecognisedError for what is no log or has no line of the collector,
    LimitError for more than `MOST_ROWS` cycles.
    """
    with open_bytes(source, limits) as content:
        log = _Log(content, limits, strict)
        log.read()
        return log.recording(str(source))


class _Log:
    """One log, read line by line into tables."""

    def __init__(self, content: Bytes, limits: Limits, strict: bool) -> None:
        self._content = content
        self._strict = strict
        self._lines = LogLines(content, limits.text_line_bytes, _refuse_others)
        self._losses = Losses()
        self._tables = LogTables(self._losses, _check_rows)
        self._told = 0
        self._layouts: set[str] = set()
        self._last_unread = 0
        self._broken: Broken | None = None

    def read(self) -> None:
        """Take every line."""
        for number, line in self._lines:
            self._told += self._mend(number, line) or self._line(number, line)
        self._give_up()
        error = self._lines.error
        if error is not None:
            if self._strict or not self._tables.cycles.count:
                raise error
            offset = "" if error.offset is None else f" at byte {error.offset}"
            self._losses.add("log-is-cut", text=f"the log ends early: {error.reason}{offset}")
        self._count()
        if not self._tables.cycles.count:
            raise UnrecognisedError(
                f"no line of GODEBUG=gctrace=1 that can be read (of {self._lines.count:,})",
                advice="start the program with GODEBUG=gctrace=1 and keep its standard error",
            )

    def recording(self, name: str) -> Recording:
        """What was read."""
        columns = self._tables.finish()
        versions = " and ".join(narrowed(self._layouts))
        ends = columns["gc_cycles"].array("end_time_ns")
        origin = Origin(
            paths=(name,),
            format=f"{_FORMAT} ({versions})",
            sha256=self._content.sha256,
            size_bytes=self._content.stored_bytes,
        )
        if self._tables.programs.count == 1:
            origin = replace(origin, duration_ns=max(int(ends.max()), 0))
        return Recording("gclog", origin, columns, self._losses.notes())

    def _mend(self, number: int, line: bytes) -> bool:
        """Whether a line is a part of one that was written into before."""
        broken = self._broken
        if broken is None:
            return False
        if broken.is_over(number):
            self._give_up()
            return False
        found = broken.offer(number, line)
        if isinstance(found, Mended):
            self._broken = None
            self._losses.add("gc-lines-mended", broken.line)
            self._layouts.add(layout(found.cycle))
            self._tables.cycle(broken.line, broken.label, found.cycle, found.text)
        return found is not False

    def _give_up(self) -> None:
        """The rest of a line did not come."""
        broken, self._broken = self._broken, None
        for line in broken.lines if broken is not None else ():
            self._unread(line, b"")

    def _line(self, number: int, line: bytes) -> bool:
        """Read a line, which may hold several lines that were printed at once, or none."""
        heads = [match.start() for match in HEADS.finditer(line)]
        label = Programs.label(line[: heads[0]] if heads else line)
        found = False
        for begin, end in pairwise([*heads, len(line)]):
            found |= self._stretch(number, label, line[begin:end])
        rest = line[: heads[0]] if heads else line
        if looks_like_the_collector(rest):
            self._unread(number, rest)
            found = True
        return found

    def _stretch(self, number: int, label: bytes, text: bytes) -> bool:
        """Read what begins like the collector's; False if it is somebody else's."""
        if _JSON_ARROW in text:
            text = text.replace(_JSON_ARROW, b">")
        if text.startswith(b"gc "):
            cycle = parse_cycle(text)
            if cycle is not None:
                self._layouts.add(layout(cycle))
                self._tables.cycle(number, label, cycle, text[: cycle.length])
                return True
            self._give_up()
            self._broken = Broken(number, label, text)
            return True
        elif text.startswith(b"pacer: "):
            pacing = parse_pacer(text)
            if pacing is not None:
                self._tables.pacer(number, label, pacing)
                return True
        elif text.startswith(_PERIODIC):
            if text[len(_PERIODIC) : len(_PERIODIC) + 1] not in b'\\"':
                return False
            self._tables.periodic(label)
            return True
        elif DETAIL.match(text):
            self._losses.add("gc-detail-lines", number)
            return True
        else:
            scavenge = parse_scavenger(text)
            if scavenge is not None:
                self._tables.scavenge(number, label, scavenge)
                return True
        if not looks_like_the_collector(text):
            return False
        self._unread(number, text)
        return True

    def _unread(self, number: int, text: bytes) -> None:
        slug = "gc-lines-before-go1.5" if BEFORE_1_5.search(text) else "gc-lines-unread"
        if self._strict:
            raise MalformedError(f"line {number}: cannot be read as a line of the collector")
        if number != self._last_unread:
            self._losses.add(slug, number)
        self._last_unread = max(number, self._last_unread)

    def _count(self) -> None:
        lines = self._lines
        foreign = lines.count - self._told
        for slug, count in (
            ("foreign-lines", foreign),
            ("nul-bytes", lines.nuls_count),
            ("overlong-lines", lines.long_count),
        ):
            if count:
                self._losses.add(slug, count=count)
        if lines.is_cut and self._last_unread != lines.count:
            self._losses.add("log-may-be-cut", lines.count)


def _refuse_others(head: bytes) -> None:
    refusal = no_gc_log(head[:IDENTIFY_BYTES])
    if refusal is not None:
        raise refusal


def _check_rows(count: int) -> None:
    if count >= MOST_ROWS:
        raise LimitError(
            f"more than {MOST_ROWS:,} lines of the collector",
            advice="pass a part of the log, such as `tail -n 1000000 LOG | gotrace convert -`",
        )
