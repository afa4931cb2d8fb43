"""The baseline: what was measured when the budgets were last blessed, as files for review.

A folder holds one JSON file for each Go version and platform (`go1.27-linux-amd64.json`), since
allocation differs between them. Entries are sorted by name and hold their evidence, all sites
included, so that the diff of a commit shows which number changed, and which sites changed it. No
times and no paths of recordings, but their SHA-256: blessing the same recordings again changes
nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotrace.errors import UsageError
from gotrace.tables.baseline_reading import FORMAT, Document, open_document
from gotrace.tables.budget import Measurement

__all__ = [
    "Baseline",
    "Blessed",
    "baseline_key",
    "baseline_keys",
    "read_baseline",
    "write_baseline",
]

Baseline = Mapping[str, Measurement]
"""Budget name → what was blessed."""

_UNKNOWN = "unknown"
_SITE = re.compile(r'\{\n *"function": .*\n *"file": .*\n *"line": .*\n *"value": .*\n *\}')
_KEY = re.compile(r"(?:go1\.[0-9]+|unknown)-[A-Za-z0-9._]+-[A-Za-z0-9._]+")


@dataclass(frozen=True)
class Blessed:
    """A baseline file that was written, with what it said before."""

    path: Path
    before: Baseline
    now: Baseline
    notes: tuple[str, ...] = field(default=())
    """What to know, such as measures whose noise is not known."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The names whose entry is new, gone, or has another value or interval, sorted."""
        return tuple(
            name
            for name in sorted({*self.before, *self.now})
            if _numbers(self.before.get(name)) != _numbers(self.now.get(name))
        )


def baseline_key(conditions: Mapping[str, str]) -> str:
    """The name of a baseline file: `go1.27-linux-amd64`; `unknown` for what nobody said."""
    version = re.match(r"(?:go)?(1\.\d+)", conditions.get("go_version", ""))
    parts = (
        f"go{version[1]}" if version else _UNKNOWN,
        *(conditions.get(name) or _UNKNOWN for name in ("goos", "goarch")),
    )
    return "-".join(re.sub(r"[^A-Za-z0-9._]", "_", part) for part in parts)


def baseline_keys(directory: str | Path) -> list[str]:
    """The keys of all files in the folder, sorted; none of a folder that is not there."""
    try:
        return sorted(
            path.stem for path in Path(directory).glob("*.json") if _KEY.fullmatch(path.stem)
        )
    except OSError:
        return []


def read_baseline(directory: str | Path, key: str) -> Baseline:
    """The baseline of `key`; empty if there is no such file.

    Raises InputError for one that cannot be read, is no baseline, or holds what no measure can be.
    """
    document = open_document(Path(directory) / f"{key}.json")
    return {} if document is None else _entries(document)


def write_baseline(directory: str | Path, key: str, measures: Baseline) -> Path:
    """Write the file of `key` whole, through a temporary one beside it; returns its path.

    Raises UsageError where the folder cannot be written.
    """
    path = Path(directory) / f"{key}.json"
    document = {
        "format": FORMAT,
        "platform": key,
        "budgets": {name: _entry(measures[name]) for name in sorted(measures)},
    }
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    text = _SITE.sub(_on_one_line, text)
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, "utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _on_one_line(site: re.Match[str]) -> str:
    """A program has hundreds of sites: a line of the diff for each that changed."""
    return re.sub(r"\n *(\}?)", lambda end: end[1] or " ", site[0]).replace("{ ", "{", 1)


def _numbers(measure: Measurement | None) -> tuple[float, ...]:
    return () if measure is None else (measure.value, measure.low, measure.high)


def _entries(document: Document) -> Baseline:
    return {name: document.measure(name) for name in document.names}


def _entry(measure: Measurement) -> dict[str, Any]:
    return {
        "value": _number(measure.value),
        "low": _number(measure.low),
        "high": _number(measure.high),
        "is_noise_known": measure.is_noise_known,
        "rule": measure.rule,
        "values": [_number(value) for value in measure.values],
        "conditions": dict(sorted(measure.conditions.items())),
        "sha256": sorted(measure.digests),
        "sites": [
            {"function": s.function, "file": s.file, "line": s.line, "value": _number(s.value)}
            for s in measure.sites
        ],
    }


def _number(value: float) -> float | int:
    """Whole numbers without `.0`, which reads better in a diff."""
    return int(value) if value == int(value) and abs(value) < 2**53 else value
