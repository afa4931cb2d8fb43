"""What `go env` says of a toolchain and of the module around a folder."""

from __future__ import annotations

import json
from pathlib import Path

from gotrace.capture.module_packages import GoCommand, last_words
from gotrace.capture.process import CommandError
from gotrace.errors import UsageError
from gotrace.tables.manifest import ToolchainFacts

__all__ = ["toolchain_facts"]

_NAMES = ("GOVERSION", "GOOS", "GOARCH", "GOEXPERIMENT", "GOFLAGS", "GOMOD")


def toolchain_facts(go: GoCommand, tags: str) -> ToolchainFacts:
    """Ask in the folder. Raises UsageError outside a module, CommandError where `go env` fails."""
    ended = go.run("env", "-json", *_NAMES)
    if not ended.is_good:
        raise CommandError(f"`go env` failed: {last_words(ended)}")
    try:
        told = json.loads(ended.output)
        given = {name: str(told.get(name, "")) for name in _NAMES}
    except (ValueError, AttributeError):
        raise UsageError(f"`{go.go} env` answers as no Go command does") from None
    if given["GOMOD"] in ("", "/dev/null", "NUL"):
        raise UsageError(
            f"{Path(go.folder)} is in no Go module: run it in a folder with a go.mod above"
        )
    return ToolchainFacts(
        given["GOVERSION"], given["GOOS"], given["GOARCH"], given["GOEXPERIMENT"],
        (*given["GOFLAGS"].split(), *([f"-tags={tags}"] if tags else [])),
    )  # fmt: skip
