"""Odd and malformed text forms: what gotrace says of each, and what pprof makes of it."""

from __future__ import annotations

import pytest

from gotrace.readers.legacy import read_text
from gotrace.readers.recognise import recognise
from tests.corpus.make_text import FOLDER, verdict
from tests.readers.legacy.pprof_raw import draft_raw, pprof_raw

FILES = sorted((p for p in FOLDER.glob("*.txt") if p.stem != "expected"), key=lambda p: p.stem)
ACCEPTED = [path for path in FILES if path.stem.startswith("accepted-")]
REFUSED = [path for path in FILES if not path.stem.startswith("accepted-")]

READ_BY_US_ALONE = {
    # pprof demands an address in every stack, but Go up to 1.26 writes threads without any.
    "accepted-goroutine-without-stack",
}
READ_BY_PPROF_ALONE = {
    # Numbers that pprof lets wrap around or reads half, which makes them wrong numbers.
    "block-cycles-minus-1",
    "block-sample-scaled-over-63-bits",
    "contentionz-reset-2-to-the-63",
    "cpu-count-2-to-the-63",
    "cpu-count-times-period-over-63-bits",
    "cpu-period-2-to-the-63",
    "goroutine-total-2-to-the-63",
    "heap-header-2-to-the-63",
    "heap-sample-address-in-capitals",
    "heap-sample-minus-2",
    "heap-sample-never-sampled",
    "heap-sample-scaled-over-63-bits",
    "mutex-count-scaled-over-63-bits",
    # Damage that pprof does not notice.
    "cpu-cut-in-a-word",
    "heap-sample-with-garbage-behind",
    "heap-twice",
    # Other languages.
    "contentionz-of-java",
    "cpu-of-java",
}


def test_every_file_gets_its_verdict() -> None:
    """`expected.txt` is written by `tests/corpus/make_text.py`, and read by people."""
    verdicts = [f"{path.stem}: {verdict(path.read_bytes())}" for path in FILES]
    assert verdicts == (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert len(FILES) > 100


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_what_both_read_has_the_same_numbers_addresses_and_mappings(path) -> None:
    theirs = pprof_raw(path)
    if path.stem in READ_BY_US_ALONE:
        assert theirs is None
    else:
        data = path.read_bytes()
        assert draft_raw(read_text(data, recognise(data))) == theirs


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_what_we_refuse_pprof_refuses_but_for_known_nonsense(path) -> None:
    assert (pprof_raw(path) is not None) == (path.stem in READ_BY_PPROF_ALONE)
