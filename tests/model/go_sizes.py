"""A Go program that allocates every size and says what the runtime did, built by any toolchain."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.goroots import GoRoot

__all__ = ["Line", "observed"]

SOURCE = Path(__file__).parent / "go_programs" / "sizes.go"
LARGEST_CONSTANT = 136
PER_CONSTANT = 240


class Line(NamedTuple):
    """One line of the program's output: see the comment at its top."""

    what: str
    size: int
    has_pointers: bool
    rest: tuple[int, ...]


@cache
def observed(root: GoRoot) -> tuple[Line, ...]:
    """Everything that the program prints, run once a test process and toolchain."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [_binary(root)], env=environment, capture_output=True, text=True, check=True
    )
    return tuple(_lines(done.stdout))


def _lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        what, size, has_pointers, *rest = line.split()
        yield Line(what, int(size), has_pointers == "true", tuple(map(int, rest)))


def _constants() -> str:
    """A call for each size that the compiler knows: go1.27 has functions of their own for them."""
    calls = "\n".join(
        f"\ttook, _, _ = measure({PER_CONSTANT}, func() {{ sink{size} = new([{size}]byte) }})\n"
        f'\tfmt.Fprintln(out, "const", {size}, false, took)\n'
        f"\ttook, _, _ = measure({PER_CONSTANT}, func() {{ scan{size} = new([{size}]*byte) }})\n"
        f'\tfmt.Fprintln(out, "const", {8 * size}, true, took)'
        for size in range(1, LARGEST_CONSTANT + 1)
    )
    sinks = "\n".join(
        f"\tsink{size} *[{size}]byte\n\tscan{size} *[{size}]*byte"
        for size in range(1, LARGEST_CONSTANT + 1)
    )
    return (
        'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n)\n\n'
        f"var (\n{sinks}\n)\n\n"
        f"func constants(out *bufio.Writer) {{\n\tvar took uint64\n{calls}\n}}\n"
    )


def _binary(root: GoRoot) -> Path:
    """Built once a machine and toolchain."""
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    changed = max(int(path.stat().st_mtime) for path in (SOURCE, Path(__file__)))
    binary = folder / f"go_sizes-{(root.path / 'VERSION').read_text().split()[0]}-{changed}"
    with (folder / "go_sizes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            sources = folder / "go_sizes"
            sources.mkdir(exist_ok=True)
            (sources / "main.go").write_text(SOURCE.read_text())
            (sources / "constants.go").write_text(_constants())
            made = binary.with_suffix(".new")
            environment = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
            subprocess.run(
                [root.go, "build", "-o", made, "main.go", "constants.go"],
                cwd=sources,
                env={**os.environ, **environment},
                check=True,
            )
            made.rename(binary)
    return binary
