"""Small made-up programs: what they allocate, where, of which types, and what the compiler said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gotrace.analyses.wrestle.allocated import AllocatedSites
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.findings import remedies
from gotrace.analyses.wrestle.findings.remedy import Remedy
from gotrace.analyses.wrestle.sites import Sites, build_sites
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Lazy
from gotrace.tables.recording import Origin, Recording
from tests.analyses.heap_recordings import Sample, recording
from tests.analyses.trace.blocks import block

MODULE = "example.com/m"
PACKAGE = f"{MODULE}/p"


def stack(line: int, function: str = "F", *, inner: Sequence[str] = ()) -> tuple[str, ...]:
    """A stack of the module's own code under testing's; `inner` is what F called."""
    return (
        *inner,
        f"{PACKAGE}.{function}:{line}",
        f"{PACKAGE}.BenchmarkF:5",
        "testing.(*B).runN:9",
    )


def escapes(*said: tuple[int, str] | tuple[int, str, str], function: str = "F",
            flows: Mapping[int, tuple[str, str]] | None = None) -> Recording:  # fmt: skip
    """(line, expression[, kind]) in F.go; `flows`: row → (flows to, how) of its only step."""
    rows = [
        {"escape_id": row, "package": PACKAGE, "file": f"./{function}.go", "line": one[0],
         "column": 3 + row, "kind": one[2] if len(one) > 2 else "escapes_to_heap", "what": one[1]}
        for row, one in enumerate(said)
    ]  # fmt: skip
    steps = [{"escape_id": row, "step": 0, "flows_to": to, "how": how, "line": 1}
             for row, (to, how) in (flows or {}).items()]  # fmt: skip
    tables = dict([block("escapes", *rows), block("escape_flows", *steps)])
    return Recording("escapes", Origin(), Lazy(tables))


def layouts(*structs: tuple[str, int, int, int, Sequence[tuple[str, str, int, int, int]]]
            ) -> Recording:  # fmt: skip
    """(name, size, pointer bytes, pointers, fields (name, type, offset, size, pointers))."""
    types: list[dict[str, Any]] = []
    fields: list[dict[str, Any]] = []
    for number, (name, size, ptrdata, pointers, inside) in enumerate(structs):
        types.append(
            {
                "layout_id": number,
                "name": name,
                "full_name": name,
                "kind": "struct",
                "size_bytes": size,
                "pointer_bytes": ptrdata,
                "pointers_count": pointers,
            }
        )
        for index, (field, kind, offset, width, inner) in enumerate(inside):
            fields.append({"layout_id": number, "index": index, "name": field, "type": kind,
                           "offset_bytes": offset, "size_bytes": width, "pointer_bytes": 8 * inner,
                           "pointers_count": inner})  # fmt: skip
    return Recording(
        "layouts",
        Origin(),
        Lazy(dict([block("type_layouts", *types), block("type_fields", *fields)])),
    )


class Objects:
    """A trace's objects, type by type."""

    def __init__(self) -> None:
        self.types: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []

    def add(self, name: str, size: int, pointers: int, slot: int, count: int, *,
            born: int = 0, died: int = 1, noscan: bool | None = None) -> Objects:  # fmt: skip
        """`count` objects born after cycle `born` and freed after `died` (-1: alive)."""
        type_id = -1
        if name:
            type_id = len(self.types)
            self.types.append({"type_id": type_id, "name": name, "size_bytes": size,
                               "pointer_bytes": pointers})  # fmt: skip
        one = {"time_ns": 1, "type_id": type_id, "slot_bytes": slot, "size_class": 1,
               "is_noscan": not pointers if noscan is None else noscan, "gc_cycle": born,
               "end_gc_cycle": died, "allocations_count": 1}  # fmt: skip
        self.rows += [one] * count
        return self

    def folded(self) -> AllocatedSites:
        """What the fold makes of them."""
        fold = AllocatedSites()
        fold.feed(*block("types", *self.types))
        fold.feed(*block("objects", *self.rows))
        return fold


def evidence(*samples: Sample, said: Recording | None = None, objects: Objects | None = None,
             kinds: Recording | None = None, rate: int = 1, **more: Any) -> Evidence:  # fmt: skip
    """Evidence of package p of the module."""
    return Evidence(
        heap=recording(*samples, rate=rate), escapes=said, layouts=kinds,
        objects=objects.folded() if objects else None, version=GoVersion(27), module=MODULE,
        package=PACKAGE, **more,
    )  # fmt: skip


def tried(found: Evidence) -> list[Remedy]:
    """What is suggested."""
    return remedies(found, joined(found))


def joined(found: Evidence) -> Sites:
    """The joined table."""
    return build_sites(found)
