"""Periodic returns of the records of a period.

A place submits them; they are accepted, and confirmed by the level above.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, or_, select

from dafeng.evidence import DafengError, Text
from dafeng.registers.definition.calendar import end_of, is_working_day, working_day
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import Definition
from dafeng.registers.store.chain import Change, append, highest_revision
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.locks import ACCEPTED, CONFIRMED, SUBMITTED, check_period, lock_of
from dafeng.registers.store.rights import Act, Actor
from dafeng.registers.store.rows import today
from dafeng.registers.store.writing import remember, repeated

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
        else table.c.region.like(f"{stem(region)}%")  # with the townships of a county
    )
    own = (table.c.scope == store.scope, table.c.period == period, table.c.live == 1, inside)
    records = int(connection.scalar(select(func.count()).select_from(table).where(*own)) or 0)
    row = connection.execute(
        select(returns).where(returns.c.scope == store.scope, returns.c.register == register, returns.c.period == period, returns.c.region == region)
    ).first()  # fmt: skip
    changed = 0
    if row is not None and row.revision_at_submit is not None:
        ids = select(table.c.id).where(*own)
        later = connection.execute(select(revision.c.before, revision.c.after).where(
            revision.c.register == register, revision.c.id > row.revision_at_submit, revision.c.record_id.in_(ids)))  # fmt: skip
        changed = sum(_values(definition, one.before, one.after) for one in later)
    due = due_day(definition, period)
    lock = lock_of(connection, store, definition, period, region, today())
    done = row is not None and row.state in (SUBMITTED, ACCEPTED, CONFIRMED)
    return Board(
        register, period, region, row.state if row is not None else OPEN, records, changed, due, bool(due) and not done and today() > due,
        (row.submitted_at or "") if row is not None else "", (row.submitted_by or "") if row is not None else "",
        (row.reason or "") if row is not None else "", lock.reason if lock is not None else "",
    )  # fmt: skip


def _values(definition: Definition, before: str | None, after: str | None) -> int:
    """Count the values that one revision changed: fields, and child tables as one each."""
    names = {one.id for one in definition.fields if not one.computed}
    differing = {*json.loads(before or "{}"), *json.loads(after or "{}")}
    return (
        len(differing & names)
        + len(
            {*json.loads(before or "{}").get("children", {}), *json.loads(after or "{}").get("children", {})}
        )
        + len(json.loads(after or "{}").get("personal", {}))
    )


def due_day(definition: Definition, period: str) -> str:
    """Return the due date of a return; "" where the holidays of that year are not available."""
    if definition.returns is None:
        return ""
    try:
        return working_day(end_of(period), definition.returns.working_days).isoformat()
    except DafengError:
        return ""


def submit(store: Store, actor: Actor, register: str, period: str, region: str, *, request: str = "") -> str:
    """Submit the return of a place and return the new state.

    Its records of the period are locked until it is returned.
    """
    return _move(store, actor, register, period, region, _Move("write", (OPEN, RETURNED), SUBMITTED), request)


def accept(store: Store, actor: Actor, register: str, period: str, region: str, *, request: str = "") -> str:
    """Accept the return submitted by a county; another person does it than who submitted, or for whom it was submitted."""
    move = _Move("review", (SUBMITTED,), ACCEPTED, by_another=True)
    return _move(store, actor, register, period, region, move, request)


def send_back(
    store: Store, actor: Actor, register: str, period: str, region: str, reason: str, *, request: str = ""
) -> str:
    """Return a submission to the county with a reason: its records are open again."""
    move = _Move("review", (SUBMITTED, ACCEPTED), RETURNED, reason, needs_reason=True)
    return _move(store, actor, register, period, region, move, request)


def confirm(
    store: Store, actor: Actor, register: str, period: str, counties: Sequence[str], *, incomplete: str = "", request: str = ""
) -> Text:  # fmt: skip
    """Confirm for the whole place, once its counties have been accepted.

    Parameters
    ----------
    incomplete
        The reason to confirm before all counties have been accepted.

    Returns
    -------
    Text
        "13 of 13", or "11 of 13" where it is confirmed with a reason.

    Raises
    ------
    DafengError
        Where a county is missing and no reason is given; the counties are named.
    """
    told: list[Text] = []

    def reason(states: Mapping[str, str]) -> str:
        missing = [county for county in counties if states.get(county) != ACCEPTED]
        done, total = len(counties) - len(missing), len(counties)
        if missing and not incomplete.strip():
            raise DafengError.at(
                f"{register} {period}",
                Text(f"{total}个县区中{done}个已接收;缺{'、'.join(missing)}", f"{done} of {total} counties accepted; without {', '.join(missing)}"),
                Text("全部县区已接收", "every county accepted"),
                Text("先接收各县,或说明理由", "accept them first, or give a reason"),
            )  # fmt: skip
        told.append(Text(f"{total}个县区中{done}个已接收", f"{done} of {total}"))
        return f"{told[0].zh};{incomplete}" if missing else told[0].zh

    move = _Move("own", (OPEN, RETURNED), CONFIRMED, reason)
    said = _move(
        store, actor, register, period, store.scope, move, request, lambda: f"{told[0].zh}|{told[0].en}"
    )
    zh, _, en = said.partition("|")
    return Text(zh, en)


def reopen(
    store: Store, actor: Actor, register: str, period: str, reason: str, *, counties: Sequence[str] = (), request: str = ""
) -> None:  # fmt: skip
    """Revoke the confirmation of the whole place, which reopens the returns below it.

    Accepted returns are submitted again, not lost: each may be accepted or sent back.

    Parameters
    ----------
    counties
        Counties whose returns are sent back at once, so that their records are open again.
    """
    below = dict.fromkeys(counties, RETURNED)
    move = _Move("own", (CONFIRMED,), OPEN, reason, needs_reason=True, reopens=True, below=below)
    _move(store, actor, register, period, store.scope, move, request)


def grant_exception(
    store: Store, actor: Actor, register: str, period: str, region: str, until: str, reason: str, *, request: str = ""
) -> None:  # fmt: skip
    """Open a locked period for a place until a given day.

    Raises
    ------
    DafengError
        Without a reason, without the right, for a place outside the store's, or a day that is none, is over, or
        is no working day.
    """
    check_period(_with_returns(store, register), period)
    actor.must("own", register, region)
    place = f"{register} {period}"
    if not reason.strip():
        raise DafengError.at(place, "no reason", "why it is opened again", "say why")
    if not region.startswith(stem(store.scope)):
        raise DafengError.at(place, region or "''", f"a place within {store.scope}", "correct the code")
    _check_until(place, until)
    with store.writing() as connection:
        act = f"exception {register} {period} {region}"
        if repeated(connection, store, request, actor, act) is not None:
            return
        connection.execute(store.schema.shared.exception.insert().values(
            scope=store.scope, register=register, period=period, region=region, until=until, granted_by=actor.id, reason=reason))  # fmt: skip
        change = Change(0, None, {"period": period, "region": region, "until": until})
        append(connection, store.schema.shared, actor, register, "exception", [change], request, reason)
        remember(connection, store, request, actor, act, {"until": until})


def _check_until(place: str, until: str) -> None:
    """Check the last day of an exception: a day to come, on which somebody works."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise DafengError.at(
            place, until or "''", "the last day as 2026-03-31", "--until 2026-03-31"
        ) from None
    if until < today():
        raise DafengError.at(
            place, until, f"a day from {today()} on", "an exception that is over opens nothing"
        )
    try:
        works = is_working_day(day)
    except DafengError:  # the holidays of that year are not published yet
        return
    if not works:
        raise DafengError.at(place, f"{until}, no working day", "a working day", f"{working_day(day, 1)}")


def _states(connection: Connection, store: Store, register: str, period: str) -> dict[str, str]:
    table = store.schema.shared.period_return
    rows = connection.execute(
        select(table.c.region, table.c.state).where(
            table.c.scope == store.scope, table.c.register == register, table.c.period == period
        )
    )
    return {row.region: row.state for row in rows}


@dataclass(frozen=True, slots=True)
class _Move:
    """Move of a return: who may, from which states, to which; `reason` may depend on the states of all places; `by_another` is
    two pairs of eyes.
    """

    act: Act
    start: tuple[str, ...]
    end: str
    reason: str | Callable[[Mapping[str, str]], str] = ""
    needs_reason: bool = False
    reopens: bool = False
    below: Mapping[str, str] = field(default_factory=dict)
    by_another: bool = False


def _move(
    store: Store, actor: Actor, register: str, period: str, region: str, move: _Move, request: str,
    answer: Callable[[], str] | None = None,
) -> str:  # fmt: skip
    """Take a return from one state to the next, with all that follows, in one transaction."""
    definition = _with_returns(store, register)
    check_period(definition, period)
    actor.must(move.act, register, region)
    place = f"{register} {period} {region}"
    if move.needs_reason and not str(move.reason).strip():
        raise DafengError.at(place, "no reason", "a reason", "say why")
    if not region.startswith(stem(store.scope)):
        raise DafengError.at(place, region or "''", f"a place within {store.scope}", "correct the code")
    with store.writing() as connection:
        act = f"return:{move.end} {place}"
        seen = repeated(connection, store, request, actor, act)
        if seen is not None:
            return str(seen["result"])
        states = _states(connection, store, register, period)
        _check_start(store, place, region, period, states, move.start)
        if move.by_another and actor.persons & _submitters(connection, store, register, period, region):
            found = Text(f"{actor.id}即报送人", f"{actor.id}, who submitted it")
            raise DafengError.at(place, found, Text("另一人", "another person"), Text("四眼原则:请同事办理", "two pairs of eyes: let a colleague do it"))  # fmt: skip
        reason = move.reason(states) if callable(move.reason) else move.reason
        changes = [_set(connection, store, actor, register, period, region, states, move.end, reason)]
        if move.reopens:
            changes += [
                _set(connection, store, actor, register, period, county, states, move.below.get(county, SUBMITTED), reason)
                for county, state in sorted(states.items()) if county != store.scope and (state == ACCEPTED or county in move.below)
            ]  # fmt: skip
        append(
            connection, store.schema.shared, actor, register, f"return:{move.end}", changes, request, reason
        )
        result = answer() if answer is not None else move.end
        remember(connection, store, request, actor, act, {"result": result})
    return result


def _submitters(
    connection: Connection, store: Store, register: str, period: str, region: str
) -> frozenset[str]:
    """Return who submitted a return last, and for whom."""
    log = store.schema.shared.revision
    query = (
        select(log.c.actor, log.c.behalf, log.c.after)
        .where(log.c.register == register, log.c.record_id == 0, log.c.act == f"return:{SUBMITTED}")
        .order_by(log.c.id.desc())
    )
    for row in connection.execute(query):
        after = json.loads(row.after or "{}")
        if (after.get("region"), after.get("period")) == (region, period):
            return frozenset({str(row.actor), str(row.behalf or "")} - {""})
    return frozenset()


def _check_start(
    store: Store, place: str, region: str, period: str, states: Mapping[str, str], start: Sequence[str]
) -> None:
    now_state = states.get(region, OPEN)
    if now_state not in start:
        raise DafengError.at(
            place, f"state {now_state}", f"one of {', '.join(start)}", "see dafeng registers returns"
        )
    if region != store.scope and states.get(store.scope) == CONFIRMED:
        text = Text(f"{period}已由上级确认", f"{period} is confirmed above")
        expected = Text("上级未确认的期间", "a period that is not confirmed above")
        raise DafengError.at(place, text, expected, Text("先由上级撤回", "reopen it there first"))


def _set(
    connection: Connection, store: Store, actor: Actor, register: str, period: str, region: str, states: Mapping[str, str],
    end: str, reason: str,
) -> Change:  # fmt: skip
    table = store.schema.shared.period_return
    values: dict[str, object] = {"state": end, "reason": reason}
    if end == SUBMITTED and states.get(region) != ACCEPTED:
        highest = highest_revision(connection, store.schema.shared, register)
        values |= {"submitted_at": now(), "submitted_by": actor.id, "revision_at_submit": highest}
    own = (
        table.c.scope == store.scope,
        table.c.register == register,
        table.c.period == period,
        table.c.region == region,
    )
    if region in states:
        connection.execute(table.update().where(*own).values(**values, version=table.c.version + 1))
    else:
        connection.execute(
            table.insert().values(scope=store.scope, register=register, period=period, region=region, version=1, **values)
        )  # fmt: skip
    before = {"region": region, "state": states.get(region, OPEN)}
    return Change(0, before, {"region": region, "period": period, "state": end})
