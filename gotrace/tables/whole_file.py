"""A file appears whole or not at all: it is written beside its place and moved there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["partial_file", "write_whole"]

_LONGEST_NAME = 100


def partial_file(path: Path, data: bytes) -> Path:
    """A file beside `path` with `data` in it, to be moved to `path`. Raises OSError."""
    prefix = f".{path.name[:_LONGEST_NAME]}."
    handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        partial.chmod(0o644)  # mkstemp's are for their owner alone
    except BaseException:  # Ctrl-C too leaves nothing behind
        partial.unlink(missing_ok=True)
        raise
    return partial


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of what `path` holds, if anything. Raises OSError."""
    partial = partial_file(path, data)
    try:
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
