"""Completeness of periods: the months or quarters of a year for which a reporter has no record that counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from dafeng.registers.definition.model import Child, Definition, Indicator, Kind

PERIODS = {"month": 12, "quarter": 4}
"""Periods of a year by the period of a return."""
_BODIES = (Kind.REF, Kind.ORG, Kind.CREDIT_CODE)


def absent_periods(
    connection: Connection, source: Any, table: Table, columns: Mapping[str, ColumnElement[Any]], definition: Definition,
    indicator: Indicator, year: int, by: Sequence[str], conditions: Sequence[ColumnElement[bool]],
) -> dict[tuple[Any, ...], int]:  # fmt: skip
    """Count the periods of `year` that are absent, by reporter, so that no sum over part of a year looks like the year.

    Parameters
    ----------
    connection
        Read connection.
    source
        Table of the register, joined with the child table of the indicator where it has one.
    table
        Table of the register.
    columns
        Columns by name.
    definition
        Edition of the register.
    indicator
        Flow of a year. One that is no sum over the periods of its returns, or of months in child rows, has none.
    year
        Calendar year.
    by
        Fields of the groups.
    conditions
        Conditions of the records that count, without the filter of the indicator: a month may rightly have none of
        one kind.

    Returns
    -------
    Absent periods by group; `()` is the total, which holds for groups by anything but the place, too.

    Notes
    -----
    A reporter is the body of a record, else the facilities and bodies in its key, within its place; one without any
    record in the year is not known here, it is on the board of returns. A record whose only child row of the year is
    of December has the figure of the year there.
    """
    child = next((one for one in definition.children if one.id == indicator.over), None)
    if child is not None:
        return _absent_months(
            connection, source, table, columns, child, indicator, year, by, conditions, definition
        )
    returns = definition.returns
    if returns is None or returns.period not in PERIODS or not _sums(indicator, returns.field):
        return {}
    reporter = [table.c.region, *(table.c[name] for name in _reporter(definition))]
    query = (
        select(table.c.region, func.count(table.c.period.distinct()))
        .where(*conditions, func.substr(table.c.period, 1, 4) == str(year))
        .group_by(*reporter)
    )
    counted = [(region, PERIODS[returns.period] - int(n)) for region, n in connection.execute(query)]
    return _by_place(counted, definition, by)


def _absent_months(
    connection: Connection, source: Any, table: Table, columns: Mapping[str, ColumnElement[Any]], child: Child,
    indicator: Indicator, year: int, by: Sequence[str], conditions: Sequence[ColumnElement[bool]], definition: Definition,
) -> dict[tuple[Any, ...], int]:  # fmt: skip
    months = {one.id for one in child.fields if one.type is Kind.MONTH and one.id in child.key}
    name = next((one for one in sorted(months) if _sums(indicator, one)), None)
    if name is None:
        return {}
    month = columns[name]
    query = (
        select(table.c.region, func.count(month.distinct()), func.min(month))
        .select_from(source)
        .where(*conditions, func.substr(month, 1, 4) == str(year))
        .group_by(table.c.id, table.c.region)
    )
    counted = [
        (region, 0 if first == f"{year}-12" else PERIODS["month"] - int(n))
        for region, n, first in connection.execute(query)
    ]
    return _by_place(counted, definition, by)


def _sums(indicator: Indicator, field: str) -> bool:
    """Check whether an indicator adds up the periods of its year; one of a certain month does not."""
    return indicator.year == f"year({field})" and f"({field})" not in indicator.where


def _reporter(definition: Definition) -> list[str]:
    if definition.organisation:
        return [definition.organisation]
    return [name for name in definition.key if definition.field(name).type in _BODIES]


def _by_place(
    counted: Sequence[tuple[str | None, int]], definition: Definition, by: Sequence[str]
) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = {(): sum(absent for _, absent in counted)}
    if definition.region is not None and definition.region in by:
        for region, absent in counted:
            found[region,] = found.get((region,), 0) + absent
    return found
