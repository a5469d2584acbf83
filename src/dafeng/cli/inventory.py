"""`dafeng inventory`: accounts of a case, and emissions of a bare energy balance."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dafeng.inventory import Inventory

app = typer.Typer(no_args_is_help=True, help="清单核算 · accounts, balances, indicators")


@app.callback()
def _root() -> None:
    pass


@app.command("from-balance")
def from_balance(
    file: Annotated[Path, typer.Argument(help="平衡表 CSV/Excel · balance as CSV or workbook")],
    factors: Annotated[str, typer.Option(help="因子集 · factor set")] = "ceads",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """由一张能源平衡表核算燃烧排放 · CO2 of combustion from a bare balance table."""
    from dafeng.inventory import combustion_of, read_balance

    result = combustion_of(read_balance(file), factors)
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
    output: Annotated[str, typer.Option("--format", help="table | json | csv | xlsx")] = "table",
    out: Annotated[Path | None, typer.Option(help="输出文件 · file (xlsx)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="等同 --format json")] = False,
) -> None:
    """核算一个案例 · the accounts of a case."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import build, inventory_as_csv, inventory_as_json, write_workbook

    wanted = "json" if as_json else output
    if wanted not in ("table", "json", "csv", "xlsx"):
        raise DafengError.at("--format", wanted, "table, json, csv or xlsx")
    loaded = cases.load(case)
    inventory = build(loaded, None, factors, gwp)
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
    unit = "万吨 CO2" if account == "A" else "万吨 CO2e"
    table = Table("年份 year", f"{unit}", "95 % 区间 range", "等级 grade", "D+E", "未估算 NE")
    for total in inventory.totals(account, years):
        table.add_row(
            str(total.year),
            f"{total.value_t / 1e4:,.0f}",
            f"{total.low_t / 1e4:,.0f}–{total.high_t / 1e4:,.0f}",
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
