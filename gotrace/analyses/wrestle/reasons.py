"""Why the memory of each site is on the heap, and who says so.

The compiler tells most of it, but not all: of maps that grow never anything, of `append` only since
Go 1.25, and of other packages' code nothing. Then what the line called in the runtime tells it (CPU
samples), or what the trace found there, or at least who allocated and the line's own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from gotrace.analyses.wrestle import calls
from gotrace.analyses.wrestle.calls import Call
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.expressions import Form
from gotrace.analyses.wrestle.matching import is_map_type
from gotrace.analyses.wrestle.site import Site
from gotrace.analyses.wrestle.why import Escape, Why, escapes_of, flows_of, is_constant, why
from gotrace.model.versions import GoVersion

__all__ = ["Basis", "Reason", "reasons", "site_reasons"]

_TELLS_APPEND = GoVersion(25)
_NO_ALLOCATION = ("stays", "constant", "not-an-allocation", "parameter-leaks")
_BY_CALL: dict[str, tuple[str, str]] = {
    calls.GROW_SLICE: ("slice-growth", "a slice grows"),
    calls.GROW_MAP: ("map-growth", "a map grows, and its tables are on the heap"),
    calls.FILL_MAP: ("map-growth", "a map makes room for what is put into it"),
    calls.NEW_MAP: ("map-growth", "a map is made, and its tables are on the heap"),
    calls.BOX: ("interface-conversion", "a value is copied into an interface"),
    calls.TO_STRING: ("string-conversion", "a string is made of bytes"),
    calls.TO_BYTES: ("string-conversion", "bytes are made of a string"),
    calls.CONCAT: ("string-concatenation", "strings are added up"),
    calls.NEW_SLICE: ("escapes", "a slice is made on the heap"),
    calls.NEW_CHAN: ("escapes", "a channel is made, and those are on the heap always"),
    calls.NEW: ("escapes", "an object is made on the heap"),
}
"""What the runtime did → the reason, and its words."""
_BY_SOURCE: dict[Form, tuple[str, str]] = {
    Form.GROWN: ("slice-growth", "`append` grows a slice beyond its capacity"),
    Form.MAP: ("map-growth", "a map is made or filled, and its tables are on the heap"),
    Form.STRING: ("string-conversion", "a string is made of bytes"),
}


class Basis(StrEnum):
    """Who says it."""

    COMPILER = "the compiler"
    CALLER = "the compiler, of the call that it is inlined into"
    RUNTIME = "the runtime functions below it"
    TRACE = "the types in the trace"
    SOURCE = "the source line"
    ALLOCATOR = "who allocated"


class Reason(NamedTuple):
    """Why something of a site is on the heap; `escape` is the compiler's row, if it is one."""

    slug: str
    sentence: str
    basis: Basis
    escape: Escape | None = None


def reasons(evidence: Evidence) -> dict[int, Why]:
    """Row of `escapes` → why it is on the heap; constants in interfaces never are.

    What does not escape but may outgrow its place on the stack (`append`) is told as well.
    """
    recording = evidence.escapes
    if recording is None or "escapes" not in recording.columns:
        return {}
    said, flows = escapes_of(recording), flows_of(recording)
    ids = recording.columns["escapes"].array("escape_id").tolist()
    told = (
        (row, why(escape, flows.get(ids[row], ())))
        for row, escape in enumerate(said)
        if not is_constant(escape.what)
    )
    return {row: reason for row, reason in told if reason.slug not in _NO_ALLOCATION}


def site_reasons(evidence: Evidence, site: Site, told: Mapping[int, Why]) -> tuple[Reason, ...]:
    """All that is known of a site: each slug once but for the compiler's, the surest first.

    `told` is what `reasons` gives. Empty only where nobody says anything.
    """
    basis = Basis.CALLER if site.is_outer else Basis.COMPILER
    said = [Reason(*told[one.row], basis, one) for one in site.escapes if one.row in told]
    found = [] if site.is_outer else list(said)
    slugs = {one.slug for one in found}
    # A line that makes an object, or a slice, is one the compiler has explained.
    for one in (*_by_runtime(evidence, site, bool(said)), *_by_trace(site)):
        if one.slug not in slugs:
            slugs.add(one.slug)
            found.append(one)
    found = found or list(_by_words(site))
    return (*found, *said) if site.is_outer else tuple(found)


def _by_runtime(evidence: Evidence, site: Site, is_explained: bool) -> Iterator[Reason]:
    ordered = sorted(site.calls.items(), key=lambda item: -item[1].time_ns)
    for what, call in ordered:
        slug, words = _BY_CALL[what]
        if slug != "escapes" or not is_explained:
            yield Reason(slug, _told_by_runtime(evidence, site, words, slug, call), Basis.RUNTIME)


def _told_by_runtime(evidence: Evidence, site: Site, words: str, slug: str, call: Call) -> str:
    by = f" in `{site.via}`" if site.via else ""
    silence = _silence(evidence, site, slug)
    return f"{words}{by} (from `{call.function}` below it; {silence})"


def _silence(evidence: Evidence, site: Site, slug: str) -> str:
    """Why it is not the compiler that says it."""
    version = evidence.version
    if evidence.escapes is None:
        return "the compiler was not asked"
    if slug == "map-growth":
        return "the compiler does not tell"
    if site.via:
        return "the compiler was not asked about that package"
    if slug == "slice-growth" and version is not None and version < _TELLS_APPEND:
        return f"the compiler of Go 1.{version.minor} does not tell"
    return "the compiler says nothing of it"


def _by_trace(site: Site) -> Iterator[Reason]:
    """Tables of maps: Go's own types of them have names."""
    names = [kind.group.type_name for _, kind in site.parts() if is_map_type(kind.group.type_name)]
    if names and Form.MAP in site.forms:
        yield Reason(
            "map-growth", "a map is made or filled, and its tables are on the heap (from "
            f"{Basis.TRACE}: `{names[0]}`; the compiler does not tell)", Basis.TRACE,
        )  # fmt: skip


def _by_words(site: Site) -> Iterator[Reason]:
    """Where neither compiler nor recording says anything: who allocated, and the line's words."""
    if site.via.startswith(calls.GROWERS):
        yield Reason(
            "slice-growth", f"`{site.via}` grows its memory for this line; the compiler was not "
            "asked about that package", Basis.ALLOCATOR,
        )  # fmt: skip
        return
    if site.via:
        yield Reason(
            "other-package", f"`{site.via}` allocates it for this line; the compiler was not asked "
            "about that package", Basis.ALLOCATOR,
        )  # fmt: skip
        return
    for form, (slug, words) in _BY_SOURCE.items():
        if form in site.forms:
            yield Reason(slug, f"{words} (from {Basis.SOURCE} alone)", Basis.SOURCE)
