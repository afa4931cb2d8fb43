"""The call sites that allocate, and what each of them pays.

**The rule.** Allocating and mark assists are paid by the site that asked for the memory. The work
of the collector that nobody asked for is charged to all sites in proportion to the bytes they
allocated, where a heap or allocs profile is given, else in proportion to their own samples of
`mallocgc`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc_cost.charging import Charge, charged
from gotrace.analyses.gc_cost.classify import allocation_sites
from gotrace.analyses.gc_cost.cpu_values import CpuValues
from gotrace.analyses.heap_values import heap_values
from gotrace.analyses.sites import Sites, sites
from gotrace.errors import UsageError
from gotrace.tables.recording import Recording

__all__ = ["Place", "SiteCosts", "Weights", "allocated_bytes", "site_costs"]

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Place = tuple[str, str]
"""Function, and `file.go:12`."""


@dataclass(frozen=True)
class Weights:
    """What the collector's work is charged by: for some places an amount and its error."""

    amounts: dict[Place, int]
    errors: dict[Place, float]


@dataclass(frozen=True)
class SiteCosts:
    """N sites; times in nanoseconds. `bytes` is what they allocated, where that was told."""

    places: list[Place]
    malloc_ns: Numbers
    assist_ns: Numbers
    charge: Charge
    own_errors: Reals
    bytes: Numbers | None

    @property
    def total_ns(self) -> Numbers:
        """Own and charged."""
        return self.malloc_ns + self.assist_ns + self.charge.time_ns

    @property
    def errors(self) -> Reals:
        """Of the total: what was sampled here and what was shared out, as if independent."""
        errors: Reals = np.hypot(self.own_errors, self.charge.errors)
        return errors


def allocated_bytes(allocations: Recording) -> Weights:
    """Bytes allocated by site, from a heap or allocs profile.

    Raises UsageError for other recordings, and for profiles of what is in use alone.
    """
    measures = heap_values(allocations).measures
    if "alloc" not in measures:
        raise UsageError(
            "the profile of allocations has no `alloc_space`; take /debug/pprof/allocs or heap"
        )
    found = sites(allocations)
    totals = measures["alloc"].totals(found.of_sample, found.count)
    amounts: dict[Place, int] = {}
    variances: dict[Place, float] = {}
    for site in np.flatnonzero(totals.bytes > 0).tolist():
        place = _place(found, site)
        amounts[place] = amounts.get(place, 0) + int(totals.bytes[site])
        variances[place] = variances.get(place, 0.0) + float(totals.byte_errors[site]) ** 2
    return Weights(amounts, {place: value**0.5 for place, value in variances.items()})


def site_costs(
    profile: Recording,
    values: CpuValues,
    direct: tuple[Numbers, Numbers],
    to_charge: tuple[int, float],
    weights: Weights | None,
) -> SiteCosts:
    """What every site pays.

    `direct` are the samples that are allocations, and those that are assists; `to_charge` is the
    time of the collector's other work, with its error. `weights` is None for a CPU profile alone.
    """
    samples = np.concatenate(direct)
    found = allocation_sites(profile, samples)
    known = weights.amounts if weights else {}
    rows: dict[Place, int] = {place: row for row, place in enumerate(known)}
    of_site = {site: rows.setdefault(_place(found, site), len(rows))
               for site in sorted(set(found.of_sample.tolist()))}  # fmt: skip
    row = np.array([of_site[site] for site in found.of_sample.tolist()], np.int64)
    count = len(rows)
    cut = len(direct[0])
    malloc, assist = (_sums(r, values.time_ns[s], count)
                      for r, s in ((row[:cut], direct[0]), (row[cut:], direct[1])))  # fmt: skip
    grouped = np.full(len(values.time_ns), count, np.int64)
    grouped[samples] = row
    own_errors = values.errors(grouped, count + 1)[:count]
    if weights is None:
        allocating = np.full(len(values.time_ns), count, np.int64)
        allocating[direct[0]] = row[:cut]
        shares = charged(*to_charge, malloc, values.errors(allocating, count + 1)[:count])
        return SiteCosts(list(rows), malloc, assist, shares, own_errors, None)
    amounts = np.array([weights.amounts.get(place, 0) for place in rows], np.int64)
    errors = np.array([weights.errors.get(place, 0.0) for place in rows])
    shares = charged(*to_charge, amounts, errors)
    return SiteCosts(list(rows), malloc, assist, shares, own_errors, amounts)


def _place(found: Sites, site: int) -> Place:
    return found.function(site), found.place(site)


def _sums(groups: Numbers, values: Numbers, count: int) -> Numbers:
    total = np.zeros(count, np.int64)
    np.add.at(total, groups, values)
    return total
