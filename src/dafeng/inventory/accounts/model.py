"""Inventory of a place: its cells, and the totals of its accounts with range and grade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Grade, NotationKey, Text
from dafeng.factors import gwp, gwp_sets
from dafeng.inventory.equations.uncertainty import combine_sum

FloatArray = NDArray[np.float64]

COMBUSTION, TRACE, IMPORT, PROCESS, AGRICULTURE, LAND, WASTE = (
    "combustion", "combustion_trace", "electricity_import", "process", "agriculture", "land", "waste",
)  # fmt: skip
ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "A": (COMBUSTION, IMPORT),
    "B": (COMBUSTION, TRACE, PROCESS, AGRICULTURE, WASTE),
    "C": (COMBUSTION, TRACE, PROCESS, AGRICULTURE, WASTE),
}
"""Categories in each account. A: energy CO2 and net electricity import; B: territorial, all gases, land
apart; C: GPC, whose scopes and levels are in `gpc`."""

_PARTS: Mapping[str, Text] = {
    COMBUSTION: Text("燃料燃烧", "fuel combustion"),
    IMPORT: Text("电力调入", "electricity import"),
    PROCESS: Text("工业生产过程", "IPPU"),
    AGRICULTURE: Text("农业", "agriculture"),
    WASTE: Text("废弃物", "waste"),
}
_COUNTED = ("value", "low", "high", "key", "grade", "group", "fuel", "row", "category")

COLUMNS = (
    "year", "category", "row", "branch", "sector", "fuel", "activity", "activity_unit", "energy_tj",
    "emission_factor", "gas", "value_t", "low_t", "high_t", "key", "grade", "source", "note", "group",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Total:
    """Total of an account: value and 95 % range in t (NaN: nothing is estimated), the worst grade.

    `incomplete` names the categories that are not estimated, `without` the parts of the account (combustion,
    process, agriculture, waste, electricity_import) of which none is; `share_d_e` the share of the absolute emissions
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
    without: tuple[str, ...] = ()

    @property
    def mark(self) -> Text:
        """Return the account with the parts that it is without (B without processes, waste); nothing else is NE whole."""
        if not self.without:
            return Text(self.account, self.account)
        zh = "、".join(_PARTS[name].zh for name in self.without)
        en = ", ".join(_PARTS[name].en for name in self.without)
        return Text(f"{self.account},不含{zh}(未估算)", f"{self.account} without {en}")


@dataclass(frozen=True)
class Inventory:
    """Inventory of a place.

    `cells` has the columns of `COLUMNS`; `value_t` is NaN where `key` gives the reason.

    `value_t`, `low_t`, `high_t` are t of the gas (95 % range); `activity` is in `activity_unit` (t, m3,
    MWh, head …), `energy_tj` the energy burnt. `group` names the share that the cell depends on: cells of
    one group vary together. `carriers` [year, row, kind, fuel, value, grade, branch]: electricity [MWh] and
    heat [TJ] used (kind `loss`: lost). `power` [year]: use_mwh, losses_mwh, generation_mwh by kind,
    net_import_mwh with range, grid_factor. `options` states factor set, GWP set, electricity rule.
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
        """Return the total of `account` by year, with its range, grade and everything it leaves out.

        Raises: DafengError for an unknown account or a year that the inventory does not have.
        """
        wanted = tuple(self.years if years is None else years)
        self._check_years(wanted)
        parts = self._weighted(account, wanted)
        columns = {name: parts[name].to_numpy() for name in _COUNTED}
        at = parts["year"].to_numpy()
        return [
            self._total(account, year, {name: column[at == year] for name, column in columns.items()})
            for year in wanted
        ]

    def part(self, account: str, year: int) -> pd.DataFrame:
        """Return the cells of `account` in `year`, in t CO2 (A) or t CO2e (B, C: `value`, `low`, `high`)."""
        return self._weighted(account, (year,))

    def _weighted(self, account: str, years: tuple[int, ...]) -> pd.DataFrame:
        if account not in ACCOUNTS:
            raise DafengError.at("account", account, f"one of {', '.join(ACCOUNTS)}")
        # the years first: texts are compared in theirs alone
        cells = self.cells
        part = cells[np.isin(cells["year"].to_numpy(), years)]
        part = part[part["category"].isin(ACCOUNTS[account]).to_numpy()]
        if account == "A":
            part = part[part["gas"] == "CO2"]
        return in_equivalents(part, self.options["gwp_set"])

    def with_findings(self, more: Iterable[Finding]) -> "Inventory":
        """Return the same inventory with `more` findings added, each once."""
        return replace(self, findings=tuple(dict.fromkeys((*self.findings, *more))))

    def _check_years(self, years: Iterable[int]) -> None:
        missing = [str(year) for year in years if year not in self.years]
        if missing:
            raise DafengError.at(
                "year", ", ".join(missing), f"years from {self.years[0]} to {self.years[-1]}"
            )

    def _total(self, account: str, year: int, part: Mapping[str, NDArray[Any]]) -> Total:
        known, absent = part["key"] == "", part["key"] == NotationKey.NE.value
        value, low, high = summed_range(*(part[name][known] for name in ("value", "low", "high", "group")))
        if not known.any():
            value = low = high = float("nan")
        size, letters = np.abs(part["value"][known]), part["grade"][known]
        weak = float(size[(letters == "D") | (letters == "E")].sum() / size.sum()) if size.sum() else 0.0
        grades = [Grade(str(grade)) for grade in set(letters)] or [Grade.E]
        named = np.where(part["fuel"] != "", part["fuel"], part["row"])[absent]
        return Total(
            account, year, value, low, high, "tCO2" if account == "A" else "tCO2e", Grade.worst(*grades), weak,
            self.options["fuel_set"], self.options["gwp_set"], self.options["electricity_rule"], False,
            PROCESS in ACCOUNTS[account], tuple(dict.fromkeys(str(name) for name in named)),
            tuple(name for name in ACCOUNTS[account] if name in _PARTS and _wholly(part["category"] == name, known, absent)),
        )  # fmt: skip


def _wholly(of_part: NDArray[Any], known: NDArray[Any], absent: NDArray[Any]) -> bool:
    """Whether a part has cells that are not estimated and none that is."""
    return bool((of_part & absent).any() and not (of_part & known).any())


def in_equivalents(cells: pd.DataFrame, gwp_set: str) -> pd.DataFrame:
    """Add `value`, `low`, `high` [t CO2e]: t of the gas × its warming potential; CO2 keeps its tonnes."""
    weight = cells["gas"].map(warming(gwp_set)).astype("float64")
    return cells.assign(
        value=cells["value_t"] * weight, low=cells["low_t"] * weight, high=cells["high_t"] * weight
    )


def grouped_range(cells: pd.DataFrame) -> tuple[float, float, float]:
    """Compute the sum of `value` and its 95 % range.

    Deviations add within a `group`, in quadrature between groups.

    Parameters
    ----------
    cells
        Rows with value, low, high and group [t CO2e].

    Returns
    -------
    Sum, low and high [t CO2e].
    """
    return summed_range(*(cells[name].to_numpy() for name in ("value", "low", "high", "group")))


def summed_range(
    values: NDArray[Any], low: NDArray[Any], high: NDArray[Any], group: NDArray[Any]
) -> tuple[float, float, float]:
    """Compute the sum of `values` and its 95 % range, as `grouped_range`, of arrays [cell]."""
    if not len(values):
        return 0.0, 0.0, 0.0
    groups, _ = pd.factorize(group)
    value = float(np.nansum(values.astype(np.float64)))
    down = np.bincount(groups, np.nan_to_num((values - low).astype(np.float64)))
    up = np.bincount(groups, np.nan_to_num((high - values).astype(np.float64)))
    # a deviation is a quantity of half-width 1: its sum is absolute, relative to 1 t
    return value, value - float(combine_sum(down, 1.0, 1.0)), value + float(combine_sum(up, 1.0, 1.0))


@cache
def warming(gwp_set: str) -> Mapping[str, float]:
    """Return the global warming potentials by gas.

    Raises: DafengError for an unknown set.
    """
    try:
        return gwp(gwp_set)
    except DafengError as error:
        raise DafengError.at("--gwp", gwp_set, f"one of {', '.join(gwp_sets())}") from error
