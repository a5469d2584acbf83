"""Conversion between UTC and Beijing time: days and months of Chinese statistics are cut at UTC+8.

China has one zone and has had no summer time since 1991. Stores keep moments without zone in UTC; registries
and statistics give them without zone in Beijing time. Each conversion between the two is here.

>>> day_of(datetime(2025, 1, 31, 16, 0))
datetime.date(2025, 2, 1)
>>> midnight(date(2025, 2, 1))
datetime.datetime(2025, 1, 31, 16, 0)
"""

from datetime import UTC, date, datetime, timedelta, timezone

UTC8_HOURS = 8
UTC8_SECONDS = UTC8_HOURS * 3600
UTC8_US = UTC8_SECONDS * 1_000_000
"""Offset of Beijing time from UTC, in hours, seconds and µs."""

_OFFSET = timedelta(hours=UTC8_HOURS)

BEIJING = timezone(_OFFSET, "Asia/Shanghai")
"""The zone of all of China, for moments that carry one."""


def to_beijing(at: datetime) -> datetime:
    """Convert a moment in UTC without zone to Beijing time without zone.

    Parameters
    ----------
    at
        Moment in UTC without zone.

    Returns
    -------
    Moment at UTC+8 without zone.
    """
    return at + _OFFSET


def to_utc(local: datetime) -> datetime:
    """Convert a moment in Beijing time without zone to UTC without zone.

    Parameters
    ----------
    local
        Moment at UTC+8 without zone.

    Returns
    -------
    Moment in UTC without zone.
    """
    return local - _OFFSET


def day_of(at: datetime) -> date:
    """Return the day at UTC+8 of a moment in UTC without zone.

    Parameters
    ----------
    at
        Moment in UTC without zone.

    Returns
    -------
    Day in China.
    """
    return to_beijing(at).date()


def midnight(day: date) -> datetime:
    """Return the moment at which `day` begins at UTC+8, in UTC without zone.

    Parameters
    ----------
    day
        Day in China.

    Returns
    -------
    Moment in UTC without zone.
    """
    return to_utc(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - stores keep UTC without zone


def utc_now() -> datetime:
    """Return the present moment in UTC without zone, as stores keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def today() -> date:
    """Return the present day at UTC+8."""
    return day_of(utc_now())
