"""Is it a trace? Told without reading it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from gotrace.readers.peek import is_trace, peek
from gotrace.readers.sources import open_source

HEAD = b"go 1.26 trace\0\0\0"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + bytes(100), True),
        (b"go 1.5 trace\0\0\0\0", True),
        (gzip.compress(HEAD + bytes(100), mtime=0), True),
        (gzip.compress(b"\x0a\x04profile", mtime=0), False),
        (HEAD[:10], False),
        (b"\x1f\x8bnonsense", False),
        (b"heap profile: 1: 2", False),
        (b"", False),
    ],
)
def test_the_first_bytes_tell(content: bytes, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert is_trace(str(tmp_path / "file")) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:6060/debug/pprof/trace?seconds=5", True),
        ("HTTPS://host/prefix/debug/pprof/trace", True),
        ("http://localhost:6060/debug/pprof/heap", False),
        ("http://[broken/debug/pprof/trace", False),
    ],
)
def test_of_one_address_among_several_the_path_tells(url: str, expected: bool) -> None:
    assert is_trace(url) is expected


class Dribbling(io.BytesIO):
    """A pipe that brings a byte at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + b"rest", True),
        (gzip.compress(HEAD + b"rest", mtime=0), True),
        (b"heap profile: 1: 2", False),
        (b"\x1f\x8bnonsense", False),
        (b"g", False),
        (b"", False),
    ],
)
@pytest.mark.parametrize("kind", [io.BytesIO, Dribbling])
def test_nothing_of_standard_input_is_lost_by_looking(
    kind: type[io.BytesIO], content: bytes, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=kind(content)))
    found = peek("-")
    assert found.is_trace is expected
    assert found.chunks is not None
    assert b"".join(found.chunks) == content


def test_what_was_looked_at_is_read_like_what_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for look in (str, peek):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(HEAD))))
        read.append(open_source(look("-")))
    assert read[0] == read[1]
    assert read[0].is_gzip


@pytest.mark.parametrize("name", ["no/such/file", "nul\0byte", "."])
def test_what_cannot_be_read_is_no_trace(name: str) -> None:
    assert not is_trace(name)
