"""Raw activity data of a place (activities.csv) and their emission factors, with ranges."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, packaged_rows
from dafeng.factors import grade, table, usable
from dafeng.inventory.equations.default_uncertainties import half_width
from dafeng.inventory.equations.uncertainty import combine_product
from dafeng.units import factor


@dataclass(frozen=True, slots=True)
class RawActivity:
    """Raw activity of a category: its unit, the category (`row`), the method and its factors.

    `method` companion: a further datum that another activity needs (days, shares, areas).
    """

    activity: str
    unit: str
    row: str
    gas: str
    method: str
    factors: str
    zh: str
    en: str


@cache
def raw_activities() -> tuple[RawActivity, ...]:
    """Return all rows of raw_activities.csv."""
    return tuple(RawActivity(**row) for row in packaged_rows("dafeng.inventory", "data/raw_activities.csv"))


@cache
def raw_units() -> dict[str, str]:
    """Return the unit of each raw activity."""
    return {raw.activity: raw.unit for raw in raw_activities()}


@dataclass(frozen=True, slots=True)
class Datum:
    """Row of activities.csv in the unit of its activity; `key` (NO, NE, IE, C) where it holds no number."""

    value: float
    grade: str
    source: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RatedFactor:
    """Emission factor with its relative range below and above (95 %), grade and row id."""

    value: float
    down: float
    up: float
    grade: str
    id: str


class Activities:
    """Activity data of one place by name and year, in canonical units."""

    def __init__(self, case: Case) -> None:
        frame = case.table("activities")
        own = best_rows(
            frame[(frame["region"] == case.city.code) & frame["activity"].isin(list(raw_units()))]
        )
        self._found: dict[str, dict[int, Datum]] = {}
        for row in own.to_dict("records"):
            years = self._found.setdefault(str(row["activity"]), {})
            years.setdefault(int(row["year"]), _datum(row))
        self.region = case.city.code

    def holds(self, activity: str) -> bool:
        """Check whether the table has a row of `activity` in some year."""
        return activity in self._found

    def get(self, activity: str, year: int) -> Datum | None:
        """Return the datum of `activity` in `year`, None where the table has no row."""
        return self._found.get(activity, {}).get(year)

    def latest(self, activity: str, year: int) -> tuple[int, Datum] | None:
        """Return the datum of the year, else of the nearest earlier year, with its year."""
        known = [y for y in self._found.get(activity, {}) if y <= year]
        return (max(known), self._found[activity][max(known)]) if known else None

    def years(self, activity: str) -> list[int]:
        """Return the years that hold a number."""
        return sorted(y for y, datum in self._found.get(activity, {}).items() if not datum.key)


_PLACE = ["activity", "region", "year"]
_SAME = 1e-6
"""Relative difference up to which two sources agree."""


def best_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row of each activity, region and year: a number before a key, then the better grade.

    A typed statistic and a register may both have one. Where rows of one grade contradict each other neither is
    taken, whatever their order: the row is NE and its note names them.

    Parameters
    ----------
    frame
        Rows of activities.csv.

    Returns
    -------
    The rows, in the order of the table.
    """
    if not frame.duplicated(_PLACE).any():
        return frame.sort_index()
    ranked = _ranked(frame)
    best = frame.loc[ranked.drop_duplicates(_PLACE).index.sort_values()].copy()
    for rows in contradictions(frame):
        at = best[(best[_PLACE] == rows.iloc[0][_PLACE]).all(axis=1)].index[0]
        best.loc[at, "value"] = float("nan")
        told = {
            "value_key": "NE",
            "source": ";".join(rows["source"]),
            "note": f"sources of one grade: {stated(rows)}",
        }
        for name, text in told.items():
            best.loc[at, name] = text
    return best


def _ranked(frame: pd.DataFrame) -> pd.DataFrame:
    ranked = frame.assign(
        _no_number=frame["value"].isna(), _grade=frame["grade"].replace("", "F").fillna("F")
    )
    return ranked.sort_values(["_no_number", "_grade"], kind="stable")


def contradictions(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the rows of each activity, region and year whose best grade has several numbers that differ.

    Parameters
    ----------
    frame
        Rows of activities.csv.

    Returns
    -------
    One table for each, in the order of their sources.
    """
    if not frame.duplicated(_PLACE).any():
        return []
    ranked = _ranked(frame)
    ranked = ranked[~ranked["_no_number"]]
    best = ranked["_grade"] == ranked.groupby(_PLACE)["_grade"].transform("min")
    several = ranked[
        best & ranked[best].duplicated(_PLACE, keep=False).reindex(ranked.index, fill_value=False)
    ]
    groups = (rows.sort_values(["source", "value"]) for _, rows in several.groupby(_PLACE))
    return [rows for rows in groups if not _agree(rows.to_dict("records"))]


def _agree(rows: list[dict[Any, Any]]) -> bool:
    first = rows[0]
    for other in rows[1:]:
        try:
            same = first["unit"] == other["unit"]
            value = float(other["value"]) * (1.0 if same else factor(str(other["unit"]), str(first["unit"])))
        except DafengError:  # units of different kinds
            return False
        if abs(first["value"] - value) > _SAME * max(abs(first["value"]), abs(value), 1e-12):
            return False
    return True


def stated(rows: pd.DataFrame) -> str:
    """Write the values of several sources: `1 t (a, B), 2 t (b, B)`."""
    return ", ".join(
        f"{row['value']:,.6g} {row['unit']} ({row['source']}, {row['grade'] or '—'})"
        for row in rows.to_dict("records")
    )


def _datum(row: dict[Any, Any]) -> Datum:
    name, unit = str(row["activity"]), str(row["unit"])
    if pd.isna(row["value"]):
        return Datum(float("nan"), str(row["grade"]), str(row["source"]), str(row["value_key"]))
    wanted = raw_units()[name]
    try:
        scale = 1.0 if unit == wanted else factor(unit, wanted)
    except DafengError as error:
        raise DafengError.at(f"activities.csv:{name} {row['year']}", unit, f"a unit of {wanted}") from error
    value = float(row["value"]) * scale
    if value < 0:
        raise DafengError.at(
            f"activities.csv:{name} {row['year']}", str(row["value"]), "a number not below 0"
        )
    if name.startswith("msw_share_") and value > 1:
        raise DafengError.at(
            f"activities.csv:{name} {row['year']}", str(row["value"]), "a share of at most 1"
        )
    return Datum(value, str(row["grade"]), str(row["source"]))


@cache
def _rows() -> dict[str, RatedFactor]:
    """Every usable row of the tables without fuels by its id; a row without a value is not there."""
    found = {}
    for name, doubt in DOUBTS.items():
        for row in table(name).to_dict("records"):
            if pd.notna(row["value"]) and usable(str(row["status"])):
                found[str(row["id"])] = _rated(row, half_width(doubt))
    return found


DOUBTS = {
    "agriculture": "factor.biological",
    "waste": "factor.biological",
    "lulucf": "factor.biological",
    "process": "factor.process",
    "fugitive": "factor.biological",
}
"""Table → the half-width of its factors where none is published."""


def _rated(row: dict[Any, Any], default: float) -> RatedFactor:
    value = float(row["value"])
    down = up = default
    low, high = row["unc_low"], row["unc_high"]
    absolute = pd.notna(low) and pd.notna(high) and "%" not in str(row["unc_kind"])
    if absolute and value and low <= value <= high:
        down, up = (value - low) / value, (high - value) / value
    return RatedFactor(value, down, up, grade(str(row["status"])).value, str(row["id"]))


def rated(factor_id: str) -> RatedFactor:
    """Return the factor of a row of the tables.

    Raises: DafengError where the row has no value that may be used.
    """
    if factor_id not in _rows():
        raise DafengError.at(
            "factors", f"{factor_id} without usable value", "a row with value and usable status"
        )
    return _rows()[factor_id]


@cache
def selected(name: str, **conditions: str) -> RatedFactor | None:
    """Return the usable row of table `name` whose columns hold `conditions`, or None.

    `condition`: one of its `;` parts.
    """
    frame = table(name)
    for column, wanted in conditions.items():
        if column == "condition":
            parts = set(wanted.split("; "))
            frame = frame[[parts <= set(str(c).split("; ")) for c in frame[column]]]
        else:
            frame = frame[frame[column] == wanted]
    usable_rows = [str(i) for i in frame["id"] if str(i) in _rows()]
    return _rows()[usable_rows[0]] if usable_rows else None


LIVESTOCK_GROUPS = {"1": "华北", "2": "东北", "3": "华东", "4": "中南", "5": "西南", "6": "西北"}
"""First digit of the GB/T 2260 code → group of the livestock factors (NY/T 4243-2022): Jiangxi is in 华东,
while its grid is 华中."""


def spread(factors: Iterable[RatedFactor]) -> tuple[float, float]:
    """Compute the relative range of an activity of official statistics times `factors`.

    Quadrature below and above.
    """
    chosen = list(factors)
    activity = half_width("activity.official")
    down, up = (
        float(combine_product([getattr(f, end) for f in chosen] + [activity])) for end in ("down", "up")
    )
    return min(down, 1.0), up
