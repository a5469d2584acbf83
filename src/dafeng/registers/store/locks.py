"""Period locks on records: four reasons, distinguished, and exceptions with an end date."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, Problem, Text
from dafeng.registers.definition.calendar import end_of, start_of, working_day
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import Definition
from dafeng.registers.store.connecting import Store

_PERIOD = {
    "month": re.compile(r"(19|20)\d{2}-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"(19|20)\d{2}Q[1-4]"),
    "year": re.compile(r"(19|20)\d{2}"),
}
_WRITTEN = {
    "month": Text("月份，如 2025-01", "a month as 2025-01"),
    "quarter": Text("季度，如 2025Q1", "a quarter as 2025Q1"),
    "year": Text("年份，如 2025", "a year as 2025"),
}
SUBMITTED, ACCEPTED, CONFIRMED = "submitted", "accepted", "confirmed"


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock of a period: `reason` is not_begun, submitted, approved_above or expired."""

    reason: str
    text: Text

    def problem(self, where: str) -> Problem:
        mend = Text(f"锁定原因 {self.reason}", f"locked: {self.reason}")
        return Problem(where, self.text, Text("未锁定的期间", "an open period"), mend)


def check_period(definition: Definition, period: str) -> str:
    """Check the format of `period` and return it.

    Raises
    ------
    DafengError
        For another format, or where the register has no returns.
    """
    returns = definition.returns
    if returns is None:
        raise DafengError.at(
            definition.register_id,
            f"the period {period}",
            "a register with returns",
            "it has none: see its definition",
        )
    if not _PERIOD[returns.period].fullmatch(period):
        raise DafengError.at("period", period, _WRITTEN[returns.period])
    return period


def period_of(definition: Definition, values: dict[str, Any]) -> str | None:
    """Return the period of a record; None where the register has no returns."""
    if definition.returns is None:
        return None
    value = values.get(definition.returns.field)
    return None if value is None else str(value)


def lock_of(
    connection: Connection,
    store: Store,
    definition: Definition,
    period: str | None,
    region: str | None,
    today: str,
) -> Lock | None:
    """Return the lock of records of `period` and `region` today; None where they are open."""
    if definition.returns is None or period is None:
        return None
    table, register = store.schema.shared.period_return, definition.register_id
    if _excepted(connection, store, register, period, region or "", today):
        return None
    county = (region or "")[:6]  # a county hands in what its townships report
    places = {county, region or "", store.scope}
    rows = connection.execute(
        select(table.c.region, table.c.state).where(
            table.c.scope == store.scope, table.c.register == register, table.c.period == period, table.c.region.in_(places))
    ).all()  # fmt: skip
    states = {row.region: row.state for row in rows}
    if states.get(store.scope) == CONFIRMED:
        return Lock(
            "approved_above",
            Text(
                f"{period}已由上级确认,须由上级先撤回",
                f"{period} is confirmed above: it must be reopened there first",
            ),
        )
    own = states.get(region or "") or states.get(county)
    if own in (SUBMITTED, ACCEPTED, CONFIRMED):
        return Lock(
            "submitted",
            Text(
                f"{region} {period}已上报,须先退回",
                f"{region} {period} is handed in: it must be returned first",
            ),
        )
    if start_of(period).isoformat() > today:
        return Lock("not_begun", Text(f"{period}尚未开始填报", f"{period} has not begun"))
    try:
        last = working_day(end_of(period), definition.returns.locked_after)
    except DafengError:  # no table of holidays for that year: the lock is not in force yet
        return None
    if today > last.isoformat():
        return Lock(
            "expired",
            Text(
                f"{period}的填报期已于{last}结束,须申请例外",
                f"{period} was closed on {last}: ask for an exception",
            ),
        )
    return None


def _excepted(
    connection: Connection, store: Store, register: str, period: str, region: str, today: str
) -> bool:
    table = store.schema.shared.exception
    found = connection.execute(
        select(table.c.region).where(
            table.c.scope == store.scope, table.c.register == register, table.c.period == period, table.c.until >= today)
    )  # fmt: skip
    return any(region.startswith(stem(row.region)) for row in found)
