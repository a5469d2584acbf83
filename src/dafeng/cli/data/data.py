"""`dafeng data …`: what a place has and lacks, the form for it, and files of the user's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words
from dafeng.cli.room import room
from dafeng.cli.terminal import print_json, print_table, progress_bars, refusals
from dafeng.evidence import DafengError

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.evidence import Text

app = room(words.both("what_a_place_has_and_lacks"))

Code = Annotated[str, typer.Argument(metavar="CODE", help=words.both("code_or_name_of_a_unit"))]
CaseOption = Annotated[Path | None, typer.Option("--case", help=words.both("folder_of_the_case"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]
PLANS = (".docx", ".doc", ".pdf", ".html", ".htm", ".md", ".wps")
"""Endings of documents; a plan as plain text goes through `dafeng case from-plan`."""
TABLES = (".xlsx", ".xls")


@app.command("status")
def status_command(code: Code, case: CaseOption = None, as_json: Json = False) -> None:
    """List what a unit has, what it lacks for an answer, and who holds it."""
    from dafeng.case import find_unit, lacking, own_cells

    with refusals(as_json):
        unit = find_unit(code)
        states = own_cells(unit, _loaded(case))
    missing = [{"zh": zh, "en": en, "held_by": holder} for zh, en, holder in lacking(unit)]
    if as_json:
        print_json({
            "code": unit.code, "name_zh": unit.name_zh, "can_be_drafted": not missing, "missing": missing,
            "cells": [
                {"id": one.id, "name_zh": one.name_zh, "name_en": one.name_en, "value": one.value, "year": one.year, "unit": one.unit,
                 "held_by_zh": one.holder_zh, "held_by_en": one.holder_en}
                for one in states
            ],
        })  # fmt: skip
        return
    heads = [
        words.head(head) for head in ("data_cell", "data_value", "data_year", "data_unit", "data_holder")
    ]
    rows = [
        [words.plain(one.name_zh, one.name_en), "—" if one.value is None else f"{one.value:,.2f}", one.year or "—", one.unit,
         words.plain(one.holder_zh, one.holder_en)]
        for one in states
    ]  # fmt: skip
    print_table(f"{unit.code} {unit.name_zh}", heads, rows)
    for one in missing:
        typer.echo(f"! {words.plain(one['zh'], one['en'])}: {one['held_by']}")
    typer.echo(words.word("data_cannot" if missing else "data_can", code=unit.code))


@app.command("form")
def form_command(
    code: Code,
    out: Annotated[Path, typer.Option("--out", help=words.both("new_workbook"))],
    case: CaseOption = None,
    as_json: Json = False,
) -> None:
    """Write the one-page form of the cells that help a draft most."""
    from dafeng.case import find_unit, write_own_form

    with refusals(as_json):
        write_own_form(find_unit(code), out, _loaded(case))
    if as_json:
        print_json({"written": str(out)})
    else:
        typer.echo(f"✓ {out}")


@app.command("add")
def add_command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help=words.both("form_balance_or_inventory"))
    ],
    case: Annotated[Path, typer.Option("--case", help=words.both("folder_of_the_case"))],
    as_json: Json = False,
) -> None:
    """Add files of one's own to a drafted case: plan, balance, statistics, electricity by sector, GDP, plants, the form, a CEADs workbook; recognised by content."""
    from dafeng.pathway import is_drafted_model, redraft_model

    done = []
    with refusals(as_json), progress_bars(not as_json):
        drafted = is_drafted_model(case)
        for file in files:
            done += _added(case, file)
        if drafted:
            redraft_model(case)
    if as_json:
        print_json(
            {"added": [{"zh": text.zh, "en": text.en} for text in done], "model_drafted_again": drafted}
        )
        return
    typer.echo("\n".join(f"✓ {text}" for text in done))
    typer.echo(words.word("model_drafted_again" if drafted else "model_kept", folder=case))


def _added(case: Path, file: Path) -> "list[Text]":
    """Add one file by what it is."""
    from dafeng.case import add_own_figures, add_own_form, add_own_plants, is_own_form, is_plant_list
    from dafeng.inventory import add_own_balance, is_named_balance, read_balance
    from dafeng.pathway import adopt_plan
    from dafeng.plan import read

    if file.suffix.lower() in PLANS:
        plan = read(file)
        return [words.both("plan_adopted", title=plan.title, **adopt_plan(case, plan).counts)]
    if is_own_form(file):
        return add_own_form(case, file)
    if is_plant_list(file):
        return [add_own_plants(case, file)]
    try:
        balance = read_balance(file)
    except DafengError:
        if file.suffix.lower() not in TABLES or is_named_balance(file):
            raise
        return add_own_figures(case, file)
    return [add_own_balance(case, balance, file.name)]


def _loaded(folder: Path | None) -> "Case | None":
    from dafeng.case import load

    return load(folder) if folder is not None else None
