"""pprof's filters: which samples count, and which frames of their stacks are looked at.

The rules are those of `profile/filter.go` and `profile/prune.go`, in the order of
`internal/driver/driver_focus.go`. A name filter looks at the function name and the source file of
every line of a location, and at the program file the location belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.names import simplified_name
from gotrace.analyses.regexp import Pattern, compile_go
from gotrace.analyses.stacks import Lines, Stacks
from gotrace.analyses.tags import Tags, range_note
from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError
from gotrace.kernels import load
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin

__all__ = ["apply_filters", "without_uninteresting"]

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_FOCUSED, _IGNORED, _VISIBLE = 1, 2, 4
"""Marks of locations, gathered over each stack."""

_REPORTED = {
    "focus": "Focus",
    "ignore": "Ignore",
    "hide": "Hide",
    "show": "Show",
    "show_from": "ShowFrom",
    "tagfocus": "TagFocus",
    "tagignore": "TagIgnore",
    "tagshow": "TagShow",
    "taghide": "TagHide",
}
"""Option → what pprof calls it when it matched nothing."""


def without_uninteresting(stacks: Stacks, origin: Origin) -> tuple[Stacks, tuple[Note, ...]]:
    """Prune the frames that the recording itself names uninteresting (drop_frames, keep_frames).

    A pattern in the file that is no regular expression is left out, with a note; pprof leaves it
    out too and says nothing. So is one that takes too long to match.
    """
    if not origin.drop_frames:
        return stacks, ()
    try:
        is_dropped = _uninteresting(stacks, origin)
    except UsageError as error:
        message = f"the recording's list of uninteresting frames was not applied: {error}"
        return stacks, (Note(Severity.FAULT, "bad-drop-frames", message),)
    return _pruned(stacks, is_dropped), ()


def _uninteresting(stacks: Stacks, origin: Origin) -> Bools:
    """Which functions the recording's own patterns say to prune. Raises UsageError."""
    drop = compile_go(f"^({origin.drop_frames})$", "drop_frames", is_trusted=False)
    keep = compile_go(f"^({origin.keep_frames})$", "keep_frames", is_trusted=False)
    simplified = [simplified_name(name) for name in stacks.function_names]
    is_dropped: Bools = _matches(simplified, drop) & np.array(
        [*map(bool, stacks.function_names)], bool
    )
    if origin.keep_frames:
        is_dropped &= ~_matches(simplified, keep)
    return is_dropped


def apply_filters(
    stacks: Stacks, tags: Tags, options: TopOptions
) -> tuple[Stacks, Tags, tuple[Note, ...]]:
    """Apply all filters of `options`, with a note for each one that matched nothing.

    Raises UsageError for a bad regular expression or range.
    """
    names = ("focus", "ignore", "hide", "show", "show_from", "prune_from", "tagshow", "taghide")
    patterns = {name: compile_go(text, name) for name in names if (text := getattr(options, name))}
    tag_filters = {
        name: tags.filter(name, text)
        for name in ("tagfocus", "tagignore")
        if (text := getattr(options, name))
    }
    stacks, matched = _by_name(stacks, patterns)
    if "show_from" in patterns:
        stacks, matched["show_from"] = _show_from(stacks, patterns["show_from"])
    for name, tag_filter in tag_filters.items():
        # Both look at the samples that the name filters left.
        matched[name] = bool(tag_filter[stacks.samples].any())
    kept = np.ones(len(stacks.samples), np.bool_)
    if "tagfocus" in tag_filters:
        kept &= tag_filters["tagfocus"][stacks.samples]
    if "tagignore" in tag_filters:
        kept &= ~tag_filters["tagignore"][stacks.samples]
    stacks = stacks.take(kept)
    tags, by_key = tags.showing(stacks.samples, patterns.get("tagshow"), patterns.get("taghide"))
    if "prune_from" in patterns:
        stacks = _prune_from(stacks, patterns["prune_from"])
    ranges = (range_note(name, options) for name in tag_filters)
    unmatched = (_unmatched(name) for name, found in (matched | by_key).items() if not found)
    return stacks, tags, (*filter(None, ranges), *unmatched)


def _unmatched(name: str) -> Note:
    message = f"{_REPORTED[name]} expression matched no samples"
    return Note(Severity.INFO, f"no-match-{name.replace('_', '-')}", message, where=f"-{name}")


class _Match:
    """What a pattern matches: lines by function and file, locations also by their program."""

    def __init__(self, stacks: Stacks, pattern: Pattern) -> None:
        functions = _matches(stacks.function_names, pattern)
        functions |= _matches(stacks.file_names, pattern)
        programs = _matches(stacks.programs, pattern)
        self.lines: Bools = np.append(functions, False)[stacks.lines.function]
        self.by_program: Bools = np.append(programs, False)[stacks.mapping]
        self.locations: Bools = stacks.lines.any(self.lines) | self.by_program


def _by_name(stacks: Stacks, patterns: dict[str, Pattern]) -> tuple[Stacks, dict[str, bool]]:
    """focus, ignore, hide and show, which pprof applies together."""
    if patterns.keys().isdisjoint(("focus", "ignore", "hide", "show")):
        return stacks, {}
    matched: dict[str, bool] = {}
    is_ignored = np.zeros(len(stacks.mapping), np.bool_)
    if "ignore" in patterns:
        is_ignored = _Match(stacks, patterns["ignore"]).locations
        matched["ignore"] = bool(is_ignored.any())
    is_focused = ~is_ignored
    if "focus" in patterns:
        is_focused &= _Match(stacks, patterns["focus"]).locations
        matched["focus"] = bool(is_focused.any())
    if "hide" in patterns:
        stacks, matched["hide"] = _hide(stacks, patterns["hide"])
    if "show" in patterns:
        stacks, matched["show"] = _show(stacks, patterns["show"])
    marks = is_focused * _FOCUSED | is_ignored * _IGNORED | ~stacks.is_gone * _VISIBLE
    carried = _carried(stacks, marks.astype(np.uint8))
    # Without focus every location counts as focused, so this drops samples without a stack too.
    return stacks.take(carried == _FOCUSED | _VISIBLE), matched


def _hide(stacks: Stacks, pattern: Pattern) -> tuple[Stacks, bool]:
    match = _Match(stacks, pattern)
    hidden = match.lines | match.by_program[stacks.lines.location]
    return stacks.with_lines(stacks.lines.take(~hidden)), bool(match.locations.any())


def _show(stacks: Stacks, pattern: Pattern) -> tuple[Stacks, bool]:
    match = _Match(stacks, pattern)
    shown = match.lines | match.by_program[stacks.lines.location]
    # A location without known function has no line that could be shown.
    stacks = stacks.with_lines(stacks.lines.take(shown & (stacks.lines.function >= 0)))
    return stacks, not stacks.is_gone.all()


def _show_from(stacks: Stacks, pattern: Pattern) -> tuple[Stacks, bool]:
    """Cut off the callers of the outermost match; drop stacks without one."""
    match = _Match(stacks, pattern)
    location = stacks.lines.location
    index = np.arange(len(location))
    last = _by_location(stacks.lines, match.lines, index)
    kept = match.by_program[location] | (index <= last[location]) | (last[location] < 0)
    marks = (match.locations & ~stacks.is_gone).astype(np.uint8)
    cut = _scan("last_marked", stacks, marks)
    stacks = replace(stacks, end=cut + 1).with_lines(stacks.lines.take(kept))
    return stacks.take(cut >= 0), bool(match.locations.any())


def _prune_from(stacks: Stacks, pattern: Pattern) -> Stacks:
    """Cut off what the innermost match called."""
    names = stacks.function_names
    matched = _matches([simplified_name(name) for name in names], pattern)
    matched &= np.array([*map(bool, names)], np.bool_)
    lines = np.append(matched, False)[stacks.lines.function]
    location = stacks.lines.location
    index = np.arange(len(location))
    first = _by_location(stacks.lines, lines[::-1], index[::-1])
    cut = _scan("first_marked", stacks, (first >= 0).astype(np.uint8))
    begin = np.where(cut >= 0, cut, stacks.begin)
    return replace(stacks, begin=begin).with_lines(stacks.lines.take(index >= first[location]))


def _pruned(stacks: Stacks, is_dropped: Bools) -> Stacks:
    """Remove the dropped functions and what they called, below the outermost other frame."""
    lines = np.append(is_dropped, False)[stacks.lines.function]
    location = stacks.lines.location
    index = np.arange(len(location))
    last = _by_location(stacks.lines, lines, index)
    is_whole = last == stacks.lines.offsets[1:] - 1
    is_whole &= last >= 0
    marks = np.where(is_whole, 2, last >= 0).astype(np.uint8)
    begin = _scan("prune_points", stacks, marks)
    # In a location that stays, the dropped function's inlined calls go, on whatever stack it is.
    kept = is_whole[location] | (index > last[location])
    return replace(stacks, begin=begin).with_lines(stacks.lines.take(kept))


def _by_location(lines: Lines, matched: Bools, index: Numbers) -> Numbers:
    """For every location its matched line that comes last in the order of `index`; -1 for none."""
    found = np.full(len(lines.offsets) - 1, -1, np.int64)
    location = lines.location
    found[location[index[matched]]] = index[matched]
    return found


def _matches(names: Iterable[str], pattern: Pattern) -> Bools:
    """Which names the pattern matches anywhere; each distinct name is tried once."""
    tried: dict[str, bool] = {}
    for name in names:
        if name not in tried:
            tried[name] = pattern.matches(name)
    return np.fromiter((tried[name] for name in names), np.bool_)


def _carried(stacks: Stacks, marks: Bytes) -> Bytes:
    """The union of the marks on every stack."""
    out = np.zeros(len(stacks.begin), np.uint8)
    walks = (stacks.begin.data, stacks.end.data, stacks.locations.data)
    load("call_graph").collect_marks(*walks, marks.data, out.data)
    return out


def _scan(kernel: str, stacks: Stacks, marks: Bytes) -> Numbers:
    """For every stack the entry that the kernel function `kernel` finds."""
    out = np.zeros(len(stacks.begin), np.int64)
    walks = (stacks.begin.data, stacks.end.data, stacks.locations.data)
    getattr(load("call_graph"), kernel)(*walks, marks.data, out.data)
    return out
