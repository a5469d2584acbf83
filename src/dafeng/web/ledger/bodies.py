"""Request bodies of the interface, as shown in the OpenAPI description."""

from typing import Any

from dafeng.evidence import catalogue
from dafeng.metering import KIND_OF_TYPE

_TEXTS = catalogue("dafeng.web")

_TEXT_OR_NUMBER = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "number"}]}
_READING: dict[str, Any] = {
    "type": "object",
    "required": ["point", "start", "value"],
    "properties": {
        "point": {"type": "string", "description": _TEXTS.both("api.point")},
        "start": {
            "type": "string",
            "description": _TEXTS.both("api.start"),
            "example": "2025-01-31T00:15:00+08:00",
        },
        "value": _TEXT_OR_NUMBER,
        "period": {"enum": ["15", "30", "60", "day", "month", "register", 15, 30, 60]},
        "unit": {"type": "string"},
        "origin": {"enum": ["auto", "hand", "estimated", "corrected", "synthetic"]},
        "version": {"type": "integer", "minimum": 0},
    },
}
_READINGS = {"type": "array", "items": _READING}

_SCHEMAS: dict[str, dict[str, Any]] = {
    "json": {
        "anyOf": [
            {"type": "object", "required": ["readings"], "properties": {"readings": _READINGS}},
            _READINGS,
        ]
    },
    "ndjson": {"type": "string", "description": _TEXTS.both("api.ndjson")},
    "csv": {"type": "string", "description": _TEXTS.both("api.csv")},
    "xlsx": {"type": "string", "format": "binary", "description": _TEXTS.both("api.xlsx")},
    "parquet": {"type": "string", "format": "binary", "description": _TEXTS.both("api.parquet")},
}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "description": _TEXTS.both("api.batch"),
    "content": {kind: {"schema": _SCHEMAS[name]} for kind, name in KIND_OF_TYPE.items()},
}
