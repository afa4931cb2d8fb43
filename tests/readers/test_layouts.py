"""Layouts as JSON: what is read, and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from setuptools import Distribution

from gotrace.errors import InputError, LimitError, MalformedError, UnrecognisedError
from gotrace.readers import layouts
from gotrace.readers.layouts import read_layouts

ROOT = Path(__file__).parents[2]
FIELD = {"name": "At", "type": "time.Time", "is_embedded": True, "offset_bytes": 8,
         "size_bytes": 24, "pointer_bytes": 24, "pointers_count": 1}  # fmt: skip
TYPE = {"name": "a.T", "full_name": "example.com/a.T", "package": "example.com/a",
        "kind": "struct", "size_bytes": 32, "pointer_bytes": 32, "pointers_count": 1,
        "address": 4711, "fields": [FIELD]}  # fmt: skip
PAGE = {"gotrace": "layouts", "version": 1, "go_version": "go1.27.3", "types": [TYPE]}


def written(folder: Path, page: Any) -> Path:
    path = folder / "layouts.json"
    path.write_text(page if isinstance(page, str) else json.dumps(page), encoding="utf-8")
    return path


def test_types_and_fields_become_tables(tmp_path: Path) -> None:
    recording = read_layouts(written(tmp_path, PAGE))
    tables = recording.to_arrow()
    assert recording.kind == "layouts"
    assert recording.origin.go_version == "go1.27.3"
    (of_type,) = tables["type_layouts"].to_pylist()
    (of_field,) = tables["type_fields"].to_pylist()
    expected = {key: value for key, value in TYPE.items() if key != "fields"}
    assert of_type == {"layout_id": 0, "element": "", "length": None, **expected}
    assert of_field == {"layout_id": 0, "index": 0, **FIELD}


def test_senseless_types_and_fields_are_left_out_and_told(tmp_path: Path) -> None:
    strange = [3, None, {}, {**TYPE, "size_bytes": -1}, {**TYPE, "size_bytes": True},
               {**TYPE, "size_bytes": 1 << 70}, {**TYPE, "full_name": ""}, {**TYPE, "kind": 3},
               {**TYPE, "fields": [7]},
               {**TYPE, "fields": [{**FIELD, "offset_bytes": "8"}]}]  # fmt: skip
    recording = read_layouts(written(tmp_path, {**PAGE, "types": [TYPE, *strange]}))
    assert recording.columns["type_layouts"].rows == 3
    assert recording.columns["type_fields"].rows == 1
    assert [(note.slug, note.count) for note in recording.notes] == [("layouts-unread", 10)]


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("", InputError),
        ("hello", UnrecognisedError),
        ("[" * 100_000, UnrecognisedError),
        ([], UnrecognisedError),
        ({"gotrace": "budget"}, UnrecognisedError),
        ({**PAGE, "version": 2}, UnrecognisedError),
        ({**PAGE, "types": {}}, MalformedError),
        (json.dumps(PAGE)[:-5], MalformedError),
    ],
)
def test_anything_else_is_refused(page: Any, error: type[InputError], tmp_path: Path) -> None:
    with pytest.raises(error):
        read_layouts(written(tmp_path, page))


def test_damage_never_fails_otherwise(tmp_path: Path) -> None:
    data = json.dumps(PAGE).encode()
    chance = random.Random(3)
    path, read = tmp_path / "layouts.json", 0
    for _ in range(200):
        piece = bytearray(data)
        for _ in range(chance.randrange(1, 3)):
            piece[chance.randrange(len(piece))] = chance.randrange(32, 127)
        path.write_bytes(piece)
        try:
            read += read_layouts(path).columns["type_layouts"].rows
        except InputError:
            continue
    assert 0 < read < 200


def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, {**PAGE, "types": [TYPE] * 5})
    monkeypatch.setattr(layouts, "MOST_TYPES", 4)
    with pytest.raises(LimitError, match="more than 4 types"):
        read_layouts(path)
    monkeypatch.setattr(layouts, "MOST_FIELDS", 2)
    with pytest.raises(LimitError, match="more than 2 fields"):
        read_layouts(path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # setuptools calls ext-modules experimental
def test_the_program_that_makes_them_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its one file is package data: a recording builds it with the user's own Go."""
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"packages": ["gotrace.capture"]})
    distribution.parse_config_files()
    command = distribution.get_command_obj("build_py")
    command.ensure_finalized()
    command.manifest_files = {}  # what git or MANIFEST.in adds is not looked at
    found = command.find_data_files("gotrace.capture", "gotrace/capture")
    assert str(Path("gotrace/capture/layouts/main.go")) in found
