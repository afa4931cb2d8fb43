"""What grew between two heap profiles, in plain words.

Only for comparisons that keep the base's samples apart under the label `pprof::base` (`-diff_base`,
`gotrace diff`): only then are the errors of both sides known. They are taken for independent, which
for two snapshots of one run makes the error too large, never too small.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import is_clear, largest, share, with_error
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.result import Finding, Weight
from gotrace.tables.merging import BASE_LABEL
from gotrace.tables.recording import Recording
from gotrace.units import format_bytes

__all__ = ["growth_findings"]

_LEAST_BYTES = 256 * 1024
_GROWTH_RATIO = 0.1
_MOST_SITES = 3


def growth_findings(heap: HeapPicture) -> list[Finding]:
    """Growth of what is in use, over all and by site; none without a base."""
    is_base = _of_base(heap.recording)
    if not is_base.any() or "inuse" not in heap.values.measures:
        return []
    return [*_whole(heap, is_base), *_sites(heap, is_base)]


def _whole(heap: HeapPicture, is_base: npt.NDArray[np.bool_]) -> Iterator[Finding]:
    """Growth of everything in use."""
    grown = heap.whole["inuse"]
    size, error = int(grown.bytes[0]), float(grown.byte_errors[0])
    before = -int(heap.values.measures["inuse"].at(is_base).bytes.sum())
    if is_clear(size, error, max(_GROWTH_RATIO * before, _LEAST_BYTES)):
        yield Finding(
            "live-grew",
            f"{with_error(size, error)} more is in use than in the base: {format_bytes(before)} "
            f"became {format_bytes(before + size)}",
            "",
            size,
            "bytes",
            heap.certainty,
            error,
            Weight.HIGH if is_clear(size, error, before) else Weight.MEDIUM,
            "Growth alone is no leak: a cache fills, load differs. Growth at the same site over "
            "several profiles under the same load is one.",
        )


def _sites(heap: HeapPicture, is_base: npt.NDArray[np.bool_]) -> Iterator[Finding]:
    """Growth of single sites."""
    found, measure = heap.sites, heap.values.measures["inuse"]
    base = measure.at(is_base).totals(found.of_sample[is_base], found.count)
    whole = -int(base.bytes.sum())
    grown = heap.by_site["inuse"]
    for site in largest(grown.bytes, _MOST_SITES):
        size, error = int(grown.bytes[site]), float(grown.byte_errors[site])
        before = -int(base.bytes[site])
        if not is_clear(size, error, max(_GROWTH_RATIO * whole, _LEAST_BYTES)):
            continue
        times = f", {share(before + size, before):.1f} times as much" if before > 0 else ""
        yield Finding(
            "site-grew",
            f"{found.function(site)} holds {with_error(size, error)} more than in the base: "
            f"{format_bytes(before)} became {format_bytes(before + size)}{times}",
            found.where(site),
            size,
            "bytes",
            heap.certainty,
            error,
            Weight.MEDIUM,
            "Look who keeps these objects, and what should have let them go.",
        )


def _of_base(recording: Recording) -> npt.NDArray[np.bool_]:
    """For every sample, whether it belongs to the base of a comparison."""
    labels = recording.columns["labels"]
    keys = labels.coded("key")
    is_base = np.zeros(recording.sample_count, bool)
    if BASE_LABEL in keys.values:
        is_label = keys.codes == keys.values.index(BASE_LABEL)
        is_base[labels.array("sample_id")[is_label]] = True
    return is_base
