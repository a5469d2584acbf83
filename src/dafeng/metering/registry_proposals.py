"""Proposed rows of the registry: what each changes from its day on, which stored readings it bears on, and its entry by who
approves it.

A proposal adds rows to a dated table and mends none: `changes` (a point from a day on) or `events` (another ratio from a time
on). Whoever enters it names the version of the registry that was looked at.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Text, catalogue, chinese, today, write_atomically
from dafeng.metering.dated_points import CHANGEABLE, versions_of
from dafeng.metering.intake.ingest import enter_registry
from dafeng.metering.master_data import Registry, media, registry_from_rows
from dafeng.metering.store.registry_changes import read_days, refuse_rewriting
from dafeng.metering.store.store import Store, as_text
from dafeng.metering.tables import schema
from dafeng.tables import Row

Answer = dict[str, Any]
PROPOSABLE = {"changes": "valid_from", "events": "at"}
"""Table to which rows may be proposed → its column with the day or time from which a row holds."""
MOST_ROWS = 100


def _both(id_: str, **fields: object) -> Text:
    return catalogue("dafeng.metering").both(f"problem.{id_}", **fields)


def registry_of_unit(store: Store, unit: str) -> Answer:
    """Return the points of a unit as they are today, with the ratio of the mounted meter, and what a change may choose from."""
    registry, day = store.registry(), today()
    owners = {row["id"]: row["owner"] for row in registry.tables["objects"]}
    points = []
    for name in dict.fromkeys(version.id for version in versions_of(registry.tables)):
        row = _point_on(registry, name, day)
        if owners[row["object"]] == unit:
            points.append({
                "id": name, "name_zh": row["name_zh"] or "", "kind": row["kind"], "ratio": _ratio_at(registry, name, datetime.combine(day, datetime.min.time())),
                **{column: row[column] for column in CHANGEABLE},
            })  # fmt: skip
    return {
        "version": _version(store), "points": points,
        "objects": [{"id": row["id"], "name_zh": row["name_zh"]} for row in registry.tables["objects"] if row["owner"] == unit],
        "plans": sorted({row["plan"] for row in registry.tables["tariffs"] if row["plan"]}), "media": list(media()),
    }  # fmt: skip


def weigh_proposal(store: Store, unit: str, table: str, rows: Sequence[Mapping[str, str]]) -> Answer:
    """Return what proposed rows would change, and which stored readings would get another meaning; nothing is entered.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Unit whose points alone may be changed.
    table
        `changes` or `events`.
    rows
        Cells of each row, as text; `id` is given by point and day.

    Returns
    -------
    `version` of the registry looked at, `lines` (point, column, before, after, since), and `rewrites`: one sentence for each
    change of what stored readings mean, which needs who confirms it.

    Raises
    ------
    DafengError
        For a row that the registry does not take, or of a point of another unit.
    """
    before = store.registry()
    after = _with_rows(before, unit, table, rows)
    named = {row["id"]: row["name_zh"] for name in ("units", "objects") for row in after.tables[name]}
    there = {row["id"] for row in before.tables[table]}
    added = [row for row in after.tables[table] if row["id"] not in there]
    make = _changed_lines if table == "changes" else _ratio_lines
    lines = [line for row in added for line in make(before, row, named)]
    read = read_days(store)
    try:
        refuse_rewriting(before, after, read)
        rewrites: list[dict[str, str]] = []
    except DafengError as error:
        rewrites = [_shown(problem.found, f"{problem.where}: ") for problem in error.problems]
    if table == "events":
        rewrites += [
            _shown(_both("found_ratio_since", point=row["point"], at=row["at"], last=read[row["point"]][1]))
            for row in added if row["point"] in read and row["at"].date() <= read[row["point"]][1]
        ]  # fmt: skip
    return {"version": _version(store), "lines": lines, "rewrites": rewrites}


def enter_proposal(
    store: Store, unit: str, table: str, rows: Sequence[Mapping[str, str]], version: int, person: str, confirmed: bool = False,
) -> Answer:  # fmt: skip
    """Enter proposed rows into the registry, with the person who approved them; answers as `weigh_proposal`.

    Raises
    ------
    DafengError
        As `weigh_proposal`; where the registry is another one than the approved; where stored readings get another meaning and
        that was not `confirmed`; as `enter_registry` for a closed month.
    """
    found = weigh_proposal(store, unit, table, rows)
    if found["version"] != version:
        raise DafengError.at("registry", str(found["version"]), str(version), _both("mend_look_again"))
    if found["rewrites"] and not confirmed:
        raise DafengError.at(
            "registry", Text(*("; ".join(one[language] for one in found["rewrites"]) for language in ("zh", "en"))),
            _both("expected_confirmed_meaning"),
        )  # fmt: skip
    entered, derived = enter_registry(store, _with_rows(store.registry(), unit, table, rows), approve=person)
    return found | {"version": entered, "derived": derived}


def write_registry(store: Store, folder: str) -> Answer:
    """Write the newest registry as the tables of a case's `metering` folder; empty tables are left out."""
    target = Path(folder)
    written = []
    for table, rows in as_text(store.registry()).items():
        if rows:
            with write_atomically(target / f"{table}.csv") as temporary, temporary.open("w", encoding="utf-8", newline="") as file:  # fmt: skip
                lines = csv.DictWriter(file, list(schema()[table].named), lineterminator="\n")
                lines.writeheader()
                lines.writerows(rows)
            written.append(f"{table}.csv")
    return {"version": _version(store), "files": written}


def _version(store: Store) -> int:
    return int(store.rows("SELECT max(version) AS version FROM registry")[0]["version"])


def _with_rows(before: Registry, unit: str, table: str, rows: Sequence[Mapping[str, str]]) -> Registry:
    """Return the checked registry with the rows added. Raises: DafengError."""
    if table not in PROPOSABLE or not 0 < len(rows) <= MOST_ROWS:
        raise DafengError.at("registry", f"{table}, {len(rows)}", ", ".join(PROPOSABLE))
    tables, columns = as_text(before), schema()[table].named
    for row in rows:
        strange = [name for name in row if name not in columns or name == "id"]
        if strange:
            raise DafengError.at(table, ", ".join(strange), ", ".join(name for name in columns if name != "id"))  # fmt: skip
        since = "".join(sign for sign in row.get(PROPOSABLE[table], "") if sign.isdigit())
        tables[table].append({"id": f"{row.get('point', '')[:50]}-{since[:12]}", **row})
    after = registry_from_rows(tables, before.where, before.region)
    owners = {row["id"]: row["owner"] for row in before.tables["objects"]}
    for row in after.tables[table][len(before.tables[table]) :]:
        since = row[PROPOSABLE[table]]
        day = since.date() if isinstance(since, datetime) else since
        if owners[_point_on(before, row["point"], day)["object"]] != unit:
            raise DafengError.at(f"{table}:{row['point']}", row["point"], _both("expected_point_of_unit", unit=unit))  # fmt: skip
    return after


def _point_on(registry: Registry, point: str, day: date) -> Row:
    """Return the version of a point on a day."""
    own = [version for version in versions_of(registry.tables) if version.id == point]
    return [version.row for version in own if (version.since or day) <= day][-1]


def _changed_lines(before: Registry, row: Row, named: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a line for each column of a point that a row of `changes` gives another value; the owner goes with the object."""
    point, day = _point_on(before, row["point"], row["valid_from"]), row["valid_from"]
    pairs = [(name, point[name], row[name]) for name in CHANGEABLE if row[name] is not None and row[name] != point[name]]  # fmt: skip
    owners = {one["id"]: one["owner"] for one in before.tables["objects"]}
    pairs += [("owner", owners[old], owners[new]) for name, old, new in pairs if name == "object" and owners[old] != owners[new]]  # fmt: skip
    return [
        {"point": row["point"], "column": name, "since": str(day), "before": _cell(old, named), "after": _cell(new, named)}
        for name, old, new in pairs
    ]  # fmt: skip


def _ratio_lines(before: Registry, row: Row, _: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the line of a ratio that changes at a time."""
    old = _ratio_at(before, row["point"], row["at"])
    return [{"point": row["point"], "column": "ratio", "since": f"{row['at']:%Y-%m-%d %H:%M}", "before": _cell(old, {}), "after": _cell(row["ratio"], {})}]  # fmt: skip


def _ratio_at(registry: Registry, point: str, at: datetime) -> float | None:
    """Return the ratio of the meter that is mounted at a time, after the events before it; None without a meter."""
    for meter in registry.tables["meters"]:
        if (
            meter["point"] == point
            and meter["valid_from"] <= at
            and (meter["valid_to"] is None or at < meter["valid_to"])
        ):
            since = [one for one in registry.tables["events"] if one["point"] == point and one["kind"] == "ratio" and one["ratio"] and meter["valid_from"] <= one["at"] < at]  # fmt: skip
            last = max(since, key=lambda one: one["at"], default=meter)
            return float(last["ratio"])
    return None


def _cell(value: Any, named: Mapping[str, str]) -> str:
    """Return a cell as people read it: the name of an object or unit with its id."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.10g}"
    return f"{named[value]} ({value})" if value in named else str(value)


def _shown(text: Text | str, before: str = "") -> dict[str, str]:
    zh, en = (text.zh, text.en) if isinstance(text, Text) else (chinese(text), text)
    return {"zh": before + zh, "en": before + en}
