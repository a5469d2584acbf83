"""Months and quarters of early warning."""

import calendar
import re
from datetime import date

from dafeng.evidence import DafengError, Text

_MONTH, _QUARTER = re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), re.compile(r"(\d{4})Q([1-4])")


def last_day(period: str) -> date:
    """Return the last day of a month (2026-07) or a quarter (2026Q3).

    Parameters
    ----------
    period
        Month or quarter.

    Returns
    -------
    Last day.

    Raises
    ------
    DafengError
        For another form.

    Examples
    --------
    >>> last_day("2026-02"), last_day("2026Q3")
    (datetime.date(2026, 2, 28), datetime.date(2026, 9, 30))
    """
    month, quarter = _MONTH.fullmatch(period), _QUARTER.fullmatch(period)
    found = month or quarter
    if found is None:
        raise DafengError.at(
            "period", period, Text("月份2026-07或季度2026Q3", "a month as 2026-07 or a quarter as 2026Q3")
        )
    year, number = int(found.group(1)), int(found.group(2)) * (1 if month else 3)
    return date(year, number, calendar.monthrange(year, number)[1])


def period_before(period: str) -> str:
    """Return the period before.

    Parameters
    ----------
    period
        Month or quarter.

    Returns
    -------
    Period of the same kind.

    Examples
    --------
    >>> period_before("2026-01"), period_before("2026Q1")
    ('2025-12', '2025Q4')
    """
    last_day(period)
    mark, most = ("Q", 4) if "Q" in period else ("-", 12)
    year, number = (int(part) for part in period.split(mark))
    year, number = (year, number - 1) if number > 1 else (year - 1, most)
    return f"{year}Q{number}" if mark == "Q" else f"{year}-{number:02}"
