"""CH4 and N2O of fuel combustion: energy by branch and fuel × the default of its sector class."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from dafeng.factors import table, usable
from dafeng.inventory.accounts.downscaling import distinct
from dafeng.inventory.accounts.model import COLUMNS, TRACE
from dafeng.inventory.balance.names import fuel_names
from dafeng.inventory.equations.combustion import trace_gases
from dafeng.inventory.equations.default_uncertainties import half_width

GASES: Mapping[str, str] = {"CH4": "ef_ch4", "N2O": "ef_n2o"}
CLASSES: Mapping[str, str] = {
    "power": "energy_industries",
    "heat": "energy_industries",
    "refining": "energy_industries",
    "coking": "energy_industries",
    "buildings_public": "commercial",
    "buildings_urban": "residential_agri",
    "buildings_rural": "residential_agri",
    "agriculture": "residential_agri",
}
"""Branch → class of the IPCC 2006 defaults; every other branch is manufacturing."""

MOBILE: Mapping[str, tuple[str, str]] = {
    "Gasoline": ("transport-0002", "transport-0011"),
    "Diesel_Oil": ("transport-0005", "transport-0014"),
    "Natural_Gas": ("transport-0006", "transport-0015"),
    "LPG": ("transport-0007", "transport-0016"),
    "Kerosene": ("transport-0024", "transport-0027"),
    "Fuel_Oil": ("transport-0021", "transport-0022"),
    "Raw_Coal": ("transport-0019", "transport-0020"),
}
"""Fuel → rows of the transport table (CH4, N2O): gasoline with catalyst, road diesel, ships' oil, rail
coal."""

_AS = {"raw_coal": "bituminous", "cleaned_coal": "bituminous", "other_washed_coal": "bituminous"}


@cache
def _stationary() -> dict[tuple[str, str, str], tuple[float, str]]:
    """(fuel key, class, parameter) → kg/TJ and the row's id, IPCC 2006 defaults."""
    rows = table("fuels")
    rows = rows[(rows["set"] == "ipcc2006") & rows["parameter"].isin(GASES.values()) & rows["value"].notna()]
    found = {}
    for line in rows.to_dict("records"):
        fuel, _, group = str(line["condition"]).partition("; ")
        if usable(str(line["status"])):
            found[fuel, group, str(line["parameter"])] = (float(line["value"]), str(line["id"]))
    return found


@cache
def _mobile() -> dict[str, float]:
    rows = table("transport")
    return {str(r["id"]): float(r["value"]) for r in rows.to_dict("records") if pd.notna(r["value"])}


def trace_factor(branch: str, fuel: str, gas: str) -> tuple[float, str] | None:
    """Return the factor [kg/TJ] of `gas` for `fuel` burnt in `branch`, and its row of the factor tables.

    None where there is none.

    >>> trace_factor("power", "Raw_Coal", "N2O"), trace_factor("transport", "Diesel_Oil", "CH4")
    ((1.5, 'fuels-0447'), (3.9, 'transport-0005'))
    """
    if branch == "transport":
        rows = MOBILE.get(fuel)
        row = None if rows is None else rows[list(GASES).index(gas)]
        return None if row is None else (_mobile()[row], row)
    key = fuel_names()[fuel].factor_fuel
    return _stationary().get((_AS.get(key, key), CLASSES.get(branch, "manufacturing"), GASES[gas]))


def trace_cells(combustion: pd.DataFrame) -> pd.DataFrame:
    """Compute the cells of CH4 and N2O by year, branch and fuel from the combustion cells.

    Fuels without a default are left out.
    """
    burnt = combustion[combustion["energy_tj"] > 0]
    if burnt.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    keys = ["year", "branch", "sector", "fuel"]
    # groups by one number: the order of the keys, because a group by four texts takes most of the time
    number = np.zeros(len(burnt), dtype=np.int64)
    for key in keys:
        code, values = pd.factorize(burnt[key].to_numpy(), sort=True)
        number = number * len(values) + code
    # ASCII order of the letters, because the maximum of text is a Python loop over every group
    ranked, letters = pd.factorize(burnt["grade"].to_numpy(dtype=object), sort=True)
    summed = pd.DataFrame({"energy_tj": burnt["energy_tj"].to_numpy(), "rank": ranked}).groupby(number)
    first = pd.Series(number).drop_duplicates().sort_values().index.to_numpy()
    energy = burnt[keys].iloc[first].reset_index(drop=True)
    energy["energy_tj"] = summed["energy_tj"].sum().to_numpy()
    energy["grade"] = np.asarray(letters, dtype=object)[summed["rank"].max().to_numpy()]
    pairs, at = distinct(*(energy[name].to_numpy(dtype=object) for name in ("branch", "fuel")))
    parts = []
    for gas in GASES:
        chosen = [trace_factor(branch, fuel, gas) for branch, fuel in zip(*pairs, strict=True)]
        present = np.array([factor is not None for factor in chosen], dtype=bool)[at]
        known = energy[present]
        rates, rows = (
            np.array([blank if f is None else f[part] for f in chosen], dtype=kind)[at][present]
            for part, blank, kind in ((0, np.nan, np.float64), (1, "", object))
        )
        rate = np.asarray(rates, dtype=np.float64)
        value = trace_gases(known["energy_tj"], rate)
        width = half_width("factor.trace")
        parts.append(
            known.assign(
                category=TRACE,
                row="fuel combustion: " + known["branch"],
                activity=known["energy_tj"],
                activity_unit="TJ",
                energy_tj=0.0,
                emission_factor=rate / 1000,
                gas=gas,
                value_t=value,
                low_t=value * (1 - width),
                high_t=value * (1 + width),
                key="",
                source=rows,
                note="IPCC 2006 default",
                group=f"{gas} of combustion",
            )
        )
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
