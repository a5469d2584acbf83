"""Query of a register's table from the address: filters, search, sort, columns, page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from dafeng.registers import Actor, Definition, Filter, RegisterField

PER_PAGE = 50
FIRST_COLUMNS = 8
RESERVED = frozenset({"q", "sort", "after", "columns", "state", "where"})


@dataclass(frozen=True, slots=True)
class Query:
    """What a person asked of a table."""

    filters: tuple[Filter, ...]
    search: str
    sort: str
    descending: bool
    after: str | None
    columns: tuple[str, ...]

    def address(self, **changes: str) -> str:
        """Return the query string with changes; an empty value drops the part."""
        parts: list[tuple[str, str]] = [("where", text_of(one)) for one in self.filters]
        parts += [("columns", name) for name in self.columns]
        single = {"q": self.search, "sort": ("-" if self.descending else "") + self.sort} | changes
        return urlencode(parts + [(name, value) for name, value in single.items() if value])


def text_of(one: Filter) -> str:
    """Return a filter as it is typed."""
    if one.operator in {"in", "empty"}:
        return f"{one.field} {one.operator} {one.value}".strip()
    return f"{one.field}{one.operator}{one.value}"


def read_query(given: QueryDict, definition: Definition, actor: Actor) -> Query:
    """Read the query of a table.

    Raises
    ------
    DafengError
        For a condition that is none.
    """
    filters = [Filter.parse(text) for text in given.getlist("where") if text.strip()]
    if given.get("state"):
        filters.append(Filter("state", "=", given["state"]))
    sort = given.get("sort", "id") or "id"
    chosen = tuple(name for name in given.getlist("columns") if name)
    return Query(
        tuple(filters), given.get("q", "")[:200], sort.removeprefix("-"), sort.startswith("-"), given.get("after") or None,
        tuple(one.id for one in visible(definition, actor) if one.id in chosen),
    )  # fmt: skip


def visible(definition: Definition, actor: Actor) -> list[RegisterField]:
    """Return the fields of a register that the actor sees."""
    return [one for one in definition.fields if actor.sees(one, definition.register_id)]


def columns_of(query: Query, definition: Definition, actor: Actor) -> list[RegisterField]:
    """Return the columns to show: the chosen ones, else the first."""
    fields = visible(definition, actor)
    if query.columns:
        return [one for one in fields if one.id in query.columns]
    return fields[:FIRST_COLUMNS]
