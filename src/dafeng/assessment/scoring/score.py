"""Score sheets: a scheme applied to statistics and evidence, in exact decimal arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from dafeng.assessment.scoring.scheme import Grades, Item, Ladder, Matrix, Proportional, Rule, Scheme
from dafeng.assessment.wording import both
from dafeng.evidence import DafengError, Problems
from dafeng.rules import in_force

CENT = Decimal("0.01")


class State(StrEnum):
    """State of an item: the reason for its points."""

    SCORED = "scored"
    NO_VALUE = "no_value"
    NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True, slots=True)
class Line:
    """Scored item: `points` of `possible`; `bonus` beyond them; state and reason in both languages."""

    item: str
    zh: str
    en: str
    points: Decimal
    bonus: Decimal
    possible: Decimal
    state: State
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """Score sheet: result of a scoring.

    Lines, the total of 100 × points ÷ possible + bonus where the possible was cut, grade, vetoes that apply.

    `missing` counts items without value or evidence: they have no points and are not bad results.
    """

    scheme: str
    lines: tuple[Line, ...]
    total: Decimal
    possible: Decimal
    grade_zh: str
    grade_en: str
    vetoes: tuple[str, ...]
    missing: int
    confirmed: bool
    attributes: Mapping[str, str] = field(default_factory=dict)


def score(
    scheme: Scheme,
    statistics: Mapping[str, str | Decimal],
    evidence: Mapping[str, tuple[str, ...]],
    on: date,
    attributes: Mapping[str, str] | None = None,
) -> ScoreSheet:
    """Apply a scoring scheme to statistics and evidence.

    Parameters
    ----------
    scheme : Scheme
    statistics : mapping
        Statistic → number as it is written (a completion of 1 is reached), or the grade of another
        assessment. A statistic that is absent or NE gives its items no points and the state `no_value`.
    evidence : mapping
        Item → references; an item that needs evidence and has none gets no points and the state
        `no_evidence`.
    on : date
        Day of assessment: the scheme must be in force.
    attributes : mapping, optional
        Attributes of the body for personalisation.

    Returns
    -------
    ScoreSheet

    Raises
    ------
    DafengError
        For a scheme that is not in force, an unknown statistic, a value that is no number, reviewed points
        outside the item, a grade that the scheme does not list.

    Notes
    -----
    A veto whose statistic is missing applies: what decides the whole assessment cannot be assumed to be met.
    Points are rounded half up to 0.01. Where personalisation lowers the possible points, the total is scaled
    back to the scheme's.
    """
    _check(scheme, statistics, on)
    problems = Problems()
    own = attributes or {}
    lines = tuple(_line(item, scheme, statistics, evidence, own, problems) for item in scheme.items)
    vetoes = tuple(_vetoes(scheme, statistics, problems))
    problems.raise_if_any()
    possible = sum((line.possible for line in lines), Decimal(0))
    points = sum((line.points for line in lines), Decimal(0))
    scaled = points * scheme.total / possible if possible else Decimal(0)
    total = _cents(scaled + sum((line.bonus for line in lines), Decimal(0)))
    zh, en = _grade(scheme, total, vetoes)
    missing = sum(line.state is not State.SCORED for line in lines)
    return ScoreSheet(
        scheme.id, lines, total, possible, zh, en, vetoes, missing, scheme.trust in {"S", "P"}, own
    )


def _check(scheme: Scheme, statistics: Mapping[str, str | Decimal], on: date) -> None:
    problems = Problems()
    if not in_force(scheme.valid_from, scheme.valid_to, on):
        end = scheme.valid_to or "…"
        problems.add(
            scheme.id,
            str(on),
            f"a day from {scheme.valid_from} to before {end}",
            "choose the scheme in force",
        )
    for name in sorted(set(statistics) - set(scheme.statistics)):
        problems.add(f"{scheme.id}:{name}", name, f"one of {', '.join(scheme.statistics)}")
    problems.raise_if_any()


def _line(
    item: Item, scheme: Scheme, statistics: Mapping[str, str | Decimal], evidence: Mapping[str, tuple[str, ...]],
    attributes: Mapping[str, str], problems: Problems,
) -> Line:  # fmt: skip
    factors = [
        one
        for one in scheme.personalisation
        if one.item == item.id and attributes.get(one.attribute) == one.value
    ]
    least = min(factors, key=lambda one: one.factor) if factors else None
    factor = least.factor if least else Decimal(1)
    possible = item.points * factor
    needed = (item.rule.first, item.rule.second) if isinstance(item.rule, Matrix) else (item.rule.statistic,)
    absent = [name for name in needed if str(statistics.get(name, "NE")).strip() in {"", "NE"}]
    head = (item.id, item.zh, item.en)
    if absent:
        why = both("score_no_value", names="、".join(absent))
        return Line(*head, Decimal(0), Decimal(0), possible, State.NO_VALUE, why.zh, why.en)
    if item.evidence and not evidence.get(item.id):
        why = both("score_no_evidence")
        return Line(*head, Decimal(0), Decimal(0), possible, State.NO_EVIDENCE, why.zh, why.en)
    points, bonus = _points(
        item, {name: statistics[name] for name in needed}, f"{scheme.id}:{item.id}", problems
    )
    why = both("score_of", points=_cents(points * factor), possible=f"{possible:f}", values="、".join(str(statistics[name]) for name in needed))  # fmt: skip
    if least is not None:
        why += both("score_personal", zh=least.zh, en=least.en)
    return Line(*head, _cents(points * factor), _cents(bonus), possible, State.SCORED, why.zh, why.en)


def _points(
    item: Item, values: Mapping[str, str | Decimal], place: str, problems: Problems
) -> tuple[Decimal, Decimal]:
    """Return points and bonus of an item."""
    rule: Rule = item.rule
    if isinstance(rule, Grades):
        grade = str(values[rule.statistic]).strip()
        if grade not in rule.points:
            problems.add(f"{place}:{rule.statistic}", grade, f"one of {', '.join(rule.points)}")
        return rule.points.get(grade, Decimal(0)), Decimal(0)
    numbers = {name: number(value, f"{place}:{name}", problems) for name, value in values.items()}
    if isinstance(rule, Matrix):
        met = (numbers[rule.first] >= 1, numbers[rule.second] >= 1)
        return {
            (True, True): rule.both, (True, False): rule.first_only, (False, True): rule.second_only, (False, False): rule.neither,
        }[met], Decimal(0)  # fmt: skip
    value = numbers[rule.statistic]
    if isinstance(rule, Ladder):
        return _climbed(rule, value)
    if isinstance(rule, Proportional):
        return min(max(value, Decimal(0)), Decimal(1)) * item.points, Decimal(0)
    if not 0 <= value <= item.points:
        problems.add(f"{place}:{rule.statistic}", str(value), f"points from 0 to {item.points}")
    return value, Decimal(0)


def _climbed(rule: Ladder, value: Decimal) -> tuple[Decimal, Decimal]:
    points = next((step.points for step in rule.steps if value >= step.at), Decimal(0))
    if rule.over is None or value <= 1:
        return points, Decimal(0)
    return points, min((value - 1) // rule.over.step * rule.over.points, rule.over.most)


def number(value: str | Decimal, place: str, problems: Problems) -> Decimal:
    """Return a value as an exact decimal; what is none goes to `problems`.

    A per cent sign is read as a hundredth.
    """
    text = str(value).strip()
    try:
        read = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        problems.add(place, text[:40], "a number, as 0.95 or 95%")
        return Decimal(0)
    if not read.is_finite():
        problems.add(place, text[:40], "a finite number")
        return Decimal(0)
    return read


def _vetoes(scheme: Scheme, statistics: Mapping[str, str | Decimal], problems: Problems) -> list[str]:
    applied: list[str] = []
    for veto in scheme.vetoes:
        text = str(statistics.get(veto.statistic, "NE")).strip()
        if text in {"", "NE"}:
            applied.append(f"{veto.statistic}: NE")
            continue
        value = number(text, f"{scheme.id}:{veto.statistic}", problems)
        if (veto.below is not None and value < veto.below) or (veto.above is not None and value > veto.above):
            bound = f"< {veto.below}" if veto.below is not None and value < veto.below else f"> {veto.above}"
            applied.append(f"{veto.statistic}: {text} {bound}")
    return applied


def _grade(scheme: Scheme, total: Decimal, vetoes: tuple[str, ...]) -> tuple[str, str]:
    if vetoes:
        return scheme.failed.zh, scheme.failed.en
    for grade in scheme.grades:
        if total >= grade.at:
            return grade.zh, grade.en
    return (scheme.failed.zh, scheme.failed.en) if scheme.grades else ("", "")


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def sheet_of(frame: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Split rows of a values table (name → value, evidence) into statistics and references by name.

    Parameters
    ----------
    frame
        Rows by name, with value and evidence.

    Returns
    -------
    Statistics and references by name.

    Raises
    ------
    DafengError
        For a row without a name.
    """
    if "" in frame:
        raise DafengError.at("values", "a row without a name", "the name of a statistic or an item")
    statistics = {name: row.get("value", "") for name, row in frame.items() if row.get("value", "").strip()}
    references = {
        name: tuple(part.strip() for part in row.get("evidence", "").split(";") if part.strip())
        for name, row in frame.items()
    }
    return statistics, {name: found for name, found in references.items() if found}
