"""Weights of ensemble rows by readings (Bayes, Gaussian errors), and rows drawn by their weights.

A growth is judged in logarithms, so the level of a source is free. Its relative errors have the covariance

    Cov(t, s) = base² + yearly² min(t − b, s − b) + own(t)² [t = s]

b the earlier year that the growth refers to: what all years share through it, what years add and later years
keep, and what is left of each year's stated error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Problems, Text
from dafeng.pathway.engine.ensemble import SCALED, with_factor
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.readings import Reading

Array = NDArray[np.float64]

GENERATION = (
    "coal_generation_old",
    "coal_generation_new",
    "wind_solar_generation",
    "hydro_generation",
    "biomass_generation",
)
TOTAL_GENERATION = "generation"


@dataclass(frozen=True, slots=True)
class Learned:
    """Importance weights `weights[sample]` that sum to 1, and their effective sample size."""

    weights: Array
    effective_sample_size: float
    readings: tuple[Reading, ...]


def importance_weights(predicted: ArrayLike, observed: ArrayLike, sigma: ArrayLike) -> Array:
    """Compute normalised importance weights [sample], Gaussian errors independent between observations.

    Parameters
    ----------
    predicted
        Prediction [sample, observation].
    observed
        Reading [observation], in the same unit.
    sigma
        Standard error [observation], in the same unit.

    Returns
    -------
    Weights [sample] that add up to 1.

    Raises
    ------
    DafengError
        Where shapes do not match, a value is not finite or a sigma is not positive.
    """
    model, truth, error = (np.asarray(x, dtype=float) for x in (predicted, observed, sigma))
    problems = Problems()
    if model.ndim != 2 or truth.shape != model.shape[1:] or error.shape != truth.shape:
        problems.add(
            "importance_weights",
            f"{model.shape}, {truth.shape}, {error.shape}",
            "[sample, observation] and [observation] twice",
        )
    elif not (np.isfinite(model).all() and np.isfinite(truth).all() and (error > 0).all()):
        problems.add(
            "importance_weights",
            "a value that is not finite or a sigma of 0",
            "finite values, positive sigmas",
        )
    problems.raise_if_any()
    logs = -0.5 * (((model - truth) / error) ** 2).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def effective_sample_size(weights: ArrayLike) -> float:
    """Compute (Σw)² / Σw² (Kish 1965): the number of equal samples that carry the same information.

    Parameters
    ----------
    weights
        Weights [sample], 0 or more.

    Returns
    -------
    Number of equal samples, 1 to the number of samples.
    """
    w = np.asarray(weights, dtype=float)
    return float(w.sum() ** 2 / (w**2).sum())


def predict(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> Array:
    """Predict each reading by the model, [sample, reading]; `factor` [sample, year] is its own error on
    energy CO2 in the model's years, or the first of them up to the last reading.

    Raises: DafengError with every reading that is synthetic, of an unknown quantity or of a year not
    modelled.
    """
    problems = Problems()
    modelled = [r for r in readings if {r.year, r.relative_to or r.year} <= set(model.years.tolist())]
    years = np.unique([year for r in modelled for year in (r.year, r.relative_to or r.year)])
    accounts_alone = all(r.quantity in ACCOUNTS for r in readings)
    quantities = _quantities(model, delivery, draws, years, factor, accounts_alone) if modelled else {}
    for reading in readings:
        where = f"{reading.quantity} {reading.year}"
        if reading.origin == "synthetic":
            problems.add(
                where, Text("合成读数", "a synthetic reading"), Text("观测值", "an observation"),
                Text("合成读数不含城市的信息", "synthetic readings teach nothing about a city"),
            )  # fmt: skip
        if reading not in modelled or reading.quantity not in quantities:
            names = ", ".join(quantities) or ", ".join(ACCOUNTS)
            first, last = model.years[[0, -1]]
            problems.add(
                where, Text("模型没有此量或此年", "no such quantity or year in the model"),
                Text(f"以下之一：{names}；{first}–{last}年", f"one of {names}; years {first}-{last}"),
            )  # fmt: skip
    problems.raise_if_any()
    columns = []
    for r in readings:
        series = quantities[r.quantity]
        value = series[:, np.searchsorted(years, r.year)]
        columns.append(
            value if r.relative_to is None else value / series[:, np.searchsorted(years, r.relative_to)]
        )
    return np.stack(columns, axis=1) if columns else np.empty((len(draws), 0))


def _quantities(
    model: Model, delivery: Array, draws: Array, years: NDArray[np.int64], factor: Array | None, accounts_alone: bool
) -> dict[str, Array]:  # fmt: skip
    found = evaluate(model, delivery, draws, years, HEADLINE_ONLY if accounts_alone else "all")
    error = None if factor is None else factor[:, years - model.years[0]]
    quantities = {**found.quantities, **with_factor(found, error)}
    if accounts_alone:
        return quantities
    if error is not None:
        quantities |= {name: quantities[name] * error for name in SCALED.intersection(quantities)}
    quantities[TOTAL_GENERATION] = np.sum([quantities[name] for name in GENERATION], axis=0)
    return quantities


def learn(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> Learned:
    """Compute importance weights of the ensemble from independent readings; others do not count twice.

    Growths carry the information (`relative_to`): the level of a source is free, so a level that is off by
    its scope has no effect. A reading without `relative_to` enters by its level.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] or [sample, measure] [1].
    draws
        Deviates [sample, driver].
    readings
        Readings with their own errors.
    factor
        Model's error [sample, year].

    Returns
    -------
    Weights [sample], their effective number, and the readings used.

    Raises
    ------
    DafengError
        As `predict`, and where no independent reading is given.
    """
    used = tuple(reading for reading in readings if reading.independent)
    if not used:
        raise DafengError.at(
            "observations.csv", Text("没有独立于模型的读数", "none that is independent of the model"),
            Text("模型未用过的观测值", "an observation that the model has not seen"),
            Text("在 observations.csv 补充网格化排放或省级能源结构", "add gridded emissions or the province's energy mix to observations.csv"),
        )  # fmt: skip
    weights = weights_of(predict(model, delivery, draws, used, factor), used)
    return Learned(weights, effective_sample_size(weights), used)


def weights_of(predicted: Array, readings: Sequence[Reading]) -> Array:
    """Compute normalised weights [sample] of `predicted` [sample, reading]; series are independent of each
    other.
    """
    whitened, observed = [], []
    for series in dict.fromkeys((r.quantity, r.source, r.relative_to) for r in readings):
        columns = [k for k, r in enumerate(readings) if (r.quantity, r.source, r.relative_to) == series]
        mine = [readings[k] for k in columns]
        values, sigma = (np.array([getattr(r, name) for r in mine]) for name in ("value", "sigma"))
        if not ((sigma > 0).all() and (values > 0).all()):
            raise DafengError.at(
                f"{series[0]} {mine[0].year}", Text("误差或数值不大于0", "a sigma or a value that is not above 0"),
                Text("大于0的数值和误差", "positive values and sigmas"),
            )  # fmt: skip
        if series[2] is None:
            whitened.append(predicted[:, columns] / sigma)
            observed.append(values / sigma)
            continue
        factor = np.linalg.inv(np.linalg.cholesky(_covariance(mine, series[2])))
        whitened.append(np.log(predicted[:, columns]) @ factor.T)
        observed.append(factor @ np.log(values))
    truth = np.concatenate(observed)
    return importance_weights(np.concatenate(whitened, axis=1), truth, np.ones_like(truth))


def _covariance(readings: Sequence[Reading], base: int) -> Array:
    """Covariance of the relative errors of one series of growths since `base`, [reading, reading]."""
    value, sigma, shared, yearly, year = (
        np.array([getattr(r, name) for r in readings], dtype=float)
        for name in ("value", "sigma", "base_sigma", "yearly_sigma", "year")
    )
    lead = np.abs(year - base)
    common = np.outer(shared, shared) + np.outer(yearly, yearly) * np.minimum.outer(lead, lead)
    own = (sigma / value) ** 2 - np.diag(common)
    if (own < -1e-12).any():
        raise DafengError.at(
            f"{readings[0].quantity} {readings[0].year}",
            Text("误差小于其共同部分", "an error below the part that it shares"),
            Text("sigma² 不小于 base² + yearly²·年数", "sigma² not below base² + yearly² times years"),
        )
    return np.asarray(common + np.diag(np.maximum(own, 0.0)))


def drawn_rows(weights: Array, sizes: Sequence[int]) -> NDArray[np.int64]:
    """Draw rows [sample] by their weights, each scramble from its own rows (systematic resampling, Kitagawa 1996).

    A row of weight w among n comes w·n times, rounded up or down, so that equal weights give every row once.
    """
    rows, start = [], 0
    for size in sizes:
        mine = weights[start : start + size]
        ends = np.cumsum(mine)
        points = (np.arange(size) + 0.5) / size * ends[-1]
        rows.append(start + np.minimum(np.searchsorted(ends, points), size - 1))
        start += size
    return np.concatenate(rows).astype(np.int64)
