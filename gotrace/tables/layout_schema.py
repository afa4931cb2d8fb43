"""The tables of how types lie in memory, as the debug information of a Go binary tells."""

from __future__ import annotations

from gotrace.tables.declaration import Column, Table

__all__ = ["LAYOUT_TABLES"]

_POINTERS = Column(
    "pointers_count",
    "int64",
    "Words that the collector follows: one of a string, slice, map, channel or interface.",
    "count",
)

TYPE_LAYOUTS = Table(
    "type_layouts",
    "Types of a binary: the structs of the packages asked for, and all that they are made of.",
    (
        Column("layout_id", "int64", "Number of the type in this recording."),
        Column(
            "name", "string", "As Go's runtime prints it, with the package's name: `http.Header`."
        ),
        Column("full_name", "string", "As the binary has it, with the import path."),
        Column("package", "coded", "Import path; null for types of none.", nullable=True),
        Column(
            "kind",
            "coded",
            "Go's kind: `struct`, `slice`, `string`, `ptr`, `interface`, `map`, `array`, ...",
        ),
        Column("size_bytes", "int64", "Size of one value.", "bytes"),
        Column(
            "pointer_bytes",
            "int64",
            "Bytes up to the end of the last word that may hold a pointer (`PtrBytes`); 0: noscan.",
            "bytes",
        ),
        _POINTERS,
        Column(
            "element",
            "string",
            "Full name of what an array, slice, pointer, channel or map holds; else empty.",
        ),
        Column("length", "int64", "Elements of an array; null else.", "count", nullable=True),
        Column("address", "uint64", "Of the type's descriptor, before relocation; 0 if unknown."),
    ),
    key="layout_id",
)

TYPE_FIELDS = Table(
    "type_fields",
    "The fields of structs, in order of their offsets.",
    (
        Column("layout_id", "int64", "Joins `type_layouts.layout_id`."),
        Column("index", "int64", "0, 1, ... within the struct."),
        Column("name", "string", "The field; of an embedded one the type's name."),
        Column("type", "string", "Full name of its type: joins `type_layouts.full_name`."),
        Column("is_embedded", "bool", "Whether it is embedded."),
        Column("offset_bytes", "int64", "From the start of the struct.", "bytes"),
        Column("size_bytes", "int64", "Size of the field.", "bytes"),
        Column("pointer_bytes", "int64", "Of the field alone, as in `type_layouts`.", "bytes"),
        _POINTERS,
    ),
)

LAYOUT_TABLES = (TYPE_LAYOUTS, TYPE_FIELDS)
