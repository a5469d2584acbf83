"""Exact apportionment of a total within bounds: the parts add up to the total to the last unit."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError

FloatArray = NDArray[np.float64]


def apportion(
    total: ArrayLike,
    weights: ArrayLike,
    floor: ArrayLike = 0.0,
    ceiling: ArrayLike = np.inf,
    decimals: int = 0,
) -> FloatArray:
    """Apportion totals by weights within bounds, rounded so that the parts add up exactly.

    The parts are clip(λ · weight, floor, ceiling) with the one λ that exhausts the total (proportional
    sharing among those whose bound does not bind). They are cut to whole units of 10^−decimals; the units
    left over go to the largest remainders whose ceiling allows one more (Hamilton's method), ties to the
    earlier part.

    Parameters
    ----------
    total : array [...]
        Amounts to apportion, not negative; rounded to `decimals`.
    weights : array [..., part]
        Not negative; need not add up to one. A part of weight zero gets its floor.
    floor, ceiling : array, broadcast to [..., part]
        Least and greatest amount of a part; a floor is rounded up and a ceiling down to whole units.
    decimals : int
        Decimals of the unit of the amounts.

    Returns
    -------
    array [..., part]

    Raises
    ------
    DafengError
        For a weight that is negative or not finite, a floor above its ceiling, floors that add up to more
        than the total, and ceilings that add up to less.

    Examples
    --------
    10 by 1 : 1 : 1 leaves one unit for the first; with a floor of 6 on the last, 4 are left for two.

    >>> apportion(10.0, [1.0, 1.0, 1.0]).tolist()
    [4.0, 3.0, 3.0]
    >>> apportion(10.0, [1.0, 1.0, 1.0], floor=[0.0, 0.0, 6.0]).tolist()
    [2.0, 2.0, 6.0]
    """
    scale = 10.0**decimals
    w = np.asarray(weights, dtype=np.float64)
    units = np.rint(np.asarray(total, dtype=np.float64) * scale)
    w = np.broadcast_to(w, (*np.broadcast_shapes(units.shape, w.shape[:-1]), w.shape[-1]))
    units = np.broadcast_to(units, w.shape[:-1])
    low = np.broadcast_to(_whole(np.asarray(floor, dtype=np.float64) * scale, np.ceil), w.shape)
    high = np.broadcast_to(_whole(np.asarray(ceiling, dtype=np.float64) * scale, np.floor), w.shape)
    _check(units, w, low, high, scale)
    share = _proportional(units, w, low, high)
    whole = np.clip(np.floor(share + 1e-9), low, high)
    return np.asarray(_rounded(units, share, whole, high) / scale)


def _whole(bound: FloatArray, cut: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Cut a bound to whole units.

    One that is whole but for the rounding of its decimal fraction stays what it is.
    """
    near = np.rint(bound)
    with np.errstate(invalid="ignore"):
        same = np.abs(bound - near) <= 1e-9 * np.maximum(1.0, np.abs(bound))
    return np.asarray(np.where(same, near, cut(bound)))


def _check(units: FloatArray, w: FloatArray, low: FloatArray, high: FloatArray, scale: float) -> None:
    place = "cascade"
    if not np.isfinite(w).all() or (w < 0).any():
        raise DafengError.at(
            place, "a weight that is negative or no number", "weights of 0 or more", "check the base data"
        )
    if not np.isfinite(units).all() or (units < 0).any() or (low < 0).any():
        raise DafengError.at(place, "a negative amount", "amounts of 0 or more")
    if (low > high).any():
        raise DafengError.at(place, "a floor above its ceiling", "floor ≤ ceiling in each row")
    least, most = low.sum(axis=-1), np.where(w > 0, high, low).sum(axis=-1)
    if (least > units).any():
        at = np.argmax(least - units)
        raise DafengError.at(
            place, f"floors that add up to {least.flat[at] / scale:g}", f"at most the total, {units.flat[at] / scale:g}", "lower the floors or raise the total",
        )  # fmt: skip
    if (most < units).any():
        at = np.argmax(units - most)
        raise DafengError.at(
            place, f"ceilings that add up to {most.flat[at] / scale:g}", f"at least the total, {units.flat[at] / scale:g}", "raise the ceilings, or give more rows a weight",
        )  # fmt: skip


def _proportional(units: FloatArray, w: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return clip(λ w, low, high) with Σ = units, λ solved exactly between two neighbouring breakpoints."""
    with np.errstate(divide="ignore", invalid="ignore"):
        breaks = np.concatenate([np.where(w > 0, low / w, 0.0), np.where(w > 0, high / w, 0.0)], axis=-1)
    breaks = np.sort(np.where(np.isfinite(breaks), breaks, 0.0), axis=-1)
    below = np.zeros(units.shape)
    for column in range(breaks.shape[-1]):
        at = breaks[..., column]
        filled = np.clip(at[..., None] * w, low, high).sum(axis=-1)
        below = np.where(filled <= units, np.maximum(below, at), below)
    start = np.clip(below[..., None] * w, low, high)
    # 1e-12: the breakpoint of a part's own floor, times its weight, is that floor but for rounding
    open_ = (w > 0) & (start < high) & (below[..., None] * w >= low - 1e-12 * (1.0 + low))
    slope = np.where(open_, w, 0.0).sum(axis=-1)
    left = units - start.sum(axis=-1)
    step = np.divide(left, slope, out=np.zeros_like(left), where=slope > 0)
    return np.asarray(np.where(open_, np.minimum(start + step[..., None] * w, high), start))


def _rounded(units: FloatArray, share: FloatArray, whole: FloatArray, high: FloatArray) -> FloatArray:
    """Assign the residual units to the largest remainders whose ceiling allows one more."""
    left = np.rint(units - whole.sum(axis=-1))
    order = np.argsort(np.where(whole < high, -(share - whole), np.inf), axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    return np.asarray(whole + (rank < left[..., None]))
