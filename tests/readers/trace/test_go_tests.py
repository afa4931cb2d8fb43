"""The tests of Go's own trace reader, of every toolchain at hand: the same verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.goroots import GOROOTS
from tests.readers.trace.reading import read
from tests.readers.trace.text_form import GoTest, encode, read_go_test

FOLDERS = ("src/internal/trace/testdata/tests", "src/internal/trace/v2/testdata/tests")


def _cases() -> dict[str, GoTest]:
    """Each text once: toolchains share most of them."""
    found: dict[GoTest, Path] = {}
    for root in GOROOTS:
        for folder in FOLDERS:
            for path in sorted((root.path / folder).glob("*.test")):
                found.setdefault(read_go_test(path), path)
    return {f"{path.stem}-{i}": test for i, (test, path) in enumerate(found.items())}


CASES = _cases()


def test_the_toolchain_has_tests() -> None:
    assert len(CASES) >= 20


@pytest.mark.parametrize("name", CASES)
def test_verdict_on_a_test_of_go_is_gos(name: str) -> None:
    case = CASES[name]
    outcome = read(encode(case.text))
    assert (outcome.error is not None) == case.fails, outcome.error


@pytest.mark.parametrize("name", [name for name in CASES if "stress" not in name])
def test_both_flavours_say_the_same_on_a_test_of_go(name: str) -> None:
    data = encode(CASES[name].text)
    assert read(data).told == read(data, plain=True).told


def test_gos_reason_for_a_missing_proc_is_ours() -> None:
    failing = [read(encode(case.text)).error for case in CASES.values() if case.fails]
    assert failing
    assert all("needs a proc, and the thread has none" in str(error) for error in failing)
