"""Emissions that no fuel explains: one row of categories.csv each, computed where its activity is known."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Grade, NotationKey, packaged_rows
from dafeng.factors import table, usable
from dafeng.inventory.accounts.methods import Part, parts_of, raw_names
from dafeng.inventory.accounts.raw_activities import Activities, raw_activities
from dafeng.inventory.equations.default_uncertainties import half_width
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
    return tuple(Category(**row) for row in packaged_rows("dafeng.inventory", "data/categories.csv"))


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
    activities = Activities(case)
    return [
        cell
        for category in categories()
        for year in years
        for cell in _cells(category, year, by_activity.get(category.activity), activities)
    ]


def _cells(
    category: Category, year: int, rows: pd.DataFrame | None, activities: Activities
) -> list[dict[str, object]]:
    """The category's own cell and, where its emission is not stated, those computed from raw activities by gas."""
    own = _cell(category, year, rows)
    stated = rows is not None and year in rows.index
    parts = [
        part for part in parts_of(category.id, activities, year) if not (stated and part.gas == category.gas)
    ]
    by_gas: dict[str, list[Part]] = {}
    for part in parts:
        by_gas.setdefault(part.gas, []).append(part)
    computed = [_computed(own, gas, found) for gas, found in by_gas.items()]
    if category.gas in by_gas:
        return computed
    if not stated and raw_names(category.id):
        names = raw_names(category.id)
        listed = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        own = {**own, "note": f"no activity data: {category.activity}, or {listed}"}
    return [own, *computed]


def _computed(base: dict[str, object], gas: str, parts: list[Part]) -> dict[str, object]:
    """One cell of all parts of a gas: NE with the reasons as soon as one part is not estimated."""
    reasons = [part for part in parts if part.key and part.key not in ("NO", "IE")]
    known = [part for part in parts if not part.key]
    notes = "; ".join(dict.fromkeys(f"{p.activity}: {p.note}" if p.note else p.activity for p in parts))
    cell = {**base, "gas": gas, "note": notes, "source": ";".join(dict.fromkeys(p.source for p in parts))}
    if reasons or not known:
        key = reasons[0].key if reasons else parts[0].key
        return {**cell, "key": key}
    value = sum(p.value for p in known)
    single = len({p.unit for p in known}) == 1 and not {p.activity for p in known if p.value < 0}
    amount = sum(p.amount for p in known) if single else float("nan")
    return {
        **cell,
        "activity": amount,
        "activity_unit": known[0].unit if single else "",
        "emission_factor": value / amount if amount else float("nan"),
        "value_t": value,
        "low_t": value - sum((p.value - p.low) ** 2 for p in known) ** 0.5,
        "high_t": value + sum((p.high - p.value) ** 2 for p in known) ** 0.5,
        "key": "",
        "grade": max(p.grade for p in known),
    }


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


def activity_names() -> pd.DataFrame:
    """What activities.csv may hold [activity, unit, row, gas, method, factors, zh, en]: stated emissions and outputs
    with the factor of their category, then the raw activities with their method (`companion`: needed by another).

    >>> activity_names().set_index("activity").loc["msw_landfilled", ["unit", "row", "method"]].tolist()
    ['t', 'landfill', 'landfill']
    """
    direct = [
        (
            c.activity,
            c.unit,
            c.id,
            c.gas,
            "output × factor" if c.factor_id else "stated emission",
            c.factor_id,
            c.zh,
            c.en,
        )
        for c in categories()
    ]
    raw = [(r.activity, r.unit, r.row, r.gas, r.method, r.factors, r.zh, r.en) for r in raw_activities()]
    columns = ["activity", "unit", "row", "gas", "method", "factors", "zh", "en"]
    return pd.DataFrame([*direct, *raw], columns=columns)
