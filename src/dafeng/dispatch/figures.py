"""Figures of an hourly system, each one function from a solution to a plotly figure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dafeng.dispatch.formulation.balance import demand
from dafeng.dispatch.solution import Solution, costs
from dafeng.evidence import DafengError

HOURS_PER_WEEK = 168
SYNTHETIC = "合成算例 synthetic · "
CARRIERS = {
    "coal": ("煤电 coal", "#6b6b6b"),
    "gas": ("燃气 gas", "#c97b4a"),
    "hydro": ("水电 hydro", "#3b7dd8"),
    "wind": ("风电 wind", "#5bb5c9"),
    "solar": ("光伏 solar", "#f2b632"),
    "pv": ("光伏 PV", "#f2b632"),
    "biomass": ("生物质 biomass", "#6a9a4b"),
    "import": ("购入 import", "#9a7fc2"),
    "export": ("外送 export", "#c9b6e4"),
    "outside": ("省外来电 from outside", "#b39ddb"),
    "response": ("需求响应 response", "#d66a9c"),
    "lost": ("失负荷 lost load", "#c0392b"),
    "grid supply": ("网供 grid", "#9a7fc2"),
    "放电 discharging": ("放电 discharging", "#2a9d6f"),
    "充电 charging": ("充电 charging", "#9fd8bf"),
}
"""Names and colours of the carriers that a reader should find the same on every picture.

Others keep their own.
"""
BELOW = {"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0, "font": {"size": 11}, "entrywidth": 105}
HEIGHT = 560
"""Height of a picture, px: enough for the curves beside the legend of a narrow screen."""
"""Legends are below, so that a phone shows the picture at full width."""


def _title(solution: Solution, text: str) -> str:
    return (SYNTHETIC if solution.system.synthetic else "") + f"{solution.system.name} · {text}"


def power_by_carrier(solution: Solution, bus: str = "") -> pd.DataFrame:
    """Return the output by carrier, MW [snapshot, carrier], on one bus if given.

    Storage has two columns, charging negative; exports are negative, and so is what links take from the bus.
    """
    table = solution.system.table("generators")
    if bus:
        table = table[table["bus"].eq(bus)]
    signed = solution.flows["generators-p"][list(table.index)] * table["sign"].astype(float)
    groups = table["carrier"].where(table["carrier"] != "", table.index.to_series())
    power = signed.T.groupby(groups.reindex(signed.columns).to_numpy()).sum().T
    if "storage_units-p_dispatch" in solution.flows:
        units = solution.system.table("storage_units")
        names = list(units.index[units["bus"].eq(bus)]) if bus else list(units.index)
        power["放电 discharging"] = solution.flows["storage_units-p_dispatch"][names].sum(axis=1)
        power["充电 charging"] = -solution.flows["storage_units-p_store"][names].sum(axis=1)
    return power if not bus else power.join(_links(solution, bus))


def _links(solution: Solution, bus: str) -> pd.DataFrame:
    """Power that links bring to a bus, and take from it (negative), by link."""
    links = solution.system.table("links")
    columns = {}
    for name in links.index:
        flow = solution.flows["links-p"][name]
        if links["bus1"][name] == bus:
            columns[str(name)] = flow * float(links["efficiency"][name])
        elif links["bus0"][name] == bus:
            columns[str(name)] = -flow
    return pd.DataFrame(columns, index=range(len(solution.system.snapshots)))


def dispatch_week(solution: Solution, week: int = 0, hours: int = HOURS_PER_WEEK, bus: str = "") -> go.Figure:
    """Plot the stacked output of week `week` (0 the first), with the load as a line.

    Weeks follow the clock, so blocks may be merged.

    Parameters
    ----------
    solution : Solution
        Solved system.
    week : int, default 0
        Week, 0 the first.
    hours : int, default HOURS_PER_WEEK
        Hours shown.
    bus : str, optional
        Bus shown; the whole system without.

    Raises
    ------
    DafengError
        For a week outside the horizon.
    """
    labels = solution.system.snapshots
    if isinstance(labels, pd.DatetimeIndex):
        number = np.asarray((labels - labels[0]) // pd.Timedelta(hours=hours))
    else:
        number = np.arange(len(labels)) // hours
    rows = number == week
    if not rows.any():
        raise DafengError.at("week", f"week {week + 1}", f"1 to {number.max() + 1}")
    time = solution.system.snapshots[rows]
    power = power_by_carrier(solution, bus).iloc[rows]
    figure = go.Figure()
    for carrier in power.columns[power.abs().sum() > 0]:
        values = power[carrier].to_numpy()
        for part, sign in ((np.clip(values, 0, None), "+"), (np.clip(values, None, 0), "-")):
            if np.abs(part).sum() > 0:
                figure.add_scatter(
                    x=time,
                    y=part,
                    name=CARRIERS.get(str(carrier), (str(carrier), None))[0],
                    stackgroup=sign,
                    mode="lines",
                    line={"width": 0, "color": CARRIERS.get(str(carrier), ("", None))[1]},
                    legendgroup=str(carrier),
                    showlegend=bool(sign == "+" or (values <= 0).all()),
                )
    load = _load(solution, bus).iloc[rows]
    figure.add_scatter(x=time, y=load, name="负荷 load", mode="lines", line={"color": "black", "width": 2})
    return figure.update_layout(
        title=_title(solution, f"第 {week + 1} 周 week {week + 1}"),
        yaxis_title="MW",
        hovermode="x unified",
        height=HEIGHT,
        legend=BELOW,
        template="plotly_white",
    )


def _load(solution: Solution, bus: str) -> pd.Series:
    load = demand(solution.system)
    return load[bus] if bus else load.sum(axis=1)


def duration_curves(solution: Solution, names: Sequence[str] = (), bus: str = "") -> go.Figure:
    """Plot duration curves of load, residual load and price (right axis).

    `names`: generators to subtract from the load, default all with a varying availability.

    Parameters
    ----------
    solution : Solution
        Solved system.
    names : sequence of str, optional
        Generators to subtract from the load.
    bus : str, optional
        Bus of load, generators and price; the whole system without, with the price of its first bus.
    """
    load = _load(solution, bus).to_numpy()
    chosen = list(names) or list(solution.curtailment().index)
    if bus:
        place = solution.system.table("generators")["bus"]
        chosen = [name for name in chosen if place[name] == bus]
    output = solution.flows["generators-p"][chosen].sum(axis=1).to_numpy() if chosen else np.zeros_like(load)
    share = np.arange(1, len(load) + 1) / len(load) * 100
    figure = go.Figure()
    for values, name in ((load, "负荷 load"), (load - output, "净负荷 residual load")):
        figure.add_scatter(x=share, y=np.sort(values)[::-1], name=name, mode="lines")
    if solution.prices is not None:
        price = np.sort(solution.prices[bus or solution.prices.columns[0]].to_numpy())[::-1]
        figure.add_scatter(
            x=share, y=price, name="电价 price", mode="lines", yaxis="y2", line={"dash": "dot"}
        )
    return figure.update_layout(
        title=_title(solution, "持续曲线 duration curves"),
        xaxis_title="时段占比 share of hours (%)",
        legend=BELOW,
        template="plotly_white",
        yaxis_title="MW",
        yaxis2={"title": f"{solution.system.currency}/MWh", "overlaying": "y", "side": "right"},
    )


def cap_curve_figure(table: pd.DataFrame, currency: str = "CNY") -> go.Figure:
    """Plot cost (left) and shadow price of carbon (right) against CO2, from the table of a sweep.

    Parameters
    ----------
    table : DataFrame
        Table of `curve`.
    currency : str, default 'CNY'
        Currency of the costs.
    """
    solved = table[table["reason"] == ""]
    figure = go.Figure()
    figure.add_scatter(
        x=solved["co2_t"] / 1e4, y=solved["total_cost"] / 1e8, name="总成本 cost", mode="lines+markers"
    )
    figure.add_scatter(
        x=solved["co2_t"] / 1e4,
        y=-solved["shadow_price"],
        name="碳影子价格 shadow price",
        mode="lines+markers",
        yaxis="y2",
    )
    return figure.update_layout(
        title="碳上限曲线 carbon cap curve",
        legend=BELOW,
        template="plotly_white",
        xaxis={"title": "CO2 (万吨)", "autorange": "reversed"},
        yaxis_title=f"亿 {currency}",
        yaxis2={"title": f"{currency}/t", "overlaying": "y", "side": "right"},
    )


def capacity_table(solution: Solution) -> pd.DataFrame:
    """Return capacity, energy, full-load hours and fixed cost of each component [component, name].

    Parameters
    ----------
    solution : Solution
        Solved system.
    """
    rows = []
    generation = solution.generation()
    for component, capacities in solution.capacities.items():
        chosen = solution.system.extendable(component)
        cost = solution.system.periodic_cost(component, chosen) if len(chosen) else pd.Series(dtype=float)
        for name, capacity in capacities.items():
            energy = float(generation.get(name, np.nan)) if component == "generators" else np.nan
            rows.append(
                {
                    "component": component,
                    "name": str(name),
                    "capacity": float(capacity),
                    "energy_mwh": energy,
                    "full_load_hours": abs(energy) / capacity
                    if capacity > 0 and np.isfinite(capacity)
                    else np.nan,
                    "fixed_cost": float(cost.get(name, 0.0)) * float(capacity) if name in cost.index else 0.0,
                }
            )
    return pd.DataFrame(rows)


def cost_table(solution: Solution) -> pd.DataFrame:
    """Return running, storing, spilling, starting and fixed cost of every component.

    The rows sum to the total cost.

    Parameters
    ----------
    solution : Solution
        Solved system.
    """
    return costs(solution)
