"""What all analyses of one heap profile look at, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gotrace.analyses.go_version import VersionEvidence, version_evidence
from gotrace.analyses.heap_values import HeapValues, Totals, heap_values
from gotrace.analyses.result import Certainty
from gotrace.analyses.sites import Sites, sites
from gotrace.analyses.slots import ClassRows, class_rows, fitting_evidence, possible_versions
from gotrace.tables.recording import Recording

__all__ = ["HeapPicture"]


@dataclass(frozen=True)
class HeapPicture:
    """A heap profile, and what follows from it; `version` is the Go version to assume, if any.

    Its properties raise UsageError if the recording is no heap profile or the version is unknown.
    """

    recording: Recording
    version: str = ""

    @cached_property
    def values(self) -> HeapValues:
        """Slot sizes, objects and bytes by sample."""
        return heap_values(self.recording)

    @cached_property
    def evidence(self) -> VersionEvidence:
        """What the recording says about its Go version, slot sizes left aside."""
        return version_evidence(self.recording)

    @cached_property
    def is_go(self) -> bool:
        """Whether this looks like Go's heap: its runtime occurs, or its types and its slot sizes.

        Other languages write heap profiles in pprof's format, too.
        """
        if self.evidence.has_runtime or self.version:
            return True
        names = {name for name, _ in self.recording.sample_types}
        return "inuse_space" in names and bool(fitting_evidence(self.values, self.evidence))

    @cached_property
    def rows(self) -> ClassRows:
        """The size class of every sample."""
        versions = possible_versions(self.values, self.evidence, self.version)
        return class_rows(self.values, versions)

    @cached_property
    def sites(self) -> Sites:
        """The site of every sample."""
        return sites(self.recording)

    @cached_property
    def by_site(self) -> dict[str, Totals]:
        """The totals of each measure by site."""
        return {
            name: measure.totals(self.sites.of_sample, self.sites.count)
            for name, measure in self.values.measures.items()
        }

    @cached_property
    def by_class(self) -> dict[str, Totals]:
        """The totals of each measure by row of the size-class table."""
        return {
            name: measure.totals(self.rows.of_sample, self.rows.other + 1)
            for name, measure in self.values.measures.items()
        }

    @cached_property
    def whole(self) -> dict[str, Totals]:
        """The totals of each measure over all samples, as arrays of one."""
        return {name: total.whole() for name, total in self.by_class.items()}

    @property
    def certainty(self) -> Certainty:
        """Of the profile's values: sampled (of unknown error, if it may be), or exact at rate 1."""
        is_exact = self.values.is_rate_known and not self.values.is_sampled
        return Certainty.EXACT if is_exact else Certainty.SAMPLED
