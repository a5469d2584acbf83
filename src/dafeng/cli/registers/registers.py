"""`dafeng registers …`: definitions, templates, imports, review, returns, indicators and public lists."""

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
    Request,
    Where,
    Workspace,
    acting,
    opened,
)
from dafeng.cli.registers import registers_codes, registers_evidence, registers_files
from dafeng.cli.registers.registers_files import written
from dafeng.cli.room import room
from dafeng.cli.tables import registers as tables
from dafeng.cli.terminal import print_array, print_json, print_problems, print_table, refusals

app = room(words.both("reg_registers_templates_import_review_returns_indicators"))
registers_files.add_to(app)
registers_evidence.add_to(app)
app.command("codes")(registers_codes.codes)


@app.command("list")
def list_command(workspace: Workspace = HERE, as_json: Json = False) -> None:
    """全部登记:版本、字段、指标、依据 · every register with edition, fields, indicators and trust."""
    from dafeng.registers import book_of

    with refusals(as_json):
        rows = tables.registers(book_of(workspace))
    if as_json:
        print_array(rows)
    else:
        print_table(
            "",
            (
                words.word("reg_register"),
                words.word("reg_text_2"),
                words.word("reg_edition"),
                words.word("reg_fields"),
                words.word("reg_indicators"),
                words.word("reg_trust"),
            ),
            [tables.register_row(row) for row in rows],
        )


@app.command("check")
def check_command(
    register: Annotated[str | None, typer.Argument(metavar="[REGISTER]")] = None, workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """检查定义、日志链、记录与日志是否一致、悬空引用 · check definitions, the sealed log, records against the log, references."""
    from dafeng.registers import book_of, dangling, verify_chain, verify_records

    with refusals(as_json):
        book = book_of(workspace)
        chosen = [register] if register else list(book.editions)
        book.of(chosen[0])
        problems = []
        if database or (workspace / "records.sqlite").is_file():
            store = opened(workspace, place, database)
            problems = verify_chain(store)
            for name in chosen:
                problems += verify_records(store, name)
                problems += dangling(store, acting(actor), name)
    if problems or as_json:
        print_problems(problems, as_json)
    else:
        typer.echo(f"✓ {words.both('reg_sound', count=len(chosen))}")
    if problems:
        raise typer.Exit(1)


@app.command("find")
def find_command(
    register: Register, filters: Where = None, search: Annotated[str, typer.Option("--search", help=words.both("reg_text"))] = "",
    sort: Annotated[str, typer.Option("--sort", help=words.both("reg_field_to_sort_by"))] = "id", descending: Annotated[bool, typer.Option("--descending")] = False,
    after: Annotated[str | None, typer.Option("--after", help=words.both("reg_after_of_the_page_before"))] = None,
    limit: Annotated[int, typer.Option("--limit")] = 50, workspace: Workspace = HERE, place: Place = "", database: Database = "",
    actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """查找记录 · find records."""
    from dafeng.registers import Filter, count, find

    with refusals(as_json):
        store, who, chosen = (
            opened(workspace, place, database),
            acting(actor),
            [Filter.parse(one) for one in filters or ()],
        )
        page = find(
            store,
            who,
            register,
            filters=chosen,
            search=search,
            sort=sort,
            descending=descending,
            after=after,
            limit=limit,
        )
        total = count(store, who, register, filters=chosen, search=search)
    if as_json:
        print_json({"count": total, "after": page.after, "records": list(page.rows)})
    else:
        headings, rows = tables.page_table(store.book.latest(register), page)
        print_table(words.word("reg_count_records", count=total), headings, rows)
        if page.after is not None:
            typer.echo(f"{words.head('reg_next_page')}: --after '{page.after}'")


@app.command("act")
def act_command(
    register: Register, step: Annotated[str, typer.Argument(metavar="STEP", help=words.both("reg_transition"))], filters: Where = None,
    reason: Annotated[str, typer.Option("--reason", help=words.both("reason"))] = "", request: Request = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """对选中的记录办理一步:提交、审核、退回 · take one step on the chosen records."""
    from dafeng.registers import Filter, act_on_all

    with refusals(as_json):
        bulk = act_on_all(
            opened(workspace, place, database),
            acting(actor),
            register,
            step,
            [Filter.parse(one) for one in filters or ()],
            reason=reason,
            request=request,
        )
    if as_json:
        print_json({"done": bulk.done, "problems": [one.as_dict() for one in bulk.problems]})
    else:
        typer.echo(f"✓ {words.both('reg_done', count=len(bulk.done))}")
        if bulk.problems:
            print_problems(bulk.problems, False)
    if bulk.problems:
        raise typer.Exit(1)


@app.command("history")
def history_command(
    register: Register, record: Annotated[int, typer.Argument(metavar="ID")], workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """一条记录的历次修改 · every revision of a record."""
    from dafeng.registers import history

    with refusals(as_json):
        store = opened(workspace, place, database)
        rows = history(store, acting(actor), register, record)
    if as_json:
        print_json(rows)
    else:
        print_table(
            "",
            (
                words.word("reg_at"),
                words.word("reg_actor"),
                words.word("reg_act"),
                words.word("reg_before"),
                words.word("reg_after"),
                words.word("reason"),
            ),
            [tables.revision_row(store.book.latest(register), row) for row in rows],
        )


@app.command("conflicts")
def conflicts_command(
    register: Register, similar: Annotated[bool, typer.Option("--similar", help=words.both("reg_near_duplicates"))] = False,
    settle_id: Annotated[int | None, typer.Option("--settle", metavar="ID", help=words.both("reg_settle_this_one"))] = None,
    choose: Annotated[str, typer.Option("--choose", help="ours | theirs")] = "ours", reason: Annotated[str, typer.Option("--reason", help=words.both("reason"))] = "",
    request: Request = "", workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """不同文件对同一对象的不同填报 · two reports on one thing, side by side."""
    from dafeng.registers import conflicts, near_duplicates, settle

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        if settle_id is not None:
            settle(store, who, register, settle_id, choose, reason, request=request)
        alike = near_duplicates(store, who, register) if similar else []
        found = [] if similar else conflicts(store, who, register)
    if as_json:
        print_json(tables.pairs(alike) if similar else tables.conflicts(found))
    elif not alike and not found:
        typer.echo(words.word("reg_no_pairs" if similar else "reg_no_conflicts"))
    elif similar:
        headings = [words.word(name) for name in ("reg_first", "reg_second", "reg_likeness", "reg_first", "reg_second")]  # fmt: skip
        print_table(
            "", headings, [[one.first, one.second, f"{one.likeness:.0f}", *one.texts] for one in alike]
        )
    else:
        headings = [words.word(name) for name in ("reg_conflict", "reg_record", "reg_field", "reg_ours", "reg_theirs", "reg_reported_by")]  # fmt: skip
        print_table("", headings, tables.contested(store.book.latest(register), found))


@app.command("returns")
def returns_command(
    register: Register, period: Annotated[str, typer.Argument(metavar="PERIOD", help=words.both("reg_2025_2025q1_2025_01"))],
    move: Annotated[str, typer.Option("--do", help="submit | accept | return | confirm | reopen | exception")] = "",
    region: Annotated[str, typer.Option("--region", help=words.both("reg_place"))] = "", reason: Annotated[str, typer.Option("--reason", help=words.both("reason"))] = "",
    until: Annotated[str, typer.Option("--until", help=words.both("reg_last_day_of_the_exception"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """上报进度:县级提交、市级接收与确认 · who has handed in, accepted, confirmed."""
    from dafeng.registers import board, counties_of

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        counties = counties_of(store, register, period)
        if move:
            tables.move_return(store, who, register, period, move, region, reason, until, counties)
        rows = board(store, who, register, period, counties)
    if as_json:
        print_json(tables.board_rows(rows))
    else:
        print_table(
            f"{register} {period}",
            (
                words.word("reg_place_2"),
                words.word("state"),
                words.word("reg_records"),
                words.word("reg_changed"),
                words.word("reg_due"),
                words.word("reg_lock"),
            ),
            [tables.board_row(row) for row in rows],
        )


@app.command("aggregate")
def aggregate_command(
    out: Annotated[Path, typer.Option("--out", help=words.both("reg_folder_of_the_extract"))], years: Annotated[str, typer.Option("--years", help=words.both("reg_years"))],
    registers: Annotated[list[str] | None, typer.Option("--register", help=words.both("reg_these_only"))] = None,
    case: Annotated[str, typer.Option("--case", help=words.both("reg_whose_answers_csv_joins_measures"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """指标汇总为案例摘录,供 case release 使用 · indicators as an extract for `case release`."""
    from dafeng.registers import extract

    with refusals(as_json):
        span = tables.years(years)
        store = opened(workspace, place, database)
        made = extract(store, acting(actor), out, span, registers or (), tables.delivery_of(case))
    if as_json:
        print_json(
            {"written": str(out), "rows": made.rows, "results": [one.as_dict() for one in made.results]}
        )
    else:
        rows = [tables.result_row(one) for one in made.results if not one.group]
        print_table(
            str(out),
            (
                words.word("reg_register"),
                words.word("indicator"),
                words.word("calendar_year"),
                words.word("value"),
                words.word("unit"),
                "n",
                words.word("reg_missing"),
                words.word("reg_absent"),
                words.word("reg_pending"),
                words.word("grade"),
            ),
            rows,
        )


@app.command("new")
def new_command(
    register: Register, zh: Annotated[str, typer.Option("--zh", help=words.both("reg_chinese_name"))], en: Annotated[str, typer.Option("--en", help=words.both("reg_english_name"))],
    year: Annotated[int, typer.Option("--edition", help=words.both("reg_year_of_the_edition"))] = 2026, workspace: Workspace = HERE, as_json: Json = False,
) -> None:  # fmt: skip
    """新登记的定义草稿 · a definition to fill in for a new register."""
    from dafeng.registers import new_definition

    with refusals(as_json):
        path = new_definition(workspace, register, zh, en, year)
    written(path, as_json)
