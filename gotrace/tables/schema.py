"""Every table and column gotrace knows, declared once.

From these declarations come the Arrow schemas, the metadata in every Parquet file, the validation
of what readers build, and `schemas/tables.md`. A column without documentation does not exist: the
constructor refuses it.

Ids are 64-bit hashes of content (`gotrace.tables.identity`), so the same function, frame or stack
has the same id in every file, on every machine.
"""

from __future__ import annotations

from gotrace.tables.benchmark_schema import BENCHMARK_TABLES
from gotrace.tables.declaration import Column, Table
from gotrace.tables.escape_schema import ESCAPE_TABLES
from gotrace.tables.gc_schema import GC_TABLES
from gotrace.tables.layout_schema import LAYOUT_TABLES
from gotrace.tables.trace_schema import TRACE_TABLES

__all__ = ["SCHEMA_VERSION", "TABLES", "Column", "Table"]

SCHEMA_VERSION = 1
"""Written into every Parquet file; raised when a column changes its meaning or goes away."""

SAMPLE_TYPES = Table(
    "sample_types",
    "What the values of a profile measure, in the profile's own order.",
    (
        Column("sample_type", "string", "pprof's name, such as `alloc_space` or `cpu`."),
        Column("unit", "string", "The unit of the values, such as `bytes` or `nanoseconds`."),
        Column("is_default", "bool", "Shown when the user names no sample type."),
    ),
)

MAPPINGS = Table(
    "mappings",
    "The parts of the address space that were backed by a file: the program, its libraries.",
    (
        Column("mapping_id", "uint64", "Hash of build id (else file name), offset and size."),
        Column("start_address", "uint64", "First address.", "address"),
        Column("limit_address", "uint64", "First address behind the mapping.", "address"),
        Column("offset_bytes", "uint64", "Where in the file the mapping starts.", "bytes"),
        Column("filename", "string", "The file as the recorded process saw it."),
        Column("build_id", "string", "The build id of that file; may be empty."),
        Column("has_functions", "bool", "The recorder resolved function names."),
        Column("has_filenames", "bool", "The recorder resolved file names."),
        Column("has_line_numbers", "bool", "The recorder resolved line numbers."),
        Column("has_inline_frames", "bool", "The recorder resolved inlined calls."),
    ),
    key="mapping_id",
)

FUNCTIONS = Table(
    "functions",
    "Functions by name and file.",
    (
        Column("function_id", "uint64", "Hash of name, file and differing system name."),
        Column("name", "string", "As Go prints it: `net/http.(*conn).serve`."),
        Column("system_name", "string", "As the linker knows it; often the same."),
        Column("filename", "string", "Source file, with the path the compiler was given."),
        Column("start_line", "int64", "Line of the `func` keyword; 0 where unknown.", "line"),
    ),
    key="function_id",
)

FRAMES = Table(
    "frames",
    "Places in the source: a line of a function, or a bare address where no name is known.",
    (
        Column("frame_id", "uint64", "Hash of function and line, or of mapping and offset."),
        Column(
            "function_id",
            "int32",
            "The function; null where only an address is known.",
            nullable=True,
            refers_to="functions.function_id",
        ),
        Column("line", "int64", "Line in the function's file; 0 where unknown.", "line"),
        Column("column", "int64", "Column in that line; 0 where unknown.", "column"),
        Column("address", "uint64", "The address, only where no function is known; else 0."),
    ),
    key="frame_id",
)

LOCATIONS = Table(
    "locations",
    "Instruction addresses of one recording with the source places they stand for.",
    (
        Column("location_id", "uint64", "Hash of mapping, address and frames."),
        Column(
            "mapping_id",
            "int32",
            "The mapping the address lies in; null where unknown.",
            nullable=True,
            refers_to="mappings.mapping_id",
        ),
        Column("address", "uint64", "Instruction address; 0 where unknown.", "address"),
        Column("is_folded", "bool", "Several functions share this code; the names are one choice."),
        Column(
            "frame_ids",
            "list",
            "The frame at this address and those it was inlined into, innermost first.",
            refers_to="frames.frame_id",
        ),
    ),
    key="location_id",
)

STACKS = Table(
    "stacks",
    "Distinct call stacks, with inlined calls spelled out.",
    (
        Column("stack_id", "uint64", "Hash of the functions, files and lines, leaf to root."),
        Column("frame_ids", "list", "Frames, leaf first.", refers_to="frames.frame_id"),
    ),
    key="stack_id",
)

SAMPLES = Table(
    "samples",
    "One row for each sample and sample type of a profile.",
    (
        Column("sample_id", "int64", "Number of the sample in this recording."),
        Column(
            "stack_id",
            "int32",
            "Where it was taken.",
            refers_to="stacks.stack_id",
        ),
        Column("sample_type", "coded", "What `value` measures, such as `inuse_space`."),
        Column("unit", "coded", "The unit of `value`, such as `bytes`."),
        Column("value", "int64", "The measured amount, in `unit`."),
    ),
)

SAMPLE_LOCATIONS = Table(
    "sample_locations",
    "The instruction addresses of each sample's stack, for people who go down to machine code.",
    (
        Column("sample_id", "int64", "Number of the sample in this recording."),
        Column("location_ids", "list", "Leaf first.", refers_to="locations.location_id"),
    ),
    key="sample_id",
)

LABELS = Table(
    "labels",
    "Tags of samples: a text or a number under a key. Go's heap profiles carry `bytes`: slot size.",
    (
        Column("sample_id", "int64", "The sample that carries the label."),
        Column("key", "coded", "The name of the label."),
        Column("text", "coded", "The text; null when the label is a number.", nullable=True),
        Column("number", "int64", "The number, in `unit`; 0 when the label is a text."),
        Column(
            "unit", "coded", "The unit of the number as recorded; null without one.", nullable=True
        ),
    ),
)

MEM_STATS = Table(
    "mem_stats",
    "Fields of `runtime.MemStats` as the `debug=1` heap profile prints them.",
    (
        Column("field", "string", "Go's name of the field, such as `HeapInuse`."),
        Column("value", "double", "The value: bytes, nanoseconds or a count, as the field says."),
    ),
    key="field",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SAMPLE_TYPES,
        MAPPINGS,
        FUNCTIONS,
        FRAMES,
        LOCATIONS,
        STACKS,
        SAMPLES,
        SAMPLE_LOCATIONS,
        LABELS,
        MEM_STATS,
        *TRACE_TABLES,
        *GC_TABLES,
        *BENCHMARK_TABLES,
        *ESCAPE_TABLES,
        *LAYOUT_TABLES,
    )
}
"""Table name → declaration, in the order of `schemas/tables.md`."""
