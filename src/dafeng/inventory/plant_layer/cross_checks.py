"""Cross-checks of an inventory's parts against limits with a source: `data/cross_checks.csv`."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import Finding, Severity, packaged_rows
from dafeng.inventory.accounts.checks import reference_table
from dafeng.inventory.accounts.electricity_balance import in_service, observed
from dafeng.inventory.accounts.model import ACCOUNTS, COMBUSTION, PROCESS, Inventory
from dafeng.inventory.plant_layer.branches import PlantLayer, plant_layer
from dafeng.inventory.plant_layer.estimates import CALCINATION, NEAR_YEARS
from dafeng.units import TJ_PER_TCE, factor

COLUMNS = ("id", "zh", "en", "year", "value", "unit", "low", "high", "passes", "source", "grade", "note")
CHEMICALS = ("chemicals", "petrochemicals")
HEADS = ("population_resident", "population_resident_yearend", "population_census", "population_total")
THERMAL_ROW = "Thermal Power"
STEEL_ROW = "Smelting and Pressing of Ferrous Metals"
MINERALS_ROW = "Nonmetal Mineral Products"
OUTPUTS = {
    "steel_energy": (
        STEEL_ROW,
        "粗钢产量(observations.csv 的 output_crude_steel,或 plants.csv 的钢厂产量)",
        "crude steel (output_crude_steel of observations.csv, or mills of plants.csv)",
    ),
    "cement_energy": (
        MINERALS_ROW,
        "水泥产量(observations.csv 的 output_cement,或 plants.csv 的水泥厂)或熟料产量(activities.csv 的 clinker_output)",
        "cement (output_cement of observations.csv, or works of plants.csv) or clinker_output of activities.csv",
    ),
}
"""Intensity → row that it checks, and the output that it needs; a missing output is a finding where the row burns fuel."""
GRAMMES_PER_TONNE = 1e6
KWH_PER_MWH = 1e3

Measured = tuple[int, float]


class _Place:
    """Quantities that several checks read, of one case and inventory."""

    def __init__(self, case: Case, inventory: Inventory, layer: PlantLayer) -> None:
        self.case, self.inventory, self.layer = case, inventory, layer
        self.year = layer.year
        cells = inventory.cells
        self.co2 = cells[(cells["gas"] == "CO2") & cells["value_t"].notna()]

    def combustion(self, branch: str = "", year: int | None = None, column: str = "value_t") -> float:
        """Sum of combustion cells of a branch (all without one) in a year."""
        when = self.year if year is None else year
        mine = self.co2[(self.co2["category"] == COMBUSTION) & (self.co2["year"] == when)]
        return float(mine.loc[mine["branch"] == branch if branch else mine.index, column].sum())

    def generation(self, kind: str) -> float:
        """Return generation [MWh] of `thermal`, `wind` or `hydro`; NaN where there is none."""
        power, name = self.inventory.power, f"{kind}_mwh"
        if name not in power:
            return float("nan")
        return float(power[name].reindex([self.year]).to_numpy(dtype=float)[0])

    def latest(self, indicator: str, unit: str) -> float:
        series = observed(self.case, indicator, self.case.city.code, unit)
        near = series[(series.index - self.year).map(abs) <= 1]
        return float(series[min(near.index, key=lambda y: abs(y - self.year))]) if len(near) else float("nan")

    def tce(self, row: str) -> float:
        """Sum of the energy [tce] of a row's combustion."""
        mine = self.co2[(self.co2["category"] == COMBUSTION) & (self.co2["year"] == self.year)]
        return float(mine.loc[mine["row"] == row, "energy_tj"].sum()) / TJ_PER_TCE

    def made(self, plants: pd.DataFrame, indicator: str) -> float:
        """Return the output [t] as observed, else that of the plants; NaN where neither is known."""
        stated = self.latest(indicator, "t")
        output = float(plants["output"].sum())
        return stated if stated > 0 else output if output > 0 else float("nan")

    def cement_works(self) -> pd.DataFrame:
        """Return the plants of the layer whose process is calcination."""
        rows = self.case.table("plants")
        works = set(rows.loc[rows["process"] == CALCINATION, "id"].astype(str))
        return self.layer.plants[self.layer.plants["id"].isin(works)]

    def total(self) -> float:
        mine = self.co2[
            self.co2["category"].isin(ACCOUNTS["B"]) & (self.co2["year"] == self.year)
            & (self.co2["key"] == "")
        ]  # fmt: skip
        return float(mine["value_t"].sum())


def cross_checks(case: Case, inventory: Inventory, layer: PlantLayer | None = None) -> pd.DataFrame:
    """Compare parts of the base year with the limits of the table; the columns are `COLUMNS`.

    `passes` is NA where the place has not what a check needs. Nothing is tuned to a limit.

    Parameters
    ----------
    case : Case
        The place.
    inventory : Inventory
        Its inventory.
    layer : PlantLayer, optional
        Its plants, if known.

    Raises
    ------
    DafengError
        Where the plants of a branch exceed it by more than the errors of both.
    """
    place = _Place(case, inventory, plant_layer(case, inventory) if layer is None else layer)
    rows = []
    for limit in _limits():
        year, value = CHECKS[limit["id"]](place)
        low, high = float(limit["low"]), float(limit["high"])
        passes = bool(low <= value <= high) if np.isfinite(value) else pd.NA
        rows.append(
            (
                limit["id"], limit["zh"], limit["en"], year, value, limit["unit"], low, high, passes, limit["source"],
                limit["grade"], limit["note"],
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def cross_check_findings(case: Case, inventory: Inventory, layer: PlantLayer | None = None) -> list[Finding]:
    """Return a finding with both numbers for each cross-check that does not pass, after those of the plants.

    Parameters
    ----------
    case : Case
        The place.
    inventory : Inventory
        Its inventory.
    layer : PlantLayer, optional
        Its plants, if known.
    """
    known = plant_layer(case, inventory) if layer is None else layer
    table = cross_checks(case, inventory, known)
    failed = table[table["passes"].eq(False)]
    place = _Place(case, inventory, known)
    open_ones = table[table["passes"].isna() & table["id"].isin(OUTPUTS)].to_dict("records")
    missing = [row for row in open_ones if place.tce(OUTPUTS[str(row["id"])][0]) > 0]
    return [
        *known.findings,
        *(_finding(row) for row in failed.to_dict("records")),
        *(_not_made(row) for row in missing),
    ]


def _not_made(row: Mapping[object, object]) -> Finding:
    _, zh, en = OUTPUTS[str(row["id"])]
    return Finding(
        "cross-check-open", Severity.NOTE, f"inventory:{row['id']}:{row['year']}",
        f"{row['year']}年{row['zh']}未检查:需要{zh}", f"{row['year']}: {row['en']} not checked; it needs {en}",
    )  # fmt: skip


def _finding(row: Mapping[object, object]) -> Finding:
    value, low, high = (float(str(row[name])) for name in ("value", "low", "high"))
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    note = f"; {row['note']}" if row["note"] else ""
    return Finding(
        "cross-check", Severity.WARNING, f"inventory:{row['id']}:{row['year']}",
        f"{row['year']}年{row['zh']} {value:.3g}{unit},限值 {low:.3g}–{high:.3g}({row['grade']}级)",
        f"{row['year']}: {row['en']} {value:.3g}{unit}, limits {low:.3g} to {high:.3g} (grade {row['grade']}: {row['source']}){note}",
    )  # fmt: skip


@cache
def _limits() -> tuple[Mapping[str, str], ...]:
    return tuple(packaged_rows("dafeng.inventory", "data/cross_checks.csv"))


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")


def _coal_units_co2(place: _Place) -> Measured:
    return place.year, _ratio(place.combustion("power"), place.generation("thermal"))


def _coal_units_rate(place: _Place) -> Measured:
    tce = place.combustion("power", column="energy_tj") / TJ_PER_TCE
    return place.year, _ratio(tce * GRAMMES_PER_TONNE, place.generation("thermal") * KWH_PER_MWH)


def _thermal_row_co2(place: _Place) -> Measured:
    mine = place.co2[(place.co2["category"] == COMBUSTION) & (place.co2["year"] == place.year)]
    row = mine[(mine["row"] == THERMAL_ROW) & (mine["branch"] == "power")]
    return place.year, _ratio(float(row["value_t"].sum()), place.generation("thermal"))


def _plants_units_co2(place: _Place) -> Measured:
    units = place.layer.plants
    mine = units[(units["branch"] == "power") & units["value_t"].notna()]
    return place.year, _ratio(float(mine["value_t"].sum()), float(mine["output"].sum()))


def _hours(kind: str, fuels: tuple[str, ...]) -> Callable[["_Place"], Measured]:
    def check(place: _Place) -> Measured:
        units = place.case.power_units()
        size = sum(float(in_service(units, fuel, [place.year])[0]) for fuel in fuels)
        return place.year, _ratio(place.generation(kind), size)

    return check


def _chemicals_share(place: _Place) -> Measured:
    plants = place.case.table("plants")
    if not plants["branch"].isin(CHEMICALS).any():
        return place.year, float("nan")
    return place.year, _ratio(sum(place.combustion(name) for name in CHEMICALS), place.combustion())


def _refining_step(place: _Place) -> Measured:
    """Ratio of two consecutive years of refining furthest from 1."""
    by_year = {year: place.combustion("refining", year) for year in sorted(place.inventory.years)}
    steps = [
        (year, by_year[year] / by_year[year - 1])
        for year in by_year
        if by_year.get(year - 1, 0.0) > 0 and by_year[year] > 0
    ]
    return max(steps, key=lambda step: abs(np.log(step[1])), default=(place.year, float("nan")))


def _cement_process(place: _Place) -> Measured:
    """Process CO2 of the last year that has some, at most `NEAR_YEARS` before, over the works' output."""
    output = float(place.cement_works()["output"].sum())
    process = place.co2[(place.co2["category"] == PROCESS) & (place.co2["branch"] == "building_materials")]
    sums = process.groupby("year")["value_t"].sum()
    years = [int(y) for y in sums.index if place.year - NEAR_YEARS <= y <= place.year and sums[y] > 0]
    return (max(years), _ratio(float(sums[max(years)]), output)) if years else (place.year, float("nan"))


def _steel_co2(place: _Place) -> Measured:
    mill = place.layer.plants[place.layer.plants["branch"] == "steel"]
    return place.year, _ratio(place.combustion("steel"), float(mill["output"].sum()))


def _steel_energy(place: _Place) -> Measured:
    mills = place.layer.plants[place.layer.plants["branch"] == "steel"]
    return place.year, _ratio(place.tce(STEEL_ROW), place.made(mills, "output_crude_steel")) or float("nan")


def _cement_energy(place: _Place) -> Measured:
    output = place.made(place.cement_works(), "output_cement")
    return place.year, _ratio(place.tce(MINERALS_ROW), output) or float("nan")


def _clinker_energy(place: _Place) -> Measured:
    mine = place.co2[(place.co2["row"] == "clinker") & (place.co2["year"] == place.year)]
    return place.year, _ratio(place.tce(MINERALS_ROW), float(mine["activity"].sum())) or float("nan")


def _per_head(place: _Place) -> Measured:
    heads = (place.latest(name, "person") for name in HEADS)
    return place.year, _ratio(place.total(), next((n for n in heads if np.isfinite(n)), float("nan")))


def _per_gdp(place: _Place) -> Measured:
    return place.year, _ratio(place.total(), place.latest("gdp_current", "CNY")) * factor("万元", "CNY")


def _over(indicators: tuple[str, ...]) -> Callable[["_Place"], Measured]:
    def check(place: _Place) -> Measured:
        table = reference_table(place.inventory, place.case)
        mine = table[table["indicator"].isin(indicators)].sort_values("year")
        if mine.empty:
            return place.year, float("nan")
        near = mine.iloc[(mine["year"] - place.year).abs().to_numpy().argmin()]
        return int(near["year"]), _ratio(float(near["ours_t"]), float(near["theirs_t"]))

    return check


CHECKS: Mapping[str, Callable[[_Place], Measured]] = {
    "coal_units_co2": _coal_units_co2, "coal_units_rate": _coal_units_rate, "thermal_row_co2": _thermal_row_co2,
    "plants_units_co2": _plants_units_co2, "thermal_hours": _hours("thermal", ("coal", "gas", "oil")),
    "wind_hours": _hours("wind", ("wind",)), "hydro_hours": _hours("hydro", ("hydro",)),
    "chemicals_share": _chemicals_share, "refining_step": _refining_step, "cement_process": _cement_process,
    "steel_co2": _steel_co2, "steel_energy": _steel_energy, "cement_energy": _cement_energy, "clinker_energy": _clinker_energy, "co2_per_head": _per_head, "co2_per_gdp": _per_gdp,
    "over_edgar": _over(("co2_edgar_v8",)), "over_ceads": _over(("co2_ceads_city",)),
}  # fmt: skip
"""Function that measures each check, by its id in `cross_checks.csv`, which has the limits and names."""
