"""Ensemble rows that all scenarios of a result share: deviates, the model's own error, the years before the
base year.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.ensemble import ensemble_draws, ensemble_sizes, observed_samples
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.discrepancy import discrepancy
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Ensemble: `draws[sample, driver (+ measure)]`; `factor[sample, year]` on energy CO2 (None: no model
    error).

    `observed[account][sample, year]` t before the base year; `sizes` and `groups[sample]` of the independent
    scrambles.
    """

    draws: Array
    factor: Array | None
    observed: Mapping[str, Array]
    sizes: tuple[int, ...]

    @property
    def groups(self) -> NDArray[np.int64]:
        """Return the scramble of each sample, [sample]."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def thinned(self, samples: int) -> "Ensemble":
        """Return the first rows of each scramble, together about `samples`: scrambles are prefix-stable."""
        least = max(samples // len(self.sizes), 1)
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        sizes = tuple(min(least, size) for size in self.sizes)
        rows = np.concatenate([start + np.arange(size) for start, size in zip(starts, sizes, strict=True)])
        factor = None if self.factor is None else self.factor[rows]
        observed = {account: values[rows] for account, values in self.observed.items()}
        return Ensemble(self.draws[rows], factor, observed, sizes)


def ensemble_of(model: Model, samples: int, seed: int, account: str, terms: Terms = ALL_TERMS) -> Ensemble:
    """Draw the ensemble of `samples` rows; the model's error is that of `account` less what the ranges of
    drivers explain.

    Raises
    ------
    DafengError
        As `draw`.
    """
    draws = np.concatenate(ensemble_draws(model, samples, seed))
    sizes = ensemble_sizes(samples)
    if not terms.discrepancy:
        return Ensemble(draws, None, observed_samples(model, draws), tuple(sizes))
    error = discrepancy(model, sizes, seed, account)
    return Ensemble(draws, error.factor, observed_samples(model, draws, error.observed), tuple(sizes))
