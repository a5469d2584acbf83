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
    energy = combustion["energy_tj"].to_numpy(dtype=np.float64)
    burnt = np.flatnonzero(energy > 0)
    if not len(burnt):
        return pd.DataFrame(columns=list(COLUMNS))
    texts, kind = distinct(*(combustion[name].to_numpy(dtype=object)[burnt] for name in _KINDS))
    kinds = list(zip(*texts, strict=True))
    order = sorted(range(len(kinds)), key=kinds.__getitem__)
    rank = np.argsort(order)
    # groups by one number in the order of year, branch, sector and fuel: a group by texts takes most of the time
    number = combustion["year"].to_numpy(dtype=np.int64)[burnt] * len(kinds) + rank[kind]
    # ASCII order of the letters, because the maximum of text is a Python loop over every group
    letter, letters = pd.factorize(combustion["grade"].to_numpy(dtype=object)[burnt], sort=True)
    groups = pd.DataFrame({"energy": energy[burnt], "letter": letter}).groupby(number)
    summed, worst = groups["energy"].sum(), groups["letter"].max()
    year, place = np.divmod(summed.index.to_numpy(dtype=np.int64), len(kinds))
    of = np.asarray(order, dtype=np.intp)[place]
    tj, grade = summed.to_numpy(), np.asarray(letters, dtype=object)[worst.to_numpy()]
    parts = []
    for gas in GASES:
        chosen = [trace_factor(branch, fuel, gas) for branch, _, fuel in kinds]
        known = np.array([factor is not None for factor in chosen], dtype=bool)[of]
        rates = np.array([np.nan if factor is None else factor[0] for factor in chosen])[of][known]
        sources = np.array(["" if factor is None else factor[1] for factor in chosen], dtype=object)
        value = trace_gases(tj[known], rates)
        width = half_width("factor.trace")
        titles = np.array([f"fuel combustion: {branch}" for branch, _, _ in kinds], dtype=object)
        parts.append(
            {
                "year": year[known],
                "category": np.full(len(value), TRACE, dtype=object),
                "row": titles[of][known],
                **{name: column[of][known] for name, column in zip(_KINDS, texts, strict=True)},
                "activity": tj[known],
                "activity_unit": np.full(len(value), "TJ", dtype=object),
                "energy_tj": np.zeros(len(value)),
                "emission_factor": rates / 1000,
                "gas": np.full(len(value), gas, dtype=object),
                "value_t": value,
                "low_t": value * (1 - width),
                "high_t": value * (1 + width),
                "key": np.full(len(value), "", dtype=object),
                "grade": grade[known],
                "source": sources[of][known],
                "note": np.full(len(value), "IPCC 2006 default", dtype=object),
                "group": np.full(len(value), f"{gas} of combustion", dtype=object),
            }
        )
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in COLUMNS})


_KINDS = ("branch", "sector", "fuel")
