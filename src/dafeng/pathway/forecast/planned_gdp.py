"""GDP as planned in the hindcast: errors where a sourced target exists, else the published error of targets.

    error(planned) = error(realised) + Σ_{s ≤ h} [ln(1 + g(s)) − ln(1 + g*)]

g the growth of GDP, g* the target of the plan in force at the origin. Elsewhere the error of yearly growth
widens the band by its variance, years being independent (grade E).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import packaged_rows
from dafeng.pathway.forecast.model_error import CO2_SOURCES, FUEL_DAMPING, Errors
from dafeng.pathway.methods.error_process import ErrorProcess
from dafeng.pathway.methods.sampling import Z95

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Planned:
    """Errors in ln of one province at one lead with GDP as planned: `gdp` realised over planned, `realised`
    and `planned` errors of CO2 by record.
    """

    province: str
    origin: int
    lead: int
    gdp: float
    realised: Mapping[str, float]
    planned: Mapping[str, float]
    source: str
    grade: str


@cache
def gdp_error() -> float:
    """Return the standard deviation of yearly GDP growth from its target, in ln (gdp_plans.csv, grade E)."""
    return next(float(row["value"]) / 100 for row in _rows() if row["kind"] == "error")


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return packaged_rows("dafeng.pathway", "gdp_plans.csv")


def planned_errors(table: Mapping[str, Errors]) -> Iterator[Planned]:
    """Yield the damped errors of each province and lead whose years one plan covers, GDP as planned and as
    realised.
    """
    for plan in (row for row in _rows() if row["kind"] == "plan"):
        code, first, last = plan["province_code"], int(plan["year"]), int(plan["last_year"])
        target = np.log1p(float(plan["value"]) / 100)
        grown = {
            int(row["year"]): np.log1p(float(row["value"]) / 100)
            for row in _rows()
            if row["kind"] == "realised" and row["province_code"] == code
        }
        gap = 0.0
        for year in range(first, last + 1):
            gap += grown[year] - target
            realised = dict(_errors(table, code, first - 1, year - first + 1))
            if realised:
                yield Planned(
                    code, first - 1, year - first + 1, float(gap), realised,
                    {record: float(error + gap) for record, error in realised.items()}, plan["source"], plan["grade"],
                )  # fmt: skip


def _errors(table: Mapping[str, Errors], code: str, origin: int, lead: int) -> Iterator[tuple[str, float]]:
    for record in CO2_SOURCES:
        if record not in table:
            continue
        errors = table[record]
        at = np.flatnonzero((errors.province == code) & (errors.origin == origin) & (errors.lead == lead))
        if at.size and np.isfinite(value := errors.damped(FUEL_DAMPING)[at[0]]):
            yield record, float(value)


def planned_half_widths(process: ErrorProcess, leads: Array) -> dict[int, float]:
    """Return half of the 90 % band in ln by lead with GDP as planned: the process and the error of targets."""
    variance = process.variance(leads) + leads * gdp_error() ** 2
    return {int(h): float(Z95 * np.sqrt(v)) for h, v in zip(leads, variance, strict=True)}
