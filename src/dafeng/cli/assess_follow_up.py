"""`dafeng assess follow-up`: ask for replies, see who is overdue, write the table and the circular."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown
from dafeng.evidence import DafengError

if TYPE_CHECKING:
    from dafeng.registers import Actor, Store

app = room("任务调度:下达、进度、通报。 Follow up duties: request, state of replies, circular.")

CaseName = Annotated[str, typer.Argument(help="案例 · case")]
Period = Annotated[str, typer.Option("--period", help="期次,如 2026H1 · period")]
Workspace = Annotated[
    Path,
    typer.Option("--workspace", envvar="DAFENG_WORKSPACE", help="工作区文件夹 · folder of the workspace"),
]
Database = Annotated[
    str, typer.Option("--database", envvar="DAFENG_RECORDS", help="PostgreSQL 地址 · URL, else a file")
]
As = Annotated[str, typer.Option("--as", help="以谁的名义,写入日志 · who acts, logged")]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]  # fmt: skip


def _open(workspace: Path, place: str, database: str, name: str) -> "tuple[Store, Actor]":
    from dafeng.registers import open_workspace, owner

    return open_workspace(workspace, place, database), owner(name or "owner")


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 - the user's own day
    except ValueError:
        raise DafengError.at(option, text, "a date as 2026-07-15") from None


@app.command()
def request(
    case: CaseName, period: Period, due: Annotated[str, typer.Option("--due", help="反馈时限 · day due, 2026-07-15")],
    workspace: Workspace = Path(), task: Annotated[list[str] | None, typer.Option("--task", help="任务条目,可重复;缺省为全部 · locators, default all")] = None,
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """向各责任单位下达反馈要求;重复下达不重复登记。 Ask every body for its progress; asked again, nobody is asked twice."""
    from dafeng.assessment import request_replies

    with refusals(as_json):
        loaded = _case(case)
        store, who = _open(workspace, loaded.city.code, database, actor)
        found = request_replies(store, who, loaded.plan, period, _day(due, "--due"), task or ())
    if as_json:
        print_json({"schema_version": 1, **asdict(found)})
    else:
        shown(None, f"下达 requested {found.entered} · 已有 there already {found.there}")


@app.command()
def status(
    case: CaseName, period: Period, workspace: Workspace = Path(),
    on: Annotated[str, typer.Option("--on", help="判断日期;缺省为今天 · day of judgement")] = "",
    before: Annotated[str, typer.Option("--before", help="上一期,用于比较 · period to compare with")] = "",
    results: Annotated[Path | None, typer.Option("--results", help="dafeng run 的结果,用于提示状态 · results that suggest a status")] = None,
    table: Annotated[Path | None, typer.Option("--table", help="调度表 docx · table of follow-up")] = None,
    circular: Annotated[Path | None, typer.Option("--circular", help="通报 docx · circular on overdue replies")] = None,
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """看反馈进度:逾期、与指标不符、久无反馈。 See replies: overdue, at odds with the indicators, stale."""
    from dafeng.assessment import follow_up, stale_tasks

    with refusals(as_json):
        loaded, day = _case(case), _day(on, "--on")
        store, who = _open(workspace, loaded.city.code, database, actor)
        lines = follow_up(store, who, period, day, _suggestions(results), before)
        stale = stale_tasks(store, who, loaded.plan, day)
        if table or circular:
            from dafeng.report import follow_up_circular, follow_up_table

            written = f"{day.year}年{day.month}月{day.day}日"
            if table:
                follow_up_table(lines, loaded.city.name_zh, period, written).save(table)
            if circular:
                follow_up_circular(lines, loaded.city.name_zh, period, written).save(circular)
    if as_json:
        print_json({"schema_version": 1, "lines": [asdict(line) for line in lines], "stale": stale})
        return
    shown(
        _table(lines), *_counts(lines), f"久无采纳反馈的任务 stale tasks: {'、'.join(stale)}" if stale else ""
    )


def _case(name: str) -> Any:
    from dafeng.case import load

    loaded = load(name)
    if loaded.plan is None:
        raise DafengError.at("plan.yaml", "no plan", "a case with a plan: its tasks and bodies are followed up", "dafeng plan read FILE")  # fmt: skip
    return loaded


def _suggestions(results: Path | None) -> dict[str, str]:
    if results is None:
        return {}
    from dafeng.assessment import suggested_status
    from dafeng.report import read_summary

    return suggested_status((target.locator, target.status) for target in read_summary(results).targets)


def _table(lines: list[Any]) -> Any:
    table = compact(
        "任务\ntask",
        "单位\nbody",
        "状态\nstate",
        "进展\nstatus",
        "提示\nsuggested",
        "逾期\noverdue",
        figures=(5,),
    )
    for line in lines:
        mark = " !" if line.unexplained else ""
        table.add_row(
            line.task, line.body, line.state, line.status + mark, line.suggested, str(line.overdue or "")
        )
    return table


def _counts(lines: list[Any]) -> list[str]:
    late = [line for line in lines if line.overdue]
    odds = sum(line.unexplained for line in lines)
    answered = sum(line.state in {"replied", "accepted"} for line in lines)
    return [
        f"共 {len(lines)} 项,已反馈 {answered},逾期 {len(late)} · of {len(lines)} replies {answered} came, {len(late)} are overdue",
        f"与指标提示不一致且未说明 {odds} · at odds with the indicators without a reason {odds}"
        if odds
        else "",
    ]
