"""What gotrace does not read as a profile: what it is, and what to ask for instead."""

from __future__ import annotations

from gotrace.errors import InputError, TruncatedError, UnrecognisedError, UnsupportedVersionError
from gotrace.readers.formats import Format

__all__ = ["ASK_FOR_LOG", "ASK_FOR_REPORT", "ASK_FOR_TRACE", "ASK_FOR_UTF8", "REFUSALS"]

_ASK = "record a profile: `go test -memprofile`, or /debug/pprof/heap of a running program"

ASK_FOR_TRACE = "record one: `go test -trace`, or /debug/pprof/trace?seconds=5 of a program"

ASK_FOR_REPORT = "`gotrace report FILE` reads it"
ASK_FOR_UTF8 = "PowerShell's `>` rewrites what it saves: `iconv -f UTF-16 -t UTF-8` undoes it"
ASK_FOR_LOG = "start the program with GODEBUG=gctrace=1 and keep its standard error"

REFUSALS: dict[Format, tuple[type[InputError], str, str]] = {
    Format.EXECUTION_TRACE: (
        UnsupportedVersionError,
        "this is an execution trace (format of Go 1.{version}), not a profile",
        "`gotrace report FILE` reads it; for a profile ask for /debug/pprof/heap or profile",
    ),
    Format.GOROUTINE_DUMP: (
        UnsupportedVersionError,
        "this is a goroutine dump (debug=2 or a crash), which counts nothing",
        "ask for /debug/pprof/goroutine with debug=1 or debug=0",
    ),
    Format.GCTRACE: (
        UnsupportedVersionError,
        "this is a GODEBUG=gctrace=1 log, not a profile",
        "`gotrace gc FILE` explains it, `gotrace convert FILE -o DIR` makes tables of it",
    ),
    Format.HEAP_DUMP: (
        UnsupportedVersionError,
        "this is a heap dump of runtime/debug.WriteHeapDump, not a profile",
        _ASK,
    ),
    Format.BENCHMARK: (
        UnrecognisedError,
        "this is the output of `go test -bench`, not a profile",
        "`gotrace report FILE` reads it; for a profile run the benchmark with -memprofile FILE",
    ),
    Format.ESCAPES: (
        UnrecognisedError,
        "this is what the compiler says of escapes, not a profile",
        ASK_FOR_REPORT,
    ),
    Format.LAYOUTS: (
        UnrecognisedError,
        "these are layouts of Go types, not a profile",
        "`gotrace wrestle --from` takes them beside a heap profile",
    ),
    Format.PPROF_REPORT: (
        UnrecognisedError,
        "this is a report that pprof printed, not the profile it was made from",
        "pass the profile itself",
    ),
    Format.THREAD_TEXT: (
        UnrecognisedError,
        "this is a thread profile of a C++ program",
        "for Go ask for /debug/pprof/goroutine or threadcreate",
    ),
    Format.JAVA_PROFILE: (UnrecognisedError, "this is a profile of a Java program", _ASK),
    Format.PERF_DATA: (
        UnrecognisedError,
        "this is a Linux perf recording",
        "convert it with perf_to_profile, or record /debug/pprof/profile",
    ),
    Format.SYMBOLISED_LEGACY: (
        UnrecognisedError,
        "this is a raw profile of the perl pprof",
        "pass the profile it was made from",
    ),
    Format.EMPTY: (TruncatedError, "the input is empty", "record it again"),
    Format.BLANK: (TruncatedError, "the input holds only white space", "record it again"),
    Format.GZIP: (
        UnrecognisedError,
        "this is gzip data inside gzip data",
        "unpack it once with `gunzip`",
    ),
    Format.COMPRESSED: (
        UnrecognisedError,
        "this is an archive, or compressed with something other than gzip",
        "unpack it first",
    ),
    Format.ELF: (
        UnrecognisedError,
        "this is a program or library (ELF), not a profile",
        "pass only the profile: Go profiles carry their own function names",
    ),
    Format.EXECUTABLE: (
        UnrecognisedError,
        "this is a program, not a profile",
        "pass only the profile: Go profiles carry their own function names",
    ),
    Format.UTF16: (
        UnrecognisedError,
        "this is UTF-16 text",
        "PowerShell's `>` rewrites what it saves: record with `curl -o FILE` instead",
    ),
    Format.HTML: (
        UnrecognisedError,
        "this is an HTML page",
        "an address must name the profile, such as /debug/pprof/heap",
    ),
    Format.JSON: (UnrecognisedError, "this is a JSON document", _ASK),
    Format.XML: (UnrecognisedError, "this is an XML or SVG document", _ASK),
    Format.GRAPHVIZ: (
        UnrecognisedError,
        "this is a graph that pprof drew, not the profile it was made from",
        "pass the profile itself",
    ),
    Format.PARQUET: (
        UnrecognisedError,
        "this is a Parquet file",
        "pass the profile it was converted from",
    ),
    Format.SQLITE: (UnrecognisedError, "this is an SQLite database", _ASK),
    Format.IMAGE: (UnrecognisedError, "this is an image or PDF document", _ASK),
    Format.TEXT: (UnrecognisedError, "this is a text that no Go profile begins like", _ASK),
    Format.UNKNOWN: (
        UnrecognisedError,
        "these bytes begin like nothing gotrace knows",
        _ASK,
    ),
}
"""What gotrace does not read: the error, what the data is, and what to do."""
