"""Emissions outside fuel combustion: one row of categories.csv each, computed from its activity."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dafeng.case import Case
from dafeng.evidence import DafengError, Grade, NotationKey, Problems, packaged_rows
from dafeng.factors import table, usable
from dafeng.inventory.accounts.downscaling import shares_of
from dafeng.inventory.accounts.electricity_balance import observed
from dafeng.inventory.accounts.methods import Part, parts_of, raw_names
from dafeng.inventory.accounts.model import PROCESS
from dafeng.inventory.accounts.raw_activities import Activities, best_rows, raw_activities
from dafeng.inventory.equations import agriculture, processes
from dafeng.inventory.equations.default_uncertainties import half_width
from dafeng.inventory.equations.uncertainty import combine_product, combine_sum
from dafeng.units import factor


@dataclass(frozen=True, slots=True)
class Category:
    """Category outside combustion: `equation` of the `activity` [`unit`] and a factor.

    The factor is a row of the factor tables.
    """

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


def stated_emission(amount: float, _factor: float) -> float:
    """Return an emission that activities.csv states itself [t of the gas]."""
    return amount


EQUATIONS: Mapping[str, Callable[[float, float], ArrayLike]] = {
    "stated": stated_emission,
    "product_emission": processes.product_emission,
    # the factor of the tables, 0.52, holds the correction for kiln dust
    "clinker_co2": partial(processes.clinker_co2, kiln_dust_correction=1.0),
    "lime_co2": processes.lime_co2,
    # the activity is what is melted of raw material, cullet left out
    "glass_co2": partial(processes.glass_co2, cullet_share=0.0),
    "carbonate_co2": processes.carbonate_co2,
    "soda_ash_co2": processes.soda_ash_co2,
    "livestock_emission": agriculture.livestock_emission,
}
"""Name in the column `equation` of categories.csv → equation of activity and factor; a new name needs a
line here."""


@cache
def categories() -> tuple[Category, ...]:
    """Return all rows of categories.csv; a new row needs no code.

    Raises: DafengError for an equation that is not in `EQUATIONS`, and for a row that states its emission
    and has a factor, or does neither.
    """
    return checked(Category(**row) for row in packaged_rows("dafeng.inventory", "data/categories.csv"))


def checked(rows: Iterable[Category]) -> tuple[Category, ...]:
    """Check the equations of categories and return them.

    Raises: as `categories`.
    """
    found, problems = tuple(rows), Problems()
    for row in found:
        where = f"categories.csv:{row.id}:equation"
        if row.equation not in EQUATIONS:
            problems.add(where, row.equation or "nothing", f"one of {', '.join(EQUATIONS)}")
        elif (row.equation == "stated") == bool(row.factor_id):
            problems.add(
                where, f"{row.equation}, factor {row.factor_id or 'none'}", "a factor, or a stated emission"
            )
    problems.raise_if_any()
    return found


@cache
def factor_row(table_name: str, factor_id: str) -> tuple[float, str]:
    """Return value and status of a row of the factor tables.

    Raises: ValueError for a row without a usable value.
    """
    rows = table(table_name)
    row = rows[rows["id"] == factor_id].iloc[0]
    if pd.isna(row["value"]) or not usable(str(row["status"])):
        raise ValueError(f"{factor_id} has no value that may be used")
    return float(row["value"]), str(row["status"])


def category_cells(case: Case, years: list[int]) -> list[dict[str, object]]:
    """Compute a cell for every category and year: the emission, or its key (NE) without an activity.

    Activities come from the place's own activities.csv, never from the parent's. A key that the table holds
    (NO, IE, C) is kept.
    """
    table_of = case.table("activities")
    wanted = table_of["activity"].isin([category.activity for category in categories()])
    own = best_rows(table_of[wanted & (table_of["region"] == case.city.code)])
    by_activity = {str(name): rows.set_index("year") for name, rows in own.groupby("activity")}
    activities = Activities(case)
    cells: list[dict[str, object]] = []
    for category in categories():
        rows = by_activity.get(category.activity)
        if rows is None and not any(activities.holds(name) for name in raw_names(category.id)):
            # most categories have no datum in any year
            (absent,) = _cells(category, 0, None, activities)
            cells += [{**absent, "year": year} for year in years]
            continue
        cells += [cell for year in years for cell in _cells(category, year, rows, activities)]
    return cells


def _cells(
    category: Category, year: int, rows: pd.DataFrame | None, activities: Activities
) -> list[dict[str, object]]:
    """Category's own cell and, where its emission is not stated, those from raw activities by gas."""
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
    down, up = (
        float(combine_sum([getattr(p, end) - p.value for p in known], 1.0, 1.0)) for end in ("low", "high")
    )
    single = len({p.unit for p in known}) == 1 and not {p.activity for p in known if p.value < 0}
    amount = sum(p.amount for p in known) if single else float("nan")
    return {
        **cell,
        "activity": amount,
        "activity_unit": known[0].unit if single else "",
        "emission_factor": value / amount if amount else float("nan"),
        "value_t": value,
        "low_t": value - down,
        "high_t": value + up,
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
    published, width = 1.0, half_width("factor.biological")
    if category.factor_id:
        published = factor_row(category.factor_table, category.factor_id)[0] * float(category.factor_scale)
        width = half_width("factor.process") if category.category == "process" else width
    spread = float(combine_product([half_width("activity.official"), width]))
    equation = EQUATIONS[category.equation]
    value, rate = (float(np.asarray(equation(size, published))) for size in (amount, 1.0))
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


CEMENT_ROW = "Nonmetal Mineral Products:Process"
CEMENT_SERIES = ("co2_ceads_process", "co2_cement_process")
"""Process CO2 of cement of the province: as published, else estimated from its cement output."""


def cement_cells(case: Case, years: list[int]) -> pd.DataFrame:
    """Cement process CO2: the parent's (CEADs, else by cement output) × the share of cement; its key where either is missing."""
    owner = case.parent or case
    series = next(
        (found for name in CEMENT_SERIES if len(found := observed(owner, name, owner.city.code, "tCO2"))),
        observed(owner, CEMENT_SERIES[0], owner.city.code, "tCO2"),
    )
    total = series.reindex(years).to_numpy()
    share = low = high = np.ones(len(years))
    texts: dict[str, Any] = {"grade": "B", "source": "", "note": ""}
    if case.parent is not None:
        shares = shares_of(case)
        line = shares.at((CEMENT_ROW, year) for year in years)
        share, low, high = (shares.numbers[name][line] for name in ("share", "low", "high"))
        texts = {name: shares.texts[name][line] for name in texts}
    value = total * share
    width = half_width("factor.process")
    low, high = (np.where(np.isnan(end), share, end) / share for end in (low, high))
    return pd.DataFrame(
        {
            "year": years,
            "category": PROCESS,
            "row": CEMENT_ROW,
            "branch": "building_materials",
            "sector": "industry",
            "fuel": "",
            "activity": np.nan,
            "activity_unit": "",
            "energy_tj": 0.0,
            "emission_factor": np.nan,
            "gas": "CO2",
            "value_t": value,
            "low_t": value * (1 - np.hypot(1 - low, width)),
            "high_t": value * (1 + np.hypot(high - 1, width)),
            "key": np.where(np.isfinite(value), "", NotationKey.NE.value),
            "grade": texts["grade"],
            "source": "co2_ceads_process;" + texts["source"],
            "note": texts["note"],
            "group": "Nonmetal Mineral Products",
        }
    )


def settle_clinker(cells: pd.DataFrame) -> pd.DataFrame:
    """Clinker counts once: by its own output where available, else by the parent's process emissions."""
    row, year, key = (cells[name].to_numpy(copy=True) for name in ("row", "year", "key"))
    clinker, cement = row == "clinker", row == CEMENT_ROW
    known, covered = year[clinker & (key == "")], year[cement & (key == "")]
    settled = cement & np.isin(year, known) | clinker & (key == "NE") & np.isin(year, covered)
    key[settled] = NotationKey.IE.value
    hidden = key != ""
    return cells.assign(
        key=key,
        **{name: np.where(hidden, np.nan, cells[name].to_numpy()) for name in ("value_t", "low_t", "high_t")},
    )


def activity_names() -> pd.DataFrame:
    """Return the activities that activities.csv may hold.

    Columns: activity, unit, row, gas, method, factors, zh, en. Stated emissions and outputs with the factor
    of their category, then the raw activities with their method (`companion`: needed by another).

    Examples
    --------
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
