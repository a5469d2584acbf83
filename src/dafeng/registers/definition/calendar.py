"""Chinese working-day calendar: weekends, statutory holidays and compensatory working days, by year."""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from dafeng.evidence import DafengError, packaged_rows


@cache
def _days() -> dict[int, dict[date, bool]]:
    """Map year → day that differs from its weekday → whether it is a working day."""
    found: dict[int, dict[date, bool]] = {}
    for row in packaged_rows("dafeng.registers.definition", "working_days.csv"):
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            found.setdefault(day.year, {})[day] = row["kind"] == "work"
    return found


def is_working_day(day: date) -> bool:
    """Check whether `day` is a working day in China.

    Parameters
    ----------
    day
        Day in China.

    Returns
    -------
    True for a working day.

    Raises
    ------
    DafengError
        For a year without a table of holidays.

    Examples
    --------
    >>> is_working_day(date(2025, 1, 26)), is_working_day(date(2025, 10, 8))
    (True, False)
    """
    table = _days().get(day.year)
    if table is None:
        listed = ", ".join(str(year) for year in sorted(_days()))
        raise DafengError.at(
            "working_days.csv", f"no year {day.year}", f"a year with the published holidays: {listed}",
            "add the State Council's arrangement of that year",
        )  # fmt: skip
    return table.get(day, day.weekday() < 5)


def working_day(start: date, count: int) -> date:
    """Return the `count`-th working day after `start`; `start` itself is not counted.

    Parameters
    ----------
    start
        Day that the count starts after.
    count
        Number of working days.

    Returns
    -------
    Working day.

    Examples
    --------
    >>> working_day(date(2025, 9, 30), 5)
    datetime.date(2025, 10, 14)
    """
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def start_of(period: str) -> date:
    """Return the first day of a month, quarter or year.

    >>> start_of("2025-02"), start_of("2025Q3"), start_of("2025")
    (datetime.date(2025, 2, 1), datetime.date(2025, 7, 1), datetime.date(2025, 1, 1))
    """
    month = 1 if len(period) == 4 else int(period[5]) * 3 - 2 if period[4] == "Q" else int(period[5:7])
    return date(int(period[:4]), month, 1)


def end_of(period: str) -> date:
    """Return the last day of a month, quarter or year.

    >>> end_of("2025-02"), end_of("2025Q3"), end_of("2025")
    (datetime.date(2025, 2, 28), datetime.date(2025, 9, 30), datetime.date(2025, 12, 31))
    """
    year = int(period[:4])
    month = 12 if len(period) == 4 else int(period[5]) * 3 if period[4] == "Q" else int(period[5:7])
    return date(year, month, monthrange(year, month)[1])
