"""Time-of-use tariffs (分时电价): rows of months and hours as the band and price of every minute of a day."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems
from dafeng.rules import MINUTES, minutes_between, months_of, valid_rows
from dafeng.tables import Row
from dafeng.units import factor

BANDS = ("peak_top", "peak", "flat", "valley", "deep_valley")
"""尖峰、高峰、平段、低谷、深谷; the code of a band is its place here, `NO_BAND` where a minute has none."""

NO_BAND = -1
CURRENCY = "yuan"


@dataclass(frozen=True, eq=False)
class Clock:
    """Band and price [yuan per unit of the medium] of every minute of a day; the price is NaN where
    none is stated.
    """

    band: NDArray[np.int8]
    price: NDArray[np.float64]


def clock_of(rows: Sequence[Row], month: int, day: date, unit: str) -> Clock:
    """Build the clock of a day in `month` by the tariffs of one medium that are valid on `day`; prices
    per `unit`.
    """
    clock = Clock(np.full(MINUTES, NO_BAND, np.int8), np.full(MINUTES, np.nan))
    for row in _valid(rows, month, day):
        minutes = _minutes(row)
        clock.band[minutes] = BANDS.index(row["band"])
        if row["price"] is not None:
            clock.price[minutes] = row["price"] * factor(row["price_unit"], f"{CURRENCY}/{unit}")
    return clock


def _valid(rows: Sequence[Row], month: int, day: date) -> Iterator[Row]:
    for row in valid_rows(rows, day):
        if month in months_of(row["months"]):
            yield row


def _minutes(row: Row) -> NDArray[np.intp]:
    return minutes_between(row["from_time"], row["to_time"])


def check_tariffs(rows: Sequence[Row], units: dict[str, str], place: str, problems: Problems) -> None:
    """Check that months and prices can be read and no minute of a day is in two tariffs; `units` are
    those of the media.
    """
    sound = []
    for row in rows:
        before, where = len(problems), f"{place}:{row['_row']}"
        _check_row(row, units[row["medium"]], where, problems)
        if len(problems) == before:
            sound.append(row)
    for one, other in itertools.combinations(sound, 2):
        if (one["medium"], one["plan"]) == (other["medium"], other["plan"]) and _meet(one, other):
            problems.add(
                f"{place}:{other['_row']}:from_time", f"{other['from_time']}–{other['to_time']}",
                f"no minute of tariff {one['id']} in the same months", "shorten one of the two, or give the older a valid_to",
            )  # fmt: skip


def _check_row(row: Row, unit: str, where: str, problems: Problems) -> None:
    try:
        months_of(row["months"])
    except DafengError as error:
        problems.add(f"{where}:months", row["months"], error.problems[0].expected)
    if row["from_time"] == row["to_time"]:
        problems.add(
            f"{where}:to_time",
            row["to_time"],
            f"a time after {row['from_time']}",
            "24:00 is the end of the day",
        )
    if row["price"] is not None:
        try:
            factor(row["price_unit"] or "", f"{CURRENCY}/{unit}")
        except DafengError:
            problems.add(
                f"{where}:price_unit", row["price_unit"] or "nothing", f"a unit as {CURRENCY}/{unit}"
            )


def _meet(one: Row, other: Row) -> bool:
    apart = any(
        first["valid_to"] is not None and first["valid_to"] <= second["valid_from"]
        for first, second in ((one, other), (other, one))
    )
    months = months_of(one["months"]) & months_of(other["months"])
    return not apart and bool(months) and np.intersect1d(_minutes(one), _minutes(other)).size > 0
