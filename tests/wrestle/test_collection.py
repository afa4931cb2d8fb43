"""Which file is what: told by content, never by name."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from gotrace.errors import InputError, UsageError
from gotrace.wrestle.collection import collect
from gotrace.wrestle.grouping import folder_name

SAMPLES = Path(__file__).parents[2] / "sample_traces"
BATCH = SAMPLES / "batch" / "go1.27"
BENCHMARKS = "goos: linux\npkg: m/a\nBenchmarkGet-2  100  12.5 ns/op  16 B/op  1 allocs/op\nPASS\n"
ESCAPES = (
    "# m/a\n./a.go:3:6: can inline Get\n./a.go:4:9: &item{...} escapes to heap\n"
    "./a.go:5:2: moved to heap: x\n"
)


GROWTH, FIXED = (SAMPLES / "wrestle" / name for name in ("growth", "growth.fixed"))


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


def test_a_profile_of_allocs_beside_that_of_the_heap_is_not_counted_twice() -> None:
    found = collect([str(BATCH / "allocs.pb.gz"), str(BATCH / "heap.pb.gz")])
    assert [Path(item.path).name for item in found.items] == ["heap.pb.gz"]
    assert ["tells what the heap profile does" in note.message for note in found.notes] == [True]
    alone = collect([str(BATCH / "allocs.pb.gz")])
    assert [(item.role, item.path) for item in alone.items] == [
        ("heap", str(BATCH / "allocs.pb.gz"))
    ]


def test_layouts_are_told_by_their_content(tmp_path: Path) -> None:
    files = copied(tmp_path, any=GROWTH / "layouts.json", heap=BATCH / "heap.pb.gz")
    (tmp_path / "packed").write_bytes(gzip.compress((GROWTH / "layouts.json").read_bytes()))
    found = collect([*files, str(tmp_path / "packed")])
    assert [item.role for item in found.items] == ["layouts", "heap", "layouts"]
    assert found.notes == ()


def test_layouts_of_several_packages_find_theirs_by_name(tmp_path: Path) -> None:
    for package in ("a.b", "c"):
        copied(tmp_path / "profiles" / package, heap=BATCH / "heap.pb.gz")
        copied(tmp_path / "layouts", **{f"{package}.json": GROWTH / "layouts.json"})
    found = collect([str(tmp_path)])
    assert [i.package for i in found.items if i.role == "layouts"] == ["a.b", "c"]


def as_another(folder: Path, package: str = "wrestle/growth", address: str = "") -> str:
    """A recorded folder with its package called otherwise."""
    shutil.copytree(GROWTH, folder)
    manifest = folder / "manifest.json"
    text = manifest.read_text().replace('"wrestle/growth"', json.dumps(package))
    if address:
        text = text.replace('"address": ""', f'"address": "{address}"')
    manifest.write_text(text)
    return str(folder)


def test_recorded_folders_are_told_by_their_manifests(tmp_path: Path) -> None:
    other = as_another(tmp_path / "other", "m/other")
    found = collect([str(FIXED / "manifest.json"), other])
    assert found.packages == ("wrestle/growth", "m/other")
    assert found.notes == ()
    assert [len(group.items) for group in found.groups] == [len(found.items) // 2] * 2
    assert [manifest.packages for manifest in found.manifests] == [
        ("wrestle/growth",), ("m/other",),
    ]  # fmt: skip


def test_recorded_folders_are_found_in_a_folder(tmp_path: Path) -> None:
    as_another(tmp_path / "one")
    as_another(tmp_path / "two", "m/other")
    found = collect([str(tmp_path)])
    assert (found.packages, found.notes) == (("wrestle/growth", "m/other"), ())


def test_two_recordings_of_one_package_are_for_base(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"wrestle/growth was recorded in .*`gotrace wrestle "
                       r"--from .*growth\.fixed --base .*growth` compares them"):  # fmt: skip
        collect([str(GROWTH), str(FIXED)])
    with pytest.raises(UsageError, match="growth is named twice"):
        collect([str(GROWTH), str(GROWTH)])


def test_services_go_by_their_address_beside_others(tmp_path: Path) -> None:
    services = [
        as_another(tmp_path / name, "", f"http://me:secret@localhost:{port}/debug/pprof")
        for name, port in (("one", 6060), ("two", 6061), ("three", 6060))
    ]
    assert collect(services[:1]).packages == ("",)
    assert collect(services[:2]).packages == ("localhost:6060", "localhost:6061")
    with pytest.raises(UsageError, match="localhost:6060 was recorded in"):
        collect(services)


def test_an_address_that_is_none_is_a_name_as_well(tmp_path: Path) -> None:
    services = [as_another(tmp_path / name, "", f"http://[{name}") for name in ("one", "two")]
    assert collect(services).packages == ("http://[one", "http://[two")


def test_benchmarks_alone_are_of_the_packages_that_the_manifest_names(tmp_path: Path) -> None:
    folder = as_another(tmp_path / "given", "m/a")
    for role in ("profiles", "traces"):
        shutil.rmtree(tmp_path / "given" / role)
    assert collect([folder]).packages == ("m/a",)


def test_loose_files_complete_the_only_recorded_folder(tmp_path: Path) -> None:
    folder = as_another(tmp_path / "given")
    for role in ("escapes", "traces"):
        shutil.rmtree(tmp_path / "given" / role)
    manifest = tmp_path / "given" / "manifest.json"
    page = json.loads(manifest.read_bytes())
    page["recordings"] = [r for r in page["recordings"] if r["role"] in ("heap", "cpu")]
    manifest.write_text(json.dumps(page))
    (tmp_path / "escapes.txt").write_text(ESCAPES)
    (group,) = collect([folder, str(BATCH / "trace.out"), str(tmp_path / "escapes.txt")]).groups
    assert {(item.role, item.package) for item in group.items} == {
        ("heap", "wrestle/growth"), ("cpu", "wrestle/growth"), ("trace", "wrestle/growth"),
        ("escapes", ""),
    }  # fmt: skip


def test_beside_several_recorded_folders_loose_files_stand_alone(tmp_path: Path) -> None:
    others = [as_another(tmp_path / name, f"m/{name}") for name in ("one", "two")]
    (tmp_path / "escapes.txt").write_text(ESCAPES)
    found = collect([*others, str(BATCH / "heap.pb.gz"), str(tmp_path / "escapes.txt")])
    assert found.packages == ("m/one", "m/two", "")
    assert [item.role for item in found.groups[-1].items] == ["heap", "escapes"]
    assert found.notes == ()


def test_escapes_and_layouts_of_a_recording_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "escapes.txt").write_text(ESCAPES)
    (tmp_path / "more.txt").write_text(BENCHMARKS)
    files = [str(tmp_path / name) for name in ("escapes.txt", "more.txt")]
    found = collect([str(GROWTH), *files, str(FIXED / "layouts.json")])
    assert [note.message.split(":")[1] for note in found.notes] == [
        " escapes were recorded with the rest", " layouts were recorded with the rest",
    ]  # fmt: skip
    logs = [Path(item.path).name for item in found.items if item.role == "bench"]
    assert sorted(logs) == ["default.txt", "gogc-off.txt", "more.txt"]


def test_the_files_of_a_broken_manifest_are_told_by_content(tmp_path: Path) -> None:
    folder = as_another(tmp_path / "broken")
    (tmp_path / "broken" / "manifest.json").write_text("{")
    found = collect([folder, str(BATCH / "gctrace.txt")])
    assert [note.severity.value for note in found.notes] == ["fault"]
    assert "manifest.json was left out" in found.notes[0].message
    assert {"heap", "cpu", "layouts", "escapes", "trace", "bench", "gclog"} == {
        item.role for item in found.items
    }
    with pytest.raises(InputError, match="is no manifest"):
        collect([folder])


def test_names_of_packages_lead_out_of_no_folder() -> None:
    names = ["example.com/m/a", "localhost:6060", "..", "../../etc", "/", "a\\b\0c"]
    assert [folder_name(name) for name in names] == [
        "example.com.m.a", "localhost-6060", "", "etc", "", "a-b-c",
    ]  # fmt: skip
