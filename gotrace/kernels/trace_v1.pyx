# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Traces of Go 1.5 to 1.21.

The contract, and what every function means, is in `gotrace/kernels/plain/trace_v1/`: these files
only do the same faster. No function here allocates anything whose size the input decides.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from gotrace.kernels.plain.trace_v1.scan import fault as scan_fault
from gotrace.kernels.plain.trace_v1.world import fault as replay_fault

__all__ = ["fill_frames", "find_futile", "replay", "scan"]

include "trace_v1_wire.pxi"
include "trace_v1_scan.pxi"
include "trace_v1_kinds.pxi"
include "trace_v1_merge.pxi"
include "trace_v1_heap.pxi"
include "trace_v1_world.pxi"
include "trace_v1_rows.pxi"
include "trace_v1_convert.pxi"
include "trace_v1_replay.pxi"
