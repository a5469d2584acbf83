"""Changes of a registry: shown field by field; those that would rewrite what was metered need a person who
approves them.

The fields of a point define what its stored readings mean: with another unit all of its history is
multiplied. A change that holds from a day on is a new point, and the old one ends with `valid_to`; only an
error of the registry is mended in place.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dafeng.evidence import DafengError, Problem
from dafeng.metering.master_data import Registry
from dafeng.metering.tables import schema

MEANING = {
    "points": ("object", "medium", "use", "unit", "direction", "period", "kind", "parent", "formula"),
    "objects": ("owner",),
    "units": ("county", "sector"),
}
"""The columns that define what stored readings are of, in which unit, and into which sums they go."""


@dataclass(frozen=True, slots=True)
class Change:
    """Cell that differs, or a row that is new (`before` empty) or gone (`after` empty, column `id`)."""

    table: str
    id: str
    column: str
    before: str
    after: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def registry_changes(before: Registry, after: Registry) -> list[Change]:
    """Return every difference of two registries, in the order of tables and rows."""
    found: list[Change] = []
    for table, form in schema().items():
        old, new = before.by_id(table), after.by_id(table)
        found += [Change(table, id_, "id", id_, "") for id_ in old if id_ not in new]
        found += [Change(table, id_, "id", "", id_) for id_ in new if id_ not in old]
        for id_ in [id_ for id_ in new if id_ in old]:
            for column in form.columns:
                texts = [_text(rows[id_][column.name]) for rows in (old, new)]
                if texts[0] != texts[1]:
                    found.append(Change(table, id_, column.name, texts[0], texts[1]))
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def refuse_rewriting(changes: Sequence[Change], after: Registry, read: Collection[str]) -> None:
    """Refuse changes of what stored readings mean. `read` are the ids of the points that have readings.

    Raises: DafengError with each of these changes, and how to enter one that holds from a day on.
    """
    objects = {row["id"]: row["owner"] for row in after.tables["objects"]}
    used: dict[str, set[str]] = {"points": set(read), "objects": set(), "units": set()}
    for row in after.tables["points"]:
        if row["id"] in used["points"] or (read and row["kind"] == "virtual"):
            used["points"].add(row["id"])
            used["objects"].add(row["object"])
            used["units"].add(objects[row["object"]])
    problems = [
        Problem(
            f"{change.table}:{change.id}:{change.column}", f"{change.after or 'nothing'}, before {change.before or 'nothing'}",
            "no other meaning of readings that are stored",
            "close the point with valid_to and enter a new one, or name who approves that all history is rewritten: --approve",
        )
        for change in changes
        if change.column in MEANING.get(change.table, ()) and change.id in used[change.table]
    ]  # fmt: skip
    if problems:
        raise DafengError(problems)
