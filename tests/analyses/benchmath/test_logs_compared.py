"""Which results of two logs belong together, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

from gotrace.analyses.benchmath.cells import better_of, configurations, splitting_keys
from gotrace.analyses.benchmath.conditions import condition_notes
from gotrace.analyses.benchmath.results import comparison_results, summary_results
from gotrace.analyses.benchmath.summary import Assumption
from gotrace.analyses.benchmath.tables import unit_tables
from tests.analyses.benchmath.published import recorded, tables_of

_HEAD = "goos: linux\ngoarch: amd64\ncpu: One\npkg: a\n"


def result(*values: int, name: str = "X", count: int = 100) -> str:
    return "".join(f"Benchmark{name} {count} {value} B/op {value}00 ns/op\n" for value in values)


def test_packages_of_a_log_have_tables_of_their_own(tmp_path: Path) -> None:
    log = _HEAD + result(1) + "pkg: b\n" + result(2) + "pkg: a\n" + result(3)
    found = [(table.configuration, table.unit) for table in tables_of(tmp_path, log, log)]
    assert found == [((("pkg", package),), unit) for package in "ab" for unit in ("B/op", "sec/op")]


def test_what_only_the_files_tell_apart_is_compared(tmp_path: Path) -> None:
    base, head = _HEAD + "note: old\n" + result(1), _HEAD + "note: new\n" + result(2)
    (bytes_table, _) = tables_of(tmp_path, base, head)
    assert bytes_table.configuration == ()
    assert bytes_table.rows[0].comparisons[1] is not None


def test_a_key_that_varies_in_one_log_splits_both(tmp_path: Path) -> None:
    logs = recorded(tmp_path, "gogc: 50\n" + result(1) + "gogc: 100\n" + result(1), result(1))
    assert splitting_keys(map(configurations, logs)) == ("gogc",)


def test_another_machine_is_a_loss_and_another_word_only_worth_knowing(tmp_path: Path) -> None:
    base = _HEAD + "commit: 1\n" + result(1, 2)
    head = _HEAD.replace("One", "Two") + "commit: 2\n" + result(1, 2)
    notes = condition_notes(*recorded(tmp_path, base, head))
    assert [(note.severity, note.slug) for note in notes] == [
        ("loss", "benchmark-machines-differ"),
        ("info", "benchmark-configurations-differ"),
    ]
    assert "One" in notes[0].message
    assert "Two" in notes[0].message
    assert condition_notes(*recorded(tmp_path, base, base)) == ()


def test_another_fixed_number_of_iterations_is_told(tmp_path: Path) -> None:
    fixed, other = result(1, 2, count=100), result(1, 2, count=1000)
    timed = result(1, count=90) + result(2, count=95)

    def slugs(*logs: str) -> list[str]:
        return [note.slug for note in condition_notes(*recorded(tmp_path, *logs))]

    assert slugs(fixed, other) == slugs(fixed, timed) == ["benchmark-iterations-differ"]
    assert slugs(fixed, fixed) == slugs(timed, timed + result(9, count=7)) == []


def test_only_exact_is_assumed_and_the_first_word_counts(tmp_path: Path) -> None:
    first = "Unit B/op assume=exact\nUnit ns/op assume=normal\n" + result(1)
    second = "Unit B/op assume=nothing\n" + result(1)
    logs = recorded(tmp_path, first, second)
    found = {table.unit: table.assumption for table in unit_tables(logs)}
    assert found == {"B/op": Assumption.EXACT, "sec/op": Assumption.NOTHING}
    asked = {table.unit: table.assumption for table in unit_tables(logs, normal=["sec/op"])}
    assert asked["sec/op"] is Assumption.NORMAL


def test_what_is_better_is_known_or_said(tmp_path: Path) -> None:
    logs = recorded(tmp_path, "Unit B/op better=higher\n" + result(1))
    found = [better_of(logs, unit) for unit in ("B/op", "sec/op", "B/s", "allocs/op", "x")]
    assert found == [1, -1, 1, -1, 0]


def test_a_page_has_a_table_for_each_configuration_and_numbers_have_one(tmp_path: Path) -> None:
    (log,) = recorded(tmp_path, _HEAD + result(1, 2) + "pkg: b\n" + result(3, name="Y"))
    page = summary_results(log, is_page=True)[1]
    assert [table.title for table in page.tables] == ["Benchmarks, pkg a", "Benchmarks, pkg b"]
    assert len({table.name for table in page.tables}) == 2
    (numbers,) = summary_results(log)[1].tables
    assert numbers.column("unit").values == ["B/op", "sec/op"] * 2
    assert numbers.column("low").values == [None] * 4
    assert numbers.column("center").values[0] == 1.5


def test_a_benchmark_that_one_log_lacks_has_no_change(tmp_path: Path) -> None:
    logs = recorded(tmp_path, result(1, name="A") + result(0, name="Z"), result(2, name="A"))
    (numbers,) = comparison_results(logs, ("base", "head"))[1].tables
    columns = [numbers.column(name).values for name in ("benchmark", "unit", "change_ratio", "p")]
    assert list(zip(*columns, strict=True)) == [
        ("A", "B/op", 1.0, 1.0), ("Z", "B/op", None, None),
        ("A", "sec/op", 1.0, 1.0), ("Z", "sec/op", None, None),
    ]  # fmt: skip


def test_a_page_leaves_out_what_nobody_would_read_and_says_so(tmp_path: Path) -> None:
    text = "".join(
        f"pkg: p{package}\n" + "".join(result(1, name=f"N{number}") for number in range(600))
        for package in range(3)
    )
    (log,) = recorded(tmp_path, text)
    tables = summary_results(log, is_page=True)[1].tables
    assert [table.row_count for table in tables] == [501] * 3
    assert all("100 more benchmarks" in table.footnotes[-1] for table in tables)
