"""Time-of-use tariffs: periods by month and half hour → the price of every hour of a horizon.

Only the energy price floats with the period; transmission, line loss, system operation and government funds
do not.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import bundled_path
from dafeng.evidence import DafengError, Problem, Problems
from dafeng.rules import minute_of
from dafeng.tables import decode

HALF_HOURS = 48
MONTHS = 12


def read_periods(path: Path) -> NDArray[np.float64]:
    """Read the ratios to the flat price [month, half hour].

    The table has month, start, end, ratio_to_flat.

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        For times that are none, periods that overlap and half hours without a period, all at once.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a table of tariff periods") from error
    text = decode(path.name, content)
    if isinstance(text, Problem):
        raise DafengError(text)
    return periods_to_ratios(list(csv.DictReader(text.splitlines())), path.name)


def bundled_periods(case: str) -> NDArray[np.float64]:
    """Return the tariff ratios of the bundled case `case` (its reference/tariffs.csv).

    Parameters
    ----------
    case : str
        Name of the bundled case.

    Raises
    ------
    DafengError
        Where it has none.
    """
    folder = bundled_path(case)
    if folder is None or not (folder / "reference" / "tariffs.csv").is_file():
        raise DafengError.at("tariff:case", case, "a bundled case with reference/tariffs.csv")
    return read_periods(folder / "reference" / "tariffs.csv")


def periods_to_ratios(rows: Sequence[Mapping[str, object]], place: str) -> NDArray[np.float64]:
    """Return the ratios of `read_periods` from rows in memory; `place` names them in problems.

    Parameters
    ----------
    rows : sequence of mappings
        Rows with month, start, end, ratio_to_flat.
    place : str
        Place named in problems.
    """
    problems = Problems()
    ratios = np.full((MONTHS, HALF_HOURS), np.nan)
    for number, row in enumerate(rows, start=2):
        where = f"{place}:{number}"
        parsed = _parse(row, where, problems)
        if parsed is None:
            continue
        month, first, last, ratio = parsed
        taken = np.flatnonzero(~np.isnan(ratios[month, first:last]))
        if taken.size:
            clock = _clock(first + int(taken[0]))
            problems.add(
                where,
                f"{row['start']}–{row['end']}",
                f"no overlap: {clock} of month {month + 1} has a period",
                "shorten one of the two",
            )
            continue
        ratios[month, first:last] = ratio
    if not len(problems):
        for month, half in np.argwhere(np.isnan(ratios))[:3].tolist():
            problems.add(
                place,
                f"no period at {_clock(half)} of month {month + 1}",
                "24 hours of every month",
                "add the period",
            )
    problems.raise_if_any()
    return ratios


def _parse(row: Mapping[str, object], where: str, problems: Problems) -> tuple[int, int, int, float] | None:
    try:
        month = int(str(row["month"])) - 1
        first, last = (_half_hour(str(row[key])) for key in ("start", "end"))
        ratio = float(str(row["ratio_to_flat"]))
    except (KeyError, ValueError) as error:
        problems.add(where, str(error), "month 1–12, start and end as HH:00 or HH:30, ratio_to_flat")
        return None
    if not (0 <= month < MONTHS and 0 <= first < last <= HALF_HOURS and ratio >= 0):
        problems.add(
            where, f"{row['start']}–{row['end']}", "a start before its end, within 24 hours of a month"
        )
        return None
    return month, first, last, ratio


def _half_hour(text: str) -> int:
    minute = minute_of(text)
    if minute % 30:
        raise ValueError(text)
    return minute // 30


def _clock(half: int) -> str:
    return f"{half // 2:02d}:{half % 2 * 30:02d}"


def hourly_prices(
    ratios: NDArray[np.float64], snapshots: pd.DatetimeIndex, floating: float, fixed: float
) -> NDArray[np.float64]:
    """Return the price of each snapshot, CNY/MWh [snapshot].

    fixed + floating × ratio; a split hour takes the mean of its halves.

    Parameters
    ----------
    ratios : ndarray
        Ratios to the flat price [month, half hour].
    snapshots : DatetimeIndex
        Snapshots of the horizon.
    floating : float
        Part of the price that floats with the period, CNY/MWh.
    fixed : float
        Part of the price that does not float, CNY/MWh.
    """
    hours = np.asarray(snapshots.hour)
    by_hour = ratios.reshape(MONTHS, HALF_HOURS // 2, 2).mean(axis=2)
    prices: NDArray[np.float64] = fixed + floating * by_hour[np.asarray(snapshots.month) - 1, hours]
    return prices
