"""Which file is what: told by content, never by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gotrace.errors import InputError, UsageError
from gotrace.wrestle.collection import collect

SAMPLES = Path(__file__).parents[2] / "sample_traces"
BATCH = SAMPLES / "batch" / "go1.27"
BENCHMARKS = "goos: linux\npkg: m/a\nBenchmarkGet-2  100  12.5 ns/op  16 B/op  1 allocs/op\nPASS\n"
ESCAPES = (
    "# m/a\n./a.go:3:6: can inline Get\n./a.go:4:9: &item{...} escapes to heap\n"
    "./a.go:5:2: moved to heap: x\n"
)


def copied(folder: Path, **files: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        shutil.copy(source, folder / name)
    return [str(folder / name) for name in files]


def test_loose_files_are_told_apart_whatever_they_are_called(tmp_path: Path) -> None:
    files = copied(
        tmp_path, one=BATCH / "heap.pb.gz", two=BATCH / "cpu.pb.gz", three=BATCH / "trace.out",
        four=BATCH / "gctrace.txt",
    )  # fmt: skip
    (tmp_path / "five").write_text(BENCHMARKS)
    (tmp_path / "six").write_text(ESCAPES)
    found = collect([*files, str(tmp_path / "five"), str(tmp_path / "six")])
    roles = [(item.role, Path(item.path).name) for item in found.items]
    assert roles == [
        ("heap", "one"), ("cpu", "two"), ("trace", "three"), ("gclog", "four"), ("bench", "five"),
        ("escapes", "six"),
    ]  # fmt: skip
    assert found.packages == ("",)
    assert found.notes == ()


def test_a_log_of_benchmarks_and_collections_is_both(tmp_path: Path) -> None:
    lines = (BATCH / "gctrace.txt").read_text().splitlines()
    line = next(line for line in lines if line.startswith("gc "))
    (tmp_path / "both.txt").write_text(BENCHMARKS.replace("Benchmark", f"{line}\nBenchmark", 1))
    found = collect([str(tmp_path / "both.txt")])
    assert [(item.role, item.arm) for item in found.items] == [("gclog", ""), ("bench", "default")]


def test_a_folder_without_a_manifest_is_sorted_by_its_inner_folders(tmp_path: Path) -> None:
    copied(tmp_path / "profiles" / "a.b", x=BATCH / "heap.pb.gz")
    copied(tmp_path / "profiles" / "c", x=BATCH / "cpu.pb.gz")
    copied(tmp_path / "traces" / "a.b", x=BATCH / "trace.out")
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "gogc-off.txt").write_text(BENCHMARKS)
    (tmp_path / "escapes").mkdir()
    (tmp_path / "escapes" / "a.txt").write_text(ESCAPES)
    found = collect([str(tmp_path)])
    assert {(item.role, item.package, item.arm) for item in found.items} == {
        ("bench", "", "gogc-off"), ("escapes", "", ""), ("heap", "a.b", ""), ("trace", "a.b", ""),
        ("cpu", "c", ""),
    }  # fmt: skip
    assert found.packages == ("a.b", "c")


def test_what_answers_nothing_is_said_and_skipped() -> None:
    goroutines = str(BATCH / "goroutine.pb.gz")
    found = collect([str(BATCH / "heap.pb.gz"), goroutines])
    assert [item.role for item in found.items] == ["heap"]
    (note,) = found.notes
    assert (note.slug, goroutines in note.message) == ("wrestle-file-unused", True)


def test_a_broken_file_is_a_fault_beside_others_and_an_error_alone(tmp_path: Path) -> None:
    broken = tmp_path / "heap.pb.gz"
    broken.write_bytes(b"\x1f\x8b nothing")
    found = collect([str(broken), str(BATCH / "cpu.pb.gz")])
    assert [note.severity.value for note in found.notes] == ["fault"]
    with pytest.raises(InputError, match=r"heap\.pb\.gz"):
        collect([str(broken)])


def test_nothing_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        collect([])
    with pytest.raises(UsageError, match="only once"):
        collect(["-", "-"])
    with pytest.raises(InputError, match="no recordings"):
        collect([str(tmp_path)])
    with pytest.raises(InputError):
        collect([str(tmp_path / "missing")])


def test_a_folder_of_far_too_many_files_is_refused_at_once(tmp_path: Path) -> None:
    for number in range(5_001):
        (tmp_path / str(number)).touch()
    with pytest.raises(InputError, match="more than 5,000 files"):
        collect([str(tmp_path)])


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    copied(tmp_path / "given", heap=BATCH / "heap.pb.gz")
    (tmp_path / "given" / "link").symlink_to(BATCH / "cpu.pb.gz")
    found = collect([str(tmp_path / "given")])
    assert [item.role for item in found.items] == ["heap"]


def test_a_manifest_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "growth"
    shutil.copytree(SAMPLES / "wrestle" / "growth", folder)
    shutil.rmtree(folder / "escapes")
    (folder / "escapes").symlink_to(SAMPLES / "wrestle" / "growth" / "escapes")
    found = collect([str(folder)])
    assert "escapes" not in {item.role for item in found.items}
    assert [note.slug for note in found.notes] == ["wrestle-file-outside"]
