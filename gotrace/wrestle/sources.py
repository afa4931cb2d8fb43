"""Lines of the program's own sources, where they are still there.

Names of files come from recordings: only Go files are opened, each is read once and only so far.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["source_reader"]

_MOST_BYTES = 4 << 20
_MOST_FILES = 500
_LONGEST = 200


def source_reader(module_folder: str = "", module: str = "") -> Callable[[str, int], str]:
    """A function from file and line (from 1) to the text of the line, empty where unknown.

    Files are absolute, or below the module's folder (the compiler writes `./index/index.go`, and
    with `-trimpath` `module/index/index.go`).
    """
    kept: dict[str, list[str]] = {}
    base = Path(module_folder) if module_folder else None

    def line_of(file: str, line: int) -> str:
        if file not in kept:
            if len(kept) >= _MOST_FILES:
                return ""
            kept[file] = _lines(file.removeprefix(f"{module}/") if module else file, base)
        lines = kept[file]
        return lines[line - 1].strip()[:_LONGEST] if 0 < line <= len(lines) else ""

    return line_of


def _lines(file: str, base: Path | None) -> list[str]:
    if not file.endswith(".go"):
        return []
    try:
        path = Path(file)
        if not path.is_absolute():
            if base is None:
                return []
            path = (base / path).resolve()
            if not path.is_relative_to(base.resolve()):
                return []
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return []
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return []
