"""Several programs' logs in one file, behind each other or mixed."""

from __future__ import annotations

from pathlib import Path

from tests.readers.gclog.logs import cycle, note, read, rows, slugs


def runs(log: list[bytes], folder: Path) -> list[tuple[int, int]]:
    found = rows(read(b"\n".join(log) + b"\n", folder))
    return [(row["run"], row["gc_cycle"]) for row in found]


def test_a_log_that_was_appended_to_counts_from_one_again(tmp_path: Path) -> None:
    log = [cycle(i) for i in (1, 2, 3)] + [cycle(i, goal=9) for i in (1, 2)]
    assert runs(log, tmp_path) == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    recording = read(b"\n".join(log) + b"\n", tmp_path)
    assert note(recording, "several-programs").message.startswith("2 programs")
    assert recording.origin.duration_ns == 0


def test_programs_that_write_at_the_same_time_are_told_apart_by_their_numbers(
    tmp_path: Path,
) -> None:
    one = [cycle(i, f"{i / 10:.3f}") for i in range(1, 5)]
    two = [cycle(i, f"{i / 7:.3f}", goal=9) for i in range(1, 5)]
    mixed = [one[0], one[1], two[0], one[2], two[1], two[2], one[3], two[3]]
    assert runs(mixed, tmp_path) == [
        (0, 1), (0, 2), (1, 1), (0, 3), (1, 2), (1, 3), (0, 4), (1, 4),
    ]  # fmt: skip


def test_labels_tell_programs_apart_where_numbers_do_not(tmp_path: Path) -> None:
    log = [
        (b"web  | " if i % 2 else b"db-1 | ") + cycle(number)
        for i, number in enumerate([5, 6, 6, 7, 7, 8])
    ]
    assert runs(log, tmp_path) == [(0, 5), (1, 6), (0, 6), (1, 7), (0, 7), (1, 8)]
    recording = read(b"\n".join(log) + b"\n", tmp_path)
    assert slugs(recording) == {"several-programs", "gc-log-begins-late"}


def test_the_same_service_started_anew_is_another_run(tmp_path: Path) -> None:
    log = [b"host app[%d]: " % pid + cycle(i) for pid in (7, 8) for i in (1, 2)]
    assert runs(log, tmp_path) == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_clock_that_begins_anew_is_another_program(tmp_path: Path) -> None:
    log = [cycle(8, "100.0"), cycle(9, "110.0"), cycle(10, "2.0", goal=9), cycle(11, "3.0")]
    assert runs(log, tmp_path) == [(0, 8), (0, 9), (1, 10), (1, 11)]


def test_missing_cycles_are_counted_and_the_program_goes_on(tmp_path: Path) -> None:
    recording = read(b"\n".join(cycle(i) for i in (1, 2, 5, 6, 9)) + b"\n", tmp_path)
    assert [row["run"] for row in rows(recording)] == [0] * 5
    found = note(recording, "gc-lines-missing")
    assert (found.count, found.where) == (4, "lines 3, 5, ...")


def test_a_log_that_begins_late_says_so(tmp_path: Path) -> None:
    recording = read(cycle(57) + b"\n" + cycle(58) + b"\n", tmp_path)
    assert slugs(recording) == {"gc-log-begins-late"}


def test_pacer_and_scavenger_lines_follow_the_label(tmp_path: Path) -> None:
    sweep = b"pacer: sweep done at heap size 2MB; allocated 0MB during sweep; swept 9 pages"
    scav = b"scav 0 KiB work (bg), 0 KiB work (eager), 8 KiB now, 83% util"
    log = [b"a | " + cycle(1), b"b | " + cycle(4), b"a | " + sweep, b"b | " + scav]
    recording = read(b"\n".join(log) + b"\n", tmp_path)
    (pacing,), (scavenge,) = rows(recording, "gc_pacing"), rows(recording, "scavenges")
    assert (pacing["run"], pacing["gc_cycle"]) == (0, 1)
    assert scavenge["run"] == 1


def test_thousands_of_programs_are_told_apart(tmp_path: Path) -> None:
    log = b"".join(b"w-%d | %b\n" % (i, cycle(1)) for i in range(5_000))
    assert rows(read(log, tmp_path))[-1]["run"] == 4_999
