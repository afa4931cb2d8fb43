"""Logs of the collector; under gctrace `go test -bench` prints results between its lines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from gotrace import pipeline
from gotrace.errors import LimitError, UnrecognisedError
from gotrace.pipeline import Peeked
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.readers.limits import Limits
from gotrace.tables.recording import Recording

__all__ = ["read_collector_log"]

_BLOCK_BYTES = 1 << 20


def read_collector_log(peeked: Peeked, limits: Limits) -> list[Recording]:
    """The cycles, and the benchmarks if the log has any results.

    A log is read twice: benchmarks may begin behind any number of cycles. Raises InputError.
    """
    with _stored(peeked, limits) as file:
        found = [pipeline.read_gc_log(_again(peeked, file), limits=limits, strict=True)]
        try:
            benchmarks = read_benchmarks(_again(peeked, file), limits)
        except UnrecognisedError:
            return found
    return [*found, benchmarks] if benchmarks.columns["benchmarks"].rows else found


@contextmanager
def _stored(peeked: Peeked, limits: Limits) -> Iterator[BinaryIO | None]:
    """What comes only once, in a file that goes away again; None for a path."""
    if peeked.chunks is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        for chunk in peeked.chunks:
            file.write(chunk)
            if file.tell() > limits.compressed_bytes:
                raise LimitError(f"more than {limits.compressed_bytes:,} bytes")
        yield file


def _again(peeked: Peeked, file: BinaryIO | None) -> Peeked:
    if file is None:
        return peeked
    file.seek(0)
    return replace(peeked, chunks=iter(lambda: file.read(_BLOCK_BYTES), b""))
