"""One report of several recordings: what it says of where they come from, and what is drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gotrace.tables.notes import Severity
from gotrace.views.charts import save_charts
from gotrace.wrestle.report import Wrestled, wrestle

SAMPLES = Path(__file__).parents[2] / "sample_traces"
GROWTH = SAMPLES / "wrestle" / "growth"


def changed(folder: Path, *changes: tuple[str, str]) -> str:
    """A recorded folder with another manifest."""
    shutil.copytree(GROWTH, folder)
    manifest = folder / "manifest.json"
    text = manifest.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    manifest.write_text(text)
    return str(folder)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Wrestled:
    other = changed(
        tmp_path_factory.mktemp("recorded") / "other", ('"wrestle/growth"', '"m/other"'),
        ('"go1.27.3"', '"go1.26.1"'), ('"module": "wrestle"', '"module": "m"'),
    )  # fmt: skip
    return wrestle([str(GROWTH), other])


def test_two_recordings_are_a_package_after_the_other(both: Wrestled) -> None:
    facts = {fact.name: fact for fact in both.report().results[0].facts}
    assert facts["packages"].value == "wrestle/growth, m/other"
    assert facts["go_version"].value == "go1.27.3; go1.26.1"
    assert facts["machine"].value.count("CPUs") == 1, "what is the same is said once"
    assert [str(one.version) for one in both.opened.packages] == ["go1.27", "go1.26"]
    assert [one.module for one in both.opened.packages] == ["wrestle", "m"]
    assert both.opened.notes == []
    assert both.report().source == " + ".join(both.collection.sources)


def test_each_package_has_its_own_benchmarks_and_escapes(both: Wrestled) -> None:
    for evidence in both.opened.packages:
        assert evidence.escapes is not None
        assert evidence.benchmarks["default"].columns["benchmarks"].rows == 6
    assert both.opened.benchmarks["default"].columns["benchmarks"].rows == 12


def test_collections_of_two_processes_have_charts_of_their_own(
    both: Wrestled, tmp_path: Path
) -> None:
    reports = both.charted(both.report())
    assert [folder for folder, _ in reports] == ["", "wrestle.growth", "m.other"]
    for folder, report in reports:
        save_charts(report, tmp_path / folder)
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "wrestle-arms.png", "wrestle-cpu.png", "wrestle-sites.png",
    }  # fmt: skip
    assert (tmp_path / "m.other" / "gc-mmu.png").is_file()


def test_one_package_has_one_folder_of_charts() -> None:
    wrestled = wrestle([str(GROWTH)])
    everything = wrestled.report()
    assert wrestled.charted(everything) == [("", everything)]


def test_a_site_has_all_that_is_known_of_it_for_people_and_programs() -> None:
    wrestled = wrestle([str(GROWTH)])
    page, everything = (wrestled.report(rows).tables()["sites"] for rows in (70, 0))
    for table in (page, everything):
        (row, *_) = table.rows()
        assert row["why"] == "slice-growth"
        assert row["noscan_ratio"] == 1
        assert row["alloc_bytes"] > row["alloc_objects"] > 100_000
        assert 0.4 < row["outlived_0_ratio"] < 0.7
        assert row["charged_ns"] > 0
        assert row["scan_bytes"] == 0
        assert row["slots"].startswith("512 B, 256 B")
    assert page.rows()[0]["place"] == "table_planted.go:15"


def test_what_somebody_brought_since_is_no_longer_missing(tmp_path: Path) -> None:
    skipped = """"skipped": [{"role": "escapes", "package": "", "why": "no compiler"},
        {"role": "bench", "package": "", "why": "hangs"}]"""
    changes = (('"role": "bench"', '"role": "block"'), ('"skipped": []', skipped))
    module = wrestle([changed(tmp_path / "module", *changes)])
    assert [(note.message, note.severity) for note in module.opened.notes] == [
        ("bench was not recorded: hangs", Severity.LOSS)
    ]
    address = ('"address": ""', '"address": "http://localhost:6060"')
    service = wrestle([changed(tmp_path / "service", *changes, address)])
    assert [note.severity for note in service.opened.notes] == [Severity.INFO]
