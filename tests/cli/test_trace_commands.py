"""`report`, `events` and `convert` on execution traces, from the outside."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gotrace.cli.app import run
from tests.cli.running import HEAP, SAMPLES, gotrace

BATCH = SAMPLES / "batch"
TRACE = BATCH / "go1.27" / "trace.out"
ALLOCATIONS = BATCH / "go1.27" / "trace.allocfree.out"
OLD = BATCH / "go1.21" / "trace.out"


def lines(*arguments: str | Path) -> list[str]:
    """What `gotrace events ARGUMENTS` prints; not a process of its own, to be fast."""
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as ended:
        run(["events", *map(str, arguments)])
    assert not ended.value.code
    return out.getvalue().splitlines()


def relative(path: Path) -> str:
    return str(path.relative_to(SAMPLES.parent))


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A trace that breaks off in the middle."""
    path = tmp_path / "cut.out"
    path.write_bytes(ALLOCATIONS.read_bytes()[:200_000])
    return path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gotrace.report.trace.txt", SAMPLES / "service" / "go1.27" / "trace.out"),
        ("gotrace.report.trace.go1.21.txt", OLD),
        ("gotrace.report.trace.allocfree.txt", ALLOCATIONS),
    ],
)
def test_a_report_of_a_trace_stays_as_it_is(
    name: str, path: Path, golden: Callable[[str, str], None]
) -> None:
    done = gotrace("report", relative(path))
    assert (done.returncode, done.stderr) == (0, b"")
    golden(name, done.stdout.decode())


def test_events_stay_as_they_are(golden: Callable[[str, str], None]) -> None:
    done = gotrace("events", relative(ALLOCATIONS), "--from", "5ms", "--limit", "60")
    golden("gotrace.events.txt", done.stdout.decode())
    assert done.stderr == b""


@pytest.mark.parametrize("path", [TRACE, OLD], ids=["v2", "v1"])
def test_gzip_and_standard_input_give_the_same_report(path: Path) -> None:
    whole = gotrace("report", path, "--format", "csv", "--table", "gc_cycles").stdout
    packed = gzip.compress(path.read_bytes())
    piped = gotrace("report", "-", "--format", "csv", "--table", "gc_cycles", stdin=packed).stdout
    assert piped == whole
    assert len(whole.splitlines()) > 5


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and the paths that were asked for: a trace at any but `/heap`."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.end_headers()
            self.wfile.write((HEAP if self.path == "/heap" else TRACE).read_bytes())

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/debug/pprof/trace?seconds=1", "/files/4711"])
def test_a_trace_behind_any_address_is_a_trace(path: str, served: tuple[str, list[str]]) -> None:
    address, asked = served
    done = gotrace("report", address + path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Garbage collection" in done.stdout
    assert asked == [path]  # once: a recording must not be made twice


def test_other_commands_know_a_trace_by_its_content_too(
    served: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, asked = served
    assert lines(address + "/file", "--limit", "9") == lines(TRACE, "--limit", "9")
    done = gotrace("convert", address + "/file", "-o", tmp_path / "fetched")
    assert done.returncode == 0, done.stderr.decode()
    assert b"goroutine_transitions.parquet" in done.stdout
    assert asked == ["/file"] * 2
    piped = gotrace("convert", "-", "-o", tmp_path / "piped", stdin=gzip.compress(OLD.read_bytes()))
    assert b"goroutine_transitions.parquet" in piped.stdout


def test_a_profile_behind_an_address_is_fetched_once(served: tuple[str, list[str]]) -> None:
    address, asked = served
    done = gotrace("report", address + "/heap", "--format", "csv")
    assert done.stdout == gotrace("report", HEAP, "--format", "csv").stdout
    assert asked == ["/heap"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEAP.read_bytes(), "this is a profile (pprof protobuf), not an execution trace"),
        (HEAP.with_name("heap.debug1.txt").read_bytes(), "this is a profile (heap text)"),
        (b"\x7fELF\2\1\1", "this is a program or library (ELF), not an execution trace"),
        (b"gone", "this is no Go execution trace"),
        (b"", "the input is empty"),
    ],
)
def test_events_of_what_is_no_trace_say_what_it_is(content: bytes, reason: str) -> None:
    done = gotrace("events", "-", stdin=content)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode().startswith(f"gotrace: -: {reason}")


@pytest.mark.parametrize("version", [25, 26])
def test_a_trace_without_events_says_how_that_comes(version: int, tmp_path: Path) -> None:
    (tmp_path / "trace.out").write_bytes(b"go 1.%d trace\0\0\0" % version)
    done = gotrace("report", tmp_path / "trace.out")
    assert done.returncode == 0
    page = " ".join(done.stdout.decode().split())
    assert "LOSS: 1 note weakens" in page
    assert "header and no events" in page
    assert "trace.Stop was never called" in page
    assert b"no events" in gotrace("events", tmp_path / "trace.out").stderr


def test_programs_get_all_rows_and_people_a_page() -> None:
    common = ("report", ALLOCATIONS, "--format")
    table = gotrace(*common, "csv", "--table", "heap_metrics").stdout.decode()
    assert 100 < len(list(csv.DictReader(io.StringIO(table)))) <= 200
    page = gotrace(*common, "markdown").stdout.decode()
    section = page.partition("Heap live and goal over time")[2].partition("Garbage")[0]
    assert section.count("\n|") <= 30


def test_charts_are_drawn_of_all_there_is(tmp_path: Path) -> None:
    done = gotrace("report", ALLOCATIONS, "--charts", tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    stems = {path.stem for path in tmp_path.iterdir()}
    assert stems == {"heap-over-time", "allocation-by-type", "lifetimes-in-gc-cycles"}
    text = (tmp_path / "heap-over-time.svg").read_text()
    for word in ("live", "goal", "GC cycle", "world stopped"):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["report", TRACE, TRACE], b"alone"),
        (["report", TRACE, "-base", HEAP], b"alone"),
        (["report", HEAP, TRACE], b"alone"),
        (["report", TRACE, "-lines"], b"for profiles"),
        (["report", TRACE, "--runtime", "go1.27"], b"for profiles"),
        (["convert", TRACE, HEAP, "-o", "nowhere"], b"alone"),
        (["events", TRACE, "--type", "("], b"regular expression"),
        (["events", TRACE, "--from", "soon"], b"not a duration"),
        (["events", TRACE, "--goroutine", "x"], b"--goroutine"),
        (["events", ""], b"the name of an input is empty"),
        (["report", TRACE, "--table", "events"], b"--format csv"),
    ],
)
def test_a_question_that_does_not_fit_ends_with_2(arguments: list[str], reason: bytes) -> None:
    done = gotrace(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert reason in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["report", "events"])
def test_a_cut_trace_gives_what_it_has_and_a_note(command: str, cut: Path) -> None:
    done = gotrace(command, cut)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 50
    assert b"ends inside a batch" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["report", "events", "convert"])
def test_strict_makes_a_cut_trace_an_error(command: str, cut: Path, tmp_path: Path) -> None:
    more = ["-o", tmp_path / "tables"] if command == "convert" else []
    done = gotrace(command, "--strict", cut, *more)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert b"cut.out: byte " in done.stderr
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize("command", ["report", "events"])
def test_a_profile_where_a_trace_was_expected_is_named(command: str, tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"go 1.26 tra")
    done = gotrace(command, tmp_path / "short")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_a_converted_trace_is_reported_like_the_trace(tmp_path: Path) -> None:
    done = gotrace("convert", ALLOCATIONS, "-o", tmp_path / "tables")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"objects.parquet\t" in done.stdout
    ours = json.loads(gotrace("report", tmp_path / "tables", "--format", "json").stdout)
    theirs = json.loads(gotrace("report", ALLOCATIONS, "--format", "json").stdout)
    assert ours == theirs
    assert gotrace("convert", ALLOCATIONS, "-o", tmp_path / "tables").returncode == 2
    again = gotrace("convert", ALLOCATIONS, "-o", tmp_path / "tables", "--force")
    assert again.returncode == 0


def test_a_loss_of_a_conversion_is_told_on_stderr(cut: Path, tmp_path: Path) -> None:
    done = gotrace("convert", cut, "-o", tmp_path / "tables")
    assert done.returncode == 0
    assert b"gotrace: loss: the trace ends inside a batch" in done.stderr


def test_every_event_is_a_line() -> None:
    table = gotrace("report", TRACE, "--format", "csv", "--table", "events").stdout.decode()
    counted = {row["event"]: int(row["events_count"]) for row in csv.DictReader(io.StringIO(table))}
    printed: dict[str, int] = {}
    for line in lines(TRACE):
        name = line.split()[4]
        printed[name] = printed.get(name, 0) + 1
    assert printed == counted


def test_lines_are_in_order_of_time() -> None:
    times = [float(line.split()[0]) for line in lines(TRACE)]
    assert times == sorted(times)


def test_a_window_of_time_has_the_same_lines_as_the_whole() -> None:
    whole = [line for line in lines(TRACE) if 0.010 <= float(line.split()[0]) < 0.020]
    assert lines(TRACE, "--from", "10ms", "--to", "20ms") == whole
    assert len(whole) > 100


@pytest.mark.parametrize(
    ("option", "place", "word"), [("--goroutine", 3, "G"), ("--proc", 2, "P"), ("--thread", 1, "M")]
)
def test_a_filter_keeps_what_happened_on_it_or_names_it(option: str, place: int, word: str) -> None:
    whole = lines(TRACE)
    number = next(
        line.split()[place][1:] for line in whole[200:] if line.split()[place] != f"{word}-"
    )
    what = {"G": "goroutine", "P": "proc", "M": "thread"}[word]
    wanted = [
        line
        for line in whole
        if line.split()[place] == f"{word}{number}" or re.search(rf" {what}={number}\b", line)
    ]
    assert lines(TRACE, option, number) == wanted
    assert wanted
    assert len(wanted) < len(whole)


def test_filters_can_be_repeated_and_all_must_fit() -> None:
    both = lines(TRACE, "--goroutine", "1", "--goroutine", "5", "--type", "^GoBlock$")
    assert {line.split()[3] for line in both} <= {"G1", "G5"}
    assert {line.split()[4] for line in both} == {"GoBlock"}


def test_json_lines_say_the_same_with_whole_numbers() -> None:
    options = ("--type", "^(GoCreate|GoBlock|HeapGoal)$", "--limit", "20", "--stacks")
    found = [json.loads(line) for line in lines(TRACE, *options, "--format", "json")]
    assert len(found) == 20
    texts = [line for line in lines(TRACE, *options) if not line.startswith("\t")]
    for event, text in zip(found, texts, strict=True):
        assert round(float(text.split()[0]) * 1e9) == event["time_ns"]
        assert text.split()[4] == event["event"]
    block = next(event for event in found if event["event"] == "GoBlock")
    assert isinstance(block["arguments"]["reason"], str)
    assert {"function", "file", "line"} == set(block["stack"][0])


def test_stacks_have_all_frames_each_on_a_line() -> None:
    options = (TRACE, "--type", "GoCreate", "--limit", "1")
    assert len(lines(*options)) == 1
    deep = lines(*options, "--stacks")
    assert len(deep) > 2
    assert all(line.startswith("\t") for line in deep[1:])


def test_types_and_addresses_of_objects_are_told() -> None:
    (line,) = lines(ALLOCATIONS, "--type", "HeapObjectAlloc", "--limit", "1")
    assert re.search(r"object=0x[0-9a-f]{9,} type=\S+", line)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-P", "-m", "gotrace", "events", str(ALLOCATIONS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read()
    assert first.startswith(b"0.000000000 ")
    assert (process.returncode, error) == (0, b"")


def test_events_of_old_traces_have_the_same_form() -> None:
    found = lines(OLD, "--type", "^GoStart$", "--limit", "5")
    assert len(found) == 5
    assert all(re.match(r"\d\.\d{9} M\S+ +P\d+ +G\d+ +GoStart goroutine=\d+", f) for f in found)
