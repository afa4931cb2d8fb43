"""Profiles from Python literals: a few stacks, written in the test that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gotrace.readers.assemble import assemble
from gotrace.readers.draft import Mapping, ProfileDraft
from gotrace.tables.columns import Lists
from gotrace.tables.recording import Origin, Recording

__all__ = ["Sample", "recording_from"]

Frame = str
Place = Frame | tuple[Frame, ...]


@dataclass(frozen=True)
class Sample:
    """One sample: its stack (leaf first), one value for each sample type, and its labels.

    A place on the stack is a frame, or a tuple of frames, innermost first, that the compiler
    inlined into one. A frame is `function`, `function:line` or `function:line@file.go`; the file
    is `function.go` unless named. `0x1234` alone is an address of which nothing is known, and
    `0x1234@program` one in that program. A label is a text or a number, or (number, unit).
    """

    stack: Sequence[Place]
    values: Sequence[int]
    labels: dict[str, str | int | tuple[int, str]] = field(default_factory=dict)


def recording_from(
    *samples: Sample,
    types: Sequence[tuple[str, str]] = (("samples", "count"),),
    program: str = "",
    origin: Origin | None = None,
    kind: str = "profile",
) -> Recording:
    """The recording of these samples; equal places are one location."""
    return assemble(_Builder(program).draft(samples, types, origin or Origin(), kind))


class _Builder:
    """Numbers functions, mappings and locations in the order in which they appear."""

    def __init__(self, program: str) -> None:
        self.programs: dict[str, int] = {program: 0}
        self.functions: dict[tuple[str, str], int] = {}
        self.places: dict[Place, int] = {}
        self.lines: list[list[tuple[int, int]]] = []
        self.addresses: list[int] = []
        self.mapping: list[int] = []

    def _location(self, place: Place) -> int:
        if place in self.places:
            return self.places[place]
        frames = (place,) if isinstance(place, str) else place
        address, program = 0x1000 + 16 * len(self.places), 0
        if frames[0].startswith("0x"):
            number, _, name = frames[0].partition("@")
            address, frames = int(number, 16), ()
            program = self.programs.setdefault(name, len(self.programs)) if name else 0
        self.lines.append([self._line(frame) for frame in frames])
        self.addresses.append(address)
        self.mapping.append(program)
        return self.places.setdefault(place, len(self.places))

    def _line(self, frame: Frame) -> tuple[int, int]:
        name, _, rest = frame.partition(":")
        line, _, file = rest.partition("@")
        key = (name, file or f"{name}.go")
        return self.functions.setdefault(key, len(self.functions)), int(line or 0)

    def draft(
        self,
        samples: Sequence[Sample],
        types: Sequence[tuple[str, str]],
        origin: Origin,
        kind: str,
    ) -> ProfileDraft:
        stacks = [[self._location(place) for place in sample.stack] for sample in samples]
        labels = [
            (row, key, *(value if isinstance(value, tuple) else (value, "")))
            for row, sample in enumerate(samples)
            for key, value in sample.labels.items()
        ]
        strings = list(
            dict.fromkeys(t for label in labels for t in label[1:] if isinstance(t, str))
        )
        texts = [
            strings.index(value) if isinstance(value, str) else -1 for _, _, value, _ in labels
        ]
        names = np.array([name for name, _ in self.functions], object)
        flat_lines = [line for lines in self.lines for line in lines]
        offsets = np.cumsum([0, *map(len, self.lines)])
        values = np.array([sample.values for sample in samples], np.int64)
        return ProfileDraft(
            kind=kind,
            origin=origin,
            sample_types=list(types),
            mappings=[Mapping(filename=name, limit=1 << 40) for name in self.programs],
            function_name=names,
            function_system_name=names,
            function_filename=np.array([file for _, file in self.functions], object),
            function_start_line=np.zeros(len(names), np.int64),
            location_address=np.array(self.addresses, np.uint64),
            location_mapping=np.array(self.mapping, np.int32),
            location_is_folded=np.zeros(len(self.mapping), np.bool_),
            location_line_offsets=offsets.astype(np.int64),
            line_function=np.array([function for function, _ in flat_lines], np.int32),
            line_number=np.array([line for _, line in flat_lines], np.int64),
            line_column=np.zeros(len(flat_lines), np.int64),
            sample_locations=Lists.from_rows(stacks),
            values=np.ascontiguousarray(values.reshape(len(samples), len(types)).T),
            label_sample=np.array([row for row, _, _, _ in labels], np.int64),
            label_key=np.array([strings.index(key) for _, key, _, _ in labels], np.int32),
            label_text=np.array(texts, np.int32),
            label_number=np.array(
                [0 if isinstance(value, str) else value for _, _, value, _ in labels], np.int64
            ),
            label_unit=np.array([strings.index(unit) for _, _, _, unit in labels], np.int32),
            label_strings=strings,
        )
