"""Logs from files, pipes, addresses and gzip; what is no log; folders of tables made of logs."""

from __future__ import annotations

import gzip
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import gotrace
from gotrace.errors import InputError, TruncatedError, UnrecognisedError
from gotrace.readers.gclog.reader import read_gc_log
from gotrace.readers.peek import is_gc_log, peek
from tests.cli.running import HEAP, SAMPLES
from tests.cli.running import gotrace as run
from tests.readers.gclog.logs import cycle, read, rows

LOG = b"starting\n" + b"\n".join(cycle(i) for i in range(1, 4)) + b"\n"
SAMPLE = SAMPLES / "batch" / "go1.27" / "gctrace.txt"


@pytest.mark.parametrize("content", [LOG, gzip.compress(LOG, mtime=0)], ids=["plain", "gzip"])
def test_a_log_is_told_by_its_content_and_read_from_a_file(content: bytes, tmp_path: Path) -> None:
    recording = read(content, tmp_path)
    assert len(rows(recording)) == 3
    assert recording.origin.size_bytes == len(content)
    path = str(tmp_path / "gc.log")
    assert is_gc_log(path)
    assert (peek(path).is_gc_log, peek(path).is_trace) == (True, False)


@pytest.mark.parametrize("content", [LOG, gzip.compress(LOG, mtime=0)], ids=["plain", "gzip"])
def test_a_log_is_read_from_standard_input_after_a_look_at_it(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert len(rows(read_gc_log("-"))) == 3
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    peeked = peek("-")
    assert (peeked.is_gc_log, peeked.is_trace) == (True, False)
    assert len(rows(read_gc_log(peeked))) == 3


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(LOG)))
        self.end_headers()
        self.wfile.write(LOG)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_log_is_read_from_an_address() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/gc.log"
        assert peek(url).is_gc_log
        assert len(rows(read_gc_log(url))) == 3
    finally:
        server.shutdown()
        server.server_close()


def test_the_first_line_may_come_late_for_those_who_expect_a_log(tmp_path: Path) -> None:
    """Looking only at the beginning does not tell it; reading finds it."""
    late = b"serving\n" * 100_000 + LOG
    recording = read(late, tmp_path)
    assert [row["line"] for row in rows(recording)] == [100_002, 100_003, 100_004]
    peeked = peek(str(tmp_path / "gc.log"))
    assert (peeked.is_gc_log, peeked.may_be_gc_log) == (False, True)
    assert len(rows(gotrace.read_gc(tmp_path / "gc.log"))) == 3


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (HEAP, "this is a profile"),
        (SAMPLES / "batch" / "go1.27" / "trace.out", "execution trace, not a log of GODEBUG"),
        (HEAP.with_name("memstats.json"), "no line of GODEBUG"),
        (HEAP.with_name("heap.debug1.txt"), "this is a profile"),
    ],
    ids=["profile", "trace", "json", "text profile"],
)
def test_what_is_no_log_is_refused_with_what_it_is(path: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_gc_log(str(path))
    assert caught.value.advice
    assert not is_gc_log(str(path))
    assert peek(str(path)).may_be_gc_log is (path.suffix == ".json")


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", TruncatedError), (b" \n", TruncatedError), (b"hello\n", UnrecognisedError)],
)
def test_a_log_without_a_line_of_the_collector_is_refused(
    content: bytes, error: type[InputError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        read(content, tmp_path)


def test_a_log_is_converted_and_comes_back(tmp_path: Path) -> None:
    done = run("convert", SAMPLE, "-o", tmp_path / "tables")
    assert done.returncode == 0, done.stderr.decode()
    recording, loaded = read_gc_log(str(SAMPLE)), gotrace.load(tmp_path / "tables")
    assert (loaded.kind, loaded.notes) == ("gclog", recording.notes)
    for name, columns in recording.columns.items():
        assert loaded.columns[name].rows == columns.rows
        assert rows(loaded, name) == rows(recording, name)
        for column in ("gc_cpu_ratio", "gc_cycle"):
            if column in columns:
                one, other = columns.array(column), loaded.columns[name].array(column)
                np.testing.assert_array_equal(one, other)
    again = run("convert", "-", "-o", tmp_path / "tables", "--force", stdin=SAMPLE.read_bytes())
    assert again.returncode == 0


@pytest.mark.parametrize("verb", ["report", "export"])
def test_a_verb_for_profiles_says_what_reads_a_log(verb: str) -> None:
    arguments = ["-o", "never.pb.gz"] if verb == "export" else []
    done = run(verb, SAMPLE, *arguments)
    assert done.returncode == 3
    assert b"`gotrace gc FILE` explains it" in done.stderr


def test_a_folder_of_a_log_is_no_profile(tmp_path: Path) -> None:
    assert run("convert", SAMPLE, "-o", tmp_path / "tables").returncode == 0
    done = run("report", tmp_path / "tables")
    assert done.returncode == 2
    assert b"`gotrace gc` explains it" in done.stderr
