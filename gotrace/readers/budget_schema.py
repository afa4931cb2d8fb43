"""The JSON schema of `gotrace.toml`, for editors: `python -m gotrace.readers.budget_schema`.

It is made of the same declarations that the reader checks by; `schemas/budget.schema.json` is what
it prints, and a test holds the two together. The reader refuses more: units that do not fit their
metric, and scopes that it does not have.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from gotrace.readers.budget_file import BUDGET_KEYS, SETTING_KEYS
from gotrace.tables.budget_metrics import METRICS

__all__ = ["budget_schema", "schema_text"]

_KINDS: dict[str, dict[str, Any]] = {
    "string": {"type": "string", "minLength": 1},
    "regex": {"type": "string", "minLength": 1},
    "label": {"type": "string", "pattern": "="},
    "amount": {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^\s*[0-9][0-9,]*(\.[0-9]+)?\s*[^0-9\s].*$|^[0-9.,]+$"},
        ]
    },
    "percent": {"type": "string", "pattern": r"^\s*[0-9]{1,9}(\.[0-9]{1,9})?\s*%\s*$"},
    "number": {"type": "integer", "minimum": 0, "maximum": 67},
    "duration": {
        "type": "string",
        "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ns|us|µs|ms|s|m|h)\s*$",
    },
    "boolean": {"type": "boolean"},
}


def budget_schema() -> dict[str, Any]:
    """The schema, as JSON Schema 2020-12."""
    budget = {
        "type": "object",
        "required": ["metric"],
        "properties": _properties(BUDGET_KEYS) | {"metric": _metric()},
        "anyOf": [
            {"required": [key]} for key in ("max", "min", "max_increase", "max_decrease")
        ],
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gotrace.toml",
        "description": "How much memory a Go program may use: budgets for `gotrace budget`.",
        "type": "object",
        "required": ["budget"],
        "properties": {
            "settings": {
                "type": "object",
                "properties": _properties(SETTING_KEYS),
                "additionalProperties": False,
            },
            "budget": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"$ref": "#/$defs/budget"},
            },
        },
        "additionalProperties": False,
        "$defs": {"budget": budget},
    }


def schema_text() -> str:
    """The schema as the file has it."""
    return json.dumps(budget_schema(), indent=2, ensure_ascii=False) + "\n"


def _properties(keys: dict[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        key: (_KINDS[kind] if kind in _KINDS else {"enum": kind.split("|")}) | {"description": doc}
        for key, (kind, doc) in keys.items()
    }


def _metric() -> dict[str, Any]:
    """The known metrics with what they mean; any other text is the unit of a benchmark."""
    known = [
        {"const": metric.name, "description": f"{metric.doc} From: {metric.source}."}
        for metric in METRICS.values()
    ]
    return {
        "description": BUDGET_KEYS["metric"][1],
        "anyOf": [*known, {"type": "string", "minLength": 1}],
    }


if __name__ == "__main__":
    sys.stdout.write(schema_text())
