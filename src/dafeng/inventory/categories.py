"""Emissions that no fuel explains: one row of categories.csv each, computed where its activity is known."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Grade, NotationKey
from dafeng.factors import table, usable
from dafeng.inventory.uncertainties import half_width
from dafeng.units import factor


@dataclass(frozen=True, slots=True)
class Category:
    """A category outside combustion; `activity` in `unit` times the factor (a row of the factor tables)."""

    id: str
    category: str
    branch: str
    sector: str
    gas: str
    activity: str
    unit: str
    factor_table: str
    factor_id: str
    factor_scale: str
    zh: str
    en: str
    province_row: str
    gpc: str
    equation: str


@cache
def categories() -> tuple[Category, ...]:
    """All rows of categories.csv; a new row needs no code."""
    text = (files("dafeng.inventory") / "data" / "categories.csv").read_text(encoding="utf-8")
    return tuple(Category(**row) for row in csv.DictReader(text.splitlines()))


@cache
def factor_row(table_name: str, factor_id: str) -> tuple[float, str]:
    """Value and status of a row of the factor tables. Raises: ValueError for a row without a usable value."""
    rows = table(table_name)
    row = rows[rows["id"] == factor_id].iloc[0]
    if pd.isna(row["value"]) or not usable(str(row["status"])):
        raise ValueError(f"{factor_id} has no value that may be used")
    return float(row["value"]), str(row["status"])


def category_cells(case: Case, years: list[int]) -> list[dict[str, object]]:
    """A cell for every category and year: the emission where the activity is known, else its key (NE).

    Activities come from the place's own activities.csv, never from the parent's. A key that the table holds
    (NO, IE, C) is kept.
    """
    table_of = case.table("activities")
    wanted = table_of["activity"].isin([category.activity for category in categories()])
    own = table_of[wanted & (table_of["region"] == case.city.code)]
    by_activity = {
        str(name): rows.drop_duplicates("year").set_index("year") for name, rows in own.groupby("activity")
    }
    return [
        _cell(category, year, by_activity.get(category.activity))
        for category in categories()
        for year in years
    ]


def _cell(category: Category, year: int, rows: pd.DataFrame | None) -> dict[str, object]:
    base: dict[str, object] = {
        "year": year,
        "category": category.category,
        "row": category.id,
        "branch": category.branch,
        "sector": category.sector,
        "fuel": "",
        "activity": float("nan"),
        "activity_unit": category.unit,
        "energy_tj": 0.0,
        "emission_factor": float("nan"),
        "gas": category.gas,
        "value_t": float("nan"),
        "low_t": float("nan"),
        "high_t": float("nan"),
        "key": NotationKey.NE.value,
        "grade": Grade.E.value,
        "source": "",
        "note": f"no activity data: {category.activity}",
        "group": category.id,
    }
    if rows is None or year not in rows.index:
        return base
    row: dict[Any, Any] = rows.loc[[year]].to_dict("records")[0]
    if pd.isna(row["value"]):
        return {**base, "key": str(row["value_key"]), "source": str(row["source"]), "note": str(row["note"])}
    amount = float(row["value"]) * _scale(str(row["unit"]), category.unit)
    rate, width = 1.0, half_width("factor.biological")
    if category.factor_id:
        rate = factor_row(category.factor_table, category.factor_id)[0] * float(category.factor_scale)
        width = half_width("factor.process") if category.category == "process" else width
    spread = (half_width("activity.official") ** 2 + width**2) ** 0.5
    value = amount * rate
    return {
        **base,
        "activity": amount,
        "emission_factor": rate,
        "value_t": value,
        "key": "",
        "low_t": value - abs(value) * spread,
        "high_t": value + abs(value) * spread,
        "grade": str(row["grade"]),
        "note": str(row["note"]),
        "source": ";".join(s for s in (str(row["source"]), category.factor_id) if s),
    }


def _scale(unit: str, to: str) -> float:
    if unit == to:
        return 1.0
    try:
        return factor(unit, to)
    except DafengError as error:
        raise DafengError.at("activities.csv:unit", unit, f"a unit of {to}") from error
