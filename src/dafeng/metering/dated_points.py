"""Versions of a metering point: what it is from a day on, by the rows of `changes`.

A row of `points` is the point as it was first entered. A row of `changes` gives what differs from its `valid_from` on
(object and with it the owner, medium, unit, period, rated maximum, tariff plan); an empty cell is unchanged. What
was metered before keeps its meaning.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dafeng.evidence import Problems
from dafeng.tables import Row

CHANGEABLE = ("object", "medium", "unit", "period", "rated_max", "tariff")
"""The columns of a point that a row of `changes` may give another value from a day on."""


@dataclass(frozen=True)
class PointVersion:
    """Point within the days [valid_from, valid_to); `since` is None for the first version.

    `row` has the columns of `points`, with those of the version.
    """

    id: str
    since: date | None
    row: Row

    @property
    def until(self) -> date | None:
        """Return the day on which the version ends."""
        end: date | None = self.row["valid_to"]
        return end


def versions_of(tables: Mapping[str, list[Row]]) -> list[PointVersion]:
    """Return the versions of every point, in the order of `points` and of days."""
    changes = _by_point(tables)
    return [version for row in tables["points"] for version in _versions(row, changes.get(row["id"], []))]


def _by_point(tables: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(tables["changes"], key=lambda row: row["valid_from"]):
        found.setdefault(row["point"], []).append(row)
    return found


def _versions(point: Row, changes: list[Row]) -> Iterator[PointVersion]:
    ends = [change["valid_from"] for change in changes] + [point["valid_to"]]
    row, since = point, None
    yield PointVersion(point["id"], None, dict(row, valid_to=ends[0]))
    for change, end in zip(changes, ends[1:], strict=True):
        since = change["valid_from"]
        given = {name: change[name] for name in CHANGEABLE if change[name] is not None}
        row = dict(row, **given, valid_from=since, _change=change["_row"])
        yield PointVersion(point["id"], since, dict(row, valid_to=end))


def points_on(tables: Mapping[str, list[Row]], day: date) -> list[Row]:
    """Return the rows of `points` as they are on `day`, those not metered that day too."""
    changes = _by_point(tables)
    return [
        [
            version.row
            for version in _versions(row, changes.get(row["id"], []))
            if (version.since or day) <= day
        ][-1]
        for row in tables["points"]
    ]


def change_days(tables: Mapping[str, list[Row]]) -> list[date]:
    """Return the days on which any point changes."""
    return sorted({row["valid_from"] for row in tables["changes"]})


def check_changes(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    """Check that each change lies within the days of its point, is the only one of its day and changes
    something.
    """
    points = {row["id"]: row for row in tables["points"]}
    for row in tables["changes"]:
        point, where = points[row["point"]], f"{name}/changes.csv:{row['_row']}"
        first, last, day = point["valid_from"], point["valid_to"], row["valid_from"]
        if day <= first or (last is not None and day >= last):
            ends = f"a day after {first}" + (f" and before {last}" if last else "")
            problems.add(
                f"{where}:valid_from", str(day), ends, "a point as it was first entered is its row in points"
            )
        if all(row[column] is None for column in CHANGEABLE):
            problems.add(f"{where}:unit", "nothing", f"a value in one of {', '.join(CHANGEABLE)}")
        if "month" in {row["period"], point["period"]} and day.day != 1:
            problems.add(f"{where}:valid_from", str(day), "the first of a month where the period is a month")
        if point["kind"] == "register" and row["period"] in {"day", "month"}:
            problems.add(f"{where}:period", row["period"], "15, 30 or 60 for a point read by register")
    for rows in _by_point(tables).values():
        for one, other in itertools.pairwise(rows):
            if one["valid_from"] == other["valid_from"]:
                problems.add(
                    f"{name}/changes.csv:{other['_row']}:valid_from", str(other["valid_from"]),
                    f"one change of a point a day, {one['id']} is of the same", "write both into one row",
                )  # fmt: skip


def place_of_point(row: Row, name: str) -> str:
    """Return the place of a point's row, or of the change that made it what it is, in the registry."""
    return f"{name}/changes.csv:{row['_change']}" if "_change" in row else f"{name}/points.csv:{row['_row']}"
