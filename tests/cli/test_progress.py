"""The bar of long conversions."""

from __future__ import annotations

import io
from pathlib import Path

from gotrace.cli.progress import progress_bar


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        return True


def test_nobody_watches_a_pipe() -> None:
    stream = io.StringIO()
    with progress_bar("trace.out", stream) as progress:
        assert progress is None
    assert stream.getvalue() == ""


def test_people_see_bytes_events_and_rate(tmp_path: Path) -> None:
    path = tmp_path / "trace.out"
    path.write_bytes(bytes(2 << 20))
    stream = Terminal()
    with progress_bar(str(path), stream) as progress:
        assert progress is not None
        progress(1 << 20, 12345)
    assert "12,345 events" in stream.getvalue()
    assert "1.0/2.1 MB" in stream.getvalue() or "1.0/2.0 MiB" in stream.getvalue()


def test_a_stream_without_a_size_has_a_bar_too() -> None:
    stream = Terminal()
    with progress_bar("-", stream) as progress:
        assert progress is not None
        progress(1 << 20, 7)
    assert "7 events" in stream.getvalue()
