"""Splicing of a time series: years without a number from an overlap, a surrogate or the series itself.

Years that have a number keep it to the last bit. Missing years are NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def splice_by_overlap(series: ArrayLike, other: ArrayLike) -> FloatArray:
    """Fill the series [year] from another one that shares years with it, scaled to agree there.

    other × mean of series / other over the common years. By hand: 10, 12, – beside 5, 6, 7: 7 × 2 = 14.

    Parameters
    ----------
    series
        Emissions [year], NaN where missing.
    other
        The same quantity by another method or source [year], NaN where missing.

    Returns
    -------
    The series with every year that the other one has; NaN stays where neither has a number, and everywhere
    without a common year.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 5, overlap (eq. 5.1).

    Examples
    --------
    >>> splice_by_overlap([10.0, 12.0, float("nan")], [5.0, 6.0, 7.0]).tolist()
    [10.0, 12.0, 14.0]
    """
    own, given = np.array(series, dtype=np.float64), np.asarray(other, dtype=np.float64)
    common = np.isfinite(own) & np.isfinite(given) & (given != 0)
    if not common.any():
        return own
    ratio = float(np.mean(own[common] / given[common]))
    return np.where(np.isnan(own), given * ratio, own)


def splice_by_surrogate(series: ArrayLike, surrogate: ArrayLike) -> FloatArray:
    """Fill the series [year] in proportion to a surrogate, from the nearest year that has both.

    By hand: 100 with a surrogate of 50, then 60: 100 × 60 / 50 = 120. Of two equally near years the earlier.

    Parameters
    ----------
    series
        Emissions [year], NaN where missing.
    surrogate
        Quantity that moves with the emissions (output, energy) [year], NaN where missing.

    Returns
    -------
    The series with every year that the surrogate has; NaN stays elsewhere.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 5, surrogate data (eq. 5.2).

    Examples
    --------
    >>> splice_by_surrogate([100.0, float("nan")], [50.0, 60.0]).tolist()
    [100.0, 120.0]
    """
    own, moving = np.array(series, dtype=np.float64), np.asarray(surrogate, dtype=np.float64)
    both = np.flatnonzero(np.isfinite(own) & np.isfinite(moving) & (moving != 0))
    found = own.copy()
    for i in np.flatnonzero(np.isnan(own) & np.isfinite(moving)):
        if len(both):
            near = both[np.argmin(np.abs(both - i))]
            found[i] = own[near] * moving[i] / moving[near]
    return found


def splice_by_interpolation(series: ArrayLike, years: ArrayLike) -> FloatArray:
    """Fill the gaps of the series [year] between two known years, in a straight line.

    By hand: 10 in 2015 and 20 in 2020: 14 in 2017.

    Parameters
    ----------
    series
        Emissions [year], NaN where missing.
    years
        The years, ascending.

    Returns
    -------
    The series without inner gaps; NaN stays before the first and after the last known year.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 5, interpolation.

    Examples
    --------
    >>> splice_by_interpolation([10.0, float("nan"), 20.0], [2015, 2017, 2020]).tolist()
    [10.0, 14.0, 20.0]
    """
    own, at = np.array(series, dtype=np.float64), np.asarray(years, dtype=np.float64)
    known = np.isfinite(own)
    if known.sum() < 2:
        return own
    filled = np.interp(at, at[known], own[known], left=np.nan, right=np.nan)
    return np.where(known, own, filled)


def splice_by_extrapolation(series: ArrayLike, years: ArrayLike, span: int = 5) -> FloatArray:
    """Extend the series [year] beyond its first and last known year by the trend of the nearest `span` known years.

    Least-squares line through them, moved so that it meets the end of the series; never below zero for a
    series without a negative number. By hand: 10, 12, 14 → 16.

    Parameters
    ----------
    series
        Emissions [year], NaN where missing.
    years
        The years, ascending.
    span
        Known years that give the trend.

    Returns
    -------
    The series without missing ends; NaN stays in inner gaps, and everywhere with fewer than two known years.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 5, trend extrapolation.

    Examples
    --------
    >>> splice_by_extrapolation([10.0, 12.0, 14.0, float("nan")], [2017, 2018, 2019, 2020]).round(9).tolist()
    [10.0, 12.0, 14.0, 16.0]
    """
    own, at = np.array(series, dtype=np.float64), np.asarray(years, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(own))
    found = own.copy()
    if len(known) < 2:
        return found
    floor = 0.0 if own[known].min() >= 0 else -np.inf
    for ends, outside in (
        (known[-span:], np.arange(known[-1] + 1, len(own))),
        (known[:span], np.arange(0, known[0])),
    ):
        if not len(outside):
            continue
        slope = np.polyfit(at[ends] - at[ends].mean(), own[ends], 1)[0]
        anchor = ends[-1] if outside[0] > ends[-1] else ends[0]
        found[outside] = np.maximum(own[anchor] + slope * (at[outside] - at[anchor]), floor)
    return found
