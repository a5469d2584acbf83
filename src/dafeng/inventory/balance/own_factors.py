"""Emission factors of the user's own: a table of fuels next to the built-in sets, checked line by line."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from dafeng.evidence import DafengError, Grade, Problems, Text
from dafeng.inventory.balance.names import FuelName, find_fuel, find_row, fuel_title
from dafeng.inventory.balance.own_tables import named_lines, nearest_name
from dafeng.units import factor

NEEDED = ("fuel", "value", "unit")
PLAUSIBLE = {"tCO2/TJ": (20.0, 320.0)}
"""Range of CO2 per energy of anything that is burnt: from hydrogen-rich gas to blast-furnace gas."""

_LISTED = Text("品种名见 docs/inventory.md 的“Names”", "names of fuels: docs/inventory.md, Names")


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """Emission factor [tCO2 per fuel unit] of `fuel` in `row` ("" for all rows)."""

    row: str
    fuel: str
    value: float
    grade: str
    source: str


def read_own_factors(path: Path, heating: dict[str, float]) -> list[OwnFactor]:
    """Read a factor table: CSV with the columns fuel, value, unit and, if wanted, row, source, grade.

    Units: CO2 per mass, volume or energy of the fuel (tCO2/t, tCO2/10^4 m3, kgCO2/GJ …); per energy is
    turned into the fuel's own unit by `heating` [TJ per fuel unit].

    Raises: DafengError with all problems: a column missing, a fuel or row that is not recognised, a value
    that is none or negative, a unit of another kind, CO2 per energy that nothing burnt has, a cell twice.
    """
    if not path.is_file():
        raise DafengError.at(
            str(path), Text("没有这个文件", "no such file"), Text("因子表CSV", "a factor table as CSV")
        )
    reader = named_lines(path)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        columns = ", ".join(NEEDED)
        raise DafengError.at(
            f"{path.name}:1",
            Text(f"缺少列{'、'.join(missing)}", f"no column {', '.join(missing)}"),
            Text(f"列{columns}(或 品种、数值、单位)", columns),
            Text("补上表头", "add the heading"),
        )
    problems, found = Problems(), {}
    for number, line in enumerate(reader, start=2):
        own = _factor(
            f"{path.name}:{number}", {k: (v or "").strip() for k, v in line.items() if k}, heating, problems
        )
        if own is None:
            continue
        if (own.row, own.fuel) in found:
            again = Text(f"{fuel_title(own.fuel)}再次出现", f"{own.fuel} again")
            problems.add(
                f"{path.name}:{number}", again, Text("每个品种(和行)一个因子", "one factor a fuel and row"),
                Text("删去其一,或在 row 列分行", "delete one, or tell the rows apart"),
            )  # fmt: skip
        found[own.row, own.fuel] = own
    problems.raise_if_any()
    if not found:
        raise DafengError.at(
            path.name, Text("没有一个因子", "no factor"), Text("至少一行", "at least one line")
        )
    return list(found.values())


def _factor(
    where: str, line: dict[str, str], heating: dict[str, float], problems: Problems
) -> OwnFactor | None:
    fuel = find_fuel(line["fuel"])
    row_name = line.get("row", "")
    row = find_row(row_name) if row_name else None
    if fuel is None or fuel.kind in ("total", "MWh", "TJ"):
        expected = Text("能源平衡表的一个燃料", "a fuel of the energy balance that is burnt")
        mend = nearest_name(line["fuel"], "fuel") if fuel is None else Text(
            "电力、热力在其生产处计算排放", "electricity and heat emit where they are made"
        )  # fmt: skip
        problems.add(f"{where}:fuel", line["fuel"] or Text("空白", "nothing"), expected, mend or _LISTED)
    if row_name and row is None:
        problems.add(
            f"{where}:row",
            row_name,
            Text("能源平衡表的一行,或空白", "a row of the energy balance, or nothing"),
            nearest_name(row_name, "row"),
        )
    letter = line.get("grade") or "C"
    if letter not in {grade.value for grade in Grade}:
        problems.add(f"{where}:grade", letter, Text("A至E", "A to E"))
    try:
        number = float(line["value"].replace(",", ""))
    except ValueError:
        number = float("nan")
    if not isfinite(number) or number < 0:
        problems.add(
            f"{where}:value",
            line["value"] or Text("空白", "nothing"),
            Text("不小于零的数字", "a number of 0 or more"),
        )
        return None
    if fuel is None or fuel.kind in ("total", "MWh", "TJ") or (row_name and row is None):
        return None
    value = _per_unit(where, number, line["unit"], fuel, heating, problems)
    if value is None:
        return None
    return OwnFactor(
        "" if row is None else row.row, fuel.fuel, value, letter, line.get("source", "") or where
    )


def _per_unit(
    where: str, number: float, unit: str, fuel: FuelName, heating: dict[str, float], problems: Problems
) -> float | None:
    """tCO2 per fuel unit, checked against the CO2 per energy of what can burn."""
    energy = heating.get(fuel.fuel, float("nan"))
    for per, scale in ((fuel.kind, 1.0), ("TJ", energy)):
        try:
            value = number * factor(unit, f"tCO2/{per}") * scale
        except DafengError:
            continue
        low, high = PLAUSIBLE["tCO2/TJ"]
        if value and not low <= value / energy <= high and isfinite(energy):
            told = Text(
                f"{number:g} {unit}({value / energy:,.1f} tCO2/TJ)",
                f"{number:g} {unit} ({value / energy:,.1f} tCO2/TJ)",
            )
            problems.add(
                f"{where}:value", told, Text(f"{low:g}至{high:g} tCO2/TJ", f"{low:g} to {high:g} tCO2/TJ"),
                Text("核对单位与小数点", "check unit and decimal point"),
            )  # fmt: skip
            return None
        return value
    wanted = f"tCO2/{fuel.kind}"
    problems.add(
        f"{where}:unit",
        unit or Text("空白", "nothing"),
        Text(f"{wanted}或tCO2/TJ一类的单位", f"a unit like {wanted} or tCO2/TJ"),
        Text(f"换算为每{fuel.kind}或每TJ的CO2", f"convert it to CO2 per {fuel.kind} or TJ"),
    )
    return None
