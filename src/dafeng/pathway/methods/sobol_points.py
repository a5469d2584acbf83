"""Unscrambled Sobol points of chosen dimensions only (Joe & Kuo 2008, SIAM J. Sci. Comput. 30:2635)."""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

BITS = 32


@cache
def _table() -> tuple[tuple[int, str], ...]:
    """Polynomial (with both ends, as bits) and initial numbers of each dimension from the first on."""
    lines = (files("dafeng.pathway") / "sobol_directions.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = (line.split(",") for line in lines)
    return tuple((int(polynomial), initial) for _, polynomial, initial in cells)


def _directions(dimension: int) -> list[int]:
    """Return the 32 direction numbers of a dimension, shifted to 32 bits."""
    polynomial, initial = _table()[dimension - 1]
    if dimension == 1:
        return [1 << (BITS - 1 - k) for k in range(BITS)]
    m = [int(number) for number in initial.split(";")]
    degree = polynomial.bit_length() - 1
    for k in range(degree, BITS):
        value = m[k - degree]
        for j in range(degree):
            # coefficient of x^(degree - 1 - j), the leading one left out
            if polynomial >> (degree - 1 - j) & 1:
                value ^= m[k - j - 1] << (j + 1)
        m.append(value)
    return [number << (BITS - 1 - k) for k, number in enumerate(m)]


@lru_cache(maxsize=2)
def sobol_integers(dimensions: Sequence[int], n: int) -> NDArray[np.uint32]:
    """Return the first `n` Sobol points as 32-bit integers [sample, dimension], in Gray-code order, as
    `scipy.stats.qmc.Sobol` has them.

    Parameters: `dimensions` a tuple of numbers from 1 to 2,000; columns that are not asked for are not built.
    """
    if max(dimensions, default=1) > len(_table()):
        return _of_scipy(dimensions, n)
    steps = np.array([_directions(dimension) for dimension in dimensions], dtype=np.uint64).astype(np.uint32)
    steps = steps.reshape(len(dimensions), BITS)
    points = np.zeros((1, len(dimensions)), dtype=np.uint32)
    for bit in range(max(n - 1, 0).bit_length()):
        # the reflected Gray code: the points so far backwards, with one more bit set
        points = np.concatenate([points, points[::-1] ^ steps[:, bit]])
    return points[:n]


def _of_scipy(dimensions: Sequence[int], n: int) -> NDArray[np.uint32]:
    """Beyond the package's table: all columns up to the largest, from scipy's numbers."""
    from scipy.stats import qmc

    engine = qmc.Sobol(max(dimensions), scramble=False, bits=BITS)
    points = engine.random_base2(max(n - 1, 1).bit_length())[:n, np.array(dimensions) - 1]
    return (points * 2.0**BITS).astype(np.uint32)
