"""A service as it should not be: pages of `/debug/pprof` by name, good, bad and endless."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["PAGES", "Page", "Server", "body", "serving"]

Page = Callable[[BaseHTTPRequestHandler, threading.Event], None]
SAMPLES = Path(__file__).parents[2] / "sample_traces" / "service" / "go1.27"
PAGES = ("profile", "trace", "heap", "allocs", "goroutine", "mutex", "block")


def body(content: bytes, status: int = 200, **headers: str) -> Page:
    """A page with a whole answer."""

    def page(request: BaseHTTPRequestHandler, _: threading.Event) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        for name, value in ({"Content-Type": "text/plain"} | headers).items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return page


class Server(ThreadingHTTPServer):
    """`pages` by their names; `asked` are the paths that were."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {
            name: body((SAMPLES / file).read_bytes(), Content_Type="application/octet-stream")
            for name, file in [("profile", "cpu.pb.gz"), ("trace", "trace.out")]
            + [(name, f"{name}.pb.gz") for name in PAGES[2:]]
        }
        self.asked: list[str] = []
        self.is_over = threading.Event()
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own.asked.append(self.path)
                name = self.path.removeprefix("/debug/pprof/").partition("?")[0]
                page = own.pages.get(name) or body(b"Unknown profile\n", 404)
                with suppress(OSError):
                    page(self, own.is_over)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving() -> Iterator[Server]:
    """A server until the end of the block."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()
