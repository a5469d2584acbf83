"""Time-of-use periods: the months and the minutes of the day that a tariff row names."""

import re

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Text

MINUTES = 1440
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


def months_of(text: str) -> frozenset[int]:
    """Return the months of `1-3;7;12`; a span may pass the end of the year.

    Parameters
    ----------
    text
        Months and spans of months.

    Returns
    -------
    Months, 1–12.

    Raises
    ------
    DafengError
        Where the text names no month.

    Examples
    --------
    >>> sorted(months_of("11-2;7"))
    [1, 2, 7, 11, 12]
    """
    found: set[int] = set()
    try:
        for part in text.replace("；", ";").replace(",", ";").split(";"):
            ends = [int(end) for end in part.split("-")]
            if not 1 <= len(ends) <= 2 or not all(1 <= end <= 12 for end in ends):
                raise ValueError(part)
            first, last = ends[0], ends[-1]
            found |= {(month - 1) % 12 + 1 for month in range(first, last + 1 + 12 * (last < first))}
    except ValueError as error:
        expected = Text("月份,如 1-3;7;12", "months as 1-3;7;12")
        raise DafengError.at("months", text, expected) from error
    return frozenset(found)


def minute_of(clock: str) -> int:
    """Return the minute of the day of `HH:MM`; 24:00 is its end, 1440.

    Parameters
    ----------
    clock
        Time as `HH:MM`.

    Returns
    -------
    Minute of the day, 0–1440.

    Raises
    ------
    ValueError
        For what is no time of day.
    """
    if not _CLOCK.fullmatch(clock):
        raise ValueError(clock)
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def minutes_between(begin: str, end: str) -> NDArray[np.intp]:
    """Return the minutes of the day from `begin` up to, not including, `end`.

    Over midnight where `end` is earlier.

    Parameters
    ----------
    begin
        First time as `HH:MM`.
    end
        End as `HH:MM`, not included.

    Returns
    -------
    Minutes of the day, 0–1439, in order.
    """
    first, last = minute_of(begin), minute_of(end)
    return np.arange(first, last if last > first else last + MINUTES) % MINUTES
