"""Activity burnt of a balance: final use less feedstock, and input of power and heat, as arrays and cells."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Severity
from dafeng.inventory.accounts.emission_factors import CHEMICAL_ROWS, POWER_ROW
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import fuel_names
from dafeng.inventory.equations.combustion import combustion_activity, sectoral_co2

FloatArray = NDArray[np.float64]

CARRIERS = frozenset({"Electricity", "Heat"})
"""Energy that emits where it is made, not where it is used."""

KEY = ["region", "year", "fuel"]


@dataclass(frozen=True)
class Burnt:
    """Activity burnt of a balance: `cells` and the arrays that they come from.

    `cells` [region, year, row, fuel, amount, unit].

    `use` [place, row, fuel], `inputs` and `feedstock` [place, fuel], `chemical` [row], `power` the row of
    the inputs, as `combustion_activity` takes them; place is a region and year; `at` is the place, row and
    fuel of each cell.
    """

    cells: pd.DataFrame
    use: FloatArray
    inputs: FloatArray
    feedstock: FloatArray
    chemical: NDArray[np.bool_]
    power: int
    at: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]

    def co2(self, factor: FloatArray) -> FloatArray:
        """Compute the CO2 [t] of each cell by the sectoral approach.

        `factor` [cell] tCO2 per fuel unit, NaN where missing.
        """
        rates = np.full(self.use.shape, np.nan)
        rates[self.at] = factor
        return sectoral_co2(self.use, self.inputs, self.feedstock, self.chemical, self.power, rates)[self.at]


def burnt_activity(balance: Balance, *, merge: bool, findings: list[Finding]) -> Burnt:
    """Compute the activity burnt, in fuel units: final use less feedstock, and the input of power and heat.

    `merge`: columns of CEADs (gases of steel works in Other_Gas and so on; LNG has none and is left out with
    a finding), power and heat input in the power branch. Findings are added to `findings`.
    """
    cells = balance.cells[~balance.cells["fuel"].isin(CARRIERS)]
    if merge:
        cells = _merge_columns(cells)
    final = cells[cells["kind"].isin(("final", "branch"))]
    final = pd.concat([final, _aggregates(cells)])
    feedstock = cells[cells["kind"] == "non_energy"]
    _tell_feedstock(final, feedstock.groupby(KEY)["value"].sum(), findings)
    inputs = _transformation_inputs(cells)
    if merge:
        inputs = inputs.assign(row=POWER_ROW)
    parts = pd.concat([final, inputs, feedstock])[["region", "year", "row", "fuel", "value", "unit"]]
    place = parts.groupby(["region", "year"], sort=False).ngroup().to_numpy(dtype=np.intp)
    row, rows = pd.factorize(parts["row"])
    fuel, fuels = pd.factorize(parts["fuel"])
    shape = (int(place.max(initial=-1)) + 1, max(len(rows), 1), max(len(fuels), 1))
    value = parts["value"].to_numpy(dtype=np.float64)
    use, taken, stored = np.zeros(shape), np.zeros((shape[0], shape[2])), np.zeros((shape[0], shape[2]))
    # without CEADs' columns the inputs keep rows of their own, which nothing is taken out of
    ends = (len(final), len(final) + (0 if merge else len(inputs)), len(final) + len(inputs))
    np.add.at(use, (place[: ends[1]], row[: ends[1]], fuel[: ends[1]]), value[: ends[1]])
    np.add.at(taken, (place[ends[1] : ends[2]], fuel[ends[1] : ends[2]]), value[ends[1] : ends[2]])
    np.add.at(stored, (place[ends[2] :], fuel[ends[2] :]), value[ends[2] :])
    chemical = np.isin(rows.astype(str), [*CHEMICAL_ROWS, "Industry"])
    power = list(rows).index(POWER_ROW) if POWER_ROW in set(rows) else 0
    first = ~parts[["region", "year", "row", "fuel"]].duplicated().to_numpy()
    first[ends[2] :] = False
    at = (place[first], row[first], fuel[first])
    amount = combustion_activity(use, taken, stored, chemical, power)[at]
    burnt = parts[first].drop(columns="value").assign(amount=amount).reset_index(drop=True)
    burnt = burnt[["region", "year", "row", "fuel", "amount", "unit"]]
    return Burnt(burnt, use, taken, stored, chemical, power, at)


def _merge_columns(cells: pd.DataFrame) -> pd.DataFrame:
    """Fuels in the columns of CEADs.

    Those without one, and those that came as energy, keep their own name.
    """
    column = cells["fuel"].map({name.fuel: name.ceads_fuel for name in fuel_names().values()})
    own = column == ""
    if "by_energy" in cells:
        own |= cells["by_energy"]
    return cells.assign(fuel=column.where(~own, cells["fuel"]))


def _aggregates(cells: pd.DataFrame) -> pd.DataFrame:
    """Industry and households as one row, where the balance does not split them for that fuel and year."""
    picked = []
    for kind, parts in (
        ("industry", cells["kind"] == "branch"),
        ("residential", cells["row"].isin(("Urban", "Rural"))),
    ):
        split = set(map(tuple, cells[parts][["region", "year"]].to_numpy().tolist()))
        whole = cells[cells["kind"] == kind]
        alone = [key not in split for key in map(tuple, whole[["region", "year"]].to_numpy().tolist())]
        picked.append(whole[np.array(alone, dtype=bool)])
    return pd.concat(picked)


def _tell_feedstock(final: pd.DataFrame, feedstock: "pd.Series[float]", findings: list[Finding]) -> None:
    """Findings: feedstock deducted from industry as a whole, and feedstock above the use it comes from."""
    if feedstock.empty:
        return
    chemical = final["row"].isin(CHEMICAL_ROWS) | (final["row"] == "Industry")
    use = final[chemical].groupby(KEY)["value"].sum()
    whole = final[(final["row"] == "Industry") & (final["value"] != 0)]
    unsplit = feedstock[feedstock != 0].index.intersection(pd.MultiIndex.from_frame(whole[KEY]))
    if len(unsplit):
        findings.append(_from_whole_industry(sorted({str(fuel) for _, _, fuel in unsplit})))
    excess = feedstock[feedstock > use.reindex(feedstock.index).fillna(0.0) * (1 + 1e-9)]
    if len(excess):
        findings.append(_excess(excess))


def _from_whole_industry(fuels: list[str]) -> Finding:
    zh = "、".join(fuel_names()[fuel].zh for fuel in fuels)
    return Finding(
        "feedstock-of-whole-industry",
        Severity.NOTE,
        "Industry",
        f"平衡表没有分行业:用作原料、材料从工业合计中扣除({zh});CEADs只从化工五行业扣除,至多扣到零,其结果可能略高",
        f"no industrial branches: non-energy use is taken out of industry as a whole ({', '.join(fuels)}); CEADs takes "
        "it out of five chemical branches and never below zero, so its figure may be a little higher",
    )


def _excess(excess: "pd.Series[float]") -> Finding:
    """One finding for all fuels and years whose non-energy use exceeds the chemical branches' use."""
    years: dict[str, list[str]] = {}
    for region, year, fuel in excess.index.to_flat_index():
        years.setdefault(fuel, []).append(f"{region} {year}".strip())
    zh = "; ".join(f"{fuel_names()[fuel].zh} {'、'.join(when)}" for fuel, when in years.items())
    en = "; ".join(f"{fuel} {', '.join(when)}" for fuel, when in years.items())
    return Finding(
        "feedstock-exceeds-use",
        Severity.WARNING,
        "non-energy use",
        f"用作原料、材料的数量超过化工行业用量,化工燃烧按零计、不为负:{zh}",
        f"non-energy use exceeds the chemical branches' use, which then burn none (never less): {en}",
    )


def _transformation_inputs(cells: pd.DataFrame) -> pd.DataFrame:
    """Fuel input of thermal power and heating, positive, whichever sign the edition prints."""
    rows = cells[cells["kind"].isin(("power_input", "heat_input"))]
    if rows.empty:
        return rows
    signs = np.sign(rows["value"]) * np.where(rows["fuel"] == "Raw_Coal", 100.0, 1.0)
    direction = signs.groupby([rows["region"], rows["year"]]).sum()
    index = pd.MultiIndex.from_frame(rows[["region", "year"]])
    sign = np.where(direction.reindex(index).to_numpy() < 0, -1.0, 1.0)
    return rows.assign(value=np.maximum(rows["value"] * sign, 0.0))
