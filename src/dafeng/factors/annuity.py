"""Annuity: annual payment that repays an investment with interest."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def capital_recovery_factor(rate: ArrayLike, life: ArrayLike) -> NDArray[np.float64]:
    """Return the capital recovery factor: payment per unit of investment at the end of each year of `life`.

    Parameters
    ----------
    rate
        Real discount rate [1].
    life
        Years; may be infinite.

    Returns
    -------
    r / (1 − (1 + r)^−n); 1/n at r = 0; r for an infinite life. NaN where the rate is not given.

    Examples
    --------
    >>> capital_recovery_factor([0.07, 0.0, 0.05], [25, 20, np.inf]).round(4).tolist()
    [0.0858, 0.05, 0.05]
    """
    rates, years = np.broadcast_arrays(np.asarray(rate, dtype=float), np.asarray(life, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # expm1 and log1p keep the digits of small rates
        regular = rates / -np.expm1(-years * np.log1p(rates))
        endless = np.isinf(years)
        regular = np.where(endless, np.maximum(rates, 0.0), regular)
        return np.where((rates == 0) & ~endless, 1.0 / years, regular)
