"""On which line a TOML document says what: `tomllib` does not tell, and messages must."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Path", "lines_of_keys"]

Path = tuple[str, ...]
"""The keys from the root of the document down to a value or table."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|"
    r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|"
    r"#[^\n]*|[\[\]{}=\n]",
    re.DOTALL,
)  # fmt: skip
"""What a statement may hold that looks like the end of one and is not, and what is."""
_DEEPEST = 4
"""Keys in keys in ...: nobody asks further down."""


@dataclass(frozen=True)
class _Statement:
    """A table's header, or a key with its value (of which only the key is kept)."""

    line: int
    keys: str
    is_header: bool


def lines_of_keys(text: str) -> dict[Path, int]:
    """Path → line (from 1) of every table and key of a document that `tomllib` accepts.

    Keys inside of inline tables have the line of the statement. Of a table or key that stands
    there more than once (array of tables) the first line is given.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    for statement in _statements(text):
        path = _path(statement.keys)
        if statement.is_header:
            table = path
        else:
            path = (*table, *path)
        for depth in range(1, min(len(path), _DEEPEST) + 1):
            found.setdefault(path[:depth], statement.line)
    return found


def _path(keys: str) -> Path:
    """The parts of a dotted key, unquoted as TOML does; empty for what is none."""
    try:
        value: object = tomllib.loads(f"{keys} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, dict):
        ((key, value),) = value.items()
        path.append(key)
    return tuple(path)


def _statements(text: str) -> Iterator[_Statement]:
    """The statements of a document, strings and values over several lines as one."""
    begin, begin_line, line, depth, equals, end = 0, 1, 1, 0, -1, -1
    # A newline at the end closes the last statement.
    text += "\n"
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n" and depth == 0:
            found = _statement(text[begin : match.start() if end < 0 else end], equals - begin)
            if found is not None:
                yield _Statement(begin_line, *found)
            begin, begin_line, equals, end = match.end(), line + 1, -1, -1
        elif token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        elif token == "=" and depth == 0 and equals < 0:
            equals = match.start()
        elif token.startswith("#") and depth == 0:
            end = match.start()
        line += token.count("\n")


def _statement(text: str, equals: int) -> tuple[str, bool] | None:
    """The keys of a statement, and whether it is a header; None for an empty line."""
    if equals >= 0:
        return text[:equals].strip(), False
    header = text.strip()
    if not header.startswith("["):
        return None
    brackets = 2 if header.startswith("[[") else 1
    return header[brackets:-brackets].strip(), True
