"""The measurements of a recording by configuration, benchmark and unit: samples to summarise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gotrace.analyses.benchmath.summary import Assumption
from gotrace.tables.recording import Recording

__all__ = [
    "CellKey",
    "Configurations",
    "assumptions",
    "better_of",
    "configurations",
    "samples_of",
    "splitting_keys",
]

_BETTER = {
    "sec/op": -1, "ns/op": -1, "B/op": -1, "allocs/op": -1, "B/s": 1, "MB/s": 1,
}  # fmt: skip
"""What benchstat knows of the units of package testing: whether more is better (1) or less (-1)."""


class CellKey(NamedTuple):
    """Which measurement: (key, value) of the configuration that tells tables apart, name, unit.

    The name is whole (`Encode/size=4-8`), the unit without scale (`sec/op`).
    """

    configuration: tuple[tuple[str, str], ...]
    name: str
    unit: str


@dataclass(frozen=True)
class Configurations:
    """The sets of configuration lines under which a log has results.

    `constant` holds the keys that have one value in the whole log, `varying` the others.
    """

    by_id: Mapping[int, dict[str, str]]
    constant: Mapping[str, str] = field(default_factory=dict)
    varying: tuple[str, ...] = ()


def configurations(recording: Recording) -> Configurations:
    """The configurations of a recording of kind `benchmarks`, keys in the order of the log."""
    used = dict.fromkeys(recording.columns["benchmarks"].array("configuration_id").tolist())
    by_id: dict[int, dict[str, str]] = {number: {} for number in used}
    table = recording.columns["benchmark_configuration"]
    keys, values = table.coded("key"), table.array("value").tolist()
    for row, number in enumerate(table.array("configuration_id").tolist()):
        if number in by_id:
            by_id[number][keys[row] or ""] = values[row]
    told = dict.fromkeys(key for pairs in by_id.values() for key in pairs)
    have = {key: {pairs.get(key) for pairs in by_id.values()} for key in told}
    constant = {key: values.pop() or "" for key, values in have.items() if len(values) == 1}
    return Configurations(by_id, constant, tuple(key for key in told if key not in constant))


def splitting_keys(all_of_them: Iterable[Configurations]) -> tuple[str, ...]:
    """The keys that tell tables apart: those that vary within one of the logs.

    A key with one value throughout each log, though not the same in all, is what was to be
    compared, or a condition: `gotrace.analyses.benchmath.conditions` tells it.
    """
    return tuple(dict.fromkeys(key for found in all_of_them for key in found.varying))


def samples_of(recording: Recording, keys: Iterable[str]) -> dict[CellKey, list[float]]:
    """The values of every measurement, in the order of the log; `keys` tell tables apart."""
    wanted = tuple(keys)
    split = {
        number: tuple((key, pairs[key]) for key in wanted if key in pairs)
        for number, pairs in configurations(recording).by_id.items()
    }
    benchmarks, values = recording.columns["benchmarks"], recording.columns["benchmark_values"]
    names, units = benchmarks.coded("name"), values.coded("unit")
    owners = zip(benchmarks.array("configuration_id").tolist(), names.codes.tolist(), strict=True)
    rows = [(split[number], names.values[code]) for number, code in owners]
    found: dict[tuple[tuple[tuple[tuple[str, str], ...], str], int], list[float]] = {}
    measured = zip(
        values.array("benchmark_id").tolist(),
        units.codes.tolist(),
        values.array("value").tolist(),
        strict=True,
    )
    for owner, unit, value in measured:
        found.setdefault((rows[owner], unit), []).append(value)
    return {CellKey(*row, units.values[unit]): cell for (row, unit), cell in found.items()}


def assumptions(recordings: Iterable[Recording]) -> dict[str, Assumption]:
    """Unit → what its `Unit` lines say to assume, the first of them; nothing for other units.

    Only `exact` is known, as to benchstat.
    """
    found: dict[str, Assumption] = {}
    for recording in recordings:
        for unit, value in _facts(recording, "assume"):
            exact = value == Assumption.EXACT.value
            found.setdefault(unit, Assumption.EXACT if exact else Assumption.NOTHING)
    return found


def better_of(recordings: Iterable[Recording], unit: str) -> int:
    """1 where more is better, -1 where less is, 0 where nobody says."""
    for recording in recordings:
        for name, value in _facts(recording, "better"):
            if name == unit:
                return {"higher": 1, "lower": -1}.get(value, 0)
    return _BETTER.get(unit, 0)


def _facts(recording: Recording, wanted: str) -> list[tuple[str, str]]:
    """(unit, value) of the `Unit` lines that say something of `wanted`."""
    table = recording.columns["benchmark_units"]
    units, keys, values = table.coded("unit"), table.coded("key"), table.array("value").tolist()
    return [(units[row] or "", values[row]) for row in range(table.rows) if keys[row] == wanted]
