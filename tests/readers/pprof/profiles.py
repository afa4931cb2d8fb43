"""Random profiles for property tests, and profiles spelled out so that two can be compared."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from hypothesis import strategies as st

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.pprof.profile_pb2 import Profile

__all__ = ["encodings", "mutations", "profiles", "spell_draft", "spell_profile"]

INT64 = st.one_of(st.integers(-3, 300), st.integers(-(1 << 63), (1 << 63) - 1))
UINT64 = st.one_of(st.integers(0, 300), st.integers(0, (1 << 64) - 1))
IDS = st.one_of(st.integers(1, 12), st.integers(1, (1 << 64) - 1))
EDGES = (0, 1, 127, 128, 1 << 31, (1 << 32) - 1, 1 << 63, (1 << 64) - 1)


@st.composite
def profiles(draw: st.DrawFn, unique_strings: bool = False) -> Profile:
    """A valid profile: every reference is defined, ids are dense, sparse or huge."""
    text = st.text(min_size=int(unique_strings), max_size=8)
    strings = ["", *draw(st.lists(text, max_size=6, unique=unique_strings))]
    string = st.integers(0, len(strings) - 1)

    def ids() -> list[int]:
        return draw(st.lists(IDS, max_size=4, unique=True))

    def some(known: list[int]) -> int:
        return draw(st.sampled_from(known)) if known else 0

    profile = Profile(string_table=strings)
    distinct = [index for index, text in enumerate(strings) if text not in strings[:index]]
    types = st.lists(st.sampled_from(distinct), min_size=1, max_size=3, unique=True)
    for type_ in draw(types):
        profile.sample_type.add(type=type_, unit=draw(string))
    mappings, functions, locations = ids(), ids(), ids()
    for id_ in mappings:
        profile.mapping.add(
            id=id_,
            memory_start=draw(UINT64),
            memory_limit=draw(UINT64),
            file_offset=draw(UINT64),
            filename=draw(string),
            build_id=draw(string),
            has_functions=draw(st.booleans()),
            has_inline_frames=draw(st.booleans()),
        )
    for id_ in functions:
        names = {name: draw(string) for name in ("name", "system_name", "filename")}
        profile.function.add(id=id_, start_line=draw(INT64), **names)
    for id_ in locations:
        location = profile.location.add(id=id_, mapping_id=some([0, *mappings]))
        location.address, location.is_folded = draw(UINT64), draw(st.booleans())
        for _ in range(draw(st.integers(0, 2)) if functions else 0):
            location.line.add(function_id=some(functions), line=draw(INT64), column=draw(INT64))
    for _ in range(draw(st.integers(0, 4))):
        stack = draw(st.lists(st.sampled_from(locations), max_size=4)) if locations else []
        sample = profile.sample.add(location_id=stack)
        sample.value.extend(draw(INT64) for _ in profile.sample_type)
        for _ in range(draw(st.integers(0, 2))):
            sample.label.add(
                key=draw(string), str=draw(string), num=draw(INT64), num_unit=draw(string)
            )
    for name in ("time_nanos", "duration_nanos", "period"):
        setattr(profile, name, draw(INT64))
    for name in ("drop_frames", "keep_frames", "default_sample_type", "doc_url"):
        setattr(profile, name, draw(string))
    profile.comment.extend(draw(st.lists(string, max_size=3)))
    if draw(st.booleans()):
        profile.period_type.type = draw(string)
        profile.period_type.unit = draw(string)
    return profile


@st.composite
def encodings(draw: st.DrawFn, unique_strings: bool = False) -> bytes:
    """A valid profile's bytes with its kinds of fields in any order."""
    profile = draw(profiles(unique_strings))
    parts = []
    for descriptor, _ in profile.ListFields():
        part = Profile()
        part.CopyFrom(profile)
        for other, _ in profile.ListFields():
            if other.name != descriptor.name:
                part.ClearField(other.name)
        parts.append(part.SerializeToString())
    return b"".join(draw(st.permutations(parts)))


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A valid profile's bytes after a few accidents."""
    data = bytearray(draw(encodings()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(("flip", "cut", "drop", "splice", "repeat"))):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + draw(st.integers(1, 4))]
            case "splice":
                data[at:at] = _long_varint(draw(st.sampled_from(EDGES)), draw(st.integers(0, 11)))
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 30))]
    return bytes(data)


def _long_varint(number: int, size: int) -> bytes:
    """The varint of a number, padded to at least `size` bytes."""
    result = bytearray()
    while number >= 0x80 or len(result) + 1 < size:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*result, number])


def spell_profile(profile: Profile) -> dict[str, Any]:
    """A profile without ids and indices, as protobuf reads it and pprof understands it."""
    text = list(profile.string_table)
    functions = {
        f.id: (text[f.name], text[f.system_name], text[f.filename], f.start_line)
        for f in profile.function
    }
    mappings = {
        m.id: (
            *(m.memory_start, m.memory_limit, m.file_offset, text[m.filename], text[m.build_id]),
            *(m.has_functions, m.has_filenames, m.has_line_numbers, m.has_inline_frames),
        )
        for m in profile.mapping
    }
    locations = {
        location.id: (
            location.address,
            mappings.get(location.mapping_id),
            location.is_folded,
            tuple((functions[line.function_id], line.line, line.column) for line in location.line),
        )
        for location in profile.location
    }
    return {
        "sample_types": [(text[t.type], text[t.unit]) for t in profile.sample_type],
        "functions": list(functions.values()),
        "mappings": list(mappings.values()),
        "locations": list(locations.values()),
        "samples": [
            ([locations[id_] for id_ in sample.location_id], list(sample.value))
            for sample in profile.sample
        ],
        "labels": [
            (number, *_spell_label(label, text))
            for number, sample in enumerate(profile.sample)
            for label in sample.label
            if label.str or label.num or label.num_unit
        ],
        "header": (
            profile.time_nanos,
            profile.duration_nanos,
            text[profile.period_type.type],
            text[profile.period_type.unit],
            profile.period,
            tuple(text[index] for index in profile.comment),
            text[profile.drop_frames],
            text[profile.keep_frames],
            text[profile.default_sample_type],
            text[profile.doc_url],
        ),
    }


def _spell_label(label: Any, text: list[str]) -> tuple[str, str | None, int, str]:
    if label.str:
        return text[label.key], text[label.str], 0, ""
    return text[label.key], None, label.num, text[label.num_unit]


def spell_draft(draft: ProfileDraft) -> dict[str, Any]:
    """A draft in the form of `spell_profile`."""
    functions = list(
        zip(
            draft.function_name.tolist(),
            draft.function_system_name.tolist(),
            draft.function_filename.tolist(),
            draft.function_start_line.tolist(),
            strict=True,
        )
    )
    mappings = [astuple(mapping) for mapping in draft.mappings]
    lines = [
        (functions[row], line, column)
        for row, line, column in zip(
            draft.line_function.tolist(),
            draft.line_number.tolist(),
            draft.line_column.tolist(),
            strict=True,
        )
    ]
    offsets = draft.location_line_offsets.tolist()
    locations = [
        (address, None if mapping < 0 else mappings[mapping], folded, tuple(lines[start:end]))
        for address, mapping, folded, start, end in zip(
            draft.location_address.tolist(),
            draft.location_mapping.tolist(),
            draft.location_is_folded.tolist(),
            offsets[:-1],
            offsets[1:],
            strict=True,
        )
    ]
    strings, origin = draft.label_strings, draft.origin
    return {
        "sample_types": draft.sample_types,
        "functions": functions,
        "mappings": mappings,
        "locations": locations,
        "samples": [
            ([locations[row] for row in draft.sample_locations[sample]], values)
            for sample, values in enumerate(draft.values.T.tolist())
        ],
        "labels": [
            (sample, strings[key], None if text < 0 else strings[text], number, strings[unit])
            for sample, key, text, number, unit in zip(
                draft.label_sample.tolist(),
                draft.label_key.tolist(),
                draft.label_text.tolist(),
                draft.label_number.tolist(),
                draft.label_unit.tolist(),
                strict=True,
            )
        ],
        "header": (
            origin.time_ns,
            origin.duration_ns,
            origin.period_type,
            origin.period_unit,
            origin.period,
            origin.comments,
            origin.drop_frames,
            origin.keep_frames,
            origin.default_sample_type,
            origin.doc_url,
        ),
    }
