"""Text beside JSON of the same build: what the text tells and the JSON does not.

JSON never says what stays on the stack, or what was inlined. And it loses files: the compiler names
a file of JSON after the source without its folder, so `sort.go` of a package is written over by
what is inlined of a generic function in another `sort.go` (`writerForLSP`, logopt/log_opts.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gotrace.errors import LimitError
from gotrace.readers.escapes.flows import Place, Step
from gotrace.readers.escapes.json_form import JsonHeader
from gotrace.readers.escapes.messages import Said
from gotrace.readers.escapes.rows import MOST_ESCAPES, EscapeRows

__all__ = ["TextBesideJson"]

_TOLD_BY_JSON = frozenset(
    {"escapes_to_heap", "moved_to_heap", "leaking_param", "leaking_param_content", "can_inline",
     "cannot_inline", "cannot_inline_call", "bounds_check", "loop_variable"}
)  # fmt: skip


class _Kept(NamedTuple):
    """A row of text."""

    said: Said
    place: Place
    source_line: int
    package: str | None
    steps: Sequence[Step]


class TextBesideJson:
    """Takes the rows of texts, and gives those that are missing from the JSON of `headers`."""

    def __init__(self, headers: Iterable[JsonHeader]) -> None:
        self._rows: dict[tuple[str | None, Said, Place], _Kept] = {}
        self._written: dict[tuple[str | None, str], str] = {
            (header.package, _base(header.file)): header.file for header in headers
        }

    def add(
        self,
        said: Said,
        place: Place,
        source_line: int,
        package: str | None,
        steps: Sequence[Step] = (),
        inlined: Sequence[Place] = (),
    ) -> None:
        """As `EscapeRows.add`. A build that is repeated out of the cache says the same again."""
        if len(self._rows) >= MOST_ESCAPES:
            raise LimitError(f"more than {MOST_ESCAPES:,} messages of the compiler")
        row = _Kept(said, place, source_line, package, steps)
        self._rows.setdefault((package, said, place), row)

    def give(self, rows: EscapeRows) -> None:
        """Add what the JSON does not have to `rows`."""
        names: dict[tuple[str | None, str], set[str]] = {}
        for row in self._rows.values():
            names.setdefault((row.package, _base(row.place.file)), set()).add(row.place.file)
        has = {key: self._read(key, among) for key, among in names.items()}
        for row in self._rows.values():
            is_told = row.place.file == has[row.package, _base(row.place.file)]
            if not is_told or row.said.kind not in _TOLD_BY_JSON:
                rows.add(*row)

    def _read(self, key: tuple[str | None, str], among: set[str]) -> str:
        """Which of the sources of one name the JSON file of that name is of; empty for none."""
        written = self._written.get(key)
        if written is None:
            return ""
        ends = {file: _tail(file) for file in among}
        fitting = [f for f, tail in ends.items() if ("/" + _tail(written)).endswith("/" + tail)]
        return max(fitting, key=lambda file: len(ends[file]), default="")


def _base(file: str) -> str:
    return _tail(file).rpartition("/")[2]


def _tail(file: str) -> str:
    """A path without what leads up: text names files as seen from where the build was started."""
    parts = file.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))
