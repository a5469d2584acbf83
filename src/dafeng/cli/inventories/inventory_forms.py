"""Commands of `dafeng inventory` on forms: the GPC inventory as eCRF tables, out and in."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import terminal, words
from dafeng.cli.terminal import print_rows


def ecrf_command(
    case: Annotated[str | None, typer.Argument(help=words.both("case"))] = None,
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    out: Annotated[Path | None, typer.Option(help=words.both("file_xlsx"))] = None,
    read: Annotated[Path | None, typer.Option(help=words.both("ecrf_to_read"))] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write the GPC inventory as eCRF tables, or check and sum up such a workbook."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import build, ecrf_tables, read_ecrf, write_ecrf

    if read is not None:
        tables = read_ecrf(read)
        if as_json:
            print_rows(tables.sources)
            return
        total = (
            tables.sources.groupby("GPC ref. no.", sort=False)["GHGs (t CO2e): total CO2e"]
            .sum(min_count=1)
            .dropna()
        )
        terminal.print_lines(
            (words.word("gpc_reference"), words.word("t_co2e")), [(str(refno), f"{value:,.2f}") for refno, value in total.items()]
        )  # fmt: skip
        return
    if case is None:
        raise DafengError.at("CASE, --read", words.both("nothing_given"), words.both("one_of_them"))
    loaded = cases.load(case)
    inventory = build(loaded)
    at = year or inventory.base_year
    path = out or Path(f"{loaded.city.name_zh}_eCRF_{at}.xlsx")
    write_ecrf(ecrf_tables(inventory, loaded, at), path)
    typer.echo(str(path))
