"""Stock turnover of vehicles, buildings and equipment by vintage."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.methods.checks import finite, numbers

Array = NDArray[np.float64]
# survival may be given as a table by age or as a function of ages
Survival = ArrayLike | Callable[[Array], ArrayLike]


class Stock(NamedTuple):
    """Stock by year: `stock[..., year]`, `retired[..., year]` (in that year) and `average[..., year]`, the
    mean of the vintages' property.
    """

    stock: Array
    retired: Array
    average: Array | None


def weibull_survival(ages: ArrayLike, scale: float, shape: float) -> Array:
    """Compute the share that survives to `ages` [age] in years: exp(−(age / scale)^shape).

    `scale` in years is the age that 1/e = 37 % reach.

    Parameters
    ----------
    ages
        Ages [a], any shape.
    scale
        Age that 37 % reach [a].
    shape
        Shape of the distribution [1].

    Returns
    -------
    Share that survives, shape of `ages` [1].

    Raises
    ------
    DafengError
        For an age below 0, scale or shape <= 0.
    """
    return np.asarray(np.exp(-(_relative_age(ages, scale, shape) ** shape)))


def _relative_age(ages: ArrayLike, scale: float, shape: float) -> Array:
    years = finite("survival: ages", ages, "ages in years, 0 or more")
    if not (np.isfinite([scale, shape]).all() and scale > 0 and shape > 0) or (years < 0).any():
        found = f"scale {scale}, shape {shape}, ages from {years.min() if years.size else 0:g}"
        raise DafengError.at("survival", found, "positive scale and shape, ages of 0 or more")
    return np.asarray(years / scale)


def stock_turnover(
    sales: ArrayLike,
    survival: Survival,
    vintage_property: ArrayLike | None = None,
    initial: ArrayLike | None = None,
    initial_property: ArrayLike | None = None,
    mid_year: bool = False,
) -> Stock:
    """Compute the stock that remains of past sales, year by year.

    The definition is LEAP's: units count as sold at the end of their year, so nothing of a vintage is retired
    in it (survival[0] is 1 there). With `mid_year` sales are spread over their year: at the end of the k-th
    year after, the mean of survival at k and k + 1 is left. `initial` counts whole ages in both. Units are
    the caller's.

    Parameters
    ----------
    sales : array [..., year]
        Units sold in each year.
    survival : array [age] or callable
        Share of a vintage left at age 0, 1, …, not rising, its last entry holding for that age and older, or
        a function of ages (`mid_year` asks it for one age more than there are years).
    vintage_property : array [year] or [..., year]
        Property of new units (intensity, electric share …).
    initial : array [age] or [..., age]
        Stock by age at the end of the year before the first, which survives from its present age on.
    initial_property : array [age] or [..., age]
        The same property of these units.
    mid_year : bool
        Whether sales are spread over their year.

    Returns
    -------
    Stock
        Stock at year's end, units retired in the year, and the average of `vintage_property` over the stock
        (None without it; without `initial_property` units of `initial` are left out of the average; NaN where
        nothing is left).

    Raises
    ------
    DafengError
        Where shapes do not match, a value is missing, a sale is negative, or survival rises or leaves 0–1.
    """
    sold = finite("sales", sales, "sales[..., year] >= 0")
    if sold.ndim < 1 or (sold < 0).any():
        raise DafengError.at("sales", "a negative value or no axis", "sales[..., year] >= 0")
    years = sold.shape[-1]
    begun = None if initial is None else finite("initial", initial, "stock [..., age] >= 0")
    if begun is not None and (begun.ndim < 1 or (begun < 0).any()):
        raise DafengError.at("initial", "a negative value or no axis", "stock [..., age] >= 0")
    left = _survival(survival, years + 1 + (0 if begun is None else begun.shape[-1]))
    kernel = _kernel(left, years, mid_year)
    stock = sold @ kernel
    remains = None if begun is None else _remains(begun.shape[-1], left, years)
    if begun is None or remains is None:
        total, opening = stock, np.zeros(stock.shape[:-1])
    else:
        _leading("initial", begun, sold)
        total, opening = stock + begun @ remains, begun.sum(axis=-1)
    before = np.empty_like(total)
    before[..., 1:], before[..., :1] = (
        total[..., :-1],
        np.broadcast_to(opening[..., None], before[..., :1].shape),
    )
    retired = before + sold - total
    if vintage_property is None:
        return Stock(total, retired, None)
    weight = _property("vintage_property", vintage_property, sold, "year")
    weighted, units = (sold * weight) @ kernel, stock
    if initial_property is not None and begun is not None and remains is not None:
        weighted = (
            weighted + (begun * _property("initial_property", initial_property, begun, "age")) @ remains
        )
        units = total
    average = np.divide(weighted, units, out=np.full(weighted.shape, np.nan), where=units > 0)
    return Stock(total, retired, average)


def _survival(survival: Survival, ages: int) -> Array:
    """Shares by age, checked."""
    if callable(survival):
        survival = survival(np.arange(ages, dtype=float))
    left = numbers("survival", survival, "shares by age")
    if left.ndim != 1 or left.size == 0:
        raise DafengError.at(
            "survival", f"shape {left.shape}", "shares [age], one for each year of age from 0"
        )
    if not (left.min() >= 0 and left.max() <= 1 and (np.diff(left) <= 0).all()):
        found = str(left.tolist()[:5])
        raise DafengError.at("survival", found, "shares by age between 1 and 0 that do not rise")
    return left


def _kernel(left: Array, years: int, mid_year: bool) -> Array:
    """Return what is left of a vintage in a year, [vintage, year]."""
    age = np.arange(years)[:, None] - np.arange(years)[None, :]
    last = left.size - 1
    share = left[np.clip(age, 0, last)]
    if mid_year:
        share = 0.5 * (share + left[np.clip(age + 1, 0, last)])
    return np.asarray(np.where(age >= 0, share, 0.0).T)


def _remains(ages: int, left: Array, years: int) -> Array:
    """Return what is left in each year of a unit that has a given age before the first, [age, year]."""
    age = np.arange(ages)
    now = left[np.clip(age, 0, left.size - 1)]
    later = left[np.clip(age[:, None] + 1 + np.arange(years)[None, :], 0, left.size - 1)]
    return np.asarray(np.divide(later, now[:, None], out=np.zeros_like(later), where=now[:, None] > 0))


def _leading(where: str, array: Array, sold: Array) -> None:
    """Leading axes must be those of sales, or absent on one side."""
    if array.ndim > 1 and sold.ndim > 1 and array.shape[:-1] != sold.shape[:-1]:
        raise DafengError.at(
            where, f"shape {array.shape}", f"the leading axes of sales, {sold.shape[:-1]}, or none"
        )


def _property(where: str, given: ArrayLike, units: Array, axis: str) -> Array:
    found = finite(where, given, f"a number for each {axis}")
    if found.ndim < 1 or found.shape[-1] != units.shape[-1]:
        raise DafengError.at(
            where, f"shape {found.shape}", f"{units.shape[-1]} values along the axis of {axis}"
        )
    _leading(where, found, units)
    return found
