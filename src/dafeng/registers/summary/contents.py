"""Hash of the contents of a register: what an extract or a frozen report rests on, proved record by record."""

import hashlib
import json
from typing import Any

from sqlalchemy import select

from dafeng.registers.store.connecting import Store
from dafeng.registers.store.personal import personal_fields


def contents_hash(store: Store, register: str) -> str:
    """Compute the SHA-256 over all records of a register that are in force, with their child rows.

    Personal values are not part of it, so that erasing one changes no proof. The hash of an indicator names edition,
    filter, highest revision and count; this one names the values, and is computed when something is frozen.

    Parameters
    ----------
    store
        Open record store.
    register
        Id of the register.

    Returns
    -------
    Hexadecimal digits of SHA-256.
    """
    records = store.schema.records[register]
    hidden = {name for one in store.book.of(register) for name in personal_fields(one.fields)}
    columns = [column for column in records.columns if column.name not in {*hidden, "search"}]
    seal = hashlib.sha256()

    def add(values: Any) -> None:
        seal.update(json.dumps(list(values), ensure_ascii=False, default=str).encode())

    with store.reading() as connection:
        stream = connection.execution_options(yield_per=5_000)
        for row in stream.execute(
            select(*columns).where(records.c.scope == store.scope, records.c.live == 1).order_by(records.c.id)
        ):
            add(row)
        for (name, child), table in store.schema.children.items():
            if name != register:
                continue
            secret = {
                field for one in store.book.of(register) for own in one.children if own.id == child for field in personal_fields(own.fields)
            }  # fmt: skip
            kept = [column for column in table.columns if column.name not in secret]
            query = select(*kept).join(records, records.c.id == table.c.record_id)
            query = query.where(records.c.scope == store.scope, records.c.live == 1).order_by(table.c.id)
            for row in stream.execute(query):
                add(row)
    return seal.hexdigest()
