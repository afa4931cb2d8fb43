"""`TopTable`: the answer of `gotrace.analyses.top`, in raw numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.analyses.granularity import Node
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.top_options import TopOptions
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin

__all__ = ["TopRow", "TopTable"]


@dataclass(frozen=True)
class TopRow:
    """One row: amounts in the table's unit, not yet divided by `divide_by`."""

    node: Node
    inline_mark: str
    """`(inline)`, `(partial-inline)` or empty."""
    flat: int
    """Of this node alone."""
    sum: int
    """Of this node and all above it in the table."""
    cum: int
    """Of this node and everything it called."""
    total: int
    """What 100 % is."""

    @property
    def name(self) -> str:
        """The printable name."""
        return self.node.name

    @property
    def flat_ratio(self) -> float:
        """flat as a share of the total (1.0 is 100 %)."""
        return self.flat / self.total if self.total else 0.0

    @property
    def sum_ratio(self) -> float:
        """sum as a share of the total."""
        return self.sum / self.total if self.total else 0.0

    @property
    def cum_ratio(self) -> float:
        """cum as a share of the total."""
        return self.cum / self.total if self.total else 0.0


@dataclass(frozen=True)
class TopTable:
    """The top table; amounts are in `unit`, `output_unit` is the one to print."""

    options: TopOptions
    origin: Origin
    program: str
    """The file of the recorded program; may be empty."""
    build_id: str
    sample_type: str
    unit: str
    output_unit: str
    total: int
    """What 100 % is."""
    rows: tuple[TopRow, ...]
    shown_total: int
    """The flat amounts of all rows together."""
    dropped_count: int
    """Rows left out because their cumulative amount is below `cutoff`."""
    cutoff: int
    node_count: int
    """Rows there would be without the bound on their number."""
    notes: tuple[Note, ...] = ()

    def to_result(self) -> Result:
        """The same for the views: facts, one table, notes."""
        facts = (
            Fact("sample_type", self.sample_type, title="Type"),
            Fact("output_unit", self.output_unit, title="Unit to print"),
            Fact("divide_by", self.options.divide_by, "ratio", title="Divided by"),
            Fact("total", self.total, self.unit, title="Total"),
            Fact("shown_total", self.shown_total, self.unit, title="Shown"),
            Fact("dropped_count", self.dropped_count, "count", title="Rows below the cut-off"),
            Fact("cutoff", self.cutoff, self.unit, title="Cut-off"),
            Fact("node_count", self.node_count, "count", title="Rows before the bound"),
        )
        footnotes = tuple(f"filter: {text}" for text in self.options.active_filters)
        table = ResultTable("top", "Top sites", self._columns(), footnotes)
        return Result("top", "Top sites", facts, (table,), notes=self.notes)

    def _columns(self) -> tuple[ResultColumn, ...]:
        rows, unit = self.rows, self.unit
        amounts = (
            ResultColumn("flat", unit, [row.flat for row in rows], "flat"),
            ResultColumn("flat_ratio", "ratio", [row.flat_ratio for row in rows], "flat%"),
            ResultColumn("sum_ratio", "ratio", [row.sum_ratio for row in rows], "sum%"),
            ResultColumn("cum", unit, [row.cum for row in rows], "cum"),
            ResultColumn("cum_ratio", "ratio", [row.cum_ratio for row in rows], "cum%"),
        )
        places = (
            ResultColumn("name", "text", [row.name for row in rows], "name"),
            ResultColumn("inline_mark", "text", [row.inline_mark for row in rows], "inlined"),
            ResultColumn("function", "text", [row.node.function for row in rows], "function"),
            ResultColumn("file", "text", [row.node.file for row in rows], "file"),
            ResultColumn("line", "count", [row.node.line for row in rows], "line"),
            ResultColumn("address", "count", [row.node.address for row in rows], "address"),
        )
        return amounts + places
