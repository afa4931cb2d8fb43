"""What a goroutine profile says of a budget: how many goroutines wait or run in its scope.

The profile is taken while the world stands (`runtime.GoroutineProfile`) and lists them all.
"""

from __future__ import annotations

import numpy as np

from gotrace.analyses.budget.sampled_scope import in_scope, largest_sites, profile_conditions
from gotrace.analyses.sites import sites
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.recording import Recording

__all__ = ["measure_goroutines"]


def measure_goroutines(recording: Recording, scope: Scope) -> Measurement | None:
    """The goroutines in the scope; None if none is. Raises UsageError for a bad pattern."""
    found = sites(recording)
    counts = recording.values(0)
    chosen = (counts != 0) & in_scope(recording, found, scope)
    if not np.any(chosen):
        return None
    value = float(counts[chosen].sum())
    return Measurement(
        value,
        value,
        value,
        "every goroutine counted",
        (value,),
        largest_sites(found, found.of_sample[chosen], counts[chosen]),
        recording.origin.paths,
        profile_conditions(recording),
        (recording.origin.sha256,) if recording.origin.sha256 else (),
    )
