"""Division of work: task, content, lead, support, blanket bodies, deadline as a date, deliverable, targets.

One row a list of bodies: a task with three lists is three rows. A body has one spelling throughout a plan:
the first one that the text uses.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from datetime import date

from dafeng.plan.model import Assignment, Duty, DutyStyle, Plan, Recurrence, Target, Task
from dafeng.plan.structure.bodies import same_body

_YEAR = r"(?P<year>20\d\d)年"
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_DATE = re.compile(
    rf"(?:{_YEAR})?(?:(?P<quarter>第?[一二三四1-4])季度|(?P<half>[上下])半年|(?P<month>\d{{1,2}})月(?:(?P<day>\d{{1,2}})日)?|(?P<end>年?[底末]|全年|年内|年度?))(?:底|末)?(?:之?前|以前)?"
)
_BARE_YEAR = re.compile(rf"^{_YEAR}(?:之?前|以前)?$")
_RECURRING = (
    (Recurrence.MONTHLY, re.compile(r"每月|按月")),
    (Recurrence.QUARTERLY, re.compile(r"每季度?|按季度?")),
    (Recurrence.YEARLY, re.compile(r"每年|年度|按年|逐年")),
    (Recurrence.ONGOING, re.compile(r"长期|持续|常态|日常|贯穿|全过程")),
)
_IN_CONTENT = re.compile(
    rf"{_YEAR}(?:\d{{1,2}}月|[上下]半年|第?[一二三四]季度|年?)?(?:底|末)?(?:之?前)(?=[^。;]{{0,24}}(?:完成|建成|出台|印发|制定|编制|实现|建立|启动|投产|开工))"
)
_BLANKET = re.compile(r"^(?:各|有关|相关|所有|其他)")


def deadline_date(text: str, issue_year: int | None = None) -> date | None:
    """Return the last day that a time limit allows; None where it names none.

    2021年四季度 is 31 December 2021, 2028年底 31 December 2028, 6月底前 30 June of the year of issue.
    """
    words = re.sub(r"\s", "", text)
    bare = _BARE_YEAR.match(words)
    if bare:
        return date(int(bare.group("year")), 12, 31)
    found = [match for match in _DATE.finditer(words) if match.group("year") or issue_year]
    if not found:
        return None
    match = found[-1]
    year = int(match.group("year") or issue_year or 0)
    if match.group("quarter"):
        month = 3 * _QUARTERS[match.group("quarter")[-1]]
    elif match.group("half"):
        month = 6 if match.group("half") == "上" else 12
    else:
        month = int(match.group("month") or 12)
    if not 1 <= month <= 12:
        return None
    last = monthrange(year, month)[1]
    day = int(match.group("day") or last)
    return date(year, month, day) if 1 <= day <= last else None


def recurrence(text: str) -> Recurrence | None:
    """Return how often a duty recurs: 每年, 每季度, 长期坚持; None for one that is done once."""
    return next((kind for kind, pattern in _RECURRING if pattern.search(text)), None)


_EVERY = re.compile(r"(?:^|[,;。])(?:按|每)(?:月|季度?|年)(?!均)")


def _recurs(content: str) -> Recurrence | None:
    """Return how often the words of a duty say that it is done: 每季度通报."""
    found = _EVERY.search(content)
    return recurrence(found.group()) if found else None


def divide(plan: Plan) -> tuple[Assignment, ...]:
    """Build the division of work of a plan, in the order of its text.

    Parameters
    ----------
    plan
        A plan that was read.
    """
    tasks = {task.locator: task for task in plan.tasks}
    issued = re.search(r"〔(20\d\d)〕", plan.document_number or "")
    year = int(issued.group(1)) if issued else None
    names: list[str] = []
    starts = [duty.span.start if duty.span else 0 for duty in plan.duties]
    of_duty: dict[int, list[Target]] = {}
    for target in plan.targets:
        index = _duty_of(target, plan.duties, starts)
        if index is not None:
            of_duty.setdefault(index, []).append(target)
    dated = {duty.locator for duty in plan.duties if duty.deadline}
    return tuple(
        _assignment(duty, tasks.get(duty.locator), of_duty.get(index, []), names, year, duty.locator in dated)
        for index, duty in enumerate(plan.duties)
    )


def _duty_of(target: Target, duties: tuple[Duty, ...], starts: list[int]) -> int | None:
    """Return the list that answers for a target: the next one in its task, else the last before it there."""
    if target.span is None:
        return next((i for i, duty in enumerate(duties) if duty.locator == target.locator), None)
    i = bisect_left(starts, target.span.end)
    if i < len(duties) and duties[i].locator == target.locator:
        return i
    return i - 1 if i and duties[i - 1].locator == target.locator else None


def _assignment(
    duty: Duty, task: Task | None, targets: list[Target], names: list[str], year: int | None, own_limits: bool
) -> Assignment:
    """Build a row. `own_limits`: the lists of its task state their time limits themselves."""
    known = tuple(dict.fromkeys(_one_spelling(name, names) for name in duty.departments))
    lead = tuple(dict.fromkeys(_one_spelling(name, names) for name in duty.lead))
    blanket = tuple(name for name in known if _BLANKET.match(name) or duty.style is DutyStyle.BLANKET)
    of_task = task.deadline if task is not None and not own_limits else None
    limit = duty.deadline or of_task or _limit_within(duty.content or "")
    return Assignment(
        locator=duty.locator,
        task=task.title if task is not None else "",
        content=duty.content,
        lead=lead,
        lead_inferred=duty.lead_inferred,
        support=tuple(name for name in known if name not in lead and name not in blanket),
        blanket=tuple(name for name in blanket if name not in lead),
        deadline=deadline_date(limit, year) if limit else None,
        deadline_text=limit,
        recurrence=recurrence(limit) if limit else _recurs(duty.content or ""),
        deliverable=duty.deliverable,
        targets=tuple(_brief(target) for target in targets),
        confidence=duty.confidence,
    )


def _limit_within(content: str) -> str | None:
    """Return the time limit that the sentence itself sets: 2026年6月底前完成…."""
    found = list(_IN_CONTENT.finditer(content))
    return found[-1].group() if found else None


def _one_spelling(name: str, names: list[str]) -> str:
    """Return the first spelling of a body in this plan."""
    if name in names:
        return name
    first = next((one for one in names if same_body(one, name)), None)
    if first is None:
        names.append(name)
    return first or name


_SIGN = {">=": "≥", "<=": "≤", "~": "约", "-": "下降", "+": "提高", "=": ""}


def _brief(target: Target) -> str:
    """Format a target in words: 森林覆盖率≥60%(2025年)."""
    when = f"({target.year}年)" if target.year else f"({target.period})" if target.period else ""
    if target.value is None:
        return f"{target.indicator}{when}"
    high = f"—{target.value_high:g}" if target.value_high is not None else ""
    return f"{target.indicator}{_SIGN.get(target.comparator.value, '')}{target.value:g}{high}{target.unit or ''}{when}"
