"""`gotrace gc` of a CPU profile: what memory costs, by kind of work, site and line."""

from __future__ import annotations

import csv
import io
import json

from tests.cli.running import SAMPLES, gotrace

CPU = SAMPLES / "service" / "go1.27" / "cpu.pb.gz"
ALLOCATIONS = SAMPLES / "service" / "go1.27" / "allocs.pb.gz"


def test_a_cpu_profile_is_split_and_charged() -> None:
    done = gotrace("gc", CPU, "--allocations", ALLOCATIONS, "--format", "json")
    assert done.returncode == 0, done.stderr
    results = {result["name"]: result for result in json.loads(done.stdout)["results"]}
    tables = {table["name"]: table["rows"] for table in results["gc_cost"]["tables"]}
    assert sum(row["time_ns"] for row in tables["split"]) == 6_940_000_000
    assert sum(row["time_ns"] for row in tables["parts"]) == 6_940_000_000
    assert max(tables["sites"], key=lambda row: row["total_ns"])["function"].endswith("checksum")
    assert "lines" not in tables


def test_focus_lists_lines() -> None:
    chosen = ("--focus", r"\.checksum$", "--table", "lines", "--format", "csv")
    done = gotrace("gc", CPU, *chosen)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert rows
    assert all(row["function"] == "samples/shop.checksum" for row in rows)


def test_a_bad_expression_is_the_users_mistake() -> None:
    done = gotrace("gc", CPU, "--focus", "(")
    assert done.returncode == 2
    assert b"error parsing regexp" in done.stderr


def test_allocations_must_be_a_heap_profile() -> None:
    done = gotrace("gc", CPU, "--allocations", CPU)
    assert done.returncode == 2
    assert b"heap profile" in done.stderr
