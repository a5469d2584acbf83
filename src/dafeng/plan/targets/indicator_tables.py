"""Tables of a plan: indicators with their values by year; merged cells count everywhere."""

import re
from dataclasses import dataclass, replace

from dafeng.plan.calibration import confidence_of
from dafeng.plan.documents.source import Cell, Table
from dafeng.plan.model import Comparator, Target
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.body_lists import parse_list
from dafeng.plan.structure.head import Head
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText, half_width
from dafeng.plan.targets.indicators import looks_like_indicator, sense_of
from dafeng.plan.targets.table_cells import EMPTY, VALUE, name_and_unit, number_in, read_cell
from dafeng.plan.targets.table_columns import CAPTION, Columns, read_columns, years_of

NUMBERED = pattern("tables.numbered")


@dataclass(frozen=True, slots=True)
class TableReadings:
    """Readings of the indicator tables of a document."""

    targets: tuple[Target, ...]
    unread: tuple[tuple[int, int], ...] = ()
    """Places in the normalised text of cells below a year that hold a number and could not be read."""
    places: tuple[tuple[int, int], ...] = ()
    """Places of the tables whose columns are understood: their other numbers are present values and row
    numbers.
    """


def read_tables(
    normal: NormalText, nodes: list[Node], head: Head, others: frozenset[int] = frozenset()
) -> TableReadings:
    """Read the targets of every table whose header names its columns; not of those that begin at `others`."""
    targets: list[Target] = []
    unread: list[tuple[int, int]] = []
    places: list[tuple[int, int]] = []
    last: Columns | None = None
    past = head.issue_year - 1 if head.issue_year else 2020
    for table in normal.source.tables:
        rows = [[_plain(cell) for cell in row] for row in table.rows]
        begin = normal.position(table.start)
        if begin in others:
            continue
        header, columns = read_columns(rows, past, normal.text[max(0, begin - CAPTION) : begin])
        if columns is None:
            columns = _continued(rows, last)
            if columns is None:
                unread += (
                    _rows_with_numbers(normal, table, rows) if last is not None and _of_values(rows) else []
                )
                continue
            header = 0
        last = columns
        node = node_at(nodes, begin)
        locator = node.locator if node else "前言"
        if columns.years or columns.sums:
            places.append((begin, normal.position(table.end)))
            for r in range(header, len(rows)):
                targets += _row(normal, table, rows, r, columns, locator, unread)
    return TableReadings(tuple(targets), tuple(unread), tuple(places))


def _continued(rows: list[list[str]], last: Columns | None) -> Columns | None:
    """Return the columns of the table before, for one without a header; None where its cells do not fit them.

    A continuation may lack columns at the right: those in front of the first missing one hold.
    """
    width = len(rows[0]) if rows else 0
    if last is None or width <= last.first_value or not _of_values(rows):
        return None
    if width == len(last.header):
        return last
    years = {c: year for c, year in last.years.items() if c < width}
    sums = [c for c in last.sums if c < width]
    if width > len(last.header) or not (years or sums):
        return None
    return replace(
        last, years=years, sums=sums, past={c: year for c, year in last.past.items() if c < width},
        unit=last.unit if last.unit is not None and last.unit < width else None,
        nature=last.nature if last.nature is not None and last.nature < width else None,
        bodies=[c for c in last.bodies if c < width], leads=[c for c in last.leads if c < width],
    )  # fmt: skip


def _of_values(rows: list[list[str]]) -> bool:
    """Check whether most rows hold a value: the rest of an indicator table does."""
    return sum(any(VALUE.match(text) for text in row[1:]) for row in rows) >= 0.5 * max(len(rows), 1)


def _rows_with_numbers(normal: NormalText, table: Table, rows: list[list[str]]) -> list[tuple[int, int]]:
    """Return the places of the rows of a table that was not understood."""
    return [
        (normal.position(cells[0].start), normal.position(max(cell.end for cell in cells)))
        for cells, row in zip(table.rows, rows, strict=True)
        if any(VALUE.match(text) for text in row[1:])
    ]


def _plain(cell: Cell) -> str:
    return half_width(re.sub(r"\s+", "", cell.text))


def _present_state(row: list[str], columns: Columns) -> tuple[int, float] | None:
    """Return (year, value) of the last column of the present state that holds a number."""
    for c, year in sorted(columns.past.items(), key=lambda item: -item[1]):
        value = number_in(row[c])
        if value is not None:
            return year, value
    return None


def _row(
    normal: NormalText,
    table: Table,
    rows: list[list[str]],
    r: int,
    columns: Columns,
    locator: str,
    unread: list[tuple[int, int]],
) -> list[Target]:
    row, cells = rows[r], table.rows[r]
    if not row[columns.name]:
        return []
    nature = row[columns.nature] if columns.nature is not None else ""
    state = _present_state(row, columns)
    common: dict[str, object] = {
        "locator": locator,
        "nature": "binding" if "约束" in nature else "expected" if "预期" in nature else None,
        "departments": _bodies(row, columns),
    }
    last_year = max(columns.years.values(), default=None)
    in_sums = ((c, next(iter(years_of(columns.header[c])), last_year)) for c in columns.sums)
    made: list[Target] = []
    for c, year in [*columns.years.items(), *in_sums]:
        if cells[c] is cells[columns.name]:
            continue
        target = _promise(row, c, columns)
        place = normal.position(cells[c].start), normal.position(cells[c].end)
        if target is None and re.search(r"\d", row[c]) and row[c] not in EMPTY:
            unread.append(place)
        if target is None or year is None:
            continue
        own: dict[str, object] = {"year": year, "span": normal.span(*place)}
        own["confidence"] = confidence_of(target.rule, target.confidence)
        if state and not target.baseline_year:
            own |= {"baseline_year": state[0], "baseline_value": state[1]}
        made.append(target.model_copy(update=common | own))
    return made


def _promise(row: list[str], c: int, columns: Columns) -> Target | None:
    """Return what column `c` of a row promises, before it has a place and a year."""
    header, is_sum = columns.header[c], c in columns.sums
    indicator, scope, unit = _names(*_subject(row, columns), header, is_sum)
    target = read_cell(row[c], indicator, unit, is_sum=is_sum)
    if target is None:
        return None
    target = _as_growth(target) if is_sum and _GROWTH.search(header) else target
    return target.model_copy(update={"scope": scope})


def _subject(row: list[str], columns: Columns) -> tuple[str, str | None, str | None]:
    """Return (indicator, scope, unit) that the cells left of the values name."""
    parts = [row[columns.name]]
    for c in range(columns.name + 1, columns.first_value):
        if c != columns.unit and row[c] and row[c] not in parts and not VALUE.match(row[c]):
            parts.append(row[c])
    indicator, unit = name_and_unit(NUMBERED.sub("", parts[0]))
    if columns.unit is not None and row[columns.unit]:
        unit = row[columns.unit]
    scope = "·".join(parts[1:]) or None
    if scope and unit is None:
        scope, unit = name_and_unit(NUMBERED.sub("", scope))
    return indicator, scope, unit


_GROWTH = pattern("tables.growth")
_OF_HEADER = pattern("tables.of_header")


def _names(
    indicator: str, scope: str | None, unit: str | None, header: str, is_sum: bool
) -> tuple[str, str | None, str | None]:
    """Return (indicator, scope, unit): a header 2025年光伏装机(万千瓦) names the indicator, its rows the places."""
    words, of_column = name_and_unit(_OF_HEADER.sub("", header))
    if not is_sum and len(words) >= 3 and looks_like_indicator(words) and not looks_like_indicator(indicator):
        return words, indicator if scope is None else f"{indicator}·{scope}", of_column or unit
    if is_sum and _GROWTH.search(header):
        return indicator, scope, of_column or "%"
    return indicator, scope, unit or of_column


def _as_growth(target: Target) -> Target:
    """Read the cell of a column 年均增长(%): a rise by so much a year."""
    if target.comparator not in (Comparator.EQUAL, Comparator.AT_LEAST, Comparator.AT_MOST, Comparator.ABOUT):
        return target
    bound = None if target.comparator is Comparator.EQUAL else target.comparator.value
    comparator = Comparator.RISE
    return target.model_copy(
        update={
            "comparator": comparator,
            "sense": sense_of(target.indicator, comparator),
            "bound": bound,
            "annual_average": True,
            "cumulative": False,
        }
    )


def _bodies(row: list[str], columns: Columns) -> tuple[str, ...]:
    names: list[str] = []
    for c in [*columns.leads, *columns.bodies]:
        parsed = parse_list(row[c]) if c < len(row) and row[c] else None
        names += parsed[0] if parsed else ()
    return tuple(dict.fromkeys(names))
