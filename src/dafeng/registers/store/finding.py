"""Queries of records: filtered, sorted, with keyset pagination; always within the actor's rights."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, select, text
from sqlalchemy.sql.expression import ColumnClause, TableClause
from sqlalchemy.sql.operators import in_op

from dafeng.evidence import DafengError
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import Definition
from dafeng.registers.store.columns import carried_names, filter_indexed
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.filters import LARGEST, Filter, column_of_field, condition
from dafeng.registers.store.paging import Selection, page_rows
from dafeng.registers.store.rights import ROLES, Actor, may_read_somewhere, readable
from dafeng.registers.store.showing import shown_rows

MOST_ROWS = 1_000
_TRIGRAM = 3
_ALWAYS = 2
"""Conditions besides the place that every query has: counts or is under review, and may be read."""


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
    filters = tuple(filters)
    scope, *others = _conditions(store, actor, definition, filters, search, pending)
    narrow, implied = _narrow(store, definition, filters, others[_ALWAYS:])
    fields = {field.id: field for one in store.book.of(register) for field in one.fields}
    carried = frozenset(carried_names(fields))
    selection = Selection(table, scope, (*others, *implied), narrow, carried, store.sqlite)
    column = _sort_column(definition, table, sort, actor)
    wanted = max(1, min(limit, MOST_ROWS))
    start = _cursor(after, column)
    with store.reading() as connection:
        rows = page_rows(connection, selection, column, descending, start, wanted + 1)
        more = len(rows) > wanted
        rows = rows[:wanted]
        last = rows[-1] if more else None
        shown = shown_rows(connection, store, actor, definition, rows)
    cursor = None if last is None else json.dumps([last[column.name], last["id"]], ensure_ascii=False)
    return Page(tuple(shown), cursor)


def _cursor(after: str | None, column: Any) -> tuple[Any, int] | None:
    if after is None:
        return None
    try:
        value, number = json.loads(after)
        fits = value is None or isinstance(value, str | int | float)
        fits = fits and (value is None or isinstance(value, str) == (column.type.python_type is str))
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


def states_there(store: Store) -> frozenset[tuple[str, str]]:
    """Return register and state of all records of the place, whoever may see them: most registers have none in most states.

    It is one statement over all registers; what a person sees of them is to be counted with `count`.
    """
    parts = [
        f"SELECT '{register}' AS register, state FROM {table.fullname} WHERE scope = :scope GROUP BY state"
        for register, table in store.schema.records.items()
    ]
    with store.reading() as connection:
        rows = connection.execute(text(" UNION ALL ".join(parts)), {"scope": store.scope})
        return frozenset((str(row.register), str(row.state)) for row in rows)


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


def _narrow(
    store: Store, definition: Definition, filters: Sequence[Filter], conditions: Sequence[ColumnElement[bool]]
) -> tuple[tuple[ColumnElement[bool], ...], tuple[ColumnElement[bool], ...]]:
    """Return those of the conditions that an index answers, and bounds that the filter of a region implies."""
    table = store.schema.records[definition.register_id]
    fields = {one.id: one for one in definition.fields if one.privacy == "none"}
    ordered = {"region", "state"} | {name for name, one in fields.items() if one.sortable}
    chosen = {name for name, one in fields.items() if filter_indexed(one)}
    narrow: list[ColumnElement[bool]] = []
    implied: list[ColumnElement[bool]] = []
    for one, found in zip(filters, conditions, strict=False):
        indexed = ordered if one.operator == "empty" else ordered | chosen
        if one.field not in indexed or one.operator == "!=":
            continue
        if one.field != "region" or one.operator != "=":
            narrow.append(found)
        elif (digits := stem(one.value)).isascii() and digits.isdigit():
            # a prefix of digits is a range of codes: no index answers the pattern itself
            bounds = (table.c.region >= digits, table.c.region < digits[:-1] + chr(ord(digits[-1]) + 1))
            narrow.append(and_(*bounds))
            implied += bounds
    # a search of trigrams is answered by their index; it comes after the filters
    narrow += [
        one for one in conditions[len(filters) :] if store.sqlite and getattr(one, "operator", None) is in_op
    ]
    return tuple(narrow), tuple(implied)


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
    """Check whether every grant that reads the register sees fields of this class: sorting by one reveals values."""
    reading = [
        ROLES[one.role] for one in actor.grants if one.covers(register) and "read" in ROLES[one.role].acts
    ]
    return all(getattr(may, privacy) for may in reading)
