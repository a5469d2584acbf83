"""Judgement of counties in a period: colour, red periods in a row, consequence, exemption."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dafeng.assessment.early_warning.periods import last_day, period_before
from dafeng.assessment.early_warning.rules import AFTER_RED
from dafeng.evidence import Problems, Text
from dafeng.rules import Rule, judge, rows_at, rule_set

BASES = ("observed", "forecast")


@dataclass(frozen=True, slots=True)
class Reading:
    """Values of a county in a period: statistic → value, observed or forecast."""

    county: str
    basis: str
    values: Mapping[str, float]
    source: str = ""


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """Early warning of a county: colour, red periods in a row, consequence and who is exempt.

    `colour` is grey where a value is missing: it cannot be judged, and it neither continues nor ends a run of
    red. `confirmed` is false where a rule was not compared with its original.
    """

    county: str
    period: str
    basis: str
    rule_set: str
    colour: str
    inputs: Mapping[str, float]
    reds: int
    consequence: str
    consequence_zh: str
    consequence_en: str
    exemption_zh: str
    exemption_en: str
    reason: str
    digest: str
    confirmed: bool
    source: str
    before: str = field(default="")


def judge_counties(
    rules: Sequence[Rule],
    name: str,
    readings: Iterable[Reading],
    period: str,
    earlier: Mapping[tuple[str, str, str], str] | None = None,
) -> list[EarlyWarning]:
    """Judge counties in a period by a rule set, and derive the consequence of red.

    Parameters
    ----------
    rules : sequence of Rule
        As `warning_rules` returns them: sets of colours, and the set `after_red` by place.
    name : str
        Rule set of the colours.
    readings : iterable of Reading
    period : str
        Month (2026-07) or quarter (2026Q3); the rules of its last day hold.
    earlier : mapping, optional
        (county, basis, period) → colour of periods before, which decides how many are red in a row.

    Returns
    -------
    list of EarlyWarning

    Raises
    ------
    DafengError
        For an unknown rule set, a statistic that no rule set reads, or a period of another form.
    """
    known = earlier or {}
    read = sorted({str(row["statistic"]) for row in rules if row["rule_set"] != AFTER_RED})
    readings, problems = list(readings), Problems()
    for reading in readings:
        for unread in sorted(set(reading.values) - set(read)):
            few = ", ".join(read)
            problems.add(f"{reading.county}:{unread}", unread, Text(f"规则读取的统计量:{few}", f"a statistic that the rules read: {few}"))  # fmt: skip
    problems.raise_if_any()
    return [_judged(rules, name, reading, period, known) for reading in readings]


def _judged(
    rules: Sequence[Rule],
    name: str,
    reading: Reading,
    period: str,
    earlier: Mapping[tuple[str, str, str], str],
) -> EarlyWarning:
    on = last_day(period)
    verdict = judge(rules, name, reading.county, "county", on, reading.values)
    reds = 0 if verdict.level != "red" else 1 + _reds_before(reading, period, earlier)
    after = judge(
        rules, AFTER_RED, reading.county, "county", on, {"reds_in_a_row": reds}, place=reading.county
    )
    row = _row_of(rules, reading.county, period, after.level)
    confirmed = verdict.confirmed and (reds == 0 or _confirmed(rules, reading.county, period))
    return EarlyWarning(
        reading.county, period, reading.basis, name, verdict.level, dict(reading.values), reds, str(row.get("consequence") or "none"),
        after.consequence_zh, after.consequence_en, str(row.get("exemption_zh") or ""), str(row.get("exemption_en") or ""), verdict.reason,
        verdict.rule_digest, confirmed, reading.source or verdict.source, earlier.get((reading.county, reading.basis, period_before(period)), ""),
    )  # fmt: skip


def _reds_before(reading: Reading, period: str, earlier: Mapping[tuple[str, str, str], str]) -> int:
    count, before = 0, period_before(period)
    while earlier.get((reading.county, reading.basis, before)) == "red":
        count, before = count + 1, period_before(before)
    return count


def _at(rules: Sequence[Rule], county: str, period: str) -> list[Rule]:
    return list(rows_at(rule_set(rules, AFTER_RED), county, last_day(period)).rows)


def _row_of(rules: Sequence[Rule], county: str, period: str, level: str) -> Rule:
    return next((row for row in _at(rules, county, period) if row["level"] == level), {})


def _confirmed(rules: Sequence[Rule], county: str, period: str) -> bool:
    return all(row["confirmed"] for row in _at(rules, county, period))
