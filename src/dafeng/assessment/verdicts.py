"""Verdicts on targets: status, probability where modelled, and the reason in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.rules import bounds
from dafeng.evidence import Finding
from dafeng.plan import Target

REGISTER_SOURCE = "reg-"
"""How the source of an observation begins that approved records add up to (`registers aggregate`)."""


class Status(StrEnum):
    """Status of a target.

    `met`: observed, or modelled with probability ≥ 0.90; `missed`: observed otherwise, or modelled with
    probability < 0.10; `at_risk`: modelled, in between, or wholly a matter of delivery; `cannot_be_judged`:
    neither observed nor modelled. `on_path` and `behind_path` give the position of approved records relative
    to the line to a later target that the model does not hold: they are counted apart, and are no verdict
    that a target is met.
    """

    MET = "met"
    AT_RISK = "at_risk"
    MISSED = "missed"
    ON_PATH = "on_path"
    BEHIND_PATH = "behind_path"
    CANNOT_BE_JUDGED = "cannot_be_judged"


@dataclass(frozen=True, slots=True)
class Observation:
    """Published value of the place that the plan is for; `grade` is A official … E assumption, "" unknown."""

    indicator: str
    year: int
    value: float
    unit: str
    source: str = ""
    grade: str = ""

    @property
    def from_records(self) -> bool:
        """Check whether the value is an aggregate of approved records of a register."""
        return self.source.startswith(REGISTER_SOURCE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Outlook of the model with the plan delivered in full.

    `years` int[year]; `quantities` name → float[sample, year] in the unit `units[name]`; `peak_before` year →
    probability that the headline account peaks before that year. `without` and `peak_before_without` are the
    same without the plan.

    Raises: ValueError where a shape or a unit is missing.
    """

    years: NDArray[np.int64]
    quantities: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]
    peak_before: Mapping[int, float]
    account: str = "A"
    without: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    peak_before_without: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in [*self.quantities.items(), *self.without.items()]:
            if values.ndim != 2 or values.shape[1] != self.years.size:
                raise ValueError(f"{name} has shape {values.shape}, expected [sample, year]")
            if name not in self.units:
                raise ValueError(f"{name} has no unit")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on one target.

    `value`, `low`, `high` are the observation, or the median and 5–95 % of the model, in the target's unit.
    """

    target: Target
    status: Status
    basis: str
    why_zh: str
    why_en: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    probability: float | None = None
    source: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def judged(self) -> bool:
        """Check whether the target is judged; a position on the path to a later year is no verdict."""
        return self.status in (Status.MET, Status.AT_RISK, Status.MISSED)

    @property
    def followed(self) -> bool:
        """Check whether approved records place a later target on its path or behind it."""
        return self.status in (Status.ON_PATH, Status.BEHIND_PATH)

    @property
    def margin(self) -> tuple[float, float, float] | None:
        """Return the margins to the target of `value` and of the worse and better end of its range.

        In the target's unit; positive inside what satisfies the target, negative outside; counted from the
        nearer bound. None where the target has no figure or no value is available.
        """
        if self.value is None or self.target.value is None:
            return None
        low, high = bounds(self.target)
        ends = [min(x - low, high - x) for x in (self.value, self.low, self.high) if x is not None]
        return ends[0], min(ends), max(ends)
