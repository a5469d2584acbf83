"""Self-contained page of a solution: weeks, duration curves, capacities, costs, hourly prices.

Opens without a network.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dafeng.dispatch.figures import (
    CARRIERS,
    SYNTHETIC,
    cap_curve_figure,
    capacity_table,
    cost_table,
    dispatch_week,
    duration_curves,
)
from dafeng.dispatch.infeasible_words import COMPONENT_NAMES, COST_NAMES
from dafeng.dispatch.solution import Solution
from dafeng.evidence import write_atomically

STYLE = """
body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:1.5em auto;max-width:70em;padding:0 1em;color:#222}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.8em}.notes{color:#555;font-size:.9em}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9em}
th,td{padding:.25em .7em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th{border-bottom:2px solid #999}th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
.figures{display:flex;flex-wrap:wrap;gap:.6em}.figures div{border:1px solid #ddd;border-radius:.4em;padding:.5em .9em}
.figures b{display:block;font-size:1.15em}
"""


def write_page(
    solution: Solution,
    path: Path,
    weeks: Sequence[int] = (1,),
    notes: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    told: Mapping[str, Any] | None = None,
    bus: str = "",
) -> None:
    """Write the page of a solution to `path`.

    `weeks` count from 1; `notes` are sentences shown under the title; `labels` name ids.

    In the same folder `<stem>-hourly.csv` is written: output by component, MW, and the price of each bus,
    for every snapshot.

    Parameters
    ----------
    solution : Solution
        Solved system.
    path : Path
        File to write.
    weeks : sequence of int, optional
        Weeks shown, counted from 1.
    notes : sequence of str, optional
        Sentences shown under the title.
    labels : mapping, optional
        Names of ids.
    told : mapping, optional
        Summary whose figures, remarks and table by carrier are shown (`CityRun.summary`); that of the solution without.
    bus : str, optional
        Bus of the pictures; the whole system without.

    Raises
    ------
    DafengError
        For a week outside the horizon and a folder that cannot be written to.
    """
    currency = solution.system.currency
    told = solution.summary() if told is None else told
    pictures = [dispatch_week(solution, week - 1, bus=bus) for week in weeks]
    pictures.append(duration_curves(solution, bus=bus))
    title = (SYNTHETIC if solution.system.synthetic else "") + solution.system.name
    limits = pd.DataFrame(
        [(name, value) for name, value in solution.shadow_prices.items()],
        columns=["约束 limit", f"影子价格 shadow price ({currency})"],
    )
    tables = [
        ("分品种 by carrier", carriers_for_people(told.get("carriers", []))),
        ("机组启动次数 starts by unit", _starts(told, labels or {})),
        ("启动成本敏感性 sensitivity to the start cost", _sensitivity(told)),
        ("容量 capacities (MW, MWh)", _capacities(solution, labels or {})),
        (f"成本 costs ({currency})", _costs(solution, labels or {})),
        ("约束的影子价格 shadow prices of limits", limits),
    ]
    _write(
        path,
        title,
        [*told["remarks"], *solution.system.notes, *notes],
        _figures(solution, told, bus),
        pictures,
        tables,
    )
    with write_atomically(path.with_name(f"{path.stem}-hourly.csv")) as draft:
        hourly(solution).to_csv(draft, index=False)


def write_curve(table: pd.DataFrame, path: Path, title: str, notes: Sequence[str] = ()) -> None:
    """Write a page of a limit's sweep (the table of `curve`) to `path`.

    Parameters
    ----------
    table : DataFrame
        Table of `curve`.
    path : Path
        File to write.
    title : str
        Title of the page.
    notes : sequence of str, optional
        Sentences shown under the title.

    Raises
    ------
    DafengError
        As `write_page`.
    """
    _write(path, title, notes, [], [cap_curve_figure(table)], [("逐点 points", table)])


def _write(
    path: Path,
    title: str,
    notes: Sequence[str],
    figures: Sequence[tuple[str, str]],
    pictures: Sequence[go.Figure],
    tables: Sequence[tuple[str, pd.DataFrame]],
) -> None:
    shown = "".join(
        picture.to_html(
            full_html=False,
            include_plotlyjs="inline" if i == 0 else False,
            config={"displayModeBar": False, "responsive": True},
        )
        for i, picture in enumerate(pictures)
    )
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    boxes = "".join(f"<div>{escape(name)}<b>{escape(value)}</b></div>" for name, value in figures)
    rows = "".join(
        f'<h2>{escape(heading)}</h2><div class="wide">'
        f"{table.to_html(index=False, border=0, float_format='{:,.2f}'.format, na_rep='')}</div>"
        for heading, table in tables
        if len(table)
    )
    text = (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<div class="figures">{boxes}</div><div class="notes">{said}</div>{shown}{rows}</body></html>'
    )
    with write_atomically(path) as draft:
        draft.write_text(text, encoding="utf-8")


NODES = {"city": "市内 city", "province": "省内其余 province"}


def carriers_for_people(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the table by node and carrier with headings in both languages, rows without capacity left out."""
    shown = [
        {
            "节点 node": NODES.get(row["node"], row["node"]),
            "品种 carrier": CARRIERS.get(row["carrier"], (row["carrier"], None))[0],
            "MW": row["mw"],
            "TWh": row["twh"],
            "利用小时 hours": row["hours"],
            "统计小时 statistics": row["hours_realised"],
            "弃电 curtailed (%)": 100.0 * row["curtailed"],
            "CO2 (Mt)": row["co2_mt"],
            "t/MWh": row["factor_t_per_mwh"],
            "成本 cost (10⁶)": row["cost_million"],
        }
        for row in rows
        if row["mw"]
    ]
    return pd.DataFrame(shown)


def _figures(solution: Solution, told: Mapping[str, Any], bus: str) -> list[tuple[str, str]]:
    """The numbers that a reader looks for first."""
    figures = [
        (f"总成本 total cost ({told['currency']})", f"{told['total_cost']:,.0f}"),
        ("用电量 demand (MWh)", f"{told['demand_mwh']:,.0f}"),
        ("CO2 (t)", f"{told['co2_t']:,.0f}"),
        ("弃电 curtailment (MWh)", f"{told['curtailment_total_mwh']:,.0f}"),
    ]
    if told.get("marginal_co2_t_per_mwh") is not None:
        figures.append(("边际排放 marginal CO2 (t/MWh)", f"{told['marginal_co2_t_per_mwh']:.3f}"))
    if told.get("start_cost") is not None:
        cost = told["start_cost"]
        figures.append(
            (
                f"启动成本 start cost (CNY/MW, {cost['grade']} 级 grade {cost['grade']})",
                f"{cost['value']:,.0f} ({cost['low']:,.0f}–{cost['high']:,.0f})",
            )
        )
    if told.get("heat_wave") is not None:
        wave = told["heat_wave"]
        figures.append(
            (
                "热浪晚高峰:尖峰响应 / 失负荷 heat-wave evening: response / not served (MW)",
                f"{wave['peak_response_mw']:,.0f} / {wave['unserved_mw']:,.0f}",
            )
        )
    if "non_fossil_share_of_demand" in told:
        figures.append(("非化石占用电 non-fossil share of use", f"{told['non_fossil_share_of_demand']:.1%}"))
    if solution.prices is not None:
        bus = bus or str(solution.prices.columns[0])
        mean = f"{solution.prices[bus].mean():,.1f}"
        figures.append((f"{bus} 平均电价 mean price ({told['currency']}/MWh)", mean))
    return figures


def _starts(told: Mapping[str, Any], labels: Mapping[str, str]) -> pd.DataFrame:
    """Starts of each unit of coal."""
    starts = told.get("coal", {}).get("starts_by_unit", {})
    rows = [(f"{labels.get(unit, '')} {unit}".strip(), round(count)) for unit, count in starts.items()]
    return pd.DataFrame(rows, columns=["机组 unit", "启动 starts"])


def _sensitivity(told: Mapping[str, Any]) -> pd.DataFrame:
    """Starts and cost at other start costs, where they were asked for."""
    return pd.DataFrame(told.get("start_sensitivity", [])).rename(
        columns={
            "start_cost": "启动成本 start cost (CNY/MW)",
            "cluster": "机组群 cluster",
            "starts": "每台启动 starts per unit",
            "start_cost_million": "启动费 cost of starts (10⁶)",
            "total_cost_million": "总成本 total cost (10⁶)",
        }
    )


def _named(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    names = [f"{labels[n]} {n}" if n in labels else n for n in table["name"].astype(str)]
    return table.assign(component=table["component"].map(COMPONENT_NAMES), name=names)


def _capacities(solution: Solution, labels: Mapping[str, str]) -> pd.DataFrame:
    table = _named(capacity_table(solution), labels)
    if not table["fixed_cost"].any():
        table = table.drop(columns="fixed_cost")
    return table.rename(
        columns={
            "component": "类别 kind",
            "name": "名称 name",
            "capacity": "容量 capacity",
            "energy_mwh": "电量 energy (MWh)",
            "full_load_hours": "利用小时 full-load hours",
            "fixed_cost": f"固定成本 fixed cost ({solution.system.currency})",
        }
    )


def _costs(solution: Solution, labels: Mapping[str, str]) -> pd.DataFrame:
    table = _named(cost_table(solution), labels)
    table = table.assign(kind=table["kind"].map(COST_NAMES)).sort_values("cost", ascending=False)
    return table.rename(
        columns={"component": "类别 kind", "name": "名称 name", "kind": "成本 of", "cost": "金额 amount"}
    )


def hourly(solution: Solution) -> pd.DataFrame:
    """Return the output of every component, MW, and the price of every bus, one row per snapshot.

    Parameters
    ----------
    solution : Solution
        Solved system.
    """
    columns = {"snapshot": pd.Series(solution.system.snapshots)}
    for flow, frame in solution.flows.items():
        if flow in {
            "generators-p",
            "links-p",
            "lines-s",
            "storage_units-p_dispatch",
            "storage_units-p_store",
            "storage_units-state_of_charge",
            "stores-p",
            "stores-e",
        }:
            columns |= {f"{flow}:{name}": frame[name].reset_index(drop=True) for name in frame.columns}
    if solution.prices is not None:
        for bus in solution.prices.columns:
            columns[f"price:{bus}"] = solution.prices[bus].reset_index(drop=True)
    return pd.DataFrame(columns)
