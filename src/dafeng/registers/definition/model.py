"""Schema of register definitions. One schema generates table, template, form, checks and documentation."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Trust = Literal["S", "P", "N", "R", "A"]
SORTABLE = 12
"""Maximum number of sortable fields of a register: each is an index that every import maintains."""


class Kind(StrEnum):
    """Data type of a field."""

    TEXT = "text"
    LONGTEXT = "longtext"
    INT = "int"
    DECIMAL = "decimal"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    BOOL = "bool"
    CHOICE = "choice"
    MULTI = "multi"
    REF = "ref"
    REGION = "region"
    ORG = "org"
    CREDIT_CODE = "credit_code"
    INDUSTRY = "industry"
    DOC_NUMBER = "doc_number"
    FILE = "file"
    GEO_POINT = "geo_point"
    GEO_POLYGON = "geo_polygon"
    LOCATOR = "locator"


NUMBERS = frozenset({Kind.INT, Kind.DECIMAL, Kind.PERCENT, Kind.YEAR})
DATES = frozenset({Kind.DATE, Kind.DATETIME, Kind.MONTH, Kind.QUARTER})


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegisterField(Part):
    """Column of a register.

    `trust`: S read in a norm, P practice, N named by the plan, R recalled, A our assumption.
    """

    id: Id
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    type: Kind
    unit: str = ""
    codes: dict[str, str] = Field(default={}, description="code → Chinese name")
    refers: str = Field(
        default="", pattern=r"^([a-z_]+(\.[a-z_]+)?)?$", description="register, register.child or case.table"
    )
    required: bool = False
    required_when: str = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None
    computed: str = Field(default="", description="expression; the field cannot be typed")
    privacy: Literal["none", "personal", "commercial"] = "none"
    keep_days: int | None = Field(
        default=None, ge=1, description="personal: blanked so many days after entry"
    )
    sortable: bool = False
    manual: str = Field(default="", description="a rule that only a person can check")
    indicator: str = Field(
        default="",
        description="indicator of factors/indicators.csv whose yearly change is usual for the field",
    )
    trust: Trust
    source: str

    @model_validator(mode="after")
    def _fits(self) -> "RegisterField":
        if self.type in (Kind.CHOICE, Kind.MULTI) and not self.codes:
            raise ValueError(f"{self.id}: a {self.type} needs codes")
        if self.codes and self.type not in (Kind.CHOICE, Kind.MULTI):
            raise ValueError(f"{self.id}: codes belong to choice and multi")
        if (self.type is Kind.REF) != bool(self.refers):
            raise ValueError(f"{self.id}: type ref and refers go together")
        if self.keep_days and self.privacy != "personal":
            raise ValueError(f"{self.id}: keep_days is for personal fields")
        if self.computed and (self.required or self.required_when):
            raise ValueError(f"{self.id}: a computed field is not required")
        return self


class Child(Part):
    """Child table: rows that belong to one record, such as the yearly reports of an energy user."""

    id: Id
    zh: str
    en: str
    key: tuple[Id, ...] = Field(min_length=1)
    fields: tuple[RegisterField, ...] = Field(min_length=1)


class State(Part):
    id: Id
    zh: str
    en: str
    editable: bool = Field(
        default=False, description="whether the record may be changed in this state without amending"
    )
    counted: bool = Field(default=False, description="whether indicators count the record by default")


class Transition(Part):
    """State transition.

    `role` may take it; `papers` are required file fields; `working_days` is the time allowed.
    """

    id: Id
    start: tuple[Id, ...] = Field(alias="from", min_length=1)
    end: Id = Field(alias="to")
    zh: str
    en: str
    role: Literal["reporter", "reviewer", "owner"]
    guard: str = ""
    papers: tuple[Id, ...] = ()
    working_days: int | None = Field(default=None, ge=1, le=400)
    reason_required: bool = False
    four_eyes: bool = Field(default=True, description="the person who entered the record may not do it")
    manual: str = ""
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class LifeCycle(Part):
    source: str
    trust: Trust
    initial: Id
    states: tuple[State, ...] = Field(min_length=1)
    transitions: tuple[Transition, ...] = ()


class Rule(Part):
    """Validation rule of one record, in force from `valid_from` at `place`.

    `manual` rules are shown, not computed.
    """

    id: Id
    zh: str
    en: str
    check: str = Field(default="", description="expression that must be true")
    when: str = Field(default="", description="expression: where it is not true the rule does not apply")
    severity: Literal["refuse", "finding"] = "finding"
    valid_from: Day | None = None
    valid_to: Day | None = None
    place: str = Field(
        default="", pattern=r"^(\d{6})?$", description="GB/T 2260 code of the place; empty everywhere"
    )
    confirmed: bool = True
    trust: Trust
    source: str
    manual: bool = False

    @model_validator(mode="after")
    def _either(self) -> "Rule":
        if self.manual == bool(self.check):
            raise ValueError(
                f"{self.id}: a rule is an expression (check) or manual, not both and not neither"
            )
        return self


class Formula(Part):
    """Formula of an indicator, for records whose year is from `first_year` to `last_year`."""

    value: str
    first_year: int | None = None
    last_year: int | None = None


_IN_BRACES = re.compile(r"\{(\w+)\}")


class Feed(Part):
    """Target of an indicator.

    It is a row of observations or activities, or the delivery of measures (by answers.csv).
    """

    table: Literal["observations", "activities", "delivery"]
    id: str = Field(
        min_length=1, description="a field of `by` in braces, as in {animal}: one row for each code of it"
    )

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields whose codes are part of the id."""
        return tuple(_IN_BRACES.findall(self.id))

    def name(self, group: Mapping[str, object]) -> str:
        """Return the id for one group.

        >>> Feed(table="activities", id="rice_{season}_area").name({"season": "early"})
        'rice_early_area'
        """
        return _IN_BRACES.sub(lambda found: str(group[found[1]]), self.id)


class Indicator(Part):
    """Aggregate of the records.

    `year` (of a flow) or `since`/`until` (a stock at the end of the year) date a record.
    """

    id: Id
    zh: str
    en: str
    unit: str = Field(min_length=1)
    over: str = Field(default="", description="child table whose rows are counted")
    formulas: tuple[Formula, ...] = Field(min_length=1)
    where: str = ""
    states: tuple[Id, ...] | Literal["counted", "any"] = "counted"
    by: tuple[Id, ...] = ()
    year: str = ""
    since: str = ""
    until: str = ""
    first_year: int | None = None
    feeds: Feed | None = None
    trust: Trust
    source: str
    note_zh: str = ""
    note_en: str = ""


class Returns(Part):
    """Reporting schedule.

    It gives the `period` of the return, the working days after its end until it is due, and the days until it is
    locked.
    """

    period: Literal["month", "quarter", "year"]
    field: Id
    working_days: int = Field(ge=1, le=250)
    locked_after: int = Field(
        default=400, ge=1, le=1000, description="working days after the end of the period"
    )


class Similar(Part):
    """Near-duplicate rule.

    `fields` are compared by text similarity, only among records that agree in `within`.
    """

    fields: tuple[Id, ...] = Field(min_length=1)
    within: tuple[Id, ...] = ()
    least: float = Field(default=90.0, ge=50, le=100)


class Definition(Part):
    """Edition of a register."""

    register_id: Id = Field(alias="register")
    zh: str
    en: str
    edition: str = Field(pattern=r"^\d{4}(-\d{2})?[a-z]?$")
    valid_from: Day
    systems: tuple[str, ...] = ()
    owner: str
    contributors: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    grain: str
    key: tuple[Id, ...] = Field(min_length=1)
    region: Id | None = Field(default=None, description="field with the place of a record")
    organisation: Id | None = Field(default=None, description="field with the body of a record")
    dated: Id | None = Field(
        default=None,
        description="field with the day or period by which edition, rules and code tables apply to a record; "
        "without it the period of the return, else the day of entry",
    )
    similar: Similar | None = None
    life_cycle: LifeCycle
    fields: tuple[RegisterField, ...] = Field(min_length=1)
    children: tuple[Child, ...] = ()
    rules: tuple[Rule, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    returns: Returns | None = None
    public: tuple[Id, ...] = Field(default=(), description="fields of the public list, in this order")
    reports: tuple[str, ...] = ()
    manual: tuple[str, ...] = Field(
        default=(), description="what people must see to, which no expression can check"
    )
    dropped: tuple[Id, ...] = Field(
        default=(), description="fields of the edition before that are no longer asked"
    )
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def field(self, name: str) -> RegisterField:
        """Return the field `name` of the record itself.

        Raises
        ------
        KeyError
            Where there is none.
        """
        return self._fields_by_id[name]

    @cached_property
    def _fields_by_id(self) -> dict[str, RegisterField]:
        return {field.id: field for field in self.fields}

    def child(self, name: str) -> Child:
        """Return the child table `name`.

        Raises
        ------
        KeyError
            Where there is none.
        """
        return {child.id: child for child in self.children}[name]

    def state(self, name: str) -> State:
        """Return the state `name`.

        Raises
        ------
        KeyError
            Where there is none.
        """
        return {state.id: state for state in self.life_cycle.states}[name]

    def indicator(self, name: str) -> Indicator:
        """Return the indicator `name`.

        Raises
        ------
        KeyError
            Where there is none.
        """
        return {indicator.id: indicator for indicator in self.indicators}[name]

    @property
    def trust(self) -> str:
        """Return the weakest trust mark of the fields: what a reader may rely on for the whole form."""
        return max((field.trust for field in self.fields), key="SPNRA".index)
