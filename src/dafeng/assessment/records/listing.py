"""Listing of the records that an actor may read, all pages of a query."""

from collections.abc import Iterable
from typing import Any

from dafeng.registers import Actor, Filter, Store, find

PAGE = 1_000


def records_of(
    store: Store, actor: Actor, register: str, filters: Iterable[Filter] = ()
) -> list[dict[str, Any]]:
    """Return all records of a register that meet the filters and that the actor may read, oldest first.

    Raises
    ------
    DafengError
        As `registers.find`.
    """
    listed = list(filters)
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = find(store, actor, register, filters=listed, after=after, limit=PAGE)
        rows += page.rows
        after = page.after
        if after is None:
            return rows
