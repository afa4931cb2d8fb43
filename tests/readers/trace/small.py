"""Small traces in text form: what threads did, and the rest as in every trace."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["NOBODY", "generation", "trace"]

NOBODY = 18446744073709551615
STRINGS = ("run", "wait", "task", "region")
"""Ids 1, 2, 3, ...; every generation defines them."""

# A thread that runs goroutine 1 on proc 0, and a second proc that is idle.
RUNNING = "ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=1 gstatus=2\n"
IDLE_PROC = "ProcStatus dt=1 p=1 pstatus=2\n"


def generation(
    number: int,
    threads: Sequence[str],
    *,
    version: int = 26,
    strings: Sequence[str] = STRINGS,
    samples: str = "",
    start: int = 0,
) -> str:
    """Thread 1, 2, ... with their events; stack 1 is one frame of the first string."""
    batches = [
        f"EventBatch gen={number} m={m} time={start}\n{events}\n"
        for m, events in enumerate(threads, 1)
    ]
    if version >= 25:
        clocks = "Sync\nFrequency freq=1000000000\nClockSnapshot dt=0 mono=5 sec=7 nsec=9"
    else:
        clocks = "Frequency freq=1000000000"
    texts = "".join(f"String id={i}\ndata={text!r}\n" for i, text in enumerate(strings, 1))
    parts = [clocks, f"Strings\n{texts}", "Stacks\n"]
    if strings:
        parts[-1] += "Stack id=1 nframes=1\npc=4096 func=1 file=1 line=3\n"
    if samples:
        parts.append(f"CPUSamples\n{samples}")
    batches += [f"EventBatch gen={number} m={NOBODY} time={start}\n{part}\n" for part in parts]
    if version >= 26:
        batches.append("EndOfGeneration\n")
    return "".join(batches)


def trace(*generations: str, version: int = 26) -> str:
    """A whole trace."""
    return f"Trace Go1.{version}\n" + "".join(generations)
