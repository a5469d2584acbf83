"""CO2 of fuel combustion from an energy balance: the sectoral approach, over whole tables at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Severity
from dafeng.inventory.accounts.emission_factors import CEADS, CHEMICAL_ROWS, POWER_ROW, Factor, factors_of
from dafeng.inventory.balance import identities
from dafeng.inventory.balance.calibration import coal_calibration
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import fuel_names
from dafeng.inventory.equations.combustion import (
    approach_difference,
    combustion_activity,
    reference_approach_co2,
    sectoral_co2,
)

FloatArray = NDArray[np.float64]

CARRIERS = frozenset({"Electricity", "Heat"})
"""Energy that emits where it is made, not where it is used."""

MADE_HERE = frozenset({"Coke_Oven_Gas", "Blast_Furnace_Gas", "Converter_Gas", "Other_Gas", "Other_Energy"})
LARGE_DIFFERENCE = 0.05

_KEY = ["region", "year", "fuel"]


@dataclass(frozen=True)
class Combustion:
    """`emissions` [region, row, fuel, gas, year, value (tCO2), activity, unit, factor, grade, source]."""

    emissions: pd.DataFrame
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """`{"emissions": [...], "findings": [...]}` as `inventory from-balance --json` prints it."""
        columns = ["region", "row", "fuel", "gas", "year", "value"]
        lines = [
            {**dict(zip(columns, values, strict=True)), "unit": "tCO2"}
            for values in self.emissions[columns].itertuples(index=False, name=None)
        ]
        return {"emissions": lines, "findings": [f.as_dict() for f in self.findings]}


def combustion_of(
    balance: Balance, factor_set: str = CEADS, overrides: Mapping[tuple[str, str], str] | None = None
) -> Combustion:
    """CO2 of every burning row and fuel of `balance` with the factors of `factor_set`.

    Final use, with non-energy use taken out of the five chemical branches (or of industry where the balance
    has no branches), and the input of thermal power and heating. With `ceads`, power and heat input stand in
    the power branch and fuels in the columns of CEADs; with other sets they keep their rows. `overrides` gives
    single cells another set: (row, fuel) → set, row "" for every row of the fuel. Where the file also has the
    standard-coal table, coal factors other than CEADs' constants are scaled to its calorific values, with a finding.

    Raises: DafengError for an unknown set, for shifted labels, and for a fuel without any factor that is
    part of the set's own claim (others become findings, their emissions NE).
    """
    factors = factors_of(factor_set)
    findings = list(balance.findings)
    notes, problems = identities.check(balance.cells)
    if problems:
        raise DafengError(problems)
    findings += notes
    whole = burnt_activity(balance, merge=factor_set == CEADS, findings=findings)
    burnt = whole.cells
    pairs = list(zip(burnt["row"], burnt["fuel"], strict=True))
    others = overrides or {}
    chosen = {}
    for r, f in set(pairs):
        own = others.get((r, f), others.get(("", f)))
        known = factors if own is None else factors_of(own)
        chosen[r, f] = known.get((r, f)) or known.get(("", f)) or _part_of_power(known, r, f)
    present = np.array([chosen[pair] is not None for pair in pairs], dtype=bool)
    lost = burnt[~present & (burnt["amount"] != 0).to_numpy()]
    missing: dict[str, list[str]] = {}
    for row, fuel, year in zip(lost["row"], lost["fuel"], lost["year"], strict=True):
        missing.setdefault(fuel, []).append(f"{row} {year}")
    told: dict[tuple[str, str], set[str]] = {}
    for (row, fuel), factor in chosen.items():
        if factor is not None and factor.how:
            told.setdefault((fuel, factor.how), set()).add(row)
    rate = np.array([np.nan if (f := chosen[pair]) is None else f.value for pair in pairs])
    ratios, told_of_coal = coal_calibration(balance)
    findings += told_of_coal
    if ratios and factor_set != CEADS:
        keys = zip(burnt["region"], burnt["year"], burnt["fuel"], strict=True)
        rate = rate * np.array([ratios.get(key, 1.0) for key in keys])
    of_cell = [factor for pair in pairs if (factor := chosen[pair]) is not None]
    used = burnt.assign(gas="CO2", factor=rate, value=whole.co2(rate))[present]
    used = used.rename(columns={"amount": "activity"})
    used = used.assign(grade=[f.grade for f in of_cell], source=[f.source for f in of_cell])
    findings += _factor_findings(factor_set, missing, told)
    ours = used.groupby(["region", "year"])["value"].sum()
    findings += compare_approaches(balance, factor_set, ours)
    columns = [
        "region",
        "row",
        "fuel",
        "gas",
        "year",
        "value",
        "activity",
        "unit",
        "factor",
        "grade",
        "source",
    ]
    return Combustion(used[columns].reset_index(drop=True), tuple(findings))


def reference_approach(balance: Balance, factor_set: str = "gbt32151_22_2024") -> pd.DataFrame:
    """CO2 by the reference approach [region, year, fuel, apparent, co2_t], from what a place has for consumption.

    Apparent consumption is the balance's own line (production + inflow − outflow + stock draw, its signs settled
    by the identities) less non-energy use, times the fuel's factor. Gases made from coke and coal in the place
    are left out: their carbon crossed the boundary as coal. Empty where the balance has no supply.

    Raises: DafengError for an unknown set.
    """
    factors = factors_of(factor_set)
    cells = balance.cells[~balance.cells["fuel"].isin(CARRIERS | MADE_HERE)]
    supply = cells[cells["kind"] == "supply_total"].groupby(_KEY)["value"].sum()
    feedstock = cells[cells["kind"] == "non_energy"].groupby(_KEY)["value"].sum()
    table = supply.rename("apparent").reset_index()
    single = {f: factors.get(("", f)) or factors.get(("Industry", f)) for f in table["fuel"].unique()}
    stored = feedstock.reindex(supply.index).fillna(0.0).to_numpy()
    ncv, carbon, oxidation = (
        table["fuel"]
        .map({f: getattr(known, name) for f, known in single.items() if known is not None})
        .astype("float64")
        for name in ("net_calorific_value", "carbon", "oxidation")
    )
    table["co2_t"] = reference_approach_co2(table["apparent"] * ncv, carbon, stored * ncv * carbon, oxidation)
    return table


def compare_approaches(balance: Balance, factor_set: str, ours: "pd.Series[float]") -> list[Finding]:
    """Compare the reference approach with the sectoral CO2 `ours` [(region, year)]; one finding a place and year.

    Empty where the balance has no supply.
    """
    cells = balance.cells
    if not (cells["kind"] == "supply_total").any():
        return []
    theirs = reference_approach(balance, factor_set).groupby(["region", "year"])["co2_t"].sum()
    found = []
    for place in sorted(set(ours.index) & set(theirs.index)):
        if not (ours[place] > 0 and theirs[place] > 0):
            continue
        gap = float(approach_difference(theirs[place], ours[place]))
        large = abs(gap) > LARGE_DIFFERENCE
        found.append(
            Finding(
                "reference-approach",
                Severity.WARNING if large else Severity.NOTE,
                " ".join(map(str, place)).strip(),
                f"参考方法与部门方法相差{gap:+.1%}" + (",超过5%,需说明" if large else ""),
                f"reference approach differs from the sectoral by {gap:+.1%}"
                + (": above 5 %, to be explained" if large else ""),
            )
        )
    return found


def _part_of_power(factors: dict[tuple[str, str], Factor], row: str, fuel: str) -> Factor | None:
    return factors.get((POWER_ROW, fuel)) if row in ("Thermal Power", "Heating Supply") else None


@dataclass(frozen=True)
class Burnt:
    """What a balance burns: `cells` [region, year, row, fuel, amount, unit] and the arrays that they come from.

    `use` [place, row, fuel], `inputs` and `feedstock` [place, fuel], `chemical` [row], `power` the row of the inputs, as
    `combustion_activity` takes them; place is a region and year; `at` is the place, row and fuel of each cell.
    """

    cells: pd.DataFrame
    use: FloatArray
    inputs: FloatArray
    feedstock: FloatArray
    chemical: NDArray[np.bool_]
    power: int
    at: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]

    def co2(self, factor: FloatArray) -> FloatArray:
        """CO2 [t] of each cell by the sectoral approach; `factor` [cell] tCO2 per fuel unit, NaN where missing."""
        rates = np.full(self.use.shape, np.nan)
        rates[self.at] = factor
        return sectoral_co2(self.use, self.inputs, self.feedstock, self.chemical, self.power, rates)[self.at]


def burnt_activity(balance: Balance, *, merge: bool, findings: list[Finding]) -> Burnt:
    """What is burnt, in fuel units: final use less feedstock, and the input of power and heat.

    `merge`: columns of CEADs (gases of steel works in Other_Gas and so on; LNG has none and is left out with
    a finding), power and heat input in the power branch. Findings are added to `findings`.
    """
    cells = balance.cells[~balance.cells["fuel"].isin(CARRIERS)]
    if merge:
        cells = _merge_columns(cells, findings)
    final = cells[cells["kind"].isin(("final", "branch"))]
    final = pd.concat([final, _aggregates(cells)])
    feedstock = cells[cells["kind"] == "non_energy"]
    _tell_feedstock(final, feedstock.groupby(_KEY)["value"].sum(), findings)
    inputs = _transformation_inputs(cells)
    if merge:
        inputs = inputs.assign(row=POWER_ROW)
    parts = pd.concat([final, inputs, feedstock])[["region", "year", "row", "fuel", "value", "unit"]]
    place = pd.factorize(pd.MultiIndex.from_frame(parts[["region", "year"]]))[0]
    row, rows = pd.factorize(parts["row"])
    fuel, fuels = pd.factorize(parts["fuel"])
    shape = (int(place.max(initial=-1)) + 1, len(rows), len(fuels))
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


def _merge_columns(cells: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    column = cells["fuel"].map({name.fuel: name.ceads_fuel for name in fuel_names().values()})
    dropped = cells[(column == "") & (cells["value"] != 0)]
    if len(dropped):
        kinds = ", ".join(sorted(dropped["fuel"].unique()))
        findings.append(
            Finding(
                "no-ceads-column",
                Severity.WARNING,
                kinds,
                f"CEADs口径没有{kinds}一栏,其排放未计入(NE)",
                f"CEADs has no column for {kinds}: not estimated (NE)",
                ("fuels_ceads_implied",),
            )
        )
    return cells.assign(fuel=column)[column != ""]


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
    """Findings where feedstock is taken out of industry as a whole, and where it exceeds the use it comes from."""
    if feedstock.empty:
        return
    chemical = final["row"].isin(CHEMICAL_ROWS) | (final["row"] == "Industry")
    use = final[chemical].groupby(_KEY)["value"].sum()
    whole = final[(final["row"] == "Industry") & (final["value"] != 0)]
    unsplit = feedstock[feedstock != 0].index.intersection(pd.MultiIndex.from_frame(whole[_KEY]))
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


def _factor_findings(
    factor_set: str, missing: dict[str, list[str]], told: dict[tuple[str, str], set[str]]
) -> Iterable[Finding]:
    for fuel, cells in sorted(missing.items()):
        yield Finding(
            "factor-missing",
            Severity.WARNING,
            fuel,
            f"{factor_set}没有{fuel}的排放因子:{len(cells)}个单元未估算(NE),如{cells[0]}",
            f"{factor_set} has no factor for {fuel}: {len(cells)} cells not estimated (NE), as {cells[0]}",
            (factor_set,),
        )
    for (fuel, how), rows in sorted(told.items()):
        listed = ", ".join(sorted(rows)[:3]) + ("…" if len(rows) > 3 else "")
        yield Finding(
            "factor-derived",
            Severity.NOTE,
            fuel,
            f"{fuel}的因子不是{factor_set}原有:{how}({listed})",
            f"factor of {fuel} is not {factor_set}'s own: {how} ({listed})",
            (factor_set,),
        )
