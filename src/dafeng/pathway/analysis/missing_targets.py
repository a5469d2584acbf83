"""Missing targets of a plan: figures that it does not state and that a peak in time requires."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.analysis.feasibility import DEADLINE, SURE, least_delivery, peak_probability
from dafeng.pathway.engine.model import Model, kind_of
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.forecast.discrepancy import Discrepancy

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MissingTarget:
    """Figure that the plan does not set and that peaking in time would need: `needed` in `year`, `without`
    the measure.
    """

    measure: str
    name_zh: str
    name_en: str
    parameter: str
    year: int
    needed: float
    without: float
    unit: str


@dataclass(frozen=True, slots=True)
class MissingTargets:
    """Probability of a peak in time with the plan's own figures alone, and the additional figures required.

    `targets` is empty where the plan's figures are enough, or where no set of measures reaches `sure`
    (`reached` false).
    """

    account: str
    sure: float
    with_own_figures: float
    reached: bool
    probability: float
    targets: tuple[MissingTarget, ...]


def missing_targets(
    model: Model,
    draws: Array,
    sure: float = SURE,
    account: str = "A",
    year: int = 2030,
    deadline: int = DEADLINE,
    error: Discrepancy | None = None,
) -> MissingTargets:
    """Compute the figures a plan would still have to set, so that its targets alone peak in time with the
    required probability.

    A measure whose figure is the plan's own (basis `plan`) counts as a target and is delivered; of all other
    measures, which rest on estimates, the programme of `least_delivery` takes the fewest; `error` as in
    `peak_probability`.

    Parameters
    ----------
    model
        Compiled model of the case.
    draws
        Deviates [sample, driver].
    sure
        Chance that is wanted [1].
    account
        A or B.
    year
        Year of the figures.
    deadline
        Last year of the peak.
    error
        Model's error over the same samples.

    Returns
    -------
    Figures that are missing, each in its own unit.

    Raises
    ------
    DafengError
        As `least_delivery` and `gaps` do.
    """
    if year not in model.years[1:]:
        raise DafengError.at("year", str(year), f"a year from {model.years[1]} to {model.years[-1]}")
    own = np.array([measure.basis == "plan" for measure in model.measures])
    alone = peak_probability(model, own.astype(float), draws, account, deadline, error=error)
    if alone >= sure:
        return MissingTargets(account, sure, alone, True, alone, ())
    least = least_delivery(
        model,
        draws,
        sure,
        account,
        deadline,
        weights=np.where(own, 0.0, 1.0),
        at_least=own.astype(float),
        error=error,
    )
    if not least.reached:
        return MissingTargets(account, sure, alone, False, least.probability, ())
    degrees = model.delivery(0.0, **least.delivery)
    paths = Paths(model, np.array([year - 1, year]) - model.years[0])
    centre = np.zeros((1, len(model.drivers)))

    def value(id_: str, point: Array) -> float:
        paths.chunk(point[None, :], centre)
        before, now = np.broadcast_to(paths.sure(id_), (1, 2))[0]
        # rates are cumulated from the base year on
        return float(now - before) if model.parameters[id_].rate else float(now)

    targets = []
    for id_, parameter in model.parameters.items():
        for column in dict.fromkeys(action.measure for action in parameter.actions):
            if own[column] or degrees[column] <= 0:
                continue
            less, measure, kind = degrees.copy(), model.measures[column], kind_of(id_)
            less[column] = 0.0
            ends = value(id_, degrees), value(id_, less)
            unit = kind.unit if kind else ""
            targets.append(
                MissingTarget(measure.id, measure.name_zh, measure.name_en, id_, year, *ends, unit)
            )
    return MissingTargets(account, sure, alone, True, least.probability, tuple(targets))
