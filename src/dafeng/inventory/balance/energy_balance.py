"""An energy balance: read, checked and brought to one set of names, signs and units.

Its entries (`row, fuel, year, value, unit`, optionally `region`) come from a file (`reading`) or from a case; every
problem is told at once with its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, Finding, NotationKey, Problems, Severity
from dafeng.inventory.balance.equivalents import unit_scale
from dafeng.inventory.balance.names import (
    FuelName,
    RowName,
    find_fuel,
    find_row,
    fuel_names,
    half_width,
    is_exact,
    is_part,
    suggestions,
)
from dafeng.units import is_unit

TIDY = ("row", "fuel", "year", "value", "unit")
FIRST_YEAR, LAST_YEAR = 1949, 2100
LARGEST = 1e15
"""In fuel units (t, m3, MWh): beyond what the world uses; a slip of the unit or the pen."""

CONSUMING = frozenset({"final", "branch", "industry", "residential", "non_energy"})
_KEYS = frozenset(key.value for key in NotationKey)
BLANKS = frozenset({"", "-", "–", "—", "——", "…", "……", "...", "..", "/"})
BURNING = CONSUMING | {"final_total", "power_input", "heat_input"}
COAL_KINDS = frozenset({"Anthracite", "Bituminous_Coal", "Lignite"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One number as it stands in a file."""

    where: str
    region: str
    row: str
    fuel: str
    year: str
    value: str
    unit: str


@dataclass(frozen=True)
class Balance:
    """`cells` [region, year, row, kind, fuel, value, unit, printed, scale, order, where]; one line per number.

    `value` is in the fuel's unit (t, m3, TJ, MWh, tce); `printed` as in the file, `scale` the fuel units per
    printed unit; `order` the place of the row in the file. Signs are those of the file. `standard` has the same
    columns: cells that the file gives in coal equivalent besides their physical amount (both tables of a yearbook).
    """

    cells: pd.DataFrame
    findings: tuple[Finding, ...]
    standard: pd.DataFrame | None = None


def from_entries(
    entries: Iterable[Entry], findings: Iterable[Finding] = (), problems: Problems | None = None
) -> Balance:
    """Check `entries` and bring them to ids and canonical units; `problems` holds those met so far.

    A blank value is no number and is left out, with a finding. Raises: as `read_balance`.
    """
    found = _Reading(Problems() if problems is None else problems)
    lines = [line for entry in entries if (line := found.line(entry)) is not None]
    standard = []
    for entry, line in found.in_coal_equivalent:
        if line[:3] + line[4:5] in found.physical:
            standard.append(line)
        elif not found.again(entry, line):
            lines.append(line)
            found.by_coal_equivalent.add(line[4])
    found.tell_problems()
    columns = ["region", "year", "row", "kind", "fuel", "value", "unit", "printed", "scale", "order", "where"]
    cells = pd.DataFrame(lines, columns=columns)
    if cells.empty:
        raise DafengError.at("balance", "no number", "at least one row of one fuel")
    cells, split = without_details(cells)
    both = pd.DataFrame(standard, columns=columns) if standard else None
    return Balance(cells, (*findings, *found.findings(), *split), both)


Line = tuple[str, int, str, str, str, float, str, float, float, int, str]


class _Reading:
    """What is known while entries are read: names met, cells seen, problems by their cause."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.rows: dict[str, RowName | None] = {}
        self.fuels: dict[str, FuelName | None] = {}
        self.seen: dict[tuple[str, ...], Entry] = {}
        self.order: dict[tuple[str, int, str], int] = {}
        self.blank: list[str] = []
        self.by_coal_equivalent: set[str] = set()
        self.physical: set[tuple[object, ...]] = set()
        self.in_coal_equivalent: list[tuple[Entry, Line]] = []
        self.keys: dict[str, list[str]] = {}
        self.totals: dict[tuple[str, int, str], str] = {}
        self.parts: set[tuple[str, int, str]] = set()
        self.causes: dict[tuple[str, str, str, str], list[str]] = {}

    def line(self, e: Entry) -> Line | None:
        """One line of `cells`, or None where the entry is no number or has a problem."""
        row, fuel = self._names(e)
        value = plain(e.value)
        if value in BLANKS:
            self.blank.append(e.where)
            return None
        year = self._year(e)
        if row is None or fuel is None or year is None:
            return None
        if value in _KEYS:
            self.keys.setdefault(value, []).append(f"{row.row}, {fuel.fuel}, {year}")
            return None
        if fuel.kind == "total":
            if row.kind in BURNING and value.strip("0.-"):
                self.totals.setdefault((e.region, year, fuel.fuel), e.where)
            return None
        self.parts.add((e.region, year, fuel.total))
        return self._amount(e, year, row, fuel, value)

    def _amount(self, e: Entry, year: int, row: RowName, fuel: FuelName, value: str) -> Line | None:
        number = self._number(e, value)
        scale, by_coal_equivalent = self._scale(e, fuel)
        if number is None or scale is None:
            return None
        if abs(number) * scale > LARGEST:
            self.problems.add(f"{e.where}:value", f"{e.value} {e.unit}", f"at most {LARGEST:.0e} {fuel.kind}")
            return None
        if number < 0 and row.kind in CONSUMING:
            self.problems.add(
                f"{e.where}:value", f"{e.value} of {e.fuel} in {e.row}", "consumption of 0 or more"
            )
        place = self.order.setdefault((e.region, year, row.row), len(self.order))
        line = (
            e.region, year, row.row, row.kind, fuel.fuel, number * scale, fuel.kind, number, scale, place, e.where
        )  # fmt: skip
        if by_coal_equivalent:
            self.in_coal_equivalent.append((e, line))
            return None
        if self.again(e, line):
            return None
        self.physical.add(line[:3] + line[4:5])
        return line

    def _names(self, e: Entry) -> tuple[RowName | None, FuelName | None]:
        if e.row not in self.rows:
            self.rows[e.row] = find_row(e.row)
        if e.fuel not in self.fuels:
            self.fuels[e.fuel] = find_fuel(e.fuel)
        row, fuel = self.rows[e.row], self.fuels[e.fuel]
        if row is None:
            near = suggestions(e.row, "balance_rows.csv", "row")
            self._cause("row", e.row or "nothing", "a row of the energy balance", _near(near), e)
        if fuel is None:
            near = suggestions(e.fuel, "balance_fuels.csv", "fuel")
            self._cause("fuel", e.fuel or "nothing", "a fuel of the energy balance", _near(near), e)
        return row, fuel

    def again(self, e: Entry, line: Line) -> bool:
        """Whether the cell was there before. Parts of a row or fuel (two branches that are one here) add up."""
        year = line[1]
        key: tuple[str, ...] = (e.region, str(year), line[2], line[4])
        parts = is_part(e.row) or is_part(e.fuel)
        whole = self.seen.get(key)
        if parts and (whole is None or is_part(whole.row) or is_part(whole.fuel)):
            self.seen.setdefault(key, e)
            key = (*key, e.row, e.fuel)
            whole = self.seen.get(key)
        if whole is None:
            self.seen[key] = e
            return False
        first = "" if (whole.row, whole.fuel) == (e.row, e.fuel) else f" as {whole.row}, {whole.fuel}"
        self.problems.add(
            e.where, f"{e.row}, {e.fuel}, {year} again", f"once (first at {whole.where}{first})"
        )
        return True

    def _year(self, e: Entry) -> int | None:
        try:
            number = float(plain(e.year).removesuffix("年"))
        except ValueError:
            number = 0.0
        if not FIRST_YEAR <= number <= LAST_YEAR or number != int(number):
            self._cause("year", e.year or "nothing", f"a year from {FIRST_YEAR} to {LAST_YEAR}", "", e)
            return None
        return int(number)

    def _number(self, e: Entry, value: str) -> float | None:
        try:
            number = float(value.replace(",", ""))
        except ValueError:
            number = float("nan")
        if not np.isfinite(number):
            self.problems.add(f"{e.where}:value", e.value, "a number, or NO, NE, IE, C")
            return None
        return number

    def _scale(self, e: Entry, fuel: FuelName) -> tuple[float | None, bool]:
        scale, by_coal_equivalent = unit_scale(e.unit, fuel)
        if scale is None:
            told = f"{e.unit} for {fuel.fuel}" if e.unit and is_unit(e.unit) else e.unit or "nothing"
            self._cause("unit", told, f"a unit of {fuel.kind}, or coal equivalent", "", e)
        return scale, by_coal_equivalent

    def _cause(self, column: str, found: str, expected: str, mend: str, e: Entry) -> None:
        self.causes.setdefault((column, found, expected, mend), []).append(e.where)

    def tell_problems(self) -> None:
        """One problem for each cause, at its first place. Raises: DafengError if there is any."""
        for (column, found, expected, mend), places in self.causes.items():
            more = f" (also at {len(places) - 1} more places)" if len(places) > 1 else ""
            self.problems.add(f"{places[0]}:{column}", found + more, expected, mend)
        self.problems.raise_if_any()

    def findings(self) -> list[Finding]:
        """What a reader of the balance must know about how it was read."""
        found = []
        if self.blank:
            zh = f"{len(self.blank)}个空白数值未计入(不作零处理),如{self.blank[0]}"
            en = f"{len(self.blank)} blank values are left out (not taken as zero), as {self.blank[0]}"
            found.append(Finding("blank-values", Severity.NOTE, self.blank[0], zh, en))
        for key, cells in self.keys.items():
            zh = f"{len(cells)}个单元为{key},未计入,如{cells[0]}"
            en = f"{len(cells)} cells are {key} and not counted, as {cells[0]}"
            found.append(Finding("notation-key", Severity.NOTE, key, zh, en))
        for (region, year, total), where in self.totals.items():
            if (region, year, total) not in self.parts and total != "Energy_Total":
                place = f"{region} {year}".strip()
                zh = f"{place}只有{fuel_names()[total].zh},没有分品种:其燃烧未估算(NE)"
                en = f"{place}: only {total} and none of its fuels: not estimated (NE)"
                found.append(Finding("total-without-fuels", Severity.WARNING, where, zh, en))
        if self.by_coal_equivalent:
            listed = ", ".join(sorted(self.by_coal_equivalent))
            found.append(
                Finding(
                    "from-coal-equivalent",
                    Severity.NOTE,
                    listed,
                    f"{listed}由标准煤按GB/T 2589-2020默认系数折回实物量",
                    f"{listed} turned back from coal equivalent by the default coefficients of GB/T 2589-2020",
                    ("gbt2589_2020",),
                )
            )
        named = {**self.rows, **self.fuels}
        for name, meant in named.items():
            if meant is not None and not is_exact(name):
                id_ = meant.row if isinstance(meant, RowName) else meant.fuel
                found.append(
                    Finding(
                        "name-read-as",
                        Severity.WARNING,
                        name,
                        f"“{name}”按{meant.zh}读取",
                        f"{name} is read as {id_}",
                    )
                )
        return found


def without_details(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Kinds of raw coal left out where their row has raw coal itself: they are its parts (其中:无烟煤)."""
    keys = ["region", "year", "row"]
    kinds = cells["fuel"].isin(COAL_KINDS)
    if not kinds.any():
        return cells, []
    whole = pd.MultiIndex.from_frame(cells[cells["fuel"] == "Raw_Coal"][keys])
    double = kinds & pd.MultiIndex.from_frame(cells[keys]).isin(whole)
    if not double.any():
        return cells, []
    finding = Finding(
        "coal-kinds-within-raw-coal",
        Severity.NOTE,
        "Raw_Coal",
        f"原煤已含无烟煤、烟煤、褐煤:{int(double.sum())}个分煤种单元不再计入",
        f"raw coal holds its kinds already: {int(double.sum())} cells of kinds of coal are not counted again",
    )
    return cells[~double].reset_index(drop=True), [finding]


def plain(text: str) -> str:
    """A printed cell without blanks, in half width."""
    return half_width(text).replace(" ", "").strip()


def _near(names: str) -> str:
    return f"did you mean {names}?" if names else ""
