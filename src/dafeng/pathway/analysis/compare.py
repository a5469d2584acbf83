"""Comparison of named points of the cube on the same draws."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.analysis.delivery_levels import DEADLINE, chance
from dafeng.pathway.compile.scenarios import Scenario
from dafeng.pathway.engine.ensemble import accounts_of
from dafeng.pathway.engine.evaluate import ACCOUNTS
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.chances import past_exceeded
from dafeng.pathway.forecast.ensemble import Ensemble, ensemble_of
from dafeng.pathway.methods.peaks import peak
from dafeng.pathway.results.bands import Band
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """A scenario evaluated: bands by account over `years` and, for each account, the peak.

    `peak_year` are the 5, 50 and 95 % quantiles over samples that peak after `as_of` (NaN where none does):
    an earlier maximum is no peak before the rule of `observed_peak` says so. `past_exceeded` is the share of
    samples in which the highest year up to `as_of` is exceeded, `before_2030` that whose peak is 2029 or
    earlier, `standard_error` its error by the spread between the independent scrambles.
    """

    name: str
    delivery: Mapping[str, float]
    years: NDArray[np.int64]
    bands: Mapping[str, Band]
    peak_year: Mapping[str, tuple[float, float, float]]
    before_2030: Mapping[str, float]
    past_exceeded: Mapping[str, float]
    standard_error: Mapping[str, float]


def compare(
    model: Model,
    points: Mapping[str, Array | Scenario],
    samples: int,
    seed: int,
    years: Sequence[int] | None = None,
    horizon: int = 2035,
    executor: Executor | None = None,
    account: str = "A",
    terms: Terms = ALL_TERMS,
) -> list[Point]:
    """Compare any number of points of the cube on the same draws.

    Parameters
    ----------
    points : mapping
        Name → scenario, or degrees [measure], or [sample, measure] where delivery is uncertain.
    years : sequence of int
        Those reported (all by default; the peak looks at observed years and the base year to `horizon`).
    executor : Executor
        Where blocks of samples run.
    account : str
        The account whose spread the model's error is measured on.
    terms : Terms
        Terms of uncertainty.

    Raises
    ------
    DafengError
        As `evaluate` does.
    """
    ensemble = ensemble_of(model, samples, seed, account, terms)
    shown = (
        np.arange(model.years.size) if years is None else np.asarray(years, dtype=np.int64) - model.years[0]
    )
    if shown.size == 0 or shown.min() < 0 or shown.max() >= model.years.size:
        raise DafengError.at("years", str(years), f"years from {model.years[0]} to {model.years[-1]}")
    return [
        evaluate_point(model, ensemble, name, point, shown, horizon, executor)
        for name, point in points.items()
    ]


def evaluate_point(
    model: Model,
    ensemble: Ensemble,
    name: str,
    point: Array | Scenario,
    shown: NDArray[np.integer[Any]],
    horizon: int,
    executor: Executor | None = None,
) -> Point:
    """Evaluate one point of the cube on an ensemble that was drawn before; `shown` are places of years."""
    inside = model.years <= horizon
    observed = ensemble.observed
    place, degrees = (point.model, point.delivery) if isinstance(point, Scenario) else (model, point)
    # years that nothing here reads take as long as the others
    wanted = np.union1d(np.flatnonzero(inside), shown)
    accounts = accounts_of(place, degrees, ensemble.draws, executor, ensemble.factor, model.years[wanted])
    inside, drawn = np.isin(wanted, np.flatnonzero(inside)), np.searchsorted(wanted, shown)
    axis = np.concatenate([model.base.observed_years, model.years[wanted][inside]])
    paths = {a: np.concatenate([observed[a], accounts[a][:, inside]], axis=1) for a in ACCOUNTS}
    peaks = {a: peak(axis, paths[a]).year for a in ACCOUNTS}
    early = {a: chance(peaks[a] <= DEADLINE, ensemble.groups) for a in ACCOUNTS}
    return Point(
        name,
        {m.id: float(d) for m, d in zip(model.measures, np.atleast_2d(degrees).mean(axis=0), strict=True)},
        model.years[shown],
        {a: Band.of(accounts[a][:, drawn]) for a in ACCOUNTS},
        {a: _quantiles(peaks[a][peaks[a] > model.as_of]) for a in ACCOUNTS},
        {a: early[a].value for a in ACCOUNTS},
        {a: past_exceeded(axis, paths[a], model.as_of) for a in ACCOUNTS},
        {a: early[a].standard_error for a in ACCOUNTS},
    )


def _quantiles(years: Array) -> tuple[float, float, float]:
    known = years[~np.isnan(years)]
    if not known.size:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)
