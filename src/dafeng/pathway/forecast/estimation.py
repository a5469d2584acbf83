"""Joint estimation of the error process of energy CO2 on several records, each with a measurement error of
its own.

An error of record k at lead h is the process plus that record's measurement errors at the origin, at the
outcome and, through the damped trend, five years before the origin:

    Cov(e_k, e_l) = V(h) + [k = l] c(h) σ_k²,    c(h) = 1 + (1 + λh/5)² + (λh/5)²

with V of `ErrorProcess.variance`, λ the damping. So what the records share is the process, what they do not
share is measurement: a covariance of records represents the variance, and no record's noise is taken for a
forecast's error.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.forecast.model_error import FUEL_DAMPING, Cells
from dafeng.pathway.methods.error_process import AUTOCORRELATION, ErrorProcess

Array = NDArray[np.float64]

# prior sd of the permanent part of growth errors, a year. Seven origins of one regime change cannot tell it from the
# AR(1): with 0.5-2 % a year the composite likelihood moves by 5 of 2,900 (grade E; docs/forecast.md)
PERMANENT_SD = 0.015
TREND_YEARS = 5
SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated process, the measurement sd of each record in ln [source], the composite log-likelihood and
    the cells used.
    """

    process: ErrorProcess
    measurement_sd: Array
    log_likelihood: float
    cells: int


def measurement_weight(leads: NDArray[np.int64], damping: float = FUEL_DAMPING) -> Array:
    """Compute c(h): variance of a hindcast error by measurement over the measurement variance, [lead]."""
    step = damping * np.asarray(leads, dtype=float) / TREND_YEARS
    return np.asarray(1.0 + (1.0 + step) ** 2 + step**2)


def error_sd(estimate: Estimate, leads: NDArray[np.int64]) -> Array:
    """Return the standard deviation of a record's hindcast error in ln, [lead, source]."""
    process = estimate.process.variance(leads)[:, None]
    return np.sqrt(process + measurement_weight(leads)[:, None] * estimate.measurement_sd**2)


def estimate_process(
    cells: Cells, permanent_sd: float = PERMANENT_SD, start: Estimate | None = None, autocorrelation: float = AUTOCORRELATION
) -> Estimate:  # fmt: skip
    """Estimate the process by maximum composite likelihood: normal cells with mean 0, a lead's cells weighted
    by 1/lead as their spans overlap.

    Parameters: `cells` damped errors of several records; `permanent_sd` a year, stated and not estimated;
    `start` a nearby estimate. The means are not estimated: a place keeps the pool, and the pool is near
    unbiased after damping.

    Raises: DafengError for fewer than two records or no cells.
    """
    from scipy.optimize import minimize

    sources = cells.error.shape[1] if cells.error.ndim == 2 else 0
    if sources < 2 or not len(cells.error):
        raise DafengError.at(
            "model_error.csv", f"{sources} records, {len(cells.error)} cells", "two records or more"
        )
    leads = np.unique(cells.lead)
    moments = [cells.error[cells.lead == h] for h in leads]
    counts = np.array([len(x) for x in moments], dtype=float) / leads
    second = np.stack([x.T @ x / len(x) for x in moments])
    weight = measurement_weight(leads)

    def loss(logs: Array) -> float:
        growth, yearly, *own = np.exp(logs)
        variance = ErrorProcess(growth, permanent_sd, yearly, autocorrelation).variance(leads)
        matrix = variance[:, None, None] + weight[:, None, None] * np.diag(np.square(own))
        _, log_determinant = np.linalg.slogdet(matrix)
        fit = np.trace(np.linalg.solve(matrix, second), axis1=1, axis2=2)
        return float(0.5 * (counts * (log_determinant + fit)).sum())

    first = _start(start, sources)
    bounds = [(np.log(SMALLEST), 0.0)] * (2 + sources)
    result = minimize(loss, first, method="L-BFGS-B", bounds=bounds)
    growth, yearly, *own = np.exp(result.x)
    return Estimate(
        ErrorProcess(float(growth), permanent_sd, float(yearly), autocorrelation), np.array(own), -float(result.fun), len(cells.error)
    )  # fmt: skip


def _start(start: Estimate | None, sources: int) -> Array:
    if start is None:
        return np.log([0.03, 0.01, *[0.02] * sources])
    return np.log([start.process.growth_sd, start.process.yearly_sd, *start.measurement_sd])
