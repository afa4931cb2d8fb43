"""`gotrace events`: what happened in a trace, event by event."""

from __future__ import annotations

import itertools
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from gotrace.cli.options import MaxSize, Strict
from gotrace.cli.printing import tell_notes, while_someone_reads

__all__ = ["LineFormat", "events"]


class LineFormat(StrEnum):
    """How events are printed, one a line."""

    TEXT = "text"
    JSON = "json"


Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A trace: a path, `-` for standard input, or an http(s) address."
    ),
]
From = Annotated[str, typer.Option("--from", metavar="TIME", help="From here on, such as `10ms`.")]
To = Annotated[str, typer.Option("--to", metavar="TIME", help="Up to there.")]
Goroutines = Annotated[
    list[int] | None,
    typer.Option("--goroutine", "-g", metavar="N", help="On this G, or about it (repeatable)."),
]
Procs = Annotated[
    list[int] | None,
    typer.Option("--proc", "-p", metavar="N", help="On this P, or about it (repeatable)."),
]
Threads = Annotated[
    list[int] | None,
    typer.Option("--thread", "-m", metavar="N", help="On this M, or about it (repeatable)."),
]
Types = Annotated[
    str, typer.Option("--type", "-t", metavar="REGEX", help="Only events whose name matches.")
]
Limit = Annotated[
    int | None, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many.")
]
Stacks = Annotated[
    bool, typer.Option("--stacks", help="All frames of the stack, not only the innermost.")
]
FormatOption = Annotated[
    LineFormat, typer.Option("--format", help="How to print.", case_sensitive=False)
]


def events(
    source: Source,
    start: From = "",
    end: To = "",
    goroutines: Goroutines = None,
    procs: Procs = None,
    threads: Threads = None,
    types: Types = "",
    limit: Limit = None,
    stacks: Stacks = False,
    format: FormatOption = LineFormat.TEXT,
    strict: Strict = False,
    max_size: MaxSize = "",
) -> None:
    """Print the events of an execution trace in causal order, one a line.

    A line: seconds since the trace began, thread (M), proc (P), goroutine (G), event, its
    arguments by name, and where the goroutine was. Everything given must fit.

    Examples:

        gotrace events trace.out --type GoBlock --from 10ms --to 20ms

        gotrace events trace.out --goroutine 7 --stacks

        gotrace events trace.out --format json --type '^GC' | jq .time_ns
    """
    import sys

    from gotrace import pipeline
    from gotrace.trace_events import EventFilter, TraceEvents
    from gotrace.units import parse_duration
    from gotrace.views.event_lines import json_line, text_line

    wanted = EventFilter(
        start_ns=parse_duration(start) if start else 0,
        end_ns=parse_duration(end) if end else None,
        goroutines=frozenset(goroutines or ()),
        procs=frozenset(procs or ()),
        threads=frozenset(threads or ()),
        types=types,
    )
    found = TraceEvents(
        source, wanted, is_deep=stacks, strict=strict, limits=pipeline.limits(max_size)
    )
    line = json_line if format is LineFormat.JSON else partial(text_line, is_deep=stacks)
    with while_someone_reads():
        for event in itertools.islice(found, limit):
            sys.stdout.write(f"{line(event)}\n")
    tell_notes(found.notes)
