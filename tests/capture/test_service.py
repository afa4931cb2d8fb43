"""Recording a service: what is given is kept, what is not is skipped, and nobody else is asked."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from gotrace.capture.service import NOT_OF_A_SERVICE, ServiceRequest, record_service
from gotrace.errors import InputError, UsageError
from gotrace.readers.manifest import read_manifest
from gotrace.tables.manifest import Manifest
from gotrace.trace_pipeline import look_into_answer
from tests.capture.pprof_server import PAGES, SAMPLES, Server, body, serving

ROLES = {"cpu", "trace", "heap", "allocs", "goroutine", "mutex", "block"}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def record(server: Server, folder: Path, **more: object) -> Manifest:
    given: dict[str, object] = {"seconds": 1, "timeout_seconds": 60.0, "look": look_into_answer}
    request = ServiceRequest(server.address, **(given | more))  # type: ignore[arg-type]
    manifest = record_service(request, folder, lambda done, total: None)
    assert read_manifest(folder) == manifest
    assert not list(folder.rglob("*.partial"))
    return manifest


def why(manifest: Manifest) -> dict[str, str]:
    return {one.role: one.why for one in manifest.skipped if one.role not in NOT_OF_A_SERVICE}


def kept(manifest: Manifest) -> set[str]:
    return {one.role for one in manifest.recordings}


def test_everything_that_a_service_gives_is_kept_as_it_came(server: Server, tmp_path: Path) -> None:
    manifest = record(server, tmp_path / "out")
    assert kept(manifest) == ROLES
    assert why(manifest) == {}
    assert manifest.kind == "capture"
    assert manifest.is_complete
    heap = tmp_path / "out" / "profiles" / "service" / "heap.pb.gz"
    assert heap.read_bytes() == (SAMPLES / "heap.pb.gz").read_bytes()
    assert {"/debug/pprof/profile?seconds=1", "/debug/pprof/trace?seconds=1"} <= set(server.asked)


def test_a_profile_that_is_not_there_costs_itself_alone(server: Server, tmp_path: Path) -> None:
    del server.pages["mutex"]
    server.pages["profile"] = body(
        b"Could not enable CPU profiling: cpu profiling already in use", 500
    )
    manifest = record(server, tmp_path / "out")
    assert kept(manifest) == ROLES - {"mutex", "cpu"}
    assert "404: Unknown profile" in why(manifest)["mutex"]
    assert "already in use" in why(manifest)["cpu"]


def test_a_page_that_hangs_costs_itself_alone(server: Server, tmp_path: Path) -> None:
    server.pages["block"] = lambda request, is_over: (is_over.wait(90), None)[1]
    begun = time.monotonic()
    manifest = record(server, tmp_path / "out", timeout_seconds=6.0)
    assert time.monotonic() - begun < 60
    assert kept(manifest) == ROLES - {"block"}
    assert "no complete answer within 6 s" in why(manifest)["block"]


def test_a_page_that_never_ends_is_given_up(server: Server, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler, is_over: threading.Event) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/octet-stream")
        request.end_headers()
        while not is_over.is_set():
            request.wfile.write(b"\x1f\x8b" * (1 << 16))

    server.pages["heap"] = endless
    manifest = record(server, tmp_path / "out", file_bytes=4 << 20)
    assert kept(manifest) == ROLES - {"heap"}
    assert why(manifest)["heap"].startswith("it sends more than 4 MiB")
    assert not (tmp_path / "out" / "profiles" / "service" / "heap.pb.gz").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the answer is empty"),
        (b"garbage" * 100, "."),
        (gzip.compress(b"\xff" * 100), "."),
        ((SAMPLES / "heap.pb.gz").read_bytes()[:1000], "."),
        (gzip.compress(bytes(1 << 28), 1)[: 1 << 20], "."),
    ],
    ids=["empty", "text", "packed garbage", "cut", "bomb"],
)
def test_what_is_no_profile_is_skipped(
    server: Server, tmp_path: Path, content: bytes, reason: str
) -> None:
    server.pages["heap"] = body(content, Content_Type="application/octet-stream")
    manifest = record(server, tmp_path / "out")
    assert kept(manifest) == ROLES - {"heap"}
    assert reason in why(manifest)["heap"] or reason == "."


def test_a_page_of_html_is_no_profile(server: Server, tmp_path: Path) -> None:
    server.pages["goroutine"] = body(b"<html>", Content_Type="text/html")
    assert "HTML page" in why(record(server, tmp_path / "out"))["goroutine"]


def test_a_trace_that_is_cut_is_kept_with_a_note(server: Server, tmp_path: Path) -> None:
    whole = (SAMPLES / "trace.out").read_bytes()
    server.pages["trace"] = body(whole[: len(whole) // 2])
    manifest = record(server, tmp_path / "out")
    assert next(one for one in manifest.recordings if one.role == "trace").notes


def test_an_address_that_gives_nothing_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.pages.clear()
    with pytest.raises(InputError, match=r"nothing could be recorded: .*404"):
        record(server, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_only_the_address_that_was_named_is_talked_to(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as other:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, other.address)
        monkeypatch.delenv("no_proxy", raising=False)
        server.pages["heap"] = body(b"", 302, Location=f"{other.address}/debug/pprof/heap")
        server.pages["allocs"] = body(b"", 302, Location="/debug/pprof/heap2")
        server.pages["heap2"] = server.pages["block"]
        talked = guarded_sockets(monkeypatch)
        manifest = record(server, tmp_path / "out")
    assert kept(manifest) == ROLES - {"heap"}
    assert "which is not who was asked" in why(manifest)["heap"]
    assert other.asked == []
    assert set(talked) == {("127.0.0.1", server.server_port)}


def guarded_sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that a socket connects to."""
    talked: list[object] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        talked.append(address)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    return talked


def test_our_own_disk_that_fills_is_one_message(server: Server, tmp_path: Path) -> None:
    place = tmp_path / "out" / "profiles" / "service"
    place.mkdir(parents=True)
    (place / ".heap.pb.gz.partial").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"heap\.pb\.gz: cannot be written: No space left"):
        record(server, tmp_path / "out")
    assert not read_manifest(tmp_path / "out").is_complete


def test_handlers_may_be_below_a_path(server: Server, tmp_path: Path) -> None:
    for name in PAGES:
        server.pages[f"/admin/debug/pprof/{name}"] = server.pages.pop(name)
    request = ServiceRequest(f"{server.address}/admin/", 1, 60.0, look=look_into_answer)
    assert kept(record_service(request, tmp_path / "out", lambda *_: None)) == ROLES


@pytest.mark.parametrize(
    "address",
    ["", "host:6060", "ftp://host", "http://", "http://me:x@host", "http://h/?a=1", "http://[", "http://h:x"],
)  # fmt: skip
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError):
        record_service(ServiceRequest(address), tmp_path / "out", lambda *_: None)
    assert not (tmp_path / "out").exists()
