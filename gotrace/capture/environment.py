"""The environment of what we run: Go without its network, and the settings of one arm."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["changes", "offline", "with_godebug"]

_OFFLINE = {
    "GOPROXY": "off",
    # A module that GOPRIVATE names would be fetched past GOPROXY=off (`modfetch/proxy.go`).
    "GONOPROXY": "none",
    "GOVCS": "*:off",
}


def offline(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment, with every way closed by which the Go command downloads something.

    That of the user's own GOPROXY too: a proxy that is set is no wish that gotrace use it. The
    toolchain is the one that was found, unless GOTOOLCHAIN names another, which must be there.
    """
    given = dict(os.environ if environment is None else environment)
    return {"GOTOOLCHAIN": "local", **given, **_OFFLINE}


def with_godebug(environment: Mapping[str, str], setting: str) -> dict[str, str]:
    """The environment with a GODEBUG setting added behind those that are there; the last counts."""
    before = environment.get("GODEBUG", "")
    return {**environment, "GODEBUG": f"{before},{setting}" if before else setting}


def changes(environment: Mapping[str, str]) -> dict[str, str]:
    """What is different from our own environment; an empty text is a variable that was removed."""
    changed = {
        name: value for name, value in sorted(environment.items()) if os.environ.get(name) != value
    }
    return changed | {name: "" for name in ("GOGC", "GOMEMLIMIT") if _is_gone(name, environment)}


def _is_gone(name: str, environment: Mapping[str, str]) -> bool:
    return name in os.environ and name not in environment
