"""What a profile reader hands over: columns with row numbers, nothing hashed or shared yet.

Readers of every profile format fill a `ProfileDraft`; `gotrace.readers.assemble` checks it (with
`check_valid` of `gotrace.readers.validity`) and makes the `Recording`. References are row numbers
of the draft's own arrays; -1 is "none", and `DANGLING` marks an id in the file that nothing
defines, which `check_valid` refuses with a message that names the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Columns, Lists
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin

__all__ = ["DANGLING", "Mapping", "ProfileDraft"]

DANGLING = -2
"""A reference to an id that the file does not define."""

Strings = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Mapping:
    """One row of `mappings`; addresses and offset in bytes."""

    start: int = 0
    limit: int = 0
    offset: int = 0
    filename: str = ""
    build_id: str = ""
    has_functions: bool = False
    has_filenames: bool = False
    has_line_numbers: bool = False
    has_inline_frames: bool = False


@dataclass
class ProfileDraft:
    """A profile as read: F functions, L lines, A locations, S samples, K sample types, B labels."""

    kind: str
    origin: Origin
    sample_types: list[tuple[str, str]]
    """(type, unit), K of them."""
    mappings: list[Mapping]

    function_name: Strings
    """F names (object array of str), and the other attributes of functions likewise."""
    function_system_name: Strings
    function_filename: Strings
    function_start_line: npt.NDArray[np.int64]

    location_address: npt.NDArray[np.uint64]
    """A addresses."""
    location_mapping: Rows
    """A rows of `mappings`, -1 for none."""
    location_is_folded: npt.NDArray[np.bool_]
    location_line_offsets: npt.NDArray[np.int64]
    """A + 1 offsets into the line arrays: location i has the lines [offsets[i], offsets[i+1])."""
    line_function: Rows
    """L rows of functions, -1 for none; innermost call first within a location."""
    line_number: npt.NDArray[np.int64]
    line_column: npt.NDArray[np.int64]

    sample_locations: Lists
    """For each of the S samples its rows of locations, leaf first."""
    values: npt.NDArray[np.int64]
    """K x S values."""

    label_sample: npt.NDArray[np.int64]
    """B sample numbers, not decreasing."""
    label_key: Rows
    """B indices into `label_strings`; likewise `label_text` (-1: a number) and `label_unit`."""
    label_text: Rows
    label_number: npt.NDArray[np.int64]
    label_unit: Rows
    label_strings: list[str]

    mem_stats: dict[str, float] = field(default_factory=dict)
    """Fields of runtime.MemStats where the text form carries them."""
    history: dict[str, Columns] = field(default_factory=dict)
    """Tables of the last garbage collections, from the same."""
    notes: list[Note] = field(default_factory=list)

    mapping_id: npt.NDArray[np.uint64] | None = None
    """The file's own ids, for `check_valid`; None where the format has none."""
    function_id: npt.NDArray[np.uint64] | None = None
    location_id: npt.NDArray[np.uint64] | None = None
    uneven_sample: tuple[int, int] | None = None
    """The first sample whose number of values is not that of the sample types, and that number.

    The columns of samples are left empty then: `check_valid` refuses the draft.
    """
