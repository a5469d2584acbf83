"""Commands of `dafeng inventory` on time: series of totals, versions, recalculations; and key categories."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dafeng.cli import terminal, words
from dafeng.cli.tables import inventory as tables
from dafeng.cli.terminal import print_rows

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.inventory import Inventory

SHOWN_ROWS = 40
AUTO = "auto"


def splice(inventory: "Inventory", case: "Case", rules: str | None) -> "Inventory":
    """Return the inventory with its series spliced: `auto`, or the rules of a CSV; unchanged without rules."""
    from dafeng.inventory import read_splices, spliced

    if rules is None:
        return inventory
    return spliced(inventory, case) if rules == AUTO else spliced(inventory, case, read_splices(Path(rules)))


def series_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    account: Annotated[str, typer.Option(help=words.both("account_3"))] = "B",
    splicing: Annotated[str | None, typer.Option("--splice", help=words.both("splicing"))] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show the totals year by year, what they are without, and changes of like with like."""
    from dafeng import case as cases
    from dafeng.inventory import build, series_table

    loaded = cases.load(case)
    inventory = splice(build(loaded), loaded, splicing)
    table = series_table(inventory, account)
    if as_json:
        print_rows(table)
        return
    marks = {total.year: total.mark.zh for total in inventory.totals(account)}
    terminal.shown(tables.series(table.to_dict("records"), marks), words.word("like_with_like"))
    for finding in inventory.findings:
        if finding.code == "series-spliced":
            typer.echo(finding.zh)


def version_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    out: Annotated[Path, typer.Option(help=words.both("version_file"))],
    label: Annotated[str, typer.Option(help=words.both("version_label"))] = "",
    factors: Annotated[str | None, typer.Option(help=words.both("factor_set"))] = None,
    splicing: Annotated[str | None, typer.Option("--splice", help=words.both("splicing"))] = None,
) -> None:
    """Write a version of the inventory, to compare later ones with."""
    from dafeng import case as cases
    from dafeng.inventory import build, write_version

    loaded = cases.load(case)
    write_version(splice(build(loaded, factor_set=factors), loaded, splicing), out, label)
    typer.echo(str(out))


def recalculate_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    factors: Annotated[str | None, typer.Option(help=words.both("new_factor_set"))] = None,
    against: Annotated[str | None, typer.Option(help=words.both("old_factor_set"))] = None,
    version: Annotated[Path | None, typer.Option("--from", help=words.both("old_version"))] = None,
    splicing: Annotated[str | None, typer.Option("--splice", help=words.both("splicing"))] = None,
    by_category: Annotated[bool, typer.Option("--by-category", help=words.both("by_ipcc_category"))] = False,
    account: Annotated[str, typer.Option(help=words.both("account_3"))] = "B",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Report a recalculation: old and new values and the cause."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import build, read_version, recalculate, recalculation_by_category

    if factors is None and version is None and splicing is None:
        raise DafengError.at(
            "--factors, --from, --splice", words.both("nothing_given"), words.both("one_of_them")
        )
    loaded = cases.load(case)
    new = splice(build(loaded, factor_set=factors), loaded, splicing)
    old = build(loaded, factor_set=against) if version is None else read_version(version)[0]
    table: Any = recalculation_by_category(old, new, account) if by_category else recalculate(old, new)
    if as_json:
        print_rows(table)
        return
    shown = tables.recalculation_by_category if by_category else tables.recalculation
    terminal.shown(
        shown(table.head(SHOWN_ROWS).to_dict("records")), terminal.left_out(len(table), SHOWN_ROWS)
    )


def keys_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    account: Annotated[str, typer.Option(help=words.both("account_3"))] = "B",
    by: Annotated[str, typer.Option(help="ipcc | branch")] = "ipcc",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Identify key categories by level, trend, uncertainty and, where nothing is estimated, qualitatively."""
    from dafeng import case as cases
    from dafeng.evidence import DafengError
    from dafeng.inventory import build, ipcc_key_categories, key_category_table

    if by not in ("ipcc", "branch"):
        raise DafengError.at("--by", by, "ipcc, branch")
    inventory = build(cases.load(case))
    at = year or inventory.base_year
    table = (ipcc_key_categories if by == "ipcc" else key_category_table)(inventory, account, at)
    if as_json:
        print_rows(table)
        return
    if by == "ipcc":
        rows = table[table["key"]].to_dict("records")
        terminal.shown(
            tables.ipcc_key_categories(rows), words.word("key_by_ipcc_category", at=at, account=account)
        )
        return
    rows = table[table["key_level"] | table["key_trend"]].to_dict("records")
    terminal.shown(
        tables.key_categories(rows), words.word("account_sources_that_make_95_of", at=at, account=account)
    )  # fmt: skip
