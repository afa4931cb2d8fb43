"""Manifests of folders of recordings: what was written comes back, what is none is refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.errors import InputError, LimitError, MalformedError, UnsupportedVersionError
from gotrace.readers.manifest import read_manifest
from gotrace.tables.manifest import (
    Machine,
    Manifest,
    RecordingEntry,
    Skipped,
    ToolchainFacts,
)

MANIFEST = Manifest(
    "wrestle",
    "2026-11-21T21:00:00Z",
    "0.1.0",
    "example.com/m",
    "/home/me/m",
    ("example.com/m/a",),
    ".",
    "",
    ToolchainFacts("go1.27.3", "linux", "amd64", "", ("-tags=x",)),
    Machine(2, "a µ CPU", 8 << 30, "2", "", ""),
    (
        RecordingEntry(
            "cpu", "example.com/m/a", "profiles/a/cpu.pb.gz", "default", 1, ("a.test", "-x"),
            {"GOGC": "off"}, -9, 1.5, ("a note",), {"BenchmarkA-2": 100},
        ),
    ),
    (Skipped("trace", "example.com/m/a", "no room"),),
    True,
)  # fmt: skip


def written(folder: Path, change: dict[str, Any] | bytes) -> Path:
    file = folder / "manifest.json"
    if isinstance(change, bytes):
        file.write_bytes(change)
    else:
        file.write_text(json.dumps(json.loads(json.dumps(asdict(MANIFEST))) | change))
    return file


def entry(**change: Any) -> dict[str, Any]:
    return {"recordings": [json.loads(json.dumps(asdict(MANIFEST.recordings[0]))) | change]}


def test_a_manifest_comes_back_from_its_file_and_from_its_folder(tmp_path: Path) -> None:
    file = written(tmp_path, {})
    assert read_manifest(file) == read_manifest(tmp_path) == MANIFEST


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"kind": 1},
        {"packages": "a"},
        {"packages": [1]},
        {"made_at": None},
        {"toolchain": []},
        {"machine": {"cpu_count": -1}},
        {"machine": {"cpu_count": True}},
        {"machine": {"memory_bytes": 1e300}},
        {"is_complete": 1},
        {"recordings": {}},
        {"recordings": [1]},
        {"skipped": [{"role": "other"}]},
        {"module": "\ud800"},
        entry(role="other"),
        entry(path=""),
        entry(path="/etc/passwd"),
        entry(path="../../etc/passwd"),
        entry(path="a/../../b"),
        entry(path="a\0b"),
        entry(path="a\\b"),
        entry(duration_s=-1),
        entry(duration_s=float("nan")),
        entry(duration_s="1"),
        entry(environment=[]),
        entry(environment={"a": 1}),
        entry(iterations={"a": "1"}),
        entry(iterations={"a": -1}),
        entry(round_count=1.5),
    ],
    ids=lambda change: json.dumps(change)[:60],
)
def test_what_none_can_say_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError, match="is no manifest: "):
        read_manifest(written(tmp_path, change))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000, b'{"schema_version": 1}']
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises((MalformedError, UnsupportedVersionError)):
        read_manifest(written(tmp_path, content))


def test_the_form_of_a_later_gotrace_is_refused_as_such(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedVersionError, match="of version 2; this gotrace reads 1"):
        read_manifest(written(tmp_path, {"schema_version": 2}))


def test_more_entries_than_can_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="more than 100000 entries"):
        read_manifest(written(tmp_path, {"packages": ["a"] * 100_001}))


def test_a_folder_without_one_is_no_folder_of_recordings(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.json: no such file"):
        read_manifest(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*asdict(MANIFEST)]), JSON, max_size=4))
def test_any_document_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, change: dict[str, Any]
) -> None:
    file = written(tmp_path_factory.mktemp("any"), change)
    try:
        found = read_manifest(file)
    except InputError as error:
        assert str(file) in str(error)
    else:
        assert found.schema_version == 1
