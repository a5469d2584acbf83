"""`dafeng inventory`: accounts of a case, and emissions of a bare energy balance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import inventory_comparisons, terminal, words
from dafeng.cli.inventories import inventory_forms, inventory_series
from dafeng.cli.room import room
from dafeng.cli.tables import inventory as tables
from dafeng.cli.terminal import print_json, print_rows

if TYPE_CHECKING:
    from dafeng.evidence import Language
    from dafeng.inventory import Inventory

app = room(words.both("accounts_balances_indicators"))


@app.callback()
def _root() -> None:
    pass


@app.command("from-balance")
def from_balance(
    file: Annotated[Path, typer.Argument(help=words.both("balance_as_csv_or_workbook"))],
    factors: Annotated[str, typer.Option(help=words.both("factor_set"))] = "ceads",
    override: Annotated[Path | None, typer.Option(help=words.both("factor_sets_of_single_cells_csv"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json"))] = False,
) -> None:
    """Compute the CO2 of combustion from a balance table."""
    from dafeng.inventory import combustion_of, read_balance, read_overrides

    cells = None if override is None else read_overrides(override)
    result = combustion_of(read_balance(file), factors, cells)
    if as_json:
        print_json(result.as_json())
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    totals = result.emissions.groupby(["region", "year", "fuel"], sort=False)["value"].sum() / 1e4
    table = Table(words.head("region"), words.head("year"), words.head("fuel"), words.both("10_t"))
    for (region, year, fuel), value in zip(totals.index.to_flat_index(), totals, strict=True):
        table.add_row(region, str(year or "—"), fuel, f"{value:,.2f}")
    console.print(table)
    console.print(words.word("total_10_t_co2", value=totals.sum(), factors=factors))
    if result.refused:
        console.print(words.word("cells_refused", count=len(result.refused)))
    for finding in result.findings:
        console.print(f"[{finding.severity.value}] {finding.zh}", markup=False)


@app.command("diagnose")
def diagnose_command(
    file: Annotated[Path, typer.Argument(help=words.both("balance_or_case"))],
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json"))] = False,
) -> None:
    """Check a balance against itself and its other years."""
    from dafeng import case as cases
    from dafeng.inventory import case_balance, diagnose, gdp_findings, read_balance

    if file.suffix:
        balance, findings = read_balance(file), []
    else:
        loaded = cases.load(str(file))
        balance, findings = case_balance(loaded), gdp_findings(loaded)
    doubts = [doubt.finding() for doubt in diagnose(balance)]
    findings = [*balance.findings, *doubts, *findings]
    if as_json:
        refused = [cell.as_dict() for cell in balance.refused]
        print_json({"findings": [f.as_dict() for f in findings], "refused": refused})
        return
    typer.echo("\n".join(f"[{finding.severity.value}] {finding.zh}" for finding in findings))
    typer.echo(words.word("findings_of_a_balance", count=len(findings), cells=len(balance.cells)))


@app.command("run")
def run(
    case: Annotated[str, typer.Argument(help=words.both("bundled_name_or_folder_2"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_all"))] = None,
    account: Annotated[str, typer.Option(help=words.both("account"))] = "A",
    factors: Annotated[str | None, typer.Option(help=words.both("factor_set"))] = None,
    gwp: Annotated[str | None, typer.Option(help=words.both("warming_potentials"))] = None,
    override: Annotated[Path | None, typer.Option(help=words.both("factor_sets_of_single_cells_csv"))] = None,
    splicing: Annotated[str | None, typer.Option("--splice", help=words.both("splicing"))] = None,
    oil_to_transport: Annotated[str | None, typer.Option(help=words.both("oil_to_transport"))] = None,
    output: Annotated[str, typer.Option("--format", help="table | json | csv | xlsx")] = "table",
    out: Annotated[Path | None, typer.Option(help=words.both("file_xlsx"))] = None,
    lang: Annotated[str, typer.Option("--lang", help=words.both("language_of_tables"))] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help=words.both("same_as_format_json"))] = False,
) -> None:
    """Compute the accounts of a case."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import (
        ACCOUNTS,
        build,
        inventory_as_csv,
        inventory_as_json,
        moved_to_transport,
        oil_shares,
        read_overrides,
        write_workbook,
    )

    wanted = "json" if as_json else output
    if wanted not in ("table", "json", "csv", "xlsx"):
        raise DafengError.at("--format", wanted, words.both("problem.formats_of_accounts"))
    if account not in ACCOUNTS:
        raise DafengError.at(
            "--account", f"account {account}", words.both("problem.one_of", choices=", ".join(ACCOUNTS))
        )
    language = _language(lang)
    loaded = cases.load(case)
    cells = None if override is None else read_overrides(override)
    inventory = inventory_series.splice(build(loaded, None, factors, gwp, cells), loaded, splicing)
    if oil_to_transport is not None:
        shares = oil_shares(None if oil_to_transport == inventory_series.AUTO else Path(oil_to_transport))
        inventory = moved_to_transport(inventory, shares)
    years = list(inventory.years) if year is None else [year]
    inventory.totals(account, years)
    if wanted == "json":
        print_json(inventory_as_json(inventory, account, years))
    elif wanted == "csv":
        typer.echo(inventory_as_csv(inventory, account, years), nl=False)
    elif wanted == "xlsx":
        path = out or Path(words.word("inventory_xlsx", name_zh=loaded.city.name_zh))
        write_workbook(inventory, loaded, years, path, language)
        typer.echo(str(path))
    else:
        _print_totals(inventory, account, years)


def _language(code: str) -> "Language":
    from dafeng.evidence import DafengError, Language

    if code not in tuple(Language):
        raise DafengError.at("--lang", code, words.both("problem.zh_or_en"))
    return Language(code)


def _print_totals(inventory: "Inventory", account: str, years: list[int]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    from dafeng.inventory import gpc_table, gpc_totals

    unit = words.word("10_t_co2") if account == "A" else words.word("10_t_co2e")
    what = words.word("territory", unit=unit) if account == "C" else unit
    basic = ("BASIC", "BASIC+") if account == "C" else ()
    table = Table(
        words.head("year"), what, words.head("range"), *basic, words.head("grade"), "D+E", words.word("ne")
    )
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
    for total in inventory.totals(account, years):
        if total.without:
            console.print(f"{total.year}: {total.mark.zh}", markup=False)
    options = inventory.options
    console.print(
        words.both(
            "account_and_factor_sets",
            account=account,
            fuel_set=options["fuel_set"],
            gwp_set=options["gwp_set"],
            electricity_rule=options["electricity_rule"],
        ),
        markup=False,
    )
    for finding in inventory.findings:
        if finding.severity.value != "note":
            console.print(f"[{finding.severity.value}] {finding.zh}", markup=False)


@app.command("figures")
def figures(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    account: Annotated[str, typer.Option(help=words.both("account"))] = "B",
    language: Annotated[str, typer.Option("--lang", help="zh | en")] = "zh",
    out: Annotated[Path | None, typer.Option(help=words.both("html_file"))] = None,
) -> None:
    """Draw energy flows (Sankey) and emissions (sunburst) as one offline page."""
    from dafeng import case as cases
    from dafeng.inventory import build, write_figures

    shown = _language(language)
    loaded = cases.load(case)
    inventory = build(loaded)
    path = out or Path(words.word("flows_and_emissions_html", name_zh=loaded.city.name_zh))
    write_figures(inventory, year or inventory.base_year, account, path, shown, loaded.city.name_zh)
    typer.echo(str(path))


@app.command("activities")
def activities(
    output: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
) -> None:
    """List the activities of activities.csv, with unit and method."""
    from dafeng.evidence import DafengError
    from dafeng.inventory import activity_names

    if output not in ("table", "csv", "json"):
        raise DafengError.at("--format", output, words.both("problem.formats_of_names"))
    names = activity_names()
    if output == "csv":
        typer.echo(names.to_csv(index=False), nl=False)
    elif output == "json":
        print_rows(names)
    else:
        shown = names[["activity", "unit", "row", "zh"]]
        terminal.print_lines(
            (words.head("activity"), words.head("unit"), words.head("row"), words.word("name")),
            shown.to_numpy().tolist(),
        )


@app.command("counties")
def counties(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    account: Annotated[str, typer.Option(help=words.both("account_2"))] = "B",
    bridge: Annotated[bool, typer.Option("--bridge", help=words.both("bridge_of_counties"))] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Allocate emissions to counties, plants first; sums stay exact after rounding."""
    from dafeng import case as cases
    from dafeng.inventory import COUNTY_SPREAD_LN, build, county_bridge, county_totals, to_counties

    loaded = cases.load(case)
    inventory = build(loaded)
    table = to_counties(inventory, loaded, year or inventory.base_year, account)
    if as_json:
        print_rows(county_bridge(table) if bridge else table)
        return
    names = {county.code: county.name_zh for county in loaded.city.counties}
    if bridge:
        steps = {name: words.word(f"county_{name}") for name in ("shares", "plants")}
        rows = county_bridge(table)
        terminal.print_lines(
            (words.head("county"), words.head("county_step"), words.word("10_t_2")),
            [
                (names[code], steps.get(step, step), f"{value / 1e4:,.2f}")
                for code, step, value in rows.itertuples(index=False, name=None)
            ],
        )
        return
    totals = county_totals(table)
    terminal.print_lines(
        (
            words.head("county"), words.word("10_t_2"), words.head("county_range"),
            words.head("county_at_plants"), words.head("county_shares"),
        ),
        [
            (
                names.get(str(row["county"]), words.head("city")), f"{row['value_t'] / 1e4:,.2f}",
                "–" if row["low_t"] != row["low_t"] else f"{row['low_t'] / 1e4:,.0f}–{row['high_t'] / 1e4:,.0f}",
                f"{row['plants_t'] / 1e4:,.2f}", f"{row['shares_t'] / 1e4:,.2f}",
            )
            for row in totals.to_dict("records")
        ],
    )  # fmt: skip
    typer.echo(words.word("county_spread", spread=f"{COUNTY_SPREAD_LN:.2f}"))


@app.command("uncertainty")
def uncertainty(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    account: Annotated[str, typer.Option(help=words.both("account_3"))] = "B",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Uncertainty of total and trend, and the inputs that it comes from."""
    from dafeng import case as cases
    from dafeng.inventory import build, fuel_title, row_title, uncertainty_of

    inventory = build(cases.load(case))
    found = uncertainty_of(inventory, account, year or inventory.base_year)
    if as_json:
        plain = {name: getattr(found, name) for name in found.__slots__ if name != "inputs"}
        plain["inputs"] = found.inputs.to_dict("records")
        print_json(plain)
        return
    kinds = {"activity": words.head("activity_2"), "factor": words.head("factor")}
    terminal.print_lines(
        (words.head("input"), words.head("kind_2"), words.head("share_of_variance_2")),
        [
            (row_title(fuel_title(str(r["input"]))), kinds[str(r["kind"])], f"{r['share']:.1%}")
            for r in found.inputs.head(10).to_dict("records")
        ],
    )
    typer.echo(
        words.word(
            "account_10_t_analytic_sampled_since",
            year=found.year,
            account=account,
            value=found.value_t / 10000.0,
            value2=found.half_width_t / found.value_t,
            value3=found.low_t / 10000.0,
            value4=found.high_t / 10000.0,
            base=found.base,
            trend=found.trend,
            trend_half_width=found.trend_half_width,
        )
    )


@app.command("indicators")
def indicators(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    deduct: Annotated[str, typer.Option(help=words.both("deduct_non_fossil"))] = "growth",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Compute the indicators of dual control."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import build, dual_control

    if deduct not in ("growth", "all"):
        raise DafengError.at("--deduct", deduct, "growth, all")
    loaded = cases.load(case)
    table = dual_control(build(loaded), loaded, deduct=deduct)
    if as_json:
        print_rows(table.reset_index())
        return
    terminal.shown(
        tables.indicators(table), words.word("constant_prices_of_the_base_year"), words.word("years_are_not_complete_see_json") if len(table) > tables.SHOWN_YEARS else "",
    )  # fmt: skip


app.command("keys")(inventory_series.keys_command)
app.command("ecrf")(inventory_forms.ecrf_command)
app.command("series")(inventory_series.series_command)
app.command("version")(inventory_series.version_command)
app.command("recalculate")(inventory_series.recalculate_command)
app.command("reconcile")(inventory_comparisons.reconcile_command)
app.command("plants")(inventory_comparisons.plants_command)
app.command("checks")(inventory_comparisons.checks_command)
app.command("carbon")(inventory_comparisons.carbon_command)
