"""The plain twin of the kernel `trace_v1`: traces of Go 1.5 to 1.21.

`scan` goes through a file once, `order` finds whose event comes next, `replay` checks the events in
that order and writes them as columns. `wire.py`, `sequence.py` and `world.py` are what these need:
the events of one proc, all events in their final order, and what they do to the world.
"""

from gotrace.kernels.plain.trace_v1.replay import find_futile, replay
from gotrace.kernels.plain.trace_v1.scan import fill_frames, scan

__all__ = ["fill_frames", "find_futile", "replay", "scan"]
