"""What a recording cannot tell about another setting, whoever asks: said with every answer."""

from __future__ import annotations

from gotrace.analyses.result import Fact, Result

__all__ = ["unknowable"]

_ROWS = (
    ("CPU time of the collector", "the recording tells what was allocated and freed, not what "
     "marking it costs another time; fewer cycles mark less, how much time that is worth is open"),
    ("pauses and assist latency", "they depend on scheduling, on the machine and on its load"),
    ("run time, throughput", "positions here are bytes allocated; how fast another setting gets "
     "there is not known"),
    ("what the program does otherwise", "timers, sync.Pool, finalisers, weak pointers and caches "
     "that look at memory act otherwise when cycles come at other times; here they do not"),
    ("resident memory (RSS)", "the kernel and the scavenger decide it; heap and what is mapped "
     "beside it are bounds of what Go asks for"),
    ("other inputs", "the same work is assumed, allocation for allocation"),
    ("another version's own allocations", "maps, strings and the compiler's escape decisions "
     "changed as well; only size classes, headers and the pacer are another version's here"),
)  # fmt: skip


def unknowable() -> Result:
    """The fixed section."""
    facts = tuple(Fact(f"unknown_{i}", why, title=what) for i, (what, why) in enumerate(_ROWS))
    return Result("whatif_unknowable", "What this cannot tell", facts)
