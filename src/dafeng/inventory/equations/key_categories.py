"""Key categories of an inventory by level and trend."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def level_assessment(values: ArrayLike, half_widths: ArrayLike | None = None) -> FloatArray:
    """Compute the level: share [category] of the sum of absolute emissions.

    With half-widths, weighted by them (approach 2).

    By hand: 60, 30, −10 → 0.6, 0.3, 0.1.

    Parameters
    ----------
    values
        Emissions [category].
    half_widths
        Relative half-widths [category] for approach 2.

    Returns
    -------
    Level assessment [category].

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 4 eq. 4.1.

    Examples
    --------
    >>> level_assessment([60.0, 30.0, -10.0]).tolist()
    [0.6, 0.3, 0.1]
    """
    size = np.abs(np.asarray(values, dtype=np.float64))
    if half_widths is not None:
        size = size * np.asarray(half_widths, dtype=np.float64)
    total = size.sum()
    return np.asarray(size / total if total else size)


def trend_assessment(base: ArrayLike, latest: ArrayLike, half_widths: ArrayLike | None = None) -> FloatArray:
    """Compute the contribution [category] to the trend, normalised to 1.

    |base share| × |growth of the category − growth of the total|, for a category that was 0 the change
    relative to the base total. Growth of a category is relative to |its base|, of the total to |Σ base|.

    By hand: base 60, 40; latest 60, 60: total +20 %; 0.6 × |0 − 0.2| = 0.12 and 0.4 × |0.5 − 0.2| = 0.12:
    half each.

    Parameters
    ----------
    base
        Emissions of the base year [category].
    latest
        Emissions of the latest year [category].
    half_widths
        Relative half-widths [category] for approach 2.

    Returns
    -------
    Trend assessment [category].

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 4 eq. 4.2, 4.3.

    Examples
    --------
    >>> trend_assessment([60.0, 40.0], [60.0, 60.0]).round(9).tolist()
    [0.5, 0.5]
    """
    first = np.asarray(base, dtype=np.float64)
    last = np.asarray(latest, dtype=np.float64)
    size = np.abs(first).sum()
    if size == 0:
        return np.zeros_like(first)
    total = first.sum()
    growth_total = (last.sum() - total) / abs(total) if total else 0.0
    safe = np.where(first == 0, 1.0, np.abs(first))
    growth = (last - first) / safe
    part = np.where(first == 0, np.abs(last) / size, np.abs(first) / size * np.abs(growth - growth_total))
    if half_widths is not None:
        part = part * np.asarray(half_widths, dtype=np.float64)
    whole = part.sum()
    return np.asarray(part / whole if whole else part)


def key_categories(assessment: ArrayLike, threshold: float = 0.95) -> NDArray[np.bool_]:
    """Return the mask [category] of the key categories: the largest that together reach `threshold`.

    The one that crosses counts.

    Parameters
    ----------
    assessment
        Level or trend assessment [category].
    threshold
        Cumulative share to reach.

    Returns
    -------
    Mask of the key categories [category].

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 4 (95 % for approach 1, 90 % for approach 2).

    Examples
    --------
    >>> key_categories([0.6, 0.3, 0.08, 0.02]).tolist()
    [True, True, True, False]
    """
    share = np.asarray(assessment, dtype=np.float64)
    order = np.argsort(-share, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(share[order])[:-1]])
    mask = np.zeros(share.shape, dtype=bool)
    mask[order] = (before < threshold - 1e-12) & (share[order] > 0)
    return mask
