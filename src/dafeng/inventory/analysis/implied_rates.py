"""Rates that a balance implies, fuel over electricity and heat and coke over coal, against ranges that balances have."""

from functools import cache

import pandas as pd

from dafeng.evidence import Finding, Severity, packaged_rows
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


def implied_rate_findings(cells: pd.DataFrame) -> list[Finding]:
    """Return a warning for each rate of a balance outside its limits; no number is changed.

    Parameters
    ----------
    cells
        Energy balance: region, year, row, fuel, value [fuel unit].
    """
    table, by_id = implied_rates(cells), {limit["id"]: limit for limit in _limits()}
    off = table[(table["value"] < table["low"]) | (table["value"] > table["high"])]
    found = []
    for line in off.to_dict("records"):
        limit = by_id[str(line["id"])]
        place = f"{line['region']} {line['year']}".strip()
        span = f"{line['low']:g}–{line['high']:g} {limit['unit']}"
        found.append(
            Finding(
                "implied-rate", Severity.WARNING, f"{limit['row']}, {place}",
                f"{place}{limit['zh']}{line['value']:,.3g} {limit['unit']},超出{span}({limit['grade']}级):该行的投入或产出可能有误,未修改",
                f"{place}: {limit['en']} is {line['value']:,.3g} {limit['unit']}, outside {span} (grade {limit['grade']}: {limit['source']}): "
                "input or output of the row may be wrong, left unchanged",
                ("implied_rates.csv",),
            )
        )  # fmt: skip
    return found
