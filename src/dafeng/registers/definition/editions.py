"""Checks of an edition against the one before: what old records need is kept."""

from collections.abc import Sequence

from dafeng.evidence import Problems
from dafeng.registers.definition.field_checks import Where
from dafeng.registers.definition.model import Definition, RegisterField


def check_editions(older: Definition, newer: Definition, where: Where, problems: Problems) -> None:
    """Check an edition against the older one.

    It names each dropped field, keeps the key, the type and unit of kept fields, and the states in which old
    records stand.
    """
    for field in older.fields:
        if field.id in older.key and field.id not in {one.id for one in newer.fields}:
            problems.add(
                where("key"), f"{field.id} dropped", "the key of the edition before", "a new key is a new register"
            )  # fmt: skip
    _check_kept(
        "fields", [one for one in older.fields if one.id not in older.key], newer.fields, newer.dropped, older, where, problems
    )  # fmt: skip
    _check_kept(
        "fields", [one for one in older.fields if one.id in older.key], newer.fields, older.key, older, where, problems
    )  # fmt: skip
    if newer.key != older.key:
        problems.add(where("key"), ", ".join(newer.key), ", ".join(older.key), "a new key is a new register")
    for child in older.children:
        index = next((i for i, one in enumerate(newer.children) if one.id == child.id), None)
        if index is None:
            _check_kept(child.id, child.fields, (), newer.dropped, older, where, problems, f"{child.id}.")
        else:
            path = f"children.{index}.fields"
            _check_kept(
                path,
                child.fields,
                newer.children[index].fields,
                newer.dropped,
                older,
                where,
                problems,
                f"{child.id}.",
            )
    states = {state.id for state in newer.life_cycle.states}
    for state in older.life_cycle.states:
        if state.id not in states:
            problems.add(
                where("life_cycle.states"), f"an edition without the state {state.id}, which edition {older.edition} has",
                "every state in which records of the edition before stand", "keep it: old records are counted by it",
            )  # fmt: skip


def _check_kept(
    path: str, older: Sequence[RegisterField], newer: Sequence[RegisterField], dropped: Sequence[str], before: Definition,
    where: Where, problems: Problems, prefix: str = "",
) -> None:  # fmt: skip
    kept = {field.id: field for field in newer}
    for field in older:
        name = prefix + field.id
        now = kept.get(field.id)
        if now is None:
            if not {name, field.id, prefix.rstrip(".")} & {*dropped, ""} - {""}:
                found = f"an edition without {name}, which edition {before.edition} has"
                expected = "the field, or its name under dropped"
                problems.add(where(path), found, expected, "list it under dropped: old values stay")
        elif now.type is not field.type:
            problems.add(
                where(path), f"{name}: {now.type}", f"{field.type} as in {before.edition}", "give a new field another name"
            )  # fmt: skip
        elif now.unit != field.unit:
            problems.add(
                where(path), f"{name}: {now.unit or '1'}", f"{field.unit or '1'} as in {before.edition}",
                "give a new field another name: old values are in the old unit",
            )  # fmt: skip
