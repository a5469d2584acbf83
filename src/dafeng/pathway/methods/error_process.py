"""Error process of a forecast of energy CO2: growth errors that persist a little, a permanent part, yearly
noise.

    ln y(t) = ln f(t) + Σ_{s <= t} (γ(s) + π) + ε(t),    γ(s) = φ γ(s-1) + η(s)

γ is the error of yearly growth (stationary sd `growth_sd`), π the permanent part (one draw a path), ε the
noise of a single year. All are normal with mean 0, so the median of y is f.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError

Array = NDArray[np.float64]

# lag-1 correlation of yearly growth errors of 30 provinces: 0.29-0.40 by source (docs/pathway.md)
AUTOCORRELATION = 0.3


@dataclass(frozen=True, slots=True)
class ErrorProcess:
    """Standard deviations in ln: of yearly growth, of its permanent part (a year), of one year's noise; φ of
    growth.
    """

    growth_sd: float
    permanent_sd: float
    yearly_sd: float
    autocorrelation: float = AUTOCORRELATION

    def variance(self, leads: ArrayLike) -> Array:
        """Compute the variance of the error in ln at `leads` [lead], years after the last observation (0:
        none).

        Raises: DafengError for a lead that is no whole number of years of 0 or more.
        """
        lead = np.asarray(leads, dtype=float)
        if lead.size and (not np.all(lead == np.floor(lead)) or lead.min() < 0):
            raise DafengError.at("lead", str(lead.tolist()[:8]), "whole years of 0 or more")
        noise = np.where(lead > 0, self.yearly_sd**2, 0.0)
        growth = self.growth_sd**2 * summed_variance(lead, self.autocorrelation)
        return np.asarray(growth + (lead * self.permanent_sd) ** 2 + noise)


def summed_variance(leads: ArrayLike, autocorrelation: float) -> Array:
    """Compute the variance of the sum of `leads` steps of a stationary AR(1) of unit variance, in closed
    form.

    h (1 + φ) / (1 - φ) - 2 φ (1 - φ^h) / (1 - φ)²; Box, Jenkins & Reinsel, Time Series Analysis, ch. 3. |φ| <
    1.
    """
    h, phi = np.asarray(leads, dtype=float), autocorrelation
    return np.asarray(h * (1 + phi) / (1 - phi) - 2 * phi * (1 - phi**h) / (1 - phi) ** 2)


def error_paths(process: ErrorProcess, growth: Array, yearly: Array, permanent: Array) -> Array:
    """Draw paths of the error in ln, [sample, year], the first year being the first after the last
    observation.

    Parameters: standard normal deviates `growth` and `yearly` [sample, year], `permanent` [sample].
    Raises: DafengError where the shapes differ.
    """
    if growth.shape != yearly.shape or permanent.shape != growth.shape[:1]:
        raise DafengError.at(
            "error_paths",
            f"{growth.shape}, {yearly.shape}, {permanent.shape}",
            "[sample, year] twice, [sample]",
        )
    phi = process.autocorrelation
    step = np.empty_like(growth)
    rate = np.zeros(len(growth))
    for year in range(growth.shape[1]):
        # stationary from the first year on: the past before the last observation is not known, its spread is
        fresh = growth[:, year] * process.growth_sd
        rate = fresh if year == 0 else phi * rate + np.sqrt(1.0 - phi * phi) * fresh
        step[:, year] = rate
    step += permanent[:, None] * process.permanent_sd
    return np.asarray(np.cumsum(step, axis=1) + yearly * process.yearly_sd)
