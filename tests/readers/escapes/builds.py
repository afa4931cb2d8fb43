"""Go's own output of escape analysis: one build that prints text and writes JSON."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.goroots import GOROOTS, GoRoot

__all__ = ["OLD_AND_NEW", "ROOTS", "Build", "build", "go_environment"]

ROOTS = list({root.version.minor: root for root in GOROOTS}.values())
"""One toolchain of each version."""

OLD_AND_NEW = [root for root in ROOTS if root.version.minor in (21, 23, 25, 27)]
"""The versions that the standard library is read of, as far as they are there."""


@dataclass(frozen=True)
class Build:
    """What a build left: text of `-m=2` as bytes, and the folder of `-json=0`."""

    text: Path
    folder: Path

    @property
    def lines(self) -> list[str]:
        """The text's lines, as Go wrote them."""
        return self.text.read_bytes().decode("utf-8").split("\n")[:-1]

    def lines_at(self, line: int) -> str:
        """What the text says of a line of the sources' only file."""
        return "\n".join(said for said in self.lines if f":{line}:" in said.partition(" ")[0])


def go_environment() -> dict[str, str]:
    """What the go command needs, and nothing that fetches."""
    names = ("PATH", "HOME", "GOCACHE", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    own = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "", "GO111MODULE": "auto"}
    return kept | own


def build(root: GoRoot, package: str, folder: Path, flags: str = "-m=2") -> Build:
    """Compile `package` (an import path, or a folder) and keep what the compiler says.

    The name of the folder is part of the flags, so nothing comes out of the build cache.
    """
    made = folder / f"{root.version}"
    made.mkdir()
    work = Path(package) if Path(package).is_dir() else folder
    command = [
        root.go, "build", f"-gcflags={flags} -json=0,file://{made / 'json'}",
        "-o", os.devnull, "." if work != folder else package,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=work, env=go_environment(), stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    text = made / "escapes.txt"
    text.write_bytes(done.stderr)
    return Build(text, made / "json")
