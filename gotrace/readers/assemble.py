"""From a reader's draft to a `Recording`: check it, give everything its id, share what is equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.validity import check_valid
from gotrace.tables.columns import Coded, Column, Columns, Lists
from gotrace.tables.identity import fold_lists, hash_strings, mix, told_apart, unique_rows
from gotrace.tables.profile import SampleTable, profile_tables
from gotrace.tables.recording import Recording

__all__ = ["assemble"]

Rows = npt.NDArray[np.int32]


def assemble(draft: ProfileDraft) -> Recording:
    """Make the recording of a draft; raises MalformedError where `check_valid` does."""
    check_valid(draft)
    functions, function_row = _functions(draft)
    mappings, mapping_row = _mappings(draft)
    frames, line_frame = _frames(draft, functions, function_row, mappings, mapping_row)
    locations, location_row = _locations(draft, frames, line_frame, mappings, mapping_row)
    keyed = {
        "mappings": mappings,
        "functions": functions,
        "frames": frames,
        "locations": locations,
    }
    recorded = draft.sample_locations
    samples = SampleTable(
        Lists(recorded.offsets, location_row[recorded.values]),
        draft.values,
        draft.label_sample,
        Coded(draft.label_key, draft.label_strings),
        Coded(draft.label_text, draft.label_strings),
        draft.label_number,
        Coded(draft.label_unit, draft.label_strings),
    )
    columns = profile_tables(
        keyed, draft.sample_types, samples, draft.origin.default_sample_type, draft.mem_stats
    )
    tables = columns.replaced(draft.history) if draft.history else columns
    return Recording(draft.kind, draft.origin, tables, tuple(draft.notes))


def _functions(draft: ProfileDraft) -> tuple[Columns, Rows]:
    names, system_names, filenames = (
        draft.function_name,
        draft.function_system_name,
        draft.function_filename,
    )
    # Most system names equal the name; they take part in the id only where they tell more.
    systems = [
        "" if system == name else system for name, system in zip(names, system_names, strict=True)
    ]
    ids = told_apart(
        hash_strings(names, filenames, systems),
        draft.function_start_line,
        np.array([not system for system in system_names], bool),
    )
    first, row = unique_rows(ids)
    columns: dict[str, Column] = {
        "function_id": ids[first],
        "name": names[first],
        "system_name": system_names[first],
        "filename": filenames[first],
        "start_line": draft.function_start_line[first],
    }
    return Columns(len(first), columns), row


def _mappings(draft: ProfileDraft) -> tuple[Columns, Rows]:
    rows = draft.mappings
    start = np.array([m.start for m in rows], np.uint64)
    limit = np.array([m.limit for m in rows], np.uint64)
    offset = np.array([m.offset for m in rows], np.uint64)
    names = np.array([m.filename for m in rows], object)
    builds = np.array([m.build_id for m in rows], object)
    flags = np.array(
        [(m.has_functions, m.has_filenames, m.has_line_numbers, m.has_inline_frames) for m in rows],
        bool,
    ).reshape(len(rows), 4)
    # pprof's rule for "the same file at another address": build id, else name; size to 4 KiB.
    identity = [m.build_id or m.filename for m in rows]
    size = (limit - start + np.uint64(0xFFF)) & ~np.uint64(0xFFF)
    ids = told_apart(mix(hash_strings(identity), offset, size), start)
    first, row = unique_rows(ids)
    columns: dict[str, Column] = {
        "mapping_id": ids[first],
        "start_address": start[first],
        "limit_address": limit[first],
        "offset_bytes": offset[first],
        "filename": names[first],
        "build_id": builds[first],
        "has_functions": flags[first, 0],
        "has_filenames": flags[first, 1],
        "has_line_numbers": flags[first, 2],
        "has_inline_frames": flags[first, 3],
    }
    return Columns(len(first), columns), row


def _frames(
    draft: ProfileDraft,
    functions: Columns,
    function_row: Rows,
    mappings: Columns,
    mapping_row: Rows,
) -> tuple[Columns, Lists]:
    """The frames, and for every location the rows of its frames (at least one)."""
    offsets, function, line, column, owner = _lines_with_placeholders(draft)
    known = function >= 0
    function = np.where(known, _through(function_row, function), -1).astype(np.int32)
    ids = np.where(
        known,
        mix(_ids_of(functions.array("function_id"), function), line),
        _address_ids(draft, mappings, mapping_row)[owner] if len(owner) else np.uint64(0),
    ).astype(np.uint64)
    ids = np.where(column != 0, mix(ids, column), ids)
    address = np.where(known, np.uint64(0), draft.location_address[owner])
    first, row = unique_rows(ids)
    columns: dict[str, Column] = {
        "frame_id": ids[first],
        "function_id": function[first],
        "line": np.where(known, line, 0)[first],
        "column": column[first],
        "address": address[first],
    }
    return Columns(len(first), columns), Lists(offsets, row)


def _lines_with_placeholders(
    draft: ProfileDraft,
) -> tuple[npt.NDArray[np.int64], Rows, npt.NDArray[np.int64], npt.NDArray[np.int64], Rows]:
    """The draft's lines, with one empty line for each location that has none.

    Returns offsets by location and, by line, the function row, line, column and location row.
    """
    lengths = np.diff(draft.location_line_offsets)
    filled = np.maximum(lengths, 1)
    offsets = np.zeros(len(filled) + 1, np.int64)
    np.cumsum(filled, out=offsets[1:])
    owner = np.repeat(np.arange(len(filled), dtype=np.int32), filled)
    real = np.repeat(lengths > 0, filled)
    function = np.full(len(owner), -1, np.int32)
    line = np.zeros(len(owner), np.int64)
    column = np.zeros(len(owner), np.int64)
    function[real], line[real], column[real] = (
        draft.line_function,
        draft.line_number,
        draft.line_column,
    )
    return offsets, function, line, column, owner


def _address_ids(
    draft: ProfileDraft, mappings: Columns, mapping_row: Rows
) -> npt.NDArray[np.uint64]:
    """For each location a hash of its mapping and its address inside it."""
    mapping = _through(mapping_row, draft.location_mapping)
    start = np.append(mappings.array("start_address"), np.uint64(0))
    return mix(
        _ids_of(mappings.array("mapping_id"), mapping),
        draft.location_address - start[mapping],
    )


def _locations(
    draft: ProfileDraft, frames: Columns, line_frame: Lists, mappings: Columns, mapping_row: Rows
) -> tuple[Columns, Rows]:
    chain = fold_lists(line_frame.offsets, frames.array("frame_id")[line_frame.values])
    ids = mix(_address_ids(draft, mappings, mapping_row), chain, draft.location_is_folded)
    ids = told_apart(ids, draft.location_address)
    first, row = unique_rows(ids)
    columns: dict[str, Column] = {
        "location_id": ids[first],
        "mapping_id": _through(mapping_row, draft.location_mapping)[first],
        "address": draft.location_address[first],
        "is_folded": draft.location_is_folded[first],
        "frame_ids": line_frame.take(first),
    }
    return Columns(len(first), columns), row


def _through(table: Rows, rows: Rows) -> Rows:
    """`table[rows]`, where -1 stays -1."""
    return np.append(table, np.int32(-1))[rows]


def _ids_of(ids: npt.NDArray[np.uint64], rows: Rows) -> npt.NDArray[np.uint64]:
    """`ids[rows]`, where row -1 has the id 0."""
    return np.append(ids, np.uint64(0))[rows]
