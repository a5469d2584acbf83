"""Forecast verification: probability integral transform, coverage, interval score, CRPS."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.methods.checks import finite

Array = NDArray[np.float64]

# of a 5-95 % band
ALPHA = 0.10


def crps(samples: ArrayLike, observed: float, weights: ArrayLike | None = None) -> float:
    """Compute the continuous ranked probability score of an ensemble, in its unit; 0 is perfect, |error| for
    a single value.

    E|X − y| − E|X − X'| / 2 over the (weighted) ensemble (Gneiting & Raftery 2007, JASA 102:359).

    Parameters
    ----------
    samples
        Ensemble [sample].
    observed
        What came true, in the unit of the ensemble.
    weights
        Weights [sample]; equal without.

    Returns
    -------
    Score in the unit of the ensemble.

    Raises
    ------
    DafengError
        Without a sample or with a value that is not finite.
    """
    x = finite("crps: samples", samples, "samples [sample]").ravel()
    if not x.size or not np.isfinite(observed):
        raise DafengError.at(
            "crps", f"{x.size} samples, observed {observed}", "a sample or more, a finite value"
        )
    w = np.full(x.size, 1 / x.size) if weights is None else np.asarray(weights, dtype=float) / np.sum(weights)
    order = np.argsort(x)
    x, w = x[order], w[order]
    below = np.cumsum(w)
    spread = float((below[:-1] * (1 - below[:-1]) * np.diff(x)).sum())
    return float((w * np.abs(x - observed)).sum()) - spread


def normal_crps(error: ArrayLike, sd: ArrayLike) -> Array:
    """Compute the CRPS of a normal forecast with standard deviation `sd` whose centre is off by `error`, in
    their unit.

    Gneiting & Raftery 2007, equation 21. `sd` > 0.
    """
    from scipy.special import ndtr

    e, s = np.asarray(error, dtype=float), np.asarray(sd, dtype=float)
    z = e / s
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return np.asarray(s * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def interval_score(low: ArrayLike, high: ArrayLike, observed: ArrayLike, alpha: float = ALPHA) -> Array:
    """Compute the interval score: width of a band plus 2/alpha times what the observation lies outside of it
    (Gneiting & Raftery 2007, eq. 43).
    """
    a, b, y = (np.asarray(x, dtype=float) for x in (low, high, observed))
    return np.asarray(b - a + 2 / alpha * (np.maximum(a - y, 0.0) + np.maximum(y - b, 0.0)))


def probability_integral(samples: ArrayLike, observed: float, error_sd: float = 0.0) -> float:
    """Compute the probability integral transform: the forecast's distribution function at the observation,
    0-1.

    With `error_sd` the forecast is that of the reading: each sample with a normal error of the reading added.
    """
    from scipy.special import ndtr

    x = np.asarray(samples, dtype=float).ravel()
    if error_sd > 0:
        return float(ndtr((observed - x) / error_sd).mean())
    return float(np.mean(x < observed) + 0.5 * np.mean(x == observed))
