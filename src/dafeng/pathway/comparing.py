"""Named points of the cube beside each other, where a number comes from, and what drove a change."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError
from dafeng.pathway.decomposition import lmdi
from dafeng.pathway.ensemble import accounts_of, ensemble_draws, observed_samples
from dafeng.pathway.evaluation import ACCOUNTS, IMPORT, ROWS, evaluate
from dafeng.pathway.model import Model
from dafeng.pathway.paths import Paths
from dafeng.pathway.peaks import peak
from dafeng.pathway.projection import Band

Array = NDArray[np.float64]

KAYA = ("population", "gdp_per_person", "energy_per_gdp", "co2_per_energy")


@dataclass(frozen=True, slots=True)
class Point:
    """A scenario evaluated: bands by account over `years` and, for each account, the peak.

    `peak_year` are the 5, 50 and 95 % quantiles over samples that peak (NaN where none does), `before_2030`
    the share of samples whose peak is 2029 or earlier.
    """

    name: str
    delivery: Mapping[str, float]
    years: NDArray[np.int64]
    bands: Mapping[str, Band]
    peak_year: Mapping[str, tuple[float, float, float]]
    before_2030: Mapping[str, float]


def scenario_delivery(
    case: Case, model: Model, name: str, changes: Mapping[str, float] | None = None
) -> Array:
    """Degrees of delivery [measure] of a scenario of the case, with single measures set otherwise.

    Measures whose effect is not estimated have no column: a scenario may name them, a change may not.

    Raises: DafengError for an unknown scenario or measure, or a degree outside 0–1.
    """
    if name not in case.scenarios:
        raise DafengError.at("--scenario", name, f"one of {', '.join(case.scenarios)}")
    wanted = dict(case.scenarios[name]["delivery"])
    default = float(wanted.pop("default", 0.0))
    known = {measure.id for measure in model.measures}
    chosen = {measure: float(degree) for measure, degree in wanted.items() if measure in known}
    return model.delivery(default, **(chosen | dict(changes or {})))


def compare(
    model: Model,
    points: Mapping[str, Array],
    samples: int,
    seed: int,
    years: Sequence[int] | None = None,
    horizon: int = 2035,
    executor: Executor | None = None,
) -> list[Point]:
    """Any number of points of the cube on the same draws.

    Parameters: `points` name → degrees [measure], or [sample, measure] where delivery is uncertain; `years` those reported (all by default; the peak looks
    at observed years and the base year to `horizon`); `executor` where blocks of samples run.

    Raises: DafengError as `evaluate` does.
    """
    draws = np.concatenate(ensemble_draws(model, samples, seed))
    observed = observed_samples(model, draws)
    inside = model.years <= horizon
    shown = (
        np.arange(model.years.size) if years is None else np.asarray(years, dtype=np.int64) - model.years[0]
    )
    if shown.size == 0 or shown.min() < 0 or shown.max() >= model.years.size:
        raise DafengError.at("years", str(years), f"years from {model.years[0]} to {model.years[-1]}")
    found = []
    for name, degrees in points.items():
        accounts = accounts_of(model, degrees, draws, executor)
        axis = np.concatenate([model.base.observed_years, model.years[inside]])
        peaks = {
            a: peak(axis, np.concatenate([observed[a], accounts[a][:, inside]], axis=1)).year
            for a in ACCOUNTS
        }
        found.append(
            Point(
                name,
                {
                    m.id: float(d)
                    for m, d in zip(model.measures, np.atleast_2d(degrees).mean(axis=0), strict=True)
                },
                model.years[shown],
                {a: Band.of(accounts[a][:, shown]) for a in ACCOUNTS},
                {a: _quantiles(peaks[a]) for a in ACCOUNTS},
                {a: float(np.mean(peaks[a] <= 2029)) for a in ACCOUNTS},
            )
        )
    return found


def _quantiles(years: Array) -> tuple[float, float, float]:
    known = years[~np.isnan(years)]
    if not known.size:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


@dataclass(frozen=True, slots=True)
class Drivers:
    """Kaya decomposition of an account between two years: mean effect of each factor and its 5–95 % range, t."""

    account: str
    start: int
    end: int
    change_t: float
    effect_t: Mapping[str, float]
    low_t: Mapping[str, float]
    high_t: Mapping[str, float]


def decompose(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str = "A"
) -> Drivers:
    """What drove the change of `account` from `start` to `end`: population, GDP per person, energy per GDP, CO2 per energy.

    Additive LMDI-I in every sample, so effects add up to the change without a rest.

    Raises: DafengError where a year is not modelled, the account is unknown or the model has no population.
    """
    if account not in ACCOUNTS or "population" not in model.parameters:
        raise DafengError.at(
            "decompose", account, f"an account of {', '.join(ACCOUNTS)} and a model with population"
        )
    years = [start, end]
    found = evaluate(model, delivery, draws, years)
    paths = Paths(model, np.asarray(years) - model.years[0])
    degrees = np.atleast_2d(delivery)
    paths.chunk(degrees, draws)
    people = np.broadcast_to(np.asarray(paths.get("population")), found.accounts[account].shape)
    growth = paths.get("gdp_growth")
    gdp = np.ones_like(people) if growth is None else np.broadcast_to(np.exp(growth), people.shape)
    energy, co2 = found.quantities["primary_energy"], found.accounts[account]
    factors = np.stack([people, gdp / people, energy / gdp, co2 / energy], axis=1)[:, :, None, :]
    effects = lmdi(factors[..., 0], factors[..., 1])[:, :, 0]
    low, high = np.quantile(effects, (0.05, 0.95), axis=0)
    mean = effects.mean(axis=0)
    return Drivers(
        account, start, end, float((co2[:, 1] - co2[:, 0]).mean()),
        *({name: float(x) for name, x in zip(KAYA, row, strict=True)} for row in (mean, low, high)),
    )  # fmt: skip


def decompose_sectors(
    model: Model, delivery: Array, draws: Array, start: int, end: int, account: str = "A"
) -> Drivers:
    """What drove the change of `account`: GDP, and each sector's emissions per GDP (`intensity: NAME`).

    Additive LMDI-I in every sample over the rows of the account (the plan's sectors; in A the electricity import
    as a change of its own where it changes sign, in B the processes), so effects add up without a rest.

    Raises: DafengError where a year is not modelled or the account is unknown.
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
    factors = np.stack([np.broadcast_to(gdp, co2.shape), co2 / gdp], axis=1)
    # a row that changes sign (an import that becomes an export) has no logarithm: its change is its intensity's
    turns = co2[..., 0] * co2[..., 1] < 0
    factors[np.broadcast_to(turns[:, None, :, None], factors.shape)] = 1.0
    effects = lmdi(factors[..., 0], factors[..., 1])
    effects[:, 1] += np.where(turns, co2[..., 1] - co2[..., 0], 0.0)
    parts = np.concatenate([effects[:, 0].sum(axis=1, keepdims=True), effects[:, 1]], axis=1)
    labels = ("gdp", *(f"intensity: {name}" for name in names))
    low, high = np.quantile(parts, (0.05, 0.95), axis=0)
    return Drivers(
        account, start, end, float((co2[..., 1] - co2[..., 0]).sum(axis=1).mean()),
        *({name: float(x) for name, x in zip(labels, row, strict=True)} for row in (parts.mean(axis=0), low, high)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """One input of a number: the table row it comes from, its value in the year, its range, unit, grade and source."""

    parameter: str
    name_zh: str
    name_en: str
    table: str
    row: str
    value: float
    low: float
    high: float
    unit: str
    grade: str
    source: str
    effect: float


def explain(
    case: Case, model: Model, quantity: str, year: int, delivery: Array, top: int = 12
) -> tuple[float, list[Origin]]:
    """Why a number is what it is: the central value of `quantity` and the inputs that move it most.

    Parameters: `quantity` an account (A, B) or a quantity of `evaluate`. `effect` is the change of the
    quantity when the input goes from its 5 to its 95 % end, or the measure from nothing to full delivery.

    Raises: DafengError for an unknown quantity or year.
    """
    n, m = len(model.drivers), len(model.measures)
    draws = np.concatenate([np.zeros((1, n)), -np.eye(n), np.eye(n), np.zeros((2 * m, n))])
    degrees = np.repeat(np.atleast_2d(delivery), len(draws), axis=0)
    for measure in range(m):
        degrees[1 + 2 * n + measure, measure] = 0.0
        degrees[1 + 2 * n + m + measure, measure] = 1.0
    found = evaluate(model, degrees, draws, [year])
    values = {**found.accounts, **found.quantities}
    if quantity not in values:
        raise DafengError.at("quantity", quantity, f"one of {', '.join(values)}")
    series = values[quantity][:, 0]
    column = year - int(model.years[0])
    origins = [_driver_origin(case, model, k, column, series, n) for k in range(n)]
    origins += [_measure_origin(case, model, k, series, n, m) for k in range(m)]
    origins.sort(key=lambda origin: -abs(origin.effect))
    return float(series[0]), [origin for origin in origins if origin.effect != 0][:top]


def _driver_origin(case: Case, model: Model, k: int, column: int, series: Array, n: int) -> Origin:
    """The driver's own row of the table, between its knots; the model's range where the table gives none."""
    driver, parameter = model.drivers[k], model.parameters[model.drivers[k].parameter]
    rows = case.table("drivers")
    rows = rows[rows["id"] == driver.id].sort_values("year")
    year = float(model.years[column])
    knots = rows["year"].to_numpy(dtype=float)
    value, low, high = (
        float(np.interp(year, knots, rows[name].to_numpy(dtype=float))) for name in ("value", "low", "high")
    )
    if np.isnan(low):
        low, high = value * np.exp(-parameter.down[column]), value * np.exp(parameter.up[column])
    return Origin(
        driver.parameter, driver.name_zh, driver.name_en, "drivers.csv", driver.id, value, float(low), float(high),
        str(rows["unit"].iloc[0]), driver.grade, driver.source, float(series[1 + n + k] - series[1 + k]),
    )  # fmt: skip


def _measure_origin(case: Case, model: Model, k: int, series: Array, n: int, m: int) -> Origin:
    measure = model.measures[k]
    rows = case.table("measures")
    unit = str(rows[rows["id"] == measure.id]["unit"].iloc[0])
    effect = float(series[1 + 2 * n + m + k] - series[1 + 2 * n + k])
    return Origin(
        ";".join(dict.fromkeys(rows[rows["id"] == measure.id]["parameter"])), measure.name_zh, measure.name_en, "measures.csv",
        measure.id, 1.0, 0.0, 1.0, unit, measure.grade, measure.source, effect,
    )  # fmt: skip
