"""Where the project of a budget file is: its module from go.mod, its repository from `.git`."""

from __future__ import annotations

import re
from pathlib import Path

from gotrace.views.budget.paths import Project

__all__ = ["project_of"]

_MODULE = re.compile(r'^module[ \t]+(?:"([^"\s]+)"|([^"\s]+))', re.M)
_LARGEST_MOD = 1 << 20


def project_of(budget_file: str | Path) -> Project:
    """The project around `gotrace.toml`; the repository is the nearest folder with `.git` in it.

    Without one, the module's folder counts as the repository. Reads go.mod, and nothing else;
    never raises for files that are missing or odd.
    """
    file = Path(budget_file).absolute()
    module_folder = next(
        (folder for folder in file.parents if (folder / "go.mod").is_file()), file.parent
    )
    repository = next(
        (folder for folder in file.parents if (folder / ".git").exists()), module_folder
    )
    if not module_folder.is_relative_to(repository):
        repository = module_folder
    folder = module_folder.relative_to(repository).as_posix()
    return Project(
        repository.as_posix(),
        "" if folder == "." else folder,
        _module(module_folder / "go.mod"),
        file.relative_to(repository).as_posix() if file.is_relative_to(repository) else "",
    )


def _module(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_MOD).decode("utf-8", "replace")
    except OSError:
        return ""
    found = _MODULE.search(text)
    return (found[1] or found[2]) if found else ""
