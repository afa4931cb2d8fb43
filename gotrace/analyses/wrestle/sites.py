"""The joined table: one row a line of the module's own code that allocates, with all that is known.

A heap profile's stack is charged to the first frame of the module's own code, from the leaf: the
line that can be changed. `via` names the function of other code that allocated for it, if any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gotrace.analyses.gc_cost.analysis import analyse_gc_cost
from gotrace.analyses.heap_values import HeapValues, heap_values, is_heap
from gotrace.analyses.result import Result
from gotrace.analyses.sites import sites as leaf_sites
from gotrace.analyses.wrestle.allocated import Allocated
from gotrace.analyses.wrestle.calls import (
    BOX,
    CONCAT,
    FILL_MAP,
    GROW_MAP,
    GROW_SLICE,
    NEW_MAP,
    TO_BYTES,
    TO_STRING,
    Call,
    runtime_calls,
)
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.expressions import Form, forms_of_source, made_of
from gotrace.analyses.wrestle.joining import (
    EscapeIndex,
    Ownership,
    OwnFrames,
    Place,
    own_frames,
)
from gotrace.analyses.wrestle.matching import Candidate, matched
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.analyses.wrestle.type_layouts import LayoutIndex
from gotrace.analyses.wrestle.types_by_size import types_by_size
from gotrace.model.versions import NEWEST, GoVersion

__all__ = ["Sites", "build_sites"]

_FORM_OF_CALL = {
    GROW_SLICE: Form.GROWN, GROW_MAP: Form.MAP, FILL_MAP: Form.MAP, NEW_MAP: Form.MAP,
    BOX: Form.BOXED, TO_STRING: Form.STRING, TO_BYTES: Form.BYTES, CONCAT: Form.JOINED,
}  # fmt: skip


@dataclass(frozen=True)
class Sites:
    """All sites of the module's own code, most bytes first, and the sums they are shares of.

    `groups` are the trace's; `scannable_bytes` is what a cycle of the trace reads of the heap, on
    average. `cost` is the answer of `analyse_gc_cost`, None without a CPU profile.
    """

    sites: tuple[Site, ...]
    objects: int
    bytes: int
    groups: tuple[Allocated, ...]
    cycles_count: int
    layouts: LayoutIndex
    version: GoVersion
    cost: Result | None = None
    cpu_ns: int = 0

    @property
    def counted_cycles(self) -> int:
        """Cycles whose survivors are known: all but the last; 1 without a trace."""
        return max(self.cycles_count - 1, 1)

    @property
    def scannable_bytes(self) -> float:
        """What one cycle reads of objects of known slots, on average.

        Without a trace: of those in use in the end, as far as escapes and layouts tell types.
        """
        marked = sum(group.marked_bytes for group in self.groups)
        if not self.groups:
            kinds = (kind for site in self.sites for _, kind in site.parts())
            return float(sum(kind.group.marked_bytes for kind in kinds))
        return marked / self.counted_cycles


def build_sites(evidence: Evidence) -> Sites:
    """Join all that there is; no sites without a heap profile that counts allocations."""
    layouts = LayoutIndex(evidence.layouts)
    version = evidence.version or NEWEST
    groups = tuple(evidence.objects.groups()) if evidence.objects else ()
    cycles = evidence.objects.cycles_count if evidence.objects else 1
    heap = evidence.heap
    cost = None
    if evidence.cpu is not None and evidence.cpu.kind == "cpu":
        cost = analyse_gc_cost(evidence.cpu, heap if _counts(evidence) else None)
    cpu_ns = next((int(fact.value) for fact in (cost.facts if cost else ())
                   if fact.name == "cpu_time_ns"), 0)  # fmt: skip
    if heap is None or not _counts(evidence):
        return Sites((), 0, 0, groups, cycles, layouts, version, cost, cpu_ns)
    escapes = EscapeIndex(evidence.escapes)
    ownership = Ownership(evidence.module)
    values = heap_values(heap)
    own = own_frames(heap, ownership)
    drafts = _drafts(own, values)
    calls = runtime_calls(evidence.cpu, ownership) if cost else {}
    made = [_site(draft, own, escapes, calls, evidence) for draft in drafts.values()]
    if groups:
        made = _with_types(made, groups, _others(own, values))
    else:
        made = [replace(s, slots=types_by_size(s, layouts, version)) for s in made]
    _charge(made, drafts, own, cost)
    made.sort(key=lambda site: -site.bytes)
    return Sites(
        tuple(made), sum(site.objects for site in made), sum(site.bytes for site in made),
        groups, cycles, layouts, version, cost, cpu_ns,
    )  # fmt: skip


def _counts(evidence: Evidence) -> bool:
    """Whether the heap profile tells what was allocated."""
    heap = evidence.heap
    return heap is not None and is_heap(heap) and "alloc" in heap_values(heap).measures


_Key = tuple[str, int, str]


@dataclass
class _Draft:
    """A site on the way: its samples."""

    place: Place
    via: str
    frames: dict[tuple[int, int], None]
    samples: list[int]
    slots: tuple[Slot, ...] = ()
    inuse_bytes: int = 0


def _drafts(own: OwnFrames, values: HeapValues) -> dict[_Key, _Draft]:
    """Samples by own line and by the foreign function that allocated."""
    alloc = values.measures["alloc"]
    found: dict[_Key, _Draft] = {}
    leaves: dict[int, str] = {}
    for sample in np.flatnonzero((own.frame >= 0) & (alloc.objects > 0)).tolist():
        frame, leaf = int(own.frame[sample]), int(own.leaf[sample])
        place = own.place(frame)
        via = ""
        if leaf != frame:
            via = leaves.setdefault(leaf, own.place(leaf).function)
        draft = found.setdefault(
            (f"{place.function}\0{place.file}", place.line, via), _Draft(place, via, {}, [])
        )
        draft.frames[frame, int(own.location[sample])] = None
        draft.samples.append(sample)
    inuse = values.measures.get("inuse")
    for draft in found.values():
        rows = np.array(draft.samples, np.int64)
        draft.slots = _slots(values, rows)
        draft.inuse_bytes = int(inuse.bytes[rows].sum()) if inuse is not None else 0
    return found


def _slots(values: HeapValues, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
           ) -> tuple[Slot, ...]:  # fmt: skip
    """What these samples allocated, by slot."""
    alloc, sizes = values.measures["alloc"], values.slot_bytes[rows]
    inuse = values.measures.get("inuse")
    made = []
    for size in sorted(set(sizes.tolist())):
        at = rows[sizes == size]
        made.append(
            Slot(
                size, int(alloc.objects[at].sum()), int(alloc.bytes[at].sum()),
                float(np.sqrt(alloc.object_variance[at].sum())),
                float(np.sqrt(alloc.byte_variance[at].sum())),
                int(inuse.objects[at].sum()) if inuse is not None else 0,
            )
        )  # fmt: skip
    return tuple(made)


def _site(
    draft: _Draft, own: OwnFrames, escapes: EscapeIndex,
    calls: Mapping[tuple[str, int, str], Mapping[str, Call]], evidence: Evidence,
) -> Site:  # fmt: skip
    """A draft with what compiler, CPU profile and source say of its line."""
    inner, outer = _places(draft, own)
    said = tuple(escapes.at(inner))
    is_outer = not said and bool(said := tuple(escapes.at(outer)))
    made = made_of(said)
    done = calls.get((draft.place.function, draft.place.line, draft.via), {})
    text = evidence.source(draft.place.file, draft.place.line) if evidence.source else ""
    forms = {one.form for one in made} | {
        _FORM_OF_CALL[what] for what in done if what in _FORM_OF_CALL
    }
    forms |= forms_of_source(text)
    return Site(
        draft.place, draft.via, draft.slots, draft.inuse_bytes, said, made, frozenset(forms),
        done, text.strip(), is_outer,
    )  # fmt: skip


def _places(draft: _Draft, own: OwnFrames) -> tuple[list[Place], list[Place]]:
    """Where the compiler may have said why: the line itself, and those it was inlined into.

    What was called, not inlined, is compiled elsewhere.
    """
    places: dict[Place, None] = {}
    for frame, location in draft.frames:
        if not draft.via or own.innermost(location).function == draft.via:
            for outer in own.outward(frame, location):
                places[own.place(outer)] = None
    return [draft.place] if places else [], [one for one in places if one != draft.place]


def _others(own: OwnFrames, values: HeapValues) -> tuple[Slot, ...]:
    """What nobody's own code asked for: it has a part in the trace's groups, too."""
    rows = np.flatnonzero((own.frame < 0) & (values.measures["alloc"].objects > 0))
    return _slots(values, rows)


def _with_types(
    sites: list[Site], groups: tuple[Allocated, ...], others: tuple[Slot, ...]
) -> list[Site]:
    """The sites with the types of each of their slots."""
    candidates: dict[int, list[Candidate]] = {}
    for row, site in enumerate(sites):
        names = frozenset() if site.via else frozenset(m.type_name for m in site.made)
        forms = frozenset() if site.via else site.forms
        for slot in site.slots:
            one = Candidate(row, float(slot.bytes), names - {""}, forms)
            candidates.setdefault(slot.slot_bytes, []).append(one)
    for slot in others:
        one = Candidate(-1, float(slot.bytes), frozenset(), frozenset())
        candidates.setdefault(slot.slot_bytes, []).append(one)
    types = matched(candidates, groups)
    return [
        replace(site, slots=tuple(
            replace(slot, types=tuple(types.get((row, slot.slot_bytes), ())))
            for slot in site.slots
        ))
        for row, site in enumerate(sites)
    ]  # fmt: skip


def _charge(
    sites: list[Site], drafts: Mapping[_Key, _Draft], own: OwnFrames, cost: Result | None
) -> None:
    """What the leaves of a site's stacks pay, by its part of their bytes."""
    if cost is None:
        return
    table = next(table for table in cost.tables if table.name == "sites")
    columns = [
        table.column(name).values
        for name in ("function", "place", "malloc_ns", "assist_ns", "charged_ns")
    ]
    paid = {(row[0], row[1]): row[2:] for row in zip(*columns, strict=True)}
    leaves = leaf_sites(own.recording)
    sizes = heap_values(own.recording).measures["alloc"].bytes
    named: dict[int, tuple[str, str]] = {}
    of_leaf: dict[tuple[str, str], float] = {}
    for sample, site in enumerate(leaves.of_sample.tolist()):
        key = named.setdefault(site, (leaves.function(site), leaves.place(site)))
        of_leaf[key] = of_leaf.get(key, 0.0) + float(sizes[sample])
    for site, draft in zip(sites, drafts.values(), strict=True):
        for sample in draft.samples:
            key = named[int(leaves.of_sample[sample])]
            if key in paid and of_leaf[key]:
                part = float(sizes[sample]) / of_leaf[key]
                malloc, assist, charged = paid[key]
                site.cost.malloc_ns += part * malloc
                site.cost.assist_ns += part * assist
                site.cost.charged_ns += part * charged
