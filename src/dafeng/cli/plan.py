"""`dafeng plan …`: read, compare and review plan documents."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli.terminal import print_json, print_table, progress_bars, refusals

if TYPE_CHECKING:
    from dafeng.plan import Plan

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="方案文本:读取、比较、核对 · read, compare and review plan documents",
)


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
) -> None:
    """读取方案:提纲、任务、责任清单、量化目标、项目、提示 · read a plan document."""
    from dafeng.evidence import DafengError, write_atomically
    from dafeng.plan import read, write_workbook

    form = Format.JSON if as_json else form
    with refusals(form is Format.JSON and out is None), progress_bars():
        plan = read(file, first_leads=first_leads)
        if form is Format.XLSX:
            if out is None:
                raise DafengError.at(
                    "--out", "nothing", "a file name for the workbook", "add --out plan.xlsx"
                )
            write_workbook(plan, out)
        elif out is not None:
            text = plan.to_json() if form is Format.JSON else plan.to_yaml()
            with write_atomically(out) as temporary:
                temporary.write_text(text, encoding="utf-8")
    if out is not None:
        typer.echo(f"✓ {out}", err=True)
    elif form is Format.TABLE:
        _print_plan(plan)
    else:
        sys.stdout.write(plan.to_json() if form is Format.JSON else plan.to_yaml())


def _print_plan(plan: "Plan") -> None:
    from dafeng.plan import sheets

    typer.echo(f"{plan.title}  {plan.document_number or ''}")
    typer.echo(
        f"任务 {len(plan.tasks)} · 责任清单 {len(plan.duties)} · 目标 {len(plan.targets)} · 项目与平台 {len(plan.names)} · 提示 {len(plan.findings)}"
    )
    for title, columns, rows in sheets(plan):
        shown = [c for c in columns if c not in _UNSHOWN]
        cells = [[_cell(value) for c, value in zip(columns, row, strict=True) if c in shown] for row in rows]
        if cells:
            print_table(title, shown, cells)


_UNSHOWN = ("范围", "上限", "基年", "好的方向", "力争", "完整", "地名", "程度")
"""Columns that a terminal has no room for; the other forms show them."""


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
