"""Carbon balance of coking, blast furnaces and converters: gases counted with their coke, and the bridge of totals.

The sectoral approach counts coke and coal as burnt where they enter the furnace and the furnace's gases again
where they burn. Other gas of a balance that has no column of blast-furnace gas is that gas: at its carbon content
the gases of 30 provinces hold 0.9 of the carbon of coke and coal of iron and steel (median of 2018, 2020, 2022).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.factors import DEFAULT_SET
from dafeng.inventory.accounts.downscaling import distinct, energy_cells
from dafeng.inventory.accounts.emission_factors import Factor, factors_of
from dafeng.inventory.accounts.model import COMBUSTION, Inventory, summed_range
from dafeng.inventory.analysis.gas_sources import gas_without_source
from dafeng.inventory.balance.names import fuel_title
from dafeng.inventory.equations.carbon_balance import (
    carbon_difference,
    share_counted_twice,
    unoxidised_co2,
)
from dafeng.inventory.equations.default_uncertainties import fuel_half_width
from dafeng.inventory.equations.uncertainty import combine_product

STEEL_ROW = "Smelting and Pressing of Ferrous Metals"
FURNACE_GASES = ("Blast_Furnace_Gas", "Converter_Gas")
FURNACE_FUELS = ("Coke", "Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes", "Gangue")
COKING_ROW = "Coking"
COKING_IN = ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal")
COKING_OUT = ("Coke", "Coke_Oven_Gas", "Other_Coking_Products")
KEYS = ["region", "year"]
OPEN_COKING = 0.2
"""Difference of carbon out and in of coking above which it is told: 30 provinces are between −0.06 and 0.18."""
LISTED = 5


@dataclass(frozen=True, slots=True)
class GasBalance:
    """Furnace balance of a place and year, and the CO2 of its gases that is counted twice.

    Carbon [t]: `fuel_carbon_t` of coke and coal of iron and steel, `gas_carbon_t` of the gases. CO2 [t]: `gas_co2_t`
    as counted, `twice_t` of it with its 95 % range, `unoxidised_t` what the oxidation of the furnaces' fuels leaves
    out (counted by tier 2 of IPCC 2006 vol. 3 ch. 4).
    """

    region: str
    year: int
    fuel_carbon_t: float
    gas_carbon_t: float
    gas_co2_t: float
    twice_t: float
    low_t: float
    high_t: float
    unoxidised_t: float


def gas_balances(cells: pd.DataFrame, factor_set: str) -> list[GasBalance]:
    """Compute the furnace balance of each region and year that burns gases of furnaces.

    Parameters
    ----------
    cells
        Combustion: region, year, row, fuel, activity [fuel unit], value, low, high [t CO2], group.
    factor_set
        Set that the cells were computed with.

    Returns
    -------
    Balances in the order of region and year; none for a place without such gases.
    """
    (regions, years), at = distinct(
        cells["region"].to_numpy(dtype=object), cells["year"].to_numpy(dtype=np.int64)
    )
    rows, fuels, groups = (cells[name].to_numpy(dtype=object) for name in ("row", "fuel", "group"))
    activity, value, low, high = (
        cells[name].to_numpy(dtype=np.float64) for name in ("activity", "value", "low", "high")
    )
    factors = {fuel: _factor(factor_set, fuel) for fuel in set(fuels)}
    carbon = activity * np.array([factors[f].net_calorific_value * factors[f].carbon_content for f in fuels])
    left = unoxidised_co2(value, np.array([factors[fuel].oxidation for fuel in fuels]))
    burnt = activity > 0
    own_gas = pd.Series(fuels).isin(FURNACE_GASES).to_numpy() & burnt
    steel = (rows == STEEL_ROW) & pd.Series(fuels).isin(FURNACE_FUELS).to_numpy() & burnt
    coke = (rows == "Industry") & (fuels == "Coke") & burnt
    spread = float(combine_product([fuel_half_width("Coke"), fuel_half_width("Other_Gas")]))
    other_gas = (fuels == "Other_Gas") & burnt
    cells_of = np.split(np.argsort(at, kind="stable"), np.cumsum(np.bincount(at, minlength=len(years)))[:-1])
    found = []
    for place in sorted(range(len(years)), key=lambda i: (regions[i], years[i])):
        here = cells_of[place]
        # a balance with a column for blast-furnace gas has gas of other origin in the one of other gas
        gas = here[own_gas[here] if own_gas[here].any() else other_gas[here]]
        # a balance without branches has the coke of industry alone
        fuel = here[steel[here] if steel[here].any() else coke[here]]
        co2, least, most = summed_range(value[gas], low[gas], high[gas], groups[gas])
        if not co2 > 0:
            continue
        fuel_carbon, gas_carbon = float(carbon[fuel].sum()), float(carbon[gas].sum())
        shares = share_counted_twice(fuel_carbon * np.array([1.0, 1.0 - spread, 1.0 + spread]), gas_carbon)
        twice, less, more = (float(one) for one in np.array([co2, least, most]) * shares)
        found.append(
            GasBalance(
                str(regions[place]),
                int(years[place]),
                fuel_carbon,
                gas_carbon,
                co2,
                twice,
                less,
                more,
                float(left[fuel].sum()),
            )
        )
    return found


def _factor(factor_set: str, fuel: str) -> Factor:
    """Factor of the set; of gas of furnaces in the column of other gas that of blast-furnace gas."""
    default = factors_of(DEFAULT_SET)
    if fuel == "Other_Gas":
        return default["", "Blast_Furnace_Gas"]
    known = factors_of(factor_set).get(("", fuel))
    # factors without parts (CEADs) hold no carbon content: that of the default set
    return known if known is not None and not np.isnan(known.carbon_content) else default["", fuel]


def coking_balances(cells: pd.DataFrame, factor_set: str) -> pd.DataFrame:
    """Compute the carbon balance of coking [region, year, in_t, coke_t, gas_t, tar_t, difference_t].

    Carbon [t]. The difference is emitted in the ovens, in a product that the balance does not list, or an error of
    the contents; the sectoral approach counts none of it.

    Parameters
    ----------
    cells
        Energy balance: region, year, row, fuel, value [fuel unit]; inputs and products of opposite signs.
    factor_set
        Set whose carbon contents count.

    Returns
    -------
    One row a region and year with coking.
    """
    coking = cells[
        (cells["row"] == COKING_ROW).to_numpy() & cells["fuel"].isin((*COKING_IN, *COKING_OUT)).to_numpy()
    ]
    factors = [_factor(factor_set, fuel) for fuel in coking["fuel"]]
    contents = np.array([factor.net_calorific_value * factor.carbon_content for factor in factors])
    carbon = np.abs(coking["value"].to_numpy(dtype=np.float64)) * contents
    table = coking.assign(carbon=carbon).pivot_table(
        index=KEYS, columns="fuel", values="carbon", aggfunc="sum"
    )
    table = table.reindex(columns=[*COKING_IN, *COKING_OUT]).fillna(0.0)
    table = table[table[list(COKING_IN)].sum(axis=1) > 0]
    made = dict(zip(("coke_t", "gas_t", "tar_t"), (table[fuel] for fuel in COKING_OUT), strict=True))
    entered = table[list(COKING_IN)].sum(axis=1)
    left = carbon_difference(table[list(COKING_IN)].to_numpy(), table[list(COKING_OUT)].to_numpy())
    return pd.DataFrame({"in_t": entered, **made, "difference_t": left}, index=table.index).reset_index()


def case_coking_balances(case: Case, factor_set: str) -> pd.DataFrame:
    """Compute the carbon balance of coking of the place whose energy balance a case has or inherits.

    Parameters
    ----------
    case
        The case.
    factor_set
        Set whose carbon contents count.

    Returns
    -------
    As `coking_balances`; region is the place of the balance.
    """
    energy = case.energy()
    if not len(energy):
        return coking_balances(pd.DataFrame(columns=[*KEYS, "row", "fuel", "value"]), factor_set)
    owner = str(energy["inherited_from"].iloc[0]) or case.name
    energy = energy[(energy["row"] == COKING_ROW).to_numpy()]
    return coking_balances(energy_cells(energy).assign(region=owner), factor_set)


def inventory_gas_balances(inventory: Inventory) -> list[GasBalance]:
    """Return the furnace balance of each year of an inventory.

    Parameters
    ----------
    inventory
        The inventory.

    Returns
    -------
    Balances by year.
    """
    whole = inventory.cells
    chosen = np.flatnonzero(
        whole["fuel"].isin((*FURNACE_GASES, *FURNACE_FUELS, "Other_Gas")).to_numpy()
        & (whole["category"].to_numpy(dtype=object) == COMBUSTION)
        & (whole["key"].to_numpy(dtype=object) == "")
    )
    names = {"value": "value_t", "low": "low_t", "high": "high_t"}
    names |= {name: name for name in ("year", "row", "fuel", "activity", "group")}
    cells = pd.DataFrame({name: whole[source].to_numpy()[chosen] for name, source in names.items()})
    return gas_balances(cells.assign(region=inventory.region), inventory.options["fuel_set"])


def gas_bridge(inventory: Inventory, account: str = "A") -> pd.DataFrame:
    """Bridge the total of an account to its value by the carbon balance of furnaces.

    Rows by year: `counted` (the account as published, unchanged), `gases_counted_twice`, `carbon_balance` (their
    sum), and as information `unoxidised` (what tier 2 of IPCC 2006 adds: no oxidation fraction).

    Parameters
    ----------
    inventory
        The inventory.
    account
        A, B or C.

    Returns
    -------
    Columns year, step, value_t, low_t, high_t [t CO2, for B and C t CO2e].
    """
    lines = []
    for balance in inventory_gas_balances(inventory):
        total = inventory.totals(account, [balance.year])[0]
        off = (-balance.twice_t, -balance.high_t, -balance.low_t)
        lines += [
            (balance.year, "counted", total.value_t, total.low_t, total.high_t),
            (balance.year, "gases_counted_twice", *off),
            (
                balance.year,
                "carbon_balance",
                total.value_t + off[0],
                total.low_t + off[1],
                total.high_t + off[2],
            ),
            (balance.year, "unoxidised", balance.unoxidised_t, float("nan"), float("nan")),
        ]
    return pd.DataFrame(lines, columns=["year", "step", "value_t", "low_t", "high_t"])


def combustion_gas_balances(used: pd.DataFrame, factor_set: str) -> list[GasBalance]:
    """Return the furnace balance of each region and year of a balance's combustion.

    Parameters
    ----------
    used
        Combustion: region, year, row, fuel, activity, value [t CO2], half_width (relative, 95 %).
    factor_set
        Set of the emission factors.

    Returns
    -------
    Balances in the order of region and year.
    """
    spread = used["value"] * used["half_width"]
    cells = used.assign(low=used["value"] - spread, high=used["value"] + spread, group=used["row"])
    return gas_balances(cells, factor_set)


def balance_findings(used: pd.DataFrame, balance: pd.DataFrame, factor_set: str) -> list[Finding]:
    """Return the findings of a balance on gases counted with their coke or burnt without any, and on open coking.

    Parameters
    ----------
    used
        Combustion: region, year, row, fuel, activity, value [t CO2], half_width (relative, 95 %).
    balance
        Cells of the energy balance.
    factor_set
        Set of the emission factors.

    Returns
    -------
    At most one finding of each kind, with the places.
    """
    found = []
    twice = [one for one in combustion_gas_balances(used, factor_set) if one.twice_t > 0]
    twice.sort(key=lambda one: -one.twice_t)
    if twice:
        co2 = sum(one.twice_t for one in twice)
        zh, en = (
            _listed([f"{f'{one.region} {one.year}'.strip()} {one.twice_t / 1e4:,.0f}" for one in twice], sign)
            for sign in "、,"
        )
        found.append(
            Finding(
                "byproduct-gas-beside-coke", Severity.WARNING, "carbon balance",
                f"高炉、转炉煤气与其焦炭、煤并列计入:重复{co2 / 1e4:,.0f}万吨CO2({zh}),按炉内碳平衡;未扣除",
                f"gases of furnaces are counted with their coke and coal: {co2 / 1e4:,.0f} × 10⁴ t CO2 twice ({en}), by the carbon balance "
                "of the furnaces; not deducted",
            )
        )  # fmt: skip
    alone = gas_without_source(used, balance).sort_values("co2_t", ascending=False, kind="stable")
    if len(alone):
        co2 = float(alone["co2_t"].sum())
        zh, en = (
            _listed(
                [
                    f"{f'{r} {y}'.strip()} {name(f)} {t / 1e4:,.2f}"
                    for r, y, f, t in alone.itertuples(index=False)
                ],
                sign,
            )
            for sign, name in (("、", fuel_title), (",", str))
        )
        found.append(
            Finding(
                "gas-without-coke", Severity.WARNING, "carbon balance",
                f"有副产煤气消费而表中没有产生它的炼焦、高炉或制气投入,也没有足够的调入量:涉及{co2 / 1e4:,.2f}万吨CO2({zh});已计入,"
                "请核对焦炭、炼焦投入是否漏填,外来煤气填入调入量",
                f"by-product gas is burnt without coke, coking or gas works in the balance and without as much inflow: {co2 / 1e4:,.2f} × 10⁴ t "
                f"CO2 ({en}); counted; check for missing coke or inputs of coking, and enter bought gas as inflow",
            )
        )  # fmt: skip
    coking = coking_balances(balance, factor_set)
    part = (coking["difference_t"] / coking["in_t"]).to_numpy(dtype=np.float64)
    wide = coking[np.abs(part) > OPEN_COKING]
    if len(wide):
        zh, en = (
            _listed(
                [
                    f"{f'{r} {y}'.strip()} {d / 1e4:+,.0f}"
                    for r, y, d in wide[[*KEYS, "difference_t"]].itertuples(index=False)
                ],
                sign,
            )
            for sign in "、,"
        )
        found.append(
            Finding(
                "coking-carbon", Severity.WARNING, "carbon balance",
                f"炼焦碳平衡不闭合(投入减产出,万吨碳):{zh};为正时可能漏计排放,也可能是投入或产出有误",
                f"carbon of coking does not close (in less out, 10⁴ t C): {en}; where positive, emissions may be missing, or inputs or "
                "products are wrong",
            )
        )  # fmt: skip
    return found


def _listed(texts: Sequence[str], sign: str) -> str:
    more = f"{sign}…" if len(texts) > LISTED else ""
    return f"{sign}{' ' * (sign == ',')}".join(texts[:LISTED]) + more
