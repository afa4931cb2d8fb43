"""The columns that describe requests, the same in every table of an explanation."""

from __future__ import annotations

from collections.abc import Sequence

from gotrace.analyses.result import ResultColumn
from gotrace.model.sizes import Kind, Request, SizeRules

__all__ = ["EXACT", "cost_bytes", "request_columns"]

EXACT = "exact_bytes"
"""Sizes are printed to the byte here: a byte is what decides."""

_COST = "What one object takes of its span when the span is full, tails and reserves included."


def cost_bytes(rules: SizeRules, request: Request) -> float:
    """What one object costs in a full span (a full block if tiny); 0 for no bytes."""
    if request.kind is Kind.ZERO:
        return 0.0
    objects = request.objects_per_span * request.per_slot_count
    return request.npages * rules.page_bytes / objects


def request_columns(asked: Sequence[tuple[SizeRules, Request]]) -> tuple[ResultColumn, ...]:
    """A row for each request: kind, class, slot, header, waste, span, what one object costs."""
    requests = [request for _, request in asked]
    return (
        ResultColumn("kind", "text", [str(r.kind) for r in requests], "kind"),
        ResultColumn("size_class", "", [r.size_class or None for r in requests], "class"),
        ResultColumn("span_class", "", [_span_class(*one) for one in asked], "span class"),
        ResultColumn("slot_bytes", EXACT, [r.slot_bytes for r in requests], "slot"),
        ResultColumn("header_bytes", EXACT, [r.header_bytes for r in requests], "header"),
        ResultColumn("waste_bytes", EXACT, [r.waste_bytes for r in requests], "waste"),
        ResultColumn("waste_ratio", "ratio", [_waste_ratio(r) for r in requests], "waste %"),
        ResultColumn("span_pages_count", "count", [r.npages or None for r in requests], "pages"),
        ResultColumn("page_bytes", EXACT, [rules.page_bytes for rules, _ in asked], "page"),
        ResultColumn(
            "objects_per_span_count",
            "count",
            [r.objects_per_span or None for r in requests],
            "objects per span",
        ),
        ResultColumn("cost_bytes", EXACT, [cost_bytes(*one) for one in asked], "cost", doc=_COST),
    )


def _span_class(rules: SizeRules, request: Request) -> int | None:
    """Only where spans have one: `make` of `runtime/mheap.go` since go1.9, large objects too."""
    has_span_classes = rules.version is not None and rules.version.minor >= 9
    return request.span_class if has_span_classes and request.kind is not Kind.ZERO else None


def _waste_ratio(request: Request) -> float:
    return request.waste_bytes / request.slot_bytes if request.slot_bytes else 0.0
