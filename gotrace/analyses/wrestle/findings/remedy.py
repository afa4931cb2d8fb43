"""`Remedy`: what to try at a line of the program, and what that would save, between two bounds.

**Ratios** are of what the module's own code allocated in the run, tests' and benchmarks' own lines
left out, or of the bytes that the collector had to scan. Where the benchmarks' log tells B/op and
allocs/op, and set-up allocates so that both differ, the higher bound is a ratio of the smaller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gotrace.analyses.result import Certainty, Weight
from gotrace.analyses.wrestle.findings.worth import Benchmarks
from gotrace.analyses.wrestle.matching import SiteType
from gotrace.analyses.wrestle.site import Site, Slot
from gotrace.analyses.wrestle.sites import Sites

__all__ = ["BYTES", "MARKED", "OBJECTS", "SCAN", "SIGMAS", "Case", "Remedy", "Saving", "weight_of"]

BYTES = "bytes"
OBJECTS = "objects"
SCAN = "scan-bytes"
MARKED = "marked-bytes"

_HIGH, _MEDIUM = 0.10, 0.03
_LONGEST_FUNCTION = 300
_FUNCTION = re.compile(r"^func (?:\([^)]*\) )?\w+(?:\[[^\]]*\])?\((?:[^()]|\([^()]*\))*\)(.*)\{$")
"""A function's first line, as gofmt writes it; what stands before the brace are its results."""
SIGMAS = 2.0
"""Standard errors that a band is moved out by."""


@dataclass(frozen=True)
class Remedy:
    """One thing to try: `saved_low` to `saved_high` of `saved_unit`, and as ratios of the run.

    `scan-bytes` are what each collection reads, `marked-bytes` what all of the run marked
    together, as predicted. `site` is "whole program" where there is no line. `evidence` tells the
    numbers of the recording that it rests on, `check` how to see whether it helped.
    """

    slug: str
    site: str
    file: str
    line: int
    what: str
    evidence: str
    saved_unit: str
    saved_low: float
    saved_high: float
    saved_low_ratio: float
    saved_high_ratio: float
    weight: Weight
    certainty: Certainty
    advice: str
    check: str

    @property
    def expected_ratio(self) -> float:
        """The middle of the band: what remedies are ranked by."""
        return (self.saved_low_ratio + self.saved_high_ratio) / 2


@dataclass(frozen=True)
class Saving:
    """What a remedy is thought to save, in absolute numbers."""

    unit: str
    low: float
    high: float


def weight_of(ratio: float, most: Weight = Weight.HIGH) -> Weight:
    """HIGH from 10 % on, MEDIUM from 3 %; never above `most`."""
    if ratio >= _HIGH and most is Weight.HIGH:
        return Weight.HIGH
    if ratio >= _MEDIUM and most is not Weight.LOW:
        return Weight.MEDIUM
    return Weight.LOW


@dataclass(frozen=True)
class Case:
    """The joined sites, and the sums that savings are ratios of.

    `flows` says for rows of `escapes` where the value goes: `result`, `interface`, `heap`, or that
    it is unknown; `source` gives lines of the program where they are at hand.
    """

    sites: Sites
    benchmarks: Benchmarks = field(default_factory=Benchmarks)
    flows: Mapping[int, str] = field(default_factory=dict)
    source: Callable[[str, int], str] | None = None

    @cached_property
    def totals(self) -> dict[str, tuple[float, float]]:
        """For each unit the larger and the smaller of what the run had, as far as is known."""
        own = [site for site in self.sites.sites if not site.place.is_test]
        found = {
            BYTES: (float(sum(site.bytes for site in own)), self.benchmarks.measured("B/op")),
            OBJECTS: (
                float(sum(site.objects for site in own)),
                self.benchmarks.measured("allocs/op"),
            ),
            SCAN: (self.sites.scannable_bytes, 0.0),
        }
        return {
            unit: (max(a, b), min(a, b) if min(a, b) > 0 else max(a, b))
            for unit, (a, b) in found.items()
        }

    def ratios(self, saving: Saving) -> tuple[float, float]:
        """The band as ratios, from 0 to 1."""
        whole, part = self.totals[saving.unit]
        low = saving.low / whole if whole else 0.0
        high = saving.high / part if part else 0.0
        return max(min(low, 1.0), 0.0), max(min(high, 1.0), 0.0)

    def results_of(self, site: Site) -> str | None:
        """The results in the source of the function that a site is in; None if it is not known."""
        if self.source is None:
            return None
        for line in range(site.place.line, max(site.place.line - _LONGEST_FUNCTION, 0), -1):
            text = self.source(site.place.file, line).strip()
            if found := _FUNCTION.match(text):
                return found[1].strip()
        return None

    def remedy(
        self, slug: str, site: Site, what: str, evidence: str, saving: Saving,
        certainty: Certainty, advice: str, check: str, most: Weight = Weight.HIGH,
        count: float | None = None,
    ) -> Remedy:  # fmt: skip
        """A remedy at a site; lines of tests and benchmarks never weigh more than LOW.

        Nor do trifles: `count` is how often what it is about was made, by default each object.
        """
        low, high = self.ratios(saving)
        doubt = ""
        if saving.unit != SCAN:
            times = site.objects if count is None else count
            doubt = self.benchmarks.doubt(times, site.objects, saving.high)
        if site.place.is_test or doubt:
            most = Weight.LOW
        return Remedy(
            slug, site.place.function, site.place.file, site.place.line, what,
            evidence + doubt,
            saving.unit, max(saving.low, 0.0), saving.high, low, high,
            weight_of((low + high) / 2, most), certainty, advice, check,
        )  # fmt: skip

    def scan_share(self, slot: Slot, kind: SiteType) -> float:
        """Share of all scanning in the run that objects of this slot of the site were."""
        whole = self.sites.scannable_bytes * self.sites.counted_cycles
        return kind.group.marked_bytes * self._part(slot, kind) / whole if whole else 0.0

    def scanned_once(self, slot: Slot, kind: SiteType) -> float:
        """Bytes of them that a collection scans when most of them are alive."""
        once = kind.group.most_alive * kind.group.scannable_bytes
        return once * self._part(slot, kind)

    def _part(self, slot: Slot, kind: SiteType) -> float:
        """The part of the group's objects that come from this slot of one site."""
        whole = self._by_group.get((kind.group.type_name, slot.slot_bytes), 0.0)
        return slot.bytes * kind.share / whole if whole else 0.0

    @cached_property
    def _by_group(self) -> dict[tuple[str, int], float]:
        """Bytes by type and slot over all sites."""
        found: dict[tuple[str, int], float] = {}
        for site in self.sites.sites:
            for slot, kind in site.parts():
                key = kind.group.type_name, slot.slot_bytes
                found[key] = found.get(key, 0.0) + slot.bytes * kind.share
        return found
