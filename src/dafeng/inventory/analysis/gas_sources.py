"""By-product gas burnt in places whose balance shows no process that makes it."""

from dataclasses import dataclass

import pandas as pd

BY = ["region", "year"]
INFLOW_ROWS = ("Inflow", "Import")


@dataclass(frozen=True, slots=True)
class _Origin:
    """Gases of one origin: made from `inputs` in `rows` of the balance (any row without one)."""

    gases: tuple[str, ...]
    inputs: tuple[str, ...]
    rows: tuple[str, ...]


COAL = ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Coal_Total")
ORIGINS = (
    _Origin(("Coke_Oven_Gas",), COAL, ("Coking", "Gas Works")),
    _Origin(("Blast_Furnace_Gas", "Converter_Gas", "Other_Gas"), ("Coke",), ()),
)
GASIFIED = _Origin(("Other_Gas",), (*COAL, "Coke"), ("Gas Works",))
"""Other gas is the gas of furnaces or of gas works."""


def gas_without_source(used: pd.DataFrame, balance: pd.DataFrame) -> pd.DataFrame:
    """Compute the CO2 of by-product gas burnt where the balance has neither its process nor its inflow.

    Coke-oven gas needs coal in coking or gas works; gas of furnaces coke in any row; other gas one of both. What
    came from outside is taken off by its share of the amount.

    Parameters
    ----------
    used
        Combustion: region, year, row, fuel, activity [fuel unit], value [t CO2].
    balance
        Energy balance: region, year, row, fuel, value [fuel unit].

    Returns
    -------
    Columns region, year, fuel, co2_t; no row where every gas has its process.
    """
    inflow = balance[balance["row"].isin(INFLOW_ROWS).to_numpy()]
    found = []
    for origin in ORIGINS:
        burnt = used[(used["fuel"].isin(origin.gases) & (used["activity"] > 0)).to_numpy()]
        sums = burnt.groupby([*BY, "fuel"])[["activity", "value"]].sum().reset_index()
        made, gasified = _places(balance, origin), _places(balance, GASIFIED)
        came = inflow[inflow["fuel"].isin(origin.gases).to_numpy()].groupby(BY)["value"].sum()
        whole = sums.groupby(BY)["activity"].sum()
        for region, year, fuel, co2 in sums[[*BY, "fuel", "value"]].itertuples(index=False):
            place = (region, year)
            if place in made or (fuel in GASIFIED.gases and place in gasified):
                continue
            left = 1.0 - float(came.get(place, 0.0)) / float(whole[place])
            if left > 0:
                found.append((str(region), int(year), str(fuel), float(co2) * min(left, 1.0)))
    return pd.DataFrame(found, columns=[*BY, "fuel", "co2_t"])


def _places(balance: pd.DataFrame, origin: _Origin) -> set[tuple[object, object]]:
    """Region and year in which the process has an input."""
    mine = balance["fuel"].isin(origin.inputs) & (balance["value"] != 0)
    if origin.rows:
        mine &= balance["row"].isin(origin.rows)
    return set(zip(balance.loc[mine, "region"], balance.loc[mine, "year"], strict=True))
