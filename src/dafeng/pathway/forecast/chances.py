"""Probability of a peak and its parts, test of a past peak, margin, and aims of policy."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dafeng.factors import aims_in_force
from dafeng.pathway.analysis.delivery_levels import DEADLINE
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.ensemble import Ensemble
from dafeng.pathway.methods.peaks import observed_peak, peak
from dafeng.pathway.results.bands import Indicator
from dafeng.pathway.results.parts import T_PER_MT, Range
from dafeng.pathway.results.peaks import ChanceParts, PolicyAim

Array = NDArray[np.float64]

PARTS_SAMPLES = 1024


def past_exceeded(years: NDArray[np.int64], series: Array, as_of: int) -> float:
    """Return the share of samples in which a later year exceeds every year up to `as_of`; `series`
    [sample, year] ends at the horizon.
    """
    past = years <= as_of
    return float(np.mean(series[:, ~past].max(axis=1) > series[:, past].max(axis=1)))


def past_claimed(years: NDArray[np.int64], series: Array, as_of: int) -> bool:
    """Return whether the median's maximum up to `as_of` counts as a peak: three points, five years, 10 %
    below (`observed_peak`).
    """
    past = years <= as_of
    return observed_peak(years[past], np.median(series[:, past], axis=0)).peaked


def margin(years: NDArray[np.int64], series: Array) -> Range:
    """Return the highest year up to the deadline less the highest after it, Mt CO2: above 0 where the peak
    lies before 2030.
    """
    before = years <= DEADLINE
    return Range.of(series[:, before].max(axis=1) - series[:, ~before].max(axis=1), T_PER_MT)


def chance_parts(
    model: Model, ensemble: Ensemble, intent: Array, delivered: Array | None, account: str, horizon: int, whole: float,
) -> ChanceParts:  # fmt: skip
    """Compute P(peak in 2029 or before) with drivers alone, then with delivery and effects, then with the
    model's error (`whole`).

    Parameters: `intent` [measure] degrees at which each measure works as stated; `delivered`
    [sample, measure] where delivery is uncertain. The first two on fewer rows of the same ensemble.
    """
    few = ensemble.thinned(PARTS_SAMPLES)
    years = model.years[model.years <= horizon]
    axis = np.concatenate([model.base.observed_years, years])
    drivers = few.draws[:, : len(model.drivers)]
    observed = _without_error(model, drivers, account)

    def share(delivery: Array, draws: Array) -> float:
        series = evaluate(model, delivery, draws, years, HEADLINE_ONLY).accounts[account]
        return float(np.mean(peak(axis, np.concatenate([observed, series], axis=1)).year <= DEADLINE))

    alone = share(intent, drivers)
    if not intent.any():
        return ChanceParts(drivers=alone, delivery_and_effects=alone, model_error=whole)
    rows = delivered if delivered is None else _thinned_rows(delivered, ensemble, few)
    return ChanceParts(
        drivers=alone,
        delivery_and_effects=share(intent if rows is None else rows, few.draws),
        model_error=whole,
    )


def _without_error(model: Model, drivers: Array, account: str) -> Array:
    from dafeng.pathway.engine.ensemble import observed_samples

    return observed_samples(model, drivers)[account]


def _thinned_rows(delivered: Array, ensemble: Ensemble, few: Ensemble) -> Array:
    starts = np.concatenate([[0], np.cumsum(ensemble.sizes)[:-1]])
    return np.concatenate(
        [delivered[start : start + size] for start, size in zip(starts, few.sizes, strict=True)]
    )


# quantity of an issued aim → quantity of the model
QUANTITIES = {"co2_per_gdp": "co2_intensity", "energy_per_gdp": "energy_intensity"}


def aims_beside(indicators: Mapping[str, Indicator], place: str, as_of: int) -> Iterator[PolicyAim]:
    """Yield each issued aim in force after `as_of` for each scenario: the change of its quantity, and the
    chance to meet it.

    Aims are rows of `policy_aims` in factors, of the nearest level (city, province, nation); an aim is in
    force that was issued by the end of the year after `as_of`.
    """
    year = as_of + 1
    for quantity, id_ in QUANTITIES.items():
        for aim in aims_in_force(quantity, place, year, date(year, 12, 31)):
            indicator, first, last = indicators.get(id_), aim.period_from - 1, aim.period_to
            if (
                indicator is None
                or aim.kind == "amount"
                or not {first, last} <= set(indicator.years.tolist())
            ):
                continue
            for scenario in indicator.values:
                change = indicator.at(scenario, last) / indicator.at(scenario, first) - 1.0
                yield PolicyAim(
                    id=aim.id, name_zh=aim.zh, name_en=aim.en, quantity=id_, from_year=first, to_year=last,
                    aim=-aim.value, scenario=scenario, change=Range.of(change),
                    chance=float(np.mean(change <= -aim.value)), source=aim.source or aim.document, grade=str(aim.grade),
                )  # fmt: skip
