"""The inventory of a place: its cells, and the totals of its accounts with range and grade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Grade, NotationKey
from dafeng.factors import gwp, gwp_sets

if TYPE_CHECKING:
    from dafeng.inventory.base import BaseYear

FloatArray = NDArray[np.float64]

COMBUSTION, TRACE, IMPORT, PROCESS, AGRICULTURE, LAND, WASTE = (
    "combustion", "combustion_trace", "electricity_import", "process", "agriculture", "land", "waste",
)  # fmt: skip
ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "A": (COMBUSTION, IMPORT),
    "B": (COMBUSTION, TRACE, PROCESS, AGRICULTURE, WASTE),
    "C": (COMBUSTION, TRACE, PROCESS, AGRICULTURE, WASTE),
}
"""Categories in each account. A: energy CO2 and net electricity import; B: territorial, all gases, land apart;
C: GPC, whose scopes and levels are in `gpc`."""

COLUMNS = (
    "year", "category", "row", "branch", "sector", "fuel", "activity", "activity_unit", "energy_tj",
    "emission_factor", "gas", "value_t", "low_t", "high_t", "key", "grade", "source", "note", "group",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Total:
    """One total and everything needed to compare it: value and 95 % range in t, the worst and the mean grade.

    `incomplete` names the categories that are not estimated; `share_d_e` the share of the absolute emissions
    whose grade is D or E.
    """

    account: str
    year: int
    value_t: float
    low_t: float
    high_t: float
    unit: str
    grade: Grade
    share_d_e: float
    factor_set: str
    gwp_set: str
    electricity_rule: str
    land: bool
    process: bool
    incomplete: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """All cells of a place. `cells` has the columns of `COLUMNS`; `value_t` is NaN where `key` says why.

    `value_t`, `low_t`, `high_t` are t of the gas (95 % range); `activity` is in `activity_unit` (t, m3, MWh,
    head …), `energy_tj` the energy burnt. `group` names the share that the cell hangs on: cells of one group
    vary together. `carriers` [year, row, kind, fuel, value, grade, branch]: electricity [MWh] and heat [TJ] used
    (kind `loss`: lost). `power` [year]: use_mwh, losses_mwh, generation_mwh by kind, net_import_mwh with range,
    grid_factor. `options` says factor set, GWP set, electricity rule.
    """

    name: str
    region: str
    years: tuple[int, ...]
    cells: pd.DataFrame
    power: pd.DataFrame
    carriers: pd.DataFrame
    options: Mapping[str, str]
    base_year: int
    findings: tuple[Finding, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    def totals(self, account: str = "A", years: Iterable[int] | None = None) -> list[Total]:
        """The total of `account` by year, with its range, grade and everything it leaves out.

        Raises: DafengError for an unknown account or a year that the inventory does not have.
        """
        wanted = tuple(self.years if years is None else years)
        self._check_years(wanted)
        return [self._total(account, year) for year in wanted]

    def part(self, account: str, year: int) -> pd.DataFrame:
        """The cells of `account` in `year`, in t CO2 (A) or t CO2e (B, C: `value`, `low`, `high`)."""
        if account not in ACCOUNTS:
            raise DafengError.at("account", account, f"one of {', '.join(ACCOUNTS)}")
        cells = self.cells
        part = cells[(cells["year"] == year) & cells["category"].isin(ACCOUNTS[account])]
        if account == "A":
            part = part[part["gas"] == "CO2"]
        weight = part["gas"].map(warming(self.options["gwp_set"])).astype("float64")
        return part.assign(
            value=part["value_t"] * weight, low=part["low_t"] * weight, high=part["high_t"] * weight
        )

    def base(self, year: int | None = None) -> "BaseYear":
        """The arrays of `year` (default: the base year of the case) that the annual model starts from."""
        from dafeng.inventory.base import base_year

        return base_year(self, year)

    def with_findings(self, more: Iterable[Finding]) -> "Inventory":
        """The same inventory with `more` findings added, each once."""
        return replace(self, findings=tuple(dict.fromkeys((*self.findings, *more))))

    def _check_years(self, years: Iterable[int]) -> None:
        missing = [str(year) for year in years if year not in self.years]
        if missing:
            raise DafengError.at(
                "year", ", ".join(missing), f"years from {self.years[0]} to {self.years[-1]}"
            )

    def _total(self, account: str, year: int) -> Total:
        part = self.part(account, year)
        known = part[part["key"] == ""]
        value, low, high = grouped_range(known)
        absent = part[part["key"] == NotationKey.NE.value]
        size = known["value"].abs()
        weak = float(size[known["grade"].isin(("D", "E"))].sum() / size.sum()) if size.sum() else 0.0
        grades = [Grade(str(grade)) for grade in known["grade"].unique()] or [Grade.E]
        return Total(
            account, year, value, low, high, "tCO2" if account == "A" else "tCO2e", Grade.worst(*grades), weak,
            self.options["fuel_set"], self.options["gwp_set"], self.options["electricity_rule"], False,
            PROCESS in ACCOUNTS[account], tuple(dict.fromkeys(absent["fuel"].where(absent["fuel"] != "", absent["row"]))),
        )  # fmt: skip


def grouped_range(cells: pd.DataFrame) -> tuple[float, float, float]:
    """Sum of `value` and its 95 % range: deviations add within a `group`, in quadrature between groups."""
    value = float(cells["value"].sum())
    if cells.empty:
        return 0.0, 0.0, 0.0
    down = (cells["value"] - cells["low"]).groupby(cells["group"]).sum()
    up = (cells["high"] - cells["value"]).groupby(cells["group"]).sum()
    return value, value - float(np.sqrt(np.square(down).sum())), value + float(np.sqrt(np.square(up).sum()))


@cache
def warming(gwp_set: str) -> Mapping[str, float]:
    """Global warming potentials by gas. Raises: DafengError for an unknown set."""
    try:
        return gwp(gwp_set)
    except DafengError as error:
        raise DafengError.at("--gwp", gwp_set, f"one of {', '.join(gwp_sets())}") from error
