"""An energy balance: read, checked and brought to one set of names, signs and units.

Tidy tables (`row, fuel, year, value, unit`, optionally `region`) and the yearbook's own layout are read;
every problem is told at once with its place.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, Finding, NotationKey, Problems, Severity
from dafeng.factors import fuel_factors, table
from dafeng.inventory.names import FuelName, RowName, find_fuel, find_row, fuel_names, suggestions
from dafeng.units import factor, is_unit

TIDY = ("row", "fuel", "year", "value", "unit")
FIRST_YEAR, LAST_YEAR = 1949, 2100
TJ_PER_TCE = 0.0293076

CONSUMING = frozenset({"final", "branch", "industry", "residential", "non_energy"})
_KEYS = frozenset(key.value for key in NotationKey)


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
    printed unit; `order` the place of the row in the file. Signs are those of the file.
    """

    cells: pd.DataFrame
    findings: tuple[Finding, ...]


def read_balance(path: str | Path) -> Balance:
    """Read a balance from CSV (tidy, or a table with fuels as columns) or from a yearbook workbook.

    Raises: DafengError with all problems: unknown rows and fuels, unknown or unfitting units, a number that
    is none, a cell twice, a negative consumption, a year out of range, merged data cells.
    """
    from dafeng.inventory.yearbook import read_grid, read_workbook

    path = Path(path)
    if not path.is_file():
        raise DafengError.at(str(path), "no such file", "a balance as .csv, .xlsx or .xls")
    if path.suffix.lower() in {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}:
        return from_entries(*read_workbook(path))
    text, findings = _decode(path)
    lines = list(csv.reader(io.StringIO(text)))
    header = [cell.strip().casefold() for cell in lines[0]] if lines else []
    if not any(any(cell.strip() for cell in line) for line in lines[1:]):
        raise DafengError.at(str(path), "an empty table", f"columns {', '.join(TIDY)} and at least one line")
    if set(TIDY) <= set(header):
        return from_entries(_tidy_entries(path.name, header, lines), findings)
    if {"row", "fuel", "value"} & set(header):
        missing = ", ".join(c for c in TIDY if c not in header)
        raise DafengError.at(f"{path.name}:1", f"columns {', '.join(header)}", f"also {missing}")
    return from_entries(read_grid(path.name, lines, lambda r, c: f"{path.name}:{r + 1}:{c + 1}"), findings)


def _decode(path: Path) -> tuple[str, list[Finding]]:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise DafengError.at(
            f"{path.name}: byte {error.start}", "text that is neither UTF-8 nor GBK", "UTF-8"
        ) from error
    finding = Finding(
        "encoding-gbk", Severity.NOTE, path.name, "文件编码为GBK,已按GBK读取", "the file is GBK, read as such"
    )
    return text, [finding]


def _tidy_entries(name: str, header: list[str], lines: list[list[str]]) -> list[Entry]:
    at = {column: header.index(column) for column in (*TIDY, "region") if column in header}
    entries = []
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        cell = {c: line[i].strip() if i < len(line) else "" for c, i in at.items()}
        entries.append(
            Entry(
                f"{name}:{number}",
                cell.get("region", ""),
                cell["row"],
                cell["fuel"],
                cell["year"],
                cell["value"],
                cell["unit"],
            )
        )
    return entries


def from_entries(entries: Iterable[Entry], findings: Iterable[Finding] = ()) -> Balance:
    """Check `entries` and bring them to ids and canonical units. Raises: as `read_balance`."""
    problems = Problems()
    told = list(findings)
    rows: dict[str, RowName | None] = {}
    fuels: dict[str, FuelName | None] = {}
    seen: dict[tuple[str, int, str, str], tuple[str, str]] = {}
    order: dict[tuple[str, int, str], int] = {}
    lines: list[tuple[object, ...]] = []
    for e in entries:
        row = rows.setdefault(e.row, find_row(e.row))
        fuel = fuels.setdefault(e.fuel, find_fuel(e.fuel))
        if row is None:
            near = suggestions(e.row, "balance_rows.csv", "row")
            problems.add(f"{e.where}:row", e.row or "nothing", "a row of the energy balance", _near(near))
        if fuel is None:
            near = suggestions(e.fuel, "balance_fuels.csv", "fuel")
            problems.add(f"{e.where}:fuel", e.fuel or "nothing", "a fuel of the energy balance", _near(near))
        year = _year(e, problems)
        if e.value in _KEYS or row is None or fuel is None or year is None or fuel.kind == "total":
            continue
        number = _number(e, problems)
        scale = _scale(e, fuel, problems)
        if number is None or scale is None:
            continue
        # two rows of one edition may be one row here (two branches of transport equipment): they add up
        first_label, first_place = seen.setdefault((e.region, year, row.row, fuel.fuel), (e.row, e.where))
        if first_label == e.row and first_place != e.where:
            problems.add(e.where, f"{e.row}, {e.fuel}, {year} again", f"once (first at {first_place})")
            continue
        if number < 0 and row.kind in CONSUMING:
            problems.add(f"{e.where}:value", f"{e.value} of {e.fuel} in {e.row}", "consumption of 0 or more")
        place = order.setdefault((e.region, year, row.row), len(order))
        lines.append(
            (
                e.region,
                year,
                row.row,
                row.kind,
                fuel.fuel,
                number * scale,
                fuel.kind,
                number,
                scale,
                place,
                e.where,
            )
        )
    problems.raise_if_any()
    columns = ["region", "year", "row", "kind", "fuel", "value", "unit", "printed", "scale", "order", "where"]
    cells = pd.DataFrame(lines, columns=columns)
    if cells.empty:
        raise DafengError.at("balance", "no number", "at least one row of one fuel")
    return Balance(cells, tuple(told))


def _near(names: str) -> str:
    return f"did you mean {names}?" if names else ""


def _year(e: Entry, problems: Problems) -> int | None:
    try:
        year = int(float(e.year.removesuffix("年")))
    except ValueError:
        year = 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        problems.add(f"{e.where}:year", e.year or "nothing", f"a year from {FIRST_YEAR} to {LAST_YEAR}")
        return None
    return year


def _number(e: Entry, problems: Problems) -> float | None:
    try:
        number = float(e.value.replace(",", "").replace("−", "-").replace("-", "-"))
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        problems.add(f"{e.where}:value", e.value or "nothing", "a number, or NO, NE, IE, C")
        return None
    return number


def _scale(e: Entry, fuel: FuelName, problems: Problems) -> float | None:
    """Fuel units (t, m3, TJ, MWh, tce) per printed unit; coal equivalent is turned back by GB/T 2589."""
    if not e.unit or not is_unit(e.unit):
        problems.add(f"{e.where}:unit", e.unit or "nothing", f"a unit of {fuel.kind}")
        return None
    for to, rate in ((fuel.kind, 1.0), *_other_units(fuel)):
        try:
            return factor(e.unit, to) * rate
        except DafengError:
            continue
    problems.add(f"{e.where}:unit", f"{e.unit} for {fuel.fuel}", f"a unit of {fuel.kind}, or coal equivalent")
    return None


def _other_units(fuel: FuelName) -> list[tuple[str, float]]:
    """Other units a fuel may come in, with the fuel units per one of them."""
    tce = coal_equivalents().get(fuel.fuel)
    found = [("tce", 1.0 / tce)] if tce else []
    if fuel.kind in {"t", "m3"} and tce:
        found.append(("TJ", 1.0 / (tce * TJ_PER_TCE)))
    return found


@cache
def coal_equivalents() -> dict[str, float]:
    """tce per fuel unit (t, m3, TJ, MWh) by fuel: GB/T 2589-2020, electricity and heat at calorific value.

    Where the standard gives a range (gases) its upper end, which agrees with the calorific values of the
    balances (natural gas 38,931 kJ/m3).
    """
    ranges = {
        str(r["id"]): float(str(r["kgce_high"]))
        for r in table("gbt2589_2020").to_dict("records")
        if r["kgce_high"] != ""
    }
    coefficients = fuel_factors("gbt2589_2020")["tce_per_unit"].dropna()
    found = {"Electricity": 0.1229, "Heat": 34.12, "Other_Energy": 1.0}
    for fuel, name in fuel_names().items():
        if name.factor_fuel in coefficients.index:
            found[fuel] = float(coefficients[name.factor_fuel])
    found["Natural_Gas"] = ranges["natural_gas"] * 1e-3
    found["Coke_Oven_Gas"] = ranges["coke_oven_gas"] * 1e-3
    return found
