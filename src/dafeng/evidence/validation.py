"""Conversion of pydantic validation errors to problems in plain words."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from dafeng.evidence.errors import Problem

_LONGEST = 80
_EXPECTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "a text (put it in quotation marks)",
    "string_too_short": "a text that is not empty",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of fields",
    "model_type": "a mapping of fields",
    "date_parsing": "a date, as 2022-12-30",
    "date_from_datetime_parsing": "a date, as 2022-12-30",
}


def field_problem(where: str, error: Mapping[str, Any], known: Iterable[str] = ()) -> Problem:
    """Convert one entry of `ValidationError.errors()` to a problem at `where`.

    The last argument lists the names of permitted fields.

    Parameters
    ----------
    where
        Place of the field.
    error
        Entry of pydantic's list of errors.
    known
        Names of fields that exist.

    Returns
    -------
    Problem with found, expected and mend.
    """
    kind, found = str(error["type"]), error.get("input")
    name = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return Problem(where, f"no {name}", f"the field {name}", f"add {name}")
    if kind == "extra_forbidden":
        near = get_close_matches(name, list(known), 1)
        mend = f"did you mean {near[0]}?" if near else "delete it, or check the spelling"
        return Problem(where, f"an unknown field {name}", "a field that belongs here", mend)
    context = error.get("ctx", {})
    if "pattern" in context:
        expected = f"a text of the form {context['pattern']}"
    elif "expected" in context:
        expected = f"one of {context['expected']}"
    else:
        message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
        expected = _EXPECTED.get(kind, message)
    return Problem(where, _shown(found), expected)


def _shown(found: object) -> str:
    if found is None:
        return "nothing"
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
