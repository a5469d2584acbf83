"""What-if on a case kept in memory: changed points of the plan evaluated at once on a small ensemble."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from dafeng import inventory as inventories
from dafeng.case import Case
from dafeng.evidence import Problems
from dafeng.pathway.analysis.compare import Point, evaluate_point
from dafeng.pathway.analysis.feasibility import LeastDelivery, least_delivery
from dafeng.pathway.compile.scenarios import scenario
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Driver, Measure, scoped_name
from dafeng.pathway.forecast.ensemble import Ensemble, ensemble_of
from dafeng.pathway.forecast.settings import LEVEL_YEAR
from dafeng.pathway.results.bands import CARRIED_ON, PLAN
from dafeng.pathway.run_case import HORIZON, SEED, compile_model

Array = NDArray[np.float64]

QUICK_SAMPLES = 1024
MOST_DRIVERS = 5
SHOWN_UNTIL = 2040
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked: `delivery` by measure [1], `later` by measure [years], `drivers` held at a quantile of
    their range [1]; what is not named stays as in the plan.
    """

    delivery: Mapping[str, float] = field(default_factory=dict)
    later: Mapping[str, int] = field(default_factory=dict)
    drivers: Mapping[str, float] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.delivery or self.later or self.drivers)


@dataclass(frozen=True, slots=True)
class Lever:
    """Measure or driver that may be moved; `effect_t` is the change of emissions in 2030 in the central case:
    of a measure by leaving it out, of a driver from its 5 % to its 95 % quantile.
    """

    id: str
    name_zh: str
    name_en: str
    effect_t: float


class WhatIf:
    """Model and ensemble of one case, with its levers; evaluating a point does not change it.

    Parameters
    ----------
    case
        Loaded case.
    samples, seed
        Rows of the ensemble, those of `run` where both are those of `run`.
    inventory
        One already built.

    Raises
    ------
    DafengError
        Where the case lacks what the model needs.
    """

    def __init__(
        self,
        case: Case,
        samples: int = QUICK_SAMPLES,
        seed: int = SEED,
        inventory: inventories.Inventory | None = None,
    ) -> None:
        known = inventories.build(case) if inventory is None else inventory
        self.case, self.samples = case, samples
        self.account = case.city.headline_account
        self.model = compile_model(case, known)
        self._ensemble = ensemble_of(self.model, samples, seed, self.account)
        self._shown = np.flatnonzero(self.model.years <= SHOWN_UNTIL)
        self.measures, self.drivers = self._levers()
        self.plan = self._point(Change(), PLAN, self._ensemble)
        self.carried_on = self._point(Change(), CARRIED_ON, self._ensemble)

    @property
    def observed(self) -> tuple[NDArray[np.int64], Array]:
        """Return the years before the base year and their median emissions [t]."""
        values = self._ensemble.observed[self.account]
        return self.model.base.observed_years, np.median(values, axis=0)

    def point(self, change: Change) -> Point:
        """Evaluate the plan with a change, on the ensemble in memory.

        Parameters
        ----------
        change
            Degrees, delays and held drivers.

        Returns
        -------
        Point with bands up to 2040 [t] and the chance with its standard error.

        Raises
        ------
        DafengError
            For every unknown measure or driver and every value out of its range.
        """
        return self._point(change, PLAN, self._held(change.drivers)) if change.any else self.plan

    def needed(self, sure: float) -> LeastDelivery:
        """Return the least delivery that peaks in time with the chance `sure` [1]. Raises: DafengError."""
        return least_delivery(
            self.model, self._ensemble.draws, sure, self.account, horizon=HORIZON, error=self._ensemble.error
        )

    def _point(self, change: Change, name: str, ensemble: Ensemble) -> Point:
        asked = scenario(self.case, self.model, name, change.delivery, "delivery", change.later)
        return evaluate_point(self.model, ensemble, asked.name, asked, self._shown, HORIZON)

    def _held(self, drivers: Mapping[str, float]) -> Ensemble:
        """Return the ensemble with drivers held at a quantile of their range in every sample."""
        if not drivers:
            return self._ensemble
        columns = {driver.id: column for column, driver in enumerate(self.model.drivers)}
        known, problems = {one.id for one in self.drivers}, Problems()
        draws = self._ensemble.draws.copy()
        for driver, quantile in drivers.items():
            if driver not in known:
                problems.add(f"driver {driver}", driver, f"one of {', '.join(sorted(known))}")
            elif not LOW <= quantile <= HIGH:
                problems.add(f"driver {driver}", quantile, f"a quantile from {LOW} to {HIGH}")
            else:
                draws[:, columns[driver]] = ndtri(quantile)
        problems.raise_if_any()
        return replace(self._ensemble, draws=draws)

    def _levers(self) -> tuple[tuple[Lever, ...], tuple[Lever, ...]]:
        model, account = self.model, self.account
        measures, drivers = len(model.measures), len(model.drivers)
        years = np.array([model.years[0], LEVEL_YEAR])
        degrees = np.concatenate([np.ones((1, measures)), 1.0 - np.eye(measures)])
        left = evaluate(model, degrees, np.zeros((1, drivers)), years, HEADLINE_ONLY).accounts[account]
        gains = left[1:, 1] - left[0, 1]
        ends = np.concatenate([ndtri(LOW) * np.eye(drivers), ndtri(HIGH) * np.eye(drivers)])
        moved = evaluate(model, model.delivery(1.0), ends, years, HEADLINE_ONLY).accounts[account]
        low, high = moved[:drivers], moved[drivers:]
        # what changes the base year is a question of data, and a project is built or not: neither has a slider
        offered = np.isclose(low[:, 0], high[:, 0], rtol=1e-12) & np.array(
            [d.odds == 1.0 for d in model.drivers]
        )
        spans = np.where(offered, high[:, 1] - low[:, 1], 0.0)
        largest = [d for d in np.argsort(-np.abs(spans), kind="stable")[:MOST_DRIVERS] if spans[d]]
        return (
            tuple(_lever(model.measures[m], gains[m]) for m in np.argsort(-gains, kind="stable")),
            tuple(_lever(model.drivers[d], spans[d]) for d in largest),
        )


def _lever(one: Measure | Driver, effect: float) -> Lever:
    zh, en = one.name_zh, one.name_en
    if isinstance(one, Driver):
        zh, en = scoped_name(zh, one.parameter), scoped_name(en, one.parameter)
    return Lever(one.id, zh, en, float(effect))
