"""Fuel emission factors: net calorific value, carbon content, oxidation and CO2 of fuels, by named set.

CO2 per energy = carbon content × oxidation fraction × 44/12; CO2 per physical unit = that × net calorific
value (省级温室气体清单编制指南 2011, ch. 1; GB/T 32151 series, annex C; IPCC 2006 vol. 2 ch. 2, eq. 2.1).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Grade, NotationKey
from dafeng.factors.tables import grade, rows, table, usable
from dafeng.units import CARBON_TO_CO2

DEFAULT_SET = "gbt32151_22_2024"
COMPOSITE_COAL_SET = "guide2011"
ANY_SECTOR = "(any other sector)"

_UNITS = {"GJ/t": ("t", 1e-3), "GJ/10^4 m3": ("m3", 1e-7)}


def emission_factor(carbon_content: ArrayLike, oxidation_fraction: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Return the CO2 emission factor of energy [tCO2/TJ] = carbon content × oxidation fraction × 44/12.

    Parameters
    ----------
    carbon_content : tC/TJ, any shape
    oxidation_fraction : 0–1, broadcast

    Source: IPCC 2006 Guidelines vol. 2 ch. 1 (the factor written out). By hand: 26.37 × 0.94 × 44/12 =
    90.8886.

    >>> round(float(emission_factor(26.37, 0.94)), 4)
    90.8886
    """
    return np.asarray(np.multiply(carbon_content, oxidation_fraction) * CARBON_TO_CO2, dtype=np.float64)


def fuel_sets() -> list[str]:
    """Return the names of the factor sets accepted by `fuel_factors`."""
    return sorted(table("fuels_wide")["set"].unique())


def fuel_factors(set_name: str = DEFAULT_SET) -> pd.DataFrame:
    """Return the emission factors of one set, by fuel; a blank of the set is NaN.

    Index `fuel`; columns name_zh, name_en, unit (t or m3, the physical unit), ncv [TJ/unit],
    carbon_content [tC/TJ], oxidation [1], ef_per_tj [tCO2/TJ], ef_per_unit [tCO2/unit], tce_per_unit
    [tce/unit; tce/TJ for heat, tce/MWh for electricity], set, status, grade, source, note. Sets:
    `gbt32151_22_2024` (default), `guide2011`, `enterprise_steel_2013`, `enterprise_chem_2013`, `ipcc2006`
    (oxidation 1, gases per tonne), `gbt2589_2020` (coal equivalent only).

    Parameters
    ----------
    set_name
        Id of the set.

    Returns
    -------
    Factors by fuel.

    Raises
    ------
    DafengError
        For a set that does not exist.
    """
    wide = table("fuels_wide")
    if set_name not in set(wide["set"]):
        raise DafengError.at("factors/fuels_wide", f"set {set_name}", f"one of {', '.join(fuel_sets())}")
    wide = wide[wide["set"] == set_name].reset_index(drop=True)
    unit = wide["ncv_unit"].map(lambda u: _UNITS[u][0] if u else "")
    scale = wide["ncv_unit"].map(lambda u: _UNITS[u][1] if u else 1e-3)
    ncv = wide["ncv"] * scale
    ef_per_tj = pd.Series(emission_factor(wide["carbon_content_tC_per_TJ"], wide["oxidation"]))
    coal_unit, tce = _coal_equivalent(wide)
    return pd.DataFrame(
        {
            "fuel": wide["fuel"],
            "name_zh": wide["fuel_cn"],
            "name_en": wide["fuel_en"],
            "unit": unit.where(unit != "", coal_unit),
            "ncv": ncv,
            "carbon_content": wide["carbon_content_tC_per_TJ"],
            "oxidation": wide["oxidation"],
            "ef_per_tj": ef_per_tj,
            "ef_per_unit": ef_per_tj * ncv,
            "tce_per_unit": tce,
            "set": wide["set"],
            "status": wide["status"],
            "grade": wide["status"].map(lambda status: grade(status).value),
            "source": "fuels_wide:" + wide["set"] + ":" + wide["fuel"],
            "note": wide["note"],
        }
    ).set_index("fuel")


def _coal_equivalent(wide: pd.DataFrame) -> tuple["pd.Series[str]", "pd.Series[float]"]:
    units = {"kgce/kg": ("t", 1.0), "kgce/m3": ("m3", 1e-3), "kgce/MJ": ("TJ", 1e3), "kgce/kWh": ("MWh", 1.0)}
    unit = wide["tce_unit"].map(lambda u: units[u][0] if u else "")
    return unit, wide["tce_coef"] * wide["tce_unit"].map(lambda u: units[u][1] if u else 1.0)


def fuel_names() -> pd.DataFrame:
    """Return the mapping from fuels of CEADs and of the NBS balances to fuels of the factor tables.

    Columns ceads_fuel, nbs_name_zh (several by |), fuel (blank: no factor), unit, emits (0: emissions are
    included elsewhere), basis (same | composite | choice | none), note. Raw coal is the composite of
    `guide2011`.
    """
    return table("fuel_names")


def inventory_factors(set_name: str = DEFAULT_SET) -> pd.DataFrame:
    """Return the emission factors of the twenty fuels of the CEADs inventory.

    Index `ceads_fuel`, columns as `fuel_factors`.

    Additional columns: fuel, emits (bool), basis, key (IE where emissions are included elsewhere, NE where no
    factor is available, else blank) and fallback (the reason where the factor is not of `set_name`). A fuel
    that the set lacks (raw coal above all) comes from `guide2011`, then from the default set, never silently.

    Parameters
    ----------
    set_name
        Id of the set.

    Returns
    -------
    Factors by fuel of the inventory.

    Raises
    ------
    DafengError
        For a set that does not exist.
    """
    wanted = fuel_factors(set_name)
    chain = [wanted, fuel_factors(COMPOSITE_COAL_SET), fuel_factors(DEFAULT_SET)]
    lines: list[dict[str, object]] = []
    for name in rows("fuel_names"):
        if not name["ceads_fuel"]:
            continue
        line = {
            "ceads_fuel": name["ceads_fuel"],
            "fuel": name["fuel"],
            "emits": name["emits"] == "1",
            "basis": name["basis"],
        }
        found = None
        if line["emits"]:
            found = next((_row(factors, name["fuel"]) for factors in chain if _serves(factors, name)), None)
        if found is None:
            key = NotationKey.NE if line["emits"] else NotationKey.IE
            line |= {
                "key": key.value,
                "unit": name["unit"],
                "name_zh": name["nbs_name_zh"].split("|")[0],
                "note": name["note"],
                "grade": Grade.E.value,
            }
        else:
            shifted = "" if found["set"] == set_name else f"{set_name} → {found['set']}"
            line |= {
                **found,
                "key": "",
                "fallback": shifted,
                "note": _join(found["note"], name["note"]),
            }
        lines.append(line)
    frame = pd.DataFrame(lines).set_index("ceads_fuel")
    text = ["fuel", "key", "fallback", "set", "status", "source", "note", "name_zh", "name_en"]
    return frame.fillna(dict.fromkeys(text, ""))


def _serves(factors: pd.DataFrame, name: Mapping[str, str]) -> bool:
    """Check whether the set has a complete, usable factor for this fuel in the unit of the balances."""
    if name["fuel"] not in factors.index:
        return False
    row = factors.loc[name["fuel"]]
    return bool(pd.notna(row["ef_per_unit"]) and row["unit"] == name["unit"] and usable(str(row["status"])))


def _row(factors: pd.DataFrame, fuel: str) -> dict[str, Any]:
    return {str(column): factors.at[fuel, column] for column in factors.columns}


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def ceads_factors() -> pd.DataFrame:
    """Return the implied emission factors of the CEADs inventories, fitted over all provinces 2018–2021.

    Columns fuel (CEADs spelling), sector (or `ANY_SECTOR`), ef_per_unit [tCO2/unit], unit (t | m3), cells,
    share_agreeing (share of cells within 0.2 %), usable (False where the rule could not be resolved),
    status, grade, source, note. Fuels made of coal have sector-specific factors and no `ANY_SECTOR` row.
    """
    raw = table("fuels_ceads_implied")
    per_volume = raw["unit"] == "tCO2/10^4 m3"
    return pd.DataFrame(
        {
            "fuel": raw["ceads_fuel"],
            "sector": raw["ceads_sector"],
            "ef_per_unit": raw["ef"].where(~per_volume, raw["ef"] / 1e4),
            "unit": per_volume.map({True: "m3", False: "t"}),
            "cells": raw["n"],
            "share_agreeing": raw["share_within"],
            "usable": ~raw["note"].str.contains("do not use"),
            "status": raw["status"],
            "grade": raw["status"].map(lambda status: grade(status).value),
            "source": "fuels_ceads_implied:" + raw["ceads_fuel"],
            "note": raw["note"],
        }
    )
