"""Criteria by which a value satisfies a target: comparator (of the text) and sense (side of success)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.plan import Comparator, Sense, Target
from dafeng.units import is_unit, kind

LIKELY = 0.90
UNLIKELY = 0.10
"""A modelled target is met from a probability of 0.90 and missed below 0.10, the bounds of "very likely"
and "very unlikely" in the IPCC's calibrated language (Mastrandrea et al. 2010, table 1)."""

ABOUT = 0.05
"""左右 allows 5 % of the value on the unfavourable side."""

EXACT = 0.01
"""A value to be matched counts as matched within 1 %; published figures carry three digits."""

ROUNDING = 1e-9


def satisfied(values: ArrayLike, target: Target) -> NDArray[np.bool_]:
    """Return which of `values` (any shape, in the target's unit) satisfy `target`, element by element.

    `>=` and `<=` are taken literally. `=` is a floor where more is better and a cap where less is better
    (reaching 927 is no failure at 950), and a match within 1 % otherwise. `~` (左右) is the same with 5 % to
    spare. `..` asks to lie in the range, open on the side that is better. `+` and `-` take `values` as the
    change itself, positive for a rise and for a fall respectively.

    Parameters
    ----------
    values
        Values of any shape, in the target's unit.
    target
        Target with a figure.

    Returns
    -------
    Booleans, shape of `values`.

    Raises
    ------
    ValueError
        For a target without a figure (all, deferred, milestone, better_than), and for NaN.
    """
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError("a NaN cannot be compared with a target")
    if target.value is None:
        raise ValueError(f"{target.indicator} names no figure")
    low, high = bounds(target)
    slack = ROUNDING * max(abs(target.value), 1.0)
    return np.asarray((array >= low - slack) & (array <= high + slack))


def comparable(first: str, second: str) -> bool:
    """Check whether two units are of one kind; a unit not defined in dafeng is comparable with none."""
    return is_unit(first) and is_unit(second) and kind(first) == kind(second)


def bounds(target: Target) -> tuple[float, float]:
    """Return the interval of values that satisfy `target`, in its unit; infinite where a side is open."""
    value = float(target.value or 0.0)
    comparator, sense = target.comparator, target.sense
    if comparator is Comparator.RANGE:
        high = float(target.value_high if target.value_high is not None else value)
        return (
            -np.inf if sense is Sense.BETTER_DOWN else value,
            np.inf if sense is Sense.BETTER_UP else high,
        )
    # a change (+, -) is met by that change or more: "fall by 18 %" is met by 20 %
    if comparator in (Comparator.AT_LEAST, Comparator.RISE, Comparator.FALL):
        return value, np.inf
    if comparator is Comparator.AT_MOST:
        return -np.inf, value
    spare = abs(value) * (ABOUT if comparator is Comparator.ABOUT else 0.0)
    if sense is Sense.BETTER_UP:
        return value - spare, np.inf
    if sense is Sense.BETTER_DOWN:
        return -np.inf, value + spare
    width = max(spare, abs(value) * EXACT)
    return value - width, value + width
