"""`dafeng dispatch`: hourly systems on the command line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

TONNES_PER_10KT = 10_000.0

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
    integer: Annotated[
        bool | None,
        typer.Option(
            "--integer/--relaxed", help="启停取整数(MILP)或线性松弛;PyPSA 网络默认整数,本软件文件夹默认松弛"
        ),
    ] = None,
    cap: Annotated[
        list[str] | None, typer.Option("--cap", help="改一个全局约束的右端值:NAME=VALUE,可重复")
    ] = None,
    block: Annotated[int, typer.Option("--block", help="按 N 个时段合并预览")] = 1,
    compare: Annotated[
        bool, typer.Option("--compare", help="与 --block 同用:再精确求解一次,给出预览的误差")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="结果存为 PyPSA 可读的 netCDF")] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", help="图表页(HTML,不联网可看)与逐时 CSV:周曲线、持续曲线、容量、成本"),
    ] = None,
    week: Annotated[list[int] | None, typer.Option("--week", help="图表页的周,自 1 起,可重复")] = None,
    window: Annotated[
        int, typer.Option("--window", help="机组组合按 N 个时段的滚动窗口求整数解(保留前 N−24)")
    ] = 0,
    threads: Annotated[int | None, typer.Option("--threads", help="求解线程数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """Solve one system: least-cost operation, with --expand also least-cost capacity."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    if not expand:
        read = dispatch.without_expansion(read)
    read = dispatch.with_limits(read, cap or [])
    exact = read
    if block > 1:
        read = dispatch.coarsen(read, block)
    if window:
        committed = dispatch.commit(read, window=window, step=max(1, window - 24), threads=threads)
        told = {
            "system": read.name,
            "synthetic": read.synthetic,
            "cost": committed.cost,
            "relaxed_lower_bound": committed.lower_bound,
            "gap": committed.gap,
            "largest_window_gap": committed.largest_window_gap,
            "windows": committed.windows,
        }
        if as_json:
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            _print("机组组合 unit commitment", ["", ""], [[k, str(v)] for k, v in told.items()])
        return
    if integer is None:
        # in a PyPSA network "committable" means whole units
        integer = not dispatch.is_folder(system)
    mode = dispatch.Commitment.INTEGER if integer else dispatch.Commitment.RELAXED
    solution = dispatch.solve(read, mode=mode, threads=threads)
    if out is not None:
        dispatch.export(solution, out)
    if page is not None:
        dispatch.write_page(solution, page, week or [1])
    summary = solution.summary()
    if compare and block > 1:
        whole = dispatch.solve(exact, mode=mode, threads=threads)
        error = {"total_cost": solution.total_cost / whole.total_cost - 1.0}
        summary |= {"block": block, "preview_error": error, "preview_error_of": "this system"}
    show(summary, as_json)


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


@app.command("run")
def run_case(
    case: Annotated[str, typer.Argument(help="案例名称或文件夹")],
    year: Annotated[list[int], typer.Option("--year", help="年份,可重复:2025、2030、2035 依次推进")],
    expand: Annotated[bool, typer.Option("--expand", help="风电、光伏、储能按最小成本扩建")] = False,
    cap: Annotated[float | None, typer.Option("--cap", help="碳排放上限,万吨 CO2(发电与购入)")] = None,
    non_fossil: Annotated[
        float | None, typer.Option("--non-fossil", help="非化石电量占用电量下限,0–1")
    ] = None,
    reserve: Annotated[float | None, typer.Option("--reserve", help="备用率,0.1 即最大负荷的 10 %")] = None,
    hours: Annotated[int, typer.Option("--hours", help="时段数,自 --start 起")] = 8760,
    start: Annotated[int, typer.Option("--start", help="起始小时")] = 0,
    block: Annotated[int, typer.Option("--block", help="按 N 小时合并预览")] = 1,
    settings: Annotated[list[str] | None, typer.Option("--set", help="改一个输入:ITEM=NUMBER,可重复")] = None,
    curve: Annotated[int, typer.Option("--curve", help="碳上限曲线的点数")] = 0,
    lowest: Annotated[float, typer.Option("--lowest", help="曲线终点占无上限排放的比例")] = 0.5,
    out: Annotated[Path | None, typer.Option("--out", help="结果存为 netCDF(单一年份)")] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", help="图表页(HTML)与逐时 CSV(末一年份):周曲线、持续曲线、容量、成本"),
    ] = None,
    week: Annotated[list[int] | None, typer.Option("--week", help="图表页的周,自 1 起,可重复")] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="求解线程数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """Operate or expand the grid of a case, year by year."""
    from dafeng import dispatch
    from dafeng.case import load

    opened = load(case)
    common = {
        "hours": hours,
        "start": start,
        "non_fossil": non_fossil,
        "reserve": reserve,
        "overrides": dispatch.parse_settings(settings or []),
    }
    if curve:
        table = dispatch.cap_curve(opened, year[0], curve, lowest, expand=expand, block=block, **common)
        if as_json:
            typer.echo(table.to_json(orient="records", force_ascii=False, indent=2))
        else:
            _print("碳上限曲线 carbon cap curve", [str(c) for c in table.columns], _texts(table))
        return
    cap_t = None if cap is None else cap * TONNES_PER_10KT
    runs = dispatch.run_city(opened, year, expand=expand, block=block, threads=threads, cap_t=cap_t, **common)
    if out is not None:
        dispatch.export(runs[-1].solution, out)
    if page is not None:
        dispatch.write_page(runs[-1].solution, page, week or [1], runs[-1].grid.findings)
    told = [run.summary() for run in runs]
    _tell_preview(opened, told, block, expand=expand, threads=threads, overrides=common["overrides"])
    if as_json:
        typer.echo(json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2))
        return
    for summary in told:
        show(summary, False)
        for finding in summary["findings"]:
            Console().print(f"· {finding}")
        weak = [row for row in summary["inputs"] if row["grade"] in {"D", "E"}]
        rows = [
            [row["item"], f"{row['value']:,.6g}", row["unit"], row["grade"], row["source"]] for row in weak
        ]
        _print(
            "结果所依据的估计与假定 estimates and assumptions",
            ["item", "value", "unit", "grade", "source"],
            rows,
        )
    if len(runs) > 1:
        table = dispatch.horizon_table(runs)
        _print(
            "逐年 year by year(逐年决策,不预见后年 myopic)", [str(c) for c in table.columns], _texts(table)
        )


def _tell_preview(case: Any, told: list[dict[str, Any]], block: int, **options: Any) -> None:
    """Add the error of blocks, measured on two sample weeks, to the summaries of a preview."""
    from dafeng import dispatch

    if block > 1:
        for summary in told:
            error = dispatch.sampled_block_error(case, summary["year"], block, **options)
            summary |= {"block": block, "preview_error": error, "preview_error_of": "two sample weeks"}


@app.command("park")
def run_park_file(
    file: Annotated[Path, typer.Argument(help="园区文件(YAML)")],
    rolling: Annotated[bool, typer.Option("--rolling", help="带预测误差的滚动控制,与完全预见比较")] = False,
    threads: Annotated[int | None, typer.Option("--threads", help="求解线程数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """Size and run an industrial park (源网荷储一体化)."""
    from dafeng import dispatch

    sized, rolled = dispatch.run_park(dispatch.read_park(file), rolling=rolling, threads=threads)
    told = dispatch.park_summary(sized, rolled)
    show(told, as_json)
    if as_json or rolled is None:
        return
    _print("滚动控制 rolling control", ["", ""], [[k, f"{v:,.2f}"] for k, v in told["control"].items()])


@app.command("vpp")
def run_vpp_file(
    file: Annotated[Path, typer.Argument(help="虚拟电厂文件(YAML)")],
    threads: Annotated[int | None, typer.Option("--threads", help="求解线程数")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """Bids and peak response of a virtual power plant."""
    from dafeng import dispatch

    told = dispatch.vpp_summary(dispatch.read_vpp(file), threads)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if told["synthetic"]:
        Console().print("[bold]合成算例,非实际数据 · synthetic example, not observed[/bold]")
    rows = [
        [
            e["name"],
            e["start"],
            f"{e['offer_mw']:.2f}",
            f"{e['capability_mw']:.2f}",
            f"{e['exceeded_with_90_percent_mw']:.2f}",
        ]
        for e in told["events"]
    ]
    head = ["事件 event", "开始 start", "申报 offer (MW)", "能力 capability (MW)", "90 % 把握 (MW)"]
    _print(str(told["plant"]), head, rows)


def _texts(table: Any) -> list[list[str]]:
    return [
        [f"{cell:,.4g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.itertuples(index=False)
    ]


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
        [component, name, "不限 unlimited" if value is None else f"{value:,.2f}"]
        for component, values in summary["capacities"].items()
        for name, value in values.items()
    ]
    _print("容量 capacities (MW, MWh)", ["", "", ""], rows)
    if summary["shadow_prices"]:
        rows = [[name, f"{value:,.4f}"] for name, value in summary["shadow_prices"].items()]
        _print(f"影子价格 shadow prices ({currency})", ["", ""], rows)
    for key, value in summary.get("preview_error", {}).items():
        Console().print(
            f"预览误差 preview error ({summary['block']} h, {summary['preview_error_of']}) {key}: {value:+.2%}"
        )
    for note in summary["notes"]:
        Console().print(note)


def _print(title: str, columns: list[str], rows: list[list[str]]) -> None:
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
