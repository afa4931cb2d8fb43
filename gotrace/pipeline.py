"""The whole program: read, compare, analyse; each step a call, each call a pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gotrace import kernels
from gotrace.analyses.heap import analyse_heap
from gotrace.analyses.overview import overview
from gotrace.analyses.top import top
from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked, is_trace
from gotrace.readers.peek import peek as peek_one
from gotrace.readers.profile import read_profile
from gotrace.tables.merging import merge, subtract
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording
from gotrace.units import parse_bytes
from gotrace.views.report import Report

__all__ = [
    "Peeked",
    "compare",
    "encode",
    "kernel_notes",
    "limits",
    "merge",
    "peek",
    "read",
    "report",
]

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
    return replace(DEFAULT, compressed_bytes=size, decompressed_bytes=size)


def peek(*sources: str, limits: Limits = DEFAULT) -> list[Peeked]:
    """Look whether the sources are traces; `read` takes them then as it takes their names.

    One source alone tells by its content. Of several an address tells by its path: each answer has
    its own deadline, and must not wait for the others.
    """
    _check_names(sources)
    if len(sources) == 1:
        return [peek_one(sources[0], limits)]
    return [peek_one(s, limits) if s == "-" else Peeked(s, is_trace(s)) for s in sources]


def _check_names(sources: Iterable[str]) -> None:
    if Counter(sources)["-"] > 1:
        raise UsageError("standard input (`-`) can be read only once")


def read(*sources: str | Path | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read one profile, or several added up as pprof adds them.

    A source is a path, `-` (standard input), an http(s) address, or a folder that
    `gotrace convert` wrote. Raises InputError for what cannot be read and UsageError for profiles
    that do not add up.
    """
    _check_names(map(str, sources))
    return merge([_read_one(source, limits) for source in sources])


def _read_one(source: str | Path | Peeked, limits: Limits) -> Recording:
    name = str(source)
    if name not in ("", "-") and Path(name).is_dir():
        # Parquet costs 0.2 s to import, and only folders need it.
        from gotrace.tables.store import load  # noqa: PLC0415

        return load(name)
    return read_profile(source if isinstance(source, Peeked) else name, limits)


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
    _check_names([*recording.origin.paths, *base, *diff_base])
    return subtract(
        recording,
        read(*(base or diff_base), limits=limits),
        label_base=bool(diff_base),
        normalize=normalize,
    )


def report(recording: Recording, options: TopOptions | None = None, *, runtime: str = "") -> Report:
    """Everything gotrace has to say about a profile.

    `options` are pprof's flags for the top table; `runtime` names the Go version that recorded it
    (for the size class table). Raises UsageError when they do not fit the recording.
    """
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
    """The recording as a gzipped pprof profile; the same recording gives the same bytes."""
    # Reports never write profiles, so they need not load what does.
    from gotrace.readers.pprof.writer import write_profile  # noqa: PLC0415

    return write_profile(recording)
