"""A running service, recorded through its `net/http/pprof`: profiles and a trace at once.

Nobody but the address that was named is talked to: proxies of the environment are left alone (what
a service tells of its memory is not for others), and a redirect leads to the same host and port or
nowhere. What one address of it does wrong (it is not there, hangs, sends too much or no profile)
costs that recording alone.
"""

from __future__ import annotations

import queue
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gotrace import __version__
from gotrace.capture.manifest_file import ManifestFile, made_now, writing
from gotrace.capture.process import signals_unwind
from gotrace.errors import InputError, LimitError, UsageError
from gotrace.readers.fetch import fetch
from gotrace.readers.limits import DEFAULT
from gotrace.tables.manifest import (
    ALLOCATIONS,
    ALLOCS,
    BENCH,
    BLOCK,
    CPU,
    DEFAULT_ARM,
    ESCAPES,
    GOROUTINE,
    HEAP,
    LAYOUTS,
    MANIFEST_NAME,
    MUTEX,
    TRACE,
    Manifest,
    RecordingEntry,
)

__all__ = ["NOT_OF_A_SERVICE", "Look", "ServiceRequest", "record_service"]

Look = Callable[[str, Path], tuple[str, ...]]
"""Looks into a file of a role; what is doubtful in it. Raises InputError for what is none."""

_FOLDER = "service"
_HANDLERS = "/debug/pprof"
_LONGEST_SECONDS = 3600
NOT_OF_A_SERVICE = {
    BENCH: "a service has no benchmarks",
    ALLOCATIONS: "alloc/free events cost too much in a service; its benchmarks can be recorded",
    ESCAPES: "the compiler tells them: `go build -gcflags=-m=2 ./... 2>escapes.txt`",
    LAYOUTS: "they are read from a binary, and a service sends none",
}
"""What `gotrace wrestle` records besides, and why it is not here."""


@dataclass(frozen=True)
class ServiceRequest:
    """`gotrace capture ADDRESS --seconds N` and its bounds."""

    address: str
    seconds: int = 5
    """Of the CPU profile and of the trace, which run at once."""
    timeout_seconds: float = 30.0
    """For each answer, beyond `seconds`."""
    file_bytes: int = 256 << 20
    """What one answer may send."""
    look: Look | None = None
    """What looks into each answer; without it any answer counts."""


@dataclass(frozen=True)
class _Wanted:
    role: str
    place: Path
    url: str


@dataclass(frozen=True)
class _Came:
    """How it went with one of them: `trouble` is empty where the file stands."""

    wanted: _Wanted
    duration_s: float
    notes: tuple[str, ...] = ()
    trouble: str = ""
    fault: InputError | None = None
    """Our own disk's, for which nothing else can be recorded either."""


def record_service(
    request: ServiceRequest, folder: Path, progress: Callable[[int, int], None]
) -> Manifest:
    """Record into `folder`, which is made; `progress` is called with how many of all have ended.

    Raises UsageError for an address that is none, InputError where nothing could be recorded or the
    folder cannot be written. On Ctrl-C what is finished is kept.
    """
    base = _handlers(request.address)
    folder = folder.absolute()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    manifest = ManifestFile(
        folder, Manifest("capture", made_now(), __version__, address=request.address)
    )
    for role, why in NOT_OF_A_SERVICE.items():
        manifest.skip(role, "", why)
    wanted = _all_wanted(base, request.seconds, folder)
    with signals_unwind():
        _fetch_all(wanted, request, manifest, folder, progress)
    if not manifest.manifest.recordings:
        _leave_nothing(folder, wanted)
        first = manifest.manifest.skipped[len(NOT_OF_A_SERVICE)]
        raise InputError(f"nothing could be recorded: {first.role}: {first.why}", source=base)
    return manifest.close()


def _leave_nothing(folder: Path, wanted: list[_Wanted]) -> None:
    """Take away what we made: a manifest of nothing is in the way of the next try."""
    with suppress(OSError):
        (folder / MANIFEST_NAME).unlink()
        for place in {one.place.parent for one in wanted}:
            place.rmdir()
            place.parent.rmdir()
        folder.rmdir()


def _handlers(address: str) -> str:
    """The address of the handlers. Raises UsageError for what is no address."""
    try:
        parts = urllib.parse.urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_user, _ = parts.username is not None, parts.port
    except ValueError as error:
        raise UsageError(f"`{address}` is no address: {error}") from None
    if not is_whole:
        hint = "" if "://" in address else f"; did you mean `http://{address}`?"
        raise UsageError(f"`{address}` is no http(s) address{hint}")
    if has_user or parts.query or parts.fragment:
        raise UsageError(f"`{address}`: name the service alone, such as http://host:6060")
    path = parts.path.rstrip("/")
    if not path.endswith(_HANDLERS):
        path += _HANDLERS
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _all_wanted(base: str, seconds: int, folder: Path) -> list[_Wanted]:
    if not 1 <= seconds <= _LONGEST_SECONDS:
        raise UsageError(f"--seconds is between 1 and {_LONGEST_SECONDS}")
    profiles, traces = folder / "profiles" / _FOLDER, folder / "traces" / _FOLDER
    plain = (HEAP, ALLOCS, GOROUTINE, MUTEX, BLOCK)
    return [
        _Wanted(CPU, profiles / "cpu.pb.gz", f"{base}/profile?seconds={seconds}"),
        _Wanted(TRACE, traces / "trace.out", f"{base}/trace?seconds={seconds}"),
        *(_Wanted(role, profiles / f"{role}.pb.gz", f"{base}/{role}") for role in plain),
    ]


def _fetch_all(
    wanted: list[_Wanted],
    request: ServiceRequest,
    manifest: ManifestFile,
    folder: Path,
    progress: Callable[[int, int], None],
) -> None:
    """All at once, each in a thread; the manifest grows as they end. Raises InputError."""
    came: queue.Queue[_Came] = queue.Queue()
    is_over = threading.Event()
    threads = [
        threading.Thread(target=_fetch_one, args=(one, request, came, is_over), daemon=True)
        for one in wanted
    ]
    try:
        for place in {one.place.parent for one in wanted}:
            with writing(place):
                place.mkdir(parents=True, exist_ok=True)
        for thread in threads:
            thread.start()
        for number in range(len(wanted)):
            progress(number, len(wanted))
            _take(came.get(), manifest, folder)
    finally:
        is_over.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(1.0)
        _keep_what_came(came, manifest, folder)
        for one in wanted:
            with suppress(OSError):
                _partial(one.place).unlink(missing_ok=True)


def _keep_what_came(came: queue.Queue[_Came], manifest: ManifestFile, folder: Path) -> None:
    """Where we are ended in the middle: what had come, but was not written down yet."""
    with suppress(InputError):
        while not came.empty():
            one = came.get()
            if not one.trouble:
                _take(one, manifest, folder)
    manifest.keep()


def _take(one: _Came, manifest: ManifestFile, folder: Path) -> None:
    if one.fault is not None:
        raise one.fault
    if one.trouble:
        manifest.skip(one.wanted.role, "", one.trouble)
        return
    manifest.add(
        RecordingEntry(
            one.wanted.role, "", one.wanted.place.relative_to(folder).as_posix(), DEFAULT_ARM, 1,
            ("GET", one.wanted.url), {}, 0, round(one.duration_s, 3), one.notes,
        )
    )  # fmt: skip


def _fetch_one(
    wanted: _Wanted, request: ServiceRequest, came: queue.Queue[_Came], is_over: threading.Event
) -> None:
    begun = time.monotonic()
    outcome = _Came(wanted, 0.0, trouble="it could not be fetched")
    try:
        notes = _fetched(wanted, request, is_over)
        outcome = _Came(wanted, time.monotonic() - begun, notes)
    except _DiskError as error:
        outcome = replace(outcome, fault=error)
    except InputError as error:
        advice = f"; {error.advice}" if error.advice else ""
        outcome = replace(outcome, trouble=f"{error.reason}{advice}")
    finally:  # whatever happens, nobody must wait in vain
        came.put(outcome)


class _DiskError(InputError):
    """Our own disk refuses."""


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _DiskError(
            f"cannot be written: {error.strerror}",
            source=str(place),
            advice="what was finished before is kept",
        ) from error


def _fetched(wanted: _Wanted, request: ServiceRequest, is_over: threading.Event) -> tuple[str, ...]:
    """Fetch into a file beside, look into it, and put it in its place; what is doubtful in it."""
    limits = replace(DEFAULT, http_seconds=request.timeout_seconds)
    partial = _partial(wanted.place)
    received = 0
    with (
        fetch(wanted.url, limits, is_only_there=True) as answer,
        _disk(wanted.place),
        partial.open("wb") as file,
    ):
        for chunk in answer.chunks():
            received += len(chunk)
            if received > request.file_bytes:
                size = f"{request.file_bytes / (1 << 20):,.0f} MiB"
                raise LimitError(f"it sends more than {size}", advice="raise --max-size")
            if is_over.is_set():
                raise InputError("interrupted")
            file.write(chunk)
    if not received:
        raise InputError("the answer is empty")
    notes = request.look(wanted.role, partial) if request.look is not None else ()
    with _disk(wanted.place):
        partial.replace(wanted.place)
    return notes


def _partial(place: Path) -> Path:
    return place.with_name(f".{place.name}.partial")
