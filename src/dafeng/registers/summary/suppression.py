"""Statistical disclosure control: figures of fewer than three firms are not shown to whoever may not see a firm's own.

A group that is hidden could be found as the whole less the groups that are shown; so further groups are hidden until
what is missing is of three firms, too.
"""

from collections.abc import Mapping, Set
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, select

from dafeng.registers.definition.model import Definition, Indicator, Kind, RegisterField
from dafeng.registers.definition.syntax import names, parse
from dafeng.registers.store.rights import ROLES, Actor

Group: TypeAlias = tuple[Any, ...]
FEWEST = 3
"""Firms from which a figure is shown: with two, each finds the other's."""


def commercial_fields(
    definition: Definition, indicator: Indicator, by: tuple[str, ...]
) -> list[RegisterField]:
    """Return the commercial fields that an indicator, or its grouping, is computed from; computed ones followed."""
    fields = {one.id: one for one in definition.fields}
    if indicator.over:
        fields |= {one.id: one for one in definition.child(indicator.over).fields}
    texts = [formula.value for formula in indicator.formulas]
    texts += [text for text in (indicator.where, indicator.year, indicator.since, indicator.until) if text]
    open_, seen = set(by).union(*(names(parse(text, indicator.id)) for text in texts)), set[str]()
    while open_:
        name = open_.pop()
        seen.add(name)
        if name in fields and fields[name].computed:
            used = {used.rpartition(".")[2] for used in names(parse(fields[name].computed, name))}
            open_ |= used - seen
    return [one for name, one in fields.items() if name in seen and one.privacy == "commercial"]


def sees_every_firm(actor: Actor, register: str) -> bool:
    """Check whether every grant by which `actor` reads the register shows commercial fields."""
    reading = [
        ROLES[one.role] for one in actor.grants if one.covers(register) and "read" in ROLES[one.role].acts
    ]
    return all(may.commercial for may in reading)


def firms_by_group(
    connection: Connection, source: Any, table: Table, definition: Definition, group: list[ColumnElement[Any]],
    conditions: list[ColumnElement[bool]],
) -> dict[Group, set[Any]]:  # fmt: skip
    """Return the firms of each group: by the body or credit code of the record, else its key."""
    body = next((one.id for one in definition.fields if one.type is Kind.CREDIT_CODE), None)
    firm = table.c[body] if body else table.c.organisation if definition.organisation else table.c.key
    found: dict[Group, set[Any]] = {}
    for row in connection.execute(select(*group, firm).select_from(source).where(*conditions).distinct()):
        found.setdefault(tuple(row[:-1]), set()).add(row[-1])
    return found


def hidden_groups(firms: Mapping[Group, Set[Any]]) -> tuple[frozenset[Group], bool]:
    """Return the groups to hide, and whether the whole is hidden.

    >>> groups = {("a",): {1, 2, 3, 4}, ("b",): {5, 6, 7}, ("c",): {8}}
    >>> hidden, whole = hidden_groups(groups)
    >>> sorted(hidden), whole
    ([('b',), ('c',)], False)
    >>> hidden, whole = hidden_groups({("a",): {1}, ("b",): {2}})
    >>> sorted(hidden), whole
    ([('a',), ('b',)], True)
    """
    every = set[Any]().union(*firms.values())
    whole = len(every) < FEWEST
    hidden = {group for group, found in firms.items() if len(found) < FEWEST or whole}
    rest = sorted(
        (group for group in firms if group not in hidden), key=lambda one: (len(firms[one]), str(one))
    )
    while hidden and not whole and rest and len(set[Any]().union(*(firms[one] for one in hidden))) < FEWEST:
        hidden.add(rest.pop(0))
    return frozenset(hidden), whole
