"""Request bodies of the interface, as shown in the OpenAPI description, and what an operator asks."""

import inspect
import json
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from dafeng.evidence import DafengError, Problems, catalogue
from dafeng.metering import KIND_OF_TYPE, OPERATIONS

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


def read_values(verb: str, body: bytes) -> dict[str, Any]:
    """Read the arguments of an operation from JSON.

    Parameters
    ----------
    verb
        Name of the operation.
    body
        JSON object; nothing is no argument.

    Returns
    -------
    Arguments by name.

    Raises
    ------
    DafengError
        For an unknown verb, for what is no JSON object, and with every unknown, missing or misfit argument.
    """
    if verb not in OPERATIONS:
        raise DafengError.at("verb", verb[:60], ", ".join(OPERATIONS))
    try:
        values = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise DafengError.at("body", str(error)[:200], _TEXTS.both("problem.a_json_object")) from error
    if not isinstance(values, dict):
        raise DafengError.at("body", type(values).__name__, _TEXTS.both("problem.a_json_object"))
    known, problems = _arguments(verb), Problems()
    for name in sorted(set(values) - set(known)):
        problems.add(f"argument {name[:60]}", name[:60], ", ".join(known) or "nothing")
    for name, (check, is_needed) in known.items():
        if name not in values:
            if is_needed:
                problems.add(f"argument {name}", "nothing", _TEXTS.both("problem.a_value"))
            continue
        try:
            check.validate_python(values[name], strict=True)  # a text is no number
        except ValidationError as error:
            problems.add(f"argument {name}", repr(values[name])[:80], error.errors()[0]["msg"])
    problems.raise_if_any()
    return values


@cache
def _arguments(verb: str) -> dict[str, tuple[TypeAdapter[Any], bool]]:
    """Return the check of each argument of an operation, and whether it is needed; built once, as it takes longer than the check."""
    hints = get_type_hints(OPERATIONS[verb])
    arguments = list(inspect.signature(OPERATIONS[verb]).parameters.values())[1:]  # the first is the store
    return {
        one.name: (TypeAdapter(hints[one.name]), one.default is inspect.Parameter.empty) for one in arguments
    }
