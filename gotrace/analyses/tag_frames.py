"""`-tagroot` and `-tagleaf`: labels as pseudo frames at the ends of every stack.

The rules are those of `internal/driver/tagroot.go` in github.com/google/pprof: each sample gets one
frame for each key, whose function is named after the sample's values of that label (separated by
commas; empty where it has none) and whose file is named after the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.stacks import Lines, Stacks
from gotrace.analyses.tags import Tags
from gotrace.analyses.top_options import TopOptions
from gotrace.pprof_units import label
from gotrace.tables.notes import Note, Severity

__all__ = ["with_tag_frames"]

Rows = npt.NDArray[np.int32]


def with_tag_frames(
    stacks: Stacks, tags: Tags, options: TopOptions
) -> tuple[Stacks, tuple[Note, ...]]:
    """The stacks with the frames that `tagroot` and `tagleaf` ask for.

    The first root key is outermost, the last leaf key innermost. A note tells when no sample has
    any of the labels.
    """
    notes = []
    for name, title in (("tagroot", "TagRoot"), ("tagleaf", "TagLeaf")):
        keys = [key for key in getattr(options, name).split(",") if key]
        matched = not getattr(options, name)
        for key in reversed(keys) if name == "tagroot" else keys:
            values = list(_values(tags, key, options.unit))
            matched |= any(value is not None for value in values)
            stacks = _added(stacks, [value or "" for value in values], key, name == "tagroot")
        if not matched:
            message = f"{title} expression matched no samples"
            notes.append(Note(Severity.INFO, f"no-match-{name}", message, where=f"-{name}"))
    return stacks, tuple(notes)


def _values(tags: Tags, key: str, unit: str) -> Iterator[str | None]:
    """For every sample its values of the label, texts first; None where it has none."""
    texts: dict[int, list[str]] = {}
    numbers: dict[int, list[tuple[int, str]]] = {}
    code = tags.key.values.index(key) if key in tags.key.values else -2
    for row in np.flatnonzero(tags.key.codes == code).tolist():
        sample, text = int(tags.sample[row]), tags.text[row]
        if text is not None:
            texts.setdefault(sample, []).append(text)
        else:
            numbers.setdefault(sample, []).append((int(tags.number[row]), tags.unit[row] or ""))
    for sample in range(tags.sample_count):
        pairs = numbers.get(sample, [])
        # Without any unit there is nothing to convert from; not even its name is printed.
        target = unit if any(its_unit for _, its_unit in pairs) else ""
        printed = [label(number, its_unit, target) for number, its_unit in pairs]
        values = texts.get(sample, []) + printed
        yield ",".join(values) if values else None


def _added(stacks: Stacks, names: list[str], file: str, at_root: bool) -> Stacks:
    """One more frame on every stack, called `names[sample]`, at its root or its leaf."""
    distinct = list(dict.fromkeys(names))
    first = len(stacks.mapping)
    rows = {name: first + index for index, name in enumerate(distinct)}
    added = np.array([rows[names[sample]] for sample in stacks.samples.tolist()], np.int32)
    return _extended(replace(stacks, **_with_locations(stacks, distinct, file)), added, at_root)


def _with_locations(stacks: Stacks, names: list[str], file: str) -> dict[str, Any]:
    """The columns of `stacks` with one location, line and function more for each name."""
    count, lines = len(names), stacks.lines
    nothing = np.zeros(count, np.int64)
    functions = np.arange(count, dtype=np.int32) + np.int32(len(stacks.function_names))
    offsets = lines.offsets[-1] + np.arange(1, count + 1)
    return {
        "lines": Lines(
            np.append(lines.offsets, offsets),
            np.append(lines.function, functions),
            np.append(lines.number, nothing),
            np.append(lines.column, nothing),
        ),
        "address": np.append(stacks.address, nothing.astype(np.uint64)),
        "mapping": np.append(stacks.mapping, np.full(count, -1, np.int32)),
        "function_names": stacks.function_names + names,
        "file_names": stacks.file_names + [file] * count,
        "start_lines": np.append(stacks.start_lines, nothing),
    }


def _extended(stacks: Stacks, added: Rows, at_root: bool) -> Stacks:
    """Stack s with location `added[s]` at its root or leaf."""
    lengths = stacks.end - stacks.begin
    end = np.cumsum(lengths + 1)
    begin = end - lengths - 1
    locations = np.empty(int(lengths.sum()) + len(lengths), np.int32)
    target = begin if at_root else begin + 1
    entries = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    locations[np.repeat(target, lengths) + entries] = stacks.locations[
        np.repeat(stacks.begin, lengths) + entries
    ]
    locations[end - 1 if at_root else begin] = added
    return replace(stacks, begin=begin, end=end, locations=locations)
