"""Stocks of vehicles, buildings and equipment by vintage."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError

Array = NDArray[np.float64]


class Stock(NamedTuple):
    """`stock[..., year]`, `retired[..., year]` (in that year) and `average[..., year]`, the mean of the vintages' property."""

    stock: Array
    retired: Array
    average: Array | None


def weibull_survival(ages: ArrayLike, scale: float, shape: float) -> Array:
    """Share that survives to `ages` [age] in years: exp(−(age / scale)^shape). Raises: DafengError for scale or shape <= 0."""
    if scale <= 0 or shape <= 0:
        raise DafengError.at("survival", f"scale {scale}, shape {shape}", "positive scale and shape")
    return np.asarray(np.exp(-((np.asarray(ages, dtype=float) / scale) ** shape)))


def stock_turnover(
    sales: ArrayLike,
    survival: ArrayLike,
    vintage_property: ArrayLike | None = None,
    initial: ArrayLike | None = None,
) -> Stock:
    """The stock that past sales leave, year by year.

    Parameters: `sales` [..., year]; `survival` [age], the share of a vintage left at age 0, 1, …, not
    rising, its last entry holding for that age and older; `vintage_property` [..., year] of new units
    (intensity, electric share …); `initial` [..., age], the stock by age at the end of the year before
    the first, which survives from its present age on. Units are the caller's.

    Returns: stock at year's end, units retired in the year, and the average of `vintage_property` over
    the stock (None without it; units of `initial` are left out of the average, NaN where nothing is left).

    The definition is LEAP's: nothing of a vintage is retired in its own year (survival[0] is 1 there).

    Raises: DafengError where shapes do not match, a sale is negative, or survival rises or leaves 0–1.
    """
    sold, left = np.asarray(sales, dtype=float), np.asarray(survival, dtype=float)
    if left.ndim != 1 or left.size == 0 or (np.diff(left) > 0).any() or left.min() < 0 or left.max() > 1:
        raise DafengError.at(
            "survival", str(left.tolist()[:5]), "shares by age between 1 and 0 that do not rise"
        )
    if sold.ndim < 1 or not np.all(np.isfinite(sold)) or (sold < 0).any():
        raise DafengError.at("sales", "a negative or missing value", "sales[..., year] >= 0")
    years = sold.shape[-1]
    age = np.arange(years)[:, None] - np.arange(years)[None, :]
    # kernel[vintage, year]
    kernel = np.where(age >= 0, left[np.clip(age, 0, left.size - 1)], 0.0).T
    stock = sold @ kernel
    inherited = (
        np.zeros_like(stock) if initial is None else _inherited(np.asarray(initial, dtype=float), left, years)
    )
    total = stock + inherited
    before = np.zeros_like(total)
    before[..., 1:] = total[..., :-1]
    if initial is not None:
        before[..., 0] = np.asarray(initial, dtype=float).sum(axis=-1)
    retired = before + sold - total
    if vintage_property is None:
        return Stock(total, retired, None)
    weight = np.asarray(vintage_property, dtype=float)
    if weight.shape[-1] != years:
        raise DafengError.at("vintage_property", f"{weight.shape[-1]} years", f"{years} years")
    weighted = (sold * weight) @ kernel
    average = np.divide(weighted, stock, out=np.full(weighted.shape, np.nan), where=stock > 0)
    return Stock(total, retired, average)


def _inherited(initial: Array, left: Array, years: int) -> Array:
    """What is left of `initial[..., age]` in each year, [..., year]."""
    ages = np.arange(initial.shape[-1])
    now = left[np.clip(ages, 0, left.size - 1)]
    later = left[np.clip(ages[:, None] + 1 + np.arange(years)[None, :], 0, left.size - 1)]
    ratio = np.divide(later, now[:, None], out=np.zeros_like(later), where=now[:, None] > 0)
    return np.asarray(initial @ ratio)
