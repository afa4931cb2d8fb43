"""The memory map behind a legacy profile: which file backed which addresses.

Go's own text forms carry none; gperftools, and Go up to 1.8 in its CPU profiles, append what
`/proc/self/maps` says, or a shorter table of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError
from gotrace.readers.draft import Mapping
from gotrace.readers.legacy.lines import Lines

__all__ = ["assign_mappings", "is_memory_map_heading", "read_last_sections", "read_memory_map"]

_HEADINGS = (b"--- Memory map: ---", b"MAPPED_LIBRARIES:")

# Compiled (and kept by `re`) when first used, which is seldom.
_HEX = rb"(?:0x)?([0-9a-fA-F]{1,16})"
_RANGE = rb"\s*" + _HEX + rb"[\s-]?\s*" + _HEX + rb":?"
_PROC_MAPS = (
    _RANGE + rb"(?:\s+([-rwxps]+))?(?:\s+([0-9a-fA-F]{1,16}))?"
    rb"\s+[0-9a-fA-F]+:[0-9a-fA-F]+\s+[0-9]+(?:\s+(\S+))?"
)
"""`00400000-0056a000 r-xp 00000000 08:01 1234  /bin/prog`, proc(5)."""
_BRIEF = (
    _RANGE
    + rb"(?:\s+([-rwxp]+))?(?:\s+(\S+))?(?:\s+\(@([0-9a-fA-F]{1,16})\))?(?:\s+([0-9a-fA-F]+))?"
)
"""`0x400000-0x56a000 /bin/prog (@1000) abc123`, as C++ servers print it."""
_LOG_PREFIX = rb"[^\[\]]+:[0-9]+]\s"
_LIBRARY = r"\.so$|\.so[._][0-9]+"

_NAME = rb"\$([A-Za-z0-9_]+)"
_MAX_NAMES_IN_A_LINE = 8
_MAX_MAPPINGS = 1 << 14  # executable ones; Linux allows 65530 of all kinds
_FIRST_TEXT_ADDRESS = 0x400000  # where linkers put the first segment of a program


def is_memory_map_heading(line: bytes) -> bool:
    """Whether the lines that follow are a memory map."""
    return any(heading in line for heading in _HEADINGS)


def read_last_sections(line: bytes, lines: Lines) -> list[Mapping]:
    """The memory map that `line` or a later one announces; other sections are passed over."""
    if is_memory_map_heading(line) or any(is_memory_map_heading(later) for later in lines):
        return read_memory_map(lines)
    return []


def read_memory_map(lines: Lines) -> list[Mapping]:
    """The executable parts in the rest of `lines`, adjacent ones joined, the program first.

    Lines that are no mapping are passed over, but for `name=value`, which gives `$name` in later
    lines a meaning (pprof's profile/legacy_profile.go). Raises LimitError for more mappings than a
    process can have.
    """
    found: list[Mapping] = []
    names: dict[bytes, bytes] = {}
    for line in lines:
        text = _with_values(_without_log_prefix(line), names)
        mapping = _mapping(text)
        if mapping is not None:
            found.append(mapping)
        elif b"=" in text:
            name, _, value = text.partition(b"=")
            names[name.strip()] = value.strip()
        if len(found) > _MAX_MAPPINGS:
            raise LimitError(f"line {lines.number}: more than {_MAX_MAPPINGS} mappings")
    return _program_first(_joined(found))


def _without_log_prefix(line: bytes) -> bytes:
    match = re.match(_LOG_PREFIX, line)
    return line[match.end() :] if match else line


def _with_values(text: bytes, values: dict[bytes, bytes]) -> bytes:
    """`$name` replaced where `name=value` was read before; a few only, for lines could grow."""
    if not values or b"$" not in text:
        return text
    return re.sub(
        _NAME, lambda name: values.get(name[1], name[0]), text, count=_MAX_NAMES_IN_A_LINE
    )


def _mapping(text: bytes) -> Mapping | None:
    match = re.match(_PROC_MAPS, text)
    if match is not None:
        start, limit, permissions, offset, filename = match.groups()
        build_id = None
    else:
        match = re.match(_BRIEF, text)
        if match is None:
            return None
        start, limit, permissions, filename, offset, build_id = match.groups()
    if permissions and b"x" not in permissions:
        return None
    if int(limit, 16) <= int(start, 16):
        return None
    return Mapping(
        int(start, 16),
        int(limit, 16),
        int(offset or b"0", 16),
        (filename or b"").decode("utf-8", "replace"),
        (build_id or b"").decode("ascii"),
    )


def _joined(mappings: Iterable[Mapping]) -> list[Mapping]:
    """Mappings of one file that were listed in several pieces, made whole."""
    result: list[Mapping] = []
    for mapping in mappings:
        if result and _is_continued(result[-1], mapping):
            before = result[-1]
            result[-1] = replace(
                before,
                limit=mapping.limit,
                filename=mapping.filename or before.filename,
                build_id=mapping.build_id or before.build_id,
            )
        else:
            result.append(mapping)
    return result


def _is_continued(first: Mapping, second: Mapping) -> bool:
    """Whether `second` goes on where `first` ends, in memory and, where known, in the file."""
    if first.filename and second.filename and first.filename != second.filename:
        return False
    if first.build_id and second.build_id and first.build_id != second.build_id:
        return False
    in_file = first.offset + first.limit - first.start
    if first.offset and second.offset and in_file != second.offset:
        return False
    return first.limit == second.start


def _program_first(mappings: list[Mapping]) -> list[Mapping]:
    """The first mapping that is no library and no pseudo file changes places with the first."""
    for number, mapping in enumerate(mappings):
        name = mapping.filename.replace("(deleted)", "").strip()
        if name and not name.startswith("[") and not re.search(_LIBRARY, name):
            mappings[0], mappings[number] = mappings[number], mappings[0]
            break
    return mappings


def assign_mappings(
    mappings: list[Mapping], addresses: npt.NDArray[np.uint64]
) -> tuple[list[Mapping], npt.NDArray[np.int32]]:
    """For each address the row of its mapping, -1 for none, and the mappings as corrected.

    Two corrections are pprof's: a leading `/anon_hugepage` that the program continues is dropped,
    and a mapping that lacks its first part is extended down to where its file starts.
    """
    mappings = list(mappings)
    is_huge = bool(mappings) and mappings[0].filename.startswith("/anon_hugepage")
    if is_huge and len(mappings) > 1 and mappings[0].limit == mappings[1].start:
        del mappings[0]
    if mappings and mappings[0].start - mappings[0].offset == _FIRST_TEXT_ADDRESS:
        mappings[0] = replace(mappings[0], start=_FIRST_TEXT_ADDRESS, offset=0)
    order = np.argsort(addresses, kind="stable")
    ordered = addresses[order]
    owner = np.full(len(addresses), -1, np.int32)
    owner[ordered == 0] = -2  # address 0 is "unknown" and lies nowhere
    for row, mapping in enumerate(mappings):
        _claim(owner, ordered, mapping.start, mapping.limit, row)
    for row, mapping in enumerate(mappings):
        base = mapping.start - mapping.offset
        if mapping.offset and base >= 0 and _claim(owner, ordered, base, mapping.start, row):
            mappings[row] = replace(mapping, start=base, offset=0)
    result = np.empty(len(addresses), np.int32)
    result[order] = np.maximum(owner, -1)
    return mappings, result


def _claim(
    owner: npt.NDArray[np.int32],
    ordered: npt.NDArray[np.uint64],
    start: int,
    limit: int,
    row: int,
) -> bool:
    """Give `row` the addresses in [start, limit) that nobody owns; whether there were any."""
    first, last = np.searchsorted(ordered, np.array([start, limit], np.uint64))
    part = owner[first:last]
    free = part == -1
    part[free] = row
    return bool(free.any())
