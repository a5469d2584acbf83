"""Tables of `dafeng dispatch` on the terminal."""

import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

SHOWN_COSTS = 12
EXACT = 1e-9


def _gap(quality: dict[str, Any]) -> str:
    """The gap between what was found and what can be proved, of a linear or a mixed-integer problem."""
    gap = quality["mip_gap"] if quality["mip_gap"] is not None else quality["duality_gap"]
    kind = "整数 MIP" if quality["mip_gap"] is not None else "对偶 duality"
    if gap is None:
        return "–"
    return f"{kind} ≤ {EXACT:.0e}" if gap <= EXACT else f"{kind} {gap:.1e}"


def texts(table: Any) -> list[list[str]]:
    """Rows of a data frame as texts."""
    return [
        [f"{cell:,.4g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.itertuples(index=False)
    ]


def show(summary: dict[str, Any], as_json: bool) -> None:
    """A summary as JSON or as tables."""
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    from dafeng.dispatch import COMPONENT_NAMES, COST_NAMES

    if summary["synthetic"]:
        Console().print("[bold]合成算例,非实际数据 · synthetic example, not observed[/bold]")
    currency = summary["currency"]
    head = [
        ["状态 status", summary["status"]],
        [f"目标值 objective ({currency})", f"{summary['objective']:,.2f}"],
        [f"总成本 total cost ({currency})", f"{summary['total_cost']:,.2f}"],
        ["用电量 demand (MWh)", f"{summary['demand_mwh']:,.1f}"],
        ["CO2 (t)", f"{summary['co2_t']:,.1f}"],
        ["弃电 curtailment (MWh)", f"{summary['curtailment_total_mwh']:,.1f}"],
        ["最大不平衡 imbalance (p.u.)", f"{summary['quality']['largest_imbalance_per_unit_of_load']:.1e}"],
        ["间隙 gap", _gap(summary["quality"])],
    ]
    if "unserved_mwh" in summary:
        head += [
            ["非化石占用电 non-fossil share", f"{summary['non_fossil_share_of_demand']:.1%}"],
            ["弃电率 curtailment rate", f"{summary['curtailment_rate']:.1%}"],
            ["尖峰响应 peak response (MWh)", f"{summary['peak_response_mwh']:,.1f}"],
            ["失负荷 unserved (MWh)", f"{summary['unserved_mwh']:,.1f}"],
        ]
    print_table(str(summary["system"]), ["", ""], head)
    rows = [
        [
            COMPONENT_NAMES.get(component, component),
            name,
            "不限 unlimited" if value is None else f"{value:,.2f}",
        ]
        for component, values in summary["capacities"].items()
        for name, value in values.items()
    ]
    print_table("容量 capacities (MW, MWh)", ["", "", ""], rows)
    rows = [
        [
            COMPONENT_NAMES.get(row["component"], row["component"]),
            row["name"],
            COST_NAMES[row["kind"]],
            f"{row['cost']:,.0f}",
        ]
        for row in sorted(summary["costs"], key=lambda row: -abs(row["cost"]))[:SHOWN_COSTS]
    ]
    print_table(f"主要成本 largest costs ({currency})", ["", "", "", ""], rows)
    if summary["shadow_prices"]:
        rows = [[name, f"{value:,.4f}"] for name, value in summary["shadow_prices"].items()]
        print_table(f"影子价格 shadow prices ({currency})", ["", ""], rows)
    for key, value in summary.get("preview_error", {}).items():
        Console().print(
            f"预览误差 preview error ({summary['block']} h, {summary['preview_error_of']}) {key}: {value:+.2%}"
        )
    for note in summary["notes"]:
        Console().print(note)


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """One table on standard output."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
