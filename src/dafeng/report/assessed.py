"""Sections of the assessment in `summary.json`: dual control by year, per product, carbon budgets, lights, next steps.

CO2 is in Mt, energy in Mtce, falls and shares are fractions. Budgets, lights and duties come from the record store and
are empty in a run without one.
"""

from pydantic import Field

from dafeng.pathway.results import Part, Range


class ControlYear(Part):
    """One year of a five-year plan at expected delivery: `amount` (energy after deductions, which are `deducted`), per 10⁴
    CNY in prices of the base year, per head; `fall` is that of the model since the year before the plan, `done` the one
    that counts (`basis` observed: of published values), `line` the even path, `required` the fall a year that the later
    years need.
    """

    year: int
    basis: str
    amount: Range
    deducted: float
    intensity: Range | None
    per_head: Range | None
    fall: Range
    done: float
    line: float | None
    annual: float | None
    required: float | None


class AimOutcome(Part):
    """One aim and its outcome: `reached` by published values (null: forecast), else `odds` by scenario; `short` is the
    amount by which the median lies above what the aim allows in `to_year`, negative where it lies below.
    """

    id: str
    name_zh: str
    name_en: str
    kind: str
    from_year: int
    to_year: int
    aim: float
    level: str
    binding: bool
    bound: str
    document: str
    issued: str
    source: str
    grade: str
    reached: bool | None
    done: float | None
    odds: dict[str, float]
    change: Range
    short: float
    amount: float


class ControlPath(Part):
    """One quantity (co2: the headline account, or energy) over one five-year plan; `aim` is the id of its main aim."""

    quantity: str
    account: str
    from_year: int
    to_year: int
    aim: str | None
    years: list[ControlYear]
    aims: list[AimOutcome]


class ProductIntensity(Part):
    """Direct CO2 of a branch over the output of its main product, t/t; null: the output is not known (NE)."""

    product: str
    name_zh: str
    name_en: str
    branch: str
    year: int
    output: float | None = Field(description="t")
    value: float | None
    source: str


class BudgetLine(Part):
    """Carbon budget of one node in one year; null: not estimated (NE)."""

    level: str
    node: str
    name: str
    year: int
    coverage: str
    assigned: float
    used: float | None
    basis: str
    ets: float | None
    committed: float
    left: float | None
    unknown: int = Field(description="projects without a figure: left is an upper bound")
    document: str


class CountyLight(Part):
    """Early warning of one county in the last period judged."""

    county: str
    name_zh: str
    name_en: str
    period: str
    basis: str
    colour: str
    consequence: str
    in_force: bool
    record: int


class LateBody(Part):
    """Body with overdue replies in a period."""

    body: str
    period: str
    overdue: int
    longest: int = Field(description="days")
    tasks: list[str]


class ClosingMeasure(Part):
    """Measure that would bring a target closer: delivery still open, odds after it, cost in CNY a year (null: NE)."""

    measure: str
    name_zh: str
    name_en: str
    task: str
    body: str
    open_delivery: float
    odds: float
    cost: float | None


class OpenTarget(Part):
    """Target that is missed or at risk at expected delivery, with the measures that would close it."""

    target: str
    year: int
    status: str
    odds: float
    measures: list[ClosingMeasure]


class Assessed(Part):
    """What the assessment adds to a run; `synthetic`: no real place is meant, which every paper carries at its head."""

    synthetic: bool = False
    dual_control: list[ControlPath]
    products: list[ProductIntensity] = Field(default=[])
    budgets: list[BudgetLine] = Field(default=[])
    lights: list[CountyLight] = Field(default=[])
    late: list[LateBody] = Field(default=[])
    open_targets: list[OpenTarget] = Field(default=[])
