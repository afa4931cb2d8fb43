"""Runs are ended that take too long, too much memory, or write too much."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gotrace.capture.watched_run import Bounds, Ended, run_watched
from tests.capture.test_process import is_gone


def run(script: str, bounds: Bounds, folder: Path) -> Ended:
    return run_watched(["sh", "-c", script], folder, os.environ, bounds)


def test_output_errors_and_exit_code_are_told(tmp_path: Path) -> None:
    ended = run("echo out; echo err >&2; exit 3", Bounds(10), tmp_path)
    assert (ended.output, ended.errors, ended.exit_code) == (b"out\n", b"err\n", 3)
    assert not ended.is_good


def test_too_much_time_ends_the_whole_group(tmp_path: Path) -> None:
    ended = run("sleep 300 & echo $!; wait", Bounds(0.3), tmp_path)
    assert ended.stopped == "it did not end within 0.3 s"
    assert is_gone(int(ended.output))


def test_too_much_memory_ends_it(tmp_path: Path) -> None:
    program = "kept = []\nwhile True: kept.append(bytearray(b'x') * (8 << 20))"
    command = [sys.executable, "-c", program]
    ended = run_watched(command, tmp_path, os.environ, Bounds(30, memory_bytes=200 << 20))
    assert ended.stopped == "it took more than 200 MiB of memory"


def test_a_file_that_grows_too_large_ends_it(tmp_path: Path) -> None:
    bounds = Bounds(30, files=(tmp_path / "grown",), file_bytes=1 << 20)
    ended = run("yes > grown", bounds, tmp_path)
    assert ended.stopped == "it wrote more than 1 MiB"


def test_of_endless_output_the_begin_is_kept_and_of_errors_the_end(tmp_path: Path) -> None:
    script = "yes | head -c 70000000; (seq 300000; echo last) >&2"
    ended = run(script, Bounds(60, error_bytes=1000), tmp_path)
    assert ended.is_good
    assert ended.is_cut
    assert len(ended.output) == (64 << 20) + 1
    assert ended.errors.endswith(b"last\n")
    assert len(ended.errors) <= 70_000


def test_behind_a_flood_of_output_results_are_still_kept(tmp_path: Path) -> None:
    result = "BenchmarkA-2   100   50.0 ns/op"
    script = "yes | head -c 67108865; echo; printf 'Bench'; echo 'markB-2  1 2 ns/op'; seq 9; "
    script += f"yes x | tr -d '\\n' | head -c 1000000; echo; echo '{result}'"
    ended = run(script, Bounds(60), tmp_path)
    assert ended.is_cut
    assert ended.output[(64 << 20) - 4 :].split(b"\n")[2:] == [
        b"", b"BenchmarkB-2  1 2 ns/op", result.encode(), b"",
    ]  # fmt: skip
