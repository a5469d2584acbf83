"""Sobol indices of a city: a designed sample over its drivers, complementing the variance shares of the
ensemble.
"""

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model, deviates_of
from dafeng.pathway.methods.sensitivity import SobolIndices, sobol_indices

Array = NDArray[np.float64]


def sobol_of(
    model: Model, delivery: Array, year: int, account: str = "A", samples: int = 256, seed: int = 0
) -> SobolIndices:
    """Compute first-order and total Sobol indices [driver] of `account` in `year`, as if drivers were
    independent of each other.

    4 × samples × (drivers + 2) evaluations. Sobol's indices of correlated drivers have no such meaning, so
    correlations of the case are left out here: an index measures the effect of a driver by itself.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] [1].
    year
        Year of the output.
    account
        A or B.
    samples
        Base samples, a power of two.
    seed
        Seed of the run.

    Returns
    -------
    Indices of each driver with their standard errors [1].

    Raises
    ------
    DafengError
        For an unknown account or a year that is not modelled.
    """
    if account not in ACCOUNTS:
        raise DafengError.at("sobol_of", account, f"an account of {', '.join(ACCOUNTS)}")
    # an end of the unit interval has no finite deviate
    tiny = np.finfo(float).eps

    def value(points: Array) -> Array:
        deviates = np.empty_like(points)
        for column, driver in enumerate(model.drivers):
            inside = np.clip(points[:, column], tiny, 1.0 - tiny)
            deviates[:, column] = deviates_of(inside, driver)
        return np.asarray(evaluate(model, delivery, deviates, [year], HEADLINE_ONLY).accounts[account][:, 0])

    return sobol_indices(value, len(model.drivers), samples, seed)
