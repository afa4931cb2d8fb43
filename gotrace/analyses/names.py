"""Names as pprof shows them: of functions, source files and programs.

Sources of the rules, in github.com/google/pprof: `internal/symbolizer` (what happens to function
names after reading), `profile/prune.go` (names without arguments), `internal/graph` (the name of a
row), `internal/report/source.go` (which prefixes of file names go).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

__all__ = [
    "base_name",
    "clean_path",
    "displayed_names",
    "printable_name",
    "simplified_name",
    "trimmed_path",
]

_WORKING_DIRECTORIES = ("/proc/self/cwd/./", "/proc/self/cwd/")
_BRACKET = re.compile(r"\(anonymous namespace\)|operator\(\)|\(")


def displayed_names(names: Iterable[str], system_names: Iterable[str]) -> Iterator[str]:
    """The name of each function after pprof's symboliser has seen it.

    A name that equals the linker's name, or is missing, is taken for one that still has to be
    made readable. What looks like C++ loses its arguments and template parameters; a generic Go
    function such as `main.(*T).Map[...]` looks like C++ to pprof. Mangled C++ and Rust names
    (`_Z...`, `_R...`) stay as they are: unlike pprof, we have no demangler.
    """
    for name, system_name in zip(names, system_names, strict=True):
        if name and name != system_name:
            yield name
        else:
            yield _simplified_cpp(system_name)


def _simplified_cpp(name: str) -> str:
    is_plain = "[" not in name and "<" not in name and "]" not in name and ">" not in name
    if (is_plain and "::" not in name) or ".<" in name or "])." in name:
        return name
    return _without(_without(name, "(", ")"), "<", ">")


def _without(name: str, opening: str, closing: str) -> str:
    """`name` without its balanced bracketed parts; unbalanced ones stay from there on."""
    kept: list[str] = []
    start = depth = 0
    for index, character in enumerate(name):
        if character == opening:
            if depth == 0:
                kept.append(name[start:index])
                start = index
            depth += 1
        elif character == closing:
            depth -= 1
            if depth < 0:
                break
            if depth == 0:
                start = index + 1
    return "".join(kept) + name[start:]


def simplified_name(name: str) -> str:
    """The name that drop_frames, keep_frames and prune_from are matched with: no arguments.

    Everything from the first bracket goes, so `main.(*T).Get` becomes `main.`; as in pprof.
    """
    name = name.removeprefix(".")
    for bracket in _BRACKET.finditer(name):
        if bracket[0] == "(":
            return name[: bracket.start()]
    return name


def clean_path(path: str) -> str:
    """The shortest equal path, as Go's `path.Clean`; empty stays empty."""
    if not path:
        return path
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def base_name(path: str) -> str:
    """The last element of a path, as Go's `path.Base`."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def trimmed_path(path: str, trim_path: str = "", source_path: str = "") -> str:
    """A source file's name without the prefixes that only the build machine knew.

    `trim_path` lists prefixes, separated by colons. Without it, everything up to the last folder
    name of a `source_path` entry goes.
    """
    if not trim_path:
        for folder in filter(None, source_path.split(":")):
            found = path.find(wanted := f"/{base_name(folder)}/")
            if found >= 0:
                return path[found + len(wanted) :]
    prefixes = (*trim_path.split(":"), *_WORKING_DIRECTORIES) if trim_path else _WORKING_DIRECTORIES
    for prefix in prefixes:
        prefix = prefix if prefix.endswith("/") else prefix + "/"
        if path.startswith(prefix):
            return path[len(prefix) :]
    return path


def printable_name(
    address: int, function: str, file: str, line: int, column: int, program: str
) -> str:
    """What a row is called: `address function file:line`, as far as each is known."""
    parts = [f"{address:016x}"] if address else []
    if function:
        parts.append(function)
    if line:
        parts.append(f"{file}:{line}:{column}" if column else f"{file}:{line}")
    elif file:
        parts.append(file)
    elif not function:
        parts.append(f"[{base_name(program)}]" if program else "<unknown>")
    return " ".join(parts)
