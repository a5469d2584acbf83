"""`dafeng inventory`: accounts of a case, and emissions of a bare energy balance."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import terminal
from dafeng.cli.room import room
from dafeng.cli.tables import inventory as tables

if TYPE_CHECKING:
    from dafeng.inventory import Inventory

SHOWN_ROWS = 40

app = room("清单核算 · accounts, balances, indicators")


@app.callback()
def _root() -> None:
    pass


@app.command("from-balance")
def from_balance(
    file: Annotated[Path, typer.Argument(help="平衡表 CSV/Excel · balance as CSV or workbook")],
    factors: Annotated[str, typer.Option(help="因子集 · factor set")] = "ceads",
    override: Annotated[
        Path | None, typer.Option(help="单元因子 CSV(row,fuel,factors)· factor sets of single cells")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """由一张能源平衡表核算燃烧排放 · CO2 of combustion from a bare balance table."""
    from dafeng.inventory import combustion_of, read_balance, read_overrides

    cells = None if override is None else read_overrides(override)
    result = combustion_of(read_balance(file), factors, cells)
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    totals = result.emissions.groupby(["region", "year", "fuel"], sort=False)["value"].sum() / 1e4
    table = Table("地区 region", "年份 year", "品种 fuel", "万吨 CO2 · 10⁴ t")
    for (region, year, fuel), value in zip(totals.index.to_flat_index(), totals, strict=True):
        table.add_row(region, str(year), fuel, f"{value:,.2f}")
    console.print(table)
    console.print(f"合计 total: {totals.sum():,.2f} 万吨 CO2 ({factors})")
    for finding in result.findings:
        console.print(f"[{finding.severity.value}] {finding.zh}", markup=False)


@app.command("run")
def run(
    case: Annotated[str, typer.Argument(help="案例名或文件夹 · bundled name or folder")],
    year: Annotated[int | None, typer.Option(help="年份 · year (default: all)")] = None,
    account: Annotated[str, typer.Option(help="账户 A、B、C · account")] = "A",
    factors: Annotated[str | None, typer.Option(help="因子集 · factor set")] = None,
    gwp: Annotated[str | None, typer.Option(help="GWP,如 AR5 · warming potentials")] = None,
    override: Annotated[
        Path | None, typer.Option(help="单元因子 CSV(row,fuel,factors)· factor sets of single cells")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="table | json | csv | xlsx")] = "table",
    out: Annotated[Path | None, typer.Option(help="输出文件 · file (xlsx)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="等同 --format json")] = False,
) -> None:
    """核算一个案例 · the accounts of a case."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import (
        ACCOUNTS,
        build,
        inventory_as_csv,
        inventory_as_json,
        read_overrides,
        write_workbook,
    )

    wanted = "json" if as_json else output
    if wanted not in ("table", "json", "csv", "xlsx"):
        raise DafengError.at("--format", wanted, "table, json, csv or xlsx")
    if account not in ACCOUNTS:
        raise DafengError.at("--account", f"account {account}", f"one of {', '.join(ACCOUNTS)}")
    loaded = cases.load(case)
    cells = None if override is None else read_overrides(override)
    inventory = build(loaded, None, factors, gwp, cells)
    years = list(inventory.years) if year is None else [year]
    inventory.totals(account, years)
    if wanted == "json":
        typer.echo(
            json.dumps(
                inventory_as_json(inventory, account, years), ensure_ascii=False, allow_nan=False, default=str
            )
        )
    elif wanted == "csv":
        typer.echo(inventory_as_csv(inventory, account, years), nl=False)
    elif wanted == "xlsx":
        path = out or Path(f"{loaded.city.name_zh}_清单.xlsx")
        write_workbook(inventory, loaded, years, path)
        typer.echo(str(path))
    else:
        _print_totals(inventory, account, years)


def _print_totals(inventory: "Inventory", account: str, years: list[int]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    from dafeng.inventory import gpc_table, gpc_totals

    unit = "万吨 CO2" if account == "A" else "万吨 CO2e"
    what = f"地域 {unit}" if account == "C" else unit
    basic = ("BASIC", "BASIC+") if account == "C" else ()
    table = Table("年份 year", what, "95 % 区间 range", *basic, "等级 grade", "D+E", "未估算 NE")
    for total in inventory.totals(account, years):
        gpc = gpc_totals(gpc_table(inventory, total.year)) if basic else {}
        table.add_row(
            str(total.year),
            "NE" if total.value_t != total.value_t else f"{total.value_t / 1e4:,.0f}",
            "NE" if total.value_t != total.value_t else f"{total.low_t / 1e4:,.0f}–{total.high_t / 1e4:,.0f}",
            *("NE" if gpc[name] != gpc[name] else f"{gpc[name] / 1e4:,.0f}" for name in basic),
            total.grade.value,
            f"{total.share_d_e:.0%}",
            str(len(total.incomplete)),
        )
    console.print(table)
    options = inventory.options
    console.print(
        f"账户 {account} · 因子集 {options['fuel_set']} · GWP {options['gwp_set']} · {options['electricity_rule']}",
        markup=False,
    )
    for finding in inventory.findings:
        if finding.severity.value != "note":
            console.print(f"[{finding.severity.value}] {finding.zh}", markup=False)


@app.command("figures")
def figures(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    year: Annotated[int | None, typer.Option(help="年份 · year (default: base year)")] = None,
    account: Annotated[str, typer.Option(help="账户 A、B、C · account")] = "B",
    language: Annotated[str, typer.Option("--lang", help="zh | en")] = "zh",
    out: Annotated[Path | None, typer.Option(help="输出文件 · HTML file")] = None,
) -> None:
    """能流图(桑基图)与排放构成(旭日图),一个离线网页 · Sankey and sunburst as one offline page."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError, Language
    from dafeng.inventory import build, write_figures

    if language not in ("zh", "en"):
        raise DafengError.at("--lang", language, "zh or en")
    loaded = cases.load(case)
    inventory = build(loaded)
    path = out or Path(f"{loaded.city.name_zh}_能流与排放.html")
    write_figures(
        inventory, year or inventory.base_year, account, path, Language(language), loaded.city.name_zh
    )
    typer.echo(str(path))


@app.command("activities")
def activities(
    output: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
) -> None:
    """activities.csv 可填的活动、单位和方法 · activities that activities.csv may hold, with unit and method."""
    from dafeng.evidence import DafengError
    from dafeng.inventory import activity_names

    if output not in ("table", "csv", "json"):
        raise DafengError.at("--format", output, "table, csv or json")
    names = activity_names()
    if output == "csv":
        typer.echo(names.to_csv(index=False), nl=False)
    elif output == "json":
        typer.echo(names.to_json(orient="records", force_ascii=False))
    else:
        shown = names[["activity", "unit", "row", "zh"]]
        _print_lines(
            ("活动 activity", "单位 unit", "类别 row", "名称"),
            shown.to_numpy().tolist(),
        )


@app.command("counties")
def counties(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    year: Annotated[int | None, typer.Option(help="年份 · year (default: base year)")] = None,
    account: Annotated[str, typer.Option(help="账户 A、B · account")] = "B",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """分解到县区(四舍五入后合计严格相等) · by county, sums exact after rounding."""
    from dafeng import case as cases
    from dafeng.inventory import build, to_counties

    loaded = cases.load(case)
    inventory = build(loaded)
    table = to_counties(inventory, loaded, year or inventory.base_year, account)
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    names = {county.code: county.name_zh for county in loaded.city.counties}
    totals = table.groupby("county")["value_t"].sum().sort_values(ascending=False)
    _print_lines(
        ("县区 county", "万吨"),
        [(names.get(str(code), "未分解 city"), f"{value / 1e4:,.2f}") for code, value in totals.items()],
    )


@app.command("keys")
def keys(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    year: Annotated[int | None, typer.Option(help="年份 · year (default: base year)")] = None,
    account: Annotated[str, typer.Option(help="账户 · account")] = "B",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """关键排放源:水平与趋势 · key categories by level and trend."""
    from dafeng import case as cases
    from dafeng.inventory import build, key_category_table

    inventory = build(cases.load(case))
    table = key_category_table(inventory, account, year or inventory.base_year)
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    shown = table[table["key_level"] | table["key_trend"]].to_dict("records")
    at = year or inventory.base_year
    terminal.shown(
        tables.key_categories(shown), f"{at}年账户 {account}:水平或趋势累计达到 95 % 的排放源(IPCC 2006 卷1第4章)"
    )  # fmt: skip


@app.command("uncertainty")
def uncertainty(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    year: Annotated[int | None, typer.Option(help="年份 · year (default: base year)")] = None,
    account: Annotated[str, typer.Option(help="账户 · account")] = "B",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """总量与趋势的不确定性及其来源 · uncertainty of total and trend, and the inputs that it comes from."""
    from dafeng import case as cases
    from dafeng.inventory import build, fuel_title, row_title, uncertainty_of

    inventory = build(cases.load(case))
    found = uncertainty_of(inventory, account, year or inventory.base_year)
    if as_json:
        plain = {name: getattr(found, name) for name in found.__slots__ if name != "inputs"}
        plain["inputs"] = found.inputs.to_dict("records")
        typer.echo(json.dumps(plain, ensure_ascii=False, allow_nan=False))
        return
    kinds = {"activity": "活动水平 activity", "factor": "因子 factor"}
    _print_lines(
        ("输入 input", "类别 kind", "方差占比 share of variance"),
        [
            (row_title(fuel_title(str(r["input"]))), kinds[str(r["kind"])], f"{r['share']:.1%}")
            for r in found.inputs.head(10).to_dict("records")
        ],
    )
    typer.echo(
        f"{found.year}年账户 {account}:{found.value_t / 1e4:,.0f} 万吨 ±{found.half_width_t / found.value_t:.1%}(解析法),"
        f"{found.low_t / 1e4:,.0f}–{found.high_t / 1e4:,.0f}(抽样);较{found.base}年{found.trend:+.1%} "
        f"±{found.trend_half_width:.1%}"
    )


@app.command("indicators")
def indicators(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """双控指标 · indicators of dual control."""
    from dafeng import case as cases
    from dafeng.inventory import build, dual_control

    loaded = cases.load(case)
    table = dual_control(build(loaded), loaded)
    if as_json:
        typer.echo(table.reset_index().to_json(orient="records", force_ascii=False))
        return
    terminal.shown(
        tables.indicators(table), "不变价以基准年为准,同一口径;NE 为数据缺失;非化石仅含本市水电和风电,为下限",
        "年份不全时见 --json" if len(table) > tables.SHOWN_YEARS else "",
    )  # fmt: skip


@app.command("recalculate")
def recalculate_command(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    factors: Annotated[str, typer.Option(help="新因子集 · new factor set")],
    against: Annotated[str | None, typer.Option(help="原因子集 · old factor set")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """换因子集后的重算报告:原值、新值、原因 · old, new and why after a change of factors."""
    from dafeng import case as cases
    from dafeng.inventory import build, recalculate

    loaded = cases.load(case)
    table = recalculate(build(loaded, factor_set=against), build(loaded, factor_set=factors))
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    terminal.shown(tables.recalculation(table.head(SHOWN_ROWS).to_dict("records")), _left(len(table)))


@app.command("reconcile")
def reconcile_command(
    case: Annotated[str, typer.Argument(help="案例 · case")],
    reference: Annotated[
        Path | None,
        typer.Argument(
            help="对照清单 CSV:row,fuel,year,value,unit · published inventory (default: the case's own)"
        ),
    ] = None,
    factors: Annotated[str | None, typer.Option(help="因子集 · factor set")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """与已发布清单逐项对照,差异分解为因子与活动水平 · gap to a published inventory, by factor and activity.

    没有分行业对照清单的地方,对照各家总量估算 · a place without one is put beside the estimates of its total.
    """
    from dafeng import case as cases
    from dafeng.inventory import build, own_reference, read_reference, reconcile, reference_table

    loaded = cases.load(case)
    inventory = build(loaded, factor_set=factors)
    path = own_reference(loaded) if reference is None else reference
    if path is None:
        totals = reference_table(inventory, loaded)
        if as_json:
            typer.echo(totals.to_json(orient="records", force_ascii=False))
            return
        _print_lines(
            ("对照 reference", "年份", "对照 万吨", "本清单 ours", "差 gap"),
            [
                (
                    str(r["reference"]),
                    str(r["year"]),
                    *(f"{r[c] / 1e4:,.0f}" for c in ("theirs_t", "ours_t", "gap_t")),
                )
                for r in totals.to_dict("records")
            ],
        )
        return
    table = reconcile(inventory, read_reference(path))
    if as_json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    terminal.shown(tables.gaps(table.head(SHOWN_ROWS).to_dict("records")), _left(len(table)))


def _left(rows: int) -> str:
    return "" if rows <= SHOWN_ROWS else f"另有 {rows - SHOWN_ROWS} 行,见 --json · more rows with --json"


def _print_lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*titles)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
