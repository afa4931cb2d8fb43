"""The tables of a profile, put together from its samples and the tables they refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Coded, Column, Columns, Lazy, Lists
from gotrace.tables.identity import fold_lists, unique_rows

__all__ = ["SampleTable", "profile_tables"]

Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class SampleTable:
    """S samples of K sample types with B labels, as every way to make a profile leaves them.

    `locations` holds for each sample its rows of the `locations` table, leaf first; `values` is
    K x S; `label_sample` names the sample of each label and does not decrease.
    """

    locations: Lists
    values: npt.NDArray[np.int64]
    label_sample: npt.NDArray[np.int64]
    label_key: Coded
    label_text: Coded
    label_number: npt.NDArray[np.int64]
    label_unit: Coded

    def take(self, rows: Rows, values: npt.NDArray[np.int64]) -> SampleTable:
        """The samples of `rows`, in that order, with `values` (K x len(rows)) for theirs."""
        start = np.searchsorted(self.label_sample, rows, "left")
        count = np.searchsorted(self.label_sample, rows, "right") - start
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(count, out=offsets[1:])
        label = np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], count)
        return SampleTable(
            self.locations.take(rows),
            values,
            np.repeat(np.arange(len(rows)), count),
            Coded(self.label_key.codes[label], self.label_key.values),
            Coded(self.label_text.codes[label], self.label_text.values),
            self.label_number[label],
            Coded(self.label_unit.codes[label], self.label_unit.values),
        )


def profile_tables(
    keyed: Mapping[str, Columns],
    sample_types: Sequence[tuple[str, str]],
    samples: SampleTable,
    default_sample_type: str,
    mem_stats: Mapping[str, float],
) -> Lazy[Columns]:
    """All tables of a profile; `keyed` has mappings, functions, frames and locations.

    `stacks` and the references to it are built when first asked for: most reports never do.
    """
    stacks = _Stacks(samples.locations, keyed["locations"], keyed["frames"])
    return Lazy(
        {
            "sample_types": _sample_types(sample_types, default_sample_type),
            **keyed,
            "stacks": lambda: stacks.table,
            "samples": _samples(sample_types, samples.values, stacks),
            "sample_locations": _sample_locations(samples.locations),
            "labels": _labels(samples),
            "mem_stats": _mem_stats(mem_stats),
        }
    )


class _Stacks:
    """The distinct stacks of all samples by content, made on first use."""

    def __init__(self, sample_locations: Lists, locations: Columns, frames: Columns) -> None:
        self._sample_locations = sample_locations
        self._locations = locations
        self._frames = frames
        self._made: tuple[Columns, Rows] | None = None

    @property
    def table(self) -> Columns:
        return self._make()[0]

    @property
    def rows(self) -> Rows:
        """For each sample its row of `table`."""
        return self._make()[1]

    def _make(self) -> tuple[Columns, Rows]:
        if self._made is None:
            expanded = self._expand(self._sample_locations)
            hashes = self._frames.array("frame_id")[expanded.values]
            ids = fold_lists(expanded.offsets, hashes)
            first, rows = unique_rows(ids)
            columns: dict[str, Column] = {"stack_id": ids[first], "frame_ids": expanded.take(first)}
            self._made = Columns(len(first), columns), rows
        return self._made

    def _expand(self, location_rows: Lists) -> Lists:
        """Lists of locations → lists of frames, inlined calls spelled out."""
        inner = self._locations.lists("frame_ids").take(location_rows.values)
        return Lists(inner.offsets[location_rows.offsets], inner.values)


def _sample_types(sample_types: Sequence[tuple[str, str]], default: str) -> Columns:
    names = [name for name, _ in sample_types]
    chosen = names.index(default) if default in names else len(names) - 1
    columns: dict[str, Column] = {
        "sample_type": np.array(names, object),
        "unit": np.array([unit for _, unit in sample_types], object),
        "is_default": np.arange(len(names)) == chosen,
    }
    return Columns(len(names), columns)


def _samples(
    sample_types: Sequence[tuple[str, str]], values: npt.NDArray[np.int64], stacks: _Stacks
) -> Columns:
    kinds, count = values.shape

    def by_type(texts: list[str]) -> Coded:
        # Two sample types may share a unit (or, in odd files, a name): one code for each text.
        coded = Coded.from_strings(list(texts))
        return Coded(np.repeat(coded.codes, count), coded.values)

    return Columns(
        kinds * count,
        {
            "sample_id": lambda: np.tile(np.arange(count), kinds),
            "stack_id": lambda: np.tile(stacks.rows, kinds),
            "sample_type": lambda: by_type([name for name, _ in sample_types]),
            "unit": lambda: by_type([unit for _, unit in sample_types]),
            "value": values.reshape(-1),
        },
    )


def _sample_locations(sample_locations: Lists) -> Columns:
    count = len(sample_locations)
    return Columns(count, {"sample_id": np.arange(count), "location_ids": sample_locations})


def _labels(samples: SampleTable) -> Columns:
    return Columns(
        len(samples.label_sample),
        {
            "sample_id": samples.label_sample,
            "key": samples.label_key,
            "text": samples.label_text,
            "number": samples.label_number,
            "unit": samples.label_unit,
        },
    )


def _mem_stats(mem_stats: Mapping[str, float]) -> Columns:
    return Columns(
        len(mem_stats),
        {
            "field": np.array(list(mem_stats), object),
            "value": np.array(list(mem_stats.values()), np.float64),
        },
    )
