"""Rule sets: ordered rows, of which the first whose bounds contain the statistic decides.

A verdict keeps the rule, the hash of the rule set, the inputs and the source, and marks a rule that was never
compared with its original.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.rules.places import rows_at
from dafeng.rules.validity import valid_rows

Rule = Mapping[str, Any]
"""A row of a rule set: `rule_set`, `order`, `statistic`, `lower`, `lower_closed`, `upper`, `upper_closed`,
`level`, `valid_from`, `valid_to`, `source`, `confirmed`, and optionally `region`, `consequence_zh`,
`consequence_en`."""
LEVELS = ("green", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict of a rule set on a subject.

    `level` is green, yellow, orange, red — or grey where it cannot be judged, then `reason` gives the reason.
    `place` is where the deciding rules are in force, "" where rules have no place.
    """

    subject: str
    kind: str
    level: str
    rule: str
    rule_digest: str
    inputs: Mapping[str, Any]
    source: str
    confirmed: bool
    consequence_zh: str = ""
    consequence_en: str = ""
    reason: str = ""
    place: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return {
            "subject": self.subject, "kind": self.kind, "level": self.level, "rule": self.rule,
            "rule_digest": self.rule_digest, "confirmed": self.confirmed, "reason": self.reason,
            "consequence_zh": self.consequence_zh, "consequence_en": self.consequence_en, "source": self.source,
            "inputs": dict(self.inputs),
        }  # fmt: skip


def rule_set(rules: Iterable[Rule], name: str) -> list[Rule]:
    """Return the rules of the set `name` in order.

    Parameters
    ----------
    rules
        Rows of a rule table.
    name
        Id of the set.

    Returns
    -------
    Rows of the set, sorted by `order`.

    Raises
    ------
    DafengError
        Where there is no such set.
    """
    listed = list(rules)
    chosen = sorted((row for row in listed if row["rule_set"] == name), key=lambda row: row["order"])
    if not chosen:
        mend = Text(
            "请把本地规则连同来源写入规则表 rules.csv", "write the local rule into rules.csv with its source"
        )
        names = ", ".join(sorted({row["rule_set"] for row in listed}))
        raise DafengError.at("rule_set", name, names, mend)
    return chosen


def digest(rules: Iterable[Rule]) -> str:
    """Return the hash of the content of rules: the version that a verdict was made with.

    Parameters
    ----------
    rules
        Rows of one rule set in order.

    Returns
    -------
    16 hexadecimal digits of SHA-256; the row numbers of a file do not count.
    """
    plain = [{key: value for key, value in row.items() if key != "_row"} for row in rules]
    return hashlib.sha256(json.dumps(plain, default=str, sort_keys=True).encode()).hexdigest()[:16]


def holds(rule: Rule, value: float) -> bool:
    """Check whether `value` lies within the bounds of `rule`.

    An absent bound is open, a bound is excluded unless closed.

    Parameters
    ----------
    rule
        Row with lower, upper, lower_closed, upper_closed.
    value
        Value in the unit of the rule.

    Returns
    -------
    True within the bounds.
    """
    low, high = rule["lower"], rule["upper"]
    above = low is None or value > low or (bool(rule["lower_closed"]) and value == low)
    below = high is None or value < high or (bool(rule["upper_closed"]) and value == high)
    return above and below


def judge(
    rules: Sequence[Rule], name: str, subject: str, kind: str, on: date, inputs: Mapping[str, Any],
    grey: str = "", place: str = "",
) -> Verdict:  # fmt: skip
    """Judge `inputs` by the rule set `name` as valid on the day `on`.

    Parameters
    ----------
    inputs
        Statistic → value. One that is needed before any rule fits and is missing makes the verdict grey: no
        green by default.
    grey
        Why it must not be judged, as low coverage; "" where it may.
    place
        GB/T 2260 code; the rules of the nearest place that has any decide. "" leaves places aside.

    Raises
    ------
    DafengError
        For an unknown rule set.
    """
    chosen = rule_set(rules, name)
    at = rows_at(chosen, place, on) if place else None
    valid = valid_rows(chosen, on) if at is None else list(at.rows)
    base = (subject, kind)
    tail = {"rule_digest": digest(chosen), "inputs": dict(inputs), "source": chosen[0]["source"],
            "confirmed": all(row["confirmed"] for row in chosen), "place": at.place if at else ""}  # fmt: skip
    if grey or not valid:
        reason = grey or f"no rule of {name} is valid on {on}{f' at {place}' if place else ''}"
        return Verdict(*base, "grey", name, reason=reason, **tail)
    for row in valid:
        value = inputs.get(row["statistic"])
        if value is None:
            return Verdict(*base, "grey", name, reason=f"{row['statistic']} is not known", **tail)
        if holds(row, value):
            return Verdict(
                *base, row["level"], name, consequence_zh=row.get("consequence_zh") or "",
                consequence_en=row.get("consequence_en") or "", **tail,
            )  # fmt: skip
    return Verdict(*base, "grey", name, reason="no rule fits the values", **tail)
