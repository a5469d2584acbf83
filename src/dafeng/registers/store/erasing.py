"""Erasure of personal values, by an act on one record or at their date: logged, without the values."""

from sqlalchemy import Connection, or_, select

from dafeng.registers.store.chain import Change, append
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.writing import remember, repeated


def blank(
    store: Store, actor: Actor, register: str, record_id: int, reason: str, *, request: str = ""
) -> int:
    """Erase the personal values of one record permanently; return how many. Logged, without the values.

    Those of the records that it amends, or that amend it, are erased with it.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    register
        Id of the register.
    record_id
        Number of the record.
    reason
        Reason in words.
    request
        Id of the request; the same id again erases nothing more and returns the first number.

    Returns
    -------
    Number of values erased.

    Raises
    ------
    DafengError
        Where the actor does not own the register.
    """
    actor.must("own", register, store.scope)
    table = store.schema.shared.personal
    with store.writing() as connection:
        act = f"blank {register} {record_id}"
        seen = repeated(connection, store, request, actor, act)
        if seen is not None:
            return int(seen["erased"])
        ids = _lineage(connection, store, register, record_id)
        what = (table.c.register == register, table.c.record_id.in_(ids), table.c.value.is_not(None))
        names: dict[int, list[str]] = {}
        for row in connection.execute(select(table.c.record_id, table.c.field).where(*what)):
            names.setdefault(row.record_id, []).append(row.field)
        connection.execute(table.update().where(*what).values(value=None, salt=None, blanked_at=now()))
        changes = [Change(number, {"personal": sorted(listed)}, None) for number, listed in names.items()]
        if changes:
            append(connection, store.schema.shared, actor, register, "blank", changes, request, reason)
        erased = sum(len(listed) for listed in names.values())
        remember(connection, store, request, actor, act, {"erased": erased})
        return erased


def _lineage(connection: Connection, store: Store, register: str, record_id: int) -> set[int]:
    """Return a record with those that it amends, and those that amend them."""
    table = store.schema.records[register]
    found, fresh = {record_id}, {record_id}
    while fresh:
        rows = connection.execute(
            select(table.c.id, table.c.amends).where(
                table.c.scope == store.scope, or_(table.c.id.in_(fresh), table.c.amends.in_(fresh))
            )
        ).all()
        fresh = {int(number) for row in rows for number in row if number is not None} - found
        found |= fresh
    return found


def blank_due(store: Store, actor: Actor, today: str, *, request: str = "") -> int:
    """Erase every personal value whose erasure date has come; return how many.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    today
        Day as YYYY-MM-DD.
    request
        Id of the request; the same id again erases nothing more and returns the first number.

    Returns
    -------
    Number of values erased.

    Raises
    ------
    DafengError
        Where the actor does not own each register that has such values.
    """
    table = store.schema.shared.personal
    with store.writing() as connection:
        seen = repeated(connection, store, request, actor, "blank due")
        if seen is not None:
            return int(seen["erased"])
        due = (table.c.blank_on <= today, table.c.value.is_not(None))
        listed = connection.execute(
            select(table.c.register, table.c.record_id, table.c.field).where(*due)
        ).all()
        connection.execute(table.update().where(*due).values(value=None, salt=None, blanked_at=now()))
        by_register: dict[str, list[Change]] = {}
        for row in listed:
            by_register.setdefault(row.register, []).append(
                Change(row.record_id, {"personal": [row.field]}, None)
            )
        for register, changes in by_register.items():
            actor.must("own", register, store.scope)
            append(
                connection,
                store.schema.shared,
                actor,
                register,
                "blank",
                changes,
                request,
                "保存期满 · its date has come",
            )
        remember(connection, store, request, actor, "blank due", {"erased": len(listed)})
        return len(listed)
