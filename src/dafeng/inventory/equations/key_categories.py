"""Key categories: which categories make the level and the trend of an inventory."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def level_assessment(values: ArrayLike, half_widths: ArrayLike | None = None) -> FloatArray:
    """Share [category] of the sum of absolute emissions; with half-widths, weighted by them (approach 2).

    Source: IPCC 2006 Guidelines vol. 1 ch. 4 eq. 4.1. By hand: 60, 30, −10 → 0.6, 0.3, 0.1.

    >>> level_assessment([60.0, 30.0, -10.0]).tolist()
    [0.6, 0.3, 0.1]
    """
    size = np.abs(np.asarray(values, dtype=np.float64))
    if half_widths is not None:
        size = size * np.asarray(half_widths, dtype=np.float64)
    total = size.sum()
    return np.asarray(size / total if total else size)


def trend_assessment(base: ArrayLike, latest: ArrayLike, half_widths: ArrayLike | None = None) -> FloatArray:
    """Contribution [category] to the trend, normalised to 1.

    |base share| × |growth of the category − growth of the total|, for a category that was 0 the change
    relative to the base total. Growth of a category is relative to |its base|, of the total to |Σ base|.
    Source: IPCC 2006 Guidelines vol. 1 ch. 4 eq. 4.2, 4.3. By hand: base 60, 40; latest 60, 60: total +20 %;
    0.6 × |0 − 0.2| = 0.12 and 0.4 × |0.5 − 0.2| = 0.12: half each.

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
    """Mask [category] of the largest categories that together reach `threshold` (the one that crosses counts).

    Source: IPCC 2006 Guidelines vol. 1 ch. 4 (95 % for approach 1, 90 % for approach 2).

    >>> key_categories([0.6, 0.3, 0.08, 0.02]).tolist()
    [True, True, True, False]
    """
    share = np.asarray(assessment, dtype=np.float64)
    order = np.argsort(-share, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(share[order])[:-1]])
    mask = np.zeros(share.shape, dtype=bool)
    mask[order] = (before < threshold - 1e-12) & (share[order] > 0)
    return mask
