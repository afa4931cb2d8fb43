"""Why cycles began, by the code that started them.

`runtime.GC` and what calls it force a cycle; `runtime.forcegchelper` starts one that is due after
two minutes without; an allocation starts one when the live heap reached the trigger
(`runtime/mgc.go`, gcTrigger).
"""

from __future__ import annotations

import numpy as np

from gotrace.tables.columns import Columns

__all__ = ["reason_of", "stack_functions"]

_FORCED = ("runtime.GC", "runtime/debug.FreeOSMemory", "runtime/debug.freeOSMemory")
_PERIODIC = "runtime.forcegchelper"
_HEAP = ("runtime.mallocgc", "runtime.newobject", "runtime.makeslice", "runtime.growslice")


def reason_of(functions: list[str]) -> str | None:
    """`forced`, `periodic` or `heap`, by the names on the stack; None for none of these."""
    if any(name in _FORCED for name in functions):
        return "forced"
    if _PERIODIC in functions:
        return "periodic"
    if any(name.startswith(_HEAP) for name in functions):
        return "heap"
    return None


def stack_functions(code: dict[str, Columns], stack: int) -> list[str]:
    """The names of the functions of a stack (a row number), leaf first; empty ones left out."""
    if not 0 <= stack < code["stacks"].rows:
        return []
    frames = code["stacks"].lists("frame_ids")[stack]
    functions = code["frames"].array("function_id")[frames]
    names = code["functions"].array("name")
    return [str(names[row]) for row in functions[np.flatnonzero(functions >= 0)].tolist()]
