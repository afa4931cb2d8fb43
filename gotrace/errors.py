"""Every error gotrace raises on purpose, and the exit code the command line gives it.

::

    GotraceError                        4  our own fault unless a subclass says otherwise
    ├── InputError                      3  the file, stream or address cannot be used
    │   ├── UnrecognisedError              none of the formats we read
    │   ├── MalformedError                 a format we read, with bytes that break its rules
    │   ├── TruncatedError                 a format we read, cut off
    │   ├── UnsupportedVersionError        a format we know, in a version we do not read
    │   └── LimitError                     larger than we agreed to read
    ├── UsageError                      2  the question does not fit the recording
    └── ModelError                      4  an invariant of our own model broke

A bad record in a readable file becomes a ``Note`` (``gotrace.tables.notes``), not an error.
"""

from __future__ import annotations

__all__ = [
    "GotraceError",
    "InputError",
    "LimitError",
    "MalformedError",
    "ModelError",
    "TruncatedError",
    "UnrecognisedError",
    "UnsupportedVersionError",
    "UsageError",
]


class GotraceError(Exception):
    """The root of the tree; `exit_code` is what the command line ends with."""

    exit_code = 4


class InputError(GotraceError):
    """An input cannot be used. Prints as one line: file, offset, reason, what to do.

    `reason` says what is wrong, `advice` what the user can do, `source` names the file, `-` or
    address, and `offset` is the byte (after decompression) or, for text forms, None with the line
    number inside `reason`. Readers deep down know no file name: whoever opened it adds `source`
    with `at()`.
    """

    exit_code = 3

    def __init__(
        self,
        reason: str,
        *,
        source: str | None = None,
        offset: int | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.source = source
        self.offset = offset
        self.advice = advice

    def at(self, source: str) -> InputError:
        """Name the source if nobody did yet, and return the same error."""
        if self.source is None:
            self.source = source
        return self

    def __str__(self) -> str:
        where = "" if self.source is None else f"{self.source}: "
        offset = "" if self.offset is None else f"byte {self.offset}: "
        advice = "" if self.advice is None else f"; {self.advice}"
        return " ".join(f"{where}{offset}{self.reason}{advice}".split())


class UnrecognisedError(InputError):
    """The bytes begin like none of the formats we read."""


class MalformedError(InputError):
    """The format is known; the bytes break one of its rules at `offset`."""


class TruncatedError(InputError):
    """The format is known; the bytes end before it does."""


class UnsupportedVersionError(InputError):
    """The format is known; this version of it is not read."""


class LimitError(InputError):
    """The input is larger than `gotrace.readers.limits.Limits` allows."""


class UsageError(GotraceError):
    """The question does not fit: an unknown sample type, a bad regular expression, ..."""

    exit_code = 2


class ModelError(GotraceError):
    """An invariant of our own model broke: a fault of gotrace, never of the input."""
