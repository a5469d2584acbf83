"""Dated rule sets kept as data, and one evaluator for all of them.

A rule set is a list of rules in order; the first whose bounds hold the statistic decides. A verdict keeps the
rule, the hash of the rule set, the inputs and the source, and says where the rule was never compared with
its original.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, Problems
from dafeng.metering.tables import packaged, read_rows
from dafeng.tables import Row

LEVELS = ("green", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`level` is green, yellow, orange, red — or grey where it cannot be judged, then `reason` says why."""

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

    def as_dict(self) -> dict[str, Any]:
        return {
            "subject": self.subject, "kind": self.kind, "level": self.level, "rule": self.rule,
            "rule_digest": self.rule_digest, "confirmed": self.confirmed, "reason": self.reason,
            "consequence_zh": self.consequence_zh, "consequence_en": self.consequence_en, "source": self.source,
            "inputs": dict(self.inputs),
        }  # fmt: skip


def packaged_rules() -> list[Row]:
    """The published rule sets that come with the package. Raises: DafengError where the table is not as its schema."""
    problems = Problems()
    rows = [dict(row, id=f"{row['rule_set']}-{row['order']}") for row in packaged("warning_rules")]
    typed = read_rows("rules", rows, "warning_rules.csv", problems)
    problems.raise_if_any()
    return typed


def rule_set(rules: list[Row], name: str) -> list[Row]:
    """The rules of the set `name` in order. Raises: DafengError where there is none."""
    found = sorted((row for row in rules if row["rule_set"] == name), key=lambda row: row["order"])
    if not found:
        known = ", ".join(sorted({row["rule_set"] for row in rules}))
        raise DafengError.at(
            "rule_set", name, known, "write the local rule into metering/rules.csv with its source"
        )
    return found


def digest(rules: list[Row]) -> str:
    """Hash of the content of a rule set: the version a verdict was made with."""
    plain = [{key: value for key, value in row.items() if key != "_row"} for row in rules]
    return hashlib.sha256(json.dumps(plain, default=str, sort_keys=True).encode()).hexdigest()[:16]


def holds(rule: Row, value: float) -> bool:
    """Whether `value` lies within the bounds of `rule`; an absent bound is open."""
    low, high = rule["lower"], rule["upper"]
    above = low is None or value > low or (bool(rule["lower_closed"]) and value == low)
    below = high is None or value < high or (bool(rule["upper_closed"]) and value == high)
    return above and below


def judge(
    rules: list[Row], name: str, subject: str, kind: str, on: date, inputs: Mapping[str, Any], grey: str = ""
) -> Verdict:
    """Judge `inputs` (statistic → value) by the rule set `name` as valid on the day `on`.

    `grey` is why it must not be judged, as low coverage. A statistic that is needed before any rule fits and
    is not known makes the verdict grey: no green by default. Raises: DafengError for an unknown rule set.
    """
    chosen = rule_set(rules, name)
    valid = [
        row for row in chosen if row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"])
    ]
    base = (subject, kind)
    tail = {"rule_digest": digest(chosen), "inputs": dict(inputs), "source": chosen[0]["source"],
            "confirmed": all(row["confirmed"] for row in chosen)}  # fmt: skip
    if grey or not valid:
        reason = grey or f"no rule of {name} is valid on {on}"
        return Verdict(*base, "grey", name, reason=reason, **tail)
    for row in valid:
        value = inputs.get(row["statistic"])
        if value is None:
            return Verdict(*base, "grey", name, reason=f"{row['statistic']} is not known", **tail)
        if holds(row, value):
            return Verdict(
                *base, row["level"], name, consequence_zh=row["consequence_zh"] or "",
                consequence_en=row["consequence_en"] or "", **tail,
            )  # fmt: skip
    return Verdict(*base, "grey", name, reason="no rule fits the values", **tail)
