"""Assessment of a case: verdicts from the case's plan and the model's result."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.answers import AnswerRow, rows_of
from dafeng.assessment.judge import judge
from dafeng.assessment.verdicts import Observation, Outlook, Verdict
from dafeng.case import Case
from dafeng.pathway import CARRIED_ON, PLAN, Projection

BEFORE = 2030


def judge_case(case: Case, outlook: Outlook | None) -> list[Verdict]:
    """Return the verdicts on the plan of `case`, none without a plan.

    Only the place's own observations count.

    Parameters
    ----------
    case
        Loaded case.
    outlook
        Outlook of the model, or None.

    Returns
    -------
    Verdicts, one a target.
    """
    if case.plan is None:
        return []
    table = case.table("observations")
    own = table[(table["region"].astype(str) == case.city.code) & table["value"].notna()]
    observations = [
        Observation(
            str(row["indicator"]), int(row["year"]), float(row["value"]), str(row["unit"]), str(row["source"]),
            str(row["grade"]),
        )
        for row in own.to_dict("records")
    ]  # fmt: skip
    answers = answers_of(case)
    return judge(case.plan.targets, observations, case.city.as_of, outlook, answers, register_feeds(answers))


def answers_of(case: Case) -> list[AnswerRow]:
    """Return the case's own answers.csv: data assigned to each target, issued values, base values."""
    return rows_of(
        [{str(name): cell for name, cell in row.items()} for row in case.table("answers").to_dict("records")]
    )


def register_feeds(answers: Sequence[AnswerRow]) -> dict[str, str]:
    """Return `register.indicator` → the observation that it feeds.

    The room of registers is used only where a row names one.
    """
    named = {row.answer for row in answers if "." in row.answer}
    if not named:
        return {}
    from dafeng.registers import (
        packaged_book,
    )  # with its libraries, which a case without records does not need

    book, found = packaged_book(), {}
    for name in named:
        register, _, indicator = name.partition(".")
        if register in book.editions:
            known = {one.id: one for one in book.latest(register).indicators}
            feed = known[indicator].feeds if indicator in known else None
            if feed is not None and feed.table == "observations":
                found[name] = feed.id
    return found


def outlook_of(projection: Projection) -> Outlook:
    """Return the outlook of `projection` with the plan and without it, for `judge`.

    Parameters
    ----------
    projection
        Projection of the case.

    Returns
    -------
    Outlook by quantity and year.
    """
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
        of(CARRIED_ON),
        _before(projection, CARRIED_ON),
    )


def _before(projection: Projection, scenario: str) -> dict[int, float]:
    """Return the probability of a peak before each year after `as_of`."""
    peak = projection.results.peak_of(scenario, projection.headline_account)
    years = range(projection.as_of + 1, projection.horizon + 1)
    known = {year: peak.before(year) for year in years}
    known[BEFORE] = peak.before_2030.value
    return known
