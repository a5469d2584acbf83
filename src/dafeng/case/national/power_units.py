"""Power units of the plant list of a prefecture or a province."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from dafeng.case.model import Case
from dafeng.case.national.index import table
from dafeng.case.national.shares import THERMAL, runs_in

UNDATED_PROJECT = {"construction": 2026, "approved": 2028, "announced": 2030}
"""Year of start of a project that states none, by status (assumption)."""
EARLIEST_PROJECT = 2024
"""Year before which a unit that the list has as a project does not start."""


@dataclass(frozen=True, slots=True)
class PowerUnit:
    """Unit of the plant list: fuel, capacity, status, first and last year."""

    fuel: str
    capacity_mw: float
    status: str
    start_year: int | None
    end_year: int | None

    @property
    def is_thermal(self) -> bool:
        """Whether it burns coal or gas."""
        return self.fuel in THERMAL

    def in_service(self, year: int) -> bool:
        """Return whether it runs in a year; one without a start that operates counts as always there."""
        return runs_in(year, self.status, self.start_year, self.end_year)

    def until(self, life: int) -> int:
        """Return its last year: the stated one, else the start and `life` years, which a unit already older outlives by five."""
        if self.end_year is not None:
            return self.end_year
        return max((self.start_year or 2005) + life, 2025)

    def is_new(self, base_year: int) -> bool:
        """Return whether it starts after the base year."""
        project = self.status in UNDATED_PROJECT
        return project or (
            self.status == "operating" and self.start_year is not None and self.start_year > base_year
        )

    def started_by(self, year: int) -> bool:
        """Return whether it runs by a year, projects in the year that they state, at the earliest that of their status."""
        if self.status in UNDATED_PROJECT:
            undated = UNDATED_PROJECT[self.status]
            return (undated if self.start_year is None else max(self.start_year, EARLIEST_PROJECT)) <= year
        return self.in_service(year)


@lru_cache(maxsize=512)
def unit_power(code: str, whole_province: bool = False) -> tuple[PowerUnit, ...]:
    """Return the power units of a prefecture, or of a province.

    Parameters
    ----------
    code
        GB/T 2260 code.
    whole_province
        Take the code as that of a province.
    """
    plants = table("plants")
    mine = plants[plants["province_code" if whole_province else "code"] == code]
    return tuple(
        PowerUnit(
            str(row["fuel"]),
            float(row["capacity_mw"]),
            str(row["status"]),
            _year(row["start_year"]),
            _year(row["end_year"]),
        )
        for row in mine.to_dict("records")
    )


def case_power(case: Case) -> tuple[PowerUnit, ...]:
    """Return the power units of a case, those of its own list where it has one.

    Parameters
    ----------
    case
        Loaded case.
    """
    plants = case.table("plants")
    plants = plants[plants["branch"].isin(("", "power"))] if "branch" in plants else plants
    return tuple(
        PowerUnit(str(row["fuel"]), float(row["capacity_mw"]), str(row["status"]), _year(row["start_year"]), _year(row["end_year"]))
        for row in plants.to_dict("records")
    )  # fmt: skip


def _year(text: Any) -> int | None:
    return None if pd.isna(text) else int(str(text)[:4])
