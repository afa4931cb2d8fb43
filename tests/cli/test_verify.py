"""`gotrace verify` as people call it, on recorded traces."""

from __future__ import annotations

import json

from tests.cli.running import SAMPLES, gotrace

TRACE = SAMPLES / "batch" / "go1.27" / "trace.allocfree.out"
PLAIN = SAMPLES / "batch" / "go1.27" / "trace.out"


def test_it_prints_how_often_each_prediction_came_true() -> None:
    done = gotrace("verify", TRACE)
    assert done.returncode == 0, done.stderr
    for prediction in (b"size_class", b"span_class", b"slot", b"refill", b"page", b"heap_live"):
        assert prediction in done.stdout
    assert b"First disagreements of each prediction" in done.stdout


def test_json_has_the_counts_and_strict_agrees() -> None:
    done = gotrace("verify", TRACE, "--format", "json", "--strict")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["title"] == "Execution trace against the model"
    assert b"agreed_count" in done.stdout


def test_a_table_of_it_is_csv() -> None:
    done = gotrace("verify", TRACE, "--format", "csv", "--table", "predictions")
    assert done.stdout.startswith(b"prediction,agreed_count,disagreed_count")


def test_a_trace_without_events_of_the_allocator_is_refused_with_advice() -> None:
    done = gotrace("verify", PLAIN)
    assert done.returncode == 3
    assert b"GODEBUG=traceallocfree=1" in done.stderr


def test_a_trace_before_go_1_23_is_refused_with_advice() -> None:
    done = gotrace("verify", SAMPLES / "batch" / "go1.21" / "trace.out")
    assert done.returncode == 3
    assert b"Go 1.23 or later" in done.stderr


def test_a_profile_is_no_trace() -> None:
    done = gotrace("verify", SAMPLES / "service" / "go1.27" / "heap.pb.gz")
    assert done.returncode == 3
