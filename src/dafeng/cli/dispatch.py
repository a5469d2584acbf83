"""`dafeng dispatch`: hourly systems on the command line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dafeng.cli.room import room
from dafeng.cli.tables.dispatch import print_table, show, texts
from dafeng.evidence import DafengError, Problem

TONNES_PER_10KT = 10_000.0

app = room("逐时运行与规划 · operate and build, hour by hour")


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
    block: Annotated[int, typer.Option("--block", min=1, help="按 N 个时段合并预览")] = 1,
    typical: Annotated[int, typer.Option("--typical", help="改用 N 个典型日(tsam),报告其误差")] = 0,
    compare: Annotated[
        bool, typer.Option("--compare", help="与 --block、--typical 同用:再精确求解一次,给出误差")
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
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="求解线程数 threads")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """求解一个系统:最小成本运行,--expand 时也定容量 · solve one system."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    choosable = 0
    if not expand:
        choosable = sum(len(read.extendable(component)) for component in dispatch.COMPONENT_NAMES)
        read = dispatch.without_expansion(read)
    read = dispatch.with_limits(read, cap or [])
    exact = read
    if typical:
        _tell_typical(dispatch.typical_summary(read, typical, compare=compare, threads=threads), as_json)
        return
    if block > 1:
        read = dispatch.coarsen(read, block)
    if window:
        _tell_commitment(
            dispatch.commit(read, window=window, step=max(1, window - 24), threads=threads), read, as_json
        )
        return
    if integer is None:
        # in a PyPSA network "committable" means whole units
        integer = not dispatch.is_folder(system)
    mode = dispatch.Commitment.INTEGER if integer else dispatch.Commitment.RELAXED
    solution = _solve(read, choosable, mode=mode, threads=threads)
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


def _tell_commitment(committed: Any, system: Any, as_json: bool) -> None:
    told = {
        "system": system.name,
        "synthetic": system.synthetic,
        "cost": committed.cost,
        "relaxed_lower_bound": committed.lower_bound,
        "gap": committed.gap,
        "largest_window_gap": committed.largest_window_gap,
        "windows": committed.windows,
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print_table("机组组合 unit commitment", ["", ""], [[k, str(v)] for k, v in told.items()])


def _solve(system: Any, choosable: int, **options: Any) -> Any:
    from dafeng import dispatch

    try:
        return dispatch.solve(system, **options)
    except DafengError as refused:
        raise _with_hint(refused, choosable) from refused


def _with_hint(error: DafengError, choosable: int) -> DafengError:
    """`error`, saying too that capacities which may be chosen were taken as given."""
    if not choosable:
        return error
    found = f"not given: {choosable} capacities that may be chosen stay as they are"
    return DafengError(
        [*error.problems, Problem("--expand", found, "capacities that suffice", "add --expand")]
    )


@app.command("sweep")
def sweep_system(
    system: Annotated[Path, typer.Argument(help="系统文件夹或 PyPSA 网络")],
    limit: Annotated[str, typer.Option("--limit", help="全局约束的名称")],
    values: Annotated[str, typer.Option("--values", help="右端值,逗号分隔")],
    expand: Annotated[bool, typer.Option("--expand")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """沿一个约束逐点求解:成本、排放、影子价格 · sweep a limit."""
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
    print_table(limit, [str(c) for c in table.columns], table.astype(str).to_numpy().tolist())


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
    block: Annotated[int, typer.Option("--block", min=1, help="按 N 小时合并预览")] = 1,
    settings: Annotated[list[str] | None, typer.Option("--set", help="改一个输入:ITEM=NUMBER,可重复")] = None,
    grid: Annotated[
        Path | None,
        typer.Option("--grid", help="用户文件(YAML):通道合同、分行业负荷曲线、可中断负荷、以热定电机组"),
    ] = None,
    typical: Annotated[int, typer.Option("--typical", help="改用 N 个典型日(tsam),报告与全年之差")] = 0,
    curve: Annotated[int, typer.Option("--curve", help="碳上限曲线的点数")] = 0,
    lowest: Annotated[float, typer.Option("--lowest", help="曲线终点占无上限排放的比例")] = 0.5,
    out: Annotated[Path | None, typer.Option("--out", help="结果存为 netCDF(单一年份)")] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", help="图表页(HTML)与逐时 CSV(末一年份):周曲线、持续曲线、容量、成本"),
    ] = None,
    week: Annotated[list[int] | None, typer.Option("--week", help="图表页的周,自 1 起,可重复")] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="求解线程数 threads")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """案例城市电网逐年运行或扩建 · operate or expand a city's grid."""
    from dafeng import dispatch
    from dafeng.case import load

    opened = load(case)
    common: dict[str, Any] = {
        "hours": hours,
        "start": start,
        "non_fossil": non_fossil,
        "reserve": reserve,
        "overrides": dispatch.parse_settings(settings or []),
        "arranged": None if grid is None else dispatch.read_arrangements(grid, year[0]),
    }
    if typical:
        system = dispatch.city_grid(opened, year[0], **common).system
        _tell_typical(dispatch.typical_summary(system, typical, compare=True, threads=threads), as_json)
        return
    if curve:
        options = {"expand": expand, "block": block, **common}
        _tell_curve(
            dispatch.cap_curve(opened, year[0], curve, lowest, **options), opened, year[0], page, as_json
        )
        return
    cap_t = None if cap is None else cap * TONNES_PER_10KT
    runs = dispatch.run_city(opened, year, expand=expand, block=block, threads=threads, cap_t=cap_t, **common)
    if out is not None:
        dispatch.export(runs[-1].solution, out)
    if page is not None:
        plants = opened.table("plants")
        labels = dict(zip(plants["id"].astype(str), plants["name_zh"].astype(str), strict=True))
        dispatch.write_page(runs[-1].solution, page, week or [1], runs[-1].grid.findings, labels)
    told = [run.summary() for run in runs]
    kept = {key: common[key] for key in ("overrides", "arranged")}
    _tell_preview(opened, told, block, expand=expand, threads=threads, **kept)
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
        print_table(
            "结果所依据的估计与假定 estimates and assumptions",
            ["item", "value", "unit", "grade", "source"],
            rows,
        )
    if len(runs) > 1:
        table = dispatch.horizon_table(runs)
        print_table(
            "逐年 year by year(逐年决策,不预见后年 myopic)", [str(c) for c in table.columns], texts(table)
        )


def _tell_curve(table: Any, case: Any, year: int, page: Path | None, as_json: bool) -> None:
    """The carbon cap curve as a page, as JSON or as a table."""
    from dafeng import dispatch

    title = f"{case.city.name_zh} {year} · 碳上限曲线 carbon cap curve"
    if page is not None:
        dispatch.write_curve(table, page, title)
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False, indent=2))
        return
    print_table(title, [str(c) for c in table.columns], texts(table))


def _tell_preview(case: Any, told: list[dict[str, Any]], block: int, **options: Any) -> None:
    """Add the error of blocks, measured on two sample weeks, to the summaries of a preview."""
    from dafeng import dispatch

    if block > 1:
        for summary in told:
            error = dispatch.sampled_block_error(case, summary["year"], block, **options)
            summary |= {"block": block, "preview_error": error, "preview_error_of": "two sample weeks"}


def _tell_typical(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [["时段均方根误差 rms error of the profiles", f"{told['profile_rms_error']:.2%}"]]
    for key in ("total_cost", "co2_t", "curtailment_mwh"):
        error = told.get("error", {}).get(key)
        rows.append([key, f"{told[key]:,.0f}" + ("" if error is None else f" ({error:+.2%})")])
    print_table(f"{told['system']} · {told['typical_days']} 个典型日 typical days", ["", ""], rows)


@app.command("response")
def response_command(
    case: Annotated[str, typer.Argument(help="案例名称或文件夹")],
    year: Annotated[int, typer.Option("--year", help="年份")],
    out: Annotated[Path, typer.Option("--out", help="响应表(JSON),供 dafeng pathway run --response")],
    runs: Annotated[int, typer.Option("--runs", min=10, max=60, help="求解次数,最多 60")] = 40,
    block: Annotated[int, typer.Option("--block", min=1, help="按 N 小时合并")] = 3,
    solar: Annotated[tuple[float, float] | None, typer.Option("--solar", help="光伏范围,MW:低 高")] = None,
    storage: Annotated[
        tuple[float, float] | None, typer.Option("--storage", help="储能范围,MW:低 高")
    ] = None,
    demand: Annotated[
        tuple[float, float] | None, typer.Option("--demand", help="用电量范围,MWh:低 高")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="并行进程数")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """年度模型用的小时级响应表 · the response table for the annual model, with its error."""
    from concurrent.futures import ProcessPoolExecutor

    from dafeng import dispatch
    from dafeng.case import load

    opened = load(case)
    bounds = dispatch.default_bounds(opened, year)
    given = {"solar_mw": solar, "storage_mw": storage, "demand_mwh": demand}
    bounds |= {name: pair for name, pair in given.items() if pair is not None}
    if workers == 1:
        table = dispatch.response_table(opened, year, bounds, runs=runs, block=block)
    else:
        with ProcessPoolExecutor(workers) as pool:
            table = dispatch.response_table(opened, year, bounds, runs=runs, block=block, executor=pool)
    table.write(out)
    told = {"year": year, "runs": runs, "held_back": table.held_back, "input_hash": table.input_hash}
    if as_json:
        told |= {"bounds": bounds, "largest_error_per_unit_of_range": dict(table.errors)}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [[name, f"{low:,.0f} – {high:,.0f}"] for name, (low, high) in bounds.items()]
    rows += [
        [f"{name}:留出点最大误差 largest error held back", f"{e:.1%}"] for name, e in table.errors.items()
    ]
    print_table(
        f"{opened.city.name_zh} {year} · {runs} 次 runs, {table.held_back} 次留出 held back", ["", ""], rows
    )
    Console().print(f"{out} · {table.input_hash[:12]}")


@app.command("park")
def run_park_file(
    file: Annotated[Path, typer.Argument(help="园区文件(YAML)")],
    rolling: Annotated[bool, typer.Option("--rolling", help="带预测误差的滚动控制,与完全预见比较")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="结果存为 PyPSA 可读的 netCDF")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="图表页(HTML,不联网可看)与逐时 CSV")] = None,
    week: Annotated[list[int] | None, typer.Option("--week", help="图表页的周,自 1 起,可重复")] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="求解线程数 threads")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """园区(源网荷储一体化)配置与运行 · size and run an industrial park."""
    from dafeng import dispatch

    sized, rolled = dispatch.run_park(dispatch.read_park(file), rolling=rolling, threads=threads)
    if out is not None:
        dispatch.export(sized, out)
    if page is not None:
        dispatch.write_page(sized, page, week or [1])
    told = dispatch.park_summary(sized, rolled)
    show(told, as_json)
    if as_json or rolled is None:
        return
    print_table("滚动控制 rolling control", ["", ""], [[k, f"{v:,.2f}"] for k, v in told["control"].items()])


@app.command("vpp")
def run_vpp_file(
    file: Annotated[Path, typer.Argument(help="虚拟电厂文件(YAML)")],
    page: Annotated[Path | None, typer.Option("--page", help="日前计划的图表页(HTML)与逐时 CSV")] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="求解线程数 threads")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 输出")] = False,
) -> None:
    """虚拟电厂:可调包络、申报、尖峰响应与核定 · a virtual plant's envelope, bids, response."""
    from dafeng import dispatch

    plant = dispatch.read_vpp(file)
    if page is not None:
        dispatch.write_page(dispatch.day_ahead(plant, threads), page, [1])
    told = dispatch.vpp_summary(plant, threads)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if told["synthetic"]:
        Console().print("[bold]合成算例,非实际数据 · synthetic example, not observed[/bold]")
    keys = ("offer_mw", "capability_mw", "exceeded_with_90_percent_mw")
    rows = [[e["name"], e["start"][5:16], *(f"{e[k]:.2f}" for k in keys)] for e in told["events"]]
    head = ["事件 event", "开始 start", "申报 offer", "能力 utmost", "90 % 把握 sure"]
    print_table(f"{told['plant']} (MW)", head, rows)
    for event in told["events"]:
        _tell_event(event)


def _tell_event(event: dict[str, Any]) -> None:
    """What an event's numbers mean: against the plan's share of the peak, and as metered."""
    say = Console().print
    if event.get("target_share") is not None:
        reached = "达到 reaches" if event["meets_target"] else "未达到 does not reach"
        say(
            f"{event['name']}: 90 % 把握的响应为全市尖峰的 {event['share_of_city_peak']:.2%},{reached} 目标 target "
            f"{event['target_share']:.1%}(基数为本软件假定 · the base is our assumption)"
        )
    if "verified" in event:
        told = event["verified"]
        say(
            f"{event['name']}: 核定响应 verified {told['mean_response_mw']:.2f} MW,"
            f"为申报的 of the offer {told['share_of_promise']:.0%}"
        )
