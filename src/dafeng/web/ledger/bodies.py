"""Request bodies of the interface, as shown in the OpenAPI description."""

from typing import Any

from dafeng.metering import KIND_OF_TYPE

_TEXT_OR_NUMBER = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "number"}]}
_READING: dict[str, Any] = {
    "type": "object",
    "required": ["point", "start", "value"],
    "properties": {
        "point": {"type": "string", "description": "id of the metering point"},
        "start": {
            "type": "string",
            "description": "beginning of the period, ISO 8601; without an offset Beijing time",
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
_COLUMNS = "columns point, start, value, and optionally period, unit, origin, version; Chinese headers are understood"

_SCHEMAS: dict[str, dict[str, Any]] = {
    "json": {
        "anyOf": [
            {"type": "object", "required": ["readings"], "properties": {"readings": _READINGS}},
            _READINGS,
        ]
    },
    "ndjson": {"type": "string", "description": "one JSON object per line, as an item of `readings`"},
    "csv": {"type": "string", "description": f"a header line, then rows; UTF-8 or GB 18030; {_COLUMNS}"},
    "xlsx": {"type": "string", "format": "binary", "description": f"first sheet; {_COLUMNS}"},
    "parquet": {"type": "string", "format": "binary", "description": _COLUMNS},
}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "description": "One batch, plain or with Content-Encoding gzip.",
    "content": {kind: {"schema": _SCHEMAS[name]} for kind, name in KIND_OF_TYPE.items()},
}
