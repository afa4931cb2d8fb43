"""Is it a trace? Told without reading it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from gotrace.readers.peek import is_trace

HEAD = b"go 1.26 trace\0\0\0"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEAD + bytes(100), True),
        (b"go 1.5 trace\0\0\0\0", True),
        (gzip.compress(HEAD + bytes(100)), True),
        (gzip.compress(b"\x0a\x04profile"), False),
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
def test_of_an_address_the_path_tells(url: str, expected: bool) -> None:
    assert is_trace(url) is expected


def test_standard_input_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BufferedReader(io.BytesIO(HEAD + b"rest"))  # type: ignore[arg-type]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    assert is_trace("-")
    assert stream.read() == HEAD + b"rest"


@pytest.mark.parametrize("name", ["no/such/file", "nul\0byte", "."])
def test_what_cannot_be_read_is_no_trace(name: str) -> None:
    assert not is_trace(name)
