"""Peak year of a series, test of an observed peak, and Mann–Kendall trend test."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.methods.checks import finite, numbers

PLATEAU = 0.01


class PeakStatus(IntEnum):
    """Status of a peak: a year, a maximum in the first year, or none before the last year."""

    WITHIN = 0
    ALREADY_PAST = 1
    NOT_WITHIN_HORIZON = 2


class Peak(NamedTuple):
    """Peak as arrays [...] (numbers for a single series); years are float with NaN where it does not peak
    within the horizon.

    `year`, `plateau_start`, `plateau_end` in years, `level` in the unit of the series, `status` a
    `PeakStatus`.
    """

    year: NDArray[np.float64]
    level: NDArray[np.float64]
    plateau_start: NDArray[np.float64]
    plateau_end: NDArray[np.float64]
    status: NDArray[np.int64]


def checked_series(years: ArrayLike, series: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `years[year]` and `series[..., year]` as float arrays.

    Raises: DafengError where the axes differ, a year is not after the one before it, or a value is not
    finite.
    """
    time, values = numbers("years", years, "years [year]"), numbers("series", series, "series[..., year]")
    if time.ndim != 1 or time.size == 0 or values.shape[-1:] != time.shape:
        raise DafengError.at("series", f"shape {values.shape} for {time.shape} years", "series[..., year]")
    if not np.all(np.diff(time) > 0):
        raise DafengError.at("years", str(time.tolist()), "years in ascending order, each once")
    return time, finite("series", values, "numbers")


def peak(years: ArrayLike, series: ArrayLike, plateau: float = PLATEAU) -> Peak:
    """Return the peak year of each row: the last year at the maximum.

    A series that falls throughout peaks in its first year with status ALREADY_PAST; a single year is no
    evidence and is NOT_WITHIN_HORIZON.

    Parameters
    ----------
    years : array [year]
        Years in ascending order.
    series : array [..., year]
        In any unit; leading axes are kept.
    plateau : float
        Relative distance from the maximum within which a year belongs to the plateau around the peak.

    Returns
    -------
    Peak
        `year` (NaN where the maximum is in the last year, so that no fall was seen), `level` (the maximum,
        also where there is no year), `plateau_start` and `plateau_end` (first and last year of the unbroken
        run of plateau years that holds the peak; NaN like `year`) and `status`.

    >>> peak([2025, 2026, 2027, 2028], [[1, 3, 3, 2], [4, 3, 2, 1], [1, 2, 3, 4]]).year
    array([2027., 2025.,   nan])

    Raises
    ------
    DafengError
        Where axes do not match, a value is not finite or `plateau` is not within 0–1.
    """
    time, values = checked_series(years, series)
    if not 0 <= plateau < 1:
        raise DafengError.at("peak: plateau", str(plateau), "a relative distance of 0 or more, below 1")
    last = time.size - 1
    level = values.max(axis=-1)
    index = last - np.argmax(values[..., ::-1] == level[..., None], axis=-1)
    beyond = index == last
    status = np.where(beyond, PeakStatus.NOT_WITHIN_HORIZON, PeakStatus.WITHIN)
    status = np.where((index == 0) & ~beyond, PeakStatus.ALREADY_PAST, status).astype(np.int64)

    outside = values < (level - plateau * np.abs(level))[..., None]
    position = np.arange(time.size)
    before = outside & (position < index[..., None])
    after = outside & (position > index[..., None])
    start = np.where(before, position, -1).max(axis=-1) + 1
    end = np.where(after, position, time.size).min(axis=-1) - 1
    found = (
        np.where(beyond, np.nan, time[index]),
        level,
        np.where(beyond, np.nan, time[start]),
        np.where(beyond, np.nan, time[end]),
        status,
    )
    # a single series gives numbers, not arrays without an axis
    return Peak(*(array[()] for array in found))


class ObservedPeak(NamedTuple):
    """Test of an observed peak: whether a past maximum counts as a peak; `reason` is empty where it does."""

    peaked: bool
    year: float
    level: float
    fall: float
    reason: str


def observed_peak(
    years: ArrayLike, series: ArrayLike, points: int = 3, since: int = 5, fall: float = 0.10
) -> ObservedPeak:
    """Test whether observed emissions have peaked.

    A peak counts as observed with at least `points` data points, at least `since` years from the last
    year of the maximum to the last observation, and a last observation at least `fall` below the maximum.

    Parameters
    ----------
    years, series : array [year]
        Years in ascending order, and the series in any unit.
    points, since : int
        Least number of data points, and of years since the maximum.
    fall : float
        Least relative distance of the last observation from the maximum.

    Returns
    -------
    ObservedPeak
        Its `fall` is the relative distance of the last observation from the maximum.

    Raises
    ------
    DafengError
        As `peak` does.
    """
    time, values = checked_series(years, series)
    if values.ndim != 1:
        raise DafengError.at("series", f"{values.ndim} axes", "series[year]")
    level = float(values.max())
    year = float(time[np.flatnonzero(values == level)[-1]])
    drop = (level - float(values[-1])) / level if level > 0 else 0.0
    checks = (
        (time.size < points, f"{time.size} data points, {points} needed"),
        (time[-1] - year < since, f"{time[-1] - year:g} years since the maximum, {since} needed"),
        (drop < fall * (1 - 1e-12), f"{drop:.1%} below the maximum, {fall:.0%} needed"),
    )
    reason = "; ".join(text for failed, text in checks if failed)
    return ObservedPeak(not reason, year, level, drop, reason)


class Trend(NamedTuple):
    """Mann–Kendall trend: S, its Z with continuity correction, the two-sided p, Kendall's tau-a, Sen's slope
    per year.
    """

    statistic: float
    z: float
    p_value: float
    tau: float
    slope: float


def mann_kendall(years: ArrayLike, series: ArrayLike) -> Trend:
    """Test for a monotone trend in `series` [year] over `years` [year].

    Normal approximation with correction for ties (Mann 1945, Econometrica 13:245; Kendall 1975); slope by
    Sen (1968), J. Am. Stat. Assoc. 63:1379. The approximation is meant for ten points or more.

    Parameters
    ----------
    years
        Years of the series, ascending [year].
    series
        Values [year].

    Returns
    -------
    Statistic, two-sided p value and slope per year.

    Raises
    ------
    DafengError
        For fewer than three points, or as `peak` does.
    """
    from scipy.stats import norm

    time, values = checked_series(years, series)
    if values.ndim != 1 or values.size < 3:
        raise DafengError.at("series", f"shape {values.shape}", "series[year] with three points or more")
    n = values.size
    first, second = np.triu_indices(n, k=1)
    difference = values[second] - values[first]
    statistic = float(np.sign(difference).sum())
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = 0.0 if variance == 0 or statistic == 0 else (statistic - np.sign(statistic)) / np.sqrt(variance)
    slope = float(np.median(difference / (time[second] - time[first])))
    return Trend(statistic, float(z), float(2 * norm.sf(abs(z))), statistic / (n * (n - 1) / 2), slope)
