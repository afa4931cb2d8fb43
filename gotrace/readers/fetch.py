"""Profiles from a running program: GET an http(s) address under a deadline for the whole answer."""

from __future__ import annotations

import contextlib
import http.client
import queue
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any

from gotrace.errors import InputError, LimitError, TruncatedError, UnrecognisedError
from gotrace.readers.limits import Limits

__all__ = ["Answer", "fetch"]

_CHUNK_BYTES = 256 << 10
_QUEUED_CHUNKS = 8
_REDIRECTS = 5
_GRACE_SECONDS = 1.0
_EXPLANATION_BYTES = 4096
_SECONDS = re.compile(r"[?&]seconds=([0-9]{1,9})(?:[&#]|$)")
_DEFAULT_SECONDS = re.compile(r"/debug/pprof/profile(?:[?#]|$)")
_PORTS = {"http": 80, "https": 443}
_GO_CPU_SECONDS = 30  # what net/http/pprof records when nobody says how long

_FAILURES = (OSError, http.client.HTTPException, ValueError)
"""What urllib raises for bad addresses, hosts, certificates and answers; ValueError: bad URLs."""


def fetch(url: str, limits: Limits, *, is_only_there: bool = False) -> Answer:
    """Start to GET `url`; the answer's bytes come from `Answer.chunks`.

    With `is_only_there` no other host is talked to: no proxy of the environment, and no redirect to
    another host or port.

    All of it must arrive within `limits.http_seconds`, beyond the recording time that the address
    asks for (`?seconds=`). Redirects go to http or https only, and never from https to http.
    Raises InputError with the server's own explanation where there is one.
    """
    try:
        has_user = urllib.parse.urlsplit(url).username is not None
    except ValueError as error:
        raise InputError(f"cannot be fetched: {_cause(error)}") from None
    if has_user:
        raise InputError("addresses with a user name are not read")
    deadline = time.monotonic() + limits.http_seconds + _recording_seconds(url)
    return Answer(url, deadline, limits, is_only_there)


def _recording_seconds(url: str) -> int:
    match = _SECONDS.search(url)
    if match is not None:
        return int(match[1])
    return _GO_CPU_SECONDS if _DEFAULT_SECONDS.search(url) else 0


class Answer:
    """The answer to one GET; a context manager that gives up the connection at its end.

    A thread of its own reads, for no timeout of sockets covers looking up a name, or a server that
    sends a byte a second. `url` is the address that answered, known once `chunks` has begun.
    """

    def __init__(
        self, url: str, deadline: float, limits: Limits, is_only_there: bool = False
    ) -> None:
        """Start the thread; `deadline` is in the terms of `time.monotonic`."""
        self.url = url
        self._is_only_there = is_only_there
        self._deadline = deadline
        self._limits = limits
        self._queue: queue.Queue[bytes | Exception] = queue.Queue(_QUEUED_CHUNKS)
        self._is_abandoned = threading.Event()
        # A daemon: one that still waits for a host must not keep the program from ending.
        threading.Thread(target=self._read, name="gotrace-fetch", daemon=True).start()

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_abandoned.set()
        with contextlib.suppress(queue.Empty):
            self._queue.get_nowait()

    def chunks(self) -> Iterator[bytes]:
        """The content as it arrives. Raises InputError."""
        while True:
            left = self._deadline - time.monotonic()
            try:
                item = self._queue.get(timeout=max(left, 0))
            except queue.Empty:
                raise LimitError(
                    f"no complete answer within {self._limits.http_seconds:g} s",
                    advice="is the program busy? (limit `http_seconds`)",
                ) from None
            if isinstance(item, Exception):
                raise item
            if not item:
                return
            yield item

    def _read(self) -> None:
        # Whatever happens, the reader must not wait in vain.
        outcome: bytes | Exception = InputError("cannot be fetched")
        try:
            for chunk in self._answer():
                self._give(chunk)
                if self._is_abandoned.is_set():
                    return
            outcome = b""
        except InputError as error:
            outcome = error
        except _FAILURES as error:
            outcome = InputError(f"cannot be fetched: {_cause(error)}")
        finally:
            self._give(outcome)

    def _give(self, item: bytes | Exception) -> None:
        """Hand over to the reader, unless it left."""
        while not self._is_abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=0.2)
                return

    def _answer(self) -> Iterator[bytes]:
        # Later than the reader's own deadline, which says which limit it was.
        timeout = max(self._deadline - time.monotonic(), 0) + _GRACE_SECONDS
        request = urllib.request.Request(self.url, headers={"User-Agent": "gotrace"})
        try:
            response = _opener(self._is_only_there).open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error) from None
        with response:
            self.url = response.geturl()
            if response.headers.get_content_type() == "text/html":
                raise UnrecognisedError(
                    "the answer is an HTML page, not a profile",
                    advice="name the profile, such as /debug/pprof/heap",
                )
            yield from _content(response)


def _content(response: http.client.HTTPResponse) -> Iterator[bytes]:
    expected = response.length
    received = 0
    while chunk := response.read1(_CHUNK_BYTES):
        received += len(chunk)
        yield chunk
    if expected is not None and received < expected:
        raise TruncatedError(
            f"the answer ends after {received} of {expected} bytes", advice="fetch it again"
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, to http and https, and not from https to http."""

    max_redirections = _REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme == "http"):
            fp.close()
            raise InputError(f"redirected to `{newurl[:200]}`, where gotrace does not go")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _RedirectsThere(_Redirects):
    """Follow redirects to the same host and port only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        if _server(newurl) != _server(req.full_url):
            fp.close()
            raise InputError(f"redirected to `{newurl[:200]}`, which is not who was asked")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _server(url: str) -> tuple[str, str, int]:
    """Whom an address asks: scheme, host and port."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def _opener(is_only_there: bool = False) -> urllib.request.OpenerDirector:
    """An opener for http and https alone: no ftp, no file, no data addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        *(() if is_only_there else (urllib.request.ProxyHandler,)),
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _RedirectsThere if is_only_there else _Redirects,
    ):
        opener.add_handler(handler())
    return opener


def _refused(error: urllib.error.HTTPError) -> InputError:
    """The status, and the first line of the body: Go's handlers say there what is wrong."""
    explanation = ""
    if error.headers.get_content_type() == "text/plain":
        with contextlib.suppress(*_FAILURES):
            explanation = _first_line(error.read(_EXPLANATION_BYTES))
    reason = explanation or error.reason or "no reason given"
    return InputError(f"the server answers {error.code}: {reason}")


def _first_line(body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    line = text.splitlines()[0] if text else ""
    return "".join(c if c.isprintable() else "?" for c in line[:200])


def _cause(error: Exception) -> str:
    """The reason inside urllib's wrappers, in one line."""
    if isinstance(error, urllib.error.URLError):
        return _cause(error.reason) if isinstance(error.reason, Exception) else str(error.reason)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())[:200]
