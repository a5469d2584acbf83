"""Tables that divide the work: a row a task, with who leads, who answers and by when (任务分工表)."""

import re
from dataclasses import dataclass, replace

from dafeng.plan.calibration import confidence_of
from dafeng.plan.documents.source import Cell, Table
from dafeng.plan.model import Duty, DutyStyle, Task
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.bodies import is_certain_body
from dafeng.plan.structure.body_lists import parse_list
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText, half_width

_LEADS = pattern("duties.lead_column")
_BODIES = pattern("duties.bodies_column")
_TASK = pattern("duties.task_column")
_DEADLINE = pattern("duties.deadline_column")
_NO_TITLE = pattern("duties.no_title_column")
_DELIVERABLE = pattern("duties.deliverable_column")
_REMARK = pattern("duties.remark")
_NUMBER = pattern("duties.number")
_PREAMBLE = "前言"


@dataclass(frozen=True, slots=True)
class Division:
    """Columns of a division table, first column 0, and the first row below its header."""

    first_row: int
    titles: tuple[int, ...]
    leads: tuple[int, ...]
    bodies: tuple[int, ...]
    deadline: int | None
    deliverable: int | None = None


@dataclass(frozen=True, slots=True)
class DivisionReadings:
    """Duties row by row; the rows as tasks, for a document that has no other; the places of the tables."""

    duties: tuple[Duty, ...]
    tasks: tuple[Task, ...]
    places: tuple[tuple[int, int], ...]


def read_divisions(normal: NormalText, nodes: list[Node]) -> DivisionReadings:
    """Read every table with a column of bodies and one of tasks.

    A table without a header continues the one before.
    """
    duties: list[Duty] = []
    tasks: list[Task] = []
    places: list[tuple[int, int]] = []
    last: tuple[Division, int] | None = None
    by_title = {_words(node.title): node for node in reversed(nodes) if len(node.title) > 3}
    for number, table in enumerate(normal.source.tables, start=1):
        rows = [[_plain(cell) for cell in row] for row in table.rows]
        width = len(rows[0]) if rows else 0
        columns = division_of(rows)
        if columns is None and last is not None and last[1] == width and _goes_on(rows, last[0]):
            columns = replace(last[0], first_row=0)
        if columns is None:
            last = None
            continue
        last = columns, width
        place = normal.position(table.start)
        places.append((place, normal.position(table.end)))
        node = node_at(nodes, place)
        above = node.locator if node else _PREAMBLE
        for r in range(columns.first_row, len(rows)):
            found = _row(normal, table, rows[r], r, columns, by_title, f"{above}·表{number}行{r}")
            if found is not None:
                duties.append(found[0])
                tasks.append(found[1])
    return DivisionReadings(tuple(duties), tuple(tasks), tuple(places))


def division_of(rows: list[list[str]]) -> Division | None:
    """Detect the columns of a table of tasks and bodies; None where its first rows are no such header."""
    for r, row in enumerate(rows[:3]):
        heads = [_REMARK.sub("", text) for text in row]
        leads = tuple(c for c, text in enumerate(heads) if _LEADS.fullmatch(text))
        bodies = tuple(c for c, text in enumerate(heads) if _BODIES.fullmatch(text))
        if not (leads or bodies):
            continue
        if r + 1 < len(rows) and any(_LEADS.fullmatch(_REMARK.sub("", text)) for text in rows[r + 1]):
            continue
        taken = {*leads, *bodies}
        deadline = next((c for c, text in enumerate(heads) if _DEADLINE.fullmatch(text)), None)
        deliverable = next((c for c, text in enumerate(heads) if _DELIVERABLE.fullmatch(text)), None)
        titles = [
            c
            for c, text in enumerate(heads)
            if _TASK.search(text) and not _NO_TITLE.search(text) and c not in taken
        ]
        if not titles:
            titles = [c for c in range(min(taken)) if heads[c] and not _NO_TITLE.search(heads[c])]
        if not titles or any(re.search(r"20\d\d年?$", text) for text in heads):
            return None
        return Division(r + 1, tuple(titles), leads, bodies, deadline, deliverable)
    return None


def _goes_on(rows: list[list[str]], columns: Division) -> bool:
    """Check whether the columns of a table hold what those of the table before held."""
    bodies = [row[c] for row in rows for c in (*columns.leads, *columns.bodies) if row[c]]
    return bool(bodies) and sum(parse_list(text) is not None for text in bodies) > 0.7 * len(bodies)


def _plain(cell: Cell) -> str:
    """Return the words of a cell on one line; a break between two whole bodies parts them."""
    lines = [half_width(re.sub(r"\s+", "", line)) for line in cell.text.splitlines()]
    text = ""
    for line in filter(None, lines):
        before = re.split(r"[、,;:]", text)[-1]
        after = re.split(r"[、,;:(]", line)[0]
        parted = bool(text) and is_certain_body(before) and is_certain_body(after)
        text += ("、" if parted else "") + line
    return text


def _row(
    normal: NormalText, table: Table, row: list[str], r: int, columns: Division, by_title: dict[str, Node], place: str,
) -> tuple[Duty, Task] | None:  # fmt: skip
    cells = table.rows[r]
    names, lead = _bodies(row, columns)
    titles = [_NUMBER.sub("", row[c]) for c in columns.titles if row[c]]
    if not names or not titles or len({id(cell) for cell in cells}) < 2:
        return None
    node = next((by_title[_words(title)] for title in titles if _words(title) in by_title), None)
    node = node or next((one for title in titles if (one := _within(title, by_title)) is not None), None)
    title, start = _title(table, row, r, columns)
    begin = normal.position(start)
    ends = [cells[c] for c in (*columns.leads, *columns.bodies)]
    span = normal.span(
        normal.position(min(cell.start for cell in ends)), normal.position(max(cell.end for cell in ends))
    )
    locator = node.locator if node else place
    deadline = row[columns.deadline] if columns.deadline is not None else ""
    deliverable = row[columns.deliverable] if columns.deliverable is not None else ""
    duty = Duty(
        locator=locator,
        departments=names,
        lead=lead,
        style=DutyStyle.TABLE,
        span=span,
        confidence=confidence_of("duty_table", 0.9),
        content="。".join(dict.fromkeys(titles))[:600], deadline=deadline or None, deliverable=deliverable or None,
    )  # fmt: skip
    task = Task(
        locator=locator, title=title, departments=names, lead=lead, deadline=deadline or None,
        span=normal.span(begin, max(span.end, begin)), confidence=0.8,
    )  # fmt: skip
    return duty, task


def _title(table: Table, row: list[str], r: int, columns: Division) -> tuple[str, int]:
    """Return (title, its place in the source) of a row.

    The title is its first words that it does not share with an adjacent row.
    """
    filled = [c for c in columns.titles if row[c]]
    beside = [table.rows[other] for other in (r - 1, r + 1) if 0 <= other < len(table.rows)]
    own = [c for c in filled if all(cells[c].start != table.rows[r][c].start for cells in beside)]
    column = (own or filled)[0]
    return re.split(r"[。;]", _NUMBER.sub("", row[column]))[0][:60], table.rows[r][column].start


def _within(title: str, by_title: dict[str, Node]) -> Node | None:
    """Return the heading whose words begin the cell."""
    words = _words(title)
    return next(
        (by_title[words[:n]] for n in range(min(len(words), 45), 5, -1) if words[:n] in by_title), None
    )


def _words(title: str) -> str:
    return re.sub(r"[。;,、“”\"]", "", title)


def _bodies(row: list[str], columns: Division) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (bodies, leading ones) of a row."""
    names: list[str] = []
    lead: list[str] = []
    for c in (*columns.leads, *columns.bodies):
        parsed = parse_list(row[c]) if row[c] else None
        if parsed is None:
            continue
        names += parsed[0]
        lead += parsed[0] if c in columns.leads else parsed[1]
    return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(lead))
