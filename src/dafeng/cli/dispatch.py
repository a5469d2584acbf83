"""`dafeng dispatch`: hourly systems on the command line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="逐时运行与规划 · operate and build, hour by hour"
)


@app.callback()
def _root() -> None:
    pass


@app.command("solve")
def solve_system(
    system: Annotated[Path, typer.Argument(help="本软件的系统文件夹,或 PyPSA 网络(.nc 或 CSV 文件夹)")],
    expand: Annotated[bool, typer.Option("--expand", help="容量可选的机组参与规划")] = False,
    integer: Annotated[bool, typer.Option("--integer", help="启停取整数(MILP)")] = False,
    cap: Annotated[
        list[str] | None, typer.Option("--cap", help="改一个全局约束的右端值:NAME=VALUE,可重复")
    ] = None,
    block: Annotated[int, typer.Option("--block", help="按 N 个时段合并预览,并给出误差")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="结果存为 PyPSA 可读的 netCDF")] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="求解线程数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """Solve one system: least-cost operation, with --expand also least-cost capacity."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    if not expand:
        read = dispatch.without_expansion(read)
    read = dispatch.with_limits(read, cap or [])
    if block > 1:
        read = dispatch.coarsen(read, block)
    mode = dispatch.Commitment.INTEGER if integer else dispatch.Commitment.RELAXED
    solution = dispatch.solve(read, mode=mode, threads=threads)
    if out is not None:
        dispatch.export(solution, out)
    show(solution.summary(), as_json)


@app.command("sweep")
def sweep_system(
    system: Annotated[Path, typer.Argument(help="系统文件夹或 PyPSA 网络")],
    limit: Annotated[str, typer.Option("--limit", help="全局约束的名称")],
    values: Annotated[str, typer.Option("--values", help="右端值,逗号分隔")],
    expand: Annotated[bool, typer.Option("--expand")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Solve once for every value of a global limit: cost, emissions and shadow price along a cap."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    if not expand:
        read = dispatch.without_expansion(read)
    prepared = dispatch.Prepared(read)
    table = dispatch.curve(
        dispatch.sweep_limit(prepared, limit, dispatch.parse_numbers("--values", values)), limit
    )
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False, indent=2))
        return
    _print(limit, [str(c) for c in table.columns], table.astype(str).to_numpy().tolist())


def show(summary: dict[str, Any], as_json: bool) -> None:
    """A summary as JSON or as tables."""
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
        return
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
        ["对偶间隙 duality gap", str(summary["quality"]["duality_gap"])],
    ]
    _print(str(summary["system"]), ["", ""], head)
    rows = [
        [component, name, f"{value:,.2f}"]
        for component, values in summary["capacities"].items()
        for name, value in values.items()
    ]
    _print("容量 capacities (MW, MWh)", ["", "", ""], rows)
    if summary["shadow_prices"]:
        rows = [[name, f"{value:,.4f}"] for name, value in summary["shadow_prices"].items()]
        _print(f"影子价格 shadow prices ({currency})", ["", ""], rows)
    for note in summary["notes"]:
        Console().print(note)


def _print(title: str, columns: list[str], rows: list[list[str]]) -> None:
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
