"""Model discrepancy in the ensemble: one path a sample, common to all scenarios and accounts.

After the base year energy CO2 of every sector is multiplied by exp(D), D a path of the error process that the
hindcast estimates. What the ranges of drivers explain of it is taken out first, so that nothing is counted
twice:

    Var D(h) = max(0, V(h) − P(h)),   P(h) = Var ln(A(h) / A(0)) over the drivers, GDP as in the central case

(GDP is given in the hindcast). Where net import brings A(h) to 0 or below in a draw, P is that of the energy
CO2 of the territory, which is positive and is what past forecasts were scored on. Before the base year each year carries the measurement error of its record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, catalogue, packaged_rows
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model, draw
from dafeng.pathway.forecast.estimation import Estimate
from dafeng.pathway.forecast.model_error import CO2_SOURCES
from dafeng.pathway.methods.common_causes import PERMANENT, growth_dimension, normal_points
from dafeng.pathway.methods.error_process import ErrorProcess, error_paths

Array = NDArray[np.float64]

VARIANCE_SAMPLES = 512
GDP = "gdp_growth"
# inventories before the base year follow the provincial energy inventory
RECORD = CO2_SOURCES.index("co2_ceads")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Discrepancy factors on energy CO2: `factor[sample, year]` over the model's years,
    `observed[sample, year]` over those before.
    """

    factor: Array
    observed: Array


@cache
def shipped_estimate() -> Estimate:
    """Return the process of the package's table of past errors, as `estimate_process` fits it
    (error_process.csv; a test fits it again).
    """
    value = {row["id"]: float(row["value"]) for row in packaged_rows("dafeng.pathway", "error_process.csv")}
    return Estimate(
        ErrorProcess(value["growth_sd"], value["permanent_sd"], value["yearly_sd"], value["autocorrelation"]),
        np.array([value[f"measurement_sd.{source}"] for source in CO2_SOURCES]), value["log_likelihood"], int(value["cells"]),
    )  # fmt: skip


def parameter_variance(model: Model, account: str, seed: int) -> Array:
    """Compute Var ln(y(t) / y(0)) over the drivers with GDP as in the central case, no measure delivered,
    [year]; y is energy CO2 of the territory where `account` has no logarithm in a draw.

    Raises: DafengError where `account` is not above 0 in the base year: it is no level to scale.
    """
    draws = draw(model, VARIANCE_SAMPLES, seed)[:, : len(model.drivers)]
    for column, driver in enumerate(model.drivers):
        if driver.parameter == GDP:
            draws[:, column] = 0.0
    _check_base(model, account)
    found = evaluate(model, model.delivery(0.0), draws, quantities=HEADLINE_ONLY)
    series = found.accounts[account]
    if not (series > 0).all():
        series = found.accounts["B"] - found.process
    ratio = series / series[:, :1]
    if (ratio > 0).all():
        return np.asarray(np.log(ratio).var(axis=0))
    # wide drafts: a draw whose fuels have gone by a late year has no logarithm there
    return np.asarray(np.nanvar(np.log(np.where(ratio > 0, ratio, np.nan)), axis=0))


def _check_base(model: Model, account: str) -> None:
    centre = np.zeros((1, len(model.drivers)))
    year = model.base.year
    value = float(evaluate(model, model.delivery(0.0), centre, [year], HEADLINE_ONLY).accounts[account][0, 0])
    if value <= 0:
        texts = catalogue("dafeng.pathway")
        raise DafengError.at(
            f"base:{account}:{year}", texts.both("base_below_zero.found", value=f"{value:,.0f}"),
            texts.both("base_below_zero.expected", account=account), texts.both("base_below_zero.mend"),
        )  # fmt: skip


def remaining_share(model: Model, account: str, seed: int, estimate: Estimate | None = None) -> Array:
    """Compute the standard deviation of D over that of the process, [year]: what the ranges of drivers leave
    of it; 0 in the base year.
    """
    process = (estimate or shipped_estimate()).process
    variance = process.variance(model.years - model.years[0])
    left = np.maximum(variance - parameter_variance(model, account, seed), 0.0)
    return np.sqrt(np.divide(left, variance, out=np.zeros_like(left), where=variance > 0))


@dataclass(frozen=True, slots=True)
class Deviates:
    """Standard normal deviates of the error: `growth` and `yearly` [sample, year] of the years after the base
    year, `record` [sample, year] of those before it, `permanent` [sample].
    """

    growth: Array
    yearly: Array
    record: Array
    permanent: Array

    def chosen(self, rows: NDArray[np.int64], years: int) -> "Deviates":
        """Return the deviates of the first `years` and the permanent part from `rows` [sample]; later years
        and records keep their own rows, of which the readings of the first years hold no information.
        """
        growth, yearly = (
            np.concatenate([part[rows, :years], part[:, years:]], axis=1)
            for part in (self.growth, self.yearly)
        )
        return Deviates(growth, yearly, self.record, self.permanent[rows])


def error_deviates(model: Model, sizes: Sequence[int], seed: int) -> Deviates:
    """Draw the deviates of independent scrambles of `sizes` rows.

    Every calendar year has two permanent dimensions and the permanent part one, so that a sample's path
    depends on the seed and the scramble only.
    """
    later = [int(year) for year in model.years[1:]]
    past = [int(year) for year in model.base.observed_years]
    parts = []
    for scramble, n in enumerate(sizes):
        growth = normal_points([growth_dimension(year) for year in later], n, seed, scramble)
        yearly = normal_points([growth_dimension(year) + 1 for year in (*past, *later)], n, seed, scramble)
        permanent = normal_points([PERMANENT], n, seed, scramble)[:, 0]
        parts.append((growth, yearly[:, len(past) :], yearly[:, : len(past)], permanent))
    return Deviates(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def factors_of(deviates: Deviates, share: Array, estimate: Estimate | None = None) -> Discrepancy:
    """Compute the factors of `deviates`; `share` [year] as `remaining_share` gives it, in the model's years or
    the first of them.
    """
    found = estimate or shipped_estimate()
    observed = np.exp(deviates.record * found.measurement_sd[RECORD])
    return Discrepancy(np.exp(_paths(deviates, share, found)), observed)


def learned_factors(
    deviates: Deviates, rows: NDArray[np.int64], share: Array, years: int, estimate: Estimate | None = None
) -> Discrepancy:
    """Compute the factors of an ensemble whose `rows` [sample] were drawn by readings of the first `years`.

    Up to the last reading each path is that of its row. After it readings move the centre (the permanent part
    and the persistence of growth go on) but do not narrow the width: growth from there on is as wide as before
    learning, because past forecasts were not tested with such knowledge.
    """
    found = estimate or shipped_estimate()
    own, drawn = _paths(deviates, share, found), _paths(deviates.chosen(rows, years), share, found)
    last, later = slice(years, years + 1), slice(years + 1, None)
    before, after = own[:, later] - own[:, last], drawn[:, later] - drawn[:, last]
    drawn[:, later] = drawn[:, last] + before + (after.mean(axis=0) - before.mean(axis=0))
    return Discrepancy(np.exp(drawn), np.exp(deviates.record * found.measurement_sd[RECORD]))


def _paths(deviates: Deviates, share: Array, estimate: Estimate) -> Array:
    """Error in ln from the base year on, [sample, year]."""
    years = share.size - 1
    path = error_paths(
        estimate.process, deviates.growth[:, :years], deviates.yearly[:, :years], deviates.permanent
    )
    return np.concatenate([np.zeros((len(path), 1)), path * share[1:]], axis=1)


def discrepancy(
    model: Model, sizes: Sequence[int], seed: int, account: str, estimate: Estimate | None = None
) -> Discrepancy:
    """Draw factors for an ensemble of independent scrambles of `sizes` rows, as `ensemble_draws` makes it, before
    any reading is learned from.

    Parameters
    ----------
    model
        Compiled model of the case.
    sizes
        Rows of each scramble.
    seed
        Seed of the run.
    account
        A or B.
    estimate
        Estimate of the error process; that of the package without.

    Returns
    -------
    Factors on energy CO2 [sample, year], 1 up to the last observed year.
    """
    found = estimate or shipped_estimate()
    return factors_of(error_deviates(model, sizes, seed), remaining_share(model, account, seed, found), found)
