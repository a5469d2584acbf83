"""User-supplied data of a city's grid.

Corridor contracts, sector load shapes, interruptible loads, heat-led units.

A YAML file, every part optional (docs/dispatch.md has an example):

profiles       a CSV in its folder: `hour` (0 … 8759) and one column per profile
contracts      name, direction (import, export), mw, price, co2_t_per_mwh; optional months, hours, take_or_pay, from_year, to_year
sectors        name, share of the year's demand; profile, or weekday and weekend (24 values each) and months (12 factors)
interruptible  name, mw, price; optional hours_per_year
heat_led       plant (an id of plants.csv); profile of the least output (share of capacity), or min_output; optional months
hydro          name of a profile: availability of hydro by hour, in place of the generic one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.checks import calendar_hint
from dafeng.dispatch.folder import read_csv
from dafeng.evidence import DafengError, Problems, read_yaml

HOURS = 8760
Array = NDArray[np.float64]
FIELDS = {
    "contracts": (
        {"name", "direction", "mw", "price", "co2_t_per_mwh"},
        {"months", "hours", "take_or_pay", "from_year", "to_year", "non_fossil"},
    ),
    "sectors": ({"name", "share"}, {"profile", "weekday", "weekend", "months"}),
    "interruptible": ({"name", "mw", "price"}, {"hours_per_year"}),
    "heat_led": ({"plant"}, {"profile", "min_output", "months"}),
}
"""Fields that each row of a part has to have, and those it may have."""


@dataclass(frozen=True)
class Contract:
    """Corridor contract.

    Import (`sign` 1) or export (-1), MW at most in the hours where `window` [hour] is 1.
    """

    name: str
    sign: float
    mw: float
    price: float
    co2_t_per_mwh: float
    non_fossil: bool
    take_or_pay: float
    window: Array
    years: tuple[int, int]


@dataclass(frozen=True)
class Arrangements:
    """User-supplied arrangements.

    `sectors`: name → (share of demand, shape [hour] that sums to 1).
    """

    contracts: tuple[Contract, ...] = ()
    sectors: tuple[tuple[str, float, Array], ...] = ()
    interruptible: tuple[tuple[str, float, float, float], ...] = ()
    heat_led: tuple[tuple[str, Array], ...] = ()
    hydro: Array | None = None
    path: Path | None = None

    def shapes(self) -> dict[str, Array]:
        """Return the hourly profiles that take the place of those of the case."""
        return {} if self.hydro is None else {"hydro": self.hydro}

    def in_year(self, year: int) -> tuple[Contract, ...]:
        """Return the contracts in force in `year`."""
        return tuple(c for c in self.contracts if c.years[0] <= year <= c.years[1])


def read_arrangements(path: Path, year: int = 2030) -> Arrangements:
    """Read the arrangements file `path`; `year` decides which days are weekends.

    Parameters
    ----------
    path : Path
        File or folder to read.
    year : int, default 2030
        Calendar year, which decides the weekends.

    Raises
    ------
    DafengError
        With all problems.
    """
    content = read_yaml(path, "some of " + ", ".join(FIELDS))
    problems = Problems()
    for key in sorted(set(content) - set(FIELDS) - {"profiles", "notes", "hydro"}):
        problems.add(f"{path.name}:{key}", key, f"one of profiles, notes, hydro, {', '.join(FIELDS)}")
    rows = {part: _rows(content, part, path.name, problems) for part in FIELDS}
    problems.raise_if_any()
    profiles = _profiles(path, content.get("profiles"))
    reader = _Reader(path.name, profiles, pd.date_range(f"{year}-01-01", periods=HOURS, freq="h"), problems)
    found = Arrangements(
        tuple(reader.contract(i, row) for i, row in enumerate(rows["contracts"], 1)),
        tuple(reader.sector(i, row) for i, row in enumerate(rows["sectors"], 1)),
        tuple(reader.interruptible(i, row) for i, row in enumerate(rows["interruptible"], 1)),
        tuple(reader.heat_led(i, row) for i, row in enumerate(rows["heat_led"], 1)),
        reader.profile("hydro", content["hydro"]) if "hydro" in content else None,
        path,
    )
    total = sum(share for _, share, _ in found.sectors)
    if total > 1 + 1e-9:
        problems.add(f"{path.name}:sectors", f"shares that sum to {total:g}", "at most 1", "lower the shares")
    problems.raise_if_any()
    return found


def _rows(content: Mapping[str, Any], part: str, place: str, problems: Problems) -> list[dict[str, Any]]:
    rows = content.get(part) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.add(f"{place}:{part}", type(rows).__name__, "a list of rows such as {name: …}")
        return []
    needed, allowed = FIELDS[part]
    for number, row in enumerate(rows, start=1):
        for key in sorted(needed - set(row)):
            problems.add(f"{place}:{part}:{number}:{key}", "nothing", key, "there is no default for it")
        for key in sorted(set(map(str, row)) - needed - allowed):
            problems.add(
                f"{place}:{part}:{number}:{key}", key, f"one of {', '.join(sorted(needed | allowed))}"
            )
    return rows


def _profiles(path: Path, file: object) -> pd.DataFrame:
    if not file:
        return pd.DataFrame(index=range(HOURS))
    place = path.parent / str(file)
    frame = read_csv(place)
    if len(frame) != HOURS:
        hint = calendar_hint(len(frame), HOURS)
        raise DafengError.at(place.name, f"{len(frame)} values", f"{HOURS} values", hint)
    return frame


class _Reader:
    """Reader of rows into data; problems are collected on the way."""

    def __init__(
        self, place: str, profiles: pd.DataFrame, hours: pd.DatetimeIndex, problems: Problems
    ) -> None:
        self.place, self.profiles, self.hours, self.problems = place, profiles, hours, problems

    def number(self, where: str, cell: object, low: float, high: float, expected: str) -> float:
        try:
            value = float(str(cell))
        except ValueError:
            value = np.nan
        if not low <= value <= high:
            self.problems.add(f"{self.place}:{where}", repr(cell), expected)
            return 0.0
        return value

    def numbers(self, where: str, cells: object, count: int) -> Array:
        if not isinstance(cells, list) or len(cells) != count:
            found = f"{len(cells)} values" if isinstance(cells, list) else repr(cells)
            self.problems.add(f"{self.place}:{where}", found, f"{count} numbers")
            return np.ones(count)
        return np.array([self.number(where, cell, 0, 1e12, "a number of 0 or more") for cell in cells])

    def profile(self, where: str, name: object) -> Array:
        if name not in self.profiles.columns:
            columns = ", ".join(map(str, self.profiles.columns)) or "none: give profiles"
            self.problems.add(f"{self.place}:{where}", str(name), f"a column of the profiles ({columns})")
            return np.ones(HOURS)
        values = pd.to_numeric(self.profiles[name], errors="coerce").to_numpy(float)
        wrong = np.flatnonzero(~(values >= 0) | ~np.isfinite(values))
        if wrong.size:
            mend = "fill the gap from a neighbouring day; missing is not zero"
            found = f"{self.profiles[name].iloc[int(wrong[0])]!r} in hour {wrong[0]}"
            self.problems.add(f"profiles:{wrong[0] + 2}:{name}", found, "a number of 0 or more", mend)
            return np.ones(HOURS)
        return values

    def contract(self, number: int, row: Mapping[str, Any]) -> Contract:
        at = f"contracts:{number}"
        if row["direction"] not in {"import", "export"}:
            self.problems.add(f"{self.place}:{at}:direction", str(row["direction"]), "import or export")
        window = np.isin(self.hours.month, self._members(f"{at}:months", row.get("months"), 1, 12))
        window &= np.isin(self.hours.hour, self._members(f"{at}:hours", row.get("hours"), 0, 23))
        first = int(self.number(f"{at}:from_year", row.get("from_year", 0), 0, 9999, "a year"))
        last = int(self.number(f"{at}:to_year", row.get("to_year", 9999), 0, 9999, "a year"))
        if last < first:
            self.problems.add(f"{self.place}:{at}:to_year", str(last), f"{first} or later")
        return Contract(
            str(row["name"]),
            -1.0 if row["direction"] == "export" else 1.0,
            self.number(f"{at}:mw", row["mw"], 0, 1e9, "MW, 0 or more"),
            self.number(f"{at}:price", row["price"], -1e6, 1e6, "CNY/MWh"),
            self.number(f"{at}:co2_t_per_mwh", row["co2_t_per_mwh"], 0, 5, "t/MWh, 0 to 5"),
            bool(row.get("non_fossil", False)),
            self.number(f"{at}:take_or_pay", row.get("take_or_pay", 0), 0, 1, "a share from 0 to 1"),
            window.astype(float),
            (first, last),
        )

    def _members(self, where: str, cell: object, low: int, high: int) -> Sequence[int]:
        """`None` (all), a list of whole numbers, or a range such as "8-20" (both ends count)."""
        if cell is None:
            return range(low, high + 1)
        try:
            first, _, last = str(cell).partition("-")
            chosen = list(range(int(first), int(last) + 1)) if last else [int(c) for c in np.atleast_1d(cell)]  # type: ignore[call-overload]  # any cell of YAML
        except (TypeError, ValueError):
            chosen = []
        if not chosen or not all(low <= value <= high for value in chosen):
            self.problems.add(
                f"{self.place}:{where}", repr(cell), f"numbers from {low} to {high}, or a range 8-20"
            )
        return chosen

    def sector(self, number: int, row: Mapping[str, Any]) -> tuple[str, float, Array]:
        at = f"sectors:{number}"
        share = self.number(f"{at}:share", row["share"], 0, 1, "a share from 0 to 1")
        if ("profile" in row) == ("weekday" in row):
            self.problems.add(
                f"{self.place}:{at}", str(row["name"]), "either profile, or weekday (and weekend)"
            )
            return str(row["name"]), share, np.full(HOURS, 1 / HOURS)
        shape = self.profile(f"{at}:profile", row["profile"]) if "profile" in row else self._daily(at, row)
        if not shape.sum() > 0:
            self.problems.add(f"{self.place}:{at}", "a shape of zeros", "a load above 0 somewhere")
            shape = np.ones(HOURS)
        return str(row["name"]), share, shape / shape.sum()

    def _daily(self, at: str, row: Mapping[str, Any]) -> Array:
        weekday = self.numbers(f"{at}:weekday", row["weekday"], 24)
        weekend = self.numbers(f"{at}:weekend", row.get("weekend", row["weekday"]), 24)
        months = self.numbers(f"{at}:months", row.get("months", [1.0] * 12), 12)
        hour, free = np.asarray(self.hours.hour), np.asarray(self.hours.dayofweek) >= 5
        shape: Array = np.where(free, weekend[hour], weekday[hour]) * months[np.asarray(self.hours.month) - 1]
        return shape

    def interruptible(self, number: int, row: Mapping[str, Any]) -> tuple[str, float, float, float]:
        at = f"interruptible:{number}"
        return (
            str(row["name"]),
            self.number(f"{at}:mw", row["mw"], 0, 1e9, "MW, 0 or more"),
            self.number(f"{at}:price", row["price"], 0, 1e6, "CNY/MWh, 0 or more"),
            self.number(
                f"{at}:hours_per_year", row.get("hours_per_year", HOURS), 0, HOURS, f"0 to {HOURS} hours"
            ),
        )

    def heat_led(self, number: int, row: Mapping[str, Any]) -> tuple[str, Array]:
        at = f"heat_led:{number}"
        if ("profile" in row) == ("min_output" in row):
            self.problems.add(f"{self.place}:{at}", str(row["plant"]), "either profile or min_output")
            return str(row["plant"]), np.zeros(HOURS)
        if "profile" not in row:
            share = self.number(
                f"{at}:min_output", row["min_output"], 0, 1, "a share of capacity from 0 to 1"
            )
            season = np.isin(self.hours.month, self._members(f"{at}:months", row.get("months"), 1, 12))
            return str(row["plant"]), np.where(season, share, 0.0)
        least = self.profile(f"{at}:profile", row["profile"])
        if least.max() > 1:
            self.problems.add(
                f"{self.place}:{at}:profile", f"{least.max():g}", "shares of capacity from 0 to 1"
            )
        return str(row["plant"]), least
