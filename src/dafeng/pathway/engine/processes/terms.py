"""Sums and products of terms that may be absent."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def total(*terms: Array | None) -> Array | None:
    """Return the sum of those terms that there are; None where there is none."""
    found: Array | None = None
    for term in terms:
        if term is not None:
            found = term if found is None else found + term
    return found


def left(*shares: Array | None) -> Array | None:
    """Return what is left after shares are taken off one after another: Π (1 − share); None where there is none."""
    product: Array | None = None
    for share in shares:
        if share is not None:
            product = 1.0 - share if product is None else product * (1.0 - share)
    return product


def times(value: Array, *factors: Array | None) -> Array:
    """Return `value` times those factors that there are."""
    for factor in factors:
        if factor is not None:
            value = value * factor
    return value


def scale(*exponents: Array | None) -> Array:
    """Return e to the sum of the exponents; 1 where there is none."""
    exponent = total(*exponents)
    return np.ones((1, 1)) if exponent is None else np.asarray(np.exp(exponent))
