"""`gotrace report` from the outside: output, exit codes, files."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import HEAP, SAMPLES, gotrace


def test_a_heap_profile_is_reported_in_plain_text_when_piped() -> None:
    done = gotrace("report", HEAP)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "\x1b" not in text
    for heading in ("flat%", "inuse_space", "size class"):
        assert heading in text.lower()
    assert done.stderr == b""


def test_standard_input_is_read_like_a_file() -> None:
    piped = gotrace("report", "-", "--format", "json", stdin=HEAP.read_bytes())
    named = gotrace("report", HEAP, "--format", "json")
    ours, theirs = json.loads(piped.stdout), json.loads(named.stdout)
    assert ours["results"] == theirs["results"] or ours.keys() == theirs.keys()
    assert piped.returncode == 0


def test_raw_and_gzipped_profiles_give_the_same_report(tmp_path: Path) -> None:
    raw = tmp_path / "heap.pb"
    raw.write_bytes(gzip.decompress(HEAP.read_bytes()))
    ours = gotrace("report", raw, "--format", "csv").stdout
    assert ours == gotrace("report", HEAP, "--format", "csv").stdout
    assert len(ours.splitlines()) > 5


def test_pprof_flags_work_with_one_dash_and_with_two() -> None:
    one = gotrace("report", "-sample_index=alloc_objects", "-lines", "-focus", "json", HEAP)
    two = gotrace("report", "--alloc_objects", "--lines", "--focus=json", HEAP)
    assert one.returncode == two.returncode == 0, one.stderr.decode()
    assert one.stdout == two.stdout
    assert b"alloc_objects" in one.stdout


def test_go_spellings_of_booleans_are_understood() -> None:
    common = ("report", HEAP, "-alloc_space", "--format", "csv")
    trimmed = gotrace(*common, "-trim=true").stdout.splitlines()
    whole = gotrace(*common, "-trim=false").stdout.splitlines()
    assert len(whole) > len(trimmed) > 1


def test_csv_has_a_row_for_each_size_class() -> None:
    done = gotrace("report", HEAP, "--format", "csv", "--table", "size_classes")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert len(rows) > 5


def test_an_unknown_table_is_a_usage_error_that_lists_the_tables() -> None:
    done = gotrace("report", HEAP, "--format", "csv", "--table", "nonsense")
    assert done.returncode == 2
    assert b"size_classes" in done.stderr


def test_output_goes_to_a_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    done = gotrace("report", HEAP, "--format", "json", "-o", target)
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(target.read_text())["schema"] == "gotrace.report/1"
    assert list(tmp_path.iterdir()) == [target]


def test_charts_are_drawn_as_png_and_svg(tmp_path: Path) -> None:
    done = gotrace("report", HEAP, "--charts", tmp_path / "charts")
    assert done.returncode == 0, done.stderr.decode()
    suffixes = sorted(path.suffix for path in (tmp_path / "charts").iterdir())
    assert suffixes.count(".png") == suffixes.count(".svg") >= 3


def test_several_profiles_are_added_up() -> None:
    done = gotrace("report", HEAP, HEAP, "-unit=bytes", "--format", "csv", "-trim=false")
    single = gotrace("report", HEAP, "-unit=bytes", "--format", "csv", "-trim=false")

    def total(output: bytes) -> int:
        rows = list(csv.DictReader(io.StringIO(output.decode())))
        column = next(name for name in rows[0] if name.startswith("flat"))
        return sum(int(row[column]) for row in rows)

    assert total(done.stdout) == 2 * total(single.stdout) > 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["report", "-sample_index=nonsense", HEAP], b"alloc_space"),
        (["report", "-focus=(", HEAP], b"focus"),
        (["report", HEAP, "--max-size", "huge"], b"is not a size"),
        (["report", HEAP, "--runtime", "go9.9"], b"go9.9"),
        (["report", HEAP, "-flat", "-cum"], b"conflicting options: -flat, -cum"),
        (["report", HEAP, "-lines", "-files"], b"conflicting options"),
        (["report", HEAP, "-inuse_space", "-alloc_space"], b"conflicting options"),
        (["report", HEAP, "-inuse_space", "-sample_index=1"], b"-inuse_space, -sample_index=1"),
        (["report", HEAP, "-base", HEAP, "-diff_base", HEAP], b"cannot both"),
        (["report", HEAP, "-normalize"], b"-normalize needs"),
        (["report"], b"Missing argument"),
        (["report", HEAP, "--nonsense"], b"--nonsense"),
        (["report", ""], b"the name of an input is empty"),
        (["report", HEAP, "--table", "top"], b"--table goes with --format csv"),
        (["diff", HEAP, HEAP, "--table", "top"], b"--table goes with --format csv"),
        (["report", "-", "-"], b"can be read only once"),
        (["report", "-", "-base", "-"], b"can be read only once"),
        (["diff", "-", "-"], b"can be read only once"),
        (["report", HEAP, SAMPLES / "service" / "go1.27" / "cpu.pb.gz"], b"in common"),
    ],
)
def test_a_question_that_does_not_fit_ends_with_2(arguments: list[str], reason: bytes) -> None:
    done = gotrace(*arguments, stdin=HEAP.read_bytes())
    assert done.returncode == 2
    assert reason in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty", b"", b"empty"),
        ("cut.pb.gz", HEAP.read_bytes()[:1000], b"cut.pb.gz"),
        ("page.html", b"<!doctype html><html></html>", b"HTML"),
        ("trace.out", b"go 1.99 trace\0\0\0", b"1.99"),
    ],
)
def test_an_unreadable_input_ends_with_3_and_one_line(
    tmp_path: Path, name: str, content: bytes, reason: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    done = gotrace("report", tmp_path / name)
    assert done.returncode == 3
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert name.encode() in done.stderr
    assert reason in done.stderr


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    done = gotrace("report", tmp_path)
    assert done.returncode == 3
    assert b"recording.json" in done.stderr


def test_a_missing_file_is_named() -> None:
    done = gotrace("report", "no/such/file.pb.gz")
    assert done.returncode == 3
    assert b"no/such/file.pb.gz" in done.stderr


def test_an_error_line_shows_control_characters_instead_of_sending_them(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mred"
    path.write_bytes(b"no profile")
    done = gotrace("report", path)
    assert (done.returncode, b"\x1b" in done.stderr) == (3, False)
    assert rb"a\x1b[31mred" in done.stderr
