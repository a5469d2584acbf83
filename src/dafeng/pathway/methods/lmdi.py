"""Logarithmic mean Divisia index decomposition (LMDI-I), exact and on plain arrays.

Leading axes are taken in blocks that stay in a core's cache; large arrays are shared between threads.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.methods.checks import numbers
from dafeng.pathway.methods.threads import in_threads

Array = NDArray[np.float64]
Form = Literal["additive", "multiplicative"]
FACTOR, CELL = -2, -1
AXES = "[..., factor, cell]"
# below this |ln(a/b)| the difference a − b loses digits, and exp(d) − 1 keeps them
NEAR = 0.1
# a ratio below a tenth is taken as such; above, 1 + (b − a)/a keeps the digits of nearly equal values
FAR_BELOW = -0.9
# beyond this ln(v1/v0) the exponential overflows before the values do
STEEP = 600.0
# values of a block that stay in the cache
BLOCK_VALUES = 65536


def logarithmic_mean(a: ArrayLike, b: ArrayLike) -> Array:
    """Compute L(a, b) = (a − b) / (ln a − ln b), with L(a, a) = a and L = 0 where either is zero.

    Near equality written as b·(exp(d) − 1)/d, d = ln(a/b), which keeps all digits. Shapes broadcast.

    Parameters
    ----------
    a
        Values of any shape, 0 or more.
    b
        Values of any shape, 0 or more.

    Returns
    -------
    Logarithmic mean, in the shape of both broadcast.

    Raises
    ------
    DafengError
        For a negative or non-finite value.
    """
    one, other = (
        numbers("logarithmic_mean", a, "numbers >= 0"),
        numbers("logarithmic_mean", b, "numbers >= 0"),
    )
    try:
        x, y = np.broadcast_arrays(one, other)
    except ValueError as error:
        raise DafengError.at(
            "logarithmic_mean", f"shapes {one.shape} and {other.shape}", "shapes that broadcast"
        ) from error
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))) or (x < 0).any() or (y < 0).any():
        raise DafengError.at("logarithmic_mean", "a negative or non-finite value", "finite values >= 0")
    # in this order, so that L(a, b) and L(b, a) are the same to the last digit
    low, high = np.minimum(x, y), np.maximum(x, y)
    positive = low > 0
    safe = np.where(positive, low, 1.0)
    over = np.where(positive, high, 1.0)
    return np.asarray(np.where(positive, _mean(over, safe, _log_ratio(over, safe)), 0.0))


def _log_ratio(x: Array, y: Array) -> Array:
    """ln(x / y) of positive values, with all digits where x ≈ y."""
    with np.errstate(over="ignore"):
        log = np.atleast_1d(np.subtract(x, y))
        log /= y
        far = log < FAR_BELOW
        huge = np.isinf(log)
        np.log1p(log, out=log, where=~far)
    rest = far | huge
    if rest.any():
        log[rest] = np.log(np.atleast_1d(x)[rest]) - np.log(np.atleast_1d(y)[rest])
    return log.reshape(np.shape(x))


def _mean(x: Array, y: Array, log: Array) -> Array:
    """L(x, y) of positive values from log = ln(x/y)."""
    mean = np.atleast_1d(np.subtract(x, y))
    flat = np.atleast_1d(log)
    near = np.abs(flat) < NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        mean /= flat
    if near.any():
        d = flat[near]
        growth = np.expm1(d)
        np.divide(growth, d, out=growth, where=d != 0)
        growth[d == 0] = 1.0
        mean[near] = np.atleast_1d(y)[near] * growth
    return mean.reshape(np.shape(log))


def lmdi(start: ArrayLike, end: ArrayLike, form: Form = "additive", out: Array | None = None) -> Array:
    """Compute effects of each factor on the change of a total V = Σ_cell Π_factor x (LMDI-I).

    A factor that is zero at one end is taken in the small-value limit of Ang & Liu 2007: the factors that
    are zero at one end share the cell's whole change, equally when there are several; a cell that is zero at
    both ends has no effect. Cells that are negative at both ends are decomposed on |V|.

    Parameters
    ----------
    start, end : array [..., factor, cell]
        Same shape, leading axes (sample, step) allowed.
    form : str
        "additive" or "multiplicative".
    out : array [..., factor, cell]
        An array to write to (for large ones: a fresh array costs more than the arithmetic).

    Returns
    -------
    array [..., factor, cell]
        For the additive form in units of V, adding up to V_end − V_start; for the multiplicative form the
        cells' factors of V_end / V_start, whose product over factors and cells is that ratio (take the
        product over cells for the effect of a factor).

    Raises
    ------
    DafengError
        Where shapes differ, a value is not finite, a factor or a cell changes sign, or, in the multiplicative
        form, a total is zero at an end or changes sign.

    References
    ----------
    Ang 2004, Energy Policy 32:1131; Ang 2015, Energy Policy 86:233; Ang & Liu 2007, Energy Policy 35:1426.
    """
    x0, x1 = numbers("lmdi: start", start, AXES), numbers("lmdi: end", end, AXES)
    if x0.shape != x1.shape or x0.ndim < 2:
        mend = "a single cell is [[a], [b], …]: one row for each factor" if x0.ndim == 1 else ""
        raise DafengError.at("lmdi", f"shapes {x0.shape} and {x1.shape}", f"two arrays {AXES}", mend)
    if form not in ("additive", "multiplicative"):
        raise DafengError.at("lmdi: form", str(form), "additive or multiplicative")
    effects = np.empty(x0.shape) if out is None else out
    if effects.shape != x0.shape or effects.dtype != np.float64 or not effects.flags.c_contiguous:
        raise DafengError.at(
            "lmdi: out", f"{effects.dtype} {effects.shape}", f"contiguous float64 {x0.shape}"
        )
    if not effects.size:
        return effects
    inner = x0.shape[FACTOR:]
    flat0, flat1, out = x0.reshape(-1, *inner), x1.reshape(-1, *inner), effects.reshape(-1, *inner)
    rows = max(1, BLOCK_VALUES // (inner[0] * inner[1]))

    def block(begin: int) -> None:
        part = slice(begin, begin + rows)
        _block(flat0[part], flat1[part], out[part], form)

    in_threads(block, range(0, len(out), rows), effects.size)
    return effects


def _block(x0: Array, x1: Array, effects: Array, form: Form) -> None:
    """Fills `effects` [row, factor, cell] of one block."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        np.subtract(x1, x0, out=effects)
        np.divide(effects, x0, out=effects)
    # written so that NaN fails too
    if x0.min() > 0 and effects.min() > -1:
        v0, change = _positive(x0, x1, effects)
        v1 = v0 * np.exp(change) if form == "multiplicative" else v0
    else:
        v0, v1 = _mixed(x0, x1, effects)
    if form == "additive":
        return
    total0, total1 = v0.sum(axis=-1), v1.sum(axis=-1)
    if not (total0 * total1 > 0).all():
        raise DafengError.at(
            "lmdi",
            "a total of zero, or one that changes sign",
            "totals of one sign for the multiplicative form",
        )
    mean = logarithmic_mean(np.abs(total0), np.abs(total1))
    effects /= np.copysign(mean, total0)[:, None, None]
    np.exp(effects, out=effects)


def _not_finite() -> DafengError:
    return DafengError.at("lmdi", "a value or a product that is not finite", "finite numbers")


def _positive(x0: Array, x1: Array, logs: Array) -> tuple[Array, Array]:
    """Effects of positive factors, written to `logs`; the cells' products at the start and the logarithm of
    their change.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        far = _is_far(logs)
        if far is not None:
            logs[far] = 0.0
        np.log1p(logs, out=logs)
        if far is not None:
            logs[far] = np.log(x1[far]) - np.log(x0[far])
        v0 = _product(x0)
        change = np.add.reduce(logs, axis=FACTOR)
        # L(v1, v0) = v0·(exp(d) − 1)/d keeps the digits of v1 ≈ v0 and needs no second product
        mean = np.expm1(change)
        moves = change != 0
        np.divide(mean, change, out=mean, where=moves)
        mean[~moves] = 1.0
        mean *= v0
        steep = change > STEEP
        if steep.any():
            mean[steep] = np.prod(x1, axis=FACTOR)[steep] / change[steep]
    if not np.isfinite(mean).all():
        raise _not_finite()
    logs *= mean[:, None, :]
    return v0, change


def _is_far(relative: Array) -> NDArray[np.bool_] | None:
    """Where 1 + (x1 − x0)/x0 would lose digits of the ratio or overflow; None where it nowhere does."""
    if relative.min() >= FAR_BELOW and relative.max() < np.inf:
        return None
    return (relative < FAR_BELOW) | np.isinf(relative)


def _mixed(x0: Array, x1: Array, effects: Array) -> tuple[Array, Array]:
    """Cells with a zero or a negative factor apart, so that no other cell's last digits depend on them."""
    if not (np.all(np.isfinite(x0)) and np.all(np.isfinite(x1))):
        raise _not_finite()
    if (np.sign(x0) * np.sign(x1) < 0).any():
        raise DafengError.at(
            "lmdi", "a factor that changes sign", "factors of one sign", "LMDI is not defined"
        )
    apart = np.asarray((np.minimum(x0, x1) <= 0).any(axis=FACTOR))
    plain0, plain1 = np.where(apart[:, None, :], 1.0, x0), np.where(apart[:, None, :], 1.0, x1)
    np.divide(plain1 - plain0, plain0, out=effects)
    v0, change = _positive(plain0, plain1, effects)
    v1 = v0 * np.exp(change)
    row, cell = np.nonzero(apart)
    found, v0[apart], v1[apart] = _with_zeros(x0[row, :, cell].T, x1[row, :, cell].T)
    effects[row, :, cell] = found.T
    return v0, v1


def _product(x: Array) -> Array:
    """Over factors, one contiguous multiplication at a time."""
    total = x[..., 0, :].copy()
    for factor in range(1, x.shape[FACTOR]):
        total *= x[..., factor, :]
    return total


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
