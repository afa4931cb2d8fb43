"""What `go env` says of a toolchain and of the module or workspace around a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gotrace.capture.go_command import GoCommand, last_words
from gotrace.capture.process import CommandError
from gotrace.errors import UsageError
from gotrace.tables.manifest import ToolchainFacts

__all__ = ["check_module", "toolchain_of"]

_NAMES = ("GOVERSION", "GOOS", "GOARCH", "GOEXPERIMENT", "GOFLAGS")
_NO_MODULE = ("", "/dev/null", "NUL")


def toolchain_of(go: GoCommand, flags: Sequence[str] = (), tags: str = "") -> ToolchainFacts:
    """Ask; `flags` are those that change where it looks (`-C`), `tags` are told with its flags.

    Raises UsageError where it is no Go command, CommandError where it fails.
    """
    told = _asked(go, flags, _NAMES)
    if not told["GOVERSION"]:
        raise UsageError(f"`{go.go} env` answers as no Go command does")
    return ToolchainFacts(
        told["GOVERSION"], told["GOOS"], told["GOARCH"], told["GOEXPERIMENT"],
        (*told["GOFLAGS"].split(), *([f"-tags={tags}"] if tags else [])),
    )  # fmt: skip


def check_module(go: GoCommand) -> None:
    """Raise UsageError outside any module; in a workspace a folder above its modules will do."""
    told = _asked(go, (), ("GOMOD", "GOWORK"))
    if told["GOMOD"] in _NO_MODULE and told["GOWORK"] in ("", "off"):
        raise UsageError(f"{go.folder} is in no Go module: run it in a folder with a go.mod above")


def _asked(go: GoCommand, flags: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Settings by name, empty where this Go does not know them."""
    ended = go.run("env", *flags, "-json", *names)
    if not ended.is_good:
        raise CommandError(f"`go env` failed: {last_words(ended)}")
    try:
        told = json.loads(ended.output)
        return {name: str(told.get(name, "")) for name in names}
    except (ValueError, AttributeError):
        raise UsageError(f"`{go.go} env` answers as no Go command does") from None
