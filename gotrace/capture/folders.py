"""Names of folders for packages: their path below the module, with `.` for `/`."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["package_folder", "package_folders"]


def package_folder(path: str, module: str) -> str:
    """The folder of a package: its path below that of its module; of the module's own its name."""
    below = path.removeprefix(f"{module}/") if module else path.rpartition("/")[2]
    short = below if below != path or "/" not in path else path.rpartition("/")[2]
    return short.replace("/", ".") or "package"


def package_folders(packages: Iterable[tuple[str, str]], reserved: str = "") -> dict[str, str]:
    """Package → folder, none of them twice nor `reserved`; `packages` are (path, module)."""
    found: dict[str, str] = {}
    taken = {reserved}
    for path, module in packages:
        name = first = package_folder(path, module)
        number = 2
        while name in taken:
            name, number = f"{first}.{number}", number + 1
        taken.add(name)
        found[path] = name
    return found
