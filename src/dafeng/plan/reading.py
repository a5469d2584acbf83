"""Reading of a document into a `Plan`: all steps together."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.plan.calibration import confidence_of, rule_of_confidence
from dafeng.plan.coverage import coverage_of
from dafeng.plan.documents.formats import load_source
from dafeng.plan.documents.source import Source
from dafeng.plan.findings import find_findings
from dafeng.plan.model import Comparator, Duty, DutyStyle, Heading, Plan, Target, Task
from dafeng.plan.model import Reading as ReadingChoices
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.duties import DutyList, find_duties
from dafeng.plan.structure.duty_tables import read_divisions
from dafeng.plan.structure.duty_tables_as_text import with_flat_divisions
from dafeng.plan.structure.head import Head, read_head
from dafeng.plan.structure.named_projects import find_names
from dafeng.plan.structure.outline import (
    Node,
    Rank,
    is_general,
    node_at,
    past_spans,
    read_outline,
    task_nodes,
)
from dafeng.plan.structure.outline_lists import beside_lists
from dafeng.plan.structure.text import NormalText, normalise
from dafeng.plan.targets.indicator_tables import read_tables
from dafeng.plan.targets.indicator_tables_as_text import with_flat_tables
from dafeng.plan.targets.indicators import looks_like_indicator
from dafeng.plan.targets.peaks import issuer_of
from dafeng.plan.targets.periods import When, find_times
from dafeng.plan.targets.target_builder import Reading
from dafeng.plan.targets.targets import Place, find_targets

PREAMBLE = "前言"
_DEADLINE = pattern("outline.task_deadline")


def read(path: str | Path, *, first_leads: bool = False) -> Plan:
    """Read a plan from .docx, .pdf, .html, .txt (UTF-8 or GB18030).

    `first_leads` takes the first name of a list as lead where the text marks none; such leads are flagged
    `lead_inferred`. Linear in the length of the document.

    Raises
    ------
    DafengError
        Where the file cannot be read as a document, or a needed extra is not installed.
    """
    return read_source(load_source(Path(path)), first_leads=first_leads)


def read_text(text: str, *, name: str = "text", first_leads: bool = False) -> Plan:
    """Read a plan that is already a string. Raises: DafengError where there is no text."""
    return read_source(
        Source(text, name, sha256=hashlib.sha256(text.encode()).hexdigest()), first_leads=first_leads
    )


def text_of(source: Source) -> NormalText:
    """Return the normalised text that the spans of a plan count in: flattened tables keep their lines."""
    return normalise(with_flat_divisions(with_flat_tables(source)))


def read_source(source: Source, *, first_leads: bool = False) -> Plan:
    """Read the plan in the source that the reader of a format has extracted."""
    normal = text_of(source)
    if not normal.text.strip():
        raise DafengError.at(
            source.name,
            "no text",
            "a document with text",
            "for a scanned document: run text recognition (OCR) first",
        )
    head = read_head(normal)
    found = find_duties(normal.text, head.body_start, head.body_end)
    nodes = beside_lists(read_outline(normal, head.body_start, head.body_end), [item.start for item in found])
    divisions = read_divisions(normal, nodes)
    lists = [item for item in found if not any(a <= item.start < b for a, b in divisions.places)]
    from_tables = read_tables(normal, nodes, head, frozenset(start for start, _ in divisions.places))
    duties = [*_duties(normal, nodes, lists, first_leads), *divisions.duties]
    tasks = _tasks(normal, nodes, duties) or list(divisions.tasks)
    targets = _targets(normal, nodes, lists, duties, tasks, head) + list(from_tables.targets)
    targets.sort(key=lambda target: target.span.start if target.span else 0)
    plan = Plan(
        title=head.title,
        issuer=head.issuer,
        document_number=head.document_number,
        outline=tuple(_headings(normal, nodes, tasks)),
        tasks=tuple(tasks),
        duties=tuple(duties),
        targets=tuple(_once(targets)),
        names=tuple(find_names(normal, nodes, [(item.start, item.end) for item in lists], head)),
        reading=ReadingChoices(
            first_leads=first_leads,
            source_format=source.format,
            encoding=source.encoding,
            body=normal.span(head.body_start, head.body_end),
        ),
        source_name=source.name or None,
        source_sha256=source.sha256 or None,
        text_sha256=normal.sha256,
    )
    explaining: dict[str, Iterable[tuple[int, int]]] = {
        "list_of_bodies": [(item.start, item.end) for item in lists] + list(divisions.places),
        "status": past_spans(nodes),
        "list_number": [(node.start, node.start + _MARKER) for node in nodes],
        "table": _without(from_tables.places, from_tables.unread),
    }
    coverage = coverage_of(normal, (head.body_start, head.body_end), nodes, plan.targets, explaining)
    findings = tuple(find_findings(plan, normal, nodes, head, from_tables.unread))
    return plan.model_copy(update={"coverage": coverage, "findings": findings})


_DOUBT = 0.6
"""Confidence from which a list of bodies is in doubt for its own words, whatever its rule is worth."""


def _confidence(rule: str | None, prior: float) -> float:
    """Return the calibrated confidence of a list of bodies, or the lower one of a list in doubt."""
    calibrated = confidence_of(rule, prior)
    return min(calibrated, prior) if prior <= _DOUBT else calibrated


_MARKER = 4
"""Characters of the number of a heading: (12), 12."""


def _without(
    places: Iterable[tuple[int, int]], holes: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Return the places less the holes in them."""
    cut = sorted(holes)
    for start, end in places:
        position = start
        for a, b in cut:
            if position <= a < end:
                yield position, a
                position = b
        yield position, end


def _locator(nodes: list[Node], position: int) -> str:
    node = node_at(nodes, position)
    return node.locator if node else PREAMBLE


def _headings(normal: NormalText, nodes: list[Node], tasks: list[Task]) -> list[Heading]:
    of_tasks = {task.locator for task in tasks}
    headings: list[Heading] = []
    depth: dict[int, int] = {}
    for i, node in enumerate(nodes):
        depth[i] = 1 if node.parent is None else depth[node.parent] + 1
        if node.locator not in of_tasks:
            span = normal.span(node.start, node.title_end)
            headings.append(Heading(locator=node.locator, level=depth[i], title=node.title, span=span))
    return headings


@dataclass(frozen=True, slots=True)
class _Places:
    """Places where headings and lists begin, in order, for bisection."""

    nodes: list[int]
    lists: list[int]


def _duty_node(
    nodes: list[Node], lists: list[DutyList], places: _Places, index: int
) -> tuple[Node | None, bool]:
    """Return (node that a list answers for, the list is for its whole section).

    A list in the heading or lead-in of a section, or in its own paragraph behind its last task, is the
    section's where none of its tasks has a list.
    """
    item = lists[index]
    node = node_at(nodes, item.start)
    if node is not None and node.own_end < node.end:
        inner = bisect_left(places.lists, node.own_end), bisect_left(places.lists, node.end)
        return node, inner[0] == inner[1]
    if node is None or node.parent is None or not item.own_paragraph or item.end < node.own_end - 2:
        return node, False
    section, first = nodes[node.parent], nodes[node.parent + 1]
    later = bisect_left(places.nodes, node.end)
    if first is node or (later < len(nodes) and nodes[later].start < section.end):
        return node, False
    here = bisect_left(places.lists, node.start)
    if bisect_left(places.lists, first.start) < here or bisect_left(places.lists, node.end) - here > 1:
        return node, False
    return section, True


def _duties(normal: NormalText, nodes: list[Node], lists: list[DutyList], first_leads: bool) -> list[Duty]:
    duties: list[Duty] = []
    places = _Places([node.start for node in nodes], [item.start for item in lists])
    previous_end = -1
    for i, item in enumerate(lists):
        node, whole = _duty_node(nodes, lists, places, i)
        infer = first_leads and not item.lead and item.style is not DutyStyle.BLANKET
        begin = max(previous_end, node.start if node else 0)
        style = DutyStyle.CHAPTER if whole else item.style
        duties.append(
            Duty(
                locator=node.locator if node else PREAMBLE,
                departments=item.departments,
                lead=item.departments[:1] if infer else item.lead,
                lead_inferred=infer,
                style=style,
                open_ended=item.open_ended,
                deadline=item.deadline,
                content=_content(normal, node, begin, item.start),
                span=normal.span(item.start, item.end),
                scope=normal.span(begin, item.start),
                confidence=_confidence(f"duty_{style.value}", item.confidence),
            )
        )
        previous_end = item.end
    return duties


_LONGEST_CONTENT = 600


def _content(normal: NormalText, node: Node | None, start: int, end: int) -> str | None:
    """Return the words that a list answers for, without the heading of its task."""
    if node is not None and start <= node.start and node.title_end < end:
        start = node.title_end
    words = normal.text[start:end].strip(" \n。;,.、")
    return words[-_LONGEST_CONTENT:] or None


def _tasks(normal: NormalText, nodes: list[Node], duties: list[Duty]) -> list[Task]:
    with_list = {duty.locator for duty in duties}
    found = {node.locator: node for node in task_nodes(nodes)}
    for node in nodes:
        if node.leaf and node.locator in with_list and not is_general(nodes, node):
            found[node.locator] = node
    by_place: dict[str, list[Duty]] = {}
    for duty in duties:
        if duty.style is not DutyStyle.BLANKET:
            by_place.setdefault(duty.locator, []).append(duty)
    tasks: list[Task] = []
    last = nodes[-1] if nodes else None
    for node in sorted(found.values(), key=lambda one: one.start):
        own = by_place.get(node.locator, [])
        if not own and node.parent is not None:
            above = by_place.get(nodes[node.parent].locator, [])
            own = [duty for duty in above if duty.style is DutyStyle.CHAPTER]
        end = _before_table(normal, node) if node is last else node.own_end
        text = normal.text[node.title_end : end].rstrip()
        complete = not (node is last and is_cut(text or normal.text[node.start : node.own_end].rstrip()))
        complete = complete or (
            bool(own) and own[-1].span is not None and own[-1].span.end >= node.own_end - 2
        )
        deadline = _DEADLINE.search(text)
        tasks.append(
            Task(
                locator=node.locator,
                title=node.title,
                departments=tuple(dict.fromkeys(name for duty in own for name in duty.departments)),
                lead=tuple(dict.fromkeys(name for duty in own for name in duty.lead)),
                deadline=deadline.group(1).strip() if deadline else None,
                span=normal.span(node.start, node.own_end),
                complete=complete,
                confidence=1.0 if node.regular else 0.7,
            )
        )
    return tasks


def _before_table(normal: NormalText, node: Node) -> int:
    """Return where the words of a heading end: at the first table under it, if there is one."""
    starts = (normal.position(table.start) for table in normal.source.tables)
    return min((start for start in starts if node.title_end <= start < node.own_end), default=node.own_end)


_BELOW = pattern("outline.below")


def is_cut(text: str) -> bool:
    """Check whether a text stops without full stop or closed bracket; signature and foot left out."""
    lines = text.split("\n")
    while len(lines) > 1 and _BELOW.fullmatch(lines[-1]):
        lines.pop()
    words = "\n".join(lines)
    if not words:
        return False
    return words[-1] not in "。!?)”》】;:…" or words.count("(") > words.count(")")


def _targets(
    normal: NormalText,
    nodes: list[Node],
    lists: list[DutyList],
    duties: list[Duty],
    tasks: list[Task],
    head: Head,
) -> list[Target]:
    tables = [(normal.position(t.start), normal.position(t.end)) for t in normal.source.tables]
    skip = [(item.start, item.end) for item in lists] + tables + past_spans(nodes)
    skip += [(node.start, node.start + 1) for node in nodes if node.rank is Rank.BOX]
    of_task = {task.locator: task for task in tasks}
    starts = [item.start for item in lists]
    result: list[Target] = []
    places = [_place(nodes, node) for node in nodes]
    spans = _merged(skip)
    issuer = issuer_of(head.title, head.issuer)
    for reading in find_targets(
        normal.text, head.body_start, head.body_end, spans, head.issue_year, places, issuer
    ):
        locator = _locator(nodes, reading.start)
        target = reading.target.model_copy(
            update={
                "locator": locator,
                "departments": _answering(reading, locator, starts, duties, of_task),
                "span": normal.span(reading.start, reading.end),
                "year_inferred": reading.inherits_year,
            }
        )
        sure = confidence_of(rule_of_confidence(target), target.confidence)
        result.append(target.model_copy(update={"confidence": sure}))
    return result


_WORK = pattern("outline.work")
_AIMS = pattern("outline.aims")
_HEADED_BY_YEAR = pattern("outline.headed_by_year")


def _place(nodes: list[Node], node: Node) -> Place:
    """Return what the heading states about the targets below it."""
    current: Node | None = node
    while current is not None and not (len(current.title) <= 24 and _AIMS.search(current.title)):
        current = nodes[current.parent] if current.parent is not None else None
    words = node.time or node.title
    times = find_times(words, 0, len(words)) if _HEADED_BY_YEAR.search(words) else []
    when = next((mark.when for mark in times if mark.baseline is None), When())
    named = len(node.title) <= 24 and looks_like_indicator(node.title) and not _WORK.match(node.title)
    when = when if len(words) <= 30 else When()
    return Place(node.start, current is not None, when, node.title if named else "")


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _answering(
    reading: Reading, locator: str, starts: list[int], duties: list[Duty], of_task: dict[str, Task]
) -> tuple[str, ...]:
    """Return the bodies of the next list behind a target in its task, else those of the task."""
    i = bisect_left(starts, reading.end)
    if i < len(starts) and duties[i].locator == locator:
        return duties[i].departments
    task = of_task.get(locator)
    return task.departments if task else ()


def _once(targets: list[Target]) -> list[Target]:
    """Keep each repeated promise of peak or neutrality once: the one in the chapter of aims, if any."""
    best: dict[tuple[str, int | None], Target] = {}
    for target in targets:
        if target.comparator is Comparator.MILESTONE:
            key = (target.indicator, target.year)
            best[key] = target if key not in best or _is_aim(target, best[key]) else best[key]
    kept = {id(target) for target in best.values()}
    return [t for t in targets if t.comparator is not Comparator.MILESTONE or id(t) in kept]


def _is_aim(new: Target, old: Target) -> bool:
    return old.locator.startswith(("一", PREAMBLE)) and new.locator.startswith("二")


def with_first_leads(plan: Plan) -> Plan:
    """Return the plan with the first name of every unmarked list read as its lead (an inference, flagged)."""
    duties = tuple(
        duty if duty.lead else duty.model_copy(update={"lead": duty.departments[:1], "lead_inferred": True})
        for duty in plan.duties
    )
    reading = plan.reading.model_copy(update={"first_leads": True})
    return plan.model_copy(update={"duties": duties, "reading": reading})
