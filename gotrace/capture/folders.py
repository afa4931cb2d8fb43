"""Names of folders for packages: their path below the module, with `.` for `/`."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["package_folder", "package_folders"]


def package_folder(path: str, module: str) -> str:
    """The folder of a package: its path below that of its module; of the module's own its name."""
    below = path.removeprefix(f"{module}/") if module else path.rpartition("/")[2]
    short = below if below != path or "/" not in path else path.rpartition("/")[2]
    return short.replace("/", ".") or "package"


def package_folders(paths: Sequence[str], module: str) -> dict[str, str]:
    """Package → folder, none of them twice."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        name = first = package_folder(path, module)
        number = 2
        while name in taken:
            name, number = f"{first}.{number}", number + 1
        taken.add(name)
        found[path] = name
    return found
