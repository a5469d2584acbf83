"""Result of the ensemble under a setting: probability of a peak before 2030 in each scenario, and the level
of 2030.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.compile.delivery_uncertainty import delivery_draws
from dafeng.pathway.engine.ensemble import with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, Result, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.ensemble import Ensemble
from dafeng.pathway.methods.peaks import peak
from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN
from dafeng.pathway.terms import Terms

Array = NDArray[np.float64]

DEADLINE, LEVEL_YEAR = 2029, 2030
Counted = Callable[[Result, str], Array]


@dataclass(frozen=True, slots=True)
class Answer:
    """P(peak in 2029 or before) by scenario, and the medians of the headline account in 2030 with the plan and
    in the base year, t CO2.
    """

    chance: dict[str, float]
    level_t: float
    base_t: float = float("nan")


def answer(
    model: Model, ensemble: Ensemble, account: str, horizon: int, seed: int, terms: Terms, whole: Array | None = None,
    counted: Counted | None = None,
) -> Answer:  # fmt: skip
    """Evaluate the three scenarios on the rows of `ensemble`.

    Parameters: `whole` [measure] degrees of the plan in full (all 1 without it); `counted` what an evaluation
    counts as the account (the account itself without it).
    """
    intent = model.delivery(1.0) if whole is None else whole
    delivered = np.concatenate(
        [
            delivery_draws(model, intent, n, seed, k, terms.common_delivery)
            for k, n in enumerate(ensemble.sizes)
        ]
    )
    years = model.years[model.years <= max(horizon, LEVEL_YEAR)]
    inside = years <= horizon
    axis = np.concatenate([model.base.observed_years, years[inside]])
    chance: dict[str, float] = {}
    level = base = float("nan")
    for name, degrees in ((PLAN, intent), (EXPECTED, delivered), (CARRIED_ON, model.delivery(0.0))):
        detail = HEADLINE_ONLY if counted is None else "all"
        found = evaluate(model, degrees, ensemble.draws, years, detail)
        factor = None if ensemble.factor is None else ensemble.factor[:, : years.size]
        values = with_factor(found, factor)[account]
        if counted is not None:
            extra = counted(found, account)
            values = values + (extra if factor is None else extra * factor)
        rows = np.concatenate([ensemble.observed[account], values[:, inside]], axis=1)
        chance[name] = float(np.mean(peak(axis, rows).year <= DEADLINE))
        if name == PLAN:
            level = float(np.median(values[:, int(LEVEL_YEAR - years[0])]))
            base = float(np.median(values[:, 0]))
    return Answer(chance, level, base)
