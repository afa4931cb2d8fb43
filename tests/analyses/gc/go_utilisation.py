"""Go's own computation of mutator utilisation, to compare with: built from the toolchain.

Twice: as it is, and mended where it does not do what its comments say (see `MENDED`).
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.goroots import GOROOTS

__all__ = ["GoAnswer", "go_says"]

SOURCE = Path(__file__).parent / "go_mmu" / "main.go"

MENDED = (
    # The distribution is left empty where no worst windows are asked for, as MUD does.
    ("\tif acc.nWorst == 0 {\n", "\tif acc.nWorst == 0 && acc.mud == nil {\n"),
    (
        "\tif len(acc.wHeap) < acc.nWorst || mu < acc.wHeap[0].MutatorUtil {\n",
        "\tif acc.nWorst > 0 && (len(acc.wHeap) < acc.nWorst || mu < acc.wHeap[0].MutatorUtil) {\n",
    ),
    ("\t\tacc.bound = 1.0\n\t} else {\n", "\t\tacc.bound = 1.0\n\t} else if acc.nWorst > 0 {\n"),
    # A stop that began before GOMAXPROCS was told ends without having counted.
    ("\t\t\t\tstw--\n", "\t\t\t\tstw = max(stw-1, 0)\n"),
    # A worker whose label comes after its start counts a second time, and is one for ever.
    (
        "\t\t\t\t\tbgMark[ev.Goroutine()] = true\n\t\t\t\t\tps[ev.Proc()].gc++\n\t\t\t\t}\n",
        "\t\t\t\t\tif !bgMark[ev.Goroutine()] {\n\t\t\t\t\t\tps[ev.Proc()].gc++\n\t\t\t\t\t}\n"
        "\t\t\t\t\tbgMark[ev.Goroutine()] = true\n\t\t\t\t} else if bgMark[ev.Goroutine()] {\n"
        "\t\t\t\t\tdelete(bgMark, ev.Goroutine())\n\t\t\t\t\tps[ev.Proc()].gc--\n\t\t\t\t}\n"
        "\t\t\t} else if flags&UtilBackground != 0 && bgMark[ev.Goroutine()] {\n"
        "\t\t\t\tdelete(bgMark, ev.Goroutine())\n\t\t\t\tps[ev.Proc()].gc--\n",
    ),
    (
        "\t\t\tstates[g] = new\n",
        "\t\t\tif new == GoWaiting {\n\t\t\t\tdelete(bgMark, g)\n\t\t\t}\n\t\t\tstates[g] = new\n",
    ),
)  # fmt: skip
"""(text of `internal/trace/gc.go`, what stands there instead)."""


@dataclass(frozen=True)
class GoAnswer:
    """What `go_mmu` prints."""

    Times: list[list[int]]
    Utils: list[list[float]]
    MMU: list[float]
    Quantiles: list[list[float]]


def go_says(
    trace: Path, flags: int, ratios: Sequence[float], windows: Sequence[int], *, mended: bool
) -> GoAnswer:
    """Steps of every function, and of every window the minimum and the quantiles."""
    words = [str(flags), ",".join(map(str, ratios)), ",".join(map(str, windows))]
    with trace.open("rb") as file:
        run = subprocess.run([_built(mended), *words], stdin=file, capture_output=True, check=True)
    return GoAnswer(**json.loads(run.stdout))


@cache
def _built(mended: bool) -> Path:
    """Build once a machine and toolchain."""
    root = GOROOTS[0].path
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    changed = max(int(Path(file).stat().st_mtime) for file in (SOURCE, __file__))
    version = (root / "VERSION").read_text().split()[0]
    binary = folder / f"go_mmu-{'mended-' if mended else ''}{version}-{changed}"
    with (folder / "go_mmu.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            _build(root, folder, binary, mended)
    return binary


def _build(root: Path, folder: Path, binary: Path, mended: bool) -> None:
    replace = {str(root / "src/cmd/gotracemmu/main.go"): str(SOURCE)}
    if mended:
        home = root / "src/internal/trace/gc.go"
        text = home.read_text()
        for old, new in MENDED:
            assert text.count(old) == 1, f"{home} has not once {old!r}"
            text = text.replace(old, new)
        changed = folder / "go_mmu_gc.go"
        changed.write_text(text)
        replace[str(home)] = str(changed)
    overlay = folder / "go_mmu.json"
    overlay.write_text(json.dumps({"Replace": replace}))
    made = binary.with_suffix(".new")
    subprocess.run(
        [root / "bin/go", "build", "-overlay", overlay, "-o", made, "cmd/gotracemmu"],
        cwd=root / "src",
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"},
        check=True,
    )
    made.rename(binary)
