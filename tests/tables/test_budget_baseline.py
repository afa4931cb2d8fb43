"""Baselines: stable to write, strict to read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gotrace.errors import InputError, UsageError
from gotrace.tables.budget import Measurement, Site
from gotrace.tables.budget_baseline import (
    Blessed,
    baseline_key,
    baseline_keys,
    read_baseline,
    write_baseline,
)

KEY = "go1.27-linux-amd64"
MEASURE = Measurement(
    12.5, 12, 13, "median of 6 repeats", (12, 12.5, 13), (Site("main.f", "f.go", 7, 3.0),),
    ("/tmp/x/heap.pprof",), {"go_version": "go1.27"}, ("ab12",), is_noise_known=False,
)  # fmt: skip


def write(tmp_path: Path, **measures: Measurement) -> Path:
    return write_baseline(tmp_path / "budgets", KEY, measures)


def damaged(tmp_path: Path, change: Any) -> str:
    """The message for a baseline after `change` of its document."""
    path = write(tmp_path, b=MEASURE)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, indent=2))
    return refusal(path)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_baseline(path.parent, path.stem)
    assert caught.value.exit_code == 3
    assert caught.value.source == str(path)
    return str(caught.value)


def test_what_is_written_is_read_but_for_the_paths(tmp_path: Path) -> None:
    path = write(tmp_path, b=MEASURE)
    assert read_baseline(path.parent, KEY) == {"b": replace(MEASURE, sources=())}


def test_writing_the_same_again_changes_nothing_whatever_the_order(tmp_path: Path) -> None:
    first = write(tmp_path, b=MEASURE, a=MEASURE).read_bytes()
    assert write(tmp_path, a=MEASURE, b=MEASURE).read_bytes() == first
    assert b"/tmp" not in first
    assert first.endswith(b"}\n")
    assert [path.name for path in (tmp_path / "budgets").iterdir()] == [f"{KEY}.json"]


def test_an_entry_shows_numbers_and_their_evidence(tmp_path: Path) -> None:
    entry = json.loads(write(tmp_path, b=MEASURE).read_text())["budgets"]["b"]
    assert entry["value"] == 12.5
    assert entry["low"] == 12
    assert isinstance(entry["low"], int)
    assert entry["sites"] == [{"function": "main.f", "file": "f.go", "line": 7, "value": 3}]
    assert entry["sha256"] == ["ab12"]


def test_every_site_is_a_line_of_the_file(tmp_path: Path) -> None:
    names = ("main.f", 'a{"function": \n}', "é\u2028")
    sites = tuple(Site(name, "f.go", 7, 3) for name in names * 50)
    path = write(tmp_path, b=replace(MEASURE, sites=sites))
    assert path.read_text().count('\n        {"function": ') == len(sites)
    assert read_baseline(path.parent, KEY)["b"].sites == sites


def test_there_may_be_no_baseline(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none", KEY) == {}
    assert baseline_keys(tmp_path / "none") == []


def test_keys_are_told_from_other_files(tmp_path: Path) -> None:
    path = write(tmp_path, b=MEASURE)
    (path.parent / "notes.json").write_text("{}")
    (path.parent / "go1.26-linux-amd64.json").write_text("{}")
    assert baseline_keys(path.parent) == ["go1.26-linux-amd64", KEY]


@pytest.mark.parametrize(
    ("conditions", "key"),
    [
        ({"go_version": "go1.27.3", "goos": "linux", "goarch": "amd64"}, KEY),
        ({"go_version": "1.27rc1", "goos": "linux", "goarch": "amd64"}, KEY),
        ({"goos": "js", "goarch": "wasm"}, "unknown-js-wasm"),
        ({"go_version": "devel", "goos": "../x", "goarch": ""}, "unknown-.._x-unknown"),
    ],
)
def test_a_file_is_named_after_its_platform(conditions: dict[str, str], key: str) -> None:
    assert baseline_key(conditions) == key


def test_what_is_no_json_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, b=MEASURE)
    whole = path.read_text()
    for text, message in (
        (whole.replace("12.5", "NaN", 1), "`NaN` is no number that was measured"),
        (whole.replace("12.5", "Infinity", 1), "`Infinity` is no number"),
        ("<<<<<<< HEAD\n" + whole, "line 1"),
        (whole[: len(whole) // 2], "line"),
        (whole.replace('"high"', '"low"'), "`low` stands there twice"),
        ("", "line 1"),
        ("[" * 100_000, "is no baseline"),
    ):
        path.write_text(text)
        assert message in refusal(path)
    path.write_bytes(b"\xff\xfe")
    assert "is no baseline" in refusal(path)


def test_what_no_measure_can_be_is_refused_with_the_line_of_its_entry(tmp_path: Path) -> None:
    def entry(**changes: Any) -> Any:
        return lambda document: document["budgets"]["b"].update(changes)

    for change, message in (
        (entry(value=14), "line 5: `b` lies outside its own interval"),
        (entry(value="12"), "line 5: `b` holds `12` where a number belongs"),
        (entry(value=True), "holds `True` where a number belongs"),
        (entry(value=10**400), "where a number belongs"),
        (entry(rule=3), "holds `3` where a text belongs"),
        (entry(values=3), "holds `3` where a list belongs"),
        (entry(values=[None]), "holds `None` where a number belongs"),
        (entry(sites=[3]), "a site of `b` is no object"),
        (entry(sites=[{"function": "f"}]), "holds `None` where a text belongs"),
        (entry(conditions=[]), "`b` has no conditions"),
        (entry(conditions={"goos": 3}), "holds `3` where a text belongs"),
        (entry(is_noise_known=1), "`is_noise_known` of `b` is true or false"),
        (entry(sha256=[3]), "holds `3` where a text belongs"),
        (lambda document: document["budgets"].update(b=[]), "line 5: `b` is no object"),
        (lambda document: document.update(format=2), 'it does not say `"format": 1`'),
        (lambda document: document.update(budgets=[]), "it has no `budgets`"),
    ):
        assert message in damaged(tmp_path, change)


def test_a_list_is_no_baseline(tmp_path: Path) -> None:
    path = write(tmp_path, b=MEASURE)
    path.write_text("[]")
    assert 'it does not say `"format": 1`' in refusal(path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_baseline(tmp_path / "file", KEY, {})


def test_blessing_tells_what_changed() -> None:
    before = {"same": MEASURE, "other": MEASURE, "gone": MEASURE}
    now = {
        "same": replace(MEASURE, digests=("cd",)),
        "other": replace(MEASURE, high=14),
        "new": MEASURE,
    }
    assert Blessed(Path("x"), before, now).changed == ("gone", "new", "other")
