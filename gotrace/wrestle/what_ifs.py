"""What other settings of the collector would do: predictions of one package's recordings."""

from __future__ import annotations

from collections.abc import Sequence

from gotrace.analyses.whatif.prediction import Prediction
from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from gotrace.analyses.wrestle.findings.settings import GOGCS, limited_settings
from gotrace.errors import GotraceError
from gotrace.tables.recording import Recording
from gotrace.whatif_pipeline import Take, take_of_recording, take_of_trace
from gotrace.wrestle.grouping import Item

__all__ = ["what_ifs"]


def what_ifs(traces: Sequence[Item], log: Recording | None) -> tuple[Prediction, ...]:
    """As recorded, with other GOGC, and with limits, from the first trace that tells, or a log.

    Empty where there are too few cycles to tell.
    """
    for item in traces:
        try:
            if item.recording is not None:
                return _predictions(take_of_recording(item.recording))
            if item.peeked is not None and item.peeked.chunks is not None:
                continue  # a stream can be read once
            return _predictions(take_of_trace(item.path))
        except GotraceError:
            continue
    if log is None:
        return ()
    try:
        return _predictions(take_of_recording(log))
    except GotraceError:
        return ()


def _predictions(take: Take) -> tuple[Prediction, ...]:
    gogcs = dict.fromkeys((take.known.gogc, *GOGCS))
    found = [take.predict(Setting(gogc, NO_LIMIT, take.version)) for gogc in gogcs]
    return (*found, *(take.predict(setting) for setting in limited_settings(found)))
