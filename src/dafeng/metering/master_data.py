"""Master data of metering: units, objects, points, meters, and the tables that rules need."""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dafeng.evidence import DafengError, Problems
from dafeng.metering.dated_points import change_days, check_changes, place_of_point, points_on
from dafeng.metering.tables import packaged, read_csv, read_rows, schema
from dafeng.metering.tariffs import check_tariffs
from dafeng.rules import check_overlaps, check_spans
from dafeng.tables import Row, check_keys, check_references, csv_place
from dafeng.units import factor

PERIODS = {"15": 15, "30": 30, "60": 60, "day": 1440, "month": 43200}
"""Period of a point as the registry writes it → minutes; a month is 43,200 whatever its length."""

REGISTER = 0
"""Period code of a register reading: an instant."""


@dataclass(frozen=True)
class Registry:
    """Registry tables of one place: table → typed rows. `where` is the folder they were read from."""

    tables: Mapping[str, list[Row]]
    where: str = ""
    region: str = "CN"
    digest: str = field(default="")

    def by_id(self, table: str) -> dict[str, Row]:
        return {row["id"]: row for row in self.tables[table]}


def media() -> dict[str, Row]:
    """Return the media table of the package by id."""
    return {row["id"]: dict(row) for row in packaged("media")}


def load_registry(folder: Path, region: str = "CN") -> Registry:
    """Read and check the registry in `folder`.

    Parameters
    ----------
    folder
        The `metering` folder of a case. A folder that is not there is an empty registry.

    Raises
    ------
    DafengError
        With every problem at once.
    """
    problems = Problems()
    tables: dict[str, list[Row]] = {table: [] for table in schema()}
    digest = hashlib.sha256()
    for table in schema():
        path = folder / f"{table}.csv"
        if path.exists():
            digest.update(path.name.encode() + path.read_bytes())
            tables[table] = read_csv(path, problems)
    for stray in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if stray.stem not in schema():
            problems.add(f"{folder.name}/{stray.name}", stray.name, f"one of {', '.join(schema())}")
    return _checked(tables, folder.name, str(folder), region, digest.hexdigest(), problems)


def registry_from_rows(rows: Mapping[str, list[dict[str, str]]], where: str, region: str = "CN") -> Registry:
    """Build a registry from rows of text (as a simulation carries them).

    Parameters
    ----------
    rows
        Rows of text by table.
    where
        Place of the rows, as in problems.
    region
        Code of the place (GB/T 2260), or CN.

    Returns
    -------
    Checked registry.

    Raises
    ------
    DafengError
        As `load_registry`.
    """
    problems = Problems()
    tables = {
        table: read_rows(table, rows.get(table, []), f"{where}/{table}.csv", problems) for table in schema()
    }
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
    return _checked(tables, where, where, region, digest, problems)


def _checked(
    tables: dict[str, list[Row]], name: str, where: str, region: str, digest: str, problems: Problems
) -> Registry:
    _check_rows(tables, name, problems)
    if not len(problems):
        _check_versions(tables, name, problems)
        _check_meters(tables, name, problems)
        _check_dates(tables, name, problems)
        _check_quotas(tables, name, problems)
        _check_budgets(tables, name, problems)
        units = {name: row["unit"] for name, row in media().items()}
        check_tariffs(tables["tariffs"], units, f"{name}/tariffs.csv", problems)
    problems.raise_if_any()
    return Registry(tables, where, region, digest)


def _check_rows(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    ids = {table: [row["id"] for row in rows] for table, rows in tables.items()} | {"media": list(media())}
    for table, rows in tables.items():
        place = csv_place(f"{name}/{table}.csv")
        check_keys(schema()[table], rows, place, problems)
        check_references(schema()[table], rows, ids, place, problems)


def formula_terms(formula: str) -> list[tuple[int, str]]:
    """Parse `A + B - C` as [(1, A), (1, B), (-1, C)]."""
    sign, terms = 1, []
    for word in formula.split():
        if word in {"+", "-"}:
            sign = 1 if word == "+" else -1
        else:
            first = word[0] in "+-"
            terms.append((-1 if first and word[0] == "-" else sign, word[1:] if first else word))
            sign = 1
    return terms


def _check_versions(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    """Check the points as first entered, and as they are from each day on which one of them changes."""
    _check_points(tables, name, problems)
    check_changes(tables, name, problems)
    for day in [] if len(problems) else change_days(tables):
        before = len(problems)
        _check_points({**tables, "points": points_on(tables, day)}, name, problems)
        if len(problems) > before:
            return


def _check_points(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    points = {row["id"]: row for row in tables["points"]}
    known = media()
    for row in points.values():
        where = place_of_point(row, name)
        try:
            factor(row["unit"], known[row["medium"]]["unit"])
        except DafengError:
            problems.add(
                f"{where}:unit", row["unit"], f"a unit of the kind of {known[row['medium']]['unit']}"
            )
        if (row["kind"] == "virtual") != bool(row["formula"]):
            problems.add(
                f"{where}:formula",
                row["formula"] or "nothing",
                "a formula for a virtual point and only there",
            )
        _check_formula(row, points, where, problems)
        if row["kind"] == "register" and row["period"] in {"day", "month"}:
            problems.add(f"{where}:period", row["period"], "15, 30 or 60 for a point read by register")
        if row["parent"] and points[row["parent"]]["unit"] != row["unit"]:
            problems.add(
                f"{where}:unit", row["unit"], f"the unit of its parent ({points[row['parent']]['unit']})"
            )
        if (row["use"] == "sub") != bool(row["parent"]):
            problems.add(f"{where}:use", row["use"], "sub for a point with a parent and only there")
        if _has_cycle(row["id"], points):
            problems.add(f"{where}:parent", row["parent"], "a parent that is not below the point itself")


def _check_formula(row: Row, points: Mapping[str, Row], where: str, problems: Problems) -> None:
    for _, part in formula_terms(row["formula"] or ""):
        if part not in points or points[part]["kind"] == "virtual":
            problems.add(f"{where}:formula", part, "the id of a metered point")
        elif (points[part]["unit"], points[part]["period"]) != (row["unit"], row["period"]):
            problems.add(f"{where}:formula", part, f"a point in {row['unit']} with period {row['period']}")


def _has_cycle(start: str, points: Mapping[str, Row]) -> bool:
    here, steps = points[start]["parent"], 0
    while here and steps <= len(points):
        if here == start:
            return True
        here, steps = points[here]["parent"], steps + 1
    return False


def _check_meters(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    at: dict[str, list[Row]] = {}
    for row in tables["meters"]:
        at.setdefault(row["point"], []).append(row)
    for meters in at.values():
        meters.sort(key=lambda row: row["valid_from"])
        for before, after in itertools.pairwise(meters):
            if before["valid_to"] is None or before["valid_to"] > after["valid_from"]:
                problems.add(
                    f"{name}/meters.csv:{after['_row']}:valid_from", str(after["valid_from"]),
                    f"a time not before meter {before['id']} is removed",
                )  # fmt: skip
    for row in tables["points"]:
        if row["kind"] == "register" and row["id"] not in at:
            problems.add(
                f"{name}/points.csv:{row['_row']}:id", row["id"], "a meter in meters.csv (with its ratio)"
            )


_ONE_AT_A_TIME = {
    "factors": ("medium", "quantity", "region"),
    "benchmarks": ("product", "quantity"),
    "quotas": ("climate_zone", "class", "building_type"),
}
"""Tables whose rows of one key must not be valid on the same day."""


def _check_dates(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    for table, rows in tables.items():
        place = csv_place(f"{name}/{table}.csv")
        check_spans(rows, place, problems)
        if table in _ONE_AT_A_TIME:
            check_overlaps(rows, _ONE_AT_A_TIME[table], place, problems)


def _check_quotas(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    """A confirmed quota has a value, and somebody who answers for the comparison."""
    for row in tables["quotas"]:
        where, guide = f"{name}/quotas.csv:{row['_row']}", row["guide_value"]
        if row["confirmed"] and row["constraint_value"] is None:
            problems.add(f"{where}:constraint_value", "nothing", "the value that was confirmed")
        if row["confirmed"] and row["checked_by"] is None:
            problems.add(
                f"{where}:checked_by", "nothing", "who compared the row with the printed standard, and when"
            )
        if guide is not None and row["constraint_value"] is not None and guide > row["constraint_value"]:
            problems.add(
                f"{where}:guide_value", str(guide), f"at most the constraint value {row['constraint_value']}"
            )


def _check_budgets(tables: Mapping[str, list[Row]], name: str, problems: Problems) -> None:
    """A budget is of somebody, in a unit of its quantity, and judged by a rule set that there is."""
    units = {row["id"] for row in tables["units"]}
    sets = {row["rule_set"] for row in [*packaged("warning_rules"), *tables["rules"]]}
    for row in tables["budgets"]:
        where = f"{name}/budgets.csv:{row['_row']}"
        if row["scope"] == "unit" and row["subject"] not in units:
            problems.add(f"{where}:subject", row["subject"], "an id of units")
        if row["rule_set"] not in sets:
            problems.add(
                f"{where}:rule_set",
                row["rule_set"],
                f"one of {', '.join(sorted(sets))}",
                "write the local rule into rules.csv",
            )
        target = "tCO2" if row["quantity"] == "co2" else "tce"
        try:
            factor(row["unit"], target)
        except DafengError:
            problems.add(f"{where}:unit", row["unit"], f"a unit of the kind of {target}")


def merged(registries: Iterable[Registry]) -> Registry:
    """Merge several registries (for a simulation next to the real points). Raises: DafengError for ids
    given twice.
    """
    parts = list(registries)
    tables: dict[str, list[Row]] = {
        table: [row for part in parts for row in part.tables[table]] for table in schema()
    }
    digest = hashlib.sha256("".join(part.digest for part in parts).encode()).hexdigest()
    return _checked(tables, "metering", parts[0].where, parts[0].region, digest, Problems())
