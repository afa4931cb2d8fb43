"""What SARIF 2.1.0 asks of the objects that gotrace writes: a schema from the standard's facts.

Written from the sections of the standard on these objects; everything that gotrace does not write
is refused, so that a new property is looked up there first. `sarif_of_oasis.py` holds logs against
the schema of OASIS itself, which no package that fits beside ours brings.
"""

from __future__ import annotations

from typing import Any

__all__ = ["SARIF"]


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], *, is_distinct: bool = False) -> dict[str, Any]:
    return {"type": "array", "items": items, "uniqueItems": is_distinct}


_TEXT = {"type": "string"}
_MESSAGE = _object("text", text={"type": "string", "minLength": 1})  # 3.11
_LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
_RELATIVE_URI = {  # 3.4.3, RFC 3986: segments of pchar, no scheme, no leading slash
    "type": "string",
    "pattern": r"^(?!\.\.(/|$))([A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2})"
    r"([A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})*$",
}
_PHYSICAL = _object(  # 3.29
    "artifactLocation region",
    artifactLocation=_object("uri uriBaseId", uri=_RELATIVE_URI, uriBaseId={"const": "SRCROOT"}),
    region=_object("startLine", startLine={"type": "integer", "minimum": 1}),  # 3.30.5
)
_LOGICAL = _object("fullyQualifiedName", fullyQualifiedName=_TEXT, kind={"const": "function"})
_LOCATION = _object(  # 3.28
    "physicalLocation",
    id={"type": "integer", "minimum": 0},
    physicalLocation=_PHYSICAL,
    logicalLocations=_list(_LOGICAL, is_distinct=True),
    message=_MESSAGE,
)
_RULE = _object(  # 3.49
    "id shortDescription",
    id=_TEXT,
    name={"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object("level", level=_LEVEL),
)
_RESULT = _object(  # 3.27
    "ruleId ruleIndex level message locations",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations={**_list(_LOCATION), "minItems": 1, "maxItems": 1},
    relatedLocations=_list(_LOCATION, is_distinct=True),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
)
_INVOCATION = _object(  # 3.20
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=_list(_object("message", level=_LEVEL, message=_MESSAGE)),
)
_DRIVER = _object(  # 3.19
    "name rules",
    name={"const": "gotrace"},
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules=_list(_RULE, is_distinct=True),
)
_RUN = _object(  # 3.14
    "tool results",
    tool=_object("driver", driver=_DRIVER),
    invocations=_list(_INVOCATION),
    originalUriBaseIds=_object("SRCROOT", SRCROOT=_object("", description=_MESSAGE)),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(_RESULT),
)
SARIF: dict[str, Any] = _object(  # 3.13
    "version runs",
    **{
        "$schema": {"type": "string", "format": "uri", "pattern": r"/sarif-schema-2\.1\.0\.json$"},
        "version": {"const": "2.1.0"},
        "runs": {**_list(_RUN), "minItems": 1, "maxItems": 1},
    },
)
