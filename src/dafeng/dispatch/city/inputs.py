"""Input data of a city's system with unit, source and grade.

From the case, the plan, or stated assumptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Grade, Problems, packaged_rows
from dafeng.units import convert


@dataclass(frozen=True, slots=True)
class Used:
    """Input value as used: item, value, unit, grade and provenance, in words for people."""

    item: str
    value: float
    unit: str
    grade: Grade
    source: str
    zh: str
    en: str


class Inputs:
    """Input provider that records each number used, so that a result can list its inputs."""

    def __init__(self, case: Case, overrides: Mapping[str, float] | None = None) -> None:
        """Raises: DafengError for an override of something that is no input."""
        self.case = case
        self._overrides = dict(overrides or {})
        self.used: dict[str, Used] = {}
        self._costs = case.effective("costs")
        self._prices = case.effective("prices")

    def check_overrides(self, known: set[str]) -> None:
        """Check that every override names an existing item.

        Raises
        ------
        DafengError
            Naming every override outside the set of items.
        """
        problems = Problems()
        for item in sorted(set(self._overrides) - known - set(assumptions())):
            problems.add("--set", item, f"one of {', '.join(sorted(known | set(assumptions())))}")
        problems.raise_if_any()

    def _keep(self, used: Used) -> float:
        if used.item in self._overrides:
            used = replace(used, value=self._overrides[used.item], source="given by the user", grade=Grade.E)
        self.used[used.item] = used
        return used.value

    def given(self, item: str) -> float | None:
        """Return the user's own value of `item`, or None."""
        if item not in self._overrides:
            return None
        return self._keep(Used(item, self._overrides[item], "", Grade.E, "given by the user", item, item))

    def assumption(self, item: str) -> float:
        """Return a stated assumption of `assumptions.csv`, or the user's own value instead."""
        return self._keep(assumptions()[item])

    def computed(
        self, item: str, value: float, unit: str, grade: Grade, source: str, zh: str, en: str
    ) -> float:
        """Return a number derived from the case, or the user's own value instead."""
        return self._keep(Used(item, value, unit, grade, source, zh, en))

    def cost(self, technology: str, parameter: str, year: int) -> float:
        """Return the best row of the cost table.

        The newest year not after `year`, best grade, then median of rivals.

        Raises
        ------
        DafengError
            Where no row of the technology has a number for the parameter.
        """
        rows = self._costs[
            (self._costs["technology"] == technology)
            & (self._costs["parameter"] == parameter)
            & self._costs["value"].notna()
        ]
        if rows.empty:
            raise DafengError.at(
                f"costs.csv:{technology}:{parameter}",
                "no value",
                "a number with its source",
                "add a row to costs.csv",
            )
        rows = rows.assign(distance=[_distance(int(y), year) for y in rows["year"]])
        rows = rows[rows["distance"] == rows["distance"].min()]
        rows = rows[rows["grade"].astype(str) == min(rows["grade"].astype(str))]
        row = rows.sort_values("value").iloc[(len(rows) - 1) // 2]
        note = f"costs.csv {row['year']}, {row['source']}"
        if len(rows) > 1:
            note += f", median of {len(rows)} rival rows {rows['value'].min():g}–{rows['value'].max():g}"
        item = f"{technology}.{parameter}"
        return self._keep(
            Used(item, float(row["value"]), str(row["unit"]), Grade(str(row["grade"])), note, item, item)
        )

    def price(self, item: str, year: int) -> float:
        """Return the price of the nearest year not after `year`.

        Raises
        ------
        DafengError
            Where the table has none.
        """
        rows = self._prices[(self._prices["item"] == item) & self._prices["value"].notna()]
        if rows.empty:
            raise DafengError.at(
                f"prices.csv:{item}", "no value", "a number with its source", "add a row to prices.csv"
            )
        rows = rows.assign(distance=[_distance(int(y), year) for y in rows["year"]])
        row = rows.sort_values("distance").iloc[0]
        source = f"prices.csv {row['year']}, {row['source']}"
        return self._keep(
            Used(item, float(row["value"]), str(row["unit"]), Grade(str(row["grade"])), source, item, item)
        )

    def driver(self, item: str, parameter: str, year: int, unit: str) -> float | None:
        """Return the central value of a driver of the annual model in `year`, in `unit`.

        Linear between its knots.

        None where drivers.csv has no such parameter, or none of its years reaches `year`.
        """
        table = self.case.table("drivers")
        rows = table[(table["parameter"] == parameter) & table["value"].notna()].sort_values("year")
        if rows.empty or not rows["year"].min() <= year <= rows["year"].max():
            return None
        value = float(np.interp(year, rows["year"].to_numpy(float), rows["value"].to_numpy(float)))
        first = rows.iloc[0]
        return self.computed(
            item, float(convert(value, str(first["unit"]), unit)), unit, Grade(max(rows["grade"].astype(str))),
            f"drivers.csv:{first['id']}, {first['source']}", f"年度模型的情景值 {first['id']}",
            f"the annual model's path of {first['id']}",
        )  # fmt: skip

    def plan_target(self, item: str, words: tuple[str, ...], year: int, unit: str) -> float | None:
        """Return the plan's newest target not after `year`, in `unit`.

        The indicator of the target has all `words`; None if there is no such target.
        """
        if self.case.plan is None:
            return self.given(item)
        found = [
            target
            for target in self.case.plan.targets
            if target.value is not None
            and target.year is not None
            and target.year <= year
            and all(word in target.indicator for word in words)
        ]
        if not found:
            return self.given(item)
        target = max(found, key=lambda t: t.year or 0)
        value = float(np.asarray(convert(float(target.value or 0.0), target.unit or "1", unit)))
        return self.computed(
            item,
            value,
            unit,
            Grade.A,
            f"plan {target.locator} ({target.year})",
            target.indicator,
            target.indicator,
        )


def _distance(found: int, wanted: int) -> float:
    """Years apart; a later year counts as further than any earlier one."""
    return wanted - found if found <= wanted else 1000 + found - wanted


@cache
def assumptions() -> dict[str, Used]:
    """Return the stated assumptions by item."""
    return {
        row["item"]: Used(
            row["item"],
            float(row["value"]),
            row["unit"],
            Grade(row["grade"]),
            row["source"],
            row["zh"],
            row["en"],
        )
        for row in packaged_rows("dafeng.dispatch", "assumptions.csv")
    }


@cache
def ranges() -> dict[str, tuple[float, float]]:
    """Return the lowest and highest value of the stated assumptions by item."""
    return {
        row["item"]: (float(row["low"]), float(row["high"]))
        for row in packaged_rows("dafeng.dispatch", "assumptions.csv")
    }


def used_table(used: Mapping[str, Used]) -> pd.DataFrame:
    """Return the table of the inputs of a result, worst grade first."""
    rows = [
        {
            "item": u.item,
            "value": u.value,
            "unit": u.unit,
            "grade": u.grade.value,
            "source": u.source,
            "zh": u.zh,
            "en": u.en,
        }
        for u in used.values()
    ]
    return pd.DataFrame(rows).sort_values(["grade", "item"], ascending=[False, True], ignore_index=True)
