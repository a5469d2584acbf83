"""`dafeng plan …`: read, compare and review plan documents."""

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words
from dafeng.cli.room import room
from dafeng.cli.terminal import print_json, print_table, progress_bars, refusals

if TYPE_CHECKING:
    from dafeng.plan import Plan, Target

app = room(words.both("read_compare_and_review_plan_documents"))


class Format(StrEnum):
    """Output formats of a plan."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    XLSX = "xlsx"


Document = Annotated[Path, typer.Argument(metavar="FILE", help=words.both("the_document"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]
FirstLeads = Annotated[
    bool,
    typer.Option("--first-leads", help=words.both("infer_the_lead_from_the_order")),
]


@app.command("read")
def read_command(
    file: Document,
    form: Annotated[Format, typer.Option("--format", help=words.both("form"))] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help=words.both("write_to_a_file"))] = None,
    as_json: Json = False,
    first_leads: FirstLeads = False,
    upper: Annotated[
        Path | None,
        typer.Option("--upper", help=words.both("the_plan_of_the_level_above")),
    ] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help=words.both("draft_of_answers"))] = None,
) -> None:
    """Read a plan document: outline, tasks, duties, targets, projects, findings."""
    from dafeng.evidence import DafengError
    from dafeng.plan import beside_upper, read, save_plan, write_answers, write_workbook

    form = Format.JSON if as_json else form
    with refusals(form is Format.JSON and out is None), progress_bars():
        plan = read(file, first_leads=first_leads)
        plan = plan if upper is None else beside_upper(plan, _plan(upper))
        if form is Format.XLSX:
            if out is None:
                raise DafengError.at(
                    "--out",
                    words.both("problem.nothing"),
                    words.both("problem.workbook_name"),
                    words.both("problem.add_out"),
                )
            write_workbook(plan, out)
        elif out is not None:
            save_plan(plan, out, form.value)
        if answers is not None:
            write_answers(answers, plan.targets, "issued-plan")
    silent = next((one for one in plan.findings if one.code == "nothing_read"), None)
    if out is not None and silent is None:
        typer.echo(f"✓ {out}", err=True)
    if out is None and form is Format.TABLE:
        _print_plan(plan)
    elif out is None:
        sys.stdout.write(plan.to_json() if form is Format.JSON else plan.to_yaml())
    if silent is not None:
        typer.echo(f"✗ {silent.zh} · {silent.en}", err=True)
        raise typer.Exit(1)


def _print_plan(plan: "Plan") -> None:
    from dafeng.plan import sheets

    typer.echo(f"{plan.title}  {plan.document_number or ''}")
    typer.echo(
        words.both(
            "counts_of_the_plan",
            count=len(plan.tasks),
            count2=len(plan.duties),
            count3=len(plan.targets),
            count4=len(plan.names),
            count5=len(plan.findings),
        )
    )
    if plan.coverage is not None:
        explained = sum(plan.coverage.explained.values())
        found = plan.coverage
        typer.echo(
            words.word(
                "plan_coverage", numbers=found.numbers, read=found.read, explained=explained,
                unread=len(found.unread), share=f"{found.share:.1%}",
            )
        )  # fmt: skip
    if plan.targets:
        print_table(
            words.word("target"),
            words.words("place", "indicator", "asked", "by", "departments", "sureness"),
            (_brief(t) for t in plan.targets),
        )
    for title, columns, rows in sheets(plan)[1:]:
        shown = [c for c in columns if c not in _UNSHOWN]
        cells = [[_cell(value) for c, value in zip(columns, row, strict=True) if c in shown] for row in rows]
        if cells:
            print_table(title, shown, cells)


_UNSHOWN = tuple(words.both(id_).zh for id_ in ("complete_2", "place_name", "strictness"))
"""Columns for which a terminal has no space; the other formats show them."""


_ASKED = {
    "deferred": words.word("set_by_the_level_above"),
    "all": words.word("full_coverage"),
    "milestone": words.word("reaches"),
    "better_than": words.word("better_than"),
    "=": "",
    "..": "",
    "+": words.word("up"),
    "-": words.word("down"),
}


def _brief(target: "Target") -> tuple[str, ...]:
    """Return a target in six cells, among them requirement, date, and two bodies with the total count."""
    figure = "" if target.value is None else f"{target.value:g}"
    high = "" if target.value_high is None else f"–{target.value_high:g}"
    asked = f"{_ASKED.get(target.comparator.value, target.comparator.value)}{figure}{high}{target.unit or ''}"
    bodies = "、".join(target.departments[:2]) + (
        words.word("and_others_in_all", count=len(target.departments)) if len(target.departments) > 2 else ""
    )
    when = str(target.year or target.period or "")
    return (
        target.locator,
        target.indicator,
        asked + (words.word("stretch") if target.stretch else ""),
        when,
        bodies,
        f"{target.confidence:.2g}",
    )


def _cell(value: object) -> object:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else value


@app.command("divide")
def divide_command(
    file: Document,
    out: Annotated[
        Path | None,
        typer.Option("--out", help=words.both("plan_write_table")),
    ] = None,
    as_json: Json = False,
    first_leads: FirstLeads = False,
) -> None:
    """列出任务分工:内容、牵头、配合、时限、成果、目标 · list the division of work."""
    from dafeng.plan import divide, with_first_leads, write_division

    with refusals(as_json), progress_bars(not as_json):
        plan = _plan(file)
        plan = with_first_leads(plan) if first_leads else plan
        if out is not None:
            count = write_division(plan, out)
            typer.echo(f"✓ {out}: {count}", err=True)
            return
        rows = divide(plan)
    if as_json:
        print_json({"assignments": [row.model_dump(mode="json") for row in rows]})
        return
    print_table(
        words.word("plan_division"),
        words.words("plan_place", "plan_task", "plan_lead", "plan_support", "plan_deadline", "plan_targets"),
        (
            (
                row.locator, row.task, "、".join(row.lead), "、".join((*row.support, *row.blanket)),
                row.deadline or row.deadline_text or "", ";".join(row.targets),
            )
            for row in rows
        ),
    )  # fmt: skip


@app.command("diff")
def diff_command(
    first: Annotated[Path, typer.Argument(metavar="A", help=words.both("first_a_document_or_saved_plan"))],
    second: Annotated[Path, typer.Argument(metavar="B", help=words.both("the_other_one"))],
    as_json: Json = False,
    all_lines: Annotated[
        bool, typer.Option("--all", help=words.both("also_same_and_one_sided_lines"))
    ] = False,
) -> None:
    """Compare the targets of two plans."""
    from dafeng.plan import DifferenceKind, diff

    with refusals(as_json), progress_bars(not as_json):
        found = diff(_plan(first), _plan(second))
    if as_json:
        print_json({"differences": [line.as_dict() for line in found]})
        return
    quiet = (DifferenceKind.SAME, DifferenceKind.ONLY_FIRST, DifferenceKind.ONLY_SECOND)
    counts = {kind: sum(line.kind is kind for line in found) for kind in quiet}
    rows = [
        (line.indicator, next(t.year or t.period or "" for t in (line.first, line.second) if t), line.zh)
        for line in found
        if all_lines or line.kind not in quiet
    ]
    print_table(words.head("differences"), words.words("indicator", "year", "differs"), rows)
    typer.echo(
        words.both(
            "counts_of_differences",
            value=counts[DifferenceKind.SAME],
            value2=counts[DifferenceKind.ONLY_FIRST],
            value3=counts[DifferenceKind.ONLY_SECOND],
        )
    )


@app.command("compare")
def compare_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="A B C…", help=words.both("plan_two_or_more")),
    ],
    out: Annotated[Path | None, typer.Option("--out", help=words.both("plan_write_comparison"))] = None,
    as_json: Json = False,
) -> None:
    """多份方案对照:指标矩阵、要求高低、级联核对、下级缺项 · compare many plans: matrix, cascade, what is left out."""
    from dafeng.plan import compare, comparison_sheets, write_comparison

    with refusals(as_json), progress_bars(not as_json):
        comparison = compare([_plan(file) for file in files], [file.stem for file in files])
        if out is not None:
            write_comparison(comparison, out)
            typer.echo(f"✓ {out}", err=True)
            return
    if as_json:
        print_json(comparison.as_dict())
        return
    for title, columns, rows in comparison_sheets(comparison):
        if rows:
            print_table(title, columns, rows)


@app.command("rules")
def rules_command(
    checked: Annotated[
        Path | None,
        typer.Option("--checked", help=words.both("plan_checked_readings")),
    ] = None,
    as_json: Json = False,
) -> None:
    """列出读数规则及其把握;给出已核对读数的可靠性 · list the rules, or the reliability on checked readings."""
    from dafeng.plan import confidence_of, leave_one_out, read_checked, reliability, rules

    with refusals(as_json):
        if checked is not None:
            measured = reliability(leave_one_out(read_checked(checked)))
            if as_json:
                print_json(asdict(measured))
                return
            print_table(
                words.word(
                    "plan_reliability",
                    error=f"{measured.error:.3f}",
                    low=f"{measured.low:.3f}",
                    high=f"{measured.high:.3f}",
                    readings=measured.readings,
                    documents=measured.documents,
                ),
                words.words("plan_confidence", "plan_share_right", "plan_checked"),
                [(f"{mean:.3f}", f"{share:.3f}", n) for mean, share, n in measured.bins],
            )
            return
    rows = [
        (one.id, one.kind, one.zh, one.en, one.read, one.right, confidence_of(one.id, 0.0))
        for one in rules().values()
    ]
    if as_json:
        print_json({"rules": [dict(zip(_RULE_KEYS, row, strict=True)) for row in rows]})
        return
    print_table(
        words.word("plan_rules"),
        words.words(
            "plan_rule",
            "plan_kind",
            "plan_purpose",
            "plan_for",
            "plan_checked",
            "plan_right",
            "plan_confidence",
        ),
        rows,
    )


_RULE_KEYS = ("id", "kind", "zh", "en", "read", "right", "confidence")


@app.command("schema")
def schema_command() -> None:
    """输出已存方案的 JSON 模式 · print the JSON schema of a saved plan."""
    from dafeng.plan import plan_schema

    print_json(plan_schema())


def _plan(file: Path) -> "Plan":
    from dafeng.plan import load_plan, read

    return load_plan(file) if file.suffix.lower() in (".yaml", ".yml", ".json") else read(file)


@app.command("review")
def review_command(
    file: Document,
    out: Annotated[Path | None, typer.Option("--out", help=words.both("the_page"))] = None,
    first_leads: FirstLeads = False,
) -> None:
    """Write a review page: the text and every reading, to confirm or correct."""
    from dafeng.evidence import write_atomically
    from dafeng.plan import review_page

    with progress_bars():
        plan, page = review_page(file, first_leads=first_leads)
    target = out or Path(words.word("review_html", stem=file.stem))
    with write_atomically(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    typer.echo(
        words.word(
            "targets_duties_tasks",
            target=target,
            count=len(plan.targets),
            count2=len(plan.duties),
            count3=len(plan.tasks),
        )
    )
