"""What `pprof -raw` says of a profile, the oracle for the text forms; and drafts in its words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gotrace.readers.draft import ProfileDraft
from tests.real_pprof import pprof

__all__ = ["Raw", "draft_raw", "function_totals", "leaf_totals", "pprof_raw"]

_LOCATION = re.compile(r"\s+(\d+): 0x([0-9a-f]+) (?:M=(\d+))?.*")
_MAPPING = re.compile(r"(\d+): 0x([0-9a-f]+)/0x([0-9a-f]+)/0x([0-9a-f]+) (\S*) (\S*).*")
_SAMPLE = re.compile(r"([ 0-9-]+): ?([0-9 ]*)")
_BYTES = re.compile(r"\s+bytes:\[(\d+)\]")
_WHOLE_MEMORY = (0, (1 << 64) - 1, 0, "", "")

Key = tuple[tuple[int, ...], int | None]
"""Call addresses of a stack, leaf first, and the number of the label `bytes`."""


class Raw(NamedTuple):
    """A profile in pprof's own terms."""

    period: tuple[str, int]
    sample_types: list[str]
    samples: dict[Key, tuple[int, ...]]
    mapping_of: dict[int, tuple[int, int, int, str, str] | None]
    """Address that a stack has → start, limit, offset, file and build id of its mapping."""


def pprof_raw(path: Path) -> Raw | None:
    """What `pprof -raw` prints about one file; None if it refuses the file."""
    done = pprof("-raw", path)
    return None if done.returncode else _parse(done.stdout.splitlines())


def _parse(lines: list[str]) -> Raw:
    sections: dict[str, list[str]] = {"": []}
    for line in lines:
        if line in ("Samples:", "Locations", "Mappings"):
            current = sections[line] = []
        else:
            (current if len(sections) > 1 else sections[""]).append(line)
    mappings = {
        match[1]: (int(match[2], 16), int(match[3], 16), int(match[4], 16), match[5], match[6])
        for match in map(_MAPPING.fullmatch, sections["Mappings"])
        if match
    }
    locations = [match for match in map(_LOCATION.fullmatch, sections["Locations"]) if match]
    address = {match[1]: int(match[2], 16) for match in locations}
    header = dict(line.split(": ", 1) for line in sections[""] if ": " in line)
    samples = _samples(sections["Samples:"][1:], address)
    used = {address for stack, _ in samples for address in stack}
    mapping_of = {address[match[1]]: _known(mappings.get(match[3])) for match in locations}
    return Raw(
        (header["PeriodType"], int(header["Period"])),
        sections["Samples:"][0].split(),
        samples,
        {address: mapping for address, mapping in mapping_of.items() if address in used},
    )


def _known(
    mapping: tuple[int, int, int, str, str] | None,
) -> tuple[int, int, int, str, str] | None:
    """pprof invents a mapping of all memory where it knows none; we do not."""
    return None if mapping == _WHOLE_MEMORY else mapping


def _samples(lines: list[str], address: dict[str, int]) -> dict[Key, tuple[int, ...]]:
    samples: list[tuple[Key, tuple[int, ...]]] = []
    for line in lines:
        if label := _BYTES.fullmatch(line):
            (stack, _), values = samples.pop()
            samples.append(((stack, int(label[1])), values))
        elif sample := _SAMPLE.fullmatch(line):
            stack = tuple(address[row] for row in sample[2].split())
            samples.append(((stack, None), tuple(int(value) for value in sample[1].split())))
    return _summed(samples)


def _summed(samples: list[tuple[Key, tuple[int, ...]]]) -> dict[Key, tuple[int, ...]]:
    """pprof adds up samples of the same stack and label before it prints them; so do we."""
    totals: dict[Key, tuple[int, ...]] = {}
    for key, values in samples:
        before = totals.get(key, (0,) * len(values))
        totals[key] = tuple(a + b for a, b in zip(before, values, strict=True))
    return totals


def draft_raw(draft: ProfileDraft) -> Raw:
    """Our reading in the same terms; text labels, which pprof passes over, are left out."""
    numbers = {
        sample: number
        for sample, number, text in zip(
            draft.label_sample.tolist(),
            draft.label_number.tolist(),
            draft.label_text.tolist(),
            strict=True,
        )
        if text < 0
    }
    samples: list[tuple[Key, tuple[int, ...]]] = []
    for row in range(len(draft.sample_locations)):
        stack = tuple(draft.location_address[draft.sample_locations[row]].tolist())
        samples.append(((stack, numbers.get(row)), tuple(draft.values[:, row].tolist())))
    known = [(m.start, m.limit, m.offset, m.filename, m.build_id) for m in draft.mappings]
    return Raw(
        (f"{draft.origin.period_type} {draft.origin.period_unit}", draft.origin.period),
        [f"{kind}/{unit}" for kind, unit in draft.sample_types],
        _summed(samples),
        {
            address: None if row < 0 else known[row]
            for address, row in zip(
                draft.location_address.tolist(), draft.location_mapping.tolist(), strict=True
            )
        },
    )


def function_totals(draft: ProfileDraft) -> dict[str, tuple[int, ...]]:
    """Function name → the sums of all samples whose stack contains it (cumulative values)."""
    totals: Counter[tuple[str, int]] = Counter()
    for row in range(len(draft.sample_locations)):
        for name in {name for at in draft.sample_locations[row] for name in _names(draft, at)}:
            for kind, value in enumerate(draft.values[:, row].tolist()):
                totals[name, kind] += value
    kinds = range(len(draft.sample_types))
    return {name: tuple(totals[name, kind] for kind in kinds) for name, _ in totals}


def leaf_totals(draft: ProfileDraft) -> Counter[str]:
    """Name of the innermost function → sum of the last sample type (flat values)."""
    totals: Counter[str] = Counter()
    for row, value in enumerate(draft.values[-1].tolist()):
        names = [name for at in draft.sample_locations[row][:1] for name in _names(draft, at)]
        totals[names[0] if names else ""] += value
    return totals


def _names(draft: ProfileDraft, location: int) -> list[str]:
    start, end = draft.location_line_offsets[location : location + 2]
    return [draft.function_name[function] for function in draft.line_function[start:end]]
