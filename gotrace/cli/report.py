"""`gotrace report`: where a program's memory goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gotrace.analyses.top_options import TopOptions
from gotrace.cli.flags import takes_top_options
from gotrace.cli.options import (
    Base,
    Charts,
    DiffBase,
    Format,
    FormatOption,
    MaxSize,
    Normalize,
    Output,
    Runtime,
    Sources,
    Strict,
    Table,
)
from gotrace.cli.printing import PAGE_ROWS, check_table, emit, is_for_people, with_page_of_rows
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.pipeline import Peeked
    from gotrace.tables.recording import Recording
    from gotrace.trace_pipeline import TraceAnswers
    from gotrace.views.report import Report

__all__ = ["report"]


@takes_top_options
def report(
    sources: Sources,
    options: TopOptions,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Output = None,
    table: Table = "",
    runtime: Runtime = "",
    base: Base = None,
    diff_base: DiffBase = None,
    normalize: Normalize = False,
    max_size: MaxSize = "",
    strict: Strict = False,
) -> None:
    """Say where a Go program's memory (or time) goes, by call site and by size class.

    FILE is any pprof profile: protobuf or Go's text form, of heap, allocs, CPU, goroutines, block,
    mutex, threadcreate. Every flag of `go tool pprof -top` works, with one dash or two.

    Or FILE is an execution trace, of any Go version: then the report shows the heap over time, GC
    cycles, and, if it was recorded with `GODEBUG=traceallocfree=1`, what was allocated.

    Or FILE is output of `go test -bench`: then it shows medians with intervals, as benchstat does;
    or what `go build -gcflags=-m=2` prints, or the folder of `-json=0,file:///DIR`: then what is on
    the heap, and why.

    Examples:

        gotrace report heap.pb.gz

        gotrace report -sample_index=alloc_objects -lines -focus=encoding/json heap.pb.gz

        gotrace report http://localhost:6060/debug/pprof/heap --format markdown

        curl -s localhost:6060/debug/pprof/heap | gotrace report - --charts charts/

        gotrace report trace.out

        gotrace report bench.txt

        go build -gcflags=-m=2 . 2>&1 | gotrace report -
    """
    from gotrace import pipeline

    check_table(table, format)
    limits = pipeline.limits(max_size)
    inputs = pipeline.peek(*sources, limits=limits)
    if any(source.is_trace for source in inputs):
        _check_alone(sources, base, diff_base)
        _check_plain(options, runtime)
        _print_trace(_analysed(inputs[0], strict, max_size), format, charts, output, table)
        return
    bases: dict[str, Any] = {"base": base or [], "diff_base": diff_base or []}
    taken = pipeline.read(*inputs, limits=limits)
    recording = pipeline.compare(taken, **bases, normalize=normalize, limits=limits)
    if recording.kind == "trace":  # a folder that was converted
        _check_plain(options, runtime)
        _print_trace(_answers(recording), format, charts, output, table)
        return
    emit(_report(recording, options, format, runtime, charts), format, charts, output, table)


def _report(
    recording: Recording, options: TopOptions, format: Format, runtime: str, charts: Path | None
) -> Report:
    from gotrace import pipeline

    if recording.kind == pipeline.BENCHMARKS:
        _check_plain(options, runtime, "a log of benchmarks", charts)
        return pipeline.report_benchmarks(recording, is_page=is_for_people(format))
    if recording.kind == pipeline.ESCAPES:
        _check_plain(options, runtime, "what the compiler says", charts)
        return pipeline.report_escapes(recording, PAGE_ROWS if is_for_people(format) else 0)
    return pipeline.report(recording, with_page_of_rows(options, format), runtime=runtime)


def _analysed(source: Peeked, strict: bool, max_size: str) -> TraceAnswers:
    from gotrace import pipeline
    from gotrace.trace_pipeline import analyse_trace

    return analyse_trace(source, strict=strict, limits=pipeline.limits(max_size))


def _answers(recording: Recording) -> TraceAnswers:
    from gotrace import trace_pipeline

    return trace_pipeline.analyse_recording(recording)


def _check_alone(sources: list[str], base: list[str] | None, diff_base: list[str] | None) -> None:
    if len(sources) > 1 or base or diff_base:
        raise UsageError("a trace is reported alone; name one FILE")


def _check_plain(
    options: TopOptions, runtime: str, what: str = "a trace", charts: Path | None = None
) -> None:
    if options != TopOptions() or runtime:
        raise UsageError(f"pprof's flags and --runtime are for profiles; this is {what}")
    if charts is not None:
        raise UsageError(f"there are no charts of {what}")


def _print_trace(
    answers: TraceAnswers, format: Format, charts: Path | None, output: Path | None, table: str
) -> None:
    rows = PAGE_ROWS if is_for_people(format) else 0
    # Charts show all of it.
    emit(answers.report(rows), format, charts, output, table, drawn=answers.report())
