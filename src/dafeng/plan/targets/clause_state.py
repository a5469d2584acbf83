"""State passed from a clause to the next one, and the tie of a quantity to its words."""

from dataclasses import dataclass, field

from dafeng.plan.model import Comparator
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.periods import When, period_years

_SCALE_IN_FRONT = pattern("figures.scale_in_front")
COUNTS = frozenset("个家座项处条所艘台套辆户名")
"""Last characters of units that count things."""

LEVEL = pattern("figures.level")
"""A verb of level at the end of the words: 达到, 控制在, 提高到."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Issuer of a plan: `level` is nation, province or city (and below).

    `title` may name a park or a firm.
    """

    level: str = "city"
    title: str = ""


@dataclass(slots=True)
class State:
    """State that a clause may take over from the clauses before it."""

    when: When = field(default_factory=When)
    baseline: int | None = None
    subjects: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    """Subjects of single values of the sentence, in order: 示范企业5家,供应链企业3家;到2030年分别达到10家和6家."""
    headed: str = ""
    """Indicator in front of a colon, for the items behind it: 市场占有率:空调70%、电冰箱60%."""
    object: str = ""
    """What a clause without a number acts on: 加快淘汰老旧货车,2024年底前淘汰1.2万辆."""
    verb: str = ""
    making: bool = False
    made: bool = False
    annual: bool = False
    """The value before is of each year."""
    change: str = ""
    unit: str = ""
    units: frozenset[str] = frozenset()
    """Base units of all values of the sentence so far."""
    parts: bool = False
    """The clause lists parts: 其中光伏458万千瓦、风电165万千瓦."""
    of_part: bool = False
    """The value before is of a part of the scope: 其中公共建筑降低35%、居住建筑降低25%."""
    breakdown: bool = False
    """The clause is a bracket that splits the amount in front of it."""
    split: str = ""
    """Name of the amount that the bracket splits."""
    joined: bool = False
    """Only 、 or 和 parts the words from the value before them."""
    baseline_alone: bool = False
    timed: bool = False
    """A time is right before the number."""
    undated: bool = False
    """No date of issue of the plan is available."""
    told: bool = False
    """The sentence has words of what has been: 同比, 比上年."""
    issuer: Issuer = field(default_factory=Issuer)
    """Issuer of the plan."""
    present: bool = False
    """The sentence reports the present state."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Tie of a quantity to its words: `subject` before cleaning, and the comparator of the verb."""

    subject: str
    change: str = ""
    cap: bool = False
    floor: bool = False
    making: bool = False
    verb: str = ""
    confidence: float = 1.0
    part: bool = False
    annual: bool = False
    cumulative: bool = False
    used: int = 0
    """Characters on the right that the subject was taken from."""
    rule: str = ""
    """Id of the row of rules.csv."""
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """Part of a sentence that promises without a figure."""

    start: int
    end: int
    comparator: Comparator
    subjects: tuple[str, ...]
    modality: str
    years: tuple[int, ...] = ()
    benchmark: str | None = None
    confidence: float = 1.0
    rule: str = ""


def base_unit(unit: str) -> str:
    """Strip the multiplier of a unit: 亿千瓦 and 万千瓦 measure the same; so do % and 百分点."""
    return "%" if unit == "百分点" else _SCALE_IN_FRONT.sub("", unit)


_PAST = pattern("aims.past")
_WILL = pattern("aims.will")
_ALREADY = pattern("aims.already")
UNDATED = 2020
"""Last year of the past where no date of issue of the plan is available."""
_LAST_STATE = 2024
"""Last year for which 截至…年底 states a present value in a plan without date of issue; for a later year it is a deadline (截至2027年底)."""
_LAST_PAST = 2030
"""Year from which 已建成 is a target in a plan without date of issue."""


def is_past(clause: Clause, state: State, past: int) -> bool:
    """Check whether a clause reports the past or the present, not what shall be."""
    last = max(state.when.years, default=0)
    ends = [years[1] for years in map(period_years, state.when.periods) if years]
    bare = state.when.bare and state.undated and last <= UNDATED + 2
    until = (
        state.when.until and last <= _LAST_STATE and not _WILL.search(clause.whole, clause.start, clause.end)
    )
    already = _ALREADY.match(clause.without_times(clause.start, clause.end)) and last < _LAST_PAST
    if state.undated and (until or already):
        return True
    if (last and last <= past) or bare or (ends and not last and max(ends) <= past):
        return True
    if state.told and state.when.bare:
        return True
    return state.present or (bool(_PAST.search(clause.text)) and last <= past)
