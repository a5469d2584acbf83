"""Activity burnt of a balance: final use less feedstock, and input of power and heat, as arrays and cells."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Severity
from dafeng.inventory.accounts.emission_factors import CHEMICAL_ROWS, POWER_ROW
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import fuel_names, row_names
from dafeng.inventory.equations.combustion import combustion_activity, sectoral_co2

FloatArray = NDArray[np.float64]

CARRIERS = frozenset({"Electricity", "Heat"})
"""Energy that emits where it is made, not where it is used."""

KEY = ["region", "year", "fuel"]

WHOLE_ROWS = ("Industry", "Mining", "Manufacturing", "Utilities", "Total Final Consumption")
"""Rows that hold the chemical branches where these are not on their own."""


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
    final = cells[cells["kind"].isin(("final", "branch", "own_use"))]
    final = pd.concat([final, _aggregates(cells, findings)])
    feedstock = cells[cells["kind"] == "non_energy"]
    _tell_feedstock(final, feedstock.groupby(KEY)["value"].sum(), findings)
    inputs = _transformation_inputs(cells)
    if merge:
        inputs = inputs.assign(row=POWER_ROW)
        # CEADs: other petroleum products burn as input of power and heating; every final use is feedstock
        stored_there = (final["row"] == POWER_ROW) & (final["fuel"] == "Other_Petroleum_Products")
        final = final.assign(value=final["value"].mask(stored_there, 0.0))
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
    chemical = np.isin(rows.astype(str), [*CHEMICAL_ROWS, *WHOLE_ROWS])
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


def _aggregates(cells: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """What the rows of branches and households leave of their totals, fuel by fuel.

    A total that the balance does not split for the fuel counts itself; of one that is split only in part
    the rest counts, with a finding. Subtotals of industry (采矿业 …) count where neither industry nor a
    branch has the fuel, the total of final use where no row at all has it.
    """
    used = {
        kind: cells[picked].groupby(KEY)["value"].sum()
        for kind, picked in (
            ("industry", cells["kind"] == "branch"),
            ("residential", cells["row"].isin(("Urban", "Rural"))),
        )
    }
    rests = [_rest(cells[cells["kind"] == kind], split, findings) for kind, split in used.items()]
    counted = [*rests, cells[cells["kind"].isin(("final", "branch"))]]
    for kind in ("subtotal", "final_total"):
        known = pd.concat(counted)
        known = known[(known["value"] != 0) & ((kind == "final_total") | known["kind"].isin(INDUSTRIAL))]
        whole = cells[(cells["kind"] == kind) & (cells["value"] > 0)]
        alone = whole[~pd.MultiIndex.from_frame(whole[KEY]).isin(pd.MultiIndex.from_frame(known[KEY]))]
        rests.append(alone)
        counted.append(alone)
        if kind == "final_total" and len(alone):
            findings.append(_not_split(alone, "final-use-not-split", _ONLY_TOTAL))
    _tell_bare_totals(cells, pd.concat(counted), findings)
    return pd.concat(rests)


def _tell_bare_totals(cells: pd.DataFrame, counted: pd.DataFrame, findings: list[Finding]) -> None:
    """Finding: fuels of which a table holds the total consumption alone, which is not estimated."""
    told = ~cells["kind"].isin(
        ("consumption_total", "supply_total", "supply", "outflow", "memo", "difference")
    )
    known = pd.concat([counted, cells[told]])
    known = known[known["value"] != 0]
    whole = cells[(cells["kind"] == "consumption_total") & (cells["value"] > 0)]
    bare = whole[~pd.MultiIndex.from_frame(whole[KEY]).isin(pd.MultiIndex.from_frame(known[KEY]))]
    if len(bare):
        findings.append(_not_split(bare, "consumption-not-split", _ONLY_CONSUMPTION))


INPUTS = ("power_input", "heat_input")


INDUSTRIAL = ("branch", "industry", "subtotal")
ROUNDING = 5e-3
"""Share of a total below which it and the sum of its rows differ by rounding."""

_ONLY_TOTAL = (
    "只有终端消费合计,没有分行数据:按合计计算",
    "only the total of final use, no row: the total is counted",
)
_ONLY_CONSUMPTION = (
    "只有消费量合计,不能区分燃烧、加工转换与损失:未估算(NE)",
    "only total consumption, in which burning, transformation and losses are one: not estimated (NE)",
)
_PARTLY_SPLIT = (
    "合计大于各行之和:差额按合计行计算",
    "the total exceeds the sum of its rows: the rest counts in the row of the total",
)


def _rest(whole: pd.DataFrame, split: "pd.Series[float]", findings: list[Finding]) -> pd.DataFrame:
    """The totals `whole` less what their rows `split` [KEY] hold; negative rests and rounding are 0."""
    if whole.empty:
        return whole
    whole = whole.groupby([*KEY, "row", "kind", "unit"], sort=False)["value"].sum().reset_index()
    held = split.reindex(pd.MultiIndex.from_frame(whole[KEY])).fillna(0.0).to_numpy()
    total = whole["value"].to_numpy(dtype=np.float64)
    places = set(zip(split.index.get_level_values(0), split.index.get_level_values(1), strict=True))
    split_here = np.array(
        [place in places for place in zip(whole["region"], whole["year"], strict=True)], dtype=bool
    )
    counts = np.where(held == 0, (total != 0) | ~split_here, total - held > ROUNDING * np.abs(total))
    rests: pd.DataFrame = whole.assign(value=total - held)[counts]
    partly = rests[held[counts] != 0]
    if len(partly):
        findings.append(_not_split(partly, "total-partly-split", _PARTLY_SPLIT))
    return rests


def _not_split(cells: pd.DataFrame, code: str, words: tuple[str, str]) -> Finding:
    """One finding on totals without, or with too few, rows: the fuels and their amounts."""
    amounts = cells.groupby(["fuel", "unit"], sort=False)["value"].sum().reset_index()
    named = [
        (fuel_names()[str(fuel)], str(unit), float(amount))
        for fuel, unit, amount in amounts.itertuples(index=False, name=None)
    ]
    zh = "、".join(f"{fuel.zh}{amount:,.0f} {unit}" for fuel, unit, amount in named)
    en = ", ".join(f"{fuel.fuel} {amount:,.0f} {unit}" for fuel, unit, amount in named)
    row = row_names()[str(cells["row"].iloc[0])]
    return Finding(
        code, Severity.WARNING, row.row, f"{row.zh}:{words[0]}({zh})", f"{row.row}: {words[1]} ({en})"
    )


def _tell_feedstock(final: pd.DataFrame, feedstock: "pd.Series[float]", findings: list[Finding]) -> None:
    """Findings: feedstock deducted from industry as a whole, and feedstock above the use it comes from."""
    if feedstock.empty:
        return
    chemical = final["row"].isin((*CHEMICAL_ROWS, *WHOLE_ROWS))
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
    rows = cells[cells["kind"].isin(INPUTS)]
    if rows.empty:
        return rows
    signs = np.sign(rows["value"]) * np.where(rows["fuel"] == "Raw_Coal", 100.0, 1.0)
    direction = signs.groupby([rows["region"], rows["year"]]).sum()
    index = pd.MultiIndex.from_frame(rows[["region", "year"]])
    sign = np.where(direction.reindex(index).to_numpy() < 0, -1.0, 1.0)
    return rows.assign(value=np.maximum(rows["value"] * sign, 0.0))
