"""Is this a log of `GODEBUG=gctrace=1`? Told by one whole beginning of its line, wherever it is.

Apart from `heads`, for everything that is read is asked this, and most of it is a profile.
"""

from __future__ import annotations

import re

__all__ = ["is_gc_log"]

_SURE_LINE = rb"gc \d{1,18} @-?[\d.]{1,24}s -?\d{1,18}%(?: \([^()\n]{1,60}\))?: "


def is_gc_log(head: bytes) -> bool:
    """Whether the first bytes of something hold a line of the collector."""
    return re.search(_SURE_LINE, head) is not None
