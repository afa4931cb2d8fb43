"""What real Go records of a module with good and bad benchmarks, in the oldest and newest Go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gotrace import pipeline
from gotrace.capture.module_recording import record_module
from gotrace.capture.module_request import ModuleRequest
from gotrace.capture.process import CommandError
from gotrace.readers.manifest import read_manifest
from gotrace.trace_pipeline import analyse_trace, damage_of_trace
from tests.goroots import GOROOTS, GoRoot

NEWEST = max(GOROOTS, key=lambda root: root.version)
OLDEST = min(GOROOTS, key=lambda root: root.version)

TESTS = """package deep

import (
	"fmt"
	"os"
	"testing"
)

type node struct{ next *node }

var kept *node

func grow(kept *node) *node { return &node{kept} }

func BenchmarkGood(b *testing.B) {
	for i := 0; i < b.N; i++ {
		kept = grow(nil)
	}
}

func BenchmarkParts(b *testing.B) {
	b.Run("one part", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			kept = grow(kept)
		}
	})
}

func BenchmarkExits(b *testing.B) { os.Exit(7) }

func BenchmarkPanics(b *testing.B) {
	var none map[string]int
	none["a"] = 1
}

func BenchmarkPrints(b *testing.B) {
	for i := 0; i < b.N; i++ {
		kept = grow(nil)
	}
	fmt.Println("some words")
}

func BenchmarkPrintsOn(b *testing.B) {
	for i := 0; i < b.N; i++ {
		kept = grow(nil)
	}
	fmt.Print("a line without an end ")
}

func BenchmarkHangs(b *testing.B) { <-make(chan int) }
"""
GROWING = """package deep

import (
	"sync"
	"testing"
)

type node struct {
	next *node
	pad  [40]byte
}

func grow(depth int, below *node) *node {
	var pad [256]byte
	here := &node{next: below}
	here.pad[0] = pad[depth&255]
	if depth > 0 {
		return grow(depth-1, here)
	}
	return here
}

func BenchmarkGrowing(b *testing.B) {
	for i := 0; i < b.N; i++ {
		var all sync.WaitGroup
		for number := 0; number < 600; number++ {
			all.Add(1)
			go func(depth int) {
				defer all.Done()
				grow(depth, nil)
			}(number % 60)
		}
		all.Wait()
	}
}
"""
FETCHES = """package far

import (
	"testing"

	"example.com/not/there"
)

func BenchmarkFar(b *testing.B) { there.Go() }
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module in a folder with a space in its name, of two packages."""
    folder = tmp_path / "a module"
    for name, text in (("in/deep", TESTS), ("far", FETCHES)):
        (folder / name).mkdir(parents=True)
        (folder / name / "x_test.go").write_text(text)
    (folder / "go.mod").write_text("module example.com/m\n\ngo 1.21\n")
    return folder


def request(module: Path, root: GoRoot, **more: object) -> ModuleRequest:
    given: dict[str, object] = {"go": str(root.go), "count": 2, "benchtime": "60x"}
    given |= {"validate": damage_of_trace} | more
    return ModuleRequest(module, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "root", dict.fromkeys([OLDEST, NEWEST]), ids=lambda root: str(root.version)
)
def test_a_module_is_recorded_and_every_file_can_be_read(module: Path, root: GoRoot) -> None:
    folder = module.parent / "out"
    manifest = record_module(request(module, root), folder, lambda _: None)
    assert manifest.is_complete
    assert read_manifest(folder) == manifest
    why = [one.why for one in manifest.skipped if one.role == "bench"]
    assert any(
        "BenchmarkPanics is left out: panic: assignment to entry in nil map" in w for w in why
    )
    assert any("BenchmarkHangs is left out: fatal error: all goroutines" in w for w in why)
    assert "BenchmarkExits is left out: exit code 7" in why
    paths = {one.role: folder / one.path for one in manifest.recordings if one.role != "bench"}
    assert pipeline.read(paths["cpu"]).kind == "cpu"
    heap = pipeline.read(paths["heap"])
    assert heap.kind == "heap"
    assert analyse_trace(str(paths["trace"])).report().results
    log = pipeline.read(folder / "bench" / "default.txt")
    assert log.columns["benchmarks"].rows
    assert (folder / "bench" / "default.txt").read_text().count("BenchmarkPrints") == 2 * 2
    assert {"BenchmarkGood", "BenchmarkParts/one_part", "BenchmarkPrints", "BenchmarkPrintsOn"} == {
        name.rpartition("-")[0] for name in iterations(manifest.recordings, "heap")
    }
    assert json.loads(paths["layouts"].read_text())
    assert not list(folder.rglob("*.test"))


def iterations(recordings: object, role: str) -> dict[str, int]:
    return next(dict(r.iterations) for r in recordings if r.role == role)  # type: ignore[attr-defined]


def test_escape_analysis_is_written_although_the_build_cache_has_the_package(module: Path) -> None:
    for number in (1, 2):
        folder = module.parent / f"out{number}"
        record_module(request(module, NEWEST, count=1), folder, lambda _: None)
        files = list(folder.glob("escapes/*/example.com%2Fm%2Fin%2Fdeep/x_test.json"))
        assert len(files) == 1
        assert "escape" in files[0].read_text()
        assert "&node{...} escapes to heap" in (files[0].parents[1] / "in.deep.txt").read_text()


def test_what_would_have_to_be_downloaded_is_said(module: Path) -> None:
    with pytest.raises(CommandError) as caught:
        record_module(request(module, NEWEST, packages=("./far",)), module / "out", lambda _: None)
    assert "example.com/not/there" in str(caught.value)
    assert "gotrace downloads nothing" in str(caught.value)


def test_an_alloc_free_trace_is_whole_or_left_out_with_its_reason(module: Path) -> None:
    """From Go 1.24 on growing stacks damage such a trace, or end the program."""
    (module / "in/deep/x_test.go").write_text(GROWING)
    folder = module.parent / "out"
    manifest = record_module(
        request(module, NEWEST, packages=("./in/...",), benchtime="8x"), folder, lambda _: None
    )
    kept = [one for one in manifest.recordings if one.role == "allocations"]
    told = [one.why for one in manifest.skipped if one.role == "allocations"]
    assert len(kept) + len(told) == 1
    assert all(damage_of_trace(folder / one.path) == "" for one in kept)
    assert all("no whole trace came out" in why for why in told)


def test_the_heap_profile_names_every_object_of_a_short_run(module: Path) -> None:
    folder = module.parent / "out"
    manifest = record_module(request(module, NEWEST, bench="Good"), folder, lambda _: None)
    entry = next(one for one in manifest.recordings if one.role == "heap")
    assert entry.notes == ("rate 1: every object of the run is in the profile",)
    assert entry.iterations == {f"BenchmarkGood-{manifest.machine.cpu_count}": 60}
    samples = pipeline.read(folder / entry.path)
    assert json.loads((folder / "manifest.json").read_text())["bench"] == "Good"
    assert samples.columns["samples"].rows
