"""The top table as text, line by line what `go tool pprof -top` prints."""

from __future__ import annotations

from datetime import datetime

from gotrace.analyses.names import base_name
from gotrace.analyses.top_table import TopTable
from gotrace.pprof_units import binary_name, label, percentage, scale, whole

__all__ = ["format_top"]

_FILTER_WIDTH = 80


def format_top(table: TopTable, *, go_names: bool = False) -> list[str]:
    """The lines of the table with what pprof prints above it.

    With `go_names` every character is pprof's. Without, binary units are called KiB, MiB, ...
    instead of kB, MB, ..., and the two columns that hold them are one character wider.
    """
    return _Text(table, go_names).lines()


class _Text:
    def __init__(self, table: TopTable, go_names: bool) -> None:
        self.table = table
        self.go_names = go_names
        self.ratio = 1 / table.options.divide_by

    def lines(self) -> list[str]:
        table = self.table
        lines = [] if table.options.compact_labels else self._about_recording()
        if table.options.active_filters:
            lines.append("Active filters:")
            lines += [f"   {_shortened(text)}" for text in table.options.active_filters]
        return lines + self._about_rows() + self._rows()

    def amount(self, value: int) -> str:
        """The amount in the table's unit, after `divide_by`."""
        if self.ratio > 0 and self.ratio != 1:
            value = whole(float(value) * self.ratio)
        table = self.table
        return label(value, table.unit, table.output_unit, go_names=self.go_names)

    def _about_recording(self) -> list[str]:
        table, origin = self.table, self.table.origin
        lines = []
        if table.program:
            lines.append(f"File: {base_name(table.program)}")
        if table.build_id:
            lines.append(f"Build ID: {table.build_id}")
        lines += [comment for comment in origin.comments if not comment.startswith("#")]
        if table.sample_type:
            lines.append(f"Type: {table.sample_type}")
        if origin.doc_url:
            lines.append(f"Doc: {origin.doc_url}")
        if origin.time_ns:
            time = datetime.fromtimestamp(origin.time_ns // 10**9).astimezone()
            lines.append(f"Time: {time:%Y-%m-%d %H:%M:%S %Z}")
        if origin.duration_ns:
            lines.append(self._duration())
        return lines

    def _duration(self) -> str:
        table, duration = self.table, self.table.origin.duration_ns
        share = ""
        total, unit = scale(table.total, table.unit, "nanoseconds")
        if unit == "ns" and total:
            share = f"({percentage(whole(total), duration)})"
        printed = label(duration, "nanoseconds", go_names=self.go_names)
        return f"Duration: {printed}, Total samples = {self.amount(table.total)} {share}"

    def _about_rows(self) -> list[str]:
        table = self.table
        share = percentage(table.shown_total, table.total).strip()
        shown, total = self.amount(table.shown_total), self.amount(table.total)
        lines = [f"Showing nodes accounting for {shown}, {share} of {total} total"]
        if table.total and table.dropped_count:
            nodes = "node" if table.dropped_count == 1 else "nodes"
            cutoff = self.amount(table.cutoff)
            lines.append(f"Dropped {table.dropped_count} {nodes} (cum <= {cutoff})")
        if table.total and 0 < len(table.rows) < table.node_count:
            lines.append(f"Showing top {len(table.rows)} nodes out of {table.node_count}")
        return lines

    def _rows(self) -> list[str]:
        unit = scale(0, self.table.unit, self.table.output_unit)[1]
        is_wide = not self.go_names and binary_name(unit) != unit
        width = 11 if is_wide else 10
        lines = [f"{'flat':>{width}} {'flat':>5}% {'sum':>5}% {'cum':>{width}} {'cum':>5}%"]
        for row in self.table.rows:
            flat, cum = self.amount(row.flat), self.amount(row.cum)
            flat_share, sum_share = percentage(row.flat, row.total), percentage(row.sum, row.total)
            numbers = f"{flat:>{width}} {flat_share} {sum_share} {cum:>{width}}"
            mark = f" {row.inline_mark}" if row.inline_mark else ""
            lines.append(f"{numbers} {percentage(row.cum, row.total)}  {row.name}{mark}")
        return lines


def _shortened(text: str) -> str:
    """At most 80 bytes of a filter."""
    data = text.encode("utf-8", "surrogateescape")
    if len(data) <= _FILTER_WIDTH:
        return text
    return data[:_FILTER_WIDTH].decode("utf-8", "surrogateescape") + "…"
