"""A baseline file, read strictly: whatever no measure can be makes it corrupt, with its line."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from gotrace.errors import InputError
from gotrace.tables.budget import Measurement, Site

__all__ = ["FORMAT", "Document", "open_document"]

FORMAT = 1
"""Of the files; another one is refused."""

_LARGEST_FILE = 64 << 20
_ADVICE = "restore it from version control, or write it anew with `gotrace budget bless`"


def open_document(path: Path) -> Document | None:
    """The file at `path`; None if there is none.

    Raises InputError for one that cannot be read, or is no baseline of this format.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("is too large for a baseline", source=str(path))
        text = path.read_text("utf-8")
        content = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no baseline: {error}", source=str(path), advice=_ADVICE) from error
    return Document(path, text, content)


class Document:
    """The budgets of a file; `measure` raises InputError for what is wrong in one."""

    def __init__(self, path: Path, text: str, content: Any) -> None:
        self._path = path
        self._text = text
        self._at = ""
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            self._refuse(f'it does not say `"format": {FORMAT}`')
        entries = content.get("budgets")
        if not isinstance(entries, dict):
            self._refuse("it has no `budgets`")
        self._entries = entries

    @property
    def names(self) -> Sequence[str]:
        """The names of the budgets."""
        return list(self._entries)

    def measure(self, name: str) -> Measurement:
        """What was blessed for a budget."""
        self._at, entry = name, self._entries[name]
        if not isinstance(entry, dict):
            self._refuse(f"`{name}` is no object")
        value, low, high = (self._number(entry.get(key)) for key in ("value", "low", "high"))
        if not low <= value <= high:
            self._refuse(f"`{name}` lies outside its own interval")
        is_noise_known = entry.get("is_noise_known", True)
        if not isinstance(is_noise_known, bool):
            self._refuse(f"`is_noise_known` of `{name}` is true or false")
        return Measurement(
            value, low, high, self._text_of(entry.get("rule")),
            tuple(self._number(number) for number in self._list(entry.get("values"))),
            tuple(self._site(site) for site in self._list(entry.get("sites"))),
            (), self._conditions(entry.get("conditions")),
            tuple(self._text_of(digest) for digest in self._list(entry.get("sha256"))),
            is_noise_known,
        )  # fmt: skip

    def _conditions(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            self._refuse(f"`{self._at}` has no conditions")
        return {name: self._text_of(text) for name, text in value.items()}

    def _site(self, site: Any) -> Site:
        if not isinstance(site, dict):
            self._refuse(f"a site of `{self._at}` is no object")
        function, file = (self._text_of(site.get(key)) for key in ("function", "file"))
        line = self._number(site.get("line"))
        return Site(function, file, int(line), self._number(site.get("value")))

    def _number(self, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            number = float(value) if is_number else math.nan
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self._refuse(f"`{self._at}` holds `{_short(value)}` where a number belongs")
        return number

    def _text_of(self, value: Any) -> str:
        if not isinstance(value, str):
            self._refuse(f"`{self._at}` holds `{_short(value)}` where a text belongs")
        return value

    def _list(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            self._refuse(f"`{self._at}` holds `{_short(value)}` where a list belongs")
        return value

    def _refuse(self, reason: str) -> NoReturn:
        """With the line on which the entry begins, where there is one."""
        quoted = json.dumps(self._at, ensure_ascii=False) + ":"
        place = self._text.find(quoted) if self._at else -1
        line = f"line {self._text.count(chr(10), 0, place) + 1}: " if place >= 0 else ""
        raise InputError(f"is no baseline: {line}{reason}", source=str(self._path), advice=_ADVICE)


def _short(value: Any) -> str:
    return str(value)[:80]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{_short(double)}` stands there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is no number that was measured")
