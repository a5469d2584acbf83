"""Reduction rate still required in the rest of a period."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def required_annual_fall(aim: ArrayLike, done: ArrayLike, years_left: ArrayLike) -> FloatArray:
    """Return the annual reduction rate that the rest of a period requires.

    1 − ((1 − F) / (1 − f))^(1/n) with the cumulative aim F, the cumulative fall f reached and n years left.

    Parameters
    ----------
    aim, done : array
        Cumulative falls [1] since the year before the period; a rise is negative. Below 1.
    years_left : array
        Years left, 1 or more.

    Returns
    -------
    array
        Fall a year [1]; 0 or less where the aim is reached already.

    Raises
    ------
    ValueError
        For a fall of 1 or more, or less than one year left.

    Examples
    --------
    −17 % in five years needs 3.66 % a year; after 3 % in the first year 3.82 % in each of the four left.

    >>> round(float(required_annual_fall(0.17, 0.0, 5)), 4), round(float(required_annual_fall(0.17, 0.03, 4)), 4)
    (0.0366, 0.0382)
    """
    wanted, reached, left = (np.asarray(part, dtype=np.float64) for part in (aim, done, years_left))
    if (wanted >= 1).any() or (reached >= 1).any() or (left < 1).any():
        raise ValueError("falls below 1 and at least one year left")
    return np.asarray(1.0 - ((1.0 - wanted) / (1.0 - reached)) ** (1.0 / left))
