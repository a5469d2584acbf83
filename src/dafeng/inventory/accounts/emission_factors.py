"""Emission factors by balance row and fuel from a named set, ready for arrays; missing ones stay missing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, Problems, packaged_rows
from dafeng.factors import (
    ANY_SECTOR,
    DEFAULT_SET,
    ceads_factors,
    fuel_factors,
    fuel_sets,
    inventory_factors,
    usable,
)
from dafeng.factors import table as factor_table
from dafeng.inventory.balance.equivalents import SETS_BY_DEFAULT, heating_values
from dafeng.inventory.balance.names import find_fuel, find_row, fuel_names, row_names
from dafeng.inventory.balance.own_factors import read_own_factors
from dafeng.inventory.balance.own_tables import named_lines
from dafeng.inventory.equations.combustion import combustion_co2
from dafeng.units import CARBON_TO_CO2

CEADS = "ceads"
POWER_ROW = "Electric Power, Steam and Hot Water Production and Supply"
CHEMICAL_ROWS = (
    "Raw Chemical Materials and Chemical Products",
    "Medical and Pharmaceutical Products",
    "Chemical Fiber",
    "Rubber Products",
    "Plastic Products",
)
OVERRIDE_COLUMNS = ("row", "fuel", "factors")
_REFERENCE_COAL = "Raw_Coal"


def factor_sets() -> list[str]:
    """Return the names for `--factors`: `ceads` and every set of the tables that has emission factors."""
    return [CEADS, *(name for name in fuel_sets() if name != "gbt2589_2020")]


@dataclass(frozen=True, slots=True)
class Factor:
    """Emission factor in tCO2 per fuel unit.

    `how` states its origin when it is not the cell's own published factor.

    `net_calorific_value` [TJ/unit], `carbon_content` [tC/TJ] and `oxidation` make up the value where it is
    published in parts; a factor that is published as a whole (CEADs) counts its carbon by the fuel unit.
    """

    value: float
    grade: str
    source: str
    how: str = ""
    net_calorific_value: float = 1.0
    carbon_content: float = np.nan
    oxidation: float = 1.0

    @property
    def carbon(self) -> float:
        """Return the carbon content in tC per TJ, or per fuel unit without a stated calorific value."""
        return self.value / CARBON_TO_CO2 if np.isnan(self.carbon_content) else self.carbon_content


def _in_parts(frame: pd.DataFrame) -> Iterator[tuple[str, Factor]]:
    """Factors of a table of calorific value, carbon content and oxidation.

    CO2 of burning one unit each.
    """
    parts = [frame[c].to_numpy(dtype=np.float64) for c in ("ncv", "carbon_content", "oxidation")]
    values = combustion_co2(1.0, *parts)
    texts = [
        frame[c].astype(str) if c in frame else [""] * len(frame) for c in ("grade", "source", "fallback")
    ]
    for fuel, value, grade, source, how, ncv, carbon, oxidation in zip(
        frame.index, values, *texts, *parts, strict=True
    ):
        if np.isfinite(value):
            yield (
                str(fuel),
                Factor(float(value), grade, source, how, float(ncv), float(carbon), float(oxidation)),
            )


def factors_of(set_name: str) -> dict[tuple[str, str], Factor]:
    """Return the emission factors of the set `set_name`: (row, fuel) → factor.

    Fuels with one factor for all rows have row "".

    `ceads`: factors that the CEADs inventories imply; a coal product in a branch without an own factor
    takes raw coal's factor there times the ratio of the two fuels in all other branches (one oxidation rate
    per branch); industry as one row takes the mean of its branches, weighted by use (`industry_mix`). Any
    other set: its factors, where it lacks a fuel those of `guide2011`, then of the default set, reported in
    `how`.

    Raises: DafengError for an unknown set.
    """
    # a table that is edited is read again
    return _own(Path(set_name), version_of(set_name)) if is_own(set_name) else _built_in(set_name)


def version_of(set_name: str) -> tuple[int, int]:
    """Return time of change and size of a table of the user's own; zeros for a built-in set."""
    path = Path(set_name)
    if not is_own(set_name) or not path.is_file():
        return 0, 0
    return path.stat().st_mtime_ns, path.stat().st_size


@cache
def _built_in(set_name: str) -> dict[tuple[str, str], Factor]:
    if set_name == CEADS:
        return _ceads()
    if set_name not in factor_sets():
        raise DafengError.at("--factors", set_name, f"one of {', '.join(factor_sets())}")
    return _published(set_name)


def is_own(set_name: str) -> bool:
    """Check whether a factor set is a table of the user's own, a CSV file."""
    return set_name.lower().endswith(".csv")


@lru_cache(maxsize=16)
def _own(path: Path, _changed: tuple[int, int]) -> dict[tuple[str, str], Factor]:
    """The factors of a user's table; what it lacks falls back as for any set, to the default set last."""
    heating = heating_values()
    found = {}
    for own in read_own_factors(path, heating):
        energy = heating.get(own.fuel, 1.0)
        carbon = own.value / energy / CARBON_TO_CO2
        found[own.row, own.fuel] = Factor(own.value, own.grade, own.source, "", energy, carbon)
    for key, factor in _published(DEFAULT_SET).items():
        how = factor.how if factor.how.startswith("energy") else f"{path.name} → {DEFAULT_SET}"
        found.setdefault(key, replace(factor, how=how))
    return found


def _published(set_name: str) -> dict[tuple[str, str], Factor]:
    found = {("", fuel): factor for fuel, factor in _in_parts(inventory_factors(set_name))}
    table = fuel_factors(set_name)
    single = dict(_in_parts(table))
    for name in fuel_names().values():
        factor = single.get(name.factor_fuel)
        if factor is not None and table.at[name.factor_fuel, "unit"] == name.kind:
            found.setdefault(("", name.fuel), factor)
    # what the set lacks falls back by one rule for all fuels: to guide2011, then to the default set
    for other in SETS_BY_DEFAULT:
        if other != set_name:
            _fall_back(found, other, set_name)
    coal = found["", "Raw_Coal"]
    heating = heating_values()["Gangue"]
    value = float(combustion_co2(1.0, heating, coal.carbon_content, coal.oxidation))
    told = "energy of GB/T 2589 × carbon content of raw coal"
    found["", "Gangue"] = Factor(value, "E", coal.source, told, heating, coal.carbon_content, coal.oxidation)
    return found


def _fall_back(found: dict[tuple[str, str], Factor], other: str, wanted: str) -> None:
    """Add the factors of the set `other` for the missing fuels, in the unit of the balances."""
    table = fuel_factors(other)
    single = dict(_in_parts(table[table["status"].map(usable)]))
    for name in fuel_names().values():
        factor = single.get(name.factor_fuel)
        if factor is not None and table.at[name.factor_fuel, "unit"] == name.kind:
            found.setdefault(("", name.fuel), replace(factor, how=f"{wanted} → {other}"))


def _ceads() -> dict[tuple[str, str], Factor]:
    frame = ceads_factors()
    spelling = {r["factor_sector"]: r["inventory_row"] for r in factor_table("ceads_rows").to_dict("records")}
    found: dict[tuple[str, str], Factor] = {}
    for fuel, sector, ef, grade, source in zip(
        *(frame[c] for c in ("fuel", "sector", "ef_per_unit", "grade", "source")), strict=True
    ):
        row = "" if sector == ANY_SECTOR else _row(str(sector), spelling)
        found[row, str(fuel)] = Factor(float(ef), str(grade), str(source))
    with_one_factor = {fuel for row, fuel in found if row == ""} | {"Other_Petroleum_Products"}
    coal_fuels = sorted({fuel for _, fuel in found} - with_one_factor)
    for fuel in coal_fuels:
        own = {row for row, f in found if f == fuel and row}
        _fill_from_raw_coal(found, fuel, own)
    for fuel in coal_fuels:
        _add_means(found, fuel)
    # CEADs counts these products as burnt as input of power and heating (which `burnt_activity` puts into the
    # power branch) and as feedstock in final use: all 240 province-years 2015–2022 agree within 0.02 % so
    power = found[POWER_ROW, "Other_Petroleum_Products"]
    found["", "Other_Petroleum_Products"] = Factor(0.0, "D", power.source, "feedstock in final use")
    columns = {name.ceads_fuel for name in fuel_names().values()}
    for (row, fuel), factor in _published(DEFAULT_SET).items():
        # fuels without a column of their own: liquefied gas, and those that a file gives as energy
        if fuel not in columns:
            how = factor.how if factor.how.startswith("energy") else f"{CEADS} → {DEFAULT_SET}"
            found.setdefault((row, fuel), replace(factor, how=how))
    return found


def _row(sector: str, spelling: dict[str, str]) -> str:
    name = find_row(sector) or find_row(spelling.get(sector, sector))
    if name is None:
        raise DafengError.at("factors/fuels_ceads_implied", sector, "a row of the energy balance")
    return name.row


def _fill_from_raw_coal(found: dict[tuple[str, str], Factor], fuel: str, own: set[str]) -> None:
    raw = {row: f for (row, name), f in found.items() if name == _REFERENCE_COAL}
    common = [found[row, fuel].value / raw[row].value for row in own if row in raw]
    if fuel == _REFERENCE_COAL or not common:
        return
    ratio = float(np.median(common))
    for row in raw.keys() - own:
        found[row, fuel] = Factor(
            raw[row].value * ratio, "D", raw[row].source, f"raw coal here × {ratio:.4f}"
        )


def _add_means(found: dict[tuple[str, str], Factor], fuel: str) -> None:
    """Factors of industry and households as one row, and of branches without any: means of the others.

    Industry is weighted by what its branches use, the power branch among them (`industry_mix`).
    """
    shares = industry_mix()
    known = [row for row in shares.get(fuel, {}) if (row, fuel) in found]
    source = f"fuels_ceads_implied:{fuel}"
    if known:
        weights = [shares[fuel][row] for row in known]
        mean = float(np.average([found[row, fuel].value for row in known], weights=weights))
        told = "mean of branches, weighted by use"
        for name in row_names().values():
            if (
                name.kind in ("industry", "branch", "subtotal", "final_total", "own_use")
                and (name.row, fuel) not in found
            ):
                found[name.row, fuel] = Factor(mean, "D", source, told)
    homes = [found[row, fuel].value for row in ("Urban", "Rural") if (row, fuel) in found]
    if homes:
        found["Residential", fuel] = Factor(float(np.mean(homes)), "D", source, "mean of town and country")


@cache
def industry_mix() -> dict[str, dict[str, float]]:
    """Compute the branch shares of industry's final use of a coal product: fuel → branch → share.

    Feedstock is deducted.

    Sums of 2015–2019 from the CEADs energy inventories of Jiangxi; against Jiangxi's published inventories
    of 2007 and 2014 (industry as one row) the raw-coal total is off by 0.5 % and 2 %.
    """
    found: dict[str, dict[str, float]] = {}
    for line in packaged_rows("dafeng.inventory", "data/industry_mix.csv"):
        found.setdefault(line["fuel"], {})[line["row"]] = float(line["share"])
    return found


def read_overrides(path: Path) -> dict[tuple[str, str], str]:
    """Read factor overrides from a CSV with the columns row, fuel, factors.

    Result: (row, fuel) → factor set, for `build(…, overrides=…)`.

    An empty row means every row of the fuel. Names in NBS Chinese, NBS English or CEADs spelling.

    Parameters
    ----------
    path
        The CSV file.

    Raises
    ------
    DafengError
        With all problems: missing columns; unknown rows, fuels and sets; a set without the fuel; a cell
        twice.
    """
    if not path.is_file():
        raise DafengError.at(str(path), "no such file", "a CSV file that can be read")
    reader = named_lines(path)
    missing = [name for name in OVERRIDE_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DafengError.at(f"{path.name}:1", f"no column {', '.join(missing)}", ", ".join(OVERRIDE_COLUMNS))
    problems, found = Problems(), {}
    for number, line in enumerate(reader, start=2):
        where = f"{path.name}:{number}"
        row_name, fuel_name, chosen = ((line[name] or "").strip() for name in OVERRIDE_COLUMNS)
        row, fuel = find_row(row_name) if row_name else None, find_fuel(fuel_name)
        if row_name and row is None:
            problems.add(where, f"row {row_name}", "a row of the energy balance, or nothing for all rows")
        if fuel is None:
            problems.add(where, f"fuel {fuel_name}", "a fuel of the energy balance")
        if chosen not in factor_sets():
            problems.add(where, f"factors {chosen}", f"one of {', '.join(factor_sets())}")
        if fuel is None or chosen not in factor_sets() or (row_name and row is None):
            continue
        key = (row.row if row is not None else "", fuel.fuel)
        known = factors_of(chosen)
        if key not in known and ("", fuel.fuel) not in known:
            problems.add(where, f"{chosen} without a factor of {fuel.fuel}", "a set that has one")
        if key in found:
            problems.add(where, f"{row_name or 'all rows'}, {fuel_name} twice", "one set a cell")
        found[key] = chosen
    problems.raise_if_any()
    return found
