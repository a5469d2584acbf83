"""Queries of records: filtered, sorted, with keyset pagination; always within the actor's rights."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.sql.expression import ColumnClause, TableClause, UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import replacement_traverse

from dafeng.evidence import DafengError
from dafeng.registers.definition.model import Definition
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.filters import LARGEST, Filter, column_of_field, condition
from dafeng.registers.store.rights import ROLES, Actor, may_read_somewhere, readable
from dafeng.registers.store.showing import shown_rows

MOST_ROWS = 1_000
DENSE = 1_500
"""Number of records from which a filter is dense.

Otherwise SQLite sorts them all for one page (20 ms for 7,000).
"""
_ALWAYS_CONDITIONS = 3
_PLUS: custom_op[Any] = custom_op("+")
_TRIGRAM = 3


@dataclass(frozen=True, slots=True)
class Page:
    """Page of rows; `after` begins the next one and is None on the last."""

    rows: tuple[dict[str, Any], ...]
    after: str | None


def find(
    store: Store, actor: Actor, register: str, *, filters: Iterable[Filter] = (), search: str = "", sort: str = "id",
    descending: bool = False, after: str | None = None, limit: int = 50, pending: bool = True,
) -> Page:  # fmt: skip
    """Return one page of the records that `actor` may see.

    Parameters
    ----------
    filters
        All of them hold.
    search
        Text that a record contains, in its fields that are neither personal nor commercial.
    sort
        A sortable field, `id`, `region` or `state`; records without a value come last.
    after
        `Page.after` of the page before.
    limit
        Rows per page, at most 1,000.
    pending
        Whether amendments that do not count yet are included.

    Raises
    ------
    DafengError
        For a field that is not there, may not be seen, or has no index to sort by.
    """
    definition = store.book.latest(register)
    table = store.schema.records[register]
    conditions = _conditions(store, actor, definition, filters, search, pending)
    column = _sort_column(definition, table, sort, actor)
    wanted = max(1, min(limit, MOST_ROWS))
    with store.reading() as connection:
        if store.sqlite and len(conditions) > _ALWAYS_CONDITIONS and _dense(connection, table, conditions):
            conditions = [conditions[0], *(_unindexed(one, column.name) for one in conditions[1:])]
        rows = _page(connection, table, column, conditions, descending, after, wanted + 1)
        more = len(rows) > wanted
        rows = rows[:wanted]
        last = rows[-1] if more else None
        shown = shown_rows(connection, store, actor, definition, rows)
    cursor = None if last is None else json.dumps([last[column.name], last["id"]], ensure_ascii=False)
    return Page(tuple(shown), cursor)


def _dense(connection: Connection, table: Table, conditions: Sequence[ColumnElement[bool]]) -> bool:
    """Check whether a filter is dense.

    So many records meet the conditions then that the order should be read, not the filter's own index.
    """
    some = select(table.c.id).where(*conditions).limit(DENSE).subquery()
    return int(connection.scalar(select(func.count()).select_from(some)) or 0) >= DENSE


def _unindexed(condition: ColumnElement[bool], sort: str) -> ColumnElement[bool]:
    """Rewrite the condition so that SQLite uses no index for it.

    A plus is put before each column but the sorted one.
    """

    def plus(element: Any, **_: Any) -> Any:
        return (
            UnaryExpression(element, operator=_PLUS, type_=element.type)
            if isinstance(element, Column) and element.name != sort
            else None
        )

    return replacement_traverse(condition, {}, plus)


def _page(
    connection: Connection,
    table: Table,
    column: Any,
    conditions: Sequence[ColumnElement[bool]],
    descending: bool,
    after: str | None,
    wanted: int,
) -> list[dict[str, Any]]:
    """Return records with a value in order, then those without.

    Both are ranges of one index, so that no page is sorted.
    """
    start = _cursor(after)
    if (
        start is not None
        and start[0] is not None
        and isinstance(start[0], str) != (column.type.python_type is str)
    ):
        raise DafengError.at("after", str(after)[:80], "the `after` of the page before")
    rows: list[dict[str, Any]] = []
    if column.name == "id":
        query = select(table).where(*conditions)
        if start is not None:
            query = query.where(table.c.id < start[1] if descending else table.c.id > start[1])
        return _fetch(connection, query.order_by(table.c.id.desc() if descending else table.c.id), wanted)
    if start is None or start[0] is not None:
        query = select(table).where(*conditions, column.is_not(None))
        if start is not None:
            here, there = tuple_(column, table.c.id), tuple_(*_literals(start))
            query = query.where(here < there if descending else here > there)
        order = (column.desc(), table.c.id.desc()) if descending else (column, table.c.id)
        rows = _fetch(connection, query.order_by(*order), wanted)
    if len(rows) < wanted:
        query = select(table).where(*conditions, column.is_(None))
        if start is not None and start[0] is None:
            query = query.where(table.c.id > start[1])
        rows += _fetch(connection, query.order_by(table.c.id), wanted - len(rows))
    return rows


def _literals(start: tuple[Any, int]) -> tuple[Any, Any]:
    return literal(start[0]), literal(start[1])


def _fetch(connection: Connection, query: Select[Any], wanted: int) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query.limit(wanted)).mappings()]


def _cursor(after: str | None) -> tuple[Any, int] | None:
    if after is None:
        return None
    try:
        value, number = json.loads(after)
        fits = value is None or isinstance(value, str | int | float)
        if fits and isinstance(number, int) and abs(number) <= LARGEST:
            return value, number
    except (ValueError, TypeError, RecursionError):
        pass
    raise DafengError.at("after", after[:80], "the `after` of the page before")


def count(
    store: Store,
    actor: Actor,
    register: str,
    *,
    filters: Iterable[Filter] = (),
    search: str = "",
    pending: bool = True,
) -> int:
    """Count the records that `find` would return over all pages.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    filters
        Field, comparison and value of each.
    search
        Text to look for.
    pending
        Whether records under review count.

    Returns
    -------
    Number of records.
    """
    definition = store.book.latest(register)
    table = store.schema.records[register]
    with store.reading() as connection:
        query = (
            select(func.count())
            .select_from(table)
            .where(*_conditions(store, actor, definition, filters, search, pending))
        )
        return int(connection.scalar(query) or 0)


def periods_of(
    store: Store, actor: Actor, definition: Definition, filters: Iterable[Filter] = ()
) -> list[str]:
    """Return the periods of the records that count and that `actor` may see."""
    table = store.schema.records[definition.register_id]
    conditions = _conditions(store, actor, definition, filters, "", False)
    with store.reading() as connection:
        rows = connection.execute(
            select(table.c.period).where(*conditions, table.c.period.is_not(None)).distinct()
        )
        return sorted(str(row.period) for row in rows)


def _conditions(
    store: Store, actor: Actor, definition: Definition, filters: Iterable[Filter], search: str, pending: bool
) -> list[ColumnElement[bool]]:
    may_read_somewhere(actor, definition.register_id)
    table = store.schema.records[definition.register_id]
    live = table.c.live.in_((1, 2)) if pending else table.c.live == 1
    found = [table.c.scope == store.scope, live, readable(actor, definition, table)]
    found += [condition(actor, definition, table, one) for one in filters]
    if search.strip():
        if not search.strip().isprintable():
            raise DafengError.at("search", repr(search), "a text without control characters")
        found.append(_search(store, table, definition.register_id, search.strip()))
    return found


def _search(store: Store, table: Table, register: str, text: str) -> ColumnElement[bool]:
    if store.sqlite and len(text) >= _TRIGRAM:
        index = TableClause(f"s_{register}", ColumnClause("rowid"))
        quoted = '"' + text.replace('"', '""') + '"'
        matches = ColumnClause(f"s_{register}", is_literal=True).op("MATCH")(quoted)
        return table.c.id.in_(select(index.c.rowid).where(matches))
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return table.c.search.ilike(f"%{escaped}%", escape="\\")


def _sort_column(definition: Definition, table: Table, name: str, actor: Actor) -> Any:
    if name in ("id", "region", "state"):
        return table.c[name]
    column, field = column_of_field(definition, table, name, actor)
    if field is None or not field.sortable:
        sortable = [one.id for one in definition.fields if one.sortable]
        raise DafengError.at(
            definition.register_id,
            f"sorted by {name}",
            f"a sortable field: {', '.join(sortable)}",
            "mark it sortable in the definition",
        )
    if field.privacy != "none" and not _sees_all(actor, definition.register_id, field.privacy):
        raise DafengError.at(
            definition.register_id, f"sorted by {name}", "a field whose values you may see in every record", "sort by another field"
        )  # fmt: skip
    return column


def _sees_all(actor: Actor, register: str, privacy: str) -> bool:
    """Check whether every grant that reads the register sees fields of this class: an order tells values."""
    reading = [
        ROLES[one.role] for one in actor.grants if one.covers(register) and "read" in ROLES[one.role].acts
    ]
    return all(getattr(may, privacy) for may in reading)
