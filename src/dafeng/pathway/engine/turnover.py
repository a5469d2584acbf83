"""Stock turnover in the annual model: what is new in a year stays for its life, so the stock follows with
delay.

A parameter `new_electric.SEGMENT` or `new_saving.SEGMENT` describes the vehicles, equipment or floor area
that a year adds. The model uses the average over the stock: vintages, weighted by what survives of each.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import gamma

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Problems
from dafeng.pathway.engine.model import Model, Parameter
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.program import segment_quantity
from dafeng.pathway.methods.stock_turnover import stock_turnover, weibull_survival

Array = NDArray[np.float64]

VINTAGE = ("new_electric", "new_saving")
NEEDED: Mapping[str, str] = {
    "life": "the mean life in years",
    "life_shape": "the shape of the Weibull survival curve",
    "stock_growth": "the yearly growth of the stock before the base year",
}
# older units than this are gone in every survival curve that a row may give
OLDEST = 400


def vintage_weights(stock: ArrayLike, survival: ArrayLike, past_growth: float) -> Array:
    """Compute the share of each vintage in the stock of each later year.

    A stock that shrinks faster than its units retire has no sales.

    Parameters
    ----------
    stock : array [year]
        The units wanted at year's end, the first year being the base.
    survival : array [age]
        The share of a vintage left at age 0, 1, …, from 1, not rising, its last entry holding for older ages.
    past_growth : float
        Growth per year of the stock before the base year, which gives the base stock its ages:
        e^(−growth · age) · survival.

    Returns
    -------
    array [vintage, year]
        A column holds the shares of the years after the base in that year's stock, the rest being what is
        left of the base stock.

    Raises
    ------
    DafengError
        For a stock that is not above 0, or a survival that rises or does not start at 1.

    >>> vintage_weights([100, 100, 100], [1, 0.5, 0], 0.0).round(3).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.667, 0.333], [0.0, 0.0, 0.667]]
    """
    wanted, left = np.asarray(stock, dtype=float), np.asarray(survival, dtype=float)
    if wanted.ndim != 1 or not wanted.size or not np.all(np.isfinite(wanted)) or (wanted <= 0).any():
        raise DafengError.at("stock", "a year without a stock", "stock[year] above 0")
    if left.ndim != 1 or not left.size or left[0] != 1 or (np.diff(left) > 0).any() or left[-1] < 0:
        raise DafengError.at("survival", str(left.tolist()[:5]), "shares by age from 1 down, not rising")
    years = wanted.size
    old = np.exp(-past_growth * np.arange(left.size)) * left
    inherited = np.full(years, wanted[0])
    if years > 1:
        inherited[1:] = stock_turnover(np.zeros(years - 1), left, initial=wanted[0] * old / old.sum()).stock
    # what is left of one unit of each vintage
    kept = stock_turnover(np.eye(years), left).stock
    sales = np.zeros(years)
    for year in range(1, years):
        sales[year] = max(0.0, wanted[year] - inherited[year] - sales[:year] @ kept[:year, year])
    units = sales[:, None] * kept
    return np.asarray(units / (inherited + units.sum(axis=0)))


def survival_of(mean_life: float, shape: float) -> Array:
    """Compute the Weibull survival [age] of units that live `mean_life` years on average: scale = mean / Γ(1
    + 1/shape).

    Parameters
    ----------
    mean_life
        Mean life [a], above 0.
    shape
        Shape of the Weibull distribution [1].

    Returns
    -------
    Share that survives by age [age] [1].
    """
    if not (mean_life > 0 and shape > 0):
        raise DafengError.at(
            "survival", f"life {mean_life}, shape {shape}", "a life in years and a shape above 0"
        )
    ages = np.arange(min(OLDEST, int(12 * mean_life) + 2))
    return weibull_survival(ages, mean_life / gamma(1 + 1 / shape), shape)


def with_turnover(model: Model) -> Model:
    """Return the model whose parameters of new units are averaged over their stock.

    The stock of a segment follows its activity in the central case without the plan; which units a year adds
    follows from survival. Raises: DafengError where life, shape or past growth of a stock is missing, varies
    or moves.
    """
    vintages = [id_ for id_ in model.parameters if id_.partition(".")[0] in VINTAGE]
    if not vintages:
        return model
    problems = Problems()
    still = {id_: p for id_, p in model.parameters.items() if id_ not in vintages}
    columns = np.arange(model.years.size)
    bare = replace(model, parameters=still)
    paths = Paths(bare, columns)
    paths.chunk(np.zeros((1, len(model.measures))), np.zeros((1, len(model.drivers))))
    found = dict(model.parameters)
    for id_ in vintages:
        segment = id_.partition(".")[2]
        fixed = {name: _fixed(model, f"{name}.{segment}", told, problems) for name, told in NEEDED.items()}
        if not all(np.isfinite(value) for value in fixed.values()):
            continue
        stock = np.broadcast_to(
            segment_quantity(bare, paths, columns, "activity", segment), (1, model.years.size)
        )[0]
        survival = survival_of(fixed["life"], fixed["life_shape"])
        weights = vintage_weights(stock, survival, fixed["stock_growth"])
        found[id_] = replace(model.parameters[id_], turnover=weights)
    problems.raise_if_any()
    return replace(model, parameters=found)


def _fixed(model: Model, id_: str, told: str, problems: Problems) -> float:
    parameter: Parameter | None = model.parameters.get(id_)
    if parameter is None:
        problems.add("drivers.csv", f"no row {id_}", f"{told} of the stock", "add the row with its source")
        return np.nan
    path = parameter.central
    if parameter.column >= 0 or parameter.actions or np.ptp(path) > 0:
        problems.add(
            f"drivers.csv:{id_}",
            "a value that varies",
            "one row with the distribution fixed: vintages share it",
        )
        return np.nan
    if id_.startswith("life") and path[0] <= 0:
        problems.add(f"drivers.csv:{id_}", str(path[0]), "a number above 0")
        return np.nan
    return float(path[0])
