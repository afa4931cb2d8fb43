"""What is taken for a log of `go test -bench`, and what is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gotrace.readers.benchmarks.recognise import is_benchmark_log
from gotrace.readers.peek import is_benchmark_log as is_benchmark_file
from gotrace.readers.peek import peek
from gotrace.readers.recognise import Format, identify

_LOGS = [
    b"goos: linux\ngoarch: amd64\n",
    b"make bench\n...\r\npkg: example.com/x\r\n",
    b"note: before\n\nBenchmarkX-8 \t 100\t 12 ns/op\n",
    b"Benchmark 1 2 x\n",
    b"Unit B/op assume=exact\n",
    b"PASS\n",
    b"PASS\nok  \texample.com/x\t0.01s\n",
    b"# example.com/x\n./x.go:1:1: undefined: y\nFAIL\texample.com/x [build failed]\n",
    b"?   \texample.com/x\t[no test files]\n",
    b"--- FAIL: BenchmarkX\n    x_test.go:3: no\n",
    b"=== RUN   TestX\n--- PASS: TestX (0.00s)\n",
    b'{"Time":"2024-01-01T00:00:00Z","Action":"start","Package":"example.com/x"}\n',
    b'{"ImportPath":"example.com/x","Action":"build-output","Output":"# x\\n"}\n',
]
_OTHERS = [
    b"",
    b"goos:\n  - linux\n",
    b"Benchmarks are good for you, 3 of 4 say\n",
    b"BenchmarkX\n",
    b"Unit test of B/op\n",
    b"the tests PASS\n",
    b'{"Action":"push","Repository":"x"}\n',
    b"gc 1 @0.012s 3%: 0.01+0.5+0.01 ms clock, 0.1+0/0/0+0.1 ms cpu, 4->4->1 MB, 4 MB goal, 8 P\n",
    b"heap profile: 1: 2 [3: 4] @ heap/1\n",
    b"goroutine 1 [running]:\nmain.main()\n",
]


@pytest.mark.parametrize("log", _LOGS)
def test_a_line_of_go_test_tells_a_log(log: bytes, tmp_path: Path) -> None:
    assert is_benchmark_log(log)
    assert identify(log) is Format.BENCHMARK
    path = tmp_path / "log"
    for content in (log, gzip.compress(log)):
        path.write_bytes(content)
        assert is_benchmark_file(str(path))
        found = peek(str(path))
        assert found.is_benchmark_log
        assert found.may_be_gc_log
        assert not found.is_gc_log


@pytest.mark.parametrize("other", _OTHERS)
def test_what_only_looks_like_it_is_none(other: bytes) -> None:
    assert not is_benchmark_log(other)
    assert identify(other) is not Format.BENCHMARK


def test_a_log_with_lines_of_the_collector_is_the_collectors() -> None:
    assert identify(_LOGS[0] + _OTHERS[7]) is Format.GCTRACE


def test_a_heap_profile_that_quotes_a_log_stays_a_profile() -> None:
    assert identify(_OTHERS[8] + _LOGS[2]) is Format.HEAP_TEXT


def test_an_address_is_not_asked_for_its_content() -> None:
    assert not is_benchmark_file("http://localhost:1/bench.txt")
