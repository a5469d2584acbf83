"""Logarithmic mean Divisia index decomposition (LMDI-I), exact and on plain arrays."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError

Array = NDArray[np.float64]
FACTOR, CELL = -2, -1
# below this |d| the series of sinh(d)/d is exact to double precision
_SERIES = 1e-3


def logarithmic_mean(a: ArrayLike, b: ArrayLike) -> Array:
    """L(a, b) = (a − b) / (ln a − ln b), with L(a, a) = a and L = 0 where either is zero.

    Written as sqrt(ab)·sinh(d/2)/(d/2), d = ln(a/b), which keeps all digits where a ≈ b. Shapes broadcast.

    Raises: DafengError for a negative or non-finite value.
    """
    x, y = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))) or (x < 0).any() or (y < 0).any():
        raise DafengError.at("logarithmic_mean", "a negative or non-finite value", "finite values >= 0")
    with np.errstate(divide="ignore", invalid="ignore"):
        half = 0.5 * (np.log(x) - np.log(y))
    return np.asarray(_mean_from_half(x, y, half))


def _mean_from_half(x: Array, y: Array, half: Array) -> Array:
    """L(x, y) from half = ln(x/y)/2; 0 where x or y is 0."""
    size = np.abs(half)
    # near equality the factor sqrt(xy) and the ratio differ from x in the last digits only
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        square = half * half
        near = np.sqrt(x) * np.sqrt(y) * (1.0 + square / 6.0 * (1.0 + square / 20.0))
        far = (x - y) / (2.0 * half)
        mean = np.where(size < _SERIES, near, far)
    return np.where((x > 0) & (y > 0), mean, 0.0)


def lmdi(start: ArrayLike, end: ArrayLike, form: Literal["additive", "multiplicative"] = "additive") -> Array:
    """Effects of each factor on the change of a total V = Σ_cell Π_factor x.

    Parameters: `start`, `end` [..., factor, cell], same shape, leading axes (sample, step) allowed.
    Returns: [..., factor, cell] for the additive form, in units of V, adding up to V_end − V_start; for
    the multiplicative form the cells' factors of V_end / V_start, same shape, whose product over factors
    and cells is that ratio (take the product over cells for the effect of a factor).

    LMDI-I (Ang 2004, Energy Policy 32:1131; Ang 2015, 86:233). A factor that is zero at one end is taken
    in the small-value limit of Ang & Liu 2007 (Energy Policy 35:1426): the factors that are zero at one
    end share the cell's whole change, equally when there are several; a cell that is zero at both ends
    has no effect. Cells that are negative at both ends are decomposed on |V|.

    Raises: DafengError where shapes differ, a value is not finite, a factor or a cell changes sign, or,
    in the multiplicative form, a total is zero or negative at an end.
    """
    x0, x1 = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    if x0.shape != x1.shape or x0.ndim < 2:
        raise DafengError.at("lmdi", f"shapes {x0.shape} and {x1.shape}", "two arrays [..., factor, cell]")
    if form not in ("additive", "multiplicative"):
        raise DafengError.at("lmdi", str(form), "additive or multiplicative")
    if x0.size and _plain(x0) and _plain(x1):
        effects, v0, v1 = _positive(x0, x1)
    else:
        effects, v0, v1 = _checked(x0, x1)
    if form == "additive":
        return effects
    total0, total1 = v0.sum(axis=-1), v1.sum(axis=-1)
    if (total0 <= 0).any() or (total1 <= 0).any():
        raise DafengError.at("lmdi", "a total of zero or less", "positive totals for the multiplicative form")
    return np.asarray(np.exp(effects / logarithmic_mean(total0, total1)[..., None, None]))


def _plain(x: Array) -> bool:
    """Positive and finite throughout, found in two passes."""
    return bool(x.min() > 0 and np.isfinite(x.max()))


def _checked(x0: Array, x1: Array) -> tuple[Array, Array, Array]:
    if not (np.all(np.isfinite(x0)) and np.all(np.isfinite(x1))):
        raise DafengError.at("lmdi", "a value that is not finite", "finite numbers")
    if (x0 * x1 < 0).any():
        raise DafengError.at(
            "lmdi", "a factor that changes sign", "factors of one sign", "LMDI is not defined"
        )
    return _with_zeros(x0, x1)


def _product(x: Array) -> Array:
    """Over factors, one contiguous multiplication at a time."""
    total = x[..., 0, :].copy()
    for factor in range(1, x.shape[FACTOR]):
        total *= x[..., factor, :]
    return total


def _positive(x0: Array, x1: Array) -> tuple[Array, Array, Array]:
    logs = np.divide(x1, x0)
    np.log(logs, out=logs)
    v0, v1 = _product(x0), _product(x1)
    mean = _mean_from_half(v1, v0, 0.5 * logs.sum(axis=FACTOR))
    logs *= mean[..., None, :]
    return logs, v0, v1


def _with_zeros(x0: Array, x1: Array) -> tuple[Array, Array, Array]:
    v0, v1 = np.prod(x0, axis=FACTOR), np.prod(x1, axis=FACTOR)
    if (v0 * v1 < 0).any():
        raise DafengError.at("lmdi", "a cell that changes sign", "cells of one sign", "LMDI is not defined")
    sign = np.where(v0 + v1 < 0, -1.0, 1.0)
    a0, a1 = np.abs(x0), np.abs(x1)
    appears = (a0 == 0) & (a1 > 0)
    vanishes = (a1 == 0) & (a0 > 0)
    switches = (appears & (v1 != 0)[..., None, :]) | (vanishes & (v0 != 0)[..., None, :])
    one_sided = (v0 == 0) != (v1 == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where((a0 > 0) & (a1 > 0), np.log(np.where(a0 > 0, a1 / np.where(a0 > 0, a0, 1), 1)), 0.0)
    mean = logarithmic_mean(np.abs(v1), np.abs(v0))
    smooth = mean[..., None, :] * logs
    count = np.maximum(switches.sum(axis=FACTOR), 1)
    limit = switches * ((np.abs(v1) - np.abs(v0)) / count)[..., None, :]
    return np.where(one_sided[..., None, :], limit, smooth) * sign[..., None, :], v0, v1
