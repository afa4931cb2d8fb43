"""The numbers of the top table: flat and cumulative weights, the total, and inlined calls.

All sums wrap like Go's 64-bit integers and all quotients are cut towards zero, as in pprof's
`internal/graph/graph.go` and `internal/report/report.go`, from which the rules are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.granularity import Nodes
from gotrace.analyses.stacks import Stacks
from gotrace.errors import LimitError
from gotrace.kernels import load

__all__ = ["Weights", "inlined_nodes", "quotient", "total_of", "weights_of"]

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

FIRST_CALLS = 1 << 12
"""Slots of the table of calls before it grows; a power of two."""
MOST_CALLS = 1 << 23
"""Slots it may grow to (200 MiB); a large program has some ten thousand distinct calls."""


@dataclass(frozen=True)
class Weights:
    """Sums for each of N nodes; the divisors are zero unless a mean is asked for."""

    flat: Numbers
    cum: Numbers
    flat_divisor: Numbers
    cum_divisor: Numbers

    @property
    def flat_value(self) -> Numbers:
        """Exclusive value, divided if there is a divisor."""
        return quotient(self.flat, self.flat_divisor)

    @property
    def cum_value(self) -> Numbers:
        """Inclusive value, divided if there is a divisor."""
        return quotient(self.cum, self.cum_divisor)


def quotient(amounts: Numbers, divisors: Numbers) -> Numbers:
    """amounts / divisors cut towards zero as Go divides; amounts where the divisor is zero."""
    result = amounts.copy()
    (rows,) = divisors.nonzero()
    with np.errstate(over="ignore"):
        a, d = amounts[rows], divisors[rows]
        whole = a // d
        result[rows] = whole + ((whole < 0) & (whole * d != a))
    return result


def total_of(values: Numbers, divisors: Numbers | None, is_base: Bools) -> int:
    """What 100 % is: the sum of all absolute values, or of the base's where there is a base.

    Divided by the sum of the divisors when a mean is asked for. `is_base` marks the samples that
    `-diff_base` labelled `pprof::base`.
    """
    magnitudes = np.abs(values)
    total, base_total = int(magnitudes.sum()), int(magnitudes[is_base].sum())
    from_base = base_total > 0
    if from_base:
        total = base_total
    if divisors is None:
        return total
    divisor = int((divisors[is_base] if from_base else divisors).sum())
    return int(quotient(np.array([total]), np.array([divisor]))[0])


def weights_of(stacks: Stacks, nodes: Nodes, values: Numbers, divisors: Numbers | None) -> Weights:
    """Add the values (one for each stack) to the nodes on their stacks."""
    flat, cum = _sums(stacks, nodes, values)
    if divisors is None:
        nothing = np.zeros(nodes.count, np.int64)
        return Weights(flat, cum, nothing, nothing)
    return Weights(flat, cum, *_sums(stacks, nodes, divisors))


def _sums(stacks: Stacks, nodes: Nodes, values: Numbers) -> tuple[Numbers, Numbers]:
    flat, cum = np.zeros(nodes.count, np.int64), np.zeros(nodes.count, np.int64)
    load("call_graph").add_weights(
        *(stacks.begin.data, stacks.end.data, stacks.locations.data),
        *(nodes.offsets.data, nodes.rows.data, values.data),
        *(flat.data, cum.data, np.full(nodes.count, -1, np.int64).data),
    )
    return flat, cum


def inlined_nodes(
    stacks: Stacks, nodes: Nodes, values: Numbers, is_kept: Bools, cutoff: int
) -> tuple[Bools, Bools]:
    """Which nodes are called inlined, and which are called otherwise, by nodes in the graph.

    `is_kept` says which nodes are in the graph; calls whose weight is below `cutoff` do not count.
    Only nodes that are called inlined somewhere are looked at: the second answer is complete where
    the first holds. Raises LimitError when there are absurdly many distinct calls.
    """
    is_inner = np.ones(len(nodes.rows), np.bool_)
    is_inner[nodes.offsets[1:][np.diff(nodes.offsets) > 0] - 1] = False
    rows = np.where(is_kept[nodes.rows], nodes.rows, np.int32(-1))
    wanted = np.zeros(nodes.count, np.uint8)
    wanted[nodes.rows[is_inner]] = 1
    wanted &= is_kept
    calls = _Calls(FIRST_CALLS)
    if wanted.any():
        calls = _calls(stacks, nodes.offsets, np.ascontiguousarray(rows), values, wanted)
    heavy = (calls.keys >= 0) & ~(np.abs(calls.weights) < cutoff)
    callee = calls.keys[heavy] % max(1, nodes.count)
    is_inline = calls.is_inline[heavy].astype(bool)
    inline, other = np.zeros(nodes.count, np.bool_), np.zeros(nodes.count, np.bool_)
    inline[callee[is_inline]] = True
    other[callee[~is_inline]] = True
    return inline, other


class _Calls:
    """The hash table of calls that the kernel `call_graph` fills."""

    def __init__(self, size: int) -> None:
        self.keys = np.full(size, -1, np.int64)
        self.weights = np.zeros(size, np.int64)
        self.is_inline = np.zeros(size, np.uint8)
        self.last_seen = np.full(size, -1, np.int64)

    @property
    def columns(self) -> tuple[memoryview, memoryview, memoryview, memoryview]:
        """The table as kernels take it."""
        return self.keys.data, self.weights.data, self.is_inline.data, self.last_seen.data

    def doubled(self) -> _Calls:
        """The same calls with twice the room."""
        larger = _Calls(2 * len(self.keys))
        load("call_graph").move_calls(*self.columns, *larger.columns)
        return larger


def _calls(
    stacks: Stacks,
    offsets: Numbers,
    rows: npt.NDArray[np.int32],
    values: Numbers,
    wanted: npt.NDArray[np.uint8],
) -> _Calls:
    """All calls into the wanted nodes."""
    walks = (stacks.begin.data, stacks.end.data, stacks.locations.data)
    graph = (offsets.data, rows.data, values.data, wanted.data)
    calls, stack, used = _Calls(FIRST_CALLS), 0, 0
    while True:
        stack, used = load("call_graph").add_calls(*walks, *graph, *calls.columns, stack, used)
        if stack == len(stacks.begin):
            return calls
        if len(calls.keys) >= MOST_CALLS:
            raise LimitError(f"it has more than {MOST_CALLS // 2} distinct calls")
        calls = calls.doubled()
