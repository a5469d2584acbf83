"""Answer of a city run: accounts, operation of coal, table by carrier, and warnings in words."""

from typing import Any

import numpy as np
import pandas as pd

from dafeng.dispatch.city.accounts import (
    Abatement,
    CityAccounts,
    abatement,
    city_accounts,
    city_load,
    trade,
)
from dafeng.dispatch.city.coal_operation import CoalOperation, coal_operation
from dafeng.dispatch.city.grid import CityGrid
from dafeng.dispatch.city.inputs import ranges, used_table
from dafeng.dispatch.city.tables import CITY, PROVINCE
from dafeng.dispatch.clustered import ClusteredResult
from dafeng.dispatch.solution import Solution
from dafeng.evidence import Text

NOON = range(10, 15)
STARTS = (5.0, 60.0)
"""Starts a year that a coal unit of China is seen to make: outside, the result says so (expert judgement, E)."""
HOURS_APART = 0.15
HALF = 0.5
START_COST = "coal_start_cost_yuan_per_mw"
FULL_YEAR = 8760


def city_summary(
    grid: CityGrid,
    solution: Solution,
    clustered: ClusteredResult | None,
    free: CityAccounts | None,
    marginal: float | None,
) -> dict[str, Any]:
    """Return the summary of a run as plain numbers and words.

    Parameters
    ----------
    grid : CityGrid
        Grid of the year.
    solution : Solution
        Its solution.
    clustered : ClusteredResult, optional
        Result with whole numbers of units, whose solution is `solution`.
    free : CityAccounts, optional
        Accounts of the same grid without its cap of CO2.
    marginal : float, optional
        CO2 of one more MWh of load in the city, t/MWh.
    """
    told = solution.summary()
    accounts = city_accounts(grid, solution)
    generation = solution.generation()
    table = carrier_table(grid, solution)
    told |= {
        "year": grid.year,
        "nodes": [str(bus) for bus in grid.system.names("buses") if bus in {CITY, PROVINCE}],
        "demand_mwh": accounts.demand_mwh,
        "co2_t": accounts.co2_of_use_t,
        "co2_generation_t": accounts.co2_generation_t,
        "co2_province_t": accounts.co2_province_t,
        "marginal_co2_t_per_mwh": marginal,
        "import_mwh": accounts.import_mwh,
        "export_mwh": accounts.export_mwh,
        "generation_by_carrier_mwh": _by_carrier(grid, generation),
        "carriers": table.replace({np.nan: None}).to_dict("records"),
        "non_fossil_share_of_demand": accounts.non_fossil_use_share,
        "non_fossil_share_of_generation": accounts.non_fossil_generation_share,
        "curtailment_rate": curtailment_rate(grid, solution, CITY),
        "curtailment_total_mwh": float(_curtailed(grid, solution, CITY).sum()),
        "unserved_mwh": float(generation.get("lost load", 0.0)),
        "peak_response_mwh": float(generation.get("peak response", 0.0)),
        "peak_load_mw": float(city_load(grid.system).max()),
        "start_cost": _start_cost(grid),
        "inputs": used_table(grid.used).to_dict("records"),
        "findings": list(grid.findings),
    }
    operation = None
    if clustered is not None:
        operation = coal_operation(solution, [c for c in grid.clusters if c.bus == CITY])
        told["coal"] = _coal(operation, clustered)
    split = None if free is None else abatement(free, accounts)
    if split is not None and free is not None:
        told["abatement"] = {
            "co2_generation_without_cap_t": free.co2_generation_t,
            "abated_city_t": split.abated_city_t,
            "abated_province_t": split.abated_province_t,
            "moved_t": split.moved_t,
        }
    told["remarks"] = [
        *told["remarks"],
        *(str(text) for text in warnings(grid, solution, accounts, operation, split, table)),
    ]
    return told


def _start_cost(grid: CityGrid) -> dict[str, Any] | None:
    """Start cost of coal units as used, with the range of the assumption; None without such units."""
    used = grid.used.get(START_COST)
    if used is None:
        return None
    low, high = ranges()[START_COST]
    return {"value": used.value, "low": low, "high": high, "grade": used.grade.value}


def _by_carrier(grid: CityGrid, generation: pd.Series) -> dict[str, float]:
    names = grid.members(CITY)
    carriers = grid.system.table("generators").loc[names, "carrier"]
    sums = generation[names].groupby(carriers).sum()
    return {str(carrier): float(value) for carrier, value in sums.items()}


def _coal(operation: CoalOperation, clustered: ClusteredResult) -> dict[str, Any]:
    return {
        "hours_zero": operation.hours_zero,
        "hours_below_500_mw": operation.hours_low,
        "least_output_over_minimum": operation.least_over_minimum,
        "largest_rise_mw": operation.largest_rise_mw,
        "full_load_hours": operation.full_load_hours,
        "starts_by_unit": {str(name): float(value) for name, value in operation.starts.items()},
        "gap": clustered.gap,
        "largest_window_gap": clustered.largest_window_gap,
        "windows": clustered.windows,
    }


def curtailment_rate(grid: CityGrid, solution: Solution, bus: str) -> float:
    """Return the share of available wind, sun and water on `bus` that is not used."""
    curtailed = _curtailed(grid, solution, bus)
    lost = float(curtailed.sum())
    available = float(solution.generation()[curtailed.index].sum()) + lost
    return lost / available if available else 0.0


def _curtailed(grid: CityGrid, solution: Solution, bus: str) -> pd.Series:
    """Curtailed energy of the generators on a bus, MWh [name]."""
    curtailed = solution.curtailment()
    return curtailed[curtailed.index.intersection(grid.members(bus))]


def carrier_table(grid: CityGrid, solution: Solution) -> pd.DataFrame:
    """Return the table by node and carrier.

    Columns: node, carrier, mw, twh, hours, hours_realised (of the province's statistics), curtailed (share),
    co2_mt, factor_t_per_mwh, cost_million.

    Parameters
    ----------
    grid : CityGrid
        Grid of the year.
    solution : Solution
        Its solution.
    """
    system = solution.system
    table = system.table("generators")
    energy, emitted = solution.generation(), solution.emissions()
    curtailed = solution.curtailment()
    weight = system.weightings["objective"].to_numpy(float)[:, None]
    price = system.dense("generators", "marginal_cost", table.index)
    cost = pd.Series((solution.flows["generators-p"].to_numpy() * price * weight).sum(axis=0), table.index)
    part = system.hours() / FULL_YEAR
    rows = []
    groups = dict.fromkeys(zip(table["bus"].astype(str), table["carrier"].astype(str), strict=True))
    for bus, carrier in groups:
        chosen = list(table.index[table["bus"].eq(bus) & table["carrier"].eq(carrier)])
        mwh = float(energy[chosen].sum())
        capacity = float(solution.capacities["generators"][chosen].sum())
        lost = float(curtailed.reindex(chosen).sum())
        co2 = float(emitted.reindex(chosen).sum())
        rows.append(
            {
                "node": bus, "carrier": carrier, "mw": capacity, "twh": mwh / 1e6,
                "hours": mwh / capacity / part if capacity else np.nan,
                "hours_realised": grid.realised.get(carrier, np.nan),
                "curtailed": lost / (abs(mwh) + lost) if lost > 0 else 0.0,
                "co2_mt": co2 / 1e6, "factor_t_per_mwh": co2 / mwh if mwh > 0 else np.nan,
                "cost_million": float(cost[chosen].sum()) / 1e6,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def warnings(
    grid: CityGrid,
    solution: Solution,
    accounts: CityAccounts,
    operation: CoalOperation | None,
    split: Abatement | None,
    table: pd.DataFrame,
) -> list[Text]:
    """Return what a planner should know before using the numbers.

    Parameters
    ----------
    grid : CityGrid
        Grid of the year.
    solution : Solution
        Its solution.
    accounts : CityAccounts
        Its accounts.
    operation : CoalOperation, optional
        Operation of the city's coal units.
    split : Abatement, optional
        Effect of a cap of CO2.
    table : DataFrame
        Result of `carrier_table`.
    """
    found = [*_trade_words(grid, solution, accounts), *_curtailment_words(grid, solution)]
    if operation is not None:
        found += _coal_words(operation, solution.system.hours() >= FULL_YEAR)
        if solution.system.hours() >= FULL_YEAR:
            found += _seldom_words(grid, solution, operation)
    if split is not None:
        found.append(_cap_words(split))
    if solution.system.hours() >= FULL_YEAR:
        found += _hours_words(table)
    if solution.system.hours() < FULL_YEAR and len(solution.system.extendable("generators")) > 0:
        found.append(
            Text(
                f"容量按一年中的 {solution.system.hours():,.0f} 小时确定,不代表全年",
                f"capacities are sized on {solution.system.hours():,.0f} hours, which are no whole year",
            )
        )
    return [*found, *_price_words(solution), *_storage_words(solution)]


def _trade_words(grid: CityGrid, solution: Solution, accounts: CityAccounts) -> list[Text]:
    _, sold = trade(grid, solution)
    hours = getattr(solution.system.snapshots, "hour", None)
    if accounts.export_mwh < 1.0 or hours is None:
        return []
    noon = float(sold[np.isin(np.asarray(hours), NOON)].sum()) / float(sold.sum())
    limit = _limit(grid, solution)
    bound = float((sold > limit - 1e-3).mean()) if limit > 0 else 0.0
    return [
        Text(
            f"外送 {accounts.export_mwh / 1e6:,.2f} TWh,其中 10–15 时占 {noon:.0%};通道满载的时段占 {bound:.0%}",
            f"{accounts.export_mwh / 1e6:,.2f} TWh are exported, {noon:.0%} of it from 10 to 15 o'clock; the corridor is"
            f" full in {bound:.0%} of the time",
        )
    ]


def _limit(grid: CityGrid, solution: Solution) -> float:
    if grid.has_province():
        return float(solution.system.table("links")["p_nom"]["export"])
    return float(solution.system.table("generators")["p_nom"]["export"])


def _curtailment_words(grid: CityGrid, solution: Solution) -> list[Text]:
    rates_ = {bus: curtailment_rate(grid, solution, bus) for bus in (CITY, PROVINCE)}
    here = rates_[CITY]
    if not grid.has_province():
        return [
            Text(
                f"弃电率 {here:.1%}:外送不受省内消纳限制,因此偏低",
                f"{here:.1%} is curtailed: exports meet no limit in the province, so this is low",
            )
        ]
    there = rates_[PROVINCE]
    return [
        Text(
            f"弃电率:市内 {here:.1%},省内其余 {there:.1%};弃电时省内电价为零,外送没有去处",
            f"curtailed: {here:.1%} in the city, {there:.1%} in the rest of the province; then the price is zero and"
            " exports find no taker",
        )
    ]


def _coal_words(operation: CoalOperation, whole_year: bool) -> list[Text]:
    low, high = float(operation.starts.min()), float(operation.starts.max())
    found = [
        Text(
            f"煤电 {operation.hours_low} 小时低于 500 MW,{operation.hours_zero} 小时全停;各机组启动 {low:.0f}–{high:.0f} 次"
            "(按启动成本假定,E 级;用 --set coal_start_cost_yuan_per_mw=… 看敏感性)",
            f"coal is below 500 MW in {operation.hours_low} hours and off in {operation.hours_zero}; units start {low:.0f} to"
            f" {high:.0f} times (start cost: assumption, grade E; see --set coal_start_cost_yuan_per_mw=…)",
        )
    ]
    if whole_year and (low < STARTS[0] or high > STARTS[1]):
        found.append(
            Text(
                f"启动次数超出常见的 {STARTS[0]:.0f}–{STARTS[1]:.0f} 次(专家判断)",
                f"starts outside the usual {STARTS[0]:.0f} to {STARTS[1]:.0f} (expert judgement)",
            )
        )
    return found


def _seldom_words(grid: CityGrid, solution: Solution, operation: CoalOperation) -> list[Text]:
    """Describe the clusters of the city whose units start less often than usual: hours that they run, rank by cost."""
    table = solution.system.table("generators")
    mine = [cluster for cluster in grid.clusters if cluster.bus == CITY]
    order = sorted(mine, key=lambda cluster: float(table["marginal_cost"][cluster.name]))
    found = []
    for place, cluster in enumerate(order, start=1):
        most = max(operation.starts[unit] for unit, _ in cluster.units)
        if most >= STARTS[0]:
            continue
        on = solution.flows["generators-status"][cluster.name].to_numpy(float)
        hours, cost = int((on > HALF).sum()), float(table["marginal_cost"][cluster.name])
        found.append(
            Text(
                f"{cluster.label.zh}最多启动 {most:.0f} 次,运行 {hours:,} 小时:燃料与运维 {cost:,.0f} 元/MWh,"
                f"在市内 {len(order)} 类机组中按成本排第 {place}",
                f"{cluster.label.en} start {most:.0f} times at most and run {hours:,} hours: fuel and O&M of {cost:,.0f}"
                f" CNY/MWh, number {place} of {len(order)} classes in the city by cost",
            )
        )
    return found


def _cap_words(split: Abatement) -> Text:
    city, province, moved = (
        f"{value / 1e4:,.1f}" for value in (split.abated_city_t, split.abated_province_t, split.moved_t)
    )
    return Text(
        f"碳上限的效果:市内减排 {city} 万吨,省内减排 {province} 万吨,转移到省内其他地区 {moved} 万吨",
        f"the cap abates {city} ×10⁴ t in the city and {province} in the province, and moves {moved} to the rest of the"
        " province",
    )


def _hours_words(table: pd.DataFrame) -> list[Text]:
    known = table[table["hours_realised"].notna() & table["node"].eq(PROVINCE) & (table["mw"] > 0)]
    found = []
    for row in known.to_dict("records"):
        apart = float(row["hours"]) / float(row["hours_realised"]) - 1.0
        if abs(apart) > HOURS_APART:
            found.append(
                Text(
                    f"省内{_zh(str(row['carrier']))}利用小时 {row['hours']:,.0f},统计 {row['hours_realised']:,.0f},相差 {apart:+.0%}",
                    f"{row['carrier']} of the province: {row['hours']:,.0f} h, {row['hours_realised']:,.0f} h in the statistics,"
                    f" {apart:+.0%}",
                )
            )
    return found


def _zh(carrier: str) -> str:
    return {"coal": "煤电", "wind": "风电", "solar": "光伏", "hydro": "水电"}.get(carrier, carrier)


def _price_words(solution: Solution) -> list[Text]:
    if solution.prices is None:
        return []
    prices = solution.prices[CITY].to_numpy(float)
    levels = len(np.unique(np.round(prices, 0)))
    zero = int((prices < 1.0).sum())
    top = float(prices.max())
    return [
        Text(
            f"全期市内边际电价 {levels} 个水平,{zero} 小时为零,最高 {top:,.0f} 元/MWh",
            f"the city's marginal price has {levels} levels, is zero in {zero} hours, and at most {top:,.0f} CNY/MWh",
        )
    ]


def _storage_words(solution: Solution) -> list[Text]:
    """Margin of the city's storage at the marginal prices, per kW a year, wear of the cells deducted."""
    table = solution.system.table("storage_units")
    if solution.prices is None or "storage" not in table.index:
        return []
    capacity, wear = float(table["p_nom"]["storage"]), float(table["marginal_cost"]["storage"])
    if not capacity > 0:
        return []
    weight = solution.system.weightings["objective"].to_numpy(float)
    out, into = (
        solution.flows[f"storage_units-{what}"]["storage"].to_numpy(float)
        for what in ("p_dispatch", "p_store")
    )
    price = solution.prices[str(table["bus"]["storage"])].to_numpy(float)
    earned = float((((out - into) * price - out * wear) * weight).sum())
    per_kw = earned / capacity / 1000.0 * FULL_YEAR / solution.system.hours()
    return [
        Text(
            f"市内储能按边际电价一年净赚 {per_kw:,.0f} 元/kW(已扣往返损耗和电芯损耗,未扣投资)",
            f"storage in the city earns {per_kw:,.0f} CNY/kW a year at marginal prices, after losses and wear, before"
            " investment",
        )
    ]
