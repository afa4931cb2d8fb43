"""Files of a profile → files of the repository, which is what annotations and SARIF can point at.

A profile names files as the compiler saw them: `/builds/ci/builds/app/store/cache.go`, or with
`-trimpath` `example.com/app/store/cache.go`; of the standard library and of dependencies there is
no line in the repository. A function tells more than a path that another machine wrote: its
package's import path, without the module's, is the folder (`cmd/internal/objabi.PathToPrefix`
escapes its dots).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gotrace.tables.budget import Place, Site, Verdict
from gotrace.tables.function_names import package_of
from gotrace.views.budget.words import NAMED_SITES

__all__ = ["UNKNOWN", "Project", "first_site", "sites_of"]

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


@dataclass(frozen=True)
class Project:
    """Where the module is: `root` is the repository's folder (absolute), `folder` the module's in
    it (`services/shop`, or empty), `module` its path in go.mod, `budget_file` relative to `root`.

    All empty for a project of which nothing is known: then relative paths stand as they are.
    """

    root: str = ""
    folder: str = ""
    module: str = ""
    budget_file: str = ""

    def site(self, site: Site) -> str:
        """The path of the site's file relative to the root; empty where it is not in it."""
        file = _with_slashes(site.file)
        if not file or not site.line > 0:
            return ""
        if self.module and file.startswith(f"{self.module}/"):
            return self._inside(posixpath.join(self.folder, file[len(self.module) + 1 :]))
        if self.root and file.startswith(self.root.rstrip("/") + "/"):
            return self._inside(file[len(self.root.rstrip("/")) + 1 :])
        package = self._package_folder(site.function)
        if package is not None:
            return self._inside(posixpath.join(self.folder, package, posixpath.basename(file)))
        is_known = bool(self.root or self.module)
        return "" if is_known or _is_absolute(file) else self._inside(file)

    def budget(self, place: Place) -> str:
        """The path of the budget file relative to the root; empty where it is not in it."""
        if self.budget_file:
            return self.budget_file
        file = _with_slashes(place.file)
        return "" if not file or _is_absolute(file) else self._inside(file)

    def _package_folder(self, function: str) -> str | None:
        """The folder below the module's of a function of the module; None of any other."""
        package = package_of(function)
        if not self.module or not package:
            return None
        if package == self.module:
            return ""
        is_inside = package.startswith(f"{self.module}/")
        return package[len(self.module) + 1 :] if is_inside else None

    @staticmethod
    def _inside(path: str) -> str:
        """The path without detours; empty if it leads out."""
        path = posixpath.normpath(path)
        return "" if path in (".", "..") or path.startswith(("../", "/")) else path


UNKNOWN = Project()


def sites_of(verdict: Verdict) -> Iterator[Site]:
    """Whom to look at, most responsible first: what grew since the baseline, then what is large.

    No place comes twice.
    """
    sign = -1.0 if verdict.budget.metric.is_better_higher else 1.0
    grown = [site for site, change in verdict.changed_sites if sign * change > 0]
    seen = set()
    for site in (*grown, *(verdict.measure.sites[:NAMED_SITES] if verdict.measure else ())):
        if (place := (site.file, site.line, site.function)) not in seen:
            seen.add(place)
            yield site


def first_site(verdict: Verdict, project: Project) -> tuple[Site, str] | None:
    """The most responsible site that is in the project, and its path there."""
    places = ((site, project.site(site)) for site in sites_of(verdict))
    return next(((site, path) for site, path in places if path), None)


def _with_slashes(file: str) -> str:
    return file.replace("\\", "/") if _DRIVE.match(file) else file


def _is_absolute(file: str) -> bool:
    return file.startswith("/") or _DRIVE.match(file) is not None
