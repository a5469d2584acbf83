"""Summary table of the provincial guideline: rows of activities, columns of gases."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from dafeng.factors import table
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.model import COMBUSTION, IMPORT, PROCESS, TRACE, Inventory, in_equivalents

GASES = ("CO2", "CH4", "N2O", "HFC", "PFC", "SF6")
FLUORINATED = ("HFC", "PFC", "SF6")
"""Columns that hold several gases: their sum in t has little meaning, so each has a column `<gas>_co2e`
[t CO2e] next to it."""
ENERGY_ROW: Mapping[str, str] = {
    "power": "1.1.1",
    "heat": "1.1.1",
    "refining": "1.1.1",
    "coking": "1.1.1",
    "transport": "1.1.3",
    "buildings_public": "1.1.4",
    "buildings_urban": "1.1.5",
    "buildings_rural": "1.1.5",
    "agriculture": "1.1.6",
}
"""Branch → row of the form; every other branch is industry and construction (1.1.2)."""

_TOTALS = {"1.1": "1.1.", "1": "1.", "2": "2.", "3": "3.", "4": "4.", "5": "5."}


def provincial_form(inventory: Inventory, year: int) -> pd.DataFrame:
    """Compute the lines of the provincial form.

    Columns: row, chapter, item, gases, one column a gas (t; NaN = not estimated), co2e_t, key.

    Totals add what is estimated; a total with a row that is not has the key NE next to its number. The row
    electricity transfer (M4) is an information item and in no total. The structure comes from public front
    ends of the form, not from the guideline's own print.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    """
    cells = inventory.cells
    now = cells[(cells["year"] == year) & (cells["key"] == "")]
    placed = now.assign(form=[_row(c) for c in now.to_dict("records")])
    placed["column"] = [_column(str(gas)) for gas in placed["gas"]]
    placed["co2e"] = in_equivalents(placed, inventory.options["gwp_set"])["value"]
    sums = placed.pivot_table(index="form", columns="column", values="value_t", aggfunc="sum")
    by_gas = placed.pivot_table(index="form", columns="column", values="co2e", aggfunc="sum")
    equivalents = placed.groupby("form")[["co2e"]].sum()
    lines = []
    for line in table("formats_province_summary").to_dict("records"):
        row = str(line["row"])
        allowed = str(line["gases"]).split(",")
        values = {gas: _value(sums, row, gas) for gas in GASES}
        known = {gas: v for gas, v in values.items() if not np.isnan(v)}
        lines.append(
            {
                "row": row,
                "chapter": line["chapter_cn"],
                "item": line["item_cn"],
                "gases": ",".join(allowed),
                **values,
                **{f"{gas}_co2e": _value(by_gas, row, gas) for gas in FLUORINATED},
                "co2e_t": _value(equivalents, row, "co2e") if known else np.nan,
                "key": "" if set(allowed) <= set(known) or _occurs(row, known) else "NE",
            }
        )
    return pd.DataFrame(lines)


def _column(gas: str) -> str:
    """The column of a gas: the form has one for all HFCs and one for all PFCs.

    >>> _column("HFC134a"), _column("CF4"), _column("SF6")
    ('HFC', 'PFC', 'SF6')
    """
    return "HFC" if gas.startswith("HFC") else "PFC" if "F" in gas and gas.strip("c")[0] == "C" else gas


def _occurs(row: str, known: Iterable[str]) -> bool:
    return row not in _TOTALS and any(True for _ in known)


def _row(cell: Mapping[object, object]) -> str:
    if cell["category"] in (COMBUSTION, TRACE):
        return ENERGY_ROW.get(str(cell["branch"]), "1.1.2")
    if cell["category"] == IMPORT:
        return "M4"
    reference = {category.id: category.province_row for category in categories()}
    row = reference.get(str(cell["row"]), "2.1" if cell["category"] == PROCESS else "")
    if row.startswith("2."):
        gas = _column(str(cell["gas"]))
        return "2.3" if gas in FLUORINATED else "2.2" if gas == "N2O" else row
    return row


def _value(sums: pd.DataFrame, row: str, gas: str) -> float:
    if gas not in sums:
        return float("nan")
    prefix = _TOTALS.get(row)
    picked = sums[gas][[str(i).startswith(prefix) if prefix else i == row for i in sums.index]]
    return float(picked.sum(min_count=1))
