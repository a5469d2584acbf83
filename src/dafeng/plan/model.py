"""Data model of a plan: promises of a carbon-peaking plan, responsible bodies, places in the text.

Every item points to its characters in the *normalised* text (`span.start`, `span.end`) and in the source
document (`span.source_start`, `span.source_end`); both texts are named by their sha256. In a case folder's
`plan.yaml`, which holds facts only, the spans are null.
"""

import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from dafeng.evidence import Finding, Severity

Confidence = Annotated[float, Field(ge=0.0, le=1.0)]


class Comparator(StrEnum):
    """Comparator of a target value as the text states it.

    `=` reach it, `>=` at least, `<=` at most, `~` about, `..` a range, `+` rise by, `-` fall by (the value is
    then the change, not the level), `all` whole coverage or a state, `deferred` left to an upper level,
    `milestone` peak or neutrality, `better_than` better than a named benchmark.
    """

    EQUAL = "="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOUT = "~"
    RANGE = ".."
    RISE = "+"
    FALL = "-"
    ALL = "all"
    DEFERRED = "deferred"
    MILESTONE = "milestone"
    BETTER_THAN = "better_than"

    @property
    def is_change(self) -> bool:
        """Check whether the value is a rise or a fall, not a level."""
        return self in (Comparator.RISE, Comparator.FALL)


class Sense(StrEnum):
    """Side of the value on which success lies, from the indicator table."""

    BETTER_UP = "better_up"
    BETTER_DOWN = "better_down"
    MATCH = "match"


class DutyStyle(StrEnum):
    """Format in which a list of departments is written."""

    BY_DUTY = "by_duty"  # …按职责分工负责
    RESPONSIBLE = "responsible"  # …负责
    LABELLED = "labelled"  # 责任单位:…
    LEAD_SUPPORT = "lead_support"  # 牵头单位:…;配合单位:…
    FIRST_LEADS = "first_leads"  # the text itself says that the first name leads
    CHAPTER = "chapter"  # one list for a whole chapter or section
    TABLE = "table"  # a column of a table
    BLANKET = "blanket"  # "责任单位均含各区政府" and the like


class Item(BaseModel):
    """Base of all items: unknown fields are refused, read items never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Item):
    """Span of the normalised text, `start` included, `end` not, and the same place in the source text."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    source_start: int | None = Field(default=None, ge=0)
    source_end: int | None = Field(default=None, ge=0)
    page: int | None = Field(default=None, ge=1, description="page of a PDF, first page 1")

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.end < self.start:
            raise ValueError(f"a span that ends ({self.end}) before it starts ({self.start})")
        return self


class Heading(Item):
    """Heading of the outline above the tasks: chapter, section, or a box (专栏)."""

    locator: str
    level: int = Field(ge=1, description="1 = chapter")
    title: str
    span: Span | None = None


class Task(Item):
    """Numbered task of the plan.

    `departments` are the bodies of all its duty lists in the order of the text; `lead` only what the text
    marks as lead (or, where `Plan.reading.first_leads` is set, infers). `complete` is false where the
    document is cut off inside the task.
    """

    locator: str
    title: str
    departments: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    deadline: str | None = Field(default=None, description="完成时限 as the text writes it")
    span: Span | None = None
    complete: bool = True
    confidence: Confidence = 1.0


class Duty(Item):
    """List of responsible bodies, in the order of the text, with the task that it belongs to.

    `open_ended` is true where the list ends in 等. `scope` is the sentence or block it answers for.
    """

    locator: str
    departments: tuple[str, ...]
    lead: tuple[str, ...] = ()
    style: DutyStyle = DutyStyle.BY_DUTY
    open_ended: bool = False
    lead_inferred: bool = False
    content: str | None = Field(
        default=None, description="what the list answers for; None in a plan of facts only"
    )
    deliverable: str | None = Field(default=None, description="成果形式 of a table that divides the work")
    deadline: str | None = Field(default=None, description="完成时限 of its own row")
    span: Span | None = None
    scope: Span | None = None
    confidence: Confidence = 1.0


class Recurrence(StrEnum):
    """Recurrence of a duty."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    ONGOING = "ongoing"


class Assignment(Item):
    """Row of the division of work: who leads, who supports, until when, with which result and targets.

    `blanket` are bodies named in general (各县(市、区)人民政府, 有关部门). `deadline` is the last day that the text
    allows.
    """

    locator: str
    task: str
    content: str | None = None
    lead: tuple[str, ...] = ()
    lead_inferred: bool = False
    support: tuple[str, ...] = ()
    blanket: tuple[str, ...] = ()
    deadline: date | None = None
    deadline_text: str | None = None
    recurrence: Recurrence | None = None
    deliverable: str | None = None
    targets: tuple[str, ...] = ()
    confidence: Confidence = 1.0


class Target(Item):
    """Target of a plan: a quantified promise, or one without a figure, which the comparator then states.

    `value` is in `unit` as the text writes it (percent as 17.7 with `%`); `value_high` closes a range, also
    that of a change (下降10%—15%). `benchmark` names what a `better_than` target is compared with.
    """

    locator: str
    indicator: str
    scope: str | None = None
    comparator: Comparator
    sense: Sense = Sense.MATCH
    value: float | None = None
    value_high: float | None = None
    unit: str | None = None
    year: int | None = Field(default=None, ge=1949, le=2100)
    period: str | None = None
    year_inferred: bool = Field(default=False, description="year or period taken from another sentence")
    baseline_year: int | None = Field(default=None, ge=1949, le=2100)
    baseline_value: float | None = None
    modality: str = ""
    nature: Literal["binding", "expected"] | None = Field(default=None, description="约束性 / 预期性")
    stretch: bool = False
    cumulative: bool = False
    annual_average: bool = False
    benchmark: str | None = None
    bound: Literal[">=", "<=", "~"] | None = Field(default=None, description="bound of a change: 下降65%以上")
    departments: tuple[str, ...] = ()
    span: Span | None = None
    confidence: Confidence = 1.0
    class_: str | None = Field(default=None, alias="class")
    rule: str | None = Field(default=None, description="id of the rule of targets/rules.csv that made it")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _value_fits_comparator(self) -> "Target":
        without = (
            Comparator.ALL,
            Comparator.DEFERRED,
            Comparator.MILESTONE,
            Comparator.BETTER_THAN,
        )
        if self.comparator not in without and self.value is None:
            raise ValueError(f"comparator {self.comparator.value} needs a value")
        may_have_two = (Comparator.RANGE, Comparator.RISE, Comparator.FALL)
        if self.comparator is Comparator.RANGE and self.value_high is None:
            raise ValueError("comparator .. needs value_high")
        if self.value_high is not None and self.comparator not in may_have_two:
            raise ValueError("value_high closes a range (..) or the range of a change (+, -), nothing else")
        return self


class NameKind(StrEnum):
    """Kind of a named thing."""

    PROJECT = "project"
    PARK = "park"
    SITE = "site"
    PLATFORM = "platform"
    SYSTEM = "system"
    PILOT = "pilot"
    BASE = "base"
    COMPANY = "company"
    DOCUMENT = "document"


class Name(Item):
    """Project, park, site, platform, pilot or system that the text calls by name, with its task."""

    locator: str
    kind: NameKind
    text: str
    places: tuple[str, ...] = ()
    span: Span | None = None
    confidence: Confidence = 1.0


class PlanFinding(Item):
    """Finding about the text itself that a reader must know.

    The `Finding` of evidence with a place in the text.
    """

    code: str
    severity: Severity = Severity.WARNING
    locator: str = ""
    zh: str
    en: str
    span: Span | None = None

    def as_finding(self, where: str) -> Finding:
        """Convert to a finding of evidence; `where` names the document."""
        place = f"{where}:{self.locator}" if self.locator else where
        return Finding(self.code, self.severity, place, self.zh, self.en)


class UnreadNumber(Item):
    """Number neither read nor explained.

    `words` are what is around it, left out where only facts are kept.
    """

    locator: str
    words: str = ""
    span: Span | None = None


class Coverage(Item):
    """Coverage of the numbers of the plan's text: `numbers` = read + explained (by kind) + unread."""

    numbers: int = Field(ge=0)
    read: int = Field(ge=0)
    explained: dict[str, int] = Field(default_factory=dict, description="id of explanations.csv: numbers")
    unread: tuple[UnreadNumber, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_share(cls, data: Any) -> Any:
        """Leave out a saved share: it follows from the numbers, which a person may have changed."""
        return (
            {key: value for key, value in data.items() if key != "share"} if isinstance(data, dict) else data
        )

    @computed_field(description="share of the numbers that are read or explained; 1 where the text has none")  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """Return the share of the numbers that are read or explained; 1 where the text has none."""
        return 1.0 - len(self.unread) / self.numbers if self.numbers else 1.0


class Reading(Item):
    """Choices of the reader that change the result."""

    first_leads: bool = Field(
        default=False, description="first-named body taken as lead where none is marked"
    )
    source_format: str = ""
    encoding: str | None = None
    body: Span | None = Field(default=None, description="the plan inside the document, wrappers left out")


class Plan(Item):
    """Plan that was read: outline, tasks, duties, targets, named things, findings.

    `source_sha256` is of the bytes of the file, `text_sha256` of the normalised text in UTF-8.
    """

    title: str
    issuer: str | None = None
    document_number: str | None = None
    outline: tuple[Heading, ...] = ()
    tasks: tuple[Task, ...] = ()
    duties: tuple[Duty, ...] = ()
    targets: tuple[Target, ...] = ()
    names: tuple[Name, ...] = ()
    findings: tuple[PlanFinding, ...] = ()
    coverage: Coverage | None = Field(default=None, description="None in a plan of facts only")
    reading: Reading = Reading()
    source_name: str | None = None
    source_sha256: str | None = None
    text_sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data as JSON and YAML hold it: `class` under its own name, enums as their codes."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.as_dict(), allow_unicode=True, sort_keys=False, width=110)

    def task(self, locator: str) -> Task | None:
        """Return the task at `locator`, None where the plan has none there."""
        return next((task for task in self.tasks if task.locator == locator), None)

    def without_spans(self) -> "Plan":
        """Return facts only, as allowed in a case folder: no places, no hash of a text that is not there."""
        facts = self.as_dict() | {"coverage": None}
        facts["duties"] = [duty | {"content": None} for duty in facts["duties"]]
        return Plan.model_validate(_drop_spans(facts))


def _drop_spans(data: Any) -> Any:
    if isinstance(data, dict):
        is_place = {"start", "end"} <= data.keys()
        return None if is_place else {key: _drop_spans(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_drop_spans(value) for value in data]
    return data
