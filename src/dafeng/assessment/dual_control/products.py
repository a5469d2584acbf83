"""CO2 per product: direct CO2 of the branch over the output of its main product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.evidence import packaged_rows
from dafeng.inventory import Inventory
from dafeng.units import convert, is_unit, kind

ACCOUNT = "B"


@dataclass(frozen=True, slots=True)
class ProductIntensity:
    """CO2 per tonne of one product in one year: `value` [t CO2/t], `output` [t]; None where a part is missing (NE).

    An upper bound where the branch makes other products too. `source` is that of the output.
    """

    product: str
    zh: str
    en: str
    branch: str
    year: int
    output: float | None
    value: float | None
    source: str


def product_intensities(
    case: Case, inventory: Inventory, outputs: Mapping[tuple[str, int], float] | None = None
) -> list[ProductIntensity]:
    """Return CO2 per product for each year of the inventory with an output; one row without figure where none has.

    Parameters
    ----------
    case, inventory
        Loaded case and its inventory.
    outputs : mapping, optional
        (product of the register `capacity_swaps`, year) → output [t]; it comes before the case's tables.

    Returns
    -------
    list of ProductIntensity
        Products whose branch the inventory has, in the order of `products.csv`.
    """
    cells = inventory.cells[(inventory.cells["key"] == "") & (inventory.cells["gas"] == "CO2")]
    found: list[ProductIntensity] = []
    for row in packaged_rows("dafeng.assessment", "dual_control/products.csv"):
        if not (cells["branch"] == row["branch"]).any():
            continue
        made = _outputs(case, row) | {
            year: (value, "capacity_swaps") for (name, year), value in (outputs or {}).items() if name == row["record"]
        }  # fmt: skip
        years = [year for year in inventory.years if made.get(year, (0.0, ""))[0] > 0]
        found += [_row(row, year, _direct(inventory, row["branch"], year), *made[year]) for year in years]
        if not years:
            found.append(_row(row, inventory.years[-1], None, None, ""))
    return found


def _row(
    row: Mapping[str, str], year: int, co2: float | None, output: float | None, source: str
) -> ProductIntensity:
    value = None if co2 is None or not output else co2 / output
    return ProductIntensity(row["id"], row["zh"], row["en"], row["branch"], int(year), output, value, source)


def _direct(inventory: Inventory, branch: str, year: int) -> float | None:
    """CO2 of the branch from combustion and processes [t]; None where the inventory has no cell."""
    part = inventory.part(ACCOUNT, year)
    part = part[(part["branch"] == branch) & (part["gas"] == "CO2") & (part["key"] == "")]
    return float(part["value"].sum()) if len(part) else None


def _outputs(case: Case, row: Mapping[str, str]) -> dict[int, tuple[float, str]]:
    """Return year → output [t] and its source; observations come before activities."""
    found: dict[int, tuple[float, str]] = {}
    for name, column in (("activities", "activity"), ("observations", "indicator")):
        wanted = row["activity" if name == "activities" else "observation"]
        for line in _lines(case.table(name), column, wanted, case.city.code):
            value, unit = float(line["value"]), str(line["unit"])
            if value == value and is_unit(unit) and kind(unit) == kind("t"):
                found[int(line["year"])] = (float(convert(value, unit, "t")), str(line["source"]))
    return found


def _lines(table: pd.DataFrame, column: str, wanted: str, region: str) -> list[dict[str, Any]]:
    if not wanted or not len(table):
        return []
    rows = table[(table[column] == wanted) & (table["region"].astype(str) == region)]
    return [{str(key): cell for key, cell in line.items()} for line in rows.to_dict("records")]
