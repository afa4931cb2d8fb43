"""What the name of a Go function tells, as profiles, traces and compilers write it."""

from __future__ import annotations

from urllib.parse import unquote

__all__ = ["package_of"]


def package_of(function: str) -> str:
    """The import path in `example.com/m/p.(*T).F[...]`; empty for names without a package.

    Go writes dots of a path's last part, and what is no plain ASCII, as `%2e`
    (`cmd/internal/objabi.PathToPrefix`): `gopkg.in/yaml%2ev3.Marshal` is of `gopkg.in/yaml.v3`.
    Types between brackets may have paths of their own.
    """
    name = function.partition("[")[0]
    end = name.find(".", name.rfind("/") + 1)
    return unquote(name[:end]) if end > 0 else ""
