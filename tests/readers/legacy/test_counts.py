"""Goroutine profiles and others that only count: kinds and labels."""

from __future__ import annotations

import pytest

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy import read_text
from gotrace.readers.recognise import Format


def read(name: str, *lines: str) -> ProfileDraft:
    text = f"{name} profile: total 1\n1 @ 0x101\n" + "".join(line + "\n" for line in lines)
    return read_text(text.encode(), Format.COUNT_TEXT)


def labels(draft: ProfileDraft) -> dict[str, str]:
    strings = draft.label_strings
    return {
        strings[key]: strings[text]
        for key, text in zip(draft.label_key, draft.label_text, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("goroutine", "goroutine"),
        ("threadcreate", "threadcreate"),
        ("goroutineleak", "profile"),
        ("example.com/pool.conns", "profile"),
    ],
)
def test_the_name_of_the_profile_is_its_sample_type(name, kind) -> None:
    draft = read(name)
    assert draft.kind == kind
    assert draft.origin.format == f"{name} text (debug=1)"
    assert draft.sample_types == [(name, "count")]
    assert (draft.origin.period_type, draft.origin.period_unit) == (name, "count")
    assert draft.origin.period == 1


def test_labels_are_unquoted() -> None:
    draft = read("goroutine", r'# labels: {"a\"b":"c, \"d\":\t\x01", "ü":"\u00fc\U0001f600\\"}')
    assert labels(draft) == {'a"b': 'c, "d":\t\x01', "ü": "ü😀\\"}
    assert draft.label_sample.tolist() == [0, 0]


def test_bytes_that_were_no_text_become_replacement_characters() -> None:
    assert labels(read("goroutine", r'# labels: {"a":"\xff\ud800\Uffffffff"}')) == {
        "a": "\ufffd?\ufffd"
    }


def test_labels_end_where_they_break() -> None:
    assert labels(read("goroutine", '# labels: {"a":"b", "c": 5, "d":"e"}')) == {"a": "b"}


def test_a_line_of_a_million_quotes_takes_no_time() -> None:
    """No pattern may take more than linear time."""
    assert labels(read("goroutine", '# labels: {"' + '\\"' * 500_000)) == {}
    assert labels(read("goroutine", '# labels: {"' + 'a":' * 300_000)) == {}


def test_a_wrong_total_is_a_doubt_not_an_error() -> None:
    draft = read("goroutine", "1 @ 0x201")
    assert [note.slug for note in draft.notes] == ["totals-differ"]
    assert draft.values.tolist() == [[1, 1]]
