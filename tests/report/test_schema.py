"""Contract: a reader of `summary.json` written for a schema finds every key of it as long as `schema_version` is the same.

`docs/schemas` keeps the schema of each version as it was when a key was last renamed or dropped: the present version and the
one before it.
"""

import copy
import json
from pathlib import Path

import pytest

from dafeng.report import summary_schema
from dafeng.report.summary import SCHEMA_VERSION

KEPT = Path(__file__).parents[2] / "docs" / "schemas"


def lost(old: object, new: object, at: str = "summary") -> list[str]:
    """Keys, definitions, types and choices of `old` that `new` lacks or changes; texts for people may change."""
    if isinstance(old, dict):
        if not isinstance(new, dict):
            return [at]
        gone: list[str] = []
        for key, value in old.items():
            if key in ("description", "title"):
                continue
            gone += lost(value, new[key], f"{at}.{key}") if key in new else [f"{at}.{key}"]
        return gone
    if isinstance(old, list):
        return [f"{at}: {item}" for item in old if not isinstance(new, list) or item not in new]
    return [] if old == new else [f"{at}: {old} became {new}"]


def kept(version: int) -> dict:
    return json.loads((KEPT / f"summary-{version}.schema.json").read_text(encoding="utf-8"))


def test_no_key_of_this_version_is_renamed_or_dropped():
    assert lost(kept(int(SCHEMA_VERSION)), summary_schema()) == []


def test_the_version_before_is_kept_too():
    versions = {int(file.name.split("-")[1].split(".")[0]) for file in KEPT.glob("summary-*.schema.json")}
    assert versions == {version for version in (int(SCHEMA_VERSION) - 1, int(SCHEMA_VERSION)) if version > 0}


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].pop("peaks"),
        lambda schema: schema["$defs"]["Peak"]["properties"].pop("already_past"),
        lambda schema: schema["$defs"]["Track"]["properties"]["mean"].update(type="number"),
        lambda schema: schema["$defs"]["TargetVerdict"]["properties"]["status"]["enum"].remove("at_risk"),
    ],
)
def test_a_lost_key_type_or_choice_is_noticed(change):
    schema = copy.deepcopy(summary_schema())
    change(schema)
    assert lost(kept(int(SCHEMA_VERSION)), schema)
