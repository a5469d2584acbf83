"""`dafeng inventory`: accounts of a case, and emissions of a bare energy balance."""

import json
from pathlib import Path
from typing import Annotated

import typer

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
