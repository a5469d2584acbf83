"""Inputs of carbon budgets: used amounts of a case and of a user's table."""

from pathlib import Path

from dafeng.assessment.budgets.budget import UNIT, Used
from dafeng.assessment.input_tables import read_input_table
from dafeng.case import Case
from dafeng.evidence import DafengError, Problems, Text
from dafeng.inventory import Inventory, to_counties
from dafeng.tables import Column, Kind, Table
from dafeng.units import convert, is_unit, kind

TABLE = Table(
    "used", "预算用量表", "amounts used of budgets", "", "",
    (
        Column("node", Kind.ID, "市、行业、县区或单位代码", "code of city, sector, county or unit"),
        Column("year", Kind.YEAR, "年份", "year"),
        Column("value", Kind.NUMBER, "二氧化碳", "CO2", low=0.0),
        Column("unit", Kind.TEXT, "单位", "unit"),
        Column("basis", Kind.CHOICE, "依据", "basis", choices=("inventory", "nowcast", "reported")),
        Column("source", Kind.TEXT, "来源", "source"),
    ),
    ("node", "year"),
)  # fmt: skip


def used_of_case(case: Case, inventory: Inventory, year: int) -> list[Used]:
    """Return the CO2 of a case in a year: city and branches by account A, counties by their parts of it.

    Nothing for a year that the inventory does not have, and no counties without a series to split by. The split by county is an estimate of grade D and leaves
    the import of electricity with the city.

    Parameters
    ----------
    case
        Loaded case.
    inventory
        Inventory of the case.
    year
        Year of the amounts.

    Returns
    -------
    Amounts [t CO2] with grade.
    """
    if year not in inventory.years:
        return []
    part = inventory.part("A", year)
    known = part[part["key"] == ""]
    found = [Used(case.city.code, year, float(known["value"].sum()), "inventory", f"account A {year}")]
    branches = known.groupby("branch")["value"].sum()
    found += [
        Used(str(branch), year, float(value), "inventory", f"account A {year}")
        for branch, value in branches.items()
    ]
    try:
        rows = to_counties(inventory, case, year, account="A")
    except DafengError:
        # no series by county: their budgets are settled as NE, those of city and branches stay
        return found
    counties = rows[rows["county"] != ""].groupby("county")["value_t"].sum()
    rule = f"account A {year} by county (grade D), without the import of electricity"
    found += [
        Used(str(code), year, float(value), "inventory by county", rule) for code, value in counties.items()
    ]
    return found


def branch_of_trade(case: Case) -> dict[str, str]:
    """Return the branch of each division of GB/T 4754 (two digits, or the letter of a section).

    Parameters
    ----------
    case
        Loaded case.

    Returns
    -------
    Branch by division.
    """
    table = case.effective("sectors")
    return {
        str(code): str(branch)
        for code, branch in zip(table["gbt4754"], table["branch"], strict=True)
        if str(code)
    }


def read_used(path: Path) -> list[Used]:
    """Read used amounts from a CSV file.

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Amounts [t CO2] by holder and year.

    Raises
    ------
    DafengError
        With every bad cell at once; for a unit that is none of CO2.
    """
    problems = Problems()
    expected = Text(
        "含 node、year、value、unit、basis、source 列的 CSV",
        "a CSV with node, year, value, unit, basis, source",
    )
    frame = read_input_table(TABLE, path, expected, problems)
    for number, unit in enumerate(frame.get("unit", ()), start=2):
        if not is_unit(str(unit)) or kind(str(unit)) != kind(UNIT):
            problems.add(
                f"{path.name}:{number}:unit",
                unit,
                Text("二氧化碳的单位,如 万tCO2", "a unit of CO2, as 万tCO2"),
            )
    problems.raise_if_any()
    return [
        Used(str(row["node"]), int(row["year"]), float(convert(float(row["value"]), str(row["unit"]), UNIT)), str(row["basis"]), str(row["source"]))
        for row in frame.to_dict("records")
    ]  # fmt: skip
