"""Labels of samples ("tags" to pprof): units of numbers, filters by label, and the diff base.

The rules are those of `identifyNumLabelUnits`, `compileTagFilter` and `parseTagFilterRange`
(`internal/driver`), `NumLabelUnits` and `FilterTagsByName` (`profile`) in github.com/google/pprof.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.regexp import Pattern, compile_go
from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError
from gotrace.pprof_units import go_unit, scale
from gotrace.tables.columns import Coded, distinct
from gotrace.tables.merging import BASE_LABEL
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["Tags", "range_note", "tags_of"]

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
InRange = Callable[[int, str], bool]

_RANGE = re.compile(r"([+-]?[0-9]+)([A-Za-z]+)?", re.ASCII)
_BYTES_KEYS = frozenset({"alignment", "request"})
"""Keys whose numbers are bytes where the recording names no unit."""


@dataclass(frozen=True)
class Tags:
    """B labels of S samples; `text` is null for a number."""

    sample_count: int
    sample: Numbers
    key: Coded
    text: Coded
    number: Numbers
    unit: Coded

    @property
    def is_base(self) -> Bools:
        """For every sample whether it belongs to the diff base."""
        found = self._is_text & (self.key.codes == _code(self.key, BASE_LABEL))
        found &= self.text.codes == _code(self.text, "true")
        return self._samples(found)

    @property
    def _is_text(self) -> Bools:
        result: Bools = self.text.codes >= 0
        return result

    def _samples(self, labels: Bools) -> Bools:
        """The samples that carry one of these labels."""
        carries = np.zeros(self.sample_count, np.bool_)
        carries[self.sample[labels]] = True
        return carries

    def units(self) -> tuple[dict[str, str], dict[str, list[str]]]:
        """The unit of each numeric key (its first), and the other units that occurred.

        A key without any unit is its own unit, except `alignment` and `request`: bytes.
        """
        rows = np.flatnonzero(~self._is_text)
        pairs = self.key.codes[rows].astype(np.int64) * (len(self.unit.values) + 1)
        pairs += self.unit.codes[rows] + 1
        _, first = np.unique(pairs, return_index=True)
        units: dict[str, str] = {}
        others: dict[str, list[str]] = {}
        for row in rows[np.sort(first)]:
            key, unit = self.key[row] or "", self.unit[row] or ""
            known = units.setdefault(key, unit)
            if not known:
                units[key] = unit
            elif unit and unit != known:
                others.setdefault(key, []).append(unit)
        inferred = {key: "bytes" if key in _BYTES_KEYS else key for key in units}
        return {key: unit or inferred[key] for key, unit in units.items()}, others

    def unit_notes(self) -> tuple[Note, ...]:
        """One note for each key whose numbers come in several units."""
        units, others = self.units()
        return tuple(
            Note(
                Severity.INFO,
                "label-units",
                f"For tag {key} used unit {units[key]}, "
                f"also encountered unit(s) {', '.join(sorted(others[key]))}",
                where=key,
            )
            for key in sorted(others)
        )

    def filter(self, name: str, value: str) -> Bools:
        """The samples that the option `name` (tagfocus or tagignore) with this value matches.

        `value` is `[key=]range`, with a range such as `32kb`, `:64kb`, `4mb:` or `12kb:64mb`, or
        `[key=]regexp,regexp,...`: with a key one of its texts must match one of them, without a
        key every one of them must match some `key:text`. Raises UsageError for anything else.
        """
        key, wanted = _split(value)
        in_range = _range_of(name, wanted)
        if in_range is not None:
            return self._by_number(key, in_range)
        patterns = [compile_go(pattern, name) for pattern in wanted.split(",")]
        if key is not None:
            return self._by_text(key, patterns)
        found = np.ones(self.sample_count, np.bool_)
        for pattern in patterns:
            found &= self._by_text(None, [pattern])
        return found

    def _by_number(self, key: str | None, in_range: InRange) -> Bools:
        units = self.units()[0]
        found = np.zeros(len(self.sample), np.bool_)
        for code, spelling in enumerate(self.key.values):
            if spelling not in units or key not in (None, spelling):
                continue
            rows = np.flatnonzero(~self._is_text & (self.key.codes == code))
            numbers, which = np.unique(self.number[rows], return_inverse=True)
            fits = [in_range(number, units[spelling]) for number in numbers.tolist()]
            found[rows] = np.array(fits, np.bool_)[which]
        return self._samples(found)

    def _by_text(self, key: str | None, patterns: list[Pattern]) -> Bools:
        """The samples with a text that a pattern matches (`key:text` where `key` is None)."""
        rows = np.flatnonzero(self._is_text)
        pairs = self.key.codes[rows].astype(np.int64) * len(self.text.values)
        pairs += self.text.codes[rows]
        _, first, which = np.unique(pairs, return_index=True, return_inverse=True)
        fits = np.zeros(len(first), np.bool_)
        for pair, row in enumerate(rows[first]):
            text = self.text[row] or ""
            if key is None:
                text = f"{self.key[row]}:{text}"
            elif self.key[row] != key:
                continue
            fits[pair] = any(pattern.matches(text) for pattern in patterns)
        found = np.zeros(len(self.sample), np.bool_)
        found[rows] = fits[which]
        return self._samples(found)

    def showing(
        self, samples: Numbers, show: Pattern | None, hide: Pattern | None
    ) -> tuple[Tags, dict[str, bool]]:
        """Only the labels whose key `show` matches and `hide` does not, and which matched any.

        `samples` are the samples that are looked at.
        """
        is_present = np.zeros(self.sample_count, np.bool_)
        is_present[samples] = True
        used = distinct(self.key.codes[is_present[self.sample]]).tolist()
        keys = self.key.values
        shown = {code for code in used if show is None or show.matches(keys[code])}
        hidden = {code for code in used if hide is not None and hide.matches(keys[code])}
        matched = {"tagshow": bool(shown)} if show is not None else {}
        matched |= {"taghide": bool(hidden)} if hide is not None else {}
        if not matched:
            return self, matched
        return self._take(np.isin(self.key.codes, list(shown - hidden))), matched

    def _take(self, kept: Bools) -> Tags:
        return replace(
            self,
            sample=self.sample[kept],
            number=self.number[kept],
            key=Coded(self.key.codes[kept], self.key.values),
            text=Coded(self.text.codes[kept], self.text.values),
            unit=Coded(self.unit.codes[kept], self.unit.values),
        )


def tags_of(recording: Recording) -> Tags:
    """The recording's labels. A zero without unit is no label: pprof cannot tell it from none."""
    labels = recording.columns["labels"]
    tags = Tags(
        recording.sample_count,
        labels.array("sample_id"),
        labels.coded("key"),
        labels.coded("text"),
        labels.array("number"),
        labels.coded("unit"),
    )
    has_unit = np.array([*map(bool, tags.unit.values), False], np.bool_)[tags.unit.codes]
    is_label = (tags.text.codes >= 0) | (tags.number != 0) | has_unit
    return tags if is_label.all() else tags._take(is_label)


def range_note(name: str, options: TopOptions) -> Note | None:
    """A note when the value of the option `name` is taken for a range, not for a regexp."""
    value = _split(getattr(options, name))[1]
    if _range_of(name, value) is None:
        return None
    message = f"{name}: interpreted `{value}` as range, not regexp"
    return Note(Severity.INFO, "tag-range", message, where=f"-{name}")


def _split(value: str) -> tuple[str | None, str]:
    """(key, rest) of `key=rest`; no key where there is none or an empty one."""
    key, equals, rest = value.partition("=")
    return (key or None, rest) if equals else (None, value)


def _code(column: Coded, text: str) -> int:
    """The code of `text`; one that no row has if it is not there."""
    return column.values.index(text) if text in column.values else -2


def _range_of(name: str, text: str) -> InRange | None:
    """A test for the range of numbers that `text` is, or None if it is none."""
    bounds = [match for _, match in zip(range(2), _RANGE.finditer(text), strict=False)]
    if not bounds:
        return None
    low, unit = _bound(name, bounds[0])
    if len(bounds) == 2:
        if text != f"{bounds[0][0]}:{bounds[1][0]}":
            return None
        high, high_unit = _bound(name, bounds[1], unit)
        return _within(low, high, unit) if unit == high_unit else None
    shape = text.replace(bounds[0][0], "*", 1)
    tests = {
        "*": _within(low, low, unit),
        "*:": _within(low, float("inf"), unit),
        ":*": _within(float("-inf"), low, unit),
    }
    return tests.get(shape)


def _bound(name: str, match: re.Match[str], unit: str | None = None) -> tuple[float, str]:
    number, spelling = float(match[1]), go_unit(match[2] or "")
    if not -(2.0**63) <= number < 2.0**63:
        raise UsageError(f"-{name}: {match[1]} does not fit into 64 bits")
    number = int(match[1])
    return scale(number, spelling, spelling if unit is None else unit)


def _within(low: float, high: float, unit: str) -> InRange:
    def test(number: int, its_unit: str) -> bool:
        scaled, scaled_unit = scale(number, its_unit, unit)
        return scaled_unit == unit and low <= scaled <= high

    return test
