"""Is this output of the compiler's escape analysis? Apart, for every input is asked."""

from __future__ import annotations

import re

__all__ = ["is_escape_json", "is_escape_text"]

_SURE_LINES = re.compile(
    rb"""^[^\n]{1,500}?:[0-9]{1,9}(?::[0-9]{1,9})?:\ (?:
        can\ inline\ \S
      | cannot\ inline\ \S[^\n]*:\ \S
      | inlining\ call\ to\ \S
      | moved\ to\ heap:\ \S
      | leaking\ param(?:\ content)?:\ \S
      | [^\n]*\ escapes\ to\ heap(?::|\ in\ [^\n]*:)?\r?$
      | [^\n]*\ does\ not\ escape\r?$
    )""",
    re.MULTILINE | re.VERBOSE,
)
_JSON_HEADER = re.compile(rb'\s*\{"version":\s*[0-9]+,\s*"package":\s*"[^\n]*"gc_version":\s*"')


def is_escape_text(head: bytes) -> bool:
    """Whether the first bytes of something hold a line of `-gcflags=-m` on escapes or inlining."""
    return _SURE_LINES.search(head) is not None


def is_escape_json(head: bytes) -> bool:
    """Whether something begins as a file of `-gcflags=-json=0,DIR` does."""
    return _JSON_HEADER.match(head) is not None
