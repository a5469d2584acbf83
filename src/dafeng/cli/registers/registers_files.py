"""`dafeng registers template | import | export | publish`: files out and in."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.record_options import (
    HERE,
    As,
    Database,
    Json,
    Place,
    Register,
    Where,
    Workspace,
    acting,
    opened,
)
from dafeng.cli.tables import registers as tables
from dafeng.cli.terminal import print_json, print_problems, progress_bars, refusals


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of registers."""
    for name, command in (
        ("template", template_command),
        ("import", import_command),
        ("export", export_command),
        ("publish", publish_command),
    ):
        app.command(name)(command)


def template_command(
    register: Register, out: Annotated[Path, typer.Option("--out", help=".xlsx")], form: Annotated[bool, typer.Option("--xlsform", help=words.both("reg_xlsform_for_odk"))] = False,
    filled: Annotated[bool, typer.Option("--filled", help=words.both("reg_with_the_last_period_filled_in"))] = False,
    region: Annotated[str, typer.Option("--region", help=words.both("reg_of_this_place_only"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """填报模板:下拉、单位、说明、依据 · workbook to fill in, with drop-downs, units and trust marks."""
    from dafeng.registers import (
        book_of,
        choices_in,
        last_children,
        last_period,
        write_template,
        write_xlsform,
    )

    with refusals(as_json):
        if form:
            write_xlsform(out, book_of(workspace).latest(register))
        else:
            rows, children, lists = [], {}, {}
            if filled or database or (workspace / "records.sqlite").is_file():
                store = opened(workspace, place, database)
                lists = choices_in(store, acting(actor), register)
            if filled:
                rows = last_period(store, acting(actor), register, region)
                children = last_children(store, acting(actor), register, region)
            write_template(out, book_of(workspace).latest(register), rows, children, lists)
    written(out, as_json)


def import_command(
    register: Register, file: Path, workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "",
    partial: Annotated[bool, typer.Option("--partial", help=words.both("reg_keep_sound_rows_refuse_the_others"))] = False,
    errors: Annotated[Path | None, typer.Option("--errors", help=words.both("reg_workbook_with_the_wrong_cells_marked"))] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help=words.both("reg_check_only"))] = False,
    day: Annotated[str, typer.Option("--day", help=words.both("reg_day_whose_edition_reads_the_file"))] = "",
    grade: Annotated[str, typer.Option("--grade", help="A | B | C | D | E")] = "B", as_json: Json = False,
) -> None:  # fmt: skip
    """导入工作簿或 CSV,一次列出全部问题 · import a workbook or CSV, every problem at once."""
    from dafeng.registers import import_file, preview, write_errors

    with refusals(as_json), progress_bars(not as_json):
        store = opened(workspace, place, database)
        if dry:
            problems, receipt = preview(store, acting(actor), register, file, day), None
        else:
            receipt = import_file(
                store,
                acting(actor),
                register,
                file,
                mode="partial" if partial else "whole",
                day=day,
                grade=grade,
            )
            problems = receipt.problems
        if errors is not None and problems:
            write_errors(errors, file, store.book.latest(register), problems)
    if as_json:
        print_json(
            receipt.as_dict() if receipt is not None else {"problems": [one.as_dict() for one in problems]}
        )
    else:
        if problems:
            print_problems(problems, False)
        if receipt is not None:
            typer.echo(tables.receipt_line(receipt))
            for one in receipt.doubts:
                typer.echo(f"! {one['where']}: {one['zh']} · {one['en']}")
    if problems:
        raise typer.Exit(1)


def export_command(
    register: Register, out: Annotated[Path, typer.Option("--out", help=".xlsx | .csv")], filters: Where = None,
    search: Annotated[str, typer.Option("--search", help=words.both("reg_text"))] = "", workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """导出有权查看的记录 · export the records you may see."""
    from dafeng.registers import Filter, export

    with refusals(as_json):
        store = opened(workspace, place, database)
        count = export(
            store,
            acting(actor),
            register,
            out,
            filters=[Filter.parse(one) for one in filters or ()],
            search=search,
        )
    written(out, as_json, count)


def publish_command(
    register: Register, out: Annotated[Path, typer.Option("--out", help=words.both("reg_folder"))],
    years: Annotated[str, typer.Option("--years", help=words.both("reg_years"))] = "", workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """公开名单:工作簿和网页片段;--years 加指标 · public list as workbook and page fragment; --years adds indicators."""
    from dafeng.registers import publish

    with refusals(as_json):
        span = tables.years(years) if years else range(0)
        paths = publish(opened(workspace, place, database), acting(actor), register, out, span)
    for path in paths:
        written(path, as_json)


def written(path: Path, as_json: bool, count: int | None = None) -> None:
    if as_json:
        print_json({"written": str(path)} | ({"count": count} if count is not None else {}))
    else:
        typer.echo(
            f"✓ {path}" + (f" · {words.word('reg_count_records', count=count)}" if count is not None else "")
        )
