"""Is it a trace? Told without reading it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from gotrace.readers.peek import is_benchmark_log, is_trace, peek
from gotrace.readers.sources import open_source

HEAD = b"go 1.26 trace\0\0\0"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + bytes(100), True),
        (b"go 1.5 trace\0\0\0\0", True),
        (gzip.compress(HEAD + bytes(100), mtime=0), True),
        (gzip.compress(b"\x0a\x04profile", mtime=0), False),
        (HEAD[:10], False),
        (b"\x1f\x8bnonsense", False),
        (b"heap profile: 1: 2", False),
        (b"", False),
    ],
)
def test_the_first_bytes_tell(content: bytes, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert is_trace(str(tmp_path / "file")) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:6060/debug/pprof/trace?seconds=5", True),
        ("HTTPS://host/prefix/debug/pprof/trace", True),
        ("http://localhost:6060/debug/pprof/heap", False),
        ("http://[broken/debug/pprof/trace", False),
    ],
)
def test_of_one_address_among_several_the_path_tells(url: str, expected: bool) -> None:
    assert is_trace(url) is expected


class Dribbling(io.BytesIO):
    """A pipe that brings a byte at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + b"rest", True),
        (gzip.compress(HEAD + b"rest", mtime=0), True),
        (b"heap profile: 1: 2", False),
        (b"\x1f\x8bnonsense", False),
        (b"g", False),
        (b"", False),
    ],
)
@pytest.mark.parametrize("kind", [io.BytesIO, Dribbling])
def test_nothing_of_standard_input_is_lost_by_looking(
    kind: type[io.BytesIO], content: bytes, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=kind(content)))
    found = peek("-")
    assert found.is_trace is expected
    assert found.chunks is not None
    assert b"".join(found.chunks) == content


def test_what_was_looked_at_is_read_like_what_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for look in (str, peek):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(HEAD))))
        read.append(open_source(look("-")))
    assert read[0] == read[1]
    assert read[0].is_gzip


@pytest.mark.parametrize("name", ["no/such/file", "nul\0byte", "."])
def test_what_cannot_be_read_is_no_trace(name: str) -> None:
    assert not is_trace(name)


CYCLE = b"gc 5 @0.043s 1%: 0.29+0.29+0.002 ms clock, 0.58+0/0.15/0.12+0.005 ms cpu, 0->0->0 MB\n"


@pytest.mark.parametrize(
    ("content", "logs"),
    [
        (CYCLE, (True, False)),
        (b"goos: linux\n" + CYCLE, (True, False)),  # tests without a benchmark print it too
        (CYCLE + b"BenchmarkX-2 \t" + CYCLE + b"  3\t 80 ns/op\n", (True, True)),
        (CYCLE + b"BenchmarkX-2 \t 3\t 80 ns/op\n", (True, True)),
        (b"BenchmarkX-2 \t 3\t 80 ns/op\n", (False, True)),
    ],
)
def test_a_log_may_be_the_collectors_and_one_of_benchmarks(
    content: bytes, logs: tuple[bool, bool], tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    found = peek(str(path))
    assert (found.is_gc_log, found.is_benchmark_log) == logs
    assert is_benchmark_log(str(path)) == logs[1]
