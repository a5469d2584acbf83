"""Result of a run as data: the content of `summary.json`, which every output format shows.

Emissions are in Mt CO2, years are calendar years, shares and probabilities are fractions. Nothing in it
depends on the clock, the folder or the number of threads.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from dafeng.case import present_id
from dafeng.pathway.results import Observed, Part, Peak, Range, Results
from dafeng.report.assessed import Assessed

SIGNIFICANT_DIGITS = 10
SCHEMA_VERSION: Literal["2"] = "2"
"""Raised when a key of `summary.json` is renamed or dropped; the schema before it is kept in docs/schemas."""


STATUSES = ("met", "at_risk", "missed", "on_path", "behind_path", "cannot_be_judged")
"""Verdicts on a target, in the order in which they are shown."""
FIRST = ("schema_version", "place")
"""Keys at the head of `summary.json`: what a reader must know before any figure."""


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
    status: Literal["met", "at_risk", "missed", "on_path", "behind_path", "cannot_be_judged"]
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
    """`judged` of `total` targets could be judged. Later targets that approved records place on their path or behind it
    are counted apart: they are neither judged nor open.
    """

    total: int
    judged: int
    met: int
    at_risk: int
    missed: int
    cannot_be_judged: int
    on_path: int = 0
    behind_path: int = 0


class Issue(Part):
    """A finding: what a reader must know about the data or the model."""

    code: str
    severity: str
    where: str
    zh: str
    en: str
    sources: list[str] = Field(default=[])


class PowerUnit(Part):
    """Thermal units of a plant that started in one year after the base year: part of every scenario."""

    name_zh: str
    name_en: str
    units: int
    capacity_mw: float
    start_year: int
    fuel: str


class SourceNote(Part):
    """Where data come from and on what terms they may be shown."""

    id: str
    citation: str
    licence: str
    terms: str
    url: str


class OwnTable(Part):
    """Rows of a table that makes the answer, and how many of them are those of other `places`."""

    table: str
    name_zh: str
    name_en: str
    rows: int
    others: int
    places: list[str]


class OwnData(Part):
    """Share of the rows that are the place's own, the tables counting alike; `withheld`: it is below `least`, so that the
    summary gives no probability.
    """

    share: float
    least: float
    withheld: bool
    tables: list[OwnTable]


class DepartmentDuty(Part):
    """Reduction of the headline account, Mt CO2, by a department in two readings: of the tasks that it leads (`marked` by
    the text, else listed first) and of all tasks in which it is named.
    """

    department: str
    lead: float
    joint: float
    lead_tasks: list[str]
    joint_tasks: list[str]
    marked: bool


class Ratio(Part):
    """Emissions of the headline account in one year: t CO2 a head, or t CO2 per 10⁴ CNY in prices of the base year."""

    quantity: Literal["per_head", "per_gdp"]
    scenario: str
    year: int
    value: Range


class Summary(Results):
    """Everything that a run answers: the sections of the model, beside what inventory and assessment have."""

    schema_version: Literal["2"] = SCHEMA_VERSION
    place: Place
    own_data: OwnData | None = Field(
        default=None, description="share of the place's own data; null where it was not counted"
    )
    ratios: list[Ratio] = Field(default=[], description="emissions per head and per GDP")
    duties: list[DepartmentDuty] = Field(default=[], description="reductions by department, in two readings")
    branches: list[BranchEmissions]
    downscaled: list[Observed] = Field(
        default=[],
        description="inventory totals of the years from the base year on, as complete as those before",
    )
    references: list[Reference]
    target_count: TargetCount
    targets: list[TargetVerdict]
    joint_targets: JointTargets | None = Field(
        description="probability that all targets that can be projected are reached"
    )
    assessment: Assessed | None = Field(
        default=None, description="dual control by year, carbon budgets, lights of counties, open targets"
    )
    new_units: list[PowerUnit]
    findings: list[Issue]
    sources: list[SourceNote]

    @property
    def withheld(self) -> bool:
        """Return whether the headline is withheld, since too few of the data are the place's own."""
        return self.own_data is not None and self.own_data.withheld

    @property
    def synthetic(self) -> bool:
        """Whether the data are synthetic, which every paper carries at its head."""
        return self.assessment is not None and self.assessment.synthetic

    def peak(self, scenario: str, account: str | None = None) -> Peak:
        """Return the peak of `scenario` in `account`, the headline account by default. Raises: KeyError."""
        return self.peak_of(scenario, account or self.place.headline_account)

    @property
    def accounts(self) -> list[str]:
        """Return the accounts with a track, the headline account first."""
        found = dict.fromkeys(track.account for track in self.tracks)
        return sorted(found, key=lambda account: (account != self.place.headline_account, account))

    def to_json(self) -> str:
        """Return the text of `summary.json`: same content, same text, floats with ten significant digits."""
        return json.dumps(self.as_data(), ensure_ascii=False, indent=1) + "\n"

    def as_data(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        data: dict[str, Any] = rounded(self.model_dump(mode="json"))
        return {key: data[key] for key in (*FIRST, *(key for key in data if key not in FIRST))}


def rounded(data: Any) -> Any:
    """Round every float to ten significant digits, so that the last bits of a sum cannot show."""
    if isinstance(data, float):
        return float(f"{data:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(data, dict):
        return {key: rounded(value) for key, value in data.items()}
    if isinstance(data, list):
        return [rounded(value) for value in data]
    return data


_RENAMED = {"no_plan": "carried_on", "no-plan": present_id("no-plan")}
"""Key or scenario of schema 1 → that of schema 2."""


def in_this_schema(content: object) -> object:
    """Return the plain data of a summary of schema 1 in schema 2, which renamed a scenario; others as they are."""
    if not isinstance(content, dict) or content.get("schema_version") != "1":
        return content
    renamed: Any = _renamed(content)
    return {**renamed, "schema_version": SCHEMA_VERSION}


def _renamed(data: Any) -> Any:
    if isinstance(data, dict):
        return {_RENAMED.get(key, key): _renamed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_renamed(value) for value in data]
    return present_id(data) if isinstance(data, str) else data


def summary_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of `summary.json`."""
    return Summary.model_json_schema(mode="serialization")


def count_targets(verdicts: Iterable[TargetVerdict]) -> TargetCount:
    """Count the targets by verdict."""
    statuses = [verdict.status for verdict in verdicts]
    open_ones, on, behind = (statuses.count(name) for name in ("cannot_be_judged", "on_path", "behind_path"))
    return TargetCount(
        total=len(statuses), judged=len(statuses) - open_ones - on - behind, met=statuses.count("met"),
        at_risk=statuses.count("at_risk"), missed=statuses.count("missed"), cannot_be_judged=open_ones,
        on_path=on, behind_path=behind,
    )  # fmt: skip
