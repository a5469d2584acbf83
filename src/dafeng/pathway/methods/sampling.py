"""Reproducible sampling: one permanent dimension per parameter, Owen-scrambled Sobol points.

Sample i of a parameter depends on its dimension number, the seed and the scramble only: not on how many
samples are drawn, nor on which other parameters there are.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, seed_sequence
from dafeng.pathway.methods.sobol_points import sobol_integers

Array = NDArray[np.float64]
MAX_DIMENSION = 21_201
# z of the 95 % quantile: ranges in the tables are 5–95 %
Z95 = 1.6448536269514722
DISTRIBUTIONS = ("fixed", "normal", "uniform", "triangular", "lognormal", "beta")


def unit_points(dimensions: Sequence[int], n: int, seed: int, scramble: int = 0) -> Array:
    """Draw Owen-scrambled Sobol points [sample, dimension], inside (0, 1).

    Column k belongs to the permanent dimension `dimensions[k]` (1 … 21201). The unscrambled points are
    those of the Joe & Kuo 2008 direction numbers in scipy; each dimension is scrambled by its own seed
    (nested uniform scrambling, Owen 1995, by hashing as in Burley 2020, JCGT 9(4)), which is what keeps
    a parameter's draws independent of the others and stable when n grows.

    Parameters
    ----------
    dimensions
        Permanent numbers of the columns.
    n
        Number of samples.
    seed
        Seed of the run.
    scramble
        Number of the independent replicate.

    Returns
    -------
    Points [sample, dimension], inside (0, 1).

    Raises
    ------
    DafengError
        For a dimension out of range or given twice, or n < 1.
    """
    numbers = np.asarray(dimensions, dtype=np.int64)
    if numbers.size and (
        numbers.min() < 1 or numbers.max() > MAX_DIMENSION or np.unique(numbers).size != numbers.size
    ):
        raise DafengError.at(
            "dimension", str(numbers.tolist()[:8]), f"different numbers from 1 to {MAX_DIMENSION}"
        )
    if n < 1:
        raise DafengError.at("samples", str(n), "one sample or more")
    points = np.empty((n, numbers.size))
    plain = sobol_integers(tuple(int(number) for number in numbers), n)
    for column, number in enumerate(numbers):
        key = seed_sequence(seed, "sobol", scramble, int(number)).generate_state(2, np.uint32)
        bits = _owen(plain[:, column], int(key[0]), int(key[1]))
        points[:, column] = (bits.astype(np.float64) + 0.5) * 2.0**-32
    return points


def _owen(values: NDArray[np.uint32], key: int, offset: int) -> NDArray[np.uint32]:
    """Nested uniform scrambling: in reversed bit order each step lets a bit depend on lower bits only."""
    with np.errstate(over="ignore"):
        x = _reversed_bits(values) + np.uint32(offset)
        x ^= x * np.uint32(0x3D20ADEA)
        x += np.uint32(key)
        x *= np.uint32((key >> 16) | 1)
        x ^= x * np.uint32(0x05526C56)
        x ^= x * np.uint32(0x53A22864)
    return _reversed_bits(x)


def _reversed_bits(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    x = values.copy()
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        low = np.uint32(mask)
        x = ((x >> np.uint32(shift)) & low) | ((x & low) << np.uint32(shift))
    return (x >> np.uint32(16)) | (x << np.uint32(16))


def correlated(points: ArrayLike, correlation: ArrayLike) -> Array:
    """Correlate `points` [sample, parameter] with a Gaussian copula of rank-space `correlation`
    [parameter, parameter].

    The first parameter of a correlated pair keeps its points (Cholesky order), so adding a later
    parameter never moves an earlier one.

    Parameters
    ----------
    points
        Uniform points [sample, parameter].
    correlation
        Rank correlation [parameter, parameter].

    Returns
    -------
    Correlated uniform points [sample, parameter].

    Raises
    ------
    DafengError
        Where the matrix is not a correlation matrix (symmetric, unit diagonal, positive definite).
    """
    from scipy.special import ndtr, ndtri

    u, matrix = np.asarray(points, dtype=float), np.asarray(correlation, dtype=float)
    size = u.shape[1]
    if (
        matrix.shape != (size, size)
        or not np.allclose(matrix, matrix.T)
        or not np.allclose(np.diag(matrix), 1)
    ):
        raise DafengError.at(
            "correlation", f"shape {matrix.shape}", f"a symmetric {size} x {size} matrix with unit diagonal"
        )
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        raise DafengError.at(
            "correlation", "a matrix that is not positive definite", "correlations that fit together"
        ) from error
    if np.array_equal(factor, np.eye(size)):
        return u
    return np.asarray(ndtr(ndtri(u) @ factor.T))


def standard_deviate(points: ArrayLike, distribution: str) -> Array:
    """Return the deviate in units of half the 5–95 % range: −1 at the 5 % quantile and +1 at the 95 %
    quantile.

    `points` are uniform (any shape). normal and lognormal are normal (lognormal ranges are applied to
    the logarithm), uniform and triangular are symmetric on their support, beta is Beta(2, 2).

    Parameters
    ----------
    points
        Uniform points in (0, 1), any shape.
    distribution
        Normal, lognormal, uniform, triangular or beta.

    Returns
    -------
    Deviates, shape of `points`.

    Raises
    ------
    DafengError
        For an unknown distribution.
    """
    u = np.asarray(points, dtype=float)
    if distribution == "fixed":
        return np.zeros_like(u)
    if distribution in ("normal", "lognormal"):
        from scipy.special import ndtri

        return np.asarray(ndtri(u) / Z95)
    if distribution == "uniform":
        return np.asarray((u - 0.5) / 0.45)
    if distribution == "triangular":
        fold = np.where(u < 0.5, np.sqrt(2 * u) - 1, 1 - np.sqrt(2 * (1 - u)))
        return np.asarray(fold / (1 - np.sqrt(0.1)))
    if distribution == "beta":
        from scipy.special import betaincinv

        return np.asarray((betaincinv(2.0, 2.0, u) - 0.5) / (betaincinv(2.0, 2.0, 0.95) - 0.5))
    raise DafengError.at("distribution", distribution, ", ".join(DISTRIBUTIONS))


def probability(event: Callable[[int], ArrayLike], scrambles: int = 4) -> tuple[float, float]:
    """Estimate the probability of an event and its standard error from independent scrambles.

    `event(scramble)` returns booleans [sample].

    Parameters
    ----------
    event
        Function of the scramble that gives booleans [sample].
    scrambles
        Number of independent scrambles, two or more.

    Returns
    -------
    Probability and its standard error [1].

    Raises
    ------
    DafengError
        For fewer than two scrambles.
    """
    if scrambles < 2:
        raise DafengError.at("scrambles", str(scrambles), "two scrambles or more")
    shares = np.array([np.asarray(event(scramble)).mean() for scramble in range(scrambles)])
    return float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(scrambles))
