"""Is this a log of `go test -bench`? Told by one line that only `go test` or such a log has.

Apart from `reader.py`, for everything that is read is asked this, and most of it is a profile.
"""

from __future__ import annotations

import re

__all__ = ["has_results", "is_benchmark_log"]

_SURE_LINES = re.compile(
    rb"""^(?:
        (?:goos|goarch|pkg):\ \S+\r?$
      | Benchmark\S*[ \t]+[0-9]+[ \t]+\S+[ \t]+\S
      | Unit[ \t]+\S+[ \t]+[a-z]+=\S
      | (?:ok\ \ |FAIL)\t\S+\t[(0-9]
      | FAIL\t\S+\ \[(?:build|setup)\ failed\]
      | \?\ \ \ \t\S+\t\[no\ test\ files\]
      | ---\ (?:BENCH|FAIL|SKIP):\ Benchmark
      | ===\ RUN\ \ \ \S
      | \{(?=[^\n]*"Action":")(?=[^\n]*"(?:Package|ImportPath)":")
    )""",
    re.MULTILINE | re.VERBOSE,
)
_ONLY_LINE = re.compile(rb"\s*(?:PASS|FAIL)\s*\Z")
"""All that a test binary prints which has no such benchmark."""

_RESULT = re.compile(
    rb"""^(?:
        Benchmark\S*[ \t]+[0-9]+[ \t]+\S+[ \t]+\S
      | Benchmark\S*[ \t]+gc\ \d{1,18}\ @
    )""",
    re.MULTILINE | re.VERBOSE,
)
"""A result, or its name with the collector's first line behind it."""


def has_results(head: bytes) -> bool:
    """Whether the first bytes of something hold a result, perhaps broken by the collector."""
    return _RESULT.search(head) is not None


def is_benchmark_log(head: bytes) -> bool:
    """Whether the first bytes of something hold a line of a benchmark log."""
    return _SURE_LINES.search(head) is not None or _ONLY_LINE.match(head) is not None
