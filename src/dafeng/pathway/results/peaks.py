"""Sections of the peak: when, how high, how surely, and at which delivery."""

from typing import Literal

from dafeng.pathway.results.parts import Estimate, Part, Range


class YearShare(Part):
    """Share of all samples that peak in `year`."""

    year: int
    share: float


class ChanceParts(Part):
    """P(peak in 2029 or before) as its terms are added: ranges of drivers, then delivery and effects, then model error."""

    drivers: float
    delivery_and_effects: float
    model_error: float


class PolicyAim(Part):
    """An issued aim of dual control beside a scenario: relative `change` of its quantity, and the chance to reach the aim."""

    id: str
    name_zh: str
    name_en: str
    quantity: str
    from_year: int
    to_year: int
    aim: float
    scenario: str
    change: Range
    chance: float
    source: str
    grade: str


class PathFall(Part):
    """Change per GDP of one path over five years beside the national aim and what provinces did in five years.

    `path` is a scenario (`policy-carried-on` is policy as carried on: the trends, which contain what the plan has delivered), or one
    of the baselines `frozen` (efficiency, fuels, grid and green power of as_of) and `without_delivered` (no plan at all).
    `mean`, `tenth` and `best` are the mean, the best tenth and the best of the provinces; `reached`: `none` where no
    province has fallen as fast, `tenth` where only the best tenth has, else `many`.
    """

    path: str
    name_zh: str
    name_en: str
    quantity: str
    quantity_zh: str
    quantity_en: str
    from_year: int
    to_year: int
    change: float
    yearly: float
    aim: float | None
    mean: float
    tenth: float
    best: float
    best_zh: str
    best_en: str
    reached: Literal["none", "tenth", "many"]
    source: str
    grade: str


class Stress(Part):
    """P(peak in 2029 or before) under one change, all terms of uncertainty counted; `level` is the plan's median of 2030, Mt."""

    id: str
    name_zh: str
    name_en: str
    plan: float
    expected: float
    carried_on: float
    level: float


class Peak(Part):
    """When one account peaks in one scenario. `year` and `level` are null where no sample peaks in time.

    `year` is that of the highest year of each sample, also where it lies before as_of and is no peak by rule; `year_ahead`
    that of the samples in which it lies after as_of: the years that can be stated unless `past_claimed`.
    `past_claimed`: whether a maximum up to as_of counts as a peak by rule (five years, 10 %); `past_exceeded`: the share of
    samples in which a later year, up to the horizon, exceeds it; `margin`: the highest year up to 2029 less the highest
    after, Mt CO2; `parts` of the chance of a peak before 2030, headline account only.
    """

    scenario: str
    account: str
    year: Range | None
    level: Range | None
    before_2030: Estimate
    by_2030: Estimate
    already_past: float
    not_within_horizon: float
    plateau_years: float | None
    distribution: list[YearShare]
    year_ahead: Range | None = None
    past_claimed: bool = False
    past_exceeded: float | None = None
    margin: Range | None = None
    parts: ChanceParts | None = None

    def before(self, year: int) -> float:
        """Return the share of samples that peak before `year`."""
        return sum(item.share for item in self.distribution if item.year < year)


class DeliveryLevel(Part):
    """The chance of a peak in 2029 or before with every measure delivered to the same degree, a fraction."""

    delivery: float
    before_2030: Estimate
