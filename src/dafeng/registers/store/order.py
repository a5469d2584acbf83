"""Order of a page: ranges of one index, with the conditions that bound them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, literal, tuple_
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.expression import BindParameter, UnaryExpression
from sqlalchemy.sql.visitors import iterate, replacement_traverse

_PLUS: operators.custom_op[Any] = operators.custom_op("+")
_LOWER = (operators.ge, operators.gt)
_UPPER = (operators.le, operators.lt)
BOUNDS = (*_LOWER, *_UPPER, operators.eq)


Place = tuple[Any, int]
"""Value and number of a row: its place in the order."""


@dataclass(frozen=True, slots=True)
class Run:
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
class Order:
    """Order by `column`, where there is one, and number, of the rows that meet `within`."""

    column: Any
    number: Any
    within: tuple[ColumnElement[bool], ...]
    descending: bool

    @property
    def own(self) -> set[str]:
        """Return the name of the column of its index besides those that all indexes have."""
        keys = () if self.column is None else (self.column,)
        names = {
            part.name for one in (*keys, *self.within) for part in iterate(one) if isinstance(part, Column)
        }
        return names - {"id"}

    @property
    def keys(self) -> tuple[Any, ...]:
        return (self.number,) if self.column is None else (self.column, self.number)

    def runs(self, start: Place | None, end: Place | None) -> list[Run]:
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
        found.append(Run(self.keys, between, self.descending, start is not None, end is not None))
        if end is not None:
            found.append(self._numbers((self.column == literal(end[0]),), None, end))
        return found

    def _numbers(
        self, within: tuple[ColumnElement[bool], ...], start: Place | None, end: Place | None
    ) -> Run:
        number = self.number
        bounds = list(within)
        if start is not None:
            bounds.append(self._beyond(number, start[1]))
        if end is not None:
            bounds.append(number >= end[1] if self.descending else number <= end[1])
        return Run((number,), tuple(bounds), self.descending, start is not None, end is not None)

    def _beyond(self, key: Any, value: Any) -> Any:
        return key < value if self.descending else key > value

    def after(self, start: Place) -> ColumnElement[bool]:
        """Compare with a place, without an index."""
        if self.column is None:
            return self._beyond(plus(self.number), start[1])  # type: ignore[no-any-return]
        here, there = tuple_(plus(self.column), plus(self.number)), tuple_(*map(literal, start))
        return self._beyond(here, there)  # type: ignore[no-any-return]


def placed(one: ColumnElement[bool], run: Run) -> list[ColumnElement[bool]]:
    """Rewrite a condition so that it bounds the run, where no other bound of that side does, or uses no index."""
    inside, others = bounds_of(one, run)
    return inside + [unindexed(other) for other in others]


def bounds_of(
    one: ColumnElement[bool], run: Run
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """Split a condition into bounds of the first key and the rest.

    Equality becomes both bounds: with it SQLite takes the key for a constant and sorts by number.
    """
    key = run.keys[0]
    if not (isinstance(one, BinaryExpression) and compares(one, key) and one.operator in BOUNDS):
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


def compares(one: Any, column: Any) -> bool:
    return isinstance(one, BinaryExpression) and one.left is column


def plus(column: Any) -> Any:
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rewrite the condition so that SQLite uses no index for it: a plus is put before each column."""

    def rewritten(element: Any, **_: Any) -> Any:
        return plus(element) if isinstance(element, Column) else None

    return replacement_traverse(condition, {}, rewritten)
