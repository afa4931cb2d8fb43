"""What `runtime.MemStats` says of a budget, at the end of a heap profile in text form."""

from __future__ import annotations

from gotrace.analyses.budget.sampled_scope import profile_conditions
from gotrace.tables.budget import Measurement
from gotrace.tables.budget_metrics import Metric
from gotrace.tables.recording import Recording

__all__ = ["measure_memstats"]

_FIELDS = {
    "heap_sys": "HeapSys",
    "heap_inuse": "HeapInuse",
    "sys": "Sys",
    "num_gc": "NumGC",
}


def measure_memstats(recording: Recording, metric: Metric) -> Measurement | None:
    """The field that the metric is about; None where the recording does not have it."""
    if "mem_stats" not in recording.columns:
        return None
    table = recording.columns["mem_stats"]
    fields = table.array("field").tolist()
    name = _FIELDS[metric.name]
    if name not in fields:
        return None
    value = float(table.array("value")[fields.index(name)])
    conditions = profile_conditions(recording)
    return Measurement(
        value, value, value, f"{name} when the profile was written", (value,), (),
        recording.origin.paths, conditions,
        (recording.origin.sha256,) if recording.origin.sha256 else (), False,
    )  # fmt: skip
