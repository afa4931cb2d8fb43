"""The table of `go tool pprof -top`: which rows, in which order, with which numbers.

`top` answers with raw numbers; `gotrace.analyses.top_text` prints them as pprof does. The rules
are those of `internal/driver/driver.go` (the order of the steps), `internal/report/report.go`
(total, cut-offs, unit) and `internal/graph/graph.go` (sums, ties) in github.com/google/pprof.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from gotrace.analyses.filters import apply_filters, without_uninteresting
from gotrace.analyses.granularity import Nodes, nodes_of
from gotrace.analyses.stacks import Stacks, stacks_of
from gotrace.analyses.tag_frames import with_tag_frames
from gotrace.analyses.tags import Tags, tags_of
from gotrace.analyses.top_options import TopOptions
from gotrace.analyses.top_table import TopRow, TopTable
from gotrace.analyses.weights import inlined_nodes, total_of, weights_of
from gotrace.errors import UsageError
from gotrace.pprof_units import magnitude, scale, whole, wrapped
from gotrace.tables.notes import Note
from gotrace.tables.recording import Recording

__all__ = ["sample_type_number", "top"]

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
_INT64_MIN = -(1 << 63)
_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def top(recording: Recording, options: TopOptions | None = None) -> TopTable:
    """The top table of a profile, with the rows, the order and the numbers of `go tool pprof -top`.

    Raises UsageError for a sample type the recording does not have, a bad regular expression or a
    bad range, and LimitError when inlined calls multiply the stacks beyond all reason.
    """
    options = options or TopOptions()
    number = sample_type_number(recording, options.sample_index)
    samples = _Samples(recording, number, options.mean)
    stacks, tags = stacks_of(recording), tags_of(recording)
    notes: tuple[Note, ...] = ()
    if not options.all_frames:
        stacks, notes = without_uninteresting(stacks, recording.origin)
    stacks, frame_notes = with_tag_frames(stacks, tags, options)
    notes += tags.unit_notes() + frame_notes
    total = samples.total(stacks, tags)
    stacks, tags, filter_notes = apply_filters(stacks, tags, options)
    if options.relative_percentages:
        total = samples.total(stacks, tags)
    stacks = samples.weighing(stacks)
    graph = _Graph(stacks, samples, nodes_of(stacks, options), options)
    return _table(recording, options, samples, graph, total, notes + filter_notes)


def sample_type_number(recording: Recording, sample_index: str) -> int:
    """The number of the sample type that pprof's `-sample_index` means.

    Empty: the recording's default, else the last one; a number; or a name, where the prefix
    `inuse_` may be too much. Raises UsageError if there is none such.
    """
    names = [name for name, _ in recording.sample_types]
    if not names:
        raise UsageError("the recording has no samples: it names no sample type")
    if not sample_index:
        default = recording.origin.default_sample_type
        return names.index(default) if default and default in names else len(names) - 1
    if _NUMBER.fullmatch(sample_index):
        if 0 <= int(sample_index) < len(names):
            return int(sample_index)
        raise UsageError(f"sample_index {sample_index} is outside the range 0 to {len(names) - 1}")
    for number, name in enumerate(names):
        if name in (sample_index, sample_index.removeprefix("inuse_")):
            return number
    raise UsageError(f"sample_index `{sample_index}` is none of {', '.join(names)}")


class _Samples:
    """The values of one sample type, with the divisors of a mean."""

    def __init__(self, recording: Recording, number: int, mean: bool) -> None:
        sample_type, self.unit = recording.sample_types[number]
        self.sample_type = f"mean_{sample_type}" if mean else sample_type
        self._values = recording.values(number)
        self._divisors = recording.values(0) if mean else None

    def values(self, stacks: Stacks) -> Numbers:
        """The value of every stack."""
        return np.ascontiguousarray(self._values[stacks.samples], np.int64)

    def divisors(self, stacks: Stacks) -> Numbers | None:
        """The divisor of every stack, if a mean is asked for."""
        if self._divisors is None:
            return None
        return np.ascontiguousarray(self._divisors[stacks.samples], np.int64)

    def total(self, stacks: Stacks, tags: Tags) -> int:
        """What 100 % is, given these stacks."""
        is_base = tags.is_base[stacks.samples]
        return total_of(self.values(stacks), self.divisors(stacks), is_base)

    def weighing(self, stacks: Stacks) -> Stacks:
        """The stacks that weigh anything."""
        divisors = self.divisors(stacks)
        weighs = self.values(stacks) != 0
        return stacks.take(weighs if divisors is None else weighs | (divisors != 0))


class _Graph:
    """The call graph after trimming: which nodes are left, in which order."""

    def __init__(
        self, stacks: Stacks, samples: _Samples, nodes: Nodes, options: TopOptions
    ) -> None:
        self.nodes = nodes
        self.options = options
        values = samples.values(stacks)
        self.weights = weights_of(stacks, nodes, values, samples.divisors(stacks))
        listed = self._listed()
        flat_total = int(self.weights.flat[listed].sum())
        cutoff = _share(flat_total, options.nodefraction) if options.trim else 0
        left = listed[np.abs(self.weights.cum[listed]) >= cutoff] if cutoff > 0 else listed
        self.dropped_count = len(listed) - len(left)
        self.node_count = len(left)
        ordered = self._ordered(left)
        self.shown = self._bounded(ordered)
        is_kept = np.ones(nodes.count, np.bool_)
        if len(self.shown) < len(listed):
            is_kept[:] = False
            is_kept[self.shown] = True
        edge_cutoff = _share(flat_total, options.edgefraction) if options.trim else 0
        self.inline, self.not_inline = inlined_nodes(stacks, nodes, values, is_kept, edge_cutoff)

    def _bounded(self, ordered: list[int]) -> list[int]:
        """The first `nodecount` nodes, if there is a bound."""
        count = self.options.nodecount
        if not self.options.trim or count <= 0:
            return ordered
        # pprof also loses nodes whose weight has no absolute value in 64 bits here.
        return [node for node in ordered[:count] if self.weights.cum[node] != _INT64_MIN]

    def _listed(self) -> Numbers:
        """The nodes that have a value; with drop_negative those that have a positive one."""
        flat, cum = self.weights.flat, self.weights.cum
        listed = (flat != 0) | (cum != 0)
        if self.options.drop_negative:
            listed &= ~((flat < 0) | ((flat == 0) & (cum < 0)))
        return np.flatnonzero(listed)

    def _ordered(self, nodes: Numbers) -> list[int]:
        """Heaviest first; equal weights by name, then by the other weight."""
        first, second = np.abs(self.weights.flat[nodes]), np.abs(self.weights.cum[nodes])
        if self.options.sort == "cum":
            first, second = second, first
        rows = zip(first.tolist(), second.tolist(), nodes.tolist(), strict=True)
        describe = self.nodes.describe
        keys = ((-one, describe(node).name, -other, node) for one, other, node in rows)
        return [key[-1] for key in sorted(keys)]

    def rows(self, total: int) -> tuple[TopRow, ...]:
        """The rows of the table."""
        flat, cum = self.weights.flat_value[self.shown], self.weights.cum_value[self.shown]
        amounts = zip(flat.tolist(), np.cumsum(flat).tolist(), cum.tolist(), strict=True)
        return tuple(
            TopRow(self.nodes.describe(node), self._mark(node), own, running, inclusive, total)
            for node, (own, running, inclusive) in zip(self.shown, amounts, strict=True)
        )

    def _mark(self, node: int) -> str:
        if not self.inline[node]:
            return ""
        return "(partial-inline)" if self.not_inline[node] else "(inline)"


def _share(total: int, fraction: float) -> int:
    """That fraction of the total, cut to a whole number, without its sign."""
    return magnitude(whole(float(total) * fraction))


def _table(
    recording: Recording,
    options: TopOptions,
    samples: _Samples,
    graph: _Graph,
    total: int,
    notes: tuple[Note, ...],
) -> TopTable:
    rows = graph.rows(total)
    return TopTable(
        options=options,
        origin=recording.origin,
        program=_first(recording, "filename"),
        build_id=_first(recording, "build_id"),
        sample_type=samples.sample_type,
        unit=samples.unit,
        output_unit=_output_unit(rows, samples.unit, total, options),
        total=total,
        rows=rows,
        shown_total=rows[-1].sum if rows else 0,
        dropped_count=graph.dropped_count,
        cutoff=_share(total, options.nodefraction) if options.trim else 0,
        node_count=graph.node_count,
        notes=notes,
    )


def _first(recording: Recording, column: str) -> str:
    """A property of the recording's first mapping, which is the program itself."""
    mappings = recording.columns["mappings"]
    return str(mappings.array(column)[0]) if mappings.rows else ""


def _output_unit(rows: tuple[TopRow, ...], unit: str, total: int, options: TopOptions) -> str:
    """The one unit of the whole table that suits its smallest and its largest amount."""
    if options.unit != "minimum" or not rows:
        return options.unit
    amounts = [magnitude(row.flat) or magnitude(row.cum) for row in rows]
    smallest = min((amount for amount in amounts if amount > 0), default=total)
    largest = total
    ratio = 1 / options.divide_by
    if ratio > 0 and ratio != 1:
        smallest, largest = whole(float(smallest) * ratio), whole(float(largest) * ratio)
    small_unit, large_unit = scale(smallest, unit, "minimum")[1], scale(largest, unit, "minimum")[1]
    hundredfold = wrapped(100 * smallest)
    if small_unit != large_unit and hundredfold < largest:
        # The smallest amount may then be printed with two decimals of the larger unit.
        small_unit = scale(hundredfold, unit, "minimum")[1]
    return small_unit or unit
