"""Profiles added, subtracted and compared: group-bys over content ids.

The meanings are `go tool pprof`'s: several sources add up; `-base` subtracts; `-diff_base`
subtracts too, but keeps the base's samples apart under the label `pprof::base`, so that percentages
refer to the base; `-normalize` first scales the source to the base's totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.errors import UsageError
from gotrace.pprof_units import scale
from gotrace.tables.columns import Coded, Columns, Lists
from gotrace.tables.identity import fold_lists, hash_strings, mix, unique_rows
from gotrace.tables.profile import SampleTable, profile_tables
from gotrace.tables.recording import Origin, Recording
from gotrace.tables.schema import TABLES

__all__ = ["BASE_LABEL", "merge", "subtract"]

BASE_LABEL = "pprof::base"
"""The label that, with the text `true`, marks the samples of a `-diff_base`, as in pprof."""

Rows = npt.NDArray[Any]
_KEYED = ("mappings", "functions", "frames", "locations")


def merge(recordings: Sequence[Recording]) -> Recording:
    """Add profiles up: equal samples (stack and labels) become one; all-zero samples go.

    Sample types that not all of them have are dropped. Raises UsageError when they have none in
    common or measure different things.
    """
    if len(recordings) == 1:
        return recordings[0]
    names = _common_sample_types(recordings)
    units = [_finest_unit(recordings, name) for name in names]
    tables, rows = _merge_keyed(recordings)
    parts = [
        _part(recording, rows[number]["locations"], names, units)
        for number, recording in enumerate(recordings)
    ]
    samples = _group(_concatenated(parts), tables["locations"])
    origin = _merged_origin([recording.origin for recording in recordings], names)
    first = recordings[0]
    kind = first.kind if all(r.kind == first.kind for r in recordings) else "profile"
    notes = tuple(dict.fromkeys(note for r in recordings for note in r.notes))
    columns = profile_tables(
        tables, list(zip(names, units, strict=True)), samples, origin.default_sample_type, {}
    )
    return Recording(kind, origin, columns, notes)


def subtract(
    source: Recording, base: Recording, *, label_base: bool = False, normalize: bool = False
) -> Recording:
    """`source` minus `base`; with `label_base` the base's samples stay apart (`-diff_base`).

    With `normalize`, the source's values are first multiplied so that each sample type's total
    equals the base's. Raises UsageError as `merge` does.
    """
    if normalize:
        source = _normalized(source, base)
    negated = _scaled(base, [-1.0] * len(base.sample_types))
    difference = merge([source, _labelled(negated) if label_base else negated])
    origin = replace(difference.origin, paths=source.origin.paths, base_paths=base.origin.paths)
    return replace(difference, origin=origin)


def _common_sample_types(recordings: Sequence[Recording]) -> list[str]:
    having = [{name for name, _ in recording.sample_types} for recording in recordings]
    names = [name for name, _ in recordings[0].sample_types if all(name in h for h in having)]
    if not names:
        listed = "; ".join(
            f"{_name(r)} has {', '.join(name for name, _ in r.sample_types)}" for r in recordings
        )
        raise UsageError(f"these profiles have no sample type in common: {listed}")
    period_types = {r.origin.period_type for r in recordings}
    if len(period_types) > 1:
        listed = ", ".join(sorted(period_types))
        raise UsageError(f"these profiles were sampled by different things: {listed}")
    return names


def _name(recording: Recording) -> str:
    return " + ".join(recording.origin.paths) or "profile"


def _finest_unit(recordings: Sequence[Recording], name: str) -> str:
    """The smallest of the units in which the recordings measure `name`."""
    finest = dict(recordings[0].sample_types)[name]
    for recording in recordings[1:]:
        unit = dict(recording.sample_types)[name]
        if unit == finest:
            continue
        ratio, _ = scale(1, unit, finest)
        if ratio == 1.0:
            raise UsageError(f"{name} is measured in {finest} and in {unit}; they do not convert")
        if ratio < 1.0:
            finest = unit
    return finest


def _merge_keyed(
    recordings: Sequence[Recording],
) -> tuple[dict[str, Columns], list[dict[str, Rows]]]:
    """One table of distinct rows for each keyed table, and each recording's old row → new row."""
    merged: dict[str, Columns] = {}
    maps: list[dict[str, Rows]] = [{} for _ in recordings]
    for name in _KEYED:
        declared = TABLES[name]
        tables = [recording.columns[name] for recording in recordings]
        first, row = unique_rows(np.concatenate([t.array(declared.key) for t in tables]))
        bounds = np.cumsum([table.rows for table in tables])[:-1]
        for old, new in zip(maps, np.split(row, bounds), strict=True):
            old[name] = new
        columns = {}
        for column in declared.columns:
            target = column.refers_to.partition(".")[0]
            pieces = [
                _remapped(table[column.name], maps[number].get(target))
                for number, table in enumerate(tables)
            ]
            columns[column.name] = _taken(pieces, first)
        merged[name] = Columns(len(first), columns)
    return merged, maps


def _remapped(column: Any, rows: Rows | None) -> Any:
    """A column of references with every row number replaced through `rows` (-1 stays)."""
    if rows is None:
        return column
    extended = np.append(rows, np.int32(-1)).astype(np.int32)
    if isinstance(column, Lists):
        return Lists(column.offsets, extended[column.values])
    return extended[column]


def _taken(pieces: list[Any], rows: Rows) -> Any:
    if isinstance(pieces[0], Lists):
        return _stacked(pieces).take(rows)
    return np.concatenate(pieces)[rows]


def _stacked(pieces: Sequence[Lists]) -> Lists:
    shifts = np.cumsum([0] + [len(piece.values) for piece in pieces[:-1]])
    offsets = [p.offsets[:-1] + shift for p, shift in zip(pieces, shifts, strict=True)]
    values = np.concatenate([piece.values for piece in pieces])
    return Lists(np.concatenate([*offsets, [len(values)]]), values)


def _part(recording: Recording, locations: Rows, names: list[str], units: list[str]) -> SampleTable:
    """One recording's samples in the merged profile's rows, sample types and units."""
    own = [name for name, _ in recording.sample_types]
    values = np.stack(
        [
            _converted(recording, own.index(name), unit)
            for name, unit in zip(names, units, strict=True)
        ]
    )
    lists = recording.columns["sample_locations"].lists("location_ids")
    labels = recording.columns["labels"]
    remapped = Lists(lists.offsets, locations[lists.values])
    return SampleTable(
        remapped,
        values,
        labels.array("sample_id"),
        labels.coded("key"),
        labels.coded("text"),
        labels.array("number"),
        labels.coded("unit"),
    )


def _converted(recording: Recording, number: int, unit: str) -> npt.NDArray[np.int64]:
    values = recording.values(number)
    own = recording.sample_types[number][1]
    return values if own == unit else _times(values, scale(1, own, unit)[0])


def _times(values: npt.NDArray[np.int64], ratio: float) -> npt.NDArray[np.int64]:
    """Rounded half away from zero, as pprof scales values; -1 is exact for every value."""
    if ratio == -1.0:
        return -values
    scaled = values.astype(np.float64) * ratio
    return np.trunc(scaled + np.copysign(0.5, scaled)).astype(np.int64)


def _concatenated(parts: Sequence[SampleTable]) -> SampleTable:
    shifts = np.cumsum([0] + [len(part.locations) for part in parts[:-1]])
    return SampleTable(
        _stacked([part.locations for part in parts]),
        np.concatenate([part.values for part in parts], axis=1),
        np.concatenate([p.label_sample + s for p, s in zip(parts, shifts, strict=True)]),
        _joined([part.label_key for part in parts]),
        _joined([part.label_text for part in parts]),
        np.concatenate([part.label_number for part in parts]),
        _joined([part.label_unit for part in parts]),
    )


def _joined(columns: Sequence[Coded]) -> Coded:
    """Coded columns one after the other, over one shared list of strings."""
    position: dict[str, int] = {}
    codes = []
    for column in columns:
        table = [position.setdefault(text, len(position)) for text in column.values]
        codes.append(np.array([*table, -1], np.int32)[column.codes])
    return Coded(np.concatenate(codes), list(position))


def _group(samples: SampleTable, locations: Columns) -> SampleTable:
    """Add up samples with the same stack and the same labels; drop those that are all zero."""
    live = samples.values.any(axis=0)
    stack = fold_lists(
        samples.locations.offsets, locations.array("location_id")[samples.locations.values]
    )
    key = mix(stack, _label_hashes(samples))
    kept = np.flatnonzero(live)
    first, group = unique_rows(key[kept])
    values = np.zeros((len(samples.values), len(first)), np.int64)
    for total, value in zip(values, samples.values, strict=True):
        np.add.at(total, group, value[kept])
    nonzero = values.any(axis=0)
    return samples.take(kept[first][nonzero], values[:, nonzero])


def _label_hashes(samples: SampleTable) -> npt.NDArray[np.uint64]:
    """One hash for the set of labels of each sample, whatever their order."""

    def hashes(column: Coded) -> npt.NDArray[np.uint64]:
        return np.append(hash_strings(column.values), np.uint64(0))[column.codes]

    each = mix(
        hashes(samples.label_key),
        hashes(samples.label_text),
        samples.label_number,
        hashes(samples.label_unit),
    )
    total = np.zeros(len(samples.locations), np.uint64)
    np.add.at(total, samples.label_sample, each)
    return total


def _merged_origin(origins: Sequence[Origin], names: list[str]) -> Origin:
    first = origins[0]
    default = next((o.default_sample_type for o in origins if o.default_sample_type), "")
    times = [origin.time_ns for origin in origins if origin.time_ns]
    return replace(
        first,
        paths=tuple(path for origin in origins for path in origin.paths),
        format=" + ".join(dict.fromkeys(origin.format for origin in origins)),
        sha256="",
        size_bytes=sum(origin.size_bytes for origin in origins),
        time_ns=min(times, default=0),
        duration_ns=sum(origin.duration_ns for origin in origins),
        period=max(origin.period for origin in origins),
        comments=tuple(dict.fromkeys(c for origin in origins for c in origin.comments)),
        default_sample_type=default if default in names else (names[0] if default else ""),
        doc_url=next((o.doc_url for o in origins if o.doc_url), ""),
    )


def _scaled(recording: Recording, ratios: Sequence[float]) -> Recording:
    pairs = enumerate(ratios)
    values = [_times(recording.values(number), ratio) for number, ratio in pairs]
    samples = recording.columns["samples"].replaced({"value": np.concatenate(values)})
    return replace(recording, columns=recording.columns.replaced({"samples": samples}))


def _normalized(source: Recording, base: Recording) -> Recording:
    if source.sample_types != base.sample_types:
        raise UsageError("`-normalize` needs a base with the same sample types")
    ratios = []
    for number in range(len(source.sample_types)):
        total = int(source.values(number).sum())
        ratios.append(int(base.values(number).sum()) / total if total else 0.0)
    return _scaled(source, ratios)


def _labelled(recording: Recording) -> Recording:
    """The same profile with `pprof::base=true` on every sample."""
    labels = recording.columns["labels"]
    count = recording.sample_count
    first = np.zeros(count, np.int32)
    columns: dict[str, Any] = {
        "sample_id": np.concatenate([labels.array("sample_id"), np.arange(count)]),
        "key": _joined([labels.coded("key"), Coded(first, [BASE_LABEL])]),
        "text": _joined([labels.coded("text"), Coded(first, ["true"])]),
        "number": np.concatenate([labels.array("number"), np.zeros(count, np.int64)]),
        "unit": _joined([labels.coded("unit"), Coded(first - 1, [])]),
    }
    order = np.argsort(columns["sample_id"], kind="stable")
    rows = {
        name: Coded(column.codes[order], column.values)
        if isinstance(column, Coded)
        else column[order]
        for name, column in columns.items()
    }
    labelled = Columns(len(order), rows)
    return replace(recording, columns=recording.columns.replaced({"labels": labelled}))
