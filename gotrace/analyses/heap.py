"""Everything that only gotrace says about a heap profile, in the order it is shown."""

from __future__ import annotations

from gotrace.analyses.class_findings import class_findings
from gotrace.analyses.growth_findings import growth_findings
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import is_heap
from gotrace.analyses.large_objects import large_objects
from gotrace.analyses.lifetimes import lifetimes
from gotrace.analyses.memory_bridge import memory_bridge, read_bridge
from gotrace.analyses.memory_findings import memory_findings
from gotrace.analyses.result import Result
from gotrace.analyses.site_findings import site_findings
from gotrace.analyses.size_classes import size_classes
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["analyse_heap"]


def analyse_heap(recording: Recording, version: str = "") -> list[Result]:
    """Size classes, large objects, lifetimes, memory bridge and findings of a heap profile.

    `version` is the Go version that recorded it; by default what the recording tells. Raises
    UsageError if that version is not known. A heap profile that is not of a Go program, or lacks
    Go's pairs of sample types, gives one empty result with a note.
    """
    heap = HeapPicture(recording, version)
    if not is_heap(recording) or not heap.is_go:
        return [Result("findings", "Findings", notes=(_NOT_GO,))]
    bridge = read_bridge(recording)
    findings = [*growth_findings(heap), *site_findings(heap), *class_findings(heap)]
    if bridge is not None:
        findings += memory_findings(bridge)
    return [
        size_classes(heap),
        large_objects(heap),
        lifetimes(heap),
        memory_bridge(recording),
        Result("findings", "Findings", findings=tuple(findings)),
    ]


_NOT_GO = Note(
    Severity.INFO,
    "no-go-heap",
    "this is not a whole heap profile of a Go program, so its size classes are not told",
    advice="for Go: save /debug/pprof/heap as it comes; or name the version with --runtime",
)
