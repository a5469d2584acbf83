"""`dafeng assess follow-up`: ask for replies, see who is overdue, write the table and the circular."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, Period, day_or_today, term
from dafeng.cli.record_options import HERE, As, Database, Workspace, acting, opened
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, print_problems, refusals, shown
from dafeng.evidence import DafengError

app = room(words.both("assess_follow_up_duties_request_state_of"))


@app.command()
def request(
    case: CaseName, period: Period, due: Annotated[str, typer.Option("--due", help=words.both("assess_day_due_2026_07_15"))],
    workspace: Workspace = HERE, task: Annotated[list[str] | None, typer.Option("--task", help=words.both("assess_locators_default_all"))] = None,
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Ask every body for its progress; asked again, nobody is asked twice."""
    from dafeng.assessment.duties import request_replies

    with refusals(as_json):
        loaded = _case(case)
        store, who = opened(workspace, loaded.city.code, database), acting(actor)
        found = request_replies(store, who, loaded.plan, period, day_or_today(due, "--due"), task or ())
    if as_json:
        print_json({"schema_version": 1, **asdict(found)})
    else:
        shown(None, words.word("assess_requested", entered=found.entered, there=found.there))


@app.command()
def status(
    case: CaseName, period: Period, workspace: Workspace = HERE,
    on: Annotated[str, typer.Option("--on", help=words.both("assess_day_of_judgement"))] = "",
    before: Annotated[str, typer.Option("--before", help=words.both("assess_period_to_compare_with"))] = "",
    results: Annotated[Path | None, typer.Option("--results", help=words.both("assess_results_that_suggest_a_status"))] = None,
    table: Annotated[Path | None, typer.Option("--table", help=words.both("assess_table_of_follow_up"))] = None,
    circular: Annotated[Path | None, typer.Option("--circular", help=words.both("assess_circular_on_overdue_replies"))] = None,
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """See replies: overdue, at odds with the indicators, stale."""
    from dafeng.assessment.duties import follow_up, in_office, left_with_open_duties, stale_tasks

    with refusals(as_json):
        loaded, day = _case(case), day_or_today(on, "--on")
        store, who = opened(workspace, loaded.city.code, database), acting(actor)
        lines = follow_up(store, who, period, day, _suggestions(results), before)
        stale = stale_tasks(store, who, loaded.plan, day)
        left = left_with_open_duties(lines, in_office(loaded), day)
        if table or circular:
            from dafeng.report import follow_up_circular, follow_up_table

            written = words.chinese_day(day)
            if table:
                follow_up_table(lines, loaded.city.name_zh, period, written).marked(
                    loaded.city.synthetic
                ).save(table)
            if circular:
                follow_up_circular(lines, loaded.city.name_zh, period, written).marked(
                    loaded.city.synthetic
                ).save(circular)
    if as_json:
        print_json({"schema_version": 1, "lines": [asdict(line) for line in lines], "stale": stale, "problems": [one.as_dict() for one in left]})  # fmt: skip
        return
    shown(_table(lines), *_counts(lines), words.word("assess_stale", tasks="、".join(stale)) if stale else "")
    if left:
        print_problems(left, as_json)


def _case(name: str) -> Any:
    from dafeng.case import load

    loaded = load(name)
    if loaded.plan is None:
        raise DafengError.at("plan.yaml", "no plan", words.both("assess_x_plan"), words.both("assess_x_read"))  # fmt: skip
    return loaded


def _suggestions(results: Path | None) -> dict[str, str]:
    if results is None:
        return {}
    from dafeng.assessment.duties import suggested_status
    from dafeng.report import read_summary

    return suggested_status((target.locator, target.status) for target in read_summary(results).targets)


def _table(lines: list[Any]) -> Any:
    table = compact(
        words.word("assess_head_task"),
        words.word("assess_head_body"),
        words.word("assess_head_state"),
        words.word("assess_head_status"),
        words.word("assess_head_suggested"),
        words.word("assess_head_overdue"),
        figures=(5,),
    )
    for line in lines:
        mark = " !" if line.unexplained else ""
        table.add_row(
            line.task,
            line.body,
            term("follow_up", line.state),
            term("follow_up", line.status) + mark,
            term("follow_up", line.suggested),
            str(line.overdue or ""),
        )
    return table


def _counts(lines: list[Any]) -> list[str]:
    late = [line for line in lines if line.overdue]
    odds = sum(line.unexplained for line in lines)
    answered = sum(line.state in {"replied", "accepted"} for line in lines)
    return [
        words.word("assess_replies", total=len(lines), answered=answered, late=len(late)),
        words.word("assess_odds", count=odds) if odds else "",
    ]
