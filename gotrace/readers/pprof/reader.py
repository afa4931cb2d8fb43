"""pprof's protobuf: bytes → `ProfileDraft`.

The kernel `profile_wire` decodes samples, locations, lines and functions into columns (`columns`);
protobuf reads the small messages (`header`); strings are decoded where something refers to them
(`strings`). `schemas/profile.proto` describes the format.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace import kernels
from gotrace.readers.draft import DANGLING, ProfileDraft
from gotrace.readers.limits import Limits
from gotrace.readers.pprof.columns import (
    SampleColumns,
    TableColumns,
    count,
    decode_samples,
    decode_tables,
    uneven_sample,
)
from gotrace.readers.pprof.header import mappings_of, origin_of, parse_header, sample_types_of
from gotrace.readers.pprof.ids import IdIndex
from gotrace.readers.pprof.strings import StringTable
from gotrace.tables.columns import Lists
from gotrace.tables.notes import Note, Severity

__all__ = ["kind_of", "read_profile"]


def read_profile(data: bytes | bytearray | memoryview, limits: Limits) -> ProfileDraft:
    """The draft of one uncompressed pprof protobuf.

    The origin lacks what only the caller knows: paths, hash and size. Raises TruncatedError and
    MalformedError (with the offset where there is one) for what pprof refuses while parsing, and
    LimitError; what pprof checks afterwards is left to `gotrace.readers.validity.check_valid`.
    """
    raw = memoryview(data).cast("B")
    wire = kernels.load("profile_wire")
    sizes = count(wire, raw, limits)
    tables = decode_tables(wire, raw, sizes)
    header = parse_header(raw, tables.messages, limits)
    strings = StringTable(raw, tables.strings)
    sample_types = sample_types_of(header, strings)
    locations = IdIndex.of(tables.locations[0])
    samples = decode_samples(wire, raw, sizes, locations, len(sample_types))
    mapping_id = np.array([mapping.id for mapping in header.mapping], np.uint64)
    draft = ProfileDraft(
        kind=kind_of(sample_types),
        origin=origin_of(header, strings),
        sample_types=sample_types,
        mappings=mappings_of(header, strings),
        **_functions(tables, strings),
        **_locations(tables, mapping_id),
        sample_locations=Lists(samples.offsets, samples.locations),
        values=samples.values,
        **_labels(samples, strings),
        mapping_id=mapping_id,
        function_id=tables.functions[0],
        location_id=tables.locations[0],
        uneven_sample=uneven_sample(sizes, len(sample_types)),
    )
    draft.notes += _mapping_notes(draft, tables) + strings.notes()
    return draft


def kind_of(sample_types: list[tuple[str, str]]) -> str:
    """What a profile records, by what its values measure (Go: `runtime/pprof`)."""
    types = {name for name, _ in sample_types}
    if types & {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"}:
        return "heap"
    if ("cpu", "nanoseconds") in sample_types:
        return "cpu"
    if types & {"contentions", "delay"}:
        return "contention"
    return next((kind for kind in ("goroutine", "threadcreate") if kind in types), "profile")


def _functions(tables: TableColumns, strings: StringTable) -> dict[str, Any]:
    """The columns of functions as `ProfileDraft` wants them."""
    functions = tables.functions.view(np.int64)
    strings.check("function", *functions[1:4])
    names, system_names, filenames = strings.objects(*functions[1:4])
    return {
        "function_name": names,
        "function_system_name": system_names,
        "function_filename": filenames,
        "function_start_line": functions[4],
    }


def _locations(tables: TableColumns, mapping_id: npt.NDArray[np.uint64]) -> dict[str, Any]:
    """The columns of locations and lines as `ProfileDraft` wants them.

    pprof takes an undefined mapping as none, and so do we (`_mapping_notes`).
    """
    mapping = IdIndex.of(mapping_id).rows(tables.locations[1])
    return {
        "location_mapping": np.where(mapping == DANGLING, np.int32(-1), mapping),
        "location_address": tables.locations[2],
        "location_is_folded": tables.locations[3] != 0,
        "location_line_offsets": tables.line_offsets,
        "line_function": IdIndex.of(tables.functions[0]).rows(tables.lines[0]),
        "line_number": tables.lines[1].view(np.int64),
        "line_column": tables.lines[2].view(np.int64),
    }


def _mapping_notes(draft: ProfileDraft, tables: TableColumns) -> list[Note]:
    undefined = int(((draft.location_mapping < 0) & (tables.locations[1] != 0)).sum())
    message = "locations refer to mappings that the profile does not define"
    return [Note(Severity.FAULT, "undefined-mapping", message, undefined)] if undefined else []


def _labels(samples: SampleColumns, strings: StringTable) -> dict[str, Any]:
    """The columns of labels as `ProfileDraft` wants them; the rules are of `encode.go`, postDecode.

    A label with a text has neither number nor unit; one with nothing at all does not count, but its
    key must exist.
    """
    key, text, number, unit = samples.labels.view(np.int64)
    is_text = text != 0
    number, unit = np.where(is_text, 0, number), np.where(is_text, 0, unit)
    strings.check("the key of label", key)
    strings.check("the text of label", text)
    strings.check("the unit of label", unit)
    is_kept = is_text | (number != 0) | (unit != 0)
    key, text, number, unit = (column[is_kept] for column in (key, text, number, unit))
    label_strings, codes = strings.intern(key, text, unit)
    return {
        "label_sample": samples.label_samples[is_kept],
        "label_key": codes[0],
        "label_text": np.where(text != 0, codes[1], np.int32(-1)),
        "label_number": number,
        "label_unit": codes[2],
        "label_strings": label_strings,
    }
