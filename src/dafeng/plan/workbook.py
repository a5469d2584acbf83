"""Workbook of a plan: one sheet each for targets, tasks, duties, names and findings, in Chinese words."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from dafeng import tables
from dafeng.plan.coverage import explanations
from dafeng.plan.model import Duty, Name, Plan, PlanFinding, Target, Task, UnreadNumber

Row = list[object]
_ASKED = {
    "=": "达到", ">=": "不低于", "<=": "不超过", "~": "左右", "..": "区间", "+": "提高", "-": "下降", "all": "全面完成", "deferred": "上级下达",
    "milestone": "达成", "better_than": "优于",
}  # fmt: skip
_SENSE = {"better_up": "越高越好", "better_down": "越低越好", "match": ""}
_STYLE = {
    "by_duty": "按职责分工负责", "responsible": "负责", "labelled": "责任单位", "lead_support": "牵头与配合", "first_leads": "首位牵头",
    "chapter": "整节一单", "table": "分工表", "blanket": "普遍责任",
}  # fmt: skip
_KIND = {
    "project": "项目", "park": "园区", "site": "场站", "platform": "平台", "system": "系统", "pilot": "试点", "base": "基地", "company": "企业",
    "document": "文件",
}  # fmt: skip
_SEVERITY = {"note": "说明", "warning": "存疑", "conflict": "矛盾"}
T = TypeVar("T")


def target_row(t: Target) -> Row:
    return [
        t.locator, t.indicator, t.scope, _ASKED[t.comparator.value], t.value, t.value_high, t.unit, t.year, t.period, t.baseline_year,
        _SENSE[t.sense.value], t.modality, "是" if t.stretch else "", "、".join(t.departments), round(t.confidence, 2), t.rule or "", "是" if t.year_inferred else "",
    ]  # fmt: skip


def task_row(t: Task) -> Row:
    whole = "" if t.complete else "原文中断"
    return [t.locator, t.title, "、".join(t.lead), "、".join(t.departments), t.deadline, whole]


def duty_row(d: Duty) -> Row:
    return [
        d.locator,
        "、".join(d.departments),
        "、".join(d.lead),
        _STYLE[d.style.value],
        "等" if d.open_ended else "",
        round(d.confidence, 2),
    ]


def name_row(n: Name) -> Row:
    return [n.locator, _KIND[n.kind.value], n.text, "、".join(n.places), round(n.confidence, 2)]


def finding_row(f: PlanFinding) -> Row:
    return [f.locator, _SEVERITY.get(f.severity.value, f.severity.value), f.code, f.zh]


def unread_row(one: UnreadNumber) -> Row:
    return [one.locator, one.words]


NUMBER_COLUMNS = ("类别", "个数", "占比")
_PLACES_THAT_EXPLAIN = {"list_of_bodies": "责任清单", "table": "表格"}
"""Names of what explains numbers by its place and not by a row of `explanations.csv`."""
UNREAD_COLUMNS = ("位置", "原文")
TARGET_COLUMNS = (
    "位置", "指标", "范围", "要求", "数值", "上限", "单位", "年份", "时期", "基年", "好的方向", "措辞", "力争", "责任单位", "把握", "规则", "年份推断",
)  # fmt: skip
TASK_COLUMNS = ("位置", "任务", "牵头单位", "责任单位", "完成时限", "完整")
DUTY_COLUMNS = ("位置", "责任单位", "牵头单位", "写法", "开放", "把握")
NAME_COLUMNS = ("位置", "类别", "名称", "地名", "把握")
FINDING_COLUMNS = ("位置", "程度", "代码", "说明")


def sheets(plan: Plan) -> list[tuple[str, tuple[str, ...], list[Row]]]:
    """Return (title, columns, rows) of every sheet.

    Parameters
    ----------
    plan
        A plan that was read.
    """
    return [
        ("目标", TARGET_COLUMNS, _rows(target_row, plan.targets)),
        ("任务", TASK_COLUMNS, _rows(task_row, plan.tasks)),
        ("责任清单", DUTY_COLUMNS, _rows(duty_row, plan.duties)),
        ("项目与平台", NAME_COLUMNS, _rows(name_row, plan.names)),
        ("提示", FINDING_COLUMNS, _rows(finding_row, plan.findings)),
        ("数字", NUMBER_COLUMNS, _number_rows(plan)),
        ("未读数字", UNREAD_COLUMNS, _rows(unread_row, plan.coverage.unread if plan.coverage else ())),
    ]


def _number_rows(plan: Plan) -> list[Row]:
    """Return how many numbers of the text are read, explained by each kind, and unread, with their shares."""
    if plan.coverage is None:
        return []
    found = plan.coverage
    kinds = {one.id: one.zh for one in explanations()} | _PLACES_THAT_EXPLAIN
    counted = [
        ("读出", found.read),
        *((f"已解释:{kinds.get(kind, kind)}", n) for kind, n in found.explained.items()),
        ("未读", len(found.unread)),
    ]
    rows: list[Row] = [
        [name, n, round(n / found.numbers, 4) if found.numbers else None] for name, n in counted
    ]
    return [*rows, ["读出或已解释", found.numbers - len(found.unread), round(found.share, 4)]]


def _rows(make: Callable[[T], Row], items: Iterable[T]) -> list[Row]:
    return [make(item) for item in items]


def write_workbook(plan: Plan, path: Path) -> None:
    """Write the sheets as .xlsx; a text stays a text (no formula is made of it).

    Parameters
    ----------
    plan
        A plan that was read.
    path
        File to write.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    tables.write_workbook(
        path,
        (
            tables.Sheet(title, [tables.Heading(name, wrap=True) for name in columns], rows)
            for title, columns, rows in sheets(plan)
        ),
    )
