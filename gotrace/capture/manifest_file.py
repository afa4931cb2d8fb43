"""The manifest while a recording is under way: on disk after every step, whole at every moment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gotrace.errors import InputError
from gotrace.tables.manifest import MANIFEST_NAME, Manifest, RecordingEntry, Skipped

__all__ = ["ManifestFile", "made_now", "writing"]


class ManifestFile:
    """A manifest that grows; every change is written at once, beside it first and then renamed.

    Raises InputError where the folder cannot be written; what was there before is then whole.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._path = folder / MANIFEST_NAME
        self.manifest = manifest
        self._write()

    def add(self, entry: RecordingEntry) -> None:
        """A recording is finished; one of the same file takes the place of the one before."""
        others = [one for one in self.manifest.recordings if one.path != entry.path]
        self._change(recordings=(*others, entry))

    def skip(self, role: str, package: str, why: str) -> None:
        """A recording is not to be had; control characters of a program's words are left out."""
        told = "".join(c if c.isprintable() else " " for c in why)
        self._change(skipped=(*self.manifest.skipped, Skipped(role, package, told)))

    def of_packages(self, packages: Sequence[str]) -> None:
        """The packages that are recorded are known."""
        self._change(packages=tuple(packages))

    def close(self) -> Manifest:
        """The recording came to its end."""
        self._change(is_complete=True)
        return self.manifest

    def keep(self) -> None:
        """Write once more what is known: a signal may have come in the middle of writing."""
        with suppress(InputError):
            self._write()

    def _change(self, **fields: Any) -> None:
        self.manifest = replace(self.manifest, **fields)
        self._write()

    def _write(self) -> None:
        text = json.dumps(asdict(self.manifest), indent=2, ensure_ascii=False) + "\n"
        partial = self._path.with_name(f".{self._path.name}.partial")
        with writing(self._path):
            try:
                with partial.open("wb") as file:
                    file.write(text.encode("utf-8", "backslashreplace"))
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(self._path)
            finally:  # also where a signal ends us in the middle
                with suppress(OSError):
                    partial.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what keeps us from writing `path` into an InputError that names it."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}",
            source=str(path),
            advice="what was finished before is kept",
        ) from error


def made_now() -> str:
    """The time of now, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
