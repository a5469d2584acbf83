"""Decomposition of a change of an account: LMDI by Kaya factors and by sectors, for observed and projected
years.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, Problems
from dafeng.inventory import Inventory
from dafeng.pathway.engine.ensemble import with_factor
from dafeng.pathway.engine.evaluate import ACCOUNTS, IMPORT, ROWS, Result, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.methods.lmdi import lmdi
from dafeng.units import TJ_PER_MWH, convert

Array = NDArray[np.float64]

KAYA = ("population", "gdp_per_person", "energy_per_gdp", "co2_per_energy")
ERROR = "model_error"
POPULATION, GROWTH = "population_resident_yearend", "gdp_real_growth"


@dataclass(frozen=True, slots=True)
class Drivers:
    """Kaya or sector decomposition of an account between two years: mean effect of each factor and its 5–95 %
    range, t.

    `left_out` names rows of the inventory that are not estimated in one of the years, and so are in neither.
    """

    account: str
    start: int
    end: int
    change_t: float
    effect_t: Mapping[str, float]
    low_t: Mapping[str, float]
    high_t: Mapping[str, float]
    left_out: tuple[str, ...] = ()


def decompose(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str = "A",
    factor: Array | None = None,
) -> Drivers:  # fmt: skip
    """Decompose the change of `account` from `start` to `end`: population, GDP per person, energy per GDP,
    CO2 per energy.

    Additive LMDI-I in every sample, so effects add up to the change without a rest.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] [1].
    draws
        Deviates [sample, driver].
    start
        First year.
    end
        Last year.
    account
        A or B.
    factor
        Factors of the model's own error [sample, year of the model]; their effect is `model_error`.

    Returns
    -------
    Effects of each factor with their range [t CO2].

    Raises
    ------
    DafengError
        Where a year is not modelled, the account is unknown or the model has no population.
    """
    if account not in ACCOUNTS or "population" not in model.parameters:
        raise DafengError.at(
            "decompose", account, f"an account of {', '.join(ACCOUNTS)} and a model with population"
        )
    return _by_kaya(*_kaya_factors(model, delivery, draws, start, end, account, factor), start, end, account)


def decompose_change(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str = "A",
    factor: Array | None = None,
) -> Drivers:  # fmt: skip
    """Decompose the change of `account` by Kaya factors, by sectors where those have no logarithm.

    Kaya needs a population, and energy and emissions of one sign: where net import turns either below zero
    in a draw, the sectors (import as a change of its own) still add up.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] [1].
    draws
        Deviates [sample, driver].
    start
        First year.
    end
        Last year.
    account
        A or B.
    factor
        Factors of the model's own error [sample, year of the model]; their effect is `model_error`.

    Returns
    -------
    Effects of each factor with their range [t CO2].

    Raises
    ------
    DafengError
        Where a year is not modelled or the account is unknown.
    """
    if "population" in model.parameters:
        factors, co2 = _kaya_factors(model, delivery, draws, start, end, account, factor)
        if (factors[..., 0] * factors[..., 1] >= 0).all():
            return _by_kaya(factors, co2, start, end, account)
    return decompose_sectors(model, delivery, draws, start, end, account, factor)


def _kaya_factors(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str, factor: Array | None
) -> tuple[Array, Array]:
    """Factors [sample, factor, 1, (start, end)] and emissions [sample, (start, end)]."""
    years = [start, end]
    found = evaluate(model, delivery, draws, years)
    paths = Paths(model, np.asarray(years) - model.years[0])
    degrees = np.atleast_2d(delivery)
    paths.chunk(degrees, draws)
    people = np.broadcast_to(np.asarray(paths.get("population")), found.accounts[account].shape)
    growth = paths.get("gdp_growth")
    gdp = np.ones_like(people) if growth is None else np.broadcast_to(np.exp(growth), people.shape)
    energy, co2 = found.quantities["primary_energy"], found.accounts[account]
    parts = [people, gdp / people, energy / gdp, co2 / energy]
    if factor is not None:
        with_error = _with_error(model, found, factor, years, account)
        parts.append(np.divide(with_error, co2, out=np.ones_like(co2), where=co2 != 0))
        co2 = with_error
    return np.stack(parts, axis=1)[:, :, None, :], co2


def _with_error(model: Model, found: Result, factor: Array, years: Sequence[int], account: str) -> Array:
    """Compute `account` [sample, year] with the model's own error, as the ensemble has it."""
    return with_factor(found, factor[:, np.asarray(years) - model.years[0]])[account]


def _by_kaya(factors: Array, co2: Array, start: int, end: int, account: str) -> Drivers:
    effects = lmdi(factors[..., 0], factors[..., 1])[:, :, 0]
    low, high = np.quantile(effects, (0.05, 0.95), axis=0)
    mean = effects.mean(axis=0)
    return Drivers(
        account, start, end, float((co2[:, 1] - co2[:, 0]).mean()),
        *_by_name((*KAYA, ERROR)[: mean.size], mean, low, high),
    )  # fmt: skip


def decompose_sectors(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str = "A",
    factor: Array | None = None,
) -> Drivers:  # fmt: skip
    """Decompose the change of `account` by sector: GDP, and each sector's emissions per GDP
    (`intensity: NAME`).

    Additive LMDI-I in every sample over the rows of the account (the plan's sectors; in A the electricity
    import as a change of its own where it changes sign, in B the processes), so effects add up without a
    rest.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] [1].
    draws
        Deviates [sample, driver].
    start
        First year.
    end
        Last year.
    account
        A or B.
    factor
        Factors of the model's own error [sample, year of the model]; their effect is `model_error`.

    Returns
    -------
    Effects of GDP and of each sector's intensity with their range [t CO2].

    Raises
    ------
    DafengError
        Where a year is not modelled or the account is unknown.
    """
    if account not in ACCOUNTS:
        raise DafengError.at("decompose_sectors", account, f"an account of {', '.join(ACCOUNTS)}")
    found = evaluate(model, delivery, draws, [start, end])
    paths = Paths(model, np.asarray([start, end]) - model.years[0])
    paths.chunk(np.atleast_2d(delivery), draws)
    growth = paths.get("gdp_growth")
    left_out = "process" if account == "A" else IMPORT
    names = [row for row in ROWS if row != left_out]
    co2 = np.asarray(found.sectors)[:, [ROWS.index(name) for name in names]]
    gdp = np.exp(np.zeros((1, 2)) if growth is None else growth)[:, None, :]
    effects = _activity_and_intensity(co2, np.broadcast_to(gdp, co2.shape))
    parts = np.concatenate([effects[:, 0].sum(axis=1, keepdims=True), effects[:, 1]], axis=1)
    labels = ("gdp", *(f"intensity: {name}" for name in names))
    if factor is not None:
        added = _with_error(model, found, factor, [start, end], account) - found.accounts[account]
        parts = np.concatenate([parts, (added[:, 1:] - added[:, :1])], axis=1)
        labels = (*labels, ERROR)
    low, high = np.quantile(parts, (0.05, 0.95), axis=0)
    return Drivers(
        account, start, end, float(parts.sum(axis=1).mean()), *_by_name(labels, parts.mean(axis=0), low, high)
    )


def _by_name(
    names: Iterable[str], mean: Array, low: Array, high: Array
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    found = [dict(zip(names, row.tolist(), strict=True)) for row in (mean, low, high)]
    return found[0], found[1], found[2]


def _activity_and_intensity(co2: Array, activity: Array) -> Array:
    """Effects [sample, factor, row] of activity and of emissions per activity; `co2`, `activity`
    [sample, row, (start, end)].

    A row that changes sign (an import that becomes an export) has no logarithm: its change is its
    intensity's.
    """
    factors = np.stack([activity, co2 / activity], axis=1)
    turns = co2[..., 0] * co2[..., 1] < 0
    factors[np.broadcast_to(turns[:, None, :, None], factors.shape)] = 1.0
    effects = lmdi(factors[..., 0], factors[..., 1])
    effects[:, 1] += np.where(turns, co2[..., 1] - co2[..., 0], 0.0)
    return effects


def decompose_past(
    case: Case, inventory: Inventory, start: int, end: int, account: str = "A", sectors: bool = False
) -> Drivers:
    """Decompose the change of `account` between two years of the inventory, with the city's own statistics.

    Population and real growth of GDP come from observations.csv; energy is that of combustion and of net
    imported electricity (3.6 TJ/GWh). With `sectors` as `decompose_sectors`, without as `decompose`. One
    history, no draws: `low_t` and `high_t` are NaN.

    Parameters
    ----------
    case
        Loaded case with its observations.
    inventory
        Inventory of the case.
    start
        First year.
    end
        Last year.
    account
        A or B.
    sectors
        Whether the factors are those of `decompose_sectors`.

    Returns
    -------
    Effects of each factor [t CO2].

    Raises
    ------
    DafengError
        For an unknown account, a year that the inventory lacks, and statistics that are missing.
    """
    if account not in ACCOUNTS:
        raise DafengError.at("--account", account, f"an account of {', '.join(ACCOUNTS)}")
    known = {start, end} & set(inventory.years)
    if known != {start, end} or start >= end:
        raise DafengError.at(
            "--years", f"{start}:{end}", f"two years of the inventory, {inventory.years[0]}–{inventory.years[-1]}, the earlier first",
            f"for years to come, from the base year {inventory.base_year} on",
        )  # fmt: skip
    growth = _observed(case, GROWTH, range(start + 1, end + 1), "1")
    gdp = np.array([1.0, float(np.prod(1.0 + growth))])
    parts = [inventory.part(account, year) for year in (start, end)]
    parts = [part[part["gas"] == "CO2"] for part in parts]
    # a row that is estimated in one year only would look like a rise or a fall
    empty = [set(part[(part["category"] == "process") & (part["key"] != "")]["row"]) for part in parts]
    gone = empty[0] ^ empty[1]
    parts = [part[(part["key"] == "") & ~part["row"].isin(gone)] for part in parts]
    if sectors:
        names = [row for row in ROWS if row != ("process" if account == "A" else IMPORT)]
        by_row = [part.assign(row=_row_of(part)).groupby("row")["value_t"].sum() for part in parts]
        co2 = np.stack([sums.reindex(names).fillna(0.0).to_numpy(dtype=float) for sums in by_row], axis=-1)[
            None
        ]
        effects = _activity_and_intensity(co2, np.broadcast_to(gdp, co2.shape))[0]
        labels = ("gdp", *(f"intensity: {name}" for name in names))
        found = np.concatenate([effects[0].sum(keepdims=True), effects[1]])
        totals = co2[0].sum(axis=0)
    else:
        people = _observed(case, POPULATION, (start, end), "persons")
        totals = np.array([float(part["value_t"].sum()) for part in parts])
        imported = [part[part["category"] == "electricity_import"]["activity"].sum() for part in parts]
        energy = np.array([float(p["energy_tj"].sum()) for p in parts]) + TJ_PER_MWH * np.array(
            imported, dtype=float
        )
        factors = np.stack([people, gdp / people, energy / gdp, totals / energy])[:, None, :]
        labels, found = KAYA, lmdi(factors[..., 0], factors[..., 1])[:, 0]
    unknown = dict.fromkeys(labels, float("nan"))
    effect = {name: float(x) for name, x in zip(labels, found, strict=True)}
    return Drivers(
        account, start, end, float(totals[1] - totals[0]), effect, unknown, dict(unknown), tuple(sorted(gone))
    )


def _row_of(part: pd.DataFrame) -> pd.Series:
    category = part["category"].map({"process": "process", "electricity_import": IMPORT})
    return category.fillna(part["sector"])


def _observed(case: Case, indicator: str, years: Iterable[int], unit: str) -> Array:
    """Statistics of the city by year, in `unit`."""
    table = case.table("observations")
    rows = table[
        (table["region"] == case.city.code) & (table["indicator"] == indicator) & table["value"].notna()
    ]
    known = {
        int(y): (float(v), str(u)) for y, v, u in zip(rows["year"], rows["value"], rows["unit"], strict=True)
    }
    problems, values = Problems(), []
    for year in years:
        if year not in known:
            problems.add(
                f"observations.csv: {indicator}", f"no value for {year}", f"{indicator} in that year"
            )
            continue
        values.append(float(convert(*known[year], unit)))
    problems.raise_if_any()
    return np.array(values)
