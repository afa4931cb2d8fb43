"""The comparison with pprof is exact, but for ties that pprof itself breaks by chance."""

from __future__ import annotations

from tests.oracle.same_rows import differences

HEAD = ["Type: cpu", "      flat  flat%   sum%        cum   cum%"]
A = "       5ms 50.00% 50.00%        5ms 50.00%  a.go"
B1 = "       2ms 20.00% 70.00%        9ms 90.00%  b.go"
B2 = "       2ms 20.00% 90.00%        3ms 30.00%  b.go (inline)"
SWAPPED = [
    "       2ms 20.00% 70.00%        3ms 30.00%  b.go (inline)",
    "       2ms 20.00% 90.00%        9ms 90.00%  b.go",
]


def test_equal_tables_do_not_differ() -> None:
    assert differences([*HEAD, A, B1], [*HEAD, A, B1], "flat", False) == []


def test_rows_of_a_tie_may_change_places() -> None:
    assert differences([*HEAD, A, B1, B2], [*HEAD, A, *SWAPPED], "flat", False) == []


def test_other_rows_may_not() -> None:
    assert differences([*HEAD, A, B1], [*HEAD, B1, A], "flat", False) != []
    assert differences([*HEAD, A, B1, B2], [*HEAD, A, *SWAPPED], "cum", False) != []


def test_every_number_and_the_head_count() -> None:
    for changed in (A.replace("5ms", "6ms"), A.replace("50.00%", "50.01%"), f"{A} (inline)"):
        assert differences([*HEAD, A], [*HEAD, changed], "flat", False) != []
    assert differences([*HEAD, A], ["Type: wall", HEAD[1], A], "flat", False) != []
    assert differences([*HEAD, A], [*HEAD], "flat", False) != []


def test_a_bound_inside_a_tie_leaves_open_which_member_is_shown() -> None:
    assert differences([*HEAD, A, B1], [*HEAD, A, SWAPPED[0]], "flat", True) == []
    assert differences([*HEAD, A, B1], [*HEAD, A, SWAPPED[0]], "flat", False) != []
    assert differences([*HEAD, A, B1], [*HEAD, A], "flat", True) != []
