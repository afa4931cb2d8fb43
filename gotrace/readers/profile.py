"""One profile, whatever its format: bytes from anywhere to a `Recording`."""

from __future__ import annotations

from dataclasses import replace

from gotrace.errors import InputError
from gotrace.readers.assemble import assemble
from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy import read_text
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.pprof.reader import read_profile as read_protobuf
from gotrace.readers.recognise import Format, recognise
from gotrace.readers.sources import Source, open_source
from gotrace.tables.recording import Recording

__all__ = ["read_profile"]


def read_profile(source: str | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read the profile at `source`: a path, `-` for standard input, or an http(s) address.

    Raises InputError: one line that names the source, the offset where there is one, the reason
    and what to do.
    """
    opened = open_source(source, limits)
    try:
        draft = _draft(opened, limits)
        described = {
            "paths": (str(source),),
            "sha256": opened.sha256,
            "size_bytes": opened.size_bytes,
        }
        draft.origin = replace(draft.origin, **described)  # type: ignore[arg-type]
        return assemble(draft)
    except InputError as error:
        raise error.at(str(source)) from None


def _draft(source: Source, limits: Limits) -> ProfileDraft:
    found = recognise(source.data)
    if found is Format.PROFILE_PROTOBUF:
        return read_protobuf(source.data, limits)
    return read_text(source.data, found, limits)
