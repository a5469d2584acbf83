"""Indicators of dual control: totals, intensities, shares, progress. Arrays over the last axis (year)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def constant_price_gdp(gdp_base: ArrayLike, growth: ArrayLike, base: int = 0) -> FloatArray:
    """Compute GDP [CNY] at constant prices of year `base` from real growth rates [year].

    `base` is an index of the last axis.

    `growth[t]` is the growth from t−1 to t as a share; the first entry is not used. Vintages are never mixed:
    one nominal value and one chain of growth.

    By hand: 100, +5 %, +4 % → 100, 105, 109.2.

    Parameters
    ----------
    gdp_base
        Nominal GDP of the base year [CNY].
    growth
        Real growth rates [year] as shares.
    base
        Index of the base year.

    Returns
    -------
    GDP at constant prices [CNY].

    Examples
    --------
    >>> constant_price_gdp(100.0, [0.0, 0.05, 0.04]).round(9).tolist()
    [100.0, 105.0, 109.2]
    """
    factor = 1.0 + np.asarray(growth, dtype=np.float64)
    factor[..., 0] = 1.0
    index = np.cumprod(factor, axis=-1)
    return np.asarray(np.asarray(gdp_base, dtype=np.float64)[..., None] * index / index[..., base, None])


def intensity(total: ArrayLike, gdp: ArrayLike) -> FloatArray:
    """Compute energy [tce] or CO2 [t] intensity per unit of GDP at constant prices, or per person.

    By hand: 50 / 100 = 0.5.

    Parameters
    ----------
    total
        Energy [tce] or CO2 [t].
    gdp
        GDP at constant prices, or persons.

    Returns
    -------
    Intensity.

    Examples
    --------
    >>> float(intensity(50.0, 100.0))
    0.5
    """
    return np.asarray(np.divide(total, gdp), dtype=np.float64)


def annual_fall(intensities: ArrayLike) -> FloatArray:
    """Compute the annual fall of the intensity, 1 − I[t]/I[t−1].

    NaN in the first year (nothing before it).

    Parameters
    ----------
    intensities
        Intensities [year].

    Returns
    -------
    Annual fall [year].

    Examples
    --------
    >>> annual_fall([1.0, 0.96]).round(9).tolist()
    [nan, 0.04]
    """
    i = np.asarray(intensities, dtype=np.float64)
    fall = np.full_like(i, np.nan)
    fall[..., 1:] = 1.0 - i[..., 1:] / i[..., :-1]
    return fall


def cumulative_fall(annual: ArrayLike) -> FloatArray:
    """Compute the cumulative fall: 1 − (1 − cumulative before) × (1 − annual), along the last axis.

    The first year of `annual_fall` is NaN, because nothing is before it, and counts as no fall, so that
    `cumulative_fall(annual_fall(x))` is the fall from the first year, 0 in that year. Any later NaN stays NaN from
    there on: a fall over a year that is not known is not known.

    By hand: 4 % and 5 % → 1 − 0.96 × 0.95 = 0.088.

    Parameters
    ----------
    annual
        Annual fall [year].

    Returns
    -------
    Cumulative fall [year].

    Examples
    --------
    >>> cumulative_fall([0.04, 0.05]).round(9).tolist()
    [0.04, 0.088]
    >>> cumulative_fall(annual_fall([1.0, 0.96, 0.912])).round(9).tolist()
    [0.0, 0.04, 0.088]
    >>> cumulative_fall(annual_fall([1.0, float("nan"), 0.8, 0.7])).tolist()
    [0.0, nan, nan, nan]
    """
    falls = np.array(annual, dtype=np.float64)
    falls[..., :1] = np.where(np.isnan(falls[..., :1]), 0.0, falls[..., :1])
    return np.asarray(1.0 - np.cumprod(1.0 - falls, axis=-1))


def non_fossil_share(
    non_fossil_power: ArrayLike, coal_rate: ArrayLike, other_non_fossil: ArrayLike, total: ArrayLike
) -> FloatArray:
    """Compute the share of non-fossil energy.

    (power [MWh] × rate [tce/MWh] + other [tce]) / total [tce] on the same basis.

    The rate decides: the equivalent method takes the coal rate of the year, the calorific 0.1229 tce/MWh, and
    the total must use the same.

    By hand: 1,000 × 0.3 / 2,000 = 0.15.

    Parameters
    ----------
    non_fossil_power
        Non-fossil electricity [MWh].
    coal_rate
        Rate [tce/MWh].
    other_non_fossil
        Other non-fossil energy [tce].
    total
        Total energy [tce] on the same basis.

    Returns
    -------
    Share.

    Examples
    --------
    >>> float(non_fossil_share(1000.0, 0.3, 0.0, 2000.0))
    0.15
    """
    part = np.multiply(non_fossil_power, coal_rate) + np.asarray(other_non_fossil, dtype=np.float64)
    return np.asarray(part / np.asarray(total, dtype=np.float64))


def share(part: ArrayLike, whole: ArrayLike) -> FloatArray:
    """Compute part over whole (coal share, electrification); both in the same unit.

    By hand: 3/12 = 0.25.

    Parameters
    ----------
    part
        The part.
    whole
        The whole, same unit.

    Returns
    -------
    Part over whole.

    Examples
    --------
    >>> float(share(3.0, 12.0))
    0.25
    """
    return np.asarray(np.divide(part, whole), dtype=np.float64)
