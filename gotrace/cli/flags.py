"""pprof's own flags, under pprof's names, with one dash or two.

`PPROF_FLAGS` declares each once; `takes_top_options` gives them all to a command, which receives
them as one `TopOptions`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any

import typer

from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError

__all__ = ["takes_top_options", "with_two_dashes"]

_WHAT = "pprof's flags: what is measured"
_WHICH = "pprof's flags: which samples and frames"
_ROWS = "pprof's flags: rows and amounts"


@dataclass(frozen=True)
class _Flag:
    """A flag that sets the field `name` of `TopOptions`."""

    name: str
    panel: str
    help: str


PPROF_FLAGS = (
    _Flag("sample_index", _WHAT, "Sample type by name or number, such as `alloc_space`."),
    _Flag("mean", _WHAT, "Divide values by the number of samples behind them."),
    _Flag("focus", _WHICH, "Keep stacks with a frame matching this regular expression."),
    _Flag("ignore", _WHICH, "Drop stacks with a matching frame."),
    _Flag("hide", _WHICH, "Remove matching frames."),
    _Flag("show", _WHICH, "Keep only matching frames."),
    _Flag("show_from", _WHICH, "Remove callers of the outermost matching frame."),
    _Flag("prune_from", _WHICH, "Remove what the innermost matching frame calls."),
    _Flag("tagfocus", _WHICH, "Keep samples with a label matching, or in a range: `64kb:1mb`."),
    _Flag("tagignore", _WHICH, "Drop samples with a label matching, or in a range."),
    _Flag("tagshow", _WHICH, "Keep only labels whose key matches."),
    _Flag("taghide", _WHICH, "Remove labels whose key matches."),
    _Flag("tagroot", _WHICH, "Add these labels' values as outermost frames."),
    _Flag("tagleaf", _WHICH, "Add these labels' values as innermost frames."),
    _Flag("all_frames", _WHICH, "Ignore the recording's own drop_frames and keep_frames."),
    _Flag("noinlines", _ROWS, "Count inlined calls to the function they were inlined into."),
    _Flag("showcolumns", _ROWS, "Show column numbers with `--lines`."),
    _Flag("trim", _ROWS, "Apply nodecount, nodefraction and edgefraction."),
    _Flag(
        "nodecount",
        _ROWS,
        "At most so many rows; 0: all. Default: 25 on a page for people, else all.",
    ),
    _Flag("nodefraction", _ROWS, "Drop rows below this share of the total."),
    _Flag("edgefraction", _ROWS, "Ignore calls below this share when marking `(inline)`."),
    _Flag("drop_negative", _ROWS, "Drop rows with negative values."),
    _Flag("relative_percentages", _ROWS, "Percentages of what the filters leave."),
    _Flag("unit", _ROWS, "Unit to print: `minimum`, `MB`, `ms`, `count`, ..."),
    _Flag("divide_by", _ROWS, "Divide all printed amounts."),
    _Flag("source_path", _ROWS, "Search path for sources; shortens file names."),
    _Flag("trim_path", _ROWS, "Prefixes to remove from file names."),
)

_SHORTCUTS = {
    "sample_index": ("inuse_space", "inuse_objects", "alloc_space", "alloc_objects"),
    "granularity": ("functions", "filefunctions", "files", "lines", "addresses"),
    "sort": ("flat", "cum"),
}
"""Flags without a value that stand for a value of another."""

_COMPARING = ("base", "diff_base", "normalize")
_OUR_OWN = ("version", "help", "format", "charts", "runtime", "output", "force", "table", "strict")
_OF_GO_TEST = ("bench", "benchtime", "count", "cpu", "from", "go", "tags", "timeout")
_ALL = (
    {flag.name for flag in PPROF_FLAGS}
    | {name for names in _SHORTCUTS.values() for name in names}
    | {"granularity", "sort", *_COMPARING, *_OUR_OWN, *_OF_GO_TEST}
)


def with_two_dashes(arguments: list[str]) -> list[str]:
    """Rewrite `-focus=x`, `--sample-index x`, `-trim=false` to the parser's one spelling."""
    rewritten: list[str] = []
    for number, argument in enumerate(arguments):
        if argument == "--":
            return rewritten + arguments[number:]
        name, equals, value = argument.lstrip("-").partition("=")
        name = name.replace("-", "_")
        if argument.startswith("-") and name in _ALL:
            argument = _spelled(name, equals, value)
        rewritten.append(argument)
    return rewritten


def _spelled(name: str, equals: str, value: str) -> str:
    """Go's boolean flags may carry `=true` or `=false`; ours are `--name` and `--no-name`."""
    if equals and name in _switches() and value.lower() in ("true", "t", "1", "false", "f", "0"):
        return f"--{name}" if value.lower() in ("true", "t", "1") else f"--no-{name}"
    return f"--{name}{equals}{value}"


def _switches() -> set[str]:
    booleans = {field.name for field in fields(TopOptions) if field.type == "bool"}
    return booleans | {name for names in _SHORTCUTS.values() for name in names} | {"normalize"}


def takes_top_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` all of pprof's flags; it receives `options: TopOptions` instead."""
    own = inspect.signature(command, eval_str=True)
    parameters = [p for p in own.parameters.values() if p.name != "options"]
    flags = _parameters()

    @wraps(command)
    def with_options(**arguments: Any) -> None:
        chosen = {name: arguments.pop(name) for name in flags}
        command(**arguments, options=_options(chosen))

    with_options.__signature__ = own.replace(parameters=[*parameters, *flags.values()])  # type: ignore[attr-defined]
    with_options.__annotations__ = {
        p.name: p.annotation for p in [*parameters, *flags.values()]
    } | {"return": None}
    return with_options


def _parameters() -> dict[str, inspect.Parameter]:
    """Parameter name → parameter for every flag, in the order of the help text."""
    defaults = {field.name: field.default for field in fields(TopOptions)}
    parameters = {}
    for flag in PPROF_FLAGS:
        default = defaults[flag.name]
        names = f"--{flag.name}" + (f"/--no-{flag.name}" if isinstance(default, bool) else "")
        option = typer.Option(names, help=flag.help, rich_help_panel=flag.panel)
        parameters[flag.name] = _parameter(flag.name, type(default), option, default)
    for target, names_of in _SHORTCUTS.items():
        panel = _WHAT if target == "sample_index" else _ROWS
        for name in names_of:
            text = f"The same as `--{target} {name}`." if target == "sample_index" else _SHORT[name]
            option = typer.Option(f"--{name}/--no-{name}", help=text, rich_help_panel=panel)
            parameters[f"is_{name}"] = _parameter(f"is_{name}", bool, option, False)
    return parameters


_SHORT = {
    "functions": "One row a function (the default).",
    "filefunctions": "One row a function and file.",
    "files": "One row a file.",
    "lines": "One row a source line.",
    "addresses": "One row an instruction address.",
    "flat": "Order rows by flat (the default).",
    "cum": "Order rows by cum.",
}


def _parameter(name: str, kind: type, option: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


def _options(chosen: dict[str, Any]) -> TopOptions:
    """Raises UsageError for two values of one option; pprof, too, guesses none of them."""
    for target, names in _SHORTCUTS.items():
        wanted = [f"-{name}" for name in names if chosen.pop(f"is_{name}")]
        if chosen.get(target):
            wanted.append(f"-{target}={chosen[target]}")
        if len(wanted) > 1:
            raise UsageError(f"conflicting options: {', '.join(wanted)}")
        if wanted:
            chosen[target] = wanted[0].removeprefix("-").removeprefix(f"{target}=")
    return TopOptions(**chosen)
