"""Our statistics are benchstat's, on the examples that it publishes, to the digit it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.benchmath.published import CRC, log_of, printed, tables_of

_JSON = ("1726 1723 1707 1707 1713 1729 1736 1707 1705 1774",
         "1423 1416 1411 1413 1412 1426 1422 1424 1447 1425")  # fmt: skip
_GOB = ("3069 3075 3069 3067 3207 3064 3064 3058 3059 3062",
        "3075 3065 3059 3065 3060 3081 3186 3135 3087 3062")  # fmt: skip


def test_the_example_of_checksums_is_printed_alike(tmp_path: Path) -> None:
    before = {(row.name, row.unit): row.before for row in CRC}
    after = {(row.name, row.unit): row.after for row in CRC}
    found = {
        (table.unit, name): row
        for table in tables_of(tmp_path, log_of(before), log_of(after))
        for name, row in printed(table).items()
    }
    units = {"ns/op": "sec/op", "MB/s": "B/s"}
    for row in CRC:
        want = (
            row.printed if row.name == "geomean" else (*row.printed[:2], f"{row.printed[2]} n=10")
        )
        assert found[units[row.unit], row.name] == want
    assert len(found) == len(CRC) == 74


def test_the_example_of_its_manual_is_printed_alike(tmp_path: Path) -> None:
    logs = [
        log_of({("json", "ns/op"): tuple(json.split()), ("gob", "ns/op"): tuple(gob.split())})
        for json, gob in zip(_JSON, _GOB, strict=True)
    ]
    (table,) = tables_of(tmp_path, *logs)
    assert printed(table) == {
        "json": ("1.718µ ± 1%", "1.423µ ± 1%", "-17.20% p=0.000 n=10"),
        "gob": ("3.066µ ± 0%", "3.070µ ± 2%", "~ p=0.446 n=10"),
        "geomean": ("2.295µ", "2.090µ", "-8.94%"),
    }
    # The same example in full precision, as its CSV has it.
    centers = [[s.center for s in row.summaries if s] for row in table.rows]
    assert centers == [
        [1.7180000000000001e-06, 1.4225000000000001e-06],
        [3.0655e-06, 3.0700000000000003e-06],
    ]
    geomeans = [total.center for total in table.totals]
    assert geomeans == pytest.approx([2.294891936453654e-06, 2.089754770302007e-06], rel=1e-15)


def test_all_values_as_one_benchmark_are_printed_alike(tmp_path: Path) -> None:
    values = (*_JSON[1].split(), *_GOB[1].split())
    (table,) = tables_of(tmp_path, log_of({("Encode", "ns/op"): values}))
    assert printed(table)["Encode"] == ("2.253µ ± 37%",)
    assert printed(table)["geomean"] == ("2.253µ",)


def test_sets_of_benchmarks_that_differ_are_told(tmp_path: Path) -> None:
    before = log_of({("A", "ns/op"): ("100",) * 6, ("B", "ns/op"): ("10000",) * 6})
    after = log_of({("A", "ns/op"): ("100",) * 6, ("C", "ns/op"): ("10000",) * 6})
    (table,) = tables_of(tmp_path, before, after)
    assert printed(table) == {
        "A": ("100.0n ± 0%", "100.0n ± 0%", "~ p=1.000 n=6"),
        "B": ("10.00µ ± 0%", ""),
        "C": ("", "10.00µ ± 0%"),
        "geomean": ("1.000µ", "1.000µ", "+0.00%"),
    }
    assert [test.doubts for row in table.rows for test in row.comparisons if test] == [
        ("all values are equal",)
    ]
    assert table.totals[0].doubts == ()
    assert "not those of the base" in table.totals[1].doubts[0]


def test_five_values_tell_a_difference_but_no_interval(tmp_path: Path) -> None:
    before = log_of({("FloatSub", "ns/op"): ("115", "114", "115", "115", "115")})
    (table,) = tables_of(tmp_path, before, log_of({("FloatSub", "ns/op"): ("78.8",) * 5}))
    assert printed(table)["FloatSub"] == ("115.00n ± ∞", "78.80n ± ∞", "-31.48% p=0.008 n=5")
    (row,) = table.rows
    assert [s.doubts for s in row.summaries if s] == [
        ("an interval of 95 % takes 6 or more results",)
    ] * 2


def test_one_value_tells_nothing(tmp_path: Path) -> None:
    (table,) = tables_of(
        tmp_path, log_of({("X", "ns/op"): ("100",)}), log_of({("X", "ns/op"): ("101",)})
    )
    assert printed(table)["X"] == ("100.0n ± ∞", "101.0n ± ∞", "~ p=1.000 n=1")
    test = table.rows[0].comparisons[1]
    assert test is not None
    assert test.doubts == ("a difference at alpha 0.05 takes 4 or more results",)


def test_exact_units_compare_without_a_test(tmp_path: Path) -> None:
    head = "Unit text-bytes assume=exact\n"
    before = {("Size", "text-bytes"): ("100",), ("Odd", "text-bytes"): ("100", "101", "101")}
    after = {("Size", "text-bytes"): ("105",), ("Odd", "text-bytes"): ("101", "101", "101")}
    (table,) = tables_of(tmp_path, log_of(before, head), log_of(after))
    assert printed(table) == {
        "Size": ("100.0 ± 0%", "105.0 ± 0%", "+5.00% n=1"),
        "Odd": ("101.0 ± 1%", "101.0 ± 0%", "0.00% n=3"),
        "geomean": ("100.5", "103.0", "+2.47%"),
    }
    odd = table.rows[1].summaries[0]
    assert odd is not None
    assert odd.doubts == ("assumed exact, but values range from 100 to 101",)


def test_changes_too_small_to_see_and_zeros_are_printed_alike(tmp_path: Path) -> None:
    units = {
        "a-bytes": ("1234567890", "1234567890"),
        "b-bytes": ("171717171716", "171717171717"),
        "c-bytes": ("99999930", "99999929"),
        "x": ("0", "0"),
        "y": ("0", "100"),
    }
    head = "".join(f"Unit {unit} assume=exact\n" for unit in units)
    logs = [
        log_of({(name, unit): (pair[log],) for unit, pair in units.items() for name in "IJ"}, head)
        for log in (0, 1)
    ]
    found = {table.unit: printed(table) for table in tables_of(tmp_path, *logs)}
    assert found["a-bytes"]["I"] == ("1.150Gi ± 0%", "1.150Gi ± 0%", "0.00% n=1")
    assert found["b-bytes"]["I"] == ("159.9Gi ± 0%", "159.9Gi ± 0%", "+0.00% n=1")
    assert found["c-bytes"]["J"] == ("95.37Mi ± 0%", "95.37Mi ± 0%", "-0.00% n=1")
    assert found["c-bytes"]["geomean"] == ("95.37Mi", "95.37Mi", "-0.00%")
    assert found["x"]["I"] == ("0.000 ± 0%", "0.000 ± 0%", "0.00% n=1")
    assert found["x"]["geomean"] == ("", "", "+0.00%")
    assert found["y"]["I"] == ("0.0 ± 0%", "100.0 ± 0%", "? n=1")
    assert found["y"]["geomean"] == ("", "100.0", "?")
