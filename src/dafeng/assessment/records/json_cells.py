"""Fields of records that hold a JSON object: those that dafeng wrote, and texts that people imported."""

import json
from typing import Any


def json_cell(text: object) -> dict[str, Any]:
    """Return the object in a field of a record; a text that is no object is kept under `text`.

    >>> json_cell('{"a": 1}'), json_cell("手工录入"), json_cell(None)
    ({'a': 1}, {'text': '手工录入'}, {})
    """
    if not text:
        return {}
    try:
        found = json.loads(str(text))
    except ValueError:
        found = str(text)
    return found if isinstance(found, dict) else {"text": found}
