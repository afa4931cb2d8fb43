"""From what a text form said to a `ProfileDraft`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotrace.readers.draft import Mapping, ProfileDraft
from gotrace.readers.legacy.memory_map import assign_mappings
from gotrace.readers.legacy.stacks import StackColumns
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin

__all__ = ["Labels", "draft"]

_NO_TEXT = -1


@dataclass
class Labels:
    """Labels in the order of their samples; `strings` holds each key, text and unit once."""

    sample: array[int] = field(default_factory=lambda: array("q"))
    key: array[int] = field(default_factory=lambda: array("i"))
    text: array[int] = field(default_factory=lambda: array("i"))
    number: array[int] = field(default_factory=lambda: array("q"))
    strings: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add(self, sample: int, key: str, text: str | None, number: int = 0) -> None:
        """Label `sample` with a text, or with a number if the text is None."""
        self.sample.append(sample)
        self.key.append(self._string(key))
        self.text.append(_NO_TEXT if text is None else self._string(text))
        self.number.append(number)

    @classmethod
    def numbers(cls, key: str, numbers: npt.NDArray[np.int64]) -> Labels:
        """The label `key` with a number for every sample."""
        labels = cls()
        row = labels._string(key)
        labels.sample.extend(range(len(numbers)))
        labels.key.extend([row] * len(numbers))
        labels.text.extend([_NO_TEXT] * len(numbers))
        labels.number.frombytes(numbers.tobytes())
        return labels

    def _string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings))


def draft(
    kind: str,
    origin: Origin,
    sample_types: list[tuple[str, str]],
    values: Sequence[array[int] | npt.NDArray[np.int64]],
    stacks: StackColumns,
    *,
    labels: Labels | None = None,
    mappings: Sequence[Mapping] = (),
    mem_stats: MappingType[str, float] | None = None,
    history: dict[str, Columns] | None = None,
    notes: Sequence[Note] = (),
) -> ProfileDraft:
    """Put the columns together; `values` is one column for each sample type.

    Text forms know neither system names, start lines, columns nor units of labels.
    """
    labels = labels or Labels()
    corrected, location_mapping = assign_mappings(list(mappings), stacks.location_address)
    return ProfileDraft(
        kind=kind,
        origin=origin,
        sample_types=sample_types,
        mappings=corrected,
        function_name=stacks.function_name,
        function_system_name=stacks.function_name,
        function_filename=stacks.function_filename,
        function_start_line=np.zeros(len(stacks.function_name), np.int64),
        location_address=stacks.location_address,
        location_mapping=location_mapping,
        location_is_folded=np.zeros(len(stacks.location_address), np.bool_),
        location_line_offsets=stacks.location_line_offsets,
        line_function=stacks.line_function,
        line_number=stacks.line_number,
        line_column=np.zeros(len(stacks.line_function), np.int64),
        sample_locations=stacks.sample_locations,
        values=np.array(values, np.int64),
        label_sample=np.array(labels.sample, np.int64),
        label_key=np.array(labels.key, np.int32),
        label_text=np.array(labels.text, np.int32),
        label_number=np.array(labels.number, np.int64),
        label_unit=np.zeros(len(labels.sample), np.int32),
        label_strings=list(labels.strings),
        mem_stats=dict(mem_stats or {}),
        history=history or {},
        notes=[*stacks.notes, *notes],
    )
