"""Keyset pages of records, read in the order of an index within a bounded number of steps.

Every index of an order carries the columns of few values (state, place, choices, flags): conditions on them are met
in the index alone, about 0.1 µs an entry, and only the records of the page are read.

For other conditions SQLite keeps no statistics of the values, so that it cannot weigh the order of a page against the
index of a filter. A page is then read in its order for `STEPS` entries. Where that does not fill it, the filter has
few records in this part of the order: the index of the filter yields all of them, to be sorted, or, where they are
many, the set of their numbers, by which the rest of the order is read without the records outside it. Without an
index of the filter the table is read once from end to end.
PostgreSQL has statistics and takes the plain query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, SelectBase, Table, func, literal, select, tuple_
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.expression import BindParameter, ColumnClause, UnaryExpression
from sqlalchemy.sql.visitors import iterate, replacement_traverse

STEPS = 600
"""Entries of the index in the order of the page whose records are read first (about 2 µs each)."""
COVERED_STEPS = 8_000
"""Entries that are read first where the index itself meets the conditions (about 0.1 µs each)."""
COVERED_FEW = 2_500
"""Number of records up to which sorting those of a filter takes less time than reading on in such an index."""
LISTED = 2_000
"""Number of records up to which those that meet conditions without an index are listed by number."""
FEW = 9_000
"""Number of records up to which sorting those of a filter takes less time than reading the rest of the order."""
_PLUS: operators.custom_op[Any] = operators.custom_op("+")
_LOWER = (operators.ge, operators.gt)
_UPPER = (operators.le, operators.lt)
_BOUNDS = (*_LOWER, *_UPPER, operators.eq)


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

    def in_index(self, order: "_Order") -> bool:
        """Check whether the index of an order has every column of the conditions."""
        own = {"scope", "id", *(key.name for key in order.keys)}
        return not order.by_number and _names(self.table, self.conditions) <= self.carried | own


Place = tuple[Any, int]
"""Value and number of a row: its place in the order."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Range of one index in order of `keys`, the last of which is the number of the record.

    `begun` and `ended`: a bound in `within` or a number takes this side, so that no condition may bound it again.
    """

    keys: tuple[Any, ...]
    within: tuple[ColumnElement[bool], ...]
    descending: bool
    begun: bool
    ended: bool

    @property
    def order(self) -> list[Any]:
        return [key.desc() for key in self.keys] if self.descending else list(self.keys)


@dataclass(frozen=True, slots=True)
class _Order:
    """Order by `column`, where there is one, and number, of the rows that meet `within`."""

    column: Any
    number: Any
    within: tuple[ColumnElement[bool], ...]
    descending: bool

    @property
    def by_number(self) -> bool:
        return self.column is None

    @property
    def keys(self) -> tuple[Any, ...]:
        return (self.number,) if self.column is None else (self.column, self.number)

    def runs(self, start: Place | None, end: Place | None) -> list[_Run]:
        """Split what lies after `start`, up to `end`, into ranges of the index.

        SQLite does not see that the number of the record continues the index in a comparison of pairs: it would
        read every record that has the value of the first row.
        """
        if self.column is None:
            return [self._numbers(self.within, start, end)]
        if start is not None and end is not None and start[0] == end[0]:
            return [self._numbers((self.column == literal(start[0]),), start, end)]
        found, within = [], []
        if start is not None:
            found.append(self._numbers((self.column == literal(start[0]),), start, None))
            within.append(self._beyond(self.column, literal(start[0])))
        if end is not None:
            within.append(self.column > literal(end[0]) if self.descending else self.column < literal(end[0]))
        between = tuple(within) or self.within
        found.append(_Run(self.keys, between, self.descending, start is not None, end is not None))
        if end is not None:
            found.append(self._numbers((self.column == literal(end[0]),), None, end))
        return found

    def _numbers(
        self, within: tuple[ColumnElement[bool], ...], start: Place | None, end: Place | None
    ) -> _Run:
        number = self.number
        bounds = list(within)
        if start is not None:
            bounds.append(self._beyond(number, start[1]))
        if end is not None:
            bounds.append(number >= end[1] if self.descending else number <= end[1])
        return _Run((number,), tuple(bounds), self.descending, start is not None, end is not None)

    def _beyond(self, key: Any, value: Any) -> Any:
        return key < value if self.descending else key > value

    def after(self, start: Place) -> ColumnElement[bool]:
        """Compare with a place, without an index."""
        if self.column is None:
            return self._beyond(_plus(self.number), start[1])  # type: ignore[no-any-return]
        here, there = tuple_(_plus(self.column), _plus(self.number)), tuple_(*map(literal, start))
        return self._beyond(here, there)  # type: ignore[no-any-return]


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
        return _ordered(connection, selection, _Order(None, number, (), descending), start, wanted)
    compared = {one.operator for one in selection.conditions if _compares(one, column)}
    rows: list[dict[str, Any]] = []
    if (start is None or start[0] is not None) and operators.is_ not in compared:
        order = _Order(column, number, (column.is_not(None),), descending)
        rows = _ordered(connection, selection, order, start, wanted)
    if len(rows) < wanted and compared.isdisjoint(_BOUNDS):
        order = _Order(None, number, (column.is_(None),), False)
        behind = start if start is not None and start[0] is None else None
        rows += _ordered(connection, selection, order, behind, wanted - len(rows))
    return rows


def _ordered(
    connection: Connection, selection: Selection, order: _Order, start: Place | None, wanted: int
) -> list[dict[str, Any]]:
    if not selection.sqlite or not selection.conditions:
        return _in_order(connection, selection, order.runs(start, None), wanted)
    narrow = [
        one for one in selection.narrow if not (_compares(one, order.keys[0]) and one.operator in _BOUNDS)
    ]
    covered = selection.in_index(order)
    if covered and not narrow:
        return _in_order(connection, selection, order.runs(start, None), wanted)
    end = _place_after(connection, selection, order, start, COVERED_STEPS if covered else STEPS)
    rows = _in_order(connection, selection, order.runs(start, end), wanted)
    if end is None or len(rows) == wanted:
        return rows
    rest = wanted - len(rows)
    few, chosen = min(
        ((_count(connection, selection, one), index) for index, one in enumerate(narrow)), default=(FEW, -1)
    )
    if covered and few >= COVERED_FEW:
        return rows + _in_order(connection, selection, order.runs(end, None), rest)
    if few < FEW or order.by_number or not narrow:
        by = narrow[chosen] if narrow else _all_that_meet(connection, selection)
        return rows + _sorted(connection, selection, order, end, rest, by)
    return rows + _in_order(connection, selection, order.runs(end, None), rest, narrow)


def _all_that_meet(connection: Connection, selection: Selection) -> ColumnElement[bool] | None:
    """Return the numbers of all records of a selection that no index answers, read once for a page; None for many."""
    table = selection.table
    if _names(table, selection.conditions) <= selection.carried:
        return None
    if not selection.numbers:
        where = [_unindexed(one) for one in (selection.scope, *selection.conditions)]
        query = select(table.c.id).where(*where).limit(LISTED + 1)
        selection.numbers.append([number for (number,) in connection.execute(query)])
    [numbers] = selection.numbers
    return table.c.id.in_(numbers) if len(numbers) <= LISTED else None


def _in_order(
    connection: Connection, selection: Selection, runs: Sequence[_Run], wanted: int,
    members: Sequence[ColumnElement[bool]] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Read rows run by run; of `members` only those whose numbers their indexes yield."""
    table = selection.table
    number = _plus(table.c.id)
    inside = [number.in_(_numbers(selection, one)) for one in members]
    rows: list[dict[str, Any]] = []
    for run in runs:
        where = [_scope(selection, run), *run.within, *inside]
        for one in selection.conditions:
            where += _placed(one, run) if selection.sqlite else [one]
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
    connection: Connection, selection: Selection, order: _Order, start: Place, wanted: int,
    narrow: ColumnElement[bool] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the next rows after `start`, sorted by their keys alone: those that the index of `narrow` yields, or all."""
    table = selection.table
    others = [_unindexed(one) for one in (*order.within, *selection.conditions) if one is not narrow]
    keys = [_plus(key) for key in order.keys]
    by = [key.desc() for key in keys] if order.descending else keys
    read_whole = narrow is None and not _names(table, selection.conditions) <= selection.carried
    scope = _unindexed(selection.scope) if read_whole else selection.scope
    where = [scope, *others, order.after(start), *([] if narrow is None else [narrow])]
    chosen = connection.execute(select(table.c.id).where(*where).order_by(*by).limit(wanted))
    return _rows_of(connection, table, [number for (number,) in chosen])


def _place_after(
    connection: Connection, selection: Selection, order: _Order, start: Place | None, steps: int
) -> Place | None:
    """Return a place at least `steps` entries of the index after `start`; None where the order ends before."""
    for run in order.runs(start, None):
        where = list(run.within)
        if order.within:
            where.append(selection.scope)
        for one in selection.conditions:
            where += _bounds(one, run)[0]
        query = select(*order.keys).where(*where).order_by(*run.order).limit(1).offset(steps)
        row = connection.execute(query).first()
        if row is not None:
            return (row[0], row[-1])
    return None


def _count(connection: Connection, selection: Selection, one: ColumnElement[bool]) -> int:
    some = _numbers(selection, one).limit(FEW).subquery()
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


def _scope(selection: Selection, run: _Run) -> ColumnElement[bool]:
    """Return the condition of the place; in order of numbers alone its indexes would sort the whole register."""
    alone = all(_compares(one, selection.table.c.id) for one in run.within) and len(run.keys) == 1
    return _unindexed(selection.scope) if alone and selection.sqlite else selection.scope


def _placed(one: ColumnElement[bool], run: _Run) -> list[ColumnElement[bool]]:
    """Rewrite a condition so that it bounds the run, where no other bound of that side does, or uses no index."""
    bounds, others = _bounds(one, run)
    return bounds + [_unindexed(other) for other in others]


def _bounds(
    one: ColumnElement[bool], run: _Run
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """Split a condition into bounds of the first key and the rest.

    Equality becomes both bounds: with it SQLite takes the key for a constant and sorts by number.
    """
    key = run.keys[0]
    if not (isinstance(one, BinaryExpression) and _compares(one, key) and one.operator in _BOUNDS):
        return [], [one]
    if one.operator is not operators.eq:
        sides = [one]
    elif isinstance(one.right, BindParameter):
        sides = [key >= one.right, key <= one.right]
    else:  # a flag
        return [], [one]
    bounds: list[ColumnElement[bool]] = []
    others: list[ColumnElement[bool]] = []
    for side in sides:
        near = (side.operator in _LOWER) != run.descending
        taken = run.begun if near else run.ended
        (others if taken else bounds).append(side)
    return bounds, others


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


def _compares(one: Any, column: Any) -> bool:
    return isinstance(one, BinaryExpression) and one.left is column


def _plus(column: Any) -> Any:
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


def _unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rewrite the condition so that SQLite uses no index for it: a plus is put before each column."""

    def plus(element: Any, **_: Any) -> Any:
        return _plus(element) if isinstance(element, Column) else None

    return replacement_traverse(condition, {}, plus)
