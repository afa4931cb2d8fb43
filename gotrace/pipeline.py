"""The whole program: read, compare, analyse; each step a call, each call a pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gotrace import kernels
from gotrace.analyses.result import Result
from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked, is_benchmark_log, is_escapes, is_trace
from gotrace.readers.peek import peek as peek_one
from gotrace.readers.profile import read_profile
from gotrace.readers.sources import is_address
from gotrace.tables.benchmark_merging import merge_benchmarks
from gotrace.tables.merging import merge, subtract
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording
from gotrace.units import parse_bytes
from gotrace.views.report import Report

__all__ = [
    "BENCHMARKS",
    "ESCAPES",
    "Peeked",
    "check_names",
    "compare",
    "compare_benchmarks",
    "encode",
    "kernel_notes",
    "limits",
    "merge",
    "peek",
    "read",
    "read_gc_log",
    "report",
    "report_benchmarks",
    "report_escapes",
]

BENCHMARKS = "benchmarks"
"""The kind of recording that a log of `go test -bench` is."""
ESCAPES = "escapes"
"""The kind of recording that what the compiler says of escapes is."""
_BENCHMARK_TITLES = ("Go benchmarks", "Go benchmarks, compared")

_TITLES = {
    "heap": "Heap profile",
    "cpu": "CPU profile",
    "goroutine": "Goroutine profile",
    "contention": "Contention profile",
    "threadcreate": "Thread creation profile",
}


def limits(max_size: str = "") -> Limits:
    """The default limits, or those with the size limits raised to `max_size` (`2GiB`)."""
    if not max_size:
        return DEFAULT
    size = parse_bytes(max_size)
    return replace(DEFAULT, compressed_bytes=size, decompressed_bytes=size, generation_bytes=size)


def peek(*sources: str, limits: Limits = DEFAULT) -> list[Peeked]:
    """Look whether the sources are traces; `read` takes them then as it takes their names.

    One source alone tells by its content. Of several an address tells by its path: each answer has
    its own deadline, and must not wait for the others.
    """
    check_names(sources)
    if len(sources) == 1:
        return [peek_one(sources[0], limits)]
    return [peek_one(s, limits) if s == "-" else Peeked(s, is_trace(s)) for s in sources]


def check_names(sources: Iterable[str]) -> None:
    """Raises UsageError for what cannot be read as often as it is named."""
    if Counter(sources)["-"] > 1:
        raise UsageError("standard input (`-`) can be read only once")


def read(*sources: str | Path | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read one profile, or several added up as pprof adds them; or logs of `go test -bench`.

    Or what the compiler says of escapes: text of `-gcflags=-m`, or the folder of `-json=0,DIR`.
    A source is a path, `-` (standard input), an http(s) address, or a folder that
    `gotrace convert` wrote. Several logs are repeats. Raises InputError for what cannot be read and
    UsageError for what does not add up.
    """
    check_names(map(str, sources))
    recordings = [_read_one(source, limits) for source in sources]
    if len(recordings) > 1 and any(recording.kind == ESCAPES for recording in recordings):
        raise UsageError("what the compiler says of escapes is read alone; pass one FILE or folder")
    if not any(recording.kind == BENCHMARKS for recording in recordings):
        return merge(recordings)
    if any(recording.kind != BENCHMARKS for recording in recordings):
        raise UsageError("logs of benchmarks and profiles do not add up; read them apart")
    return merge_benchmarks(recordings)


def _read_one(source: str | Path | Peeked, limits: Limits) -> Recording:
    name = str(source)
    if name not in ("", "-") and Path(name).is_dir():
        # Both cost time to import, and only folders need them.
        from gotrace.readers.escapes.reader import holds_escapes, read_escapes  # noqa: PLC0415

        if holds_escapes(name):
            return read_escapes(name, limits)
        if (Path(name) / "manifest.json").is_file():
            raise UsageError(
                f"this is a recorded module; `gotrace wrestle --from {name}` reports it"
            )
        from gotrace.tables.store import load  # noqa: PLC0415

        return load(name)
    taken: str | Peeked = source if isinstance(source, Peeked) else name
    is_stream = name == "-" or is_address(name)
    if is_stream and not (isinstance(taken, Peeked) and taken.chunks is not None):
        taken = peek_one(name, limits)
    if (isinstance(taken, Peeked) and taken.is_benchmark_log) or is_benchmark_log(name):
        # Profiles should not pay for it.
        from gotrace.readers.benchmarks.reader import read_benchmarks  # noqa: PLC0415

        return read_benchmarks(taken, limits)
    if (isinstance(taken, Peeked) and taken.is_escapes) or is_escapes(name):
        from gotrace.readers.escapes.reader import read_escapes  # noqa: PLC0415

        return read_escapes(taken, limits)
    return read_profile(taken, limits)


def read_gc_log(
    source: str | Path | Peeked, *, limits: Limits = DEFAULT, strict: bool = False
) -> Recording:
    """Read a log of GODEBUG=gctrace=1, even if its first line of the collector comes late.

    Raises InputError, as `gotrace.readers.gclog.reader.read_gc_log` does.
    """
    # Profiles should not pay for it.
    from gotrace.readers.gclog import reader  # noqa: PLC0415

    taken = source if isinstance(source, Peeked) else str(source)
    return reader.read_gc_log(taken, limits, strict=strict)


def compare(
    recording: Recording,
    *,
    base: Sequence[str] = (),
    diff_base: Sequence[str] = (),
    normalize: bool = False,
    limits: Limits = DEFAULT,
) -> Recording:
    """`recording` minus the profiles of `base` or `diff_base` (pprof's meanings), if any.

    Raises UsageError, as pprof does, for both at once and for `normalize` without either.
    """
    if base and diff_base:
        raise UsageError("-base and -diff_base cannot both be given")
    if normalize and not base and not diff_base:
        raise UsageError("-normalize needs a -base or -diff_base to scale to")
    if not base and not diff_base:
        return recording
    check_names([*recording.origin.paths, *base, *diff_base])
    subtracted = read(*(base or diff_base), limits=limits)
    if ESCAPES in (recording.kind, subtracted.kind):
        raise UsageError("what the compiler says of escapes subtracts from nothing")
    if BENCHMARKS in (recording.kind, subtracted.kind):
        raise UsageError("a log of benchmarks subtracts from nothing; `gotrace diff` compares two")
    return subtract(recording, subtracted, label_base=bool(diff_base), normalize=normalize)


def report(recording: Recording, options: TopOptions | None = None, *, runtime: str = "") -> Report:
    """Everything gotrace has to say about a profile.

    `options` are pprof's flags for the top table; `runtime` names the Go version that recorded it
    (for the size class table). Raises UsageError when they do not fit the recording.
    """
    if recording.kind == "gclog":  # a folder that was converted
        raise UsageError("this is a log of the collector; `gotrace gc` explains it")
    if recording.kind == BENCHMARKS:
        return report_benchmarks(recording)
    if recording.kind == ESCAPES:
        return report_escapes(recording)
    # Budgets read profiles through this module too, and report none.
    from gotrace.analyses.heap import analyse_heap  # noqa: PLC0415
    from gotrace.analyses.overview import overview  # noqa: PLC0415
    from gotrace.analyses.top import top  # noqa: PLC0415

    results = [overview(recording), top(recording, options or TopOptions()).to_result()]
    if recording.kind == "heap":
        results += analyse_heap(recording, runtime)
    return Report(
        recording_kind=recording.kind,
        title=_title(recording),
        source=_source(recording),
        results=tuple(results),
        notes=recording.notes + kernel_notes(),
    )


def report_benchmarks(recording: Recording, *, is_page: bool = False) -> Report:
    """Everything gotrace has to say about a log of `go test -bench`: medians with intervals.

    With `is_page` laid out for people, as `benchstat` does, else as numbers.
    """
    # Profiles should not pay for it.
    from gotrace.analyses.benchmath.results import summary_results  # noqa: PLC0415

    results = summary_results(recording, is_page=is_page)
    return _benchmark_report(results, _BENCHMARK_TITLES[0], (recording,))


def report_escapes(recording: Recording, rows: int = 0) -> Report:
    """Everything gotrace has to say about the compiler's escape analysis.

    `rows` is how many functions and places are listed; 0: all.
    """
    # Profiles should not pay for it.
    from gotrace.analyses.escapes import escape_results  # noqa: PLC0415

    return Report(
        recording_kind=ESCAPES,
        title="Escape analysis",
        source=" + ".join(recording.origin.paths),
        results=tuple(escape_results(recording, rows)),
        notes=recording.notes,
    )


def compare_benchmarks(
    base: Recording, head: Recording, *, alpha: float = 0.05, is_page: bool = False
) -> Report:
    """What changed between two logs of `go test -bench`, as `benchstat` tests it at level `alpha`.

    Raises UsageError for other recordings and for an `alpha` that is no probability.
    """
    from gotrace.analyses.benchmath.results import comparison_results  # noqa: PLC0415

    if {base.kind, head.kind} != {BENCHMARKS}:
        raise UsageError("a log of benchmarks compares only with another one")
    if not 0 <= alpha <= 1:
        raise UsageError("alpha is a probability, from 0 to 1")
    titles = [" + ".join(recording.origin.paths) for recording in (base, head)]
    shown = _telling_apart(*titles) if is_page else titles
    results = comparison_results((base, head), shown, alpha=alpha, is_page=is_page)
    return _benchmark_report(results, _BENCHMARK_TITLES[1], (base, head))


def _telling_apart(base: str, head: str) -> tuple[str, str]:
    """Two paths without the folders and the name that they share; `base` and `head` if all is."""
    one, other = base.split("/"), head.split("/")
    while one and other and one[0] == other[0]:
        del one[0], other[0]
    while one and other and one[-1] == other[-1]:
        del one[-1], other[-1]
    return ("/".join(one), "/".join(other)) if one and other else ("base", "head")


def _benchmark_report(
    results: Sequence[Result], title: str, recordings: Sequence[Recording]
) -> Report:
    return Report(
        recording_kind=BENCHMARKS,
        title=title,
        source=" -> ".join(" + ".join(recording.origin.paths) for recording in recordings),
        results=tuple(results),
        notes=tuple(note for recording in recordings for note in recording.notes),
    )


def _title(recording: Recording) -> str:
    title = _TITLES.get(recording.kind, "Profile")
    return f"{title}, difference" if recording.origin.base_paths else title


def _source(recording: Recording) -> str:
    added, subtracted = recording.origin.paths, recording.origin.base_paths
    return " - ".join(" + ".join(paths) for paths in (added, subtracted) if paths)


def kernel_notes() -> tuple[Note, ...]:
    """Loud about kernels that run as plain Python."""
    missing = kernels.missing()
    if not missing:
        return ()
    return (
        Note(
            Severity.FAULT,
            "kernels-not-compiled",
            f"{', '.join(missing)} run as plain Python here: same numbers, many times slower",
            len(missing),
            advice="install a C compiler (gcc) and install gotrace again",
        ),
    )


def encode(recording: Recording) -> bytes:
    """The recording as a gzipped pprof profile; the same recording gives the same bytes.

    Raises UsageError for a log of benchmarks.
    """
    if recording.kind == BENCHMARKS:
        raise UsageError("a log of benchmarks makes no profile; `gotrace convert` makes tables")
    if recording.kind in (ESCAPES, "layouts"):
        raise UsageError("no profile can be made of this; `gotrace convert` makes tables")
    # Reports never write profiles, so they need not load what does.
    from gotrace.readers.pprof.writer import write_profile  # noqa: PLC0415

    return write_profile(recording)
