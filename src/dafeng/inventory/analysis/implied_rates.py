"""Rates that a balance implies, fuel over electricity and heat and coke over coal, against ranges that balances have."""

from functools import cache

import pandas as pd

from dafeng.evidence import packaged_rows
from dafeng.inventory.balance.equivalents import coal_equivalents

COLUMNS = ["region", "year", "id", "value", "low", "high"]
_CARRIERS = frozenset({"Electricity", "Heat"})


@cache
def _limits() -> tuple[dict[str, str], ...]:
    return tuple(dict(row) for row in packaged_rows("dafeng.inventory", "data/implied_rates.csv"))


def implied_rates(cells: pd.DataFrame) -> pd.DataFrame:
    """Compute the rates of conversion that a balance implies, with their limits.

    Thermal power [gce/kWh], heating supply [kgce/GJ] and coking [t/t]; a rate needs input and output of its row.

    Parameters
    ----------
    cells
        Energy balance: region, year, row, fuel, value [fuel unit].

    Returns
    -------
    Columns region, year, id, value, low, high; limits and their source are in `data/implied_rates.csv`.
    """
    rates = coal_equivalents()
    lines: list[tuple[str, int, str, float, float, float]] = []
    for limit in _limits():
        mine = cells[(cells["row"] == limit["row"]).to_numpy()]
        size = mine["value"].abs()
        named = limit["in_fuels"].split("|") if limit["in_fuels"] else []
        enters = mine["fuel"].isin(named) if named else ~mine["fuel"].isin(_CARRIERS)
        weight = mine["fuel"].map(rates).fillna(0.0) if limit["in_unit"] == "tce" else 1.0
        by = [mine["region"], mine["year"]]
        entered = (size * weight).where(enters, 0.0).groupby(by).sum()
        made = size.where(mine["fuel"] == limit["out_fuel"], 0.0).groupby(by).sum()
        both = (entered > 0) & (made > 0)
        above, below = (made, entered) if limit["out_unit"] == limit["in_unit"] else (entered, made)
        value = above[both] / below[both] * float(limit["scale"])
        for (region, year), number in zip(value.index.to_flat_index(), value, strict=True):
            ends = float(limit["low"]), float(limit["high"])
            lines.append((str(region), int(str(year)), limit["id"], float(number), *ends))
    return pd.DataFrame(lines, columns=COLUMNS)


def rates_out_of_range(cells: pd.DataFrame) -> list[tuple[str, int, str, str, float]]:
    """Return the implied rates of a balance outside their limits.

    Parameters
    ----------
    cells
        Energy balance: region, year, row, fuel, value [fuel unit].

    Returns
    -------
    Region, year, row of the balance, the rate with its limits, and its relative distance from the nearer limit.
    """
    table, by_id = implied_rates(cells), {limit["id"]: limit for limit in _limits()}
    off = table[(table["value"] < table["low"]) | (table["value"] > table["high"])]
    found = []
    for line in off.to_dict("records"):
        limit, value = by_id[str(line["id"])], float(line["value"])
        near = float(line["low"] if value < line["low"] else line["high"])
        told = f"{limit['zh']} {value:,.3g},{line['low']:g}–{line['high']:g} {limit['unit']},{limit['grade']}"
        found.append((str(line["region"]), int(line["year"]), limit["row"], told, abs(value / near - 1.0)))
    return found
