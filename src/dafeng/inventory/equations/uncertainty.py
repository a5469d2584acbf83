"""Uncertainty of a total: analytic propagation and sampling, and where the variance comes from.

Relative half-widths are of the 95 % interval, as shares (0.05 = 5 %).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

Z95 = 1.959963984540054
"""Half-width of the 95 % interval of a normal distribution in standard deviations."""


def combine_product(half_widths: ArrayLike) -> FloatArray:
    """Compute the relative half-width of a product of independent quantities; the last axis is combined.

    By hand: √(5² + 5²) = 7.0711 %.

    Parameters
    ----------
    half_widths
        Relative half-widths, last axis: quantity.

    Returns
    -------
    Relative half-width of the product.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 3 eq. 3.1.

    Examples
    --------
    >>> round(float(combine_product([0.05, 0.05])), 6)
    0.070711
    """
    return np.asarray(np.sqrt(np.square(np.asarray(half_widths, dtype=np.float64)).sum(axis=-1)))


def combine_sum(values: ArrayLike, half_widths: ArrayLike, total: ArrayLike | None = None) -> FloatArray:
    """Compute the relative half-width of a sum of independent quantities; the last axis is combined.

    `total` is what the result is relative to: by default the sum of `values`; 1 gives the absolute
    half-width.

    By hand: √(10² + 10² + 10²)/130 = 13.3235 % for 100 ± 10 %, 50 ± 20 %, −20 ± 50 %.

    Parameters
    ----------
    values
        Quantities, last axis: quantity.
    half_widths
        Their relative half-widths.
    total
        What the result is relative to: by default the sum of `values`; 1 gives the absolute half-width.

    Returns
    -------
    Half-width of the sum.

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 3 eq. 3.2. The denominator is the size of the total, so sinks count.

    Examples
    --------
    >>> round(float(combine_sum([100.0, 50.0, -20.0], [0.1, 0.2, 0.5])), 6)
    0.133235
    """
    x = np.asarray(values, dtype=np.float64)
    absolute = np.sqrt(np.square(x * np.asarray(half_widths, dtype=np.float64)).sum(axis=-1))
    size = x.sum(axis=-1) if total is None else np.asarray(total, dtype=np.float64)
    return np.asarray(absolute / np.abs(size))


def trend_uncertainty(
    base: ArrayLike,
    latest: ArrayLike,
    activity_half_width: ArrayLike,
    factor_half_width: ArrayLike,
    activity_correlated: ArrayLike = False,
    factor_correlated: ArrayLike = True,
) -> tuple[float, FloatArray]:
    """Compute the half-width of the trend of the total from `base` to `latest`, and its parts.

    As a share of the base total.

    Emissions and relative half-widths by category; an input that is correlated errs alike in both years
    (factors, as a rule), one that is not errs anew (activities). Parts [category, (factor, activity)].

    By hand, 100 → 80 with 100 → 100, the first with activity ± 5 %, factor ± 10 %: A = |(180.8 − 201)/201 +
    0.1| × 100 = 0.04975, B = 80/200 = 0.4; factor 0.04975 × 10 = 0.4975, activity 0.4 × 5 × √2 = 2.8284;
    √(0.4975² + 2.8284²) = 2.8718 points.

    Parameters
    ----------
    base
        Emissions of the base year [category].
    latest
        Emissions of the latest year [category].
    activity_half_width
        Relative half-width of the activity [category].
    factor_half_width
        Relative half-width of the factor [category].
    activity_correlated
        Whether activities err alike in both years.
    factor_correlated
        Whether factors err alike in both years.

    Returns
    -------
    Half-width of the trend, and its parts [category, (factor, activity)].

    Source
    ------
    IPCC 2006 Guidelines vol. 1 ch. 3 (approach 1: sensitivities of type A and B).

    Examples
    --------
    >>> total, parts = trend_uncertainty([100.0, 100.0], [80.0, 100.0], [0.05, 0.0], [0.10, 0.0])
    >>> round(total * 100, 4), (parts[0] * 100).round(4).tolist()
    (2.8718, [0.4975, 2.8284])
    """
    first, last = np.asarray(base, dtype=np.float64), np.asarray(latest, dtype=np.float64)
    before, after = first.sum(), last.sum()
    trend = (after - before) / before
    both_up = (0.01 * last + after - (0.01 * first + before)) / (0.01 * first + before)
    alike = np.abs(both_up - trend) * 100.0
    anew = np.abs(last / before) * np.sqrt(2.0)
    parts = [
        np.where(correlated, alike, anew) * np.asarray(width, dtype=np.float64)
        for width, correlated in (
            (factor_half_width, factor_correlated),
            (activity_half_width, activity_correlated),
        )
    ]
    table = np.stack([np.broadcast_to(part, first.shape) for part in parts], axis=-1)
    return float(np.sqrt(np.square(table).sum())), table


@dataclass(frozen=True, slots=True)
class Propagation:
    """Uncertainty of a total of products, with shared factors.

    `total`; `half_width` absolute at 95 %; `share` [input] of the variance by input, activities first, then
    factors; sums to 1 (0 where nothing is uncertain).
    """

    total: float
    half_width: float
    share: FloatArray

    @property
    def relative(self) -> float:
        return self.half_width / abs(self.total) if self.total else 0.0


def propagate(
    values: ArrayLike,
    activity_half_width: ArrayLike,
    factor_half_width: ArrayLike,
    activity_group: ArrayLike | None = None,
    factor_group: ArrayLike | None = None,
) -> Propagation:
    """Propagate uncertainty by approach 1 for Σ activity × factor.

    Correlation 1 among cells that share an input.

    `values` [cell] emissions; half-widths [cell] relative; `*_group` [cell] integer ids: cells with one id
    share ONE variable (the calorific value of raw coal is one number, however many rows burn it). First-order
    variance: Σ over inputs (Σ over its cells value × u)². Without groups it equals eq. 3.1 and 3.2.

    By hand: 100 and 50 with one common factor ± 10 % → 150 × 10 % = 15; independent √(10² + 5²) = 11.18.

    Parameters
    ----------
    values
        Emissions [cell].
    activity_half_width
        Relative half-width of the activity [cell].
    factor_half_width
        Relative half-width of the factor [cell].
    activity_group
        Integer ids [cell] of shared activities.
    factor_group
        Integer ids [cell] of shared factors.

    Examples
    --------
    >>> propagate([100.0, 50.0], [0.0, 0.0], [0.1, 0.1], factor_group=[0, 0]).half_width
    15.0
    >>> round(propagate([100.0, 50.0], [0.0, 0.0], [0.1, 0.1]).half_width, 4)
    11.1803
    """
    x = np.asarray(values, dtype=np.float64)
    parts = []
    for half_width, group in ((activity_half_width, activity_group), (factor_half_width, factor_group)):
        ids = np.arange(x.size) if group is None else np.unique(np.asarray(group), return_inverse=True)[1]
        u = np.broadcast_to(np.asarray(half_width, dtype=np.float64), x.shape)
        parts.append(np.bincount(ids, weights=x * u, minlength=int(ids.max(initial=-1)) + 1))
    squared = np.square(np.concatenate(parts))
    variance = float(squared.sum())
    return Propagation(float(x.sum()), variance**0.5, squared / variance if variance else squared)


def lognormal_or_normal(
    standard_normal: FloatArray, half_width: ArrayLike, *, positive: bool = True
) -> FloatArray:
    """Return multipliers with mean 1 and a relative 95 % half-width, from standard normal numbers.

    `standard_normal` [sample, input], `half_width` [input]. Normal below 30 %; above that, if `positive`,
    lognormal with the same mean and standard deviation, so that nothing turns negative (IPCC 2006 vol. 1 ch.
    3).

    By hand: z = 1, half-width 0.196 → 1 + 0.196/1.95996 = 1.1000.

    Parameters
    ----------
    standard_normal
        Standard normal numbers [sample, input].
    half_width
        Relative 95 % half-width [input].
    positive
        Whether nothing may turn negative.

    Returns
    -------
    Multipliers [sample, input].

    Examples
    --------
    >>> lognormal_or_normal(np.array([[1.0]]), [0.196]).round(4).tolist()
    [[1.1]]
    """
    sd = np.asarray(half_width, dtype=np.float64) / Z95
    normal = 1.0 + standard_normal * sd
    wide = np.asarray(half_width) > 0.3
    if not positive or not wide.any():
        return np.asarray(normal)
    log_sd = np.sqrt(np.log1p(np.square(sd)))
    return np.asarray(np.where(wide, np.exp(standard_normal * log_sd - log_sd**2 / 2), normal))


def sample_totals(
    values: ArrayLike,
    activity_half_width: ArrayLike,
    factor_half_width: ArrayLike,
    draws: int,
    seed: np.random.SeedSequence | int,
    activity_group: ArrayLike | None = None,
    factor_group: ArrayLike | None = None,
    target: ArrayLike | None = None,
) -> FloatArray:
    """Sample Σ activity × factor by Monte Carlo: totals [sample].

    With `target` [cell] ids: [sample, target].

    Cells with one group id move together, as in `propagate`. One multiplier per input and sample; cells are
    summed by (activity group, factor group) first, so memory is [sample, group].

    Parameters
    ----------
    values
        Emissions [cell].
    activity_half_width
        Relative half-width of the activity [cell].
    factor_half_width
        Relative half-width of the factor [cell].
    draws
        Number of samples.
    seed
        Seed of the random numbers.
    activity_group
        Integer ids [cell] of shared activities.
    factor_group
        Integer ids [cell] of shared factors.
    target
        Ids [cell] of the totals.

    Returns
    -------
    Totals [sample] or [sample, target].

    Raises
    ------
    ValueError
        Where `draws` is not positive.
    """
    if draws < 1:
        raise ValueError("draws must be positive")
    x = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    ids, widths = [], []
    for half_width, group in ((activity_half_width, activity_group), (factor_half_width, factor_group)):
        index = np.arange(x.size) if group is None else np.unique(np.asarray(group), return_inverse=True)[1]
        u = np.broadcast_to(np.asarray(half_width, dtype=np.float64), x.shape)
        width = np.zeros(int(index.max(initial=-1)) + 1)
        np.maximum.at(width, index, u)
        ids.append(index)
        widths.append(width)
    activity, factor = (
        lognormal_or_normal(rng.standard_normal((draws, width.size)), width) for width in widths
    )
    if target is None:
        targets, count = np.zeros(x.size, dtype=np.intp), 1
    else:
        targets = np.unique(np.asarray(target), return_inverse=True)[1]
        count = int(targets.max(initial=-1)) + 1
    totals = np.zeros((draws, count))
    for t in range(count):
        cells = targets == t
        # Σ_cells a[:, i] x f[:, j] as a bilinear form: group cells into a matrix [activity, factor]
        weights = np.zeros((widths[0].size, widths[1].size))
        np.add.at(weights, (ids[0][cells], ids[1][cells]), x[cells])
        totals[:, t] = np.einsum("sf,sf->s", activity @ weights, factor)
    return totals[:, 0] if target is None else totals


def interval(samples: ArrayLike, probability: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper bound of the central interval over the first axis (sample).

    Parameters
    ----------
    samples
        Samples, first axis: sample.
    probability
        Probability of the interval.

    Examples
    --------
    >>> low, high = interval(np.arange(1001.0))
    >>> round(float(low)), round(float(high))
    (25, 975)
    """
    tail = (1.0 - probability) / 2
    low, high = np.quantile(np.asarray(samples, dtype=np.float64), [tail, 1.0 - tail], axis=0)
    return low, high
