"""`dafeng plan …`: read, compare and review plan documents."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli.room import room
from dafeng.cli.terminal import print_json, print_table, progress_bars, refusals

if TYPE_CHECKING:
    from dafeng.plan import Plan, Target

app = room("方案文本:读取、比较、核对 · read, compare and review plan documents")


class Format(StrEnum):
    """Ways to show a plan."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    XLSX = "xlsx"


Document = Annotated[
    Path, typer.Argument(metavar="FILE", help="方案文件 docx、pdf、html、txt · the document")
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
FirstLeads = Annotated[
    bool,
    typer.Option("--first-leads", help="未写明牵头时,以首位单位为牵头(推断) · infer the lead from the order"),
]


@app.command("read")
def read_command(
    file: Document,
    form: Annotated[Format, typer.Option("--format", help="形式 · form")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件 · write to a file")] = None,
    as_json: Json = False,
    first_leads: FirstLeads = False,
    upper: Annotated[
        Path | None,
        typer.Option(
            "--upper", help="上级方案(文件或已存的 yaml/json),矛盾列入提示 · the plan of the level above"
        ),
    ] = None,
) -> None:
    """读取方案:提纲、任务、责任清单、量化目标、项目、提示 · read a plan document."""
    from dafeng.evidence import DafengError
    from dafeng.plan import beside_upper, read, save_plan, write_workbook

    form = Format.JSON if as_json else form
    with refusals(form is Format.JSON and out is None), progress_bars():
        plan = read(file, first_leads=first_leads)
        plan = plan if upper is None else beside_upper(plan, _plan(upper))
        if form is Format.XLSX:
            if out is None:
                raise DafengError.at(
                    "--out", "nothing", "a file name for the workbook", "add --out plan.xlsx"
                )
            write_workbook(plan, out)
        elif out is not None:
            save_plan(plan, out, form.value)
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
        f"任务 {len(plan.tasks)} · 责任清单 {len(plan.duties)} · 目标 {len(plan.targets)} · 项目与平台 {len(plan.names)} · 提示 {len(plan.findings)}"
    )
    if plan.targets:
        print_table(
            "目标", ("位置", "指标", "要求", "时间", "责任单位", "把握"), (_brief(t) for t in plan.targets)
        )
    for title, columns, rows in sheets(plan)[1:]:
        shown = [c for c in columns if c not in _UNSHOWN]
        cells = [[_cell(value) for c, value in zip(columns, row, strict=True) if c in shown] for row in rows]
        if cells:
            print_table(title, shown, cells)


_UNSHOWN = ("完整", "地名", "程度")
"""Columns that a terminal has no room for; the other forms show them."""


_ASKED = {
    "deferred": "上级下达",
    "all": "全覆盖",
    "milestone": "达到",
    "better_than": "优于",
    "=": "",
    "..": "",
    "+": "升 ",
    "-": "降 ",
}


def _brief(target: "Target") -> tuple[str, ...]:
    """A target in six cells: what is asked in one, when in another, two bodies and how many more."""
    figure = "" if target.value is None else f"{target.value:g}"
    high = "" if target.value_high is None else f"–{target.value_high:g}"
    asked = f"{_ASKED.get(target.comparator.value, target.comparator.value)}{figure}{high}{target.unit or ''}"
    bodies = "、".join(target.departments[:2]) + (
        f"等{len(target.departments)}个" if len(target.departments) > 2 else ""
    )
    when = str(target.year or target.period or "")
    return (
        target.locator,
        target.indicator,
        asked + ("(力争)" if target.stretch else ""),
        when,
        bodies,
        f"{target.confidence:.2g}",
    )


def _cell(value: object) -> object:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else value


@app.command("diff")
def diff_command(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="第一份(文件或已存的 yaml/json)· a document or saved plan")
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="第二份 · the other one")],
    as_json: Json = False,
    all_lines: Annotated[
        bool, typer.Option("--all", help="也列出一致的与单方的 · also same and one-sided lines")
    ] = False,
) -> None:
    """比较两份方案的目标:数值、年份、严格程度 · compare the targets of two plans."""
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
    print_table("不同之处 differences", ("指标", "年份", "不同"), rows)
    typer.echo(
        f"一致 same {counts[DifferenceKind.SAME]} · 仅第一份 {counts[DifferenceKind.ONLY_FIRST]} · 仅第二份 {counts[DifferenceKind.ONLY_SECOND]}"
    )


def _plan(file: Path) -> "Plan":
    from dafeng.plan import load_plan, read

    return load_plan(file) if file.suffix.lower() in (".yaml", ".yml", ".json") else read(file)


@app.command("review")
def review_command(
    file: Document,
    out: Annotated[Path | None, typer.Option("--out", help="网页文件 · the page")] = None,
    first_leads: FirstLeads = False,
) -> None:
    """生成核对网页:原文与全部读数,可改正并存为 YAML · a page to confirm or mend every reading."""
    from dafeng.evidence import write_atomically
    from dafeng.plan import review_page

    with progress_bars():
        plan, page = review_page(file, first_leads=first_leads)
    target = out or Path(f"{file.stem}_核对.html")
    with write_atomically(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    typer.echo(f"✓ {target}: 目标 {len(plan.targets)}, 责任清单 {len(plan.duties)}, 任务 {len(plan.tasks)}")
