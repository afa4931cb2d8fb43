"""One test for each kind of damage: what was said is read, or told of with its line."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from gotrace.errors import LimitError, MalformedError, TruncatedError, UnrecognisedError
from gotrace.readers.gclog import reader
from gotrace.tables.notes import Severity
from gotrace.tables.recording import Recording
from tests.readers.gclog.logs import cycle, note, read, rows, slugs

WHOLE = b"\n".join([cycle(1), cycle(2), cycle(3, end=" (forced)")]) + b"\n"


def numbers(recording: Recording) -> list[int]:
    return [row["gc_cycle"] for row in rows(recording)]


@pytest.mark.parametrize("at", [8, 12, 20, 30, 52, 75, 90, 110, 125])
def test_a_line_cut_in_half_is_told_of_with_its_number(at: int, tmp_path: Path) -> None:
    log = cycle(1) + b"\n" + cycle(2)[:at] + b"\n" + cycle(3) + b"\n"
    recording = read(log, tmp_path)
    assert numbers(recording) == [1, 3]
    found = note(recording, "gc-lines-unread")
    assert (found.severity, found.count, found.where) == (Severity.LOSS, 1, "line 2")
    assert note(recording, "gc-lines-missing").where == "line 3"
    with pytest.raises(MalformedError, match="line 2"):
        read(log, tmp_path, strict=True)


@pytest.mark.parametrize("at", [3, 12, 30, 52, 75, 90])
def test_the_other_half_alone_is_told_of_too(at: int, tmp_path: Path) -> None:
    recording = read(cycle(1) + b"\n" + cycle(2)[at:] + b"\n", tmp_path)
    assert numbers(recording) == [1]
    assert note(recording, "gc-lines-unread").where == "line 2"


@pytest.mark.parametrize("at", range(1, len(cycle(1)) + 1))
def test_a_log_cut_anywhere_is_read_up_to_there(at: int, tmp_path: Path) -> None:
    recording = read(cycle(1) + b"\n" + cycle(2)[:at], tmp_path)
    assert numbers(recording) == ([1, 2] if at == len(cycle(2)) else [1])
    assert slugs(recording) & {"gc-lines-unread", "log-may-be-cut"}


def test_a_mark_cut_in_half_still_says_forced(tmp_path: Path) -> None:
    for end, reason in ((" (forced)", "forced"), (" (for", "forced"), (" (x", "heap")):
        assert rows(read(cycle(1, end=end), tmp_path))[0]["reason"] == reason


def test_a_log_without_an_end_of_its_last_line_may_be_cut(tmp_path: Path) -> None:
    recording = read(WHOLE.removesuffix(b"\n"), tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert note(recording, "log-may-be-cut").where == "line 3"
    assert slugs(read(WHOLE, tmp_path)) == set()


def test_two_lines_that_were_written_at_once_are_both_read(tmp_path: Path) -> None:
    log = cycle(1) + cycle(2, end=" (forced)") + b"pacer: sweep done at heap size 2MB; allocated "
    log += b"0MB during sweep; swept 9 pages at 1 pages/byteserving\n" + cycle(3) + b"oops\n"
    recording = read(log, tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert [row["line"] for row in rows(recording)] == [1, 1, 2]
    assert rows(recording, "gc_pacing")[0]["gc_cycle"] == 2
    assert slugs(recording) == set()


def test_a_line_that_another_was_written_into_is_told_of(tmp_path: Path) -> None:
    log = cycle(1) + b"\n" + cycle(2)[:40] + b"GET /index 200\n" + cycle(2)[40:] + b"\n"
    recording = read(log, tmp_path)
    assert numbers(recording) == [1]
    found = note(recording, "gc-lines-unread")
    assert (found.count, found.where) == (2, "lines 2, 3")


def test_a_line_that_breaks_into_another_is_read(tmp_path: Path) -> None:
    log = cycle(1)[:40] + cycle(2) + b"\n" + cycle(3) + b"\n"
    recording = read(log, tmp_path)
    assert numbers(recording) == [2, 3]
    assert note(recording, "gc-lines-unread").where == "line 1"


def test_foreign_lines_are_counted(tmp_path: Path) -> None:
    foreign = [b"listening on :8080", b"", b"init os @1.2 ms, 0.1 ms clock, 5 bytes, 1 allocs"]
    foreign += [b"gc is fine", b"the goal is 5", b"\xff\xfe\x80"]
    lines = [line for pair in zip(foreign, [cycle(i) for i in range(1, 7)], strict=True)
             for line in pair]  # fmt: skip
    recording = read(b"\n".join(lines) + b"\n", tmp_path)
    assert numbers(recording) == [1, 2, 3, 4, 5, 6]
    assert [row["line"] for row in rows(recording)] == [2, 4, 6, 8, 10, 12]
    assert note(recording, "foreign-lines").count == 6
    assert slugs(recording) == set()


@pytest.mark.parametrize(
    "prefix",
    [
        b"2026/11/21 10:11:12 ",
        b"Feb 26 12:52:23.767 ",
        b"Nov 21 10:11:12 host app[4711]: ",
        b"web-1  | ",
        b"\x1b[36mweb-1  |\x1b[0m ",
        b"[pod/web-1/app] ",
        b"2026-11-21T10:11:12.000000000Z stderr F ",
        b"\t",
        b'{"level":"info"}',
    ],
    ids=repr,
)
def test_what_a_collector_of_logs_puts_before_a_line_does_no_harm(
    prefix: bytes, tmp_path: Path
) -> None:
    recording = read(b"".join(prefix + line + b"\n" for line in WHOLE.splitlines()), tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert rows(recording)[2]["reason"] == "forced"
    assert slugs(recording) == set()


def test_lines_within_json_are_read(tmp_path: Path) -> None:
    """Docker's own log files: `>` is `\\u003e` there, and the line's end stands in the text."""
    log = b"".join(
        b'{"log":"%s\\n","stream":"stderr","time":"2026-11-21T10:11:12Z"}\n'
        % line.replace(b">", b"\\u003e")
        for line in [cycle(1), b"GC forced", cycle(2, end=" (forced)")]
    )
    recording = read(log, tmp_path)
    assert [row["reason"] for row in rows(recording)] == ["heap", "forced"]
    assert slugs(recording) == set()


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    recording = read(WHOLE.replace(b"\n", b"\r\n"), tmp_path)
    assert rows(recording) == rows(read(WHOLE, tmp_path))
    assert slugs(recording) == set()


def test_nul_bytes_are_left_out_and_told_of(tmp_path: Path) -> None:
    """A log that was cut to nothing while it was written to begins with a hole."""
    recording = read(bytes(100_000) + WHOLE + b"\0\n" + cycle(4) + b"\n", tmp_path)
    assert numbers(recording) == [1, 2, 3, 4]
    assert [row["line"] for row in rows(recording)] == [1, 2, 3, 5]
    assert note(recording, "nul-bytes").count == 100_001


def test_utf_16_is_refused_by_name_and_read_without_its_mark(tmp_path: Path) -> None:
    text = WHOLE.decode()
    with pytest.raises(UnrecognisedError, match=r"UTF-16 text, not a log of .*iconv"):
        read(text.encode("utf-16"), tmp_path)
    recording = read(text.encode("utf-16-le"), tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert "nul-bytes" in slugs(recording)


def test_a_byte_order_mark_of_utf_8_is_passed_over(tmp_path: Path) -> None:
    assert numbers(read(b"\xef\xbb\xbf" + WHOLE, tmp_path)) == [1, 2, 3]


def test_lines_of_old_go_are_told_of(tmp_path: Path) -> None:
    old = b"gc1(1): 2+0+85+6 us, 0 -> 0 MB, 21 (21-0) objects, 2 goroutines\n"
    recording = read(old + WHOLE, tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert note(recording, "gc-lines-before-go1.5").where == "line 1"
    with pytest.raises(UnrecognisedError, match="no line of GODEBUG"):
        read(old + old, tmp_path)


def test_the_details_of_gctrace_2_are_counted(tmp_path: Path) -> None:
    detail = b"scan: total 26+29+0=55 objs, 9+0=9 spans\nscan: class 8B 7+0+0=7 objs\n"
    recording = read(WHOLE + detail, tmp_path)
    assert note(recording, "gc-detail-lines").count == 2


def test_only_the_first_ten_lines_are_named(tmp_path: Path) -> None:
    recording = read(WHOLE + b"gc 5 @1\n" * 25, tmp_path)
    found = note(recording, "gc-lines-unread")
    assert found.count == 25
    assert found.where == "lines 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, ..."


def test_a_line_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    log = b"".join(line + b"\n" + line + b"\n" for line in WHOLE.splitlines())
    recording = read(log, tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert note(recording, "gc-lines-repeated").count == 3


def test_an_overlong_line_is_looked_at_in_pieces(tmp_path: Path) -> None:
    long = b"x" * 2_500_000 + cycle(1) + b"y" * 2_500_000 + b"\n"
    recording = read(long + cycle(2) + b"\n", tmp_path)
    assert [row["line"] for row in rows(recording)] == [1, 2]
    assert note(recording, "overlong-lines").count == 1


def test_a_cut_gzip_log_gives_what_came_before(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(200_000).hex().encode()
    packed = gzip.compress(WHOLE + noise, mtime=0)[:60_000]
    recording = read(packed, tmp_path)
    assert numbers(recording) == [1, 2, 3]
    assert note(recording, "log-is-cut").severity is Severity.LOSS
    with pytest.raises(TruncatedError):
        read(packed, tmp_path, strict=True)


def test_more_cycles_than_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_ROWS", 2)
    with pytest.raises(LimitError, match="more than 2 lines"):
        read(WHOLE, tmp_path)


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_breaks_the_reader_and_never_goes_unsaid(
    seed: int, tmp_path: Path
) -> None:
    """Bytes changed, put in and taken out: a cycle that is gone is told of by some note."""
    dice = random.Random(seed)
    log = bytearray(b"\n".join(cycle(i) for i in range(1, 20)) + b"\n")
    for _ in range(dice.randrange(1, 12)):
        at = dice.randrange(200, len(log) - 200)
        length = dice.choice([0, 1, 1, 5, 40])
        log[at : at + length] = dice.randbytes(dice.choice([0, 1, 1, 5]))
    recording = read(bytes(log), tmp_path)
    if len(rows(recording)) < 19:
        assert slugs(recording) & {
            "gc-lines-unread", "gc-lines-missing", "several-programs", "gc-log-begins-late",
        }  # fmt: skip
