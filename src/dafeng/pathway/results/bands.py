"""Samples of a quantity over the years, and the names of the scenarios of a run.

Axis order: quantile or sample, then year. Emissions are in t CO2, capacities in MW, shares are fractions;
`Indicator.unit` names the unit of every other quantity.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.50, 0.75, 0.95)
CARRIED_ON, PLAN, EXPECTED = "policy-carried-on", "plan", "plan-expected"


@dataclass(frozen=True, slots=True)
class Band:
    """One quantity over the years: `quantiles[QUANTILES, year]` and `mean[year]`."""

    quantiles: Array
    mean: Array

    @classmethod
    def of(cls, samples: Array) -> "Band":
        """Return the band of `samples[sample, year]`."""
        return cls(np.quantile(samples, QUANTILES, axis=0), samples.mean(axis=0))

    @property
    def median(self) -> Array:
        return np.asarray(self.quantiles[QUANTILES.index(0.5)])


@dataclass(frozen=True, slots=True)
class Indicator:
    """A modelled quantity that a target speaks about: `values[scenario][sample, year]` over `years`."""

    id: str
    name_zh: str
    name_en: str
    unit: str
    years: NDArray[np.int64]
    values: Mapping[str, Array]

    def at(self, scenario: str, year: int) -> Array:
        """Return the sample of this quantity in `year`, shape [sample].

        Raises: KeyError where the scenario or the year was not modelled.
        """
        column = np.flatnonzero(self.years == year)
        if not column.size:
            raise KeyError(year)
        return np.asarray(self.values[scenario][:, column[0]])
