"""Ensemble rows that all scenarios of a result share: deviates, the model's own error, the years before the
base year, drawn by what independent readings say of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.ensemble import ensemble_draws, ensemble_sizes, observed_samples
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.discrepancy import (
    Discrepancy,
    error_deviates,
    factors_of,
    learned_factors,
    remaining_share,
)
from dafeng.pathway.forecast.weighting import drawn_rows, learn
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """Ensemble before readings are learned from: `draws`, and `factor` [sample, year] up to `as_of` (None: no
    model error).
    """

    draws: Array
    factor: Array | None


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Ensemble: `draws[sample, driver (+ measure)]`; `error` the model's own (None: no such term).

    `observed[account][sample, year]` t before the base year; `sizes` and `groups[sample]` of the independent
    scrambles; `prior` the rows before learning; `effective_samples` the number of independent rows that the
    readings leave (None: nothing was learned).
    """

    draws: Array
    error: Discrepancy | None
    observed: Mapping[str, Array]
    sizes: tuple[int, ...]
    prior: Prior
    effective_samples: float | None = None

    @property
    def factor(self) -> Array | None:
        """Return the factor on energy CO2, [sample, year]; None without model error."""
        return None if self.error is None else self.error.factor

    @property
    def groups(self) -> NDArray[np.int64]:
        """Return the scramble of each sample, [sample]."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def thinned(self, samples: int) -> "Ensemble":
        """Return the first rows of each scramble, together about `samples`."""
        least = max(samples // len(self.sizes), 1)
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        sizes = tuple(min(least, size) for size in self.sizes)
        rows = np.concatenate([start + np.arange(size) for start, size in zip(starts, sizes, strict=True)])
        error = None
        if self.error is not None:
            error = Discrepancy(self.error.factor[rows], self.error.observed[rows])
        observed = {account: values[rows] for account, values in self.observed.items()}
        return Ensemble(self.draws[rows], error, observed, sizes, self.prior, self.effective_samples)


def ensemble_of(
    model: Model,
    samples: int,
    seed: int,
    account: str,
    terms: Terms = ALL_TERMS,
    sizes: Sequence[int] | None = None,
) -> Ensemble:
    """Draw the ensemble of `samples` rows; the model's error is that of `account` less what the ranges of
    drivers explain.

    Where the model has independent readings (and `terms` counts them) rows are drawn by their weights: drivers
    and the error up to the last reading; of later errors readings move the centre (`learned_factors`). Effects
    of measures, of which readings hold no information, keep their own rows. `sizes` of the independent scrambles, four alike without it.

    Parameters
    ----------
    model
        Compiled model of the case.
    samples
        Rows of the ensemble.
    seed
        Seed of the run.
    account
        A or B.
    terms
        Terms of uncertainty that are on.

    Returns
    -------
    Deviates, deliveries and factors of the model's error.

    Raises
    ------
    DafengError
        As `draw` and `learn`.
    """
    parts = tuple(ensemble_sizes(samples) if sizes is None else sizes)
    draws = np.concatenate(ensemble_draws(model, parts, seed))
    deviates = error_deviates(model, parts, seed) if terms.discrepancy else None
    share = remaining_share(model, account, seed) if terms.discrepancy else np.zeros(0)
    seen = int(model.as_of - model.years[0]) + 1
    error = None if deviates is None else factors_of(deviates, share)
    prior = Prior(draws, None if error is None else error.factor[:, :seen])
    left: float | None = None
    if terms.readings and any(reading.independent for reading in model.readings):
        learned = learn(model, model.delivery(0.0), draws, model.readings, prior.factor)
        left = learned.effective_sample_size
        rows = drawn_rows(learned.weights, parts)
        last = max(reading.year for reading in learned.readings) - int(model.years[0])
        draws = np.concatenate([draws[rows, : len(model.drivers)], draws[:, len(model.drivers) :]], axis=1)
        error = None if deviates is None else learned_factors(deviates, rows, share, last)
    observed = observed_samples(model, draws, None if error is None else error.observed)
    return Ensemble(draws, error, observed, parts, prior, left)
