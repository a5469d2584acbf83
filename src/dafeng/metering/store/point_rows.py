"""Points, virtual points and factors of a registry as rows of the store: one row for each version of a point.

Readings are stored by the number of the version that is in force when they begin, so that unit, period, medium and
owner of what was metered earlier stay as they were. The first version has `since` null.
"""

from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from dafeng.evidence import midnight
from dafeng.metering.dated_points import PointVersion, versions_of
from dafeng.metering.master_data import PERIODS, Registry, formula_terms, media
from dafeng.metering.tables import packaged
from dafeng.units import factor


def write_points(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Write every version of every point; each keeps its number, also where its first day is moved, those of points that
    are gone are retired.

    Versions that a point no longer has are left for `rehome` to clear.
    """
    known: dict[tuple[str, date | None], int] = {
        (id_, since): number
        for id_, since, number in connection.execute("SELECT id, since, number FROM point").fetchall()
    }
    connection.execute("UPDATE point SET kind = 'retired', counted = false")
    versions, following = versions_of(registry.tables), max(known.values(), default=0)
    for before, now in _moved_first_days(set(known), {(version.id, version.since) for version in versions}):
        known[now] = known.pop(before)
    for version in versions:
        if (version.id, version.since) not in known:
            following += 1
            known[version.id, version.since] = following
    rows = _rows(versions, registry, known)
    if rows:
        connection.execute(
            "DELETE FROM point WHERE number IN (SELECT unnest($1))", [[row[0] for row in rows]]
        )
        connection.register("new_points", _arrow(rows, connection))
        connection.execute("INSERT INTO point SELECT * FROM new_points")
        connection.unregister("new_points")
    _write_terms(connection, versions, known)


_Version = tuple[str, date | None]


def _moved_first_days(before: set[_Version], now: set[_Version]) -> list[tuple[_Version, _Version]]:
    """The versions that begin on another day than before: of each point the only one that is gone and the only new one.

    What it holds of closed months, which may begin later, stays under its number.
    """
    gone, new = ({one for one in own if one[1] is not None} for own in (before - now, now - before))
    pairs = []
    for id_ in {one[0] for one in gone}:
        old, fresh = ([one for one in own if one[0] == id_] for own in (gone, new))
        if len(old) == len(fresh) == 1:
            pairs.append((old[0], fresh[0]))
    return pairs


def _rows(
    versions: list[PointVersion], registry: Registry, numbers: dict[tuple[str, date | None], int]
) -> list[list[Any]]:
    units, objects, known = registry.by_id("units"), registry.by_id("objects"), media()
    rows = []
    for version in versions:
        point, number = version.row, numbers[version.id, version.since]
        owner = units[objects[point["object"]]["owner"]]
        rows.append([
            number, point["id"], point["name_zh"], owner["id"], point["object"], point["medium"],
            point["use"], point["unit"], factor(point["unit"], known[point["medium"]]["unit"]),
            1 if point["direction"] == "in" else -1, point["rated_max"], PERIODS[point["period"]], point["kind"],
            point["parent"], owner["county"], owner["sector"], owner["industry"], bool(owner["synthetic"]),
            point["use"] in {"input", "output"} and known[point["medium"]]["kind"] == "energy"
            and point["kind"] != "virtual",
            _midnight(point["valid_from"]), _midnight(point["valid_to"]), version.since, point["tariff"],
        ])  # fmt: skip
    return rows


def _write_terms(
    connection: duckdb.DuckDBPyConnection,
    versions: list[PointVersion],
    numbers: dict[tuple[str, date | None], int],
) -> None:
    """Write the parts of virtual points, each version with those of the same days."""
    connection.execute("DELETE FROM term")
    parts: dict[str, list[PointVersion]] = {}
    for version in versions:
        parts.setdefault(version.id, []).append(version)
    last = {id_: own[-1].since for id_, own in parts.items()}
    for version in versions:
        for sign, part in formula_terms(version.row["formula"] or ""):
            for other in parts[part]:
                since = max(filter(None, (version.since, other.since)), default=None)
                until = min(
                    (one.until for one in (version, other) if one.until and one.since != last[one.id]),
                    default=None,
                )
                if since is None or until is None or since < until:
                    connection.execute(
                        "INSERT INTO term VALUES (?, ?, ?, ?, ?)",
                        [numbers[version.id, version.since], numbers[part, other.since], sign, since, until],
                    )


def _arrow(rows: list[list[Any]], connection: duckdb.DuckDBPyConnection) -> pa.Table:
    described = connection.execute("DESCRIBE point").fetchall()
    types = {
        "INTEGER": pa.int32(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32(),
    }  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            column[0]: pa.array(values, types[column[1]])
            for column, values in zip(described, columns, strict=True)
        }
    )


def _midnight(day: Any) -> datetime | None:
    return None if day is None else midnight(day)


def write_factors(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Write the packaged factors and those of the place, per unit of the medium, in tce or t CO2."""
    known = media()
    connection.execute("DELETE FROM factor")
    rows = [dict(row, confirmed=row["confirmed"] == "yes") for row in packaged("factors")]
    values: list[Any] = []
    for row in [*rows, *registry.tables["factors"]]:
        target = ("tCO2" if row["quantity"] == "co2" else "tce") + "/" + known[row["medium"]]["unit"]
        values += [
            row["medium"], row["quantity"], row["region"], str(row["valid_from"] or "1900-01-01"),
            str(row["valid_to"] or "9999-12-31"), float(row["value"]) * factor(row["unit"], target), row["set"],
            row["source"], row["confirmed"], int(known[row["medium"]]["scope"]),
        ]  # fmt: skip
    one = f"({', '.join('?' * 10)})"
    connection.execute(f"INSERT INTO factor VALUES {', '.join([one] * (len(values) // 10))}", values)
    connection.execute("DELETE FROM point_factor")
    connection.execute(_POINT_FACTORS, [registry.region])
    connection.execute("DELETE FROM rate")
    connection.execute(_RATES)


_POINT_FACTORS = """
INSERT INTO point_factor
SELECT point, quantity, valid_from, valid_to, value, scope FROM (
  SELECT p.number AS point, f.quantity, f.valid_from, f.valid_to, f.value * p.to_medium * p.sign AS value, f.scope,
    CASE f.region WHEN p.owner THEN 1 WHEN $1 THEN 2 WHEN 'CN' THEN 3 END AS nearness,
    min(CASE f.region WHEN p.owner THEN 1 WHEN $1 THEN 2 WHEN 'CN' THEN 3 END)
      OVER (PARTITION BY p.number, f.quantity) AS nearest
  FROM point p JOIN factor f USING (medium) WHERE f.region IN (p.owner, $1, 'CN'))
WHERE nearness = nearest"""
"""A factor of the unit itself goes before the province's, that before the nation's; all signed and per
unit read."""


_RATES = """
INSERT INTO rate
WITH cut AS (SELECT point, valid_from AS day FROM point_factor UNION SELECT point, valid_to FROM point_factor),
span AS (SELECT point, day AS since, lead(day) OVER (PARTITION BY point ORDER BY day) AS until FROM cut)
SELECT s.point, s.since, s.until, max(f.value) FILTER (f.quantity = 'coal_equivalent_calorific'),
  max(f.value) FILTER (f.quantity = 'coal_equivalent_equivalent'), max(f.value) FILTER (f.quantity = 'co2'), max(f.scope)
FROM span s JOIN point_factor f ON f.point = s.point AND f.valid_from <= s.since AND s.since < f.valid_to
WHERE s.until IS NOT NULL GROUP BY s.point, s.since, s.until"""
"""The factors of a point side by side for each span of days on which none of them changes."""
