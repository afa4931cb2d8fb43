"""Go's text forms of profiles (`debug=1`), and the binary CPU form that Go wrote up to 1.8.

Everything is read, named and scaled as `go tool pprof` does it (profile/legacy_profile.go), with
one addition: Go's `#` lines name the functions, which pprof passes over.
"""

from __future__ import annotations

from collections.abc import Callable

from gotrace.errors import UnrecognisedError
from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy.contention import read_contention
from gotrace.readers.legacy.counts import read_counts
from gotrace.readers.legacy.cpu import read_cpu
from gotrace.readers.legacy.heap import read_heap
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.recognise import Format

__all__ = ["read_text"]

_READERS: dict[Format, Callable[[memoryview | bytes, Limits], ProfileDraft]] = {
    Format.HEAP_TEXT: read_heap,
    Format.COUNT_TEXT: read_counts,
    Format.CONTENTION_TEXT: read_contention,
    Format.CPU_LEGACY: read_cpu,
}


def read_text(data: memoryview | bytes, form: Format, limits: Limits = DEFAULT) -> ProfileDraft:
    """Read `data`, which `gotrace.readers.recognise` found to be of the format `form`.

    Raises MalformedError or TruncatedError with the line number in the reason (a byte offset for
    the binary form), LimitError, and UnrecognisedError for formats that are not legacy forms.
    """
    reader = _READERS.get(form)
    if reader is None:
        raise UnrecognisedError(f"{form} is not a legacy form of profiles")
    return reader(data, limits)
