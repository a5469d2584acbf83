"""References to the figures of an inventory: total, branch and county by account and year, with the cells they add up."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError
from dafeng.inventory import ACCOUNTS, Inventory, to_counties
from dafeng.report.texts import both

KIND = "inventory"
UNPLACED = "city"
"""Part of a reference for what is not split by county."""


@dataclass(frozen=True, slots=True)
class InventoryCell:
    """Cell of an inventory that a figure adds up: row, fuel or activity, amount [t], grade, source."""

    row: str
    fuel: str
    value: float
    grade: str
    source: str


@dataclass(frozen=True, slots=True)
class InventoryFigure:
    """Figure of an inventory [t CO2 or CO2e]: value, 95 % range of a total, release of the case, factor set, cells."""

    reference: str
    value: float
    low: float | None
    high: float | None
    grade: str
    release: str
    factors: str
    cells: tuple[InventoryCell, ...]


def inventory_reference(account: str, year: int, *steps: str) -> str:
    """Return the reference of a figure: of the total without steps, else branch and its id, or county and its code.

    >>> inventory_reference("A", 2022), inventory_reference("A", 2022, "county", "360402")
    ('inventory/A/2022/total', 'inventory/A/2022/county/360402')
    """
    return "/".join((KIND, account, str(year), *(steps or ("total",))))


def explain_inventory(case: Case, inventory: Inventory, reference: str) -> InventoryFigure:
    """Return the value behind a reference, and the cells that it adds up.

    Parameters
    ----------
    case, inventory
        Loaded case and its inventory.
    reference
        As `inventory_reference` returns it.

    Returns
    -------
    InventoryFigure

    Raises
    ------
    DafengError
        For another form, a year, branch or county that is not there.
    """
    steps = reference.split("/")
    total, split = 4, 5
    if (
        len(steps) not in (total, split)
        or steps[0] != KIND
        or steps[1] not in ACCOUNTS
        or not steps[2].isdigit()
    ):
        raise DafengError.at("reference", reference, both("problem.inventory_reference"))
    account, year = steps[1], int(steps[2])
    [whole] = inventory.totals(account, [year])
    part = inventory.part(account, year)
    part = part[part["key"] == ""]
    common = (case.release, inventory.options["fuel_set"])
    if steps[3:] == ["total"]:
        return InventoryFigure(reference, whole.value_t, whole.low_t, whole.high_t, whole.grade.value, *common, _cells(part))  # fmt: skip
    if len(steps) == split and steps[3] == "branch":
        known = part[part["branch"] == _one_of(steps[4], part["branch"].unique(), reference)]
        return InventoryFigure(reference, float(known["value"].sum()), None, None, max(known["grade"]), *common, _cells(known))  # fmt: skip
    if len(steps) == split and steps[3] == "county":
        rows = to_counties(inventory, case, year, account=account)
        code = "" if steps[4] == UNPLACED else _one_of(steps[4], rows["county"].unique(), reference)
        rows = rows[rows["county"] == code]
        cells = tuple(
            InventoryCell(str(row["branch"]), "", float(row["value_t"]), str(row["grade"]), str(row["rule"]))
            for row in rows.to_dict("records")
        )
        return InventoryFigure(reference, float(rows["value_t"].sum()), None, None, max(rows["grade"], default="D"), *common, cells)  # fmt: skip
    raise DafengError.at("reference", reference, both("problem.inventory_reference"))


def _one_of(step: str, there: Iterable[object], reference: str) -> str:
    names = sorted(str(one) for one in there if str(one))
    if step not in names:
        few = ", ".join(names)
        raise DafengError.at(reference, step, both("problem.one_of", few=few))
    return step


def _cells(part: pd.DataFrame) -> tuple[InventoryCell, ...]:
    """Return the cells, the largest first."""
    rows = part.sort_values("value", ascending=False, key=abs, kind="stable").to_dict("records")
    return tuple(
        InventoryCell(
            str(row["row"]), str(row["fuel"]), float(row["value"]), str(row["grade"]), str(row["source"])
        )
        for row in rows
    )
