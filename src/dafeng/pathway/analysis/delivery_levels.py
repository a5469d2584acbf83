"""Probability of a peak in time by level of delivery, and the delivery required."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.ensemble import with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.ensemble import Ensemble
from dafeng.pathway.methods.peaks import peak
from dafeng.pathway.results.parts import Estimate
from dafeng.pathway.results.peaks import DeliveryLevel

Array = NDArray[np.float64]

LEVELS: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
DEADLINE = 2029
SURE = 0.90


def chance(event: NDArray[np.bool_], groups: NDArray[np.int64]) -> Estimate:
    """Return the share of all samples, with its standard error from the spread between the independent
    scrambles.
    """
    shares = np.array([event[groups == group].mean() for group in np.unique(groups)])
    return Estimate(
        value=float(event.mean()), standard_error=float(shares.std(ddof=1) / np.sqrt(shares.size))
    )


def delivery_levels(
    model: Model,
    ensemble: Ensemble,
    account: str,
    horizon: int,
    known: Mapping[float, Estimate],
) -> tuple[DeliveryLevel, ...]:
    """Compute the probability at each of `LEVELS`; levels given as already evaluated are not evaluated again.

    Parameters
    ----------
    ensemble : Ensemble
        The rows that all levels share.
    account : str
        The account whose peak is looked for up to `horizon`.
    """
    groups, observed = ensemble.groups, ensemble.observed[account]
    years = model.years[model.years <= horizon]
    all_years = np.concatenate([model.base.observed_years, years])
    found = []
    for level in LEVELS:
        probability = known.get(level)
        if probability is None:
            found_here = evaluate(model, model.delivery(level), ensemble.draws, years, HEADLINE_ONLY)
            factor = None if ensemble.factor is None else ensemble.factor[:, : years.size]
            series = with_factor(found_here, factor)[account]
            result = peak(all_years, np.concatenate([observed, series], axis=1))
            probability = chance(result.year <= DEADLINE, groups)
        found.append(DeliveryLevel(delivery=level, before_2030=probability))
    return tuple(found)


def delivery_needed(levels: Sequence[DeliveryLevel], sure: float = SURE) -> float:
    """Return the delivery from which on the probability is at least `sure`, linear between levels; NaN where
    none is.

    Parameters
    ----------
    levels
        Chance of the peak by degree of delivery.
    sure
        Chance that is wanted [1].

    Returns
    -------
    Degree of delivery [1], or NaN.

    Examples
    --------
    >>> at = lambda delivery, chance: DeliveryLevel(
    ...     delivery=delivery, before_2030=Estimate(value=chance, standard_error=0.0)
    ... )
    >>> delivery_needed([at(0.0, 0.2), at(0.5, 0.8), at(1.0, 1.0)])
    0.75
    """
    ordered = sorted(levels, key=lambda level: level.delivery)
    if not ordered or ordered[-1].before_2030.value < sure:
        return float("nan")
    for low, high in zip(ordered[-2::-1], ordered[:0:-1], strict=True):
        if low.before_2030.value < sure:
            rise = high.before_2030.value - low.before_2030.value
            step = (sure - low.before_2030.value) / rise
            return low.delivery + step * (high.delivery - low.delivery)
    return ordered[0].delivery
