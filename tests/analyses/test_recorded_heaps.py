"""Heap analyses held against what really happened: MemStats of the same run, known programs."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path

import pytest

from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.result import ResultTable
from gotrace.analyses.size_classes import size_classes
from gotrace.model.size_classes import fitting_versions
from gotrace.readers.profile import read_profile
from tests.goroots import GOROOTS

SAMPLES = Path(__file__).resolve().parents[2] / "sample_traces"
HEAPS = sorted(p for p in SAMPLES.glob("*/go*/*.pb.gz") if p.name.startswith(("heap", "allocs")))


def table_of(path: Path) -> ResultTable:
    return size_classes(HeapPicture(read_profile(str(path)))).tables[0]


def counted(path: Path) -> dict[int, tuple[int, int]]:
    """Slot size → (allocated, in use), from MemStats.BySize of the same moment."""
    stats = json.loads(path.with_name(path.name.replace(".pb.gz", ".memstats.json")).read_text())
    rows = stats["BySize"]
    return {row["Size"]: (row["Mallocs"], row["Mallocs"] - row["Frees"]) for row in rows}


def is_current(path: Path) -> bool:
    """Whether a collection was forced before the profile, which else is up to two cycles old."""
    stats = path.with_name(path.name.replace(".pb.gz", ".memstats.json"))
    return bool(json.loads(stats.read_text())["NumForcedGC"])


MEASURED = [p for p in sorted(SAMPLES.glob("*/go*/heap.rate4096.pb.gz")) if is_current(p)]


def test_there_are_recordings_to_check() -> None:
    assert HEAPS
    assert MEASURED


@pytest.mark.parametrize("path", HEAPS, ids=lambda p: "/".join(p.parts[-3:]))
def test_every_label_of_a_real_profile_is_a_slot_of_its_go_version(path: Path) -> None:
    recording = read_profile(str(path))
    version = path.parent.name
    picture = HeapPicture(recording, version)
    assert size_classes(picture).notes == ()
    slots = {int(size) for size in picture.values.slot_bytes if size}
    assert version in {str(v) for v in fitting_versions(slots)}
    guessed = {str(v) for v in HeapPicture(recording).rows.versions}
    assert version in guessed


@pytest.mark.parametrize("path", HEAPS, ids=lambda p: "/".join(p.parts[-3:]))
def test_the_rows_add_up_to_the_profiles_totals(path: Path) -> None:
    recording = read_profile(str(path))
    table = table_of(path)
    for row, name in enumerate(("alloc_objects_count", "alloc_bytes")):
        assert sum(table.column(name).values) == int(recording.values(row).sum())


def test_a_profile_of_every_object_agrees_with_memstats_object_by_object() -> None:
    """At rate 1 only the few objects from before `main` are missing."""
    path = SAMPLES / "batch" / "go1.27" / "heap.rate1.pb.gz"
    table, truth = table_of(path), counted(path)
    compared = 0
    for size, alloc, inuse in zip(
        table.column("slot_bytes").values,
        table.column("alloc_objects_count").values,
        table.column("inuse_objects_count").values,
        strict=True,
    ):
        if size in truth:
            assert 0 <= truth[size][0] - alloc <= 100
            assert 0 <= truth[size][1] - inuse <= 100
            compared += 1
    assert compared >= 50


@pytest.mark.parametrize("path", MEASURED, ids=lambda p: "/".join(p.parts[-3:]))
def test_the_errors_of_a_sampled_profile_are_those_it_really_makes(path: Path) -> None:
    """Deviations from MemStats, in units of the stated error, spread like a normal variable."""
    table, truth = table_of(path), counted(path)
    deviations = [
        (alloc - truth[size][0]) * size / error
        for size, alloc, error in zip(
            table.column("slot_bytes").values,
            table.column("alloc_objects_count").values,
            table.column("alloc_bytes_error").values,
            strict=True,
        )
        if size in truth and error
    ]
    assert len(deviations) >= 20
    mean_square = sum(d * d for d in deviations) / len(deviations)
    assert 0.4 <= mean_square <= 2.2
    assert sum(abs(d) <= 2 for d in deviations) / len(deviations) >= 0.85


PROGRAM = """
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
)

var kept [][]byte

//go:noinline
func fill(size, count, keep int) {
	for i := 0; i < count; i++ {
		b := make([]byte, size)
		if i < keep {
			kept = append(kept, b)
		} else {
			sink = b
		}
	}
	sink = nil
}

var sink []byte

func main() {
	runtime.MemProfileRate, _ = strconv.Atoi(os.Args[1])
	kept = make([][]byte, 0, 200000)
	fill(48, 100000, 40000)
	fill(1000, 20000, 5000)
	fill(32768, 300, 200)
	fill(32769, 300, 100)
	fill(100000, 100, 30)
	runtime.GC()
	runtime.GC()
	pprof.WriteHeapProfile(os.Stdout)
	runtime.KeepAlive(kept)
}
"""
KNOWN = {48: (100000, 40000), 1024: (20000, 5000), 32768: (300, 200), 40960: (300, 100)}
KNOWN[106496] = (100, 30)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program above, built with the newest toolchain there is."""
    folder = tmp_path_factory.mktemp("known")
    (folder / "main.go").write_text(PROGRAM)
    (folder / "go.mod").write_text("module known\n\ngo 1.21\n")
    root = max(GOROOTS, key=lambda root: root.version)
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    subprocess.run([root.go, "build", "-o", "known", "."], cwd=folder, env=environment, check=True)
    return folder / "known"


@pytest.mark.parametrize("rate", [1, 4096])
def test_a_program_with_known_allocations_is_told_within_its_errors(
    program: Path, rate: int
) -> None:
    """Exactly at rate 1; within six standard errors where it was sampled."""
    heap = program.with_name(f"heap.{rate}")
    heap.write_bytes(subprocess.run([program, str(rate)], capture_output=True, check=True).stdout)
    picture = HeapPicture(read_profile(str(heap)))
    in_fill = {
        site for site in range(picture.sites.count) if picture.sites.function(site) == "main.fill"
    }
    chosen = [site in in_fill for site in picture.sites.of_sample.tolist()]
    for slot, expected in KNOWN.items():
        samples = (picture.values.slot_bytes == slot) & chosen
        for measure, count in zip(("alloc", "inuse"), expected, strict=True):
            part = picture.values.measures[measure].at(samples)
            error = math.sqrt(part.object_variance.sum())
            # Go cuts off the fraction of every record.
            assert abs(int(part.objects.sum()) - count) <= 6 * error + samples.sum()
            assert (error == 0) == (rate == 1)
