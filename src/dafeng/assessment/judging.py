"""From a case and the model's answer to the verdicts."""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.verdicts import Observation, Outlook, Verdict, judge
from dafeng.case import Case
from dafeng.pathway import NO_PLAN, PLAN, Projection

BEFORE = 2030


def judge_case(case: Case, outlook: Outlook | None) -> list[Verdict]:
    """The verdicts on the plan of `case`, none where it has no plan. Only the place's own observations count."""
    if case.plan is None:
        return []
    table = case.table("observations")
    own = table[(table["region"].astype(str) == case.city.code) & table["value"].notna()]
    observations = [
        Observation(
            str(row["indicator"]), int(row["year"]), float(row["value"]), str(row["unit"]), str(row["source"])
        )
        for row in own.to_dict("records")
    ]
    return judge(case.plan.targets, observations, case.city.as_of, outlook)


def outlook_of(projection: Projection) -> Outlook:
    """What `projection` says with the plan and without it, for `judge`."""
    found = projection.indicators
    common = reduce(np.intersect1d, (indicator.years for indicator in found.values()), projection.years)

    def of(scenario: str) -> dict[str, NDArray[np.float64]]:
        return {
            id_: indicator.values[scenario][:, np.isin(indicator.years, common)]
            for id_, indicator in found.items()
        }

    return Outlook(
        common,
        of(PLAN),
        {id_: indicator.unit for id_, indicator in found.items()},
        _before(projection, PLAN),
        projection.headline_account,
        of(NO_PLAN),
        _before(projection, NO_PLAN),
    )


def _before(projection: Projection, scenario: str) -> dict[int, float]:
    """Probability of a peak before each year after `as_of`."""
    peak = projection.results.peak_of(scenario, projection.headline_account)
    years = range(projection.as_of + 1, projection.horizon + 1)
    known = {year: peak.before(year) for year in years}
    known[BEFORE] = peak.before_2030.value
    return known
