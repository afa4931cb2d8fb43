"""Everything that can be told apart, by name."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Format"]


class Format(StrEnum):
    """Everything that can be told apart; the value is its name in messages."""

    # What gotrace reads.
    PROFILE_PROTOBUF = "pprof protobuf"
    HEAP_TEXT = "heap text"
    COUNT_TEXT = "count text"
    CONTENTION_TEXT = "contention text"
    CPU_LEGACY = "legacy binary CPU profile"

    # Go's own, for other tools or other questions.
    EXECUTION_TRACE = "Go execution trace"
    GOROUTINE_DUMP = "goroutine dump (debug=2)"
    GCTRACE = "GODEBUG=gctrace=1 log"
    BENCHMARK = "output of go test -bench"
    ESCAPES = "output of go build -gcflags=-m"
    LAYOUTS = "layouts of Go types (JSON)"
    HEAP_DUMP = "Go heap dump"
    PPROF_REPORT = "report printed by pprof"

    # Profiles of other languages and tools.
    THREAD_TEXT = "C++ thread profile"
    JAVA_PROFILE = "Java profile"
    PERF_DATA = "Linux perf recording"
    SYMBOLISED_LEGACY = "raw profile of the perl pprof"

    # Anything else people pass by mistake.
    EMPTY = "empty"
    BLANK = "blank"
    GZIP = "gzip data inside gzip data"
    COMPRESSED = "archive or compressed file"
    ELF = "ELF binary"
    EXECUTABLE = "executable"
    UTF16 = "UTF-16 text"
    HTML = "HTML page"
    JSON = "JSON document"
    XML = "XML or SVG document"
    GRAPHVIZ = "graphviz graph"
    PARQUET = "Parquet file"
    SQLITE = "SQLite database"
    IMAGE = "image or PDF"
    TEXT = "text"
    UNKNOWN = "unknown"
