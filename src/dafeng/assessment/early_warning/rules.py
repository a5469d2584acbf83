"""Rule sets of early warning: colours (published sets of the package) and consequences of red, or those of a city's file."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problems, Text, packaged_rows
from dafeng.metering import packaged_rules
from dafeng.rules import LEVELS, Rule

AFTER_RED = "after_red"
CONSEQUENCES = ("none", "remind", "limit", "suspend")
"""Consequences in the order of their weight; limit 限批 and suspend 缓批 hold projects."""
_NEEDED = ("rule_set", "order", "level", "statistic", "lower", "lower_closed", "upper", "upper_closed", "valid_from", "valid_to", "source", "confirmed")  # fmt: skip


def warning_rules(own: Path | None = None) -> list[Rule]:
    """Return the rules of early warning: the published sets, then those of a city's file, whose sets replace them.

    Parameters
    ----------
    own
        CSV file of a city's rules.

    Returns
    -------
    Rules in order.

    Raises
    ------
    DafengError
        With every bad cell of the file at once.
    """
    packaged: list[Rule] = [
        *packaged_rules(),
        *_typed(packaged_rows("dafeng.assessment", "early_warning/consequences.csv"), "consequences.csv"),
    ]
    if own is None:
        return packaged
    rules = _read(own)
    replaced = {row["rule_set"] for row in rules}
    return [*(row for row in packaged if row["rule_set"] not in replaced), *rules]


def _read(path: Path) -> list[Rule]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DafengError.at(
            str(path), str(error), Text("UTF-8 编码的规则 CSV", "a CSV of rules in UTF-8")
        ) from error
    rows = list(csv.DictReader(lines))
    missing = [name for name in _NEEDED if not rows or name not in rows[0]]
    if missing:
        found = Text(f"缺{'、'.join(missing)}", f"no {', '.join(missing)}")
        raise DafengError.at(f"{path.name}:1", found, Text("规则表各列", "the columns of the rules"))
    return _typed(rows, path.name)


def _typed(rows: Any, place: str) -> list[Rule]:
    problems = Problems()
    found: list[Rule] = [_row(row, f"{place}:{number}", problems) for number, row in enumerate(rows, start=2)]
    problems.raise_if_any()
    return found


def _row(row: Mapping[str, str], place: str, problems: Problems) -> dict[str, Any]:
    typed: dict[str, Any] = dict(row)
    for name in ("lower", "upper", "order"):
        typed[name] = _number(row[name], f"{place}:{name}", problems)
    for name in ("lower_closed", "upper_closed", "confirmed"):
        typed[name] = row[name] == "yes"
    for name in ("valid_from", "valid_to"):
        typed[name] = _day(row[name], f"{place}:{name}", problems)
    if row["level"] not in LEVELS:
        problems.add(
            f"{place}:level", row["level"], Text(f"{'、'.join(LEVELS)}之一", f"one of {', '.join(LEVELS)}")
        )
    if (row.get("consequence") or "none") not in CONSEQUENCES:
        problems.add(
            f"{place}:consequence",
            row["consequence"],
            Text(f"{'、'.join(CONSEQUENCES)}之一", f"one of {', '.join(CONSEQUENCES)}"),
        )
    return typed


def _number(text: str, place: str, problems: Problems) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        problems.add(place, text, Text("一个数", "a number"))
        return None


def _day(text: str, place: str, problems: Problems) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        problems.add(place, text, Text("日期,如 2026-01-31", "a date as 2026-01-31"))
        return None
