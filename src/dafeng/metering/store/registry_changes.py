"""Changes of a registry: shown field by field; those that would rewrite what was metered need a person who
approves them.

The fields of a point define what its stored readings mean: with another unit all of its history is
multiplied. A change that holds from a day on is a row of `changes`, which leaves what was read before it as it is;
only an error of the registry is mended in place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, Problem, Text, catalogue
from dafeng.metering.dated_points import CHANGEABLE, PointVersion, versions_of
from dafeng.metering.master_data import Registry
from dafeng.metering.store.store import Store
from dafeng.metering.tables import schema

MEANING = {
    "points": ("object", "medium", "use", "unit", "direction", "period", "kind", "parent", "formula"),
    "objects": ("owner",),
    "units": ("county", "sector"),
    "meters": ("point", "ratio"),
    "events": ("point", "ratio"),
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


def _both(id_: str, **fields: object) -> Text:
    return catalogue("dafeng.metering").both(f"problem.{id_}", **fields)


def _shown(value: Any) -> Text | str:
    """A cell as it is shown in a problem, empty ones in words."""
    return _text(value) or _both("nothing")


ReadDays = Mapping[str, tuple[date, date]]
"""Point → the first and the last day of its stored readings."""


def read_days(store: Store) -> ReadDays:
    """Return the first and the last day of the readings of each point that has any."""
    rows = store.rows(
        "SELECT id, min(day) AS first, max(day) AS last FROM point JOIN day_sum ON number = point GROUP BY id"
    )
    return {row["id"]: (row["first"], row["last"]) for row in rows}


def refuse_rewriting(before: Registry, after: Registry, read: ReadDays) -> None:
    """Refuse changes of what stored readings mean.

    Raises: DafengError with each of these changes, and how to enter one that holds from a day on.
    """
    changes = registry_changes(before, after)
    used = _used(after, read) | _mounted(before, read)
    problems = [
        Problem(
            f"{change.table}:{change.id}:{change.column}",
            _both("found_before", value=_shown(change.after), before=_shown(change.before)),
            "no other meaning of readings that are stored", _MEND,
        )
        for change in changes
        if (change.column in MEANING.get(change.table, ()) or _is_gone(change)) and change.id in used.get(change.table, ())
    ]  # fmt: skip
    problems += _dated(before, after, read)
    problems += _ended(before, after, read)
    if problems:
        raise DafengError(problems)


_MEND = "write it into changes.csv (a ratio into events) with the day from which it holds, or name who approves that what is stored is rewritten: --approve"


def changed_points(before: Registry, after: Registry) -> list[str]:
    """Return the points of which any column, or any of their changes, differs, and those that are gone."""

    def told(registry: Registry) -> dict[str, list[str]]:
        owners = {row["id"]: row["owner"] for row in registry.tables["objects"]}
        found: dict[str, list[str]] = {}
        for version in versions_of(registry.tables):
            row = {name: value for name, value in version.row.items() if name not in {"_row", "_change"}}
            found.setdefault(version.id, []).append(
                f"{version.since} {sorted(row.items())} {owners[row['object']]}"
            )
        return found

    old, new = told(before), told(after)
    return [id_ for id_ in old if old[id_] != new.get(id_)]


def _used(after: Registry, read: ReadDays) -> dict[str, set[str]]:
    """Points, objects and units that have stored readings, with the virtual points that may rest on them."""
    objects = {row["id"]: row["owner"] for row in after.tables["objects"]}
    used: dict[str, set[str]] = {"points": set(read), "objects": set(), "units": set()}
    for version in versions_of(after.tables):
        if version.id in used["points"] or (read and version.row["kind"] == "virtual"):
            used["points"].add(version.id)
            used["objects"].add(version.row["object"])
            used["units"].add(objects[version.row["object"]])
    return used


def _mounted(before: Registry, read: ReadDays) -> dict[str, set[str]]:
    """Meters and events of points that have stored readings: with another ratio all their energy is multiplied."""
    return {
        table: {row["id"] for row in before.tables[table] if row["point"] in read}
        for table in ("meters", "events")
    }


def _is_gone(change: Change) -> bool:
    return change.table in {"meters", "events"} and change.column == "id" and change.before != ""


def _dated(before: Registry, after: Registry, read: ReadDays) -> Iterator[Problem]:
    """Changes from a day on which readings are stored already."""
    old, new = _by_id(before), _by_id(after)
    for id_ in sorted(old.keys() & new.keys() & read.keys()):
        first = _first_difference(old[id_], new[id_])
        if first is not None and first[0] <= read[id_][1]:
            day, shown = first
            yield Problem(
                f"changes:{id_}:valid_from",
                _both("found_change_from_day", changes=shown, day=day, last=read[id_][1]),
                "no other meaning of readings that are stored",
                "name who approves that the readings from that day on get the new meaning: --approve",
            )  # fmt: skip


def _by_id(registry: Registry) -> dict[str, list[PointVersion]]:
    found: dict[str, list[PointVersion]] = {}
    for version in versions_of(registry.tables):
        found.setdefault(version.id, []).append(version)
    return found


def _first_difference(old: list[PointVersion], new: list[PointVersion]) -> tuple[date, Text] | None:
    """Return the first day of a later version on which the two differ, and what differs; a first version is compared as a
    row of `points`.
    """
    for day in sorted({version.since for version in (*old, *new) if version.since}):
        rows = [[version for version in own if (version.since or day) <= day][-1].row for own in (old, new)]
        first = [own[0].row for own in (old, new)]
        differs = [
            name for name in CHANGEABLE
            if _text(rows[0][name]) != _text(rows[1][name]) and (rows[0][name], rows[1][name]) != (first[0][name], first[1][name])
        ]  # fmt: skip
        if differs:
            shown = [
                _both("found_column_before", column=name, value=_shown(rows[1][name]), before=_shown(rows[0][name]))
                for name in differs
            ]  # fmt: skip
            return day, Text("、".join(text.zh for text in shown), ", ".join(text.en for text in shown))
    return None


def _ended(before: Registry, after: Registry, read: ReadDays) -> Iterator[Problem]:
    """Points that are gone, begin later or end earlier, although readings of other days are stored."""
    there = {row["id"]: row for row in before.tables["points"]}
    points = after.by_id("points")
    for id_ in sorted(read.keys() & there.keys()):
        first, last = read[id_]
        if id_ not in points:
            yield Problem(
                f"points:{id_}:id", f"nothing, readings are stored from {first} to {last}", "the point, ended by valid_to",
                "keep the row and write valid_to, or name who approves that its readings are in no sum any more: --approve",
            )  # fmt: skip
            continue
        row = points[id_]
        for name, outside in (
            ("valid_from", first < row["valid_from"]),
            ("valid_to", row["valid_to"] is not None and last >= row["valid_to"]),
        ):
            if outside and row[name] != there[id_][name]:
                yield Problem(
                    f"points:{id_}:{name}",
                    _both("found_stored_from", value=_shown(row[name]), first=first, last=last),
                    "days that contain the stored readings", "name who approves that the readings of other days are held back: --approve",
                )  # fmt: skip
