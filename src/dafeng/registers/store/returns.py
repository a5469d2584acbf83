"""Periodic returns of the records of a period.

A place submits them; they are accepted, and confirmed by the level above.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from dafeng.evidence import DafengError, Text
from dafeng.registers.definition.calendar import end_of, working_day
from dafeng.registers.definition.model import Definition
from dafeng.registers.store.chain import Change, append, highest_revision
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.locks import ACCEPTED, CONFIRMED, SUBMITTED, Lock, check_period, lock_of
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import today

OPEN, RETURNED = "open", "returned"


@dataclass(frozen=True, slots=True)
class Board:
    """Line of the status board of returns. `changed` counts the values changed since submission."""

    register: str
    period: str
    region: str
    state: str
    records: int
    changed: int
    due: str
    overdue: bool
    submitted_at: str
    submitted_by: str
    reason: str
    lock: str


def board(store: Store, actor: Actor, register: str, period: str, regions: Sequence[str]) -> list[Board]:
    """Return the status of the returns of `regions` (counties, then the place itself) that the actor may see.

    Raises
    ------
    DafengError
        Where the register has no returns, or the period is not in the required format.
    """
    definition = _with_returns(store, register)
    check_period(definition, period)
    with store.reading() as connection:
        return [
            _line(connection, store, definition, period, region) for region in (*regions, store.scope) if actor.may("read", register, region)
        ]  # fmt: skip


def _with_returns(store: Store, register: str) -> Definition:
    definition = store.book.latest(register)
    if definition.returns is None:
        listed = [name for name in store.book.editions if store.book.latest(name).returns is not None]
        raise DafengError.at(register, "a register without returns", f"one of {', '.join(listed)}")
    return definition


def _line(connection: Connection, store: Store, definition: Definition, period: str, region: str) -> Board:
    register, table = definition.register_id, store.schema.records[definition.register_id]
    revision, returns = store.schema.shared.revision, store.schema.shared.period_return
    inside = (
        or_(table.c.region == region, table.c.region.is_(None))
        if region == store.scope
        else table.c.region == region
    )
    own = (table.c.scope == store.scope, table.c.period == period, table.c.live == 1, inside)
    records = int(connection.scalar(select(func.count()).select_from(table).where(*own)) or 0)
    row = connection.execute(
        select(returns).where(returns.c.scope == store.scope, returns.c.register == register, returns.c.period == period, returns.c.region == region)
    ).first()  # fmt: skip
    changed = 0
    if row is not None and row.revision_at_submit is not None:
        ids = select(table.c.id).where(*own)
        changed = int(connection.scalar(select(func.count()).select_from(revision).where(
            revision.c.register == register, revision.c.id > row.revision_at_submit, revision.c.record_id.in_(ids))) or 0)  # fmt: skip
    due = due_day(definition, period)
    lock = lock_of(connection, store, definition, period, region, today())
    done = row is not None and row.state in (SUBMITTED, ACCEPTED, CONFIRMED)
    return Board(
        register, period, region, row.state if row is not None else OPEN, records, changed, due, bool(due) and not done and today() > due,
        (row.submitted_at or "") if row is not None else "", (row.submitted_by or "") if row is not None else "",
        (row.reason or "") if row is not None else "", lock.reason if lock is not None else "",
    )  # fmt: skip


def due_day(definition: Definition, period: str) -> str:
    """Return the due date of a return; "" where the holidays of that year are not available."""
    if definition.returns is None:
        return ""
    try:
        return working_day(end_of(period), definition.returns.working_days).isoformat()
    except DafengError:
        return ""


def submit(store: Store, actor: Actor, register: str, period: str, region: str) -> str:
    """Submit the return of a place and return the new state.

    Its records of the period are locked until it is returned.
    """
    return _move(store, actor, register, period, region, "write", (OPEN, RETURNED), SUBMITTED, "")


def accept(store: Store, actor: Actor, register: str, period: str, region: str) -> str:
    """Accept the return submitted by a county."""
    return _move(store, actor, register, period, region, "review", (SUBMITTED,), ACCEPTED, "")


def send_back(store: Store, actor: Actor, register: str, period: str, region: str, reason: str) -> str:
    """Return a submission to the county with a reason: its records are open again."""
    return _move(
        store,
        actor,
        register,
        period,
        region,
        "review",
        (SUBMITTED, ACCEPTED),
        RETURNED,
        reason,
        needs_reason=True,
    )


def confirm(
    store: Store, actor: Actor, register: str, period: str, counties: Sequence[str], *, incomplete: str = ""
) -> Text:
    """Confirm for the whole place, once its counties have been accepted.

    Parameters
    ----------
    incomplete
        The reason to confirm before all counties have been accepted.

    Returns
    -------
    str
        "13 of 13", or "11 of 13" where it is confirmed with a reason.

    Raises
    ------
    DafengError
        Where a county is missing and no reason is given; the counties are named.
    """
    definition = _with_returns(store, register)
    check_period(definition, period)
    with store.reading() as connection:
        states = _states(connection, store, register, period)
    missing = [county for county in counties if states.get(county) != ACCEPTED]
    if missing and not incomplete.strip():
        raise DafengError.at(
            f"{register} {period}", f"{len(counties) - len(missing)} of {len(counties)} counties accepted; without {', '.join(missing)}",
            "every county accepted", "先接收各县，或说明理由 · accept them first, or give a reason",
        )  # fmt: skip
    done, total = len(counties) - len(missing), len(counties)
    told = Text(f"{total}个县区中{done}个已接收", f"{done} of {total}")
    reason = f"{told.zh};{incomplete}" if missing else told.zh
    _move(store, actor, register, period, store.scope, "own", (OPEN, RETURNED), CONFIRMED, reason)
    return told


def reopen(store: Store, actor: Actor, register: str, period: str, reason: str) -> None:
    """Revoke the confirmation of the whole place: accepted returns below are submitted again, not lost."""
    _move(store, actor, register, period, store.scope, "own", (CONFIRMED,), OPEN, reason, needs_reason=True)
    table = store.schema.shared.period_return
    with store.writing() as connection:
        connection.execute(
            table.update().where(
                table.c.scope == store.scope, table.c.register == register, table.c.period == period, table.c.state == ACCEPTED
            ).values(state=SUBMITTED, reason=reason)
        )  # fmt: skip


def grant_exception(
    store: Store, actor: Actor, register: str, period: str, region: str, until: str, reason: str
) -> None:
    """Open a locked period for a place until a given day.

    Raises
    ------
    DafengError
        Without a reason, or without the right.
    """
    check_period(_with_returns(store, register), period)
    actor.must("own", register, region)
    if not reason.strip():
        raise DafengError.at(f"{register} {period}", "no reason", "why it is opened again", "say why")
    with store.writing() as connection:
        connection.execute(store.schema.shared.exception.insert().values(
            scope=store.scope, register=register, period=period, region=region, until=until, granted_by=actor.id, reason=reason))  # fmt: skip
        append(
            connection,
            store.schema.shared,
            actor,
            register,
            "exception",
            [Change(0, None, {"period": period, "region": region, "until": until})],
            reason=reason,
        )


def _states(connection: Connection, store: Store, register: str, period: str) -> dict[str, str]:
    table = store.schema.shared.period_return
    rows = connection.execute(
        select(table.c.region, table.c.state).where(
            table.c.scope == store.scope, table.c.register == register, table.c.period == period
        )
    )
    return {row.region: row.state for row in rows}


def _move(
    store: Store, actor: Actor, register: str, period: str, region: str, act: str, start: Sequence[str], end: str, reason: str,
    *, needs_reason: bool = False,
) -> str:  # fmt: skip
    definition = _with_returns(store, register)
    check_period(definition, period)
    actor.must(act, register, region)  # type: ignore[arg-type]
    place, table = f"{register} {period} {region}", store.schema.shared.period_return
    if needs_reason and not reason.strip():
        raise DafengError.at(place, "no reason", "a reason", "say why")
    with store.writing() as connection:
        states = _states(connection, store, register, period)
        now_state = states.get(region, OPEN)
        if now_state not in start:
            raise DafengError.at(
                place, f"state {now_state}", f"one of {', '.join(start)}", "see dafeng registers returns"
            )
        if region != store.scope and states.get(store.scope) == CONFIRMED:
            lock = Lock("approved_above", Text(f"{period}已由上级确认", f"{period} is confirmed above"))
            raise DafengError.at(
                place,
                lock.text,
                "a period that is not confirmed above",
                "先由上级撤回 · reopen it there first",
            )
        values: dict[str, object] = {"state": end, "reason": reason}
        if end == SUBMITTED:
            values |= {
                "submitted_at": now(),
                "submitted_by": actor.id,
                "revision_at_submit": highest_revision(connection, store.schema.shared, register),
            }
        where = (
            table.c.scope == store.scope,
            table.c.register == register,
            table.c.period == period,
            table.c.region == region,
        )
        if region in states:
            connection.execute(table.update().where(*where).values(**values, version=table.c.version + 1))
        else:
            connection.execute(
                table.insert().values(
                    scope=store.scope, register=register, period=period, region=region, version=1, **values
                )
            )
        append(
            connection,
            store.schema.shared,
            actor,
            register,
            f"return:{end}",
            [
                Change(
                    0,
                    {"region": region, "state": now_state},
                    {"region": region, "period": period, "state": end},
                )
            ],
            reason=reason,
        )
    return end
