"""Responses of the interface, as shown in the OpenAPI description."""

from ninja import Schema


class ProblemOut(Schema):
    """What is wrong, where, what would be right, how to mend it; and the same in a sentence for people."""

    where: str
    found: str
    expected: str
    mend: str = ""
    zh: str
    en: str


class ProblemsOut(Schema):
    """All problems of a request."""

    problems: list[ProblemOut]


class ReceiptOut(Schema):
    """What became of each row of a batch; `first` is false where the batch was known already."""

    batch: int
    status: str
    key: str
    sender: str
    received: str
    first: bool
    new: int
    same: int
    replaced: int
    older: int
    refused: int
    quarantined: int
    derived: int
    synthetic: int
    rows: int
    not_read: list[str]
    superseded: int
    digest: str
    problems: list[ProblemOut]


class SumOut(Schema):
    """The sum of a group over a bucket; null where it is not known (NE), never zero for it."""

    group: str
    bucket: str
    medium: str | None
    quantity: float | None
    tce: float | None
    tce_equivalent: float | None
    tco2: float | None
    readings: int
    expected: int
    coverage: float | None
    estimated: int
    synthetic: int
    quarantined: int
    origin: str
    state: str
    as_of_batch: int | None


class RollupOut(Schema):
    """Sums over the days [from, to)."""

    by: str
    period: str
    begin: str
    end: str
    rows: list[SumOut]


class LatestOut(Schema):
    """The newest reading of a point; `start` in Beijing time; null where it never sent one."""

    unit: str
    point: str
    name_zh: str
    medium: str
    measured_in: str
    start: str | None
    value: float | None
    origin: str | None
    quarantined: bool


class LatestListOut(Schema):
    rows: list[LatestOut]


class UnitOut(Schema):
    """How a unit stands: coverage of the days judged, and the colour of its last verdict; grey below 90 %."""

    unit: str
    name_zh: str
    county: str
    sector: str
    points: int
    readings: int
    expected: int
    coverage: float | None
    quarantined: int
    synthetic: bool
    last: str | None
    level: str
    reason_zh: str
    reason_en: str
    judged_on: str | None
    open_warnings: int


class StatusOut(Schema):
    """Units over the days [from, to): `green` is given by a verdict only, never by default."""

    begin: str | None
    end: str | None
    units: list[UnitOut]


class WarningOut(Schema):
    """A warning that nobody has released; `state` is issue or acknowledge."""

    id: int
    subject: str
    kind: str
    level: str
    rule: str
    rule_digest: str
    confirmed: bool
    source: str
    state: str
    made: str
    statistic: str | None
    value: float | None
    lower: float | None
    upper: float | None
    unit: str | None
    consequence_zh: str
    consequence_en: str


class WarningsOut(Schema):
    rows: list[WarningOut]


class ActIn(Schema):
    """Who acts on a warning, and what they say."""

    person: str
    note: str = ""


class StepOut(Schema):
    action: str
    person: str
    note: str
    happened: str


class TrailOut(Schema):
    """What happened to a warning, first to last."""

    warning: int
    action: str
    trail: list[StepOut]
