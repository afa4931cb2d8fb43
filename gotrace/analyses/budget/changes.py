"""Which sites made the difference since the baseline."""

from __future__ import annotations

from gotrace.tables.budget import MOST_SITES, Measurement, Site

__all__ = ["changed_sites"]

_MOST = 3


def changed_sites(
    measure: Measurement, baseline: Measurement | None
) -> tuple[tuple[Site, float], ...]:
    """Up to three sites by the size of their change: (as it is now, change).

    Lines move when code above them is edited: a site is known by its function. Sites that are only
    in the baseline are gone: their value now is 0. Where one of the two has so many sites that the
    smallest were left out, a site that it does not have counts only if it is larger than those.
    """
    if baseline is None or not baseline.sites or not measure.sites:
        return ()
    before = _by_function(baseline.sites)
    now = _by_function(measure.sites)
    least_kept, least_shown = _left_out(baseline), _left_out(measure)
    changes = [
        (site, site.value - before[name].value if name in before else site.value)
        for name, site in now.items()
        if name in before or site.value > least_kept
    ]
    changes += [
        (Site(site.function, site.file, site.line, 0.0), -site.value)
        for name, site in before.items()
        if name not in now and site.value > least_shown
    ]
    ordered = sorted((pair for pair in changes if pair[1]), key=lambda pair: -abs(pair[1]))
    return tuple(ordered[:_MOST])


def _left_out(measure: Measurement) -> float:
    """The most that a site may have which is not among those of the measure."""
    is_whole = len(measure.sites) < MOST_SITES
    return 0.0 if is_whole else min(site.value for site in measure.sites)


def _by_function(sites: tuple[Site, ...]) -> dict[str, Site]:
    """Sites of one function added up, at the line of the largest."""
    found: dict[str, Site] = {}
    for site in sorted(sites, key=lambda site: -site.value):
        name = site.function or site.file
        if name in found:
            first = found[name]
            found[name] = Site(first.function, first.file, first.line, first.value + site.value)
        else:
            found[name] = site
    return found
