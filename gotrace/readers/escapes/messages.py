"""One message of the compiler: its kind, and what it says.

The words are those of `cmd/compile/internal/escape`, `inline`, `devirtualize`, `walk`, `bloop` and
`loopvar`; they are the same from Go 1.21 to 1.27. No pattern may take more than linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gotrace.readers.escapes.flows import HEAP

__all__ = ["Said", "parse_message", "with_leak"]


class Said(NamedTuple):
    """A message taken apart; -1 and None where it does not tell. See `tables.escape_schema`."""

    kind: str
    what: str
    detail: str = ""
    function: str | None = None
    leaks_to: str | None = None
    level: int = -1
    cost: int = -1


_MOST_DIGITS = 10
_ESCAPES, _STAYS = " escapes to heap", " does not escape"
_COST = re.compile(r"(.+?) with cost ([0-9]{1,9}) as: ")
_BIG = re.compile(r"function (.+) considered 'big'")
_LOOP = re.compile(r"loop variable (.+) now per-iteration, (.*)")
_UINTPTR = re.compile(r"(?:assuming|marking) (.+) (?:is unsafe|as escaping) (?:\.\.\.)?uintptr")
_DEVIRTUAL = re.compile(
    r"(?:PGO devirtualizing (?:interface call |function call )?|(?:partially )?devirtualizing "
    r"|(?:cannot|failed to) devirtualize )([^ ].*)"
)


def parse_message(message: str) -> Said | None:
    """What a message says that stands behind a position; None for one that is not known."""
    if message.endswith(_ESCAPES):
        return Said("escapes_to_heap", message[: -len(_ESCAPES)])
    if message.endswith(_STAYS):
        return Said("does_not_escape", message[: -len(_STAYS)])
    for prefix, parse in _BY_PREFIX:
        if message.startswith(prefix):
            return parse(message[len(prefix) :])
    return _by_content(message)


def with_leak(parameter: str, target: str, level: int) -> Said:
    """A parameter that leaks to `target` through `level` dereferences."""
    is_content = target == HEAP and level > 0
    kind = "leaking_param_content" if is_content else "leaking_param"
    return Said(kind, parameter, leaks_to=target, level=level)


def _leaking(rest: str) -> Said:
    head, _, level = rest.rpartition(" level=")
    name, _, result = head.rpartition(" to result ")
    if name and level.isdecimal() and len(level) < _MOST_DIGITS:
        return with_leak(name, result, int(level))
    return with_leak(rest, HEAP, 0)


def _can_inline(rest: str) -> Said:
    found = _COST.match(rest)
    name = found[1] if found else rest
    return Said("can_inline", name, function=name, cost=int(found[2]) if found else -1)


def _cannot_inline(rest: str) -> Said:
    name, _, reason = rest.partition(": ")
    callee, _, caller = name.partition(" into ")
    if caller:
        return Said("cannot_inline_call", callee, reason, function=caller)
    return Said("cannot_inline", name, reason, function=name)


def _inlining(rest: str) -> Said:
    name, _, score = rest.partition(" with score ")
    return Said("inlining_call", name, f"score {score}" if score else "")


_BY_PREFIX = (
    ("moved to heap: ", lambda rest: Said("moved_to_heap", rest)),
    ("leaking param: ", _leaking),
    ("leaking param content: ", lambda rest: Said("leaking_param_content", rest, leaks_to=HEAP)),
    ("can inline ", _can_inline),
    ("cannot inline ", _cannot_inline),
    ("inlining call to ", _inlining),
)


def _by_content(message: str) -> Said | None:
    """The rarer ones."""
    function, captures, how = message.partition(" capturing by ")
    if captures:
        how, _, what = how.partition(": ")
        return Said("capturing", what.rpartition(" (addr=")[0], how, function=function)
    if (direct := _DEVIRTUAL.fullmatch(message)) is not None:
        return Said("devirtualized", direct[1].partition(" to ")[0].partition(":")[0], message)
    if " ignoring self-assignment in " in message:
        function, _, what = message.partition(" ignoring self-assignment in ")
        return Said("self_assignment", what, function=function)
    for pattern, kind in _BY_PATTERN:
        if (found := pattern.match(message)) is not None:
            return Said(kind, found[1], message)
    for end, kind in _BY_END:
        if message.endswith(end):
            return Said(kind, message[: -len(end)].strip(), message)
    return None


_BY_PATTERN = ((_BIG, "big_function"), (_LOOP, "loop_variable"), (_UINTPTR, "unsafe_uintptr"))
_BY_END = (
    ("zero-copy string->[]byte conversion", "zero_copy"),
    ("bounds check elided", "bounds_check_elided"),
    ("will be kept alive", "kept_alive"),
    ("Found IsInBounds", "bounds_check"),
    ("Found IsSliceInBounds", "bounds_check"),
    (" does not escape, mutate, or call", "does_not_escape"),
)
