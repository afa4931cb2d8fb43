"""Layouts of types out of a test binary, held against what the running program says itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gotrace.readers.layouts import read_layouts
from gotrace.tables.recording import Recording
from tests.goroots import GoRoot
from tests.readers.escapes.builds import ROOTS, go_environment

TYPES = Path(__file__).parent / "layout_types"
PROGRAM = Path(__file__).parents[2] / "gotrace/capture/layouts/main.go"
OLD_AND_NEW = [root for root in ROOTS if root.version.minor in (21, 24, 27)]
PACKAGE = "example.com/deep/layout-types"
POINTERS = {"string": 1, "map[string]int": 1, "[]uint8": 1, "time.Time": 1, "layout.Flat": 0,
            "layout.Header": 1, "layout.Inner": 1, "[3]layout.Inner": 3, "layout.Names": 1,
            "layout.Kept": 4}  # fmt: skip
"""Words that the collector follows, counted by hand."""


@dataclass(frozen=True)
class Printed:
    """What `layouts` read of a test binary, and what the binary says itself."""

    recording: Recording
    told: list[dict[str, Any]]


def run(command: list[Any], folder: Path) -> bytes:
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=go_environment(), capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module", params=OLD_AND_NEW, ids=[str(root.version) for root in OLD_AND_NEW])
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    root: GoRoot = request.param
    work = tmp_path_factory.mktemp("layouts")
    binary, program = work / "types.test", work / "layouts"
    run([root.go, "test", "-c", "-o", binary, "."], TYPES)
    shutil.copy(PROGRAM, work / "layouts.go")
    run([root.go, "build", "-o", program, "layouts.go"], work)
    page = work / "layouts.json"
    page.write_bytes(run([program, f"-packages={PACKAGE}", binary], work))
    output = run([binary, "-test.run=TestPrint"], work).decode()
    line = next(line for line in output.splitlines() if line.startswith("LAYOUTS "))
    return Printed(read_layouts(page), json.loads(line.removeprefix("LAYOUTS ")))


def layouts(recording: Recording) -> dict[str, dict[str, Any]]:
    """Name → the row of `type_layouts`, with its fields."""
    tables = recording.to_arrow()
    found = {row["layout_id"]: {**row, "fields": []} for row in tables["type_layouts"].to_pylist()}
    for field in tables["type_fields"].to_pylist():
        found[field["layout_id"]]["fields"].append(field)
    return {row["name"]: row for row in found.values()}


def test_sizes_and_pointer_bytes_are_those_of_the_runtime(printed: Printed) -> None:
    read = layouts(printed.recording)
    for told in printed.told:
        row = read[told["Name"]]
        assert (row["size_bytes"], row["pointer_bytes"]) == (
            told["SizeBytes"],
            told["PointerBytes"],
        )
        assert row["kind"] == told["Kind"]
        assert row["address"] == told["Address"]


def test_fields_are_those_that_reflect_sees(printed: Printed) -> None:
    read = layouts(printed.recording)
    checked = 0
    for told in printed.told:
        for field, expected in zip(read[told["Name"]]["fields"], told["Fields"] or [], strict=True):
            assert field["name"] == expected["Name"]
            assert field["offset_bytes"] == expected["Offset"]
            assert field["size_bytes"] == expected["Size"]
            checked += 1
    assert checked > 30


def test_pointers_are_counted_as_the_collector_follows_them(printed: Printed) -> None:
    read = layouts(printed.recording)
    assert {name: read[name]["pointers_count"] for name in POINTERS} == POINTERS
    event = read["layout.Event"]
    of_fields = {field["name"]: field["pointers_count"] for field in event["fields"]}
    assert of_fields["At"] == of_fields["Err"] == of_fields["Any"] == 1
    assert (of_fields["Some"], of_fields["ByName"], of_fields["Mutex"]) == (3, 2, 0)
    assert event["pointers_count"] == sum(of_fields.values())


def test_pointer_bytes_of_fields_add_up_to_those_of_the_struct(printed: Printed) -> None:
    for row in layouts(printed.recording).values():
        ends = [
            f["offset_bytes"] + f["pointer_bytes"] for f in row["fields"] if f["pointers_count"]
        ]
        if row["kind"] == "struct":
            assert max(ends, default=0) == row["pointer_bytes"], row["name"]


def test_names_are_those_of_the_runtime_and_of_the_binary(printed: Printed) -> None:
    event = layouts(printed.recording)["layout.Event"]
    assert event["full_name"] == f"{PACKAGE}.Event"
    assert event["package"] == PACKAGE
    embedded = [field["name"] for field in event["fields"] if field["is_embedded"]]
    assert embedded == ["Inner", "Mutex"]
    some = layouts(printed.recording)["[3]layout.Inner"]
    assert (some["length"], some["element"]) == (3, f"{PACKAGE}.Inner")
    assert printed.recording.origin.go_version.startswith("go1.")
