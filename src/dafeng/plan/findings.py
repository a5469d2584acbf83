"""Findings about the text of a plan itself: contradictions, gaps, broken promises."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from dafeng.evidence import Severity
from dafeng.plan.model import Plan, PlanFinding
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.bodies import successor_of
from dafeng.plan.structure.head import Head
from dafeng.plan.structure.outline import Node, Rank, node_at, number_of
from dafeng.plan.structure.text import NormalText
from dafeng.plan.targets.target_findings import find_target_findings

_FILLER = pattern("outline.filler")
_OTHER_COLUMNS = pattern("outline.other_columns")
_OF_TASKS = pattern("outline.of_tasks")
_COUNTED = pattern("outline.counted")
_PROMISE = pattern("outline.promise")
_PART = re.compile(r"[,。;:()“”\n]")
_LONGEST_LIST = 400


def find_findings(
    plan: Plan, normal: NormalText, nodes: list[Node], head: Head, unread: Sequence[tuple[int, int]] = ()
) -> list[PlanFinding]:
    """Return all findings of one plan, in the order of the text where they have a place.

    `unread` are cells of tables.
    """
    found = [
        *find_target_findings(plan.targets),
        *_counts(normal, nodes, head),
        *_promises(normal, nodes, head),
        *_sections_announced(normal, nodes, head),
        *_numbering(normal, nodes),
        *_incomplete(plan),
        *_unread_rows(normal, nodes),
        *_unread_cells(normal, nodes, unread),
        *_unread_tables(normal, nodes),
        *_outdated(plan, head),
        *(PlanFinding(code=note.code, zh=note.zh, en=note.en) for note in normal.source.notes),
    ]
    found += _silent(plan, normal)
    if not plan.tasks:
        found.append(
            PlanFinding(
                code="no_tasks",
                zh="未找到编号的任务;请检查文件是否为方案正文",
                en="no numbered task found; is this the plan itself?",
            )
        )
    return sorted(found, key=lambda finding: finding.span.start if finding.span else 10**9)


_LONG = 3000
"""Characters of a text that must give something: no plan of this length is without a task, a duty and a
target.
"""


def _silent(plan: Plan, normal: NormalText) -> Iterator[PlanFinding]:
    """Report a long text that gave no reading at all."""
    length = len(normal.text)
    if length >= _LONG and not (plan.tasks or plan.duties or plan.targets):
        yield PlanFinding(
            code="nothing_read", severity=Severity.CONFLICT,
            zh=f"全文 {length} 字未读出任何任务、责任清单或目标;请核对文件是否为方案正文、文字层是否完整",
            en=f"no task, duty or target was read from {length} characters; is this the plan, and is its text whole?",
        )  # fmt: skip


def _list_before(text: str, end: int, floor: int, stops: "re.Pattern[str]") -> int:
    """Return where the list that ends at `end` begins: behind the last stop."""
    low = max(floor, end - _LONGEST_LIST)
    begin = low
    for match in stops.finditer(text, low, end):
        begin = match.end()
    return begin


def _counts(normal: NormalText, nodes: list[Node], head: Head) -> Iterator[PlanFinding]:
    """Report a list that announces nine things and names eight."""
    text = normal.text
    for match in _COUNTED.finditer(text, head.body_start, head.body_end):
        announced, what = number_of(match.group("n")), match.group("what")
        start = _list_before(text, match.start(), head.body_start, _PART)
        listed = text[start : match.start()]
        names = [
            name
            for name in re.split(r"、|(?<=[一-鿿]{2})[和及](?=[一-鿿])", listed.removesuffix("等"))
            if name
        ]
        if announced < 3 or len(names) < 3 or len(names) == announced or abs(announced - len(names)) > 2:
            continue
        if any(len(name) > 16 for name in names[1:]) or (what == "个" and not listed.endswith("等")):
            continue
        node = node_at(nodes, match.start())
        shown = "、".join(names)[-60:]
        yield PlanFinding(
            code="count_differs", locator=node.locator if node else "前言", span=normal.span(start, match.end()),
            zh=f"写明{announced}{what},列出{len(names)}{what}:{shown}", en=f"{announced} announced, {len(names)} named: {shown}",
        )  # fmt: skip


_LEAD_IN = pattern("outline.list_lead_in")
_TAIL = pattern("outline.list_tail")
_COMMA = re.compile(r"[,。;:\n]")


def _promises(normal: NormalText, nodes: list[Node], head: Head) -> Iterator[PlanFinding]:
    """Report sections that the introduction announces and no heading brings."""
    titles = [node.title for node in nodes if node.rank <= Rank.MIDDLE][:500]
    work = next((n.start for n in nodes if n.rank <= Rank.MAJOR and _OF_TASKS.search(n.title)), None)
    limit = min(head.body_end, (work or head.body_start) + 800)
    text = normal.text
    for match in _PROMISE.finditer(text, head.body_start, min(limit, head.body_start + 20_000)):
        start = _list_before(text, match.end(), head.body_start, _COMMA)
        items = [
            _TAIL.sub("", _LEAD_IN.sub("", item).strip("“”"))
            for item in text[start : match.end()].split("、")
        ]
        items = [item for item in items if len(item) >= 2]
        missing = [item for item in items if not any(_alike(item, title) for title in titles)]
        if len(items) < 3 or len(missing) > 0.5 * len(items):
            continue
        node = node_at(nodes, start)
        for item in missing:
            yield PlanFinding(
                code="promised_missing", locator=node.locator if node else "前言", span=normal.span(start, match.end()),
                zh=f"前文提出“{item}”,后文没有相应章节", en=f"announced, but no such section: {item}",
            )  # fmt: skip


_ANNOUNCED = pattern("outline.announced_actions")


def _sections_announced(normal: NormalText, nodes: list[Node], head: Head) -> Iterator[PlanFinding]:
    """Report “碳达峰十大行动” over nine sections that are called 行动."""
    text = normal.text
    for match in _ANNOUNCED.finditer(text, head.body_start, head.body_end):
        node = node_at(nodes, match.start())
        announced, what = number_of(match.group("n")), match.group("what")
        if node is None or announced < 3:
            continue
        under = [one for one in nodes if one.parent is not None and nodes[one.parent] is node]
        named = [one for one in under if what in one.title]
        if len(named) < 3 or len(named) < 0.8 * len(under) or len(named) == announced:
            continue
        yield PlanFinding(
            code="count_differs", locator=node.locator, span=normal.span(match.start(), match.end()),
            zh=f"写明{announced}项{what},本章列出{len(named)}项", en=f"{announced} announced, {len(named)} sections follow",
        )  # fmt: skip


def _alike(promise: str, title: str) -> bool:
    """Check whether a heading is the one announced: it contains most pairs of characters of the promise."""
    if promise in title:
        return True
    words = _FILLER.sub("", promise) or promise
    if len(words) < 2:
        words = promise
    pairs = {words[i : i + 2] for i in range(len(words) - 1)}
    return sum(pair in title for pair in pairs) >= 0.5 * len(pairs)


def _numbering(normal: NormalText, nodes: list[Node]) -> Iterator[PlanFinding]:
    for node in nodes:
        if not node.regular:
            yield PlanFinding(
                code="numbering", locator=node.locator, span=normal.span(node.start, node.title_end),
                zh=f"编号不连续:“{node.title[:20]}”", en=f"numbering jumps at {node.locator}",
            )  # fmt: skip


def _incomplete(plan: Plan) -> Iterator[PlanFinding]:
    for task in plan.tasks:
        if not task.complete:
            yield PlanFinding(
                code="cut_off", locator=task.locator, span=task.span,
                zh=f"文件在任务“{task.title}”中间中断,其后内容缺失", en=f"the document stops inside task {task.locator}",
            )  # fmt: skip
    answered = {duty.locator for duty in plan.duties}
    if len(answered) > 3:
        for task in plan.tasks:
            if (
                task.complete
                and not task.departments
                and not any(task.locator.startswith(one) for one in answered)
            ):
                yield PlanFinding(
                    code="no_duty", severity=Severity.NOTE, locator=task.locator, span=task.span,
                    zh=f"任务“{task.title}”没有责任单位", en=f"no responsible body for task {task.locator}",
                )  # fmt: skip


def _unread_rows(normal: NormalText, nodes: list[Node]) -> Iterator[PlanFinding]:
    for a, b in normal.source.unread:
        start, end = normal.position(a), normal.position(b)
        node = node_at(nodes, start)
        words = normal.text[start:end].replace("\n", " ")[:30]
        yield PlanFinding(
            code="table_row_unread", locator=node.locator if node else "前言", span=normal.span(start, max(end, start + 1)),
            zh=f"指标表中有一行未能读出:{words}", en=f"a row of an indicator table could not be read: {words}",
        )  # fmt: skip


def _unread_cells(
    normal: NormalText, nodes: list[Node], places: Sequence[tuple[int, int]]
) -> Iterator[PlanFinding]:
    for start, end in places:
        node = node_at(nodes, start)
        words = normal.text[start:end].replace("\n", " ")[:30]
        yield PlanFinding(
            code="table_cell_unread", locator=node.locator if node else "前言", span=normal.span(start, max(end, start + 1)),
            zh=f"指标表中有一格未能读出:{words}", en=f"a cell of an indicator table could not be read: {words}",
        )  # fmt: skip


_HEADER_LINE = pattern("outline.header_line")
_VALUES = pattern("outline.values")
_HEADER_SPAN, _TABLE_SPAN, _FEWEST_VALUES = 160, 600, 6


def _unread_tables(normal: NormalText, nodes: list[Node]) -> Iterator[PlanFinding]:
    """Report text that looks like an indicator table and was not read as one.

    Such text has 指标, two years, 单位 or 属性, then rows of numbers.
    """
    text = normal.source.text
    known = [(table.start, table.end) for table in normal.source.tables]
    behind = 0
    for match in _HEADER_LINE.finditer(text):
        start = match.start()
        if start < behind or any(a <= start < b for a, b in known):
            continue
        header = text[start : start + _HEADER_SPAN]
        years = set(re.findall(r"20\d\d", header))
        columns = _OTHER_COLUMNS.search(re.sub(r"\s", "", header))
        below = text[match.end() : match.end() + _TABLE_SPAN]
        if re.search(r"[,。;,;]", header[: len(match.group()) + 40]) or len(years) < 2 or not columns:
            continue
        if len(_VALUES.findall(below)) < _FEWEST_VALUES:
            continue
        behind = match.end() + _TABLE_SPAN
        place = normal.position(start)
        node = node_at(nodes, place)
        end = max(place + 1, normal.position(match.end()))
        yield PlanFinding(
            code="table_unread", locator=node.locator if node else "前言", span=normal.span(place, end),
            zh="疑似指标表未能读出,请在文件中核对该表", en="what looks like an indicator table could not be read; check it in the document",
        )  # fmt: skip


def _outdated(plan: Plan, head: Head) -> Iterator[PlanFinding]:
    if head.issue_year is None:
        return
    on = date(head.issue_year, 1, 1)
    told: set[str] = set()
    for duty in plan.duties:
        for name in duty.departments:
            new = successor_of(name, on) if name not in told else None
            if new is not None:
                told.add(name)
                yield PlanFinding(
                    code="renamed_body", severity=Severity.NOTE, locator=duty.locator, span=duty.span,
                    zh=f"“{name}”在发文前已更名或撤并(现:{new.name})", en=f"{name} had been renamed before the date of issue",
                )  # fmt: skip
