"""A Python that has imported all of gotrace, and forks for every command that a test runs.

Most of what a short command costs is to import: half a second of CPU time, hundreds of times over.
A fork is a process of its own still, with its arguments, folder, standard streams and exit code,
and ends as any interpreter does. Only what a command imports by itself is not seen here: that is
asked of fresh interpreters by tests/test_imports.py and tests/test_docs.py.

This file runs in the server: `python -P fork_server.py NUMBER`, a Unix socket's. There a request is
three file descriptors and a line of JSON, and the answer a line with the exit code.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import socket
import sys
from importlib import import_module

import gotrace

__all__: list[str] = []

LEFT_OUT = ("gotrace.__main__", "gotrace.kernels.plain")


def preload() -> None:
    """Import every module of gotrace, and with them what they need."""
    # As `gotrace` does, before NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for module in pkgutil.walk_packages(gotrace.__path__, "gotrace."):
        if not module.name.startswith(LEFT_OUT):
            import_module(module.name)
    gc.freeze()


def next_command(requests: socket.socket) -> list[str]:
    """Answer requests until there are no more; in the child of each, return its arguments."""
    while True:
        line, descriptors, _, _ = socket.recv_fds(requests, 1 << 16, 3)
        while line and not line.endswith(b"\n"):
            line += requests.recv(1 << 16)
        if not line:
            sys.exit(0)
        if child := os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
            _, status = os.waitpid(child, 0)
            requests.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            continue
        requests.close()
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
            os.close(descriptor)
        arguments: list[str] = json.loads(line)
        os.chdir(arguments.pop(0))
        return arguments


if __name__ == "__main__":
    preload()
    sys.argv[1:] = next_command(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("gotrace", run_name="__main__", alter_sys=True)
