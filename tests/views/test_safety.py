"""Names from hostile recordings are made visible and are cut where it hurts least."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.views.safety import safe_text, short_name, shorten, text_width

LONG = "github.com/acme/warehouse/internal/storage.(*Cache[go.shape.string,go.shape.*uint8]).insert"


@pytest.mark.parametrize(
    ("hostile", "visible"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\nlines\r", r"two\nlines\r"),
        ("tab\tnul\0", r"tab\tnul\x00"),
        ("c1\x9b31m del\x7f", r"c1\x9b31m del\x7f"),
        ("\u202eexe.png", r"\u202eexe.png"),
        ("\u2066isolate\u2069", r"\u2066isolate\u2069"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("no\xa0break", r"no\xa0break"),
        ("lone\udc80surrogate", r"lone\udc80surrogate"),
        ("tag\U000e0041", r"tag\U000e0041"),
    ],
)
def test_what_does_not_print_is_spelled_out(hostile: str, visible: str) -> None:
    assert safe_text(hostile) == visible


@pytest.mark.parametrize("name", ["main.(*T[int]).f-fm", "数据.加载", "µ ± …", r"C:\src\x.go", ""])
def test_what_prints_stays_as_it_is(name: str) -> None:
    assert safe_text(name) == name


@given(st.text(st.characters(), max_size=30))
def test_nothing_unprintable_is_ever_left(text: str) -> None:
    safe = safe_text(text)
    assert safe.isprintable()
    assert not {unicodedata.category(char) for char in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert safe_text(safe) == safe


def test_wide_characters_count_two_cells_and_combining_ones_none() -> None:
    assert text_width("abc") == 3
    assert text_width("数据") == 4
    assert text_width("e\u0301") == 1


@pytest.mark.parametrize(
    ("width", "short"),
    [
        (100, LONG),
        (80, "github.com/…/storage.(*Cache[go.shape.string,go.shape.*uint8]).insert"),
        (50, "github.com/…/storage.(*Cache[…]).insert"),
        (30, "…/storage.(*Cache[…]).insert"),
        (20, "…/st…ache[…]).insert"),
        (1, "…"),
    ],
)
def test_a_name_loses_first_what_tells_least(width: int, short: str) -> None:
    assert shorten(LONG, width) == short


def test_a_site_keeps_its_function_and_file() -> None:
    site = "samples/internal/catalog.(*Catalog).indexWords (samples/internal/catalog/words.go:125)"
    assert shorten(site, 75) == "samples/…/catalog.(*Catalog).indexWords (samples/…/words.go:125)"
    assert shorten(site, 50) == "…/catalog.(*Catalog).indexWords (words.go:125)"
    assert shorten(site, 35) == "…/catalog.(*Catalog).indexWords"


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_cut_name_never_takes_more_than_its_width(name: str, width: int) -> None:
    assert text_width(shorten(name, width)) <= width


@pytest.mark.parametrize(
    "part", ["x", "x/", "[", "[]", " (", " (a:1", ":1", "(", " ", "数", "e\u0301"]
)
def test_a_name_of_a_megabyte_is_cut_like_any_other(part: str) -> None:
    """Quadratic time would show as a test run that does not end."""
    assert text_width(shorten(part * (1_000_000 // len(part)), 40)) <= 40


@pytest.mark.parametrize(
    ("function", "short"),
    [
        ("main.main", "main.main"),
        ("example.com/m/store.(*Log).Add", "store.(*Log).Add"),
        ("m/a.G[m/b.T]", "a.G[m/b.T]"),
        ("gopkg.in/yaml%2ev3.(*D[a/b.C]).f", "yaml%2ev3.(*D[a/b.C]).f"),
        ("", ""),
    ],
)
def test_a_short_name_has_the_package_without_its_folders(function: str, short: str) -> None:
    assert short_name(function) == short
