"""What else changed between two benchmark logs: the machine, the toolchain, how long it ran."""

from __future__ import annotations

from gotrace.analyses.benchmath.cells import configurations, splitting_keys
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["condition_notes"]

_MACHINE = frozenset({"goos", "goarch", "cpu"})
_NOT_SAID = "(not said)"


def condition_notes(base: Recording, head: Recording) -> tuple[Note, ...]:
    """A note for each configuration key whose one value in the base is another one in the head.

    And one if the number of iterations was fixed (`-benchtime=100x`), differently or in one only.
    """
    one, other = configurations(base), configurations(head)
    splitting = splitting_keys((one, other))
    found = []
    for key in dict.fromkeys((*one.constant, *other.constant)):
        before, after = one.constant.get(key, ""), other.constant.get(key, "")
        if before != after and key not in splitting:
            found.append(_changed(key, before, after))
    return (*found, *_iterations(base, head))


def _changed(key: str, before: str, after: str) -> Note:
    is_machine = key in _MACHINE
    return Note(
        Severity.LOSS if is_machine else Severity.INFO,
        "benchmark-machines-differ" if is_machine else "benchmark-configurations-differ",
        f"`{key}` was {before or _NOT_SAID} in the base and is {after or _NOT_SAID} now",
        advice="run both on one machine: times of two cannot be compared" if is_machine else "",
    )


def _iterations(base: Recording, head: Recording) -> tuple[Note, ...]:
    before, after = _fixed(base), _fixed(head)
    if before == after:
        return ()
    told = [f"{count:,} times" if count else "for a time" for count in (before, after)]
    return (
        Note(
            Severity.LOSS,
            "benchmark-iterations-differ",
            f"every benchmark of the base ran {told[0]}, of the head {told[1]}: what a benchmark "
            "does once is divided by other numbers",
            advice="use the same `-benchtime` for both",
        ),
    )


def _fixed(recording: Recording) -> int:
    """How often everything ran that the log has (`-benchtime=100x`); 0 if not always as often."""
    counts = set(recording.columns["benchmarks"].array("iterations_count").tolist())
    return counts.pop() if len(counts) == 1 else 0
