"""The answer of a run as data: what `summary.json` holds and every face shows.

Emissions are in Mt CO2, years are calendar years, shares and probabilities are fractions. Nothing in it
depends on the clock, the folder or the number of threads.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SIGNIFICANT_DIGITS = 10


class Part(BaseModel):
    """Common rules: unknown fields are refused, a summary never changes, NaN is not a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Range(Part):
    """5, 50 and 95 % quantile."""

    low: float
    median: float
    high: float


class Estimate(Part):
    """A value and its standard error."""

    value: float
    standard_error: float


class Place(Part):
    """The case and what was asked of it; `release` is the sha256 of the folder."""

    name: str
    name_zh: str
    name_en: str
    code: str
    level: str
    plan_title: str | None = None
    base_year: int
    as_of: int
    horizon: int
    headline_account: str
    release: str
    version: str
    seed: int
    samples: int


class BranchEmissions(Part):
    """Base-year emissions of one branch, Mt CO2, with the 95 % range of the inventory and its worst grade."""

    branch: str
    account: str
    value: float
    low: float | None = None
    high: float | None = None
    grade: str = ""


class Observed(Part):
    """Emissions of past years from the inventory, Mt CO2."""

    account: str
    years: list[int]
    values: list[float]


class Reference(Part):
    """An outside estimate of the city's emissions, Mt CO2, and ours minus theirs; never used to tune."""

    source: str
    name_zh: str
    name_en: str
    year: int
    value: float
    account: str
    ours: float | None = None
    gap: float | None = None


class Track(Part):
    """One account in one scenario over the years, Mt CO2."""

    scenario: str
    account: str
    years: list[int]
    low: list[float]
    lower_quartile: list[float]
    median: list[float]
    upper_quartile: list[float]
    high: list[float]
    mean: list[float]


class YearShare(Part):
    """Share of all samples that peak in `year`."""

    year: int
    share: float


class Peak(Part):
    """When one account peaks in one scenario. `year` and `level` are null where no sample peaks in time."""

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


class SectorTrack(Part):
    """Mean emissions of one sector, Mt CO2 by year of the tracks."""

    scenario: str
    account: str
    sector: str
    values: list[float]


class Wedge(Part):
    """What one task takes off the headline account, Mt CO2 by year of `wedge_years`."""

    task: str
    title: str
    values: list[float]


class Contribution(Part):
    """Shapley share of a measure, task or department, Mt CO2, with its standard error."""

    id: str
    name_zh: str
    name_en: str
    reduction: float
    standard_error: float
    tasks: list[str] = []
    departments: list[str] = []
    grade: str = ""
    basis: str = ""
    first_in: float | None = None
    last_in: float | None = None


class Attribution(Part):
    """Who the reduction hangs on; the measures add up to `total`."""

    account: str
    quantity: str
    total: Estimate
    permutations: int
    measures: list[Contribution]
    tasks: list[Contribution]
    departments: list[Contribution]
    counties: list[Contribution] = []


class Unquantified(Part):
    """A measure without a figure for its effect, and why."""

    id: str
    task: str
    name_zh: str
    name_en: str
    reason: str


class TargetVerdict(Part):
    """One target of the plan and the verdict on it; `value`, `low`, `high` in the target's unit."""

    locator: str
    indicator: str
    comparator: str
    sense: str
    target: float | None
    target_high: float | None
    unit: str | None
    year: int | None
    modality: str
    stretch: bool
    departments: list[str]
    status: Literal["met", "at_risk", "missed", "cannot_be_judged"]
    basis: Literal["observation", "model", "none"]
    value: float | None
    low: float | None
    high: float | None
    probability: float | None
    margin: float | None = Field(
        default=None, description="how far value lies on the good side of target, in unit"
    )
    margin_low: float | None = None
    margin_high: float | None = None
    why_zh: str
    why_en: str
    source: str = ""


class JointTargets(Part):
    """The targets that the model holds, reached all in one sample: `chances` scenario → probability."""

    targets: list[str]
    chances: dict[str, float]


class TargetCount(Part):
    """`judged` of `total` targets could be judged."""

    total: int
    judged: int
    met: int
    at_risk: int
    missed: int
    cannot_be_judged: int


class Issue(Part):
    """A finding: what a reader must know about the data or the model."""

    code: str
    severity: str
    where: str
    zh: str
    en: str
    sources: list[str] = []


class DeliveryLevel(Part):
    """The chance of a peak in 2029 or before with every measure delivered to the same degree, a fraction."""

    delivery: float
    before_2030: Estimate


class Influence(Part):
    """Share of the variance of the headline account that hangs on one input."""

    parameter: str
    name_zh: str
    name_en: str
    share: float
    grade: str
    source: str
    year: int


class DataRequest(Part):
    """Data whose procurement would help most: `share` of the variance of timing, `level_share` of the level in 2030."""

    title_zh: str
    title_en: str
    holder_zh: str
    holder_en: str
    parameters: list[str]
    share: float
    level_share: float


class PowerUnit(Part):
    """Thermal units of a plant that started in one year after the base year: part of every scenario."""

    name_zh: str
    name_en: str
    units: int
    capacity_mw: float
    start_year: int
    fuel: str


class PowerTrack(Part):
    """Mean electricity of one kind, TWh by year of the tracks; a positive import comes from outside."""

    scenario: str
    kind: str
    values: list[float]


class SourceNote(Part):
    """Where data come from and on what terms they may be shown."""

    id: str
    citation: str
    licence: str
    terms: str
    url: str


class Cause(Part):
    """What one factor drove of a change, mean and 5–95 % over the draws, Mt CO2."""

    factor: str
    effect: float
    low: float | None
    high: float | None


class Causes(Part):
    """Exact decomposition (LMDI) of an account's change with the plan; the items add up to end less start, Mt CO2."""

    scenario: str
    account: str
    start: int
    end: int
    start_value: float
    end_value: float
    items: list[Cause]


class Swing(Part):
    """The number with one input at its 5 and 95 % end, or one measure at nothing and all, Mt CO2."""

    row: str
    name_zh: str
    name_en: str
    grade: str
    source: str
    at_low: float
    at_high: float


class Tornado(Part):
    """What the headline account of a year hangs on: `centre` is its central value with the plan, Mt CO2."""

    account: str
    year: int
    centre: float
    swings: list[Swing]


class CostedMeasure(Part):
    """A measure on the cost curve: CNY/t, Mt CO2 beside what is in before, CNY a year net of savings."""

    id: str
    name_zh: str
    name_en: str
    marginal_cost: float
    reduction: float
    cost: float
    grade: str
    sources: list[str]


class CostCurve(Part):
    """Measures with a sourced cost in rising order, and what stays out; `investment` in CNY by year, above no plan."""

    method: str
    account: str
    year: int
    discount_rate: float
    measures: list[CostedMeasure]
    left_out: int
    left_out_reduction: float
    investment: dict[int, float]
    public_budget: Literal["NE"] = "NE"


class Summary(Part):
    """Everything that a run answers."""

    schema_version: Literal["1"] = "1"
    place: Place
    base: dict[str, Range] = Field(description="account → base-year emissions, Mt CO2")
    branches: list[BranchEmissions]
    observed: list[Observed]
    downscaled: list[Observed] = Field(
        default=[],
        description="inventory totals of the years from the base year on, as complete as those before",
    )
    references: list[Reference]
    tracks: list[Track]
    sectors: list[SectorTrack]
    peaks: list[Peak]
    attribution: Attribution | None
    wedge_years: list[int]
    wedges: list[Wedge]
    unquantified: list[Unquantified]
    target_count: TargetCount
    targets: list[TargetVerdict]
    joint_targets: JointTargets | None = Field(
        description="probability that all targets that can be projected are reached"
    )
    electricity: list[PowerTrack]
    new_units: list[PowerUnit]
    findings: list[Issue]
    mean_delivery: float | None = Field(description="mean degree of delivery in the scenario plan-expected")
    delivery_levels: list[DeliveryLevel]
    delivery_needed: float | None = Field(
        description="uniform delivery from which on P(<= 2029) >= 90 %; null: none"
    )
    influences: list[Influence] = Field(description="shares of the variance of the level in 2030, whole plan")
    timing_influences: list[Influence] = Field(
        description="shares of the variance of the change from as_of to 2030"
    )
    causes: Causes | None = None
    tornado: Tornado | None = None
    cost_curve: CostCurve | None = None
    data_requests: list[DataRequest]
    sources: list[SourceNote]

    def peak(self, scenario: str, account: str | None = None) -> Peak:
        """The peak of `scenario` in `account`, the headline account by default. Raises: KeyError."""
        wanted = account or self.place.headline_account
        for item in self.peaks:
            if (item.scenario, item.account) == (scenario, wanted):
                return item
        raise KeyError((scenario, wanted))

    def track(self, scenario: str, account: str) -> Track:
        """Raises: KeyError where the run has no such track."""
        for item in self.tracks:
            if (item.scenario, item.account) == (scenario, account):
                return item
        raise KeyError((scenario, account))

    @property
    def accounts(self) -> list[str]:
        """Accounts with a track, the headline account first."""
        found = dict.fromkeys(track.account for track in self.tracks)
        return sorted(found, key=lambda account: (account != self.place.headline_account, account))

    def to_json(self) -> str:
        """`summary.json`: the same text for the same content, floats with ten significant digits."""
        return json.dumps(self.as_data(), ensure_ascii=False, indent=1) + "\n"

    def as_data(self) -> dict[str, Any]:
        """The same as plain data."""
        data: dict[str, Any] = rounded(self.model_dump(mode="json"))
        return data


def rounded(data: Any) -> Any:
    """`data` with every float at ten significant digits, so that the last bits of a sum cannot show."""
    if isinstance(data, float):
        return float(f"{data:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(data, dict):
        return {key: rounded(value) for key, value in data.items()}
    if isinstance(data, list):
        return [rounded(value) for value in data]
    return data


def summary_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of `summary.json`."""
    return Summary.model_json_schema(mode="serialization")


def count_targets(verdicts: Iterable[TargetVerdict]) -> TargetCount:
    """How many targets stand where."""
    statuses = [verdict.status for verdict in verdicts]
    open_ones = statuses.count("cannot_be_judged")
    return TargetCount(
        total=len(statuses), judged=len(statuses) - open_ones, met=statuses.count("met"),
        at_risk=statuses.count("at_risk"), missed=statuses.count("missed"), cannot_be_judged=open_ones,
    )  # fmt: skip
