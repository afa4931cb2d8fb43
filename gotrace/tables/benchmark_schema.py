"""The tables of benchmark results, in Go's benchmark format (golang.org/design/14313).

A nullable whole number is -1 in memory where it is null. A measurement may be NaN itself, so
`value` is never null.
"""

from __future__ import annotations

from gotrace.tables.declaration import Column, Table

__all__ = ["BENCHMARK_TABLES"]

_LINE = Column("line", "int64", "Line of the log, from 1.", "line")

BENCHMARKS = Table(
    "benchmarks",
    "One row for each result line of `go test -bench`, in the log's order.",
    (
        Column("benchmark_id", "int64", "Number of the result in this recording."),
        Column("name", "coded", "All of the name behind `Benchmark`, such as `Encode/size=4-8`."),
        Column("base_name", "coded", "The name without sub-benchmarks and procs: `Encode`."),
        Column(
            "procs",
            "int64",
            "GOMAXPROCS as the name's end tells it (`-8`); null where it does not: 1, or a name "
            "that ends otherwise.",
            "count",
            nullable=True,
        ),
        Column("package", "coded", "Configuration `pkg`; null without.", nullable=True),
        Column("iterations_count", "int64", "How often it ran (`b.N`).", "count"),
        Column(
            "configuration_id",
            "int64",
            "The configuration lines in force: joins `benchmark_configuration.configuration_id`.",
        ),
        _LINE,
    ),
    key="benchmark_id",
)

BENCHMARK_VALUES = Table(
    "benchmark_values",
    "The measurements of each result, in the line's order.",
    (
        Column("benchmark_id", "int64", "Joins `benchmarks.benchmark_id`."),
        Column("unit", "coded", "The unit without scale: `sec/op` for `ns/op`, `B/s` for `MB/s`."),
        Column("value", "double", "The measurement in that unit; may be NaN or infinite."),
        Column("original_unit", "coded", "The unit as written."),
        Column("original_value", "double", "The measurement as written."),
    ),
)

BENCHMARK_CONFIGURATION = Table(
    "benchmark_configuration",
    "The configuration lines (`key: value`) in force for some results.",
    (
        Column("configuration_id", "int64", "Number of this set of lines in this recording."),
        Column("key", "coded", "The key, such as `goos`, `pkg` or `cpu`."),
        Column("value", "string", "The value, never empty."),
    ),
)

BENCHMARK_UNITS = Table(
    "benchmark_units",
    "What `Unit` lines say of units, such as `better=lower` and `assume=exact`.",
    (
        Column("unit", "coded", "The unit without scale."),
        Column("original_unit", "coded", "The unit as written."),
        Column("key", "coded", "What is said, such as `assume`."),
        Column("value", "string", "What of it, such as `exact`."),
        _LINE,
    ),
)

BENCHMARK_TABLES = (BENCHMARKS, BENCHMARK_VALUES, BENCHMARK_CONFIGURATION, BENCHMARK_UNITS)
