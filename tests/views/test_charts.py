"""Charts: whole files, the right size, readable text, the same bytes every time."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gotrace.errors import InputError
from gotrace.views.chart_data import charts
from gotrace.views.charts import save_charts
from gotrace.views.report import Report
from tests.views.reports import (
    cpu_report,
    diff_report,
    empty_report,
    heap_report,
    hostile_report,
    huge_report,
)

MIB = 1 << 20


@pytest.fixture(scope="module")
def heap_charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, made on the way, with the charts of the heap report."""
    folder = tmp_path_factory.mktemp("charts") / "new" / "folder"
    save_charts(heap_report(), folder)
    return folder


def texts(path: Path) -> str:
    """All text in an SVG file."""
    return "\n".join(ElementTree.parse(path).getroot().itertext())


def test_a_heap_report_makes_three_charts_in_two_forms(heap_charts: Path) -> None:
    stems = ["lifetimes", "size-classes", "top-sites"]
    expected = [f"{stem}.{suffix}" for stem in stems for suffix in ("png", "svg")]
    assert sorted(path.name for path in heap_charts.iterdir()) == expected


def test_a_png_is_as_large_as_a_slide(heap_charts: Path) -> None:
    for path in heap_charts.glob("*.png"):
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == (1920, 1080)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("size-classes", ["Bytes by size class", "16 B", "large", "MiB", "± one standard error"]),
        ("top-sites", ["Top sites by inuse_space", "bytes.growSlice", "31.0 MiB", "cum: "]),
        ("lifetimes", ["Alive and freed bytes by site", "freed again", "12.0 MiB in use"]),
    ],
)
def test_an_svg_holds_its_text_as_text(heap_charts: Path, name: str, words: list[str]) -> None:
    text = texts(heap_charts / f"{name}.svg")
    for word in [*words, "Heap profile, heap.pb.gz"]:
        assert word in text


def test_two_runs_give_the_same_bytes(heap_charts: Path, tmp_path: Path) -> None:
    for path in save_charts(heap_report(), tmp_path):
        assert path.read_bytes() == (heap_charts / path.name).read_bytes()


def test_a_chart_without_data_says_so(tmp_path: Path) -> None:
    png, svg = save_charts(empty_report(), tmp_path)
    assert png.exists()
    assert "The profile holds no samples of this type." in texts(svg)


def test_hostile_names_are_drawn_as_text(tmp_path: Path) -> None:
    text = texts(save_charts(hostile_report(), tmp_path)[1])
    assert "<script>" in text
    assert r"\x1b" in text
    assert r"\u6570" in text  # the font has no such character


def test_only_the_base_name_of_the_file_is_shown() -> None:
    report = Report("heap", "Heap profile", "/home/me/a.pb.gz + b.pb.gz", heap_report().results)
    assert {chart.source for chart in charts(report)} == {"Heap profile, a.pb.gz and 1 more"}


def test_a_cpu_report_has_a_chart_of_its_top_sites_only() -> None:
    (chart,) = charts(cpu_report())
    assert (chart.name, chart.unit) == ("top-sites", "s")
    assert chart.bars.series[0].values == [9.0, 0.0]


def test_bytes_are_counted_in_mib() -> None:
    chart = next(chart for chart in charts(heap_report()) if chart.name == "lifetimes")
    assert chart.unit == "MiB"
    assert chart.bars.series[0].values == [12.0, 31.0, 9.0]


@pytest.mark.parametrize("report", [diff_report(), huge_report()])
def test_negative_and_huge_amounts_are_drawn(report: Report, tmp_path: Path) -> None:
    paths = save_charts(report, tmp_path)
    assert paths
    assert all(path.stat().st_size > 1000 for path in paths)


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(InputError, match="charts cannot be written"):
        save_charts(cpu_report(), blocked)


def test_nothing_is_left_behind_but_the_charts(heap_charts: Path) -> None:
    assert [path.name for path in heap_charts.iterdir() if path.name.startswith(".")] == []
