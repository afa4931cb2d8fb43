"""The charts of wrestling: what they show, not how it is drawn."""

from __future__ import annotations

from pathlib import Path

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.views.charts import save_charts
from gotrace.views.report import Report
from gotrace.views.wrestle_chart_data import GroupedBars, Parts, SiteClasses, wrestle_charts

KIB = 1 << 10


def table(name: str, columns: str, *rows: tuple[object, ...]) -> ResultTable:
    names = columns.split()
    made = (ResultColumn(n, "", [row[at] for row in rows]) for at, n in enumerate(names))
    return ResultTable(name, name, tuple(made))


def report(*tables: ResultTable, kind: str = "wrestle") -> Report:
    return Report(kind, "Allocator wrestling", "dir/wrestle-1", (Result("x", "", (), tables),))


ARMS = table(
    "arms", "benchmark unit arm center low high",
    ("Get-2", "sec/op", "default", 2.0, 1.9, None), ("Get-2", "sec/op", "gogc-off", 1.0, 1.0, 1.2),
    ("Get-2", "B/op", "default", 9.0, 9.0, 9.0), ("Put-2", "sec/op", "default", 4.0, 4.0, 4.0),
)  # fmt: skip
SPLIT = table("cpu_split", "what cpu_ns", ("malloc", 30), ("program", 70), ("sweep", 0))
SITES = table(
    "site_classes", "site size_class_bytes alloc_bytes",
    ("a.F", 16, KIB), ("b.G", 32, 8 * KIB), ("a.F", 32, 2 * KIB), ("a.F", 32, KIB),
)  # fmt: skip


def test_bars_of_arms_are_shares_of_the_first_arm_with_its_interval() -> None:
    (chart,) = wrestle_charts(report(ARMS))
    assert isinstance(chart, GroupedBars)
    assert chart.groups == ["Get-2", "Put-2"]
    assert chart.bars == {
        "default": [(1, 0.95, None), (1, 1, 1)], "gogc-off": [(0.5, 0.5, 0.6), None],
    }  # fmt: skip


def test_rounds_have_a_chart_for_each_unit_that_two_rounds_measured() -> None:
    rounds = table(
        "rounds", "benchmark unit round center low high",
        *[("Get-2", unit, round, 3.0, 3.0, 3.0)
          for unit in ("sec/op", "allocs/op") for round in ("before", "presized", "pooled")],
    )  # fmt: skip
    charts = wrestle_charts(report(rounds))
    assert [chart.name for chart in charts] == [
        "wrestle-rounds-sec-per-op", "wrestle-rounds-allocs-per-op",
    ]  # fmt: skip
    assert [len(c.bars) for c in charts if isinstance(c, GroupedBars)] == [3, 3]


def test_parts_of_the_cpu_time_add_up_and_zeros_have_no_bar() -> None:
    (chart,) = wrestle_charts(report(SPLIT))
    assert isinstance(chart, Parts)
    assert chart.parts == [("malloc", 30), ("program", 70)]


def test_sites_are_ordered_by_bytes_and_parted_by_class() -> None:
    (chart,) = wrestle_charts(report(SITES))
    assert isinstance(chart, SiteClasses)
    assert (chart.sites, chart.unit) == (["b.G", "a.F"], "KiB")
    assert chart.classes == {"16 B slots": [0, 1], "32 B slots": [8, 3]}


def test_a_call_site_is_a_line_and_one_too_small_to_see_is_counted() -> None:
    sites = table(
        "site_classes", "site file line size_class_bytes alloc_bytes",
        ("m/a.(*T).F", "m/a.go", 7, 16, 900 * KIB), ("m/a.(*T).F", "m/a.go", 8, 16, 90 * KIB),
        ("m/b.G[m/c.K]", "m/b.go", 1, 16, 90 * KIB), ("m/a.H", "m/a.go", 9, 16, KIB),
    )  # fmt: skip
    (chart,) = wrestle_charts(report(sites))
    assert isinstance(chart, SiteClasses)
    assert chart.sites == ["a.(*T).F:7", "a.(*T).F:8", "b.G[m/c.K]:1"]
    assert chart.left_out_count == 1


def test_names_that_are_cut_do_not_become_one() -> None:
    names = [f"Get/{'x' * 30}{end}{'y' * 40}" for end in "ab"]
    arms = table(
        "arms", "package benchmark unit arm center low high",
        *[("m/a", name, "sec/op", arm, centre, 1.0, 1.0)
          for centre, name in enumerate(names, 1) for arm in (names[0], names[1])],
        ("m/b", names[0], "sec/op", names[0], 3.0, 3.0, 3.0),
    )  # fmt: skip
    (chart,) = wrestle_charts(report(arms))
    assert isinstance(chart, GroupedBars)
    assert len(chart.groups) == 3
    assert all(len(group) <= 40 for group in chart.groups)
    assert [label[:3] for label in chart.bars] == ["1: ", "2: "]


def test_a_benchmark_that_one_arm_only_measured_makes_no_chart() -> None:
    alone = table("arms", "benchmark unit arm center low high", ("G", "sec/op", "default", 1, 1, 1))
    assert wrestle_charts(report(alone)) == []


def test_other_reports_have_no_such_charts() -> None:
    assert wrestle_charts(report(SPLIT, kind="cpu")) == []


def test_all_of_them_are_drawn_the_same_twice(tmp_path: Path) -> None:
    made = save_charts(report(ARMS, SPLIT, SITES), tmp_path / "one")
    assert sorted(path.name for path in made if path.suffix == ".png") == [
        "wrestle-arms.png", "wrestle-cpu.png", "wrestle-sites.png",
    ]  # fmt: skip
    for path in save_charts(report(ARMS, SPLIT, SITES), tmp_path / "two"):
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()
