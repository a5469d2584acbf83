"""Keyset pages of records, read in the order of an index within a bounded number of steps.

Every index carries the short columns (state, place, choices, flags, numbers, dates): conditions on them are met in
the index alone, about 0.1 µs an entry, and only the records of the page are read.

SQLite keeps no statistics of the values, so that it cannot weigh the order of a page against the index of a filter.
A page is therefore read in its order for some entries. Where that does not fill it, the filter has few records in
this part of the order: they are counted in the index of the filter, and where they are fewer than what is left of the
order they are sorted, from that index alone where it has the column to sort by. Otherwise the rest of the order is
read, without the records outside the set of their numbers where the order does not carry the column of the filter.
Without any index of the filter the table is read once from end to end.
PostgreSQL has statistics and takes the plain query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, SelectBase, Table, func, select
from sqlalchemy.sql import operators
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from dafeng.registers.store.order import (
    BOUNDS,
    Order,
    Place,
    Run,
    bounds_of,
    compares,
    placed,
    plus,
    unindexed,
)

STEPS = 600
"""Entries of the index in the order of the page whose records are read first (about 2 µs each)."""
COVERED_STEPS = 4_000
"""Entries that are read first where the index itself meets the conditions (about 0.2 µs each)."""
FEWEST = 300
"""Number of records of a filter up to which they are sorted at once."""
COVERED_FEW = 2_500
"""Number of records up to which reading and sorting those of a filter takes less time than reading on in such an index."""
SORTED = 40_000
"""Number of entries of the index of a filter that has the column to sort by, up to which sorting them does."""
LISTED = 2_000
"""Number of records up to which those that meet conditions without an index are listed by number."""
FEW = 9_000
"""Number of records up to which sorting those of a filter takes less time than reading the rest of the order."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions of a page: `scope` besides the others, and `narrow`, those of them that an index answers.

    `carried`: names of the columns that the index of every order has. `numbers`: one list, once the table was read.
    """

    table: Table
    scope: ColumnElement[bool]
    conditions: tuple[ColumnElement[bool], ...]
    narrow: tuple[ColumnElement[bool], ...]
    carried: frozenset[str]
    sqlite: bool
    numbers: list[list[int]] = field(default_factory=list)

    def in_index(self, order: "Order") -> bool:
        """Check whether the index of an order has every column of the conditions."""
        return _names(self.table, self.conditions) <= self.carried | order.own | {"scope", "id"}

    def sorted_in_index(self, order: "Order", one: ColumnElement[bool]) -> bool:
        """Check whether the index of a filter has every column of the conditions, and that of the order."""
        own = _names(self.table, (one,))
        return _names(self.table, self.conditions) | order.own <= self.carried | own | {"scope", "id"}


def page_rows(
    connection: Connection,
    selection: Selection,
    column: Any,
    descending: bool,
    start: Place | None,
    wanted: int,
) -> list[dict[str, Any]]:
    """Return up to `wanted` rows after `start`, ordered by `column`, then by number; those without a value come last.

    Parameters
    ----------
    connection
        Read connection.
    selection
        Conditions of the rows.
    column
        Column of the order; it has an index by (scope, column, id), or is `id`.
    descending
        Whether the largest value comes first. Rows without a value are in ascending order of their numbers always.
    start
        Value and number of the last row of the page before.
    wanted
        Number of rows.

    Returns
    -------
    Rows as stored, in order.
    """
    number = selection.table.c.id
    if column.name == "id":
        return _ordered(connection, selection, Order(None, number, (), descending), start, wanted)
    compared = {one.operator for one in selection.conditions if compares(one, column)}
    rows: list[dict[str, Any]] = []
    if (start is None or start[0] is not None) and operators.is_ not in compared:
        order = Order(column, number, (column.is_not(None),), descending)
        rows = _ordered(connection, selection, order, start, wanted)
    if len(rows) < wanted and compared.isdisjoint(BOUNDS):
        order = Order(None, number, (column.is_(None),), False)
        behind = start if start is not None and start[0] is None else None
        rows += _ordered(connection, selection, order, behind, wanted - len(rows))
    return rows


def _ordered(
    connection: Connection, selection: Selection, order: Order, start: Place | None, wanted: int
) -> list[dict[str, Any]]:
    if not selection.sqlite or not selection.conditions:
        return _in_order(connection, selection, order.runs(start, None), wanted)
    narrow = [
        one for one in selection.narrow if not (compares(one, order.keys[0]) and one.operator in BOUNDS)
    ]
    covered = selection.in_index(order)
    if covered and not narrow:
        return _in_order(connection, selection, order.runs(start, None), wanted)
    chosen = _fewest(connection, selection, order, narrow, FEWEST, 10 * FEWEST)
    if chosen is not None:
        return _sorted(connection, selection, order, start, wanted, chosen)
    end = _place_after(connection, selection, order, start, COVERED_STEPS if covered else STEPS)
    rows = _in_order(connection, selection, order.runs(start, end), wanted)
    if end is None or len(rows) == wanted:
        return rows
    rest = wanted - len(rows)
    chosen = _fewest(connection, selection, order, narrow, COVERED_FEW if covered else FEW, SORTED)
    if chosen is not None:
        return rows + _sorted(connection, selection, order, end, rest, chosen)
    if covered:
        return rows + _in_order(connection, selection, order.runs(end, None), rest)
    if order.column is None or not narrow:
        by = narrow[0] if narrow else _all_that_meet(connection, selection)
        return rows + _sorted(connection, selection, order, end, rest, by)
    return rows + _in_order(connection, selection, order.runs(end, None), rest, narrow)


def _fewest(
    connection: Connection, selection: Selection, order: Order, narrow: Sequence[ColumnElement[bool]], few: int,
    many: int,
) -> ColumnElement[bool] | None:  # fmt: skip
    """Return the filter whose records take the least time to sort; None where each has `few`, or `many` that its index sorts.

    A record is read at 20 times the time of an entry of an index.
    """
    found: list[tuple[int, int]] = []
    for index, one in enumerate(narrow):
        alone = selection.sorted_in_index(order, one)
        most = many if alone else few
        counted = _count(connection, selection, one, most)
        if counted < most:
            found.append((counted if alone else 20 * counted, index))
    return narrow[min(found)[1]] if found else None


def _all_that_meet(connection: Connection, selection: Selection) -> ColumnElement[bool] | None:
    """Return the numbers of all records of a selection that no index answers, read once for a page; None for many."""
    table = selection.table
    if _names(table, selection.conditions) <= selection.carried:
        return None
    if not selection.numbers:
        where = [unindexed(one) for one in (selection.scope, *selection.conditions)]
        query = select(table.c.id).where(*where).limit(LISTED + 1)
        selection.numbers.append([number for (number,) in connection.execute(query)])
    [numbers] = selection.numbers
    return table.c.id.in_(numbers) if len(numbers) <= LISTED else None


def _in_order(
    connection: Connection, selection: Selection, runs: Sequence[Run], wanted: int,
    members: Sequence[ColumnElement[bool]] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Read rows run by run; of `members` only those whose numbers their indexes yield."""
    table = selection.table
    number = plus(table.c.id)
    inside = [number.in_(_numbers(selection, one)) for one in members]
    rows: list[dict[str, Any]] = []
    for run in runs:
        where = [_scope(selection, run), *run.within, *inside]
        for one in selection.conditions:
            where += placed(one, run) if selection.sqlite else [one]
        query = select(table.c.id).where(*where).order_by(*run.order).limit(wanted - len(rows))
        rows += _rows_of(connection, table, [number for (number,) in connection.execute(query)])
        if len(rows) == wanted:
            break
    return rows


def _rows_of(connection: Connection, table: Table, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Read records by their numbers, in the order given."""
    if not numbers:
        return []
    found = connection.execute(select(table).where(table.c.id.in_(numbers))).mappings()
    by_number = {row["id"]: dict(row) for row in found}
    return [by_number[number] for number in numbers if number in by_number]


def _sorted(
    connection: Connection, selection: Selection, order: Order, start: Place | None, wanted: int,
    narrow: ColumnElement[bool] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the next rows after `start`, sorted by their keys alone: those that the index of `narrow` yields, or all."""
    table = selection.table
    others = [unindexed(one) for one in (*order.within, *selection.conditions) if one is not narrow]
    keys = [plus(key) for key in order.keys]
    by = [key.desc() for key in keys] if order.descending else keys
    read_whole = narrow is None and not _names(table, selection.conditions) <= selection.carried
    scope = unindexed(selection.scope) if read_whole else selection.scope
    after = [] if start is None else [order.after(start)]
    where = [scope, *others, *after, *([] if narrow is None else [narrow])]
    chosen = connection.execute(select(table.c.id).where(*where).order_by(*by).limit(wanted))
    return _rows_of(connection, table, [number for (number,) in chosen])


def _place_after(
    connection: Connection, selection: Selection, order: Order, start: Place | None, steps: int
) -> Place | None:
    """Return a place at least `steps` entries of the index after `start`; None where the order ends before."""
    for run in order.runs(start, None):
        where = list(run.within)
        if order.within or selection.in_index(order):
            where.append(selection.scope)
        for one in selection.conditions:
            where += bounds_of(one, run)[0]
        query = select(*order.keys).where(*where).order_by(*run.order).limit(1).offset(steps)
        row = connection.execute(query).first()
        if row is not None:
            return (row[0], row[-1])
    return None


def _count(connection: Connection, selection: Selection, one: ColumnElement[bool], most: int) -> int:
    some = _numbers(selection, one).limit(most).subquery()
    return int(connection.scalar(select(func.count()).select_from(some)) or 0)


def _numbers(selection: Selection, one: ColumnElement[bool]) -> Any:
    """Select the numbers of the records that meet one condition, as its index has them."""
    inner = selection.table.alias("within")

    def moved(element: Any, **_: Any) -> Any:
        own = isinstance(element, Column) and element.table is selection.table
        return inner.c[element.name] if own else None

    return select(inner.c.id).where(
        *(replacement_traverse(part, {}, moved) for part in (selection.scope, one))
    )


def _scope(selection: Selection, run: Run) -> ColumnElement[bool]:
    """Return the condition of the place; in order of numbers alone only the index that carries the conditions has it."""
    alone = all(compares(one, selection.table.c.id) for one in run.within) and len(run.keys) == 1
    if not (alone and selection.sqlite):
        return selection.scope
    carried = _names(selection.table, selection.conditions) <= selection.carried | {"id"}
    return selection.scope if carried and selection.conditions else unindexed(selection.scope)


def _names(table: Table, conditions: Sequence[ColumnElement[bool]]) -> set[str]:
    """Return the names of the columns that conditions read; "?" for another table's."""
    found: set[str] = set()
    for one in conditions:
        for part in iterate(one):
            if isinstance(part, ColumnClause):
                found.add(part.name if getattr(part, "table", None) is table else "?")
            elif isinstance(part, SelectBase):
                found.add("?")
    return found
