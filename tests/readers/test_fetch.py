"""Profiles over http: the answers of a local server, good, bad and endless."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gotrace.errors import InputError, LimitError, TruncatedError, UnrecognisedError
from gotrace.readers import fetch
from gotrace.readers.limits import Limits
from gotrace.readers.sources import open_source

TEXT = b"heap profile: 1: 1 [1: 1] @ heap/1\n" * 1000

Page = Callable[[BaseHTTPRequestHandler], None]


def answer(body: bytes, status: int = 200, kind: str = "text/plain", **headers: str) -> Page:
    """A page with a body; `headers` with `_` for `-`."""

    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in {"Content-Type": kind, **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return page


def redirect(target: str) -> Page:
    return answer(b"", 302, Location=target)


class Server(ThreadingHTTPServer):
    """A server of pages by path; `open_until` lets endless pages end with the test."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.is_over = threading.Event()
        pages, is_over = self.pages, self.is_over

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                (page or answer(b"Unknown profile\n", 404))(self)

            def log_message(self, *_: object) -> None:
                pass

            def dribble(self, piece: bytes) -> None:
                """Write a piece again and again, slowly."""
                while not is_over.wait(0.02):
                    try:
                        self.wfile.write(piece)
                    except OSError:
                        return

        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def test_a_profile_is_fetched_and_unpacked(server) -> None:
    packed = gzip.compress(TEXT)
    server.pages["/debug/pprof/heap"] = answer(packed, kind="application/octet-stream")
    url = server.url("/debug/pprof/heap")
    source = open_source(url)
    assert bytes(source.data) == TEXT
    assert (source.name, source.size_bytes) == (url, len(packed))


def test_redirects_are_followed_and_the_last_address_is_kept(server) -> None:
    server.pages["/heap"] = answer(TEXT)
    server.pages["/old"] = redirect("/older")
    server.pages["/older"] = redirect(server.url("/heap"))
    with fetch.fetch(server.url("/old"), Limits()) as answered:
        assert b"".join(answered.chunks()) == TEXT
    assert answered.url == server.url("/heap")


def test_redirects_in_a_circle_end(server) -> None:
    server.pages["/a"], server.pages["/b"] = redirect("/b"), redirect("/a")
    with pytest.raises(InputError, match="the server answers 302"):
        open_source(server.url("/a"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/heap", "data:,hello"])
def test_redirects_to_other_schemes_are_refused(server, target) -> None:
    server.pages["/heap"] = redirect(target)
    with pytest.raises(InputError, match=r"redirected to .* where gotrace does not go|answers 302"):
        open_source(server.url("/heap"))


def test_a_redirect_from_https_to_http_is_refused() -> None:
    """Asked of the handler itself: a server with a certificate would be all that is tested."""
    request, body = urllib.request.Request("https://host/heap"), io.BytesIO()
    with pytest.raises(InputError, match="redirected to `http://host/heap`"):
        fetch._Redirects().redirect_request(request, body, 302, "", {}, "http://host/heap")
    assert body.closed


def test_the_servers_own_explanation_is_shown(server) -> None:
    """Go's handlers answer errors with a line of text (`net/http/pprof`)."""
    body = b"Could not enable CPU profiling: cpu profiling already in use\nmore\n"
    server.pages["/debug/pprof/profile"] = answer(body, 500)
    with pytest.raises(InputError, match=r"answers 500: Could not enable CPU .* already in use$"):
        open_source(server.url("/debug/pprof/profile"))


def test_an_unknown_profile_is_the_servers_404(server) -> None:
    with pytest.raises(InputError, match="the server answers 404: Unknown profile"):
        open_source(server.url("/debug/pprof/hoop"))


def test_an_explanation_in_control_characters_is_made_readable(server) -> None:
    server.pages["/heap"] = answer(b"\x1b[31mred\x07 \xff", 503)
    with pytest.raises(InputError) as caught:
        open_source(server.url("/heap"))
    assert str(caught.value).isprintable()


def test_an_html_error_page_is_not_quoted(server) -> None:
    server.pages["/heap"] = answer(b"<html>hello</html>", 502, "text/html")
    with pytest.raises(InputError, match="the server answers 502: Bad Gateway"):
        open_source(server.url("/heap"))


def test_the_index_page_leads_to_the_profiles(server) -> None:
    server.pages["/debug/pprof/"] = answer(b"<html></html>", kind="text/html; charset=utf-8")
    with pytest.raises(UnrecognisedError, match="name the profile, such as /debug/pprof/heap"):
        open_source(server.url("/debug/pprof/"))


def test_an_answer_shorter_than_announced_is_truncated(server) -> None:
    server.pages["/heap"] = answer(TEXT[:100], Content_Length="1000")
    with pytest.raises(TruncatedError, match="the answer ends after 100 of 1000 bytes"):
        open_source(server.url("/heap"))


def test_a_broken_chunk_is_one_line(server) -> None:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"5\r\nheap \r\nzz\r\n")

    server.pages["/heap"] = page
    with pytest.raises(InputError, match="cannot be fetched"):
        open_source(server.url("/heap"))


def test_an_endless_answer_stops_at_the_size_limit(server) -> None:
    server.pages["/heap"] = lambda request: (
        answer(b"", Content_Length="99999999")(request),
        request.dribble(b"x" * 5000),
    )
    with pytest.raises(LimitError, match="more than 9000 bytes stored"):
        open_source(server.url("/heap"), Limits(compressed_bytes=9000))


@pytest.mark.parametrize("piece", [b"", b"x"], ids=["silent", "dribbling"])
def test_a_slow_answer_stops_at_the_deadline(server, piece) -> None:
    """Each byte comes in time, all of them do not."""
    server.pages["/heap"] = lambda request: (
        answer(b"", Content_Length="99999999")(request),
        request.dribble(piece),
    )
    with pytest.raises(LimitError, match=r"no complete answer within 0\.2 s.*`http_seconds`"):
        open_source(server.url("/heap"), Limits(http_seconds=0.2))


def test_slow_headers_stop_at_the_deadline(server) -> None:
    server.pages["/heap"] = lambda request: request.dribble(b"H")
    with pytest.raises(InputError, match=r"no complete answer within 0\.2 s"):
        open_source(server.url("/heap"), Limits(http_seconds=0.2))


def test_the_time_that_the_address_asks_for_is_added_to_the_deadline(server) -> None:
    def page(request: BaseHTTPRequestHandler) -> None:
        server.is_over.wait(0.3)
        answer(TEXT)(request)

    server.pages["/debug/pprof/profile"] = page
    url = server.url("/debug/pprof/profile?debug=1&seconds=5")
    assert bytes(open_source(url, Limits(http_seconds=0.1)).data) == TEXT


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("http://h/debug/pprof/profile", 30),
        ("http://h/debug/pprof/profile?debug=0", 30),
        ("http://h/debug/pprof/profile?seconds=5", 5),
        ("http://h/debug/pprof/heap", 0),
        ("http://h/debug/pprof/heap?gc=1&seconds=60", 60),
        ("http://h/debug/pprof/heap?seconds=abc", 0),
        ("http://h/debug/pprof/heap?myseconds=9", 0),
    ],
)
def test_addresses_tell_how_long_they_record(monkeypatch, url, seconds) -> None:
    """A CPU profile takes 30 s when nobody says how long (`net/http/pprof`, Profile)."""
    deadlines: list[float] = []
    monkeypatch.setattr(fetch, "Answer", lambda _url, deadline, *_: deadlines.append(deadline))
    monkeypatch.setattr(fetch.time, "monotonic", lambda: 1000.0)
    fetch.fetch(url, Limits(http_seconds=1))
    assert deadlines == [1001 + seconds]


def test_a_host_that_does_not_answer_is_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = unused.getsockname()[1]
        with pytest.raises(InputError, match="cannot be fetched: Connection refused"):
            open_source(f"http://127.0.0.1:{port}/heap")


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///heap",
        "http://127.0.0.1:port/heap",
        "http://127.0.0.1:99999/heap",
        "http://127.0.0.1:1/he ap",
        "http://127.0.0.1:1/h\u00e9ap",
        "http://127.0.0.1:1/heap\r\nX: y",
        "http://[::1/heap",
        "http://" + "x" * 300 + "/",
        "http://user:password@127.0.0.1/heap",
    ],
)
def test_a_senseless_address_is_one_line(url) -> None:
    with pytest.raises(InputError) as caught:
        open_source(url, Limits(http_seconds=5))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "is_followed"),
    [
        ("http://HOST/heap", True),
        ("http://host:80/heap", True),
        ("http://host:8080/heap", False),
        ("https://host/heap", False),
        ("http://host.example/heap", False),
    ],
)
def test_who_asks_only_there_is_led_nowhere_else(target: str, is_followed: bool) -> None:
    request, body = urllib.request.Request("http://host/debug/pprof/heap"), io.BytesIO()
    handler = fetch._RedirectsThere()
    if is_followed:
        assert handler.redirect_request(request, body, 302, "", {}, target) is not None
    else:
        with pytest.raises(InputError, match="which is not who was asked"):
            handler.redirect_request(request, body, 302, "", {}, target)
