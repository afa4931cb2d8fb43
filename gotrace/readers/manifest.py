"""`manifest.json` of a folder of recordings, read strictly: whatever none can say makes it corrupt.

Its paths lead to files that are opened, so they have to stay below its own folder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from gotrace.errors import InputError, LimitError, MalformedError, UnsupportedVersionError
from gotrace.tables.manifest import (
    KINDS,
    MANIFEST_NAME,
    MANIFEST_VERSION,
    ROLES,
    Machine,
    Manifest,
    RecordingEntry,
    Skipped,
    ToolchainFacts,
)

__all__ = ["read_manifest"]

_LARGEST_BYTES = 64 << 20
_MOST = 100_000
"""Entries, notes of one, packages."""
_LONGEST = 1 << 20
_ADVICE = "record again, or name the files one by one"


def read_manifest(path: str | Path) -> Manifest:
    """Read the file, or that of a folder. Raises InputError for what cannot be or is no manifest.

    MalformedError where a field is not what it should be, UnsupportedVersionError for the form of a
    later gotrace, LimitError for one that is too large. Recordings that are named in it need not be
    there any more.
    """
    file = Path(path)
    try:
        file = file / MANIFEST_NAME if file.is_dir() else file
        if file.stat().st_size > _LARGEST_BYTES:
            raise LimitError("is too large for a manifest", source=str(file))
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise InputError("no such file", source=str(file)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(file)) from None
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise MalformedError(f"is no manifest: {why}", source=str(file), advice=_ADVICE) from None
    return _Reader(str(file)).manifest(content)


class _Reader:
    """Takes the document apart; every method raises InputError for what is wrong."""

    def __init__(self, source: str) -> None:
        self._source = source

    def manifest(self, content: Any) -> Manifest:
        """The whole document."""
        top = self._object(content, "it")
        version = self._whole(top, "schema_version")
        if version != MANIFEST_VERSION:
            raise UnsupportedVersionError(
                f"is a manifest of version {version}; this gotrace reads {MANIFEST_VERSION}",
                source=self._source,
            )
        kind = self._text(top, "kind")
        if kind not in KINDS:
            self._refuse(f"`kind` is `{kind[:40]}`, not one of {', '.join(KINDS)}")
        return Manifest(
            kind, self._text(top, "made_at"), self._text(top, "gotrace_version"),
            self._text(top, "module"), self._text(top, "module_folder"),
            self._texts(top, "packages"), self._text(top, "bench"), self._text(top, "address"),
            self._toolchain(self._object(top.get("toolchain", {}), "`toolchain`")),
            self._machine(self._object(top.get("machine", {}), "`machine`")),
            tuple(self._entry(one) for one in self._list(top, "recordings")),
            tuple(self._skipped(one) for one in self._list(top, "skipped")),
            self._is_on(top, "is_complete"), version,
        )  # fmt: skip

    def _toolchain(self, row: Mapping[str, Any]) -> ToolchainFacts:
        return ToolchainFacts(
            self._text(row, "go_version"), self._text(row, "goos"), self._text(row, "goarch"),
            self._text(row, "goexperiment"), self._texts(row, "flags"),
        )  # fmt: skip

    def _machine(self, row: Mapping[str, Any]) -> Machine:
        names = ("gomaxprocs", "gogc", "gomemlimit")
        return Machine(
            self._whole(row, "cpu_count"), self._text(row, "cpu_model"),
            self._whole(row, "memory_bytes"), *(self._text(row, name) for name in names),
        )  # fmt: skip

    def _entry(self, value: Any) -> RecordingEntry:
        row = self._object(value, "a recording")
        role = self._role(row)
        path = self._text(row, "path")
        pure = PurePosixPath(path)
        if not path or pure.is_absolute() or ".." in pure.parts or "\0" in path or "\\" in path:
            self._refuse(f"`{path[:80]}` leads out of the folder")
        return RecordingEntry(
            role, self._text(row, "package"), path, self._text(row, "arm"),
            self._whole(row, "round_count"), self._texts(row, "command"),
            {name: self._word(text) for name, text in self._map(row, "environment").items()},
            self._whole(row, "exit_code", least=-1024), self._number(row, "duration_s"),
            self._texts(row, "notes"),
            {name: self._count(number) for name, number in self._map(row, "iterations").items()},
        )  # fmt: skip

    def _skipped(self, value: Any) -> Skipped:
        row = self._object(value, "what was skipped")
        return Skipped(self._role(row), self._text(row, "package"), self._text(row, "why"))

    def _role(self, row: Mapping[str, Any]) -> str:
        role = self._text(row, "role")
        if role not in ROLES:
            self._refuse(f"`{role[:40]}` is no role of a recording")
        return role

    def _object(self, value: Any, what: str) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > _MOST:
            self._refuse(f"{what} is no object")
        return value

    def _map(self, row: Mapping[str, Any], name: str) -> dict[str, Any]:
        return self._object(row.get(name, {}), f"`{name}`")

    def _list(self, row: Mapping[str, Any], name: str) -> list[Any]:
        value = row.get(name, [])
        if not isinstance(value, list):
            self._refuse(f"`{name}` is no list")
        if len(value) > _MOST:
            raise LimitError(f"`{name}` has more than {_MOST} entries", source=self._source)
        return value

    def _texts(self, row: Mapping[str, Any], name: str) -> tuple[str, ...]:
        return tuple(self._word(value) for value in self._list(row, name))

    def _text(self, row: Mapping[str, Any], name: str) -> str:
        return self._word(row.get(name, ""), name)

    def _word(self, value: Any, name: str = "") -> str:
        if not isinstance(value, str) or len(value) > _LONGEST:
            self._refuse(f"`{name or str(value)[:40]}` is no text")
        if not value.isascii() and value.encode("utf-8", "replace").decode() != value:
            self._refuse(f"`{name}` holds half a character")
        return value

    def _whole(self, row: Mapping[str, Any], name: str, least: int = 0) -> int:
        return self._count(row.get(name, 0), name, least)

    def _count(self, value: Any, name: str = "", least: int = 0) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not least <= value < 1 << 62:
            self._refuse(f"`{name or str(value)[:40]}` is no whole number that can be")
        return int(value)

    def _number(self, row: Mapping[str, Any], name: str) -> float:
        value = row.get(name, 0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < 1e15 or not math.isfinite(value):
            self._refuse(f"`{name}` is no time")
        return float(value)

    def _is_on(self, row: Mapping[str, Any], name: str) -> bool:
        value = row.get(name, False)
        if not isinstance(value, bool):
            self._refuse(f"`{name}` is true or false")
        return value

    def _refuse(self, reason: str) -> NoReturn:
        raise MalformedError(f"is no manifest: {reason}", source=self._source, advice=_ADVICE)
