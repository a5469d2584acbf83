"""What all places of one energy inventory share: its activity burnt, and the factors of its rows and fuels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.factors import inventory_factors
from dafeng.inventory.accounts.burnt import CARRIERS, Burnt, burnt_activity
from dafeng.inventory.accounts.downscaling import ShareKeys, distinct, energy_cells, of_refinery, share_keys
from dafeng.inventory.accounts.emission_factors import CEADS, Factor, factors_of, is_own, version_of
from dafeng.inventory.accounts.sectoral import doubted
from dafeng.inventory.balance.diagnosis import Diagnosis
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import fuel_names, fuel_title
from dafeng.inventory.equations.default_uncertainties import fuel_half_width
from dafeng.units import TJ_PER_MWH, TJ_PER_TCE

Overrides = Mapping[tuple[str, str], str]


@dataclass(frozen=True, eq=False)
class ParentEnergy:
    """Energy of the case whose inventory counts, before it is downscaled.

    `cells` of the balance, its `carriers` (electricity and heat), its activity `burnt` with grade and source, the
    shares that the cells of the last two take, and the findings on the way.
    """

    cells: pd.DataFrame
    carriers: pd.DataFrame
    burnt: Burnt
    carrier_shares: ShareKeys
    burnt_shares: ShareKeys
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Rates:
    """Factors and texts of the activity burnt, looked up once a pair of row and fuel.

    `rows`, `fuels` and `refinery` [pair]; all others [cell], `pair` the pair of each: `energy` TJ per fuel unit,
    `factor` tCO2 per fuel unit, `fuel_width` the relative half-width of the fuel.
    """

    rows: NDArray[np.object_]
    fuels: NDArray[np.object_]
    refinery: NDArray[np.bool_]
    pair: NDArray[np.intp]
    energy: NDArray[np.float64]
    factor: NDArray[np.float64]
    fuel_width: NDArray[np.float64]
    notes: NDArray[np.object_]
    grades: NDArray[np.object_]
    sources: NDArray[np.object_]
    units: NDArray[np.object_]
    findings: tuple[Finding, ...]


@lru_cache(maxsize=8)
def energy_of(owner: Case) -> pd.DataFrame:
    """Return the energy table of `owner` with its text as plain objects."""
    return plain(owner.table("energy"))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its text as plain objects."""
    return frame.astype({name: object for name in frame.columns if frame[name].dtype == "str"})


@lru_cache(maxsize=8)
def parent_energy(
    owner: Case, years: tuple[int, ...], factor_set: str, doubts: tuple[Diagnosis, ...]
) -> ParentEnergy:
    """Return the energy of `owner` in `years`, with grade and width after the `doubts`: the same for all its places."""
    energy = energy_of(owner)
    cells = energy_cells(energy[energy["year"].isin(years)])
    told: list[Finding] = []
    quality = cells.groupby(["year", "row", "fuel"])[["grade", "source"]].first()
    whole = burnt_activity(Balance(cells, ()), merge=factor_set == CEADS, findings=told)
    burnt = whole.cells.rename(columns={"amount": "value"})
    keys = pd.MultiIndex.from_frame(burnt[["year", "row", "fuel"]])
    burnt["grade"] = quality["grade"].reindex(keys).fillna("B").to_numpy()
    burnt["source"] = quality["source"].reindex(keys).fillna("").to_numpy()
    burnt["grade"], burnt["activity_width"] = doubted(burnt, doubts)
    carriers = cells[cells["fuel"].isin(CARRIERS)]
    return ParentEnergy(
        cells, carriers, replace(whole, cells=burnt), share_keys(carriers), share_keys(burnt), tuple(told)
    )


def rates_of(parent: ParentEnergy, factor_set: str, overrides: Overrides) -> Rates:
    """Return the factors of the activity that a parent burns.

    Parameters
    ----------
    parent
        Energy of the case whose inventory counts.
    factor_set
        Set of the emission factors.
    overrides
        Another set for single cells: (row, fuel) → set, row "" for every row of the fuel.
    """
    chosen = tuple(sorted(overrides.items()))
    # a table of factors that is edited is another one
    versions = tuple(version_of(name) for name in (factor_set, *(name for _, name in chosen)))
    return _rates(parent, factor_set, chosen, versions)


@lru_cache(maxsize=8)
def _rates(
    parent: ParentEnergy,
    factor_set: str,
    overrides: tuple[tuple[tuple[str, str], str], ...],
    _versions: tuple[tuple[int, int], ...],
) -> Rates:
    cells, others = parent.burnt.cells, dict(overrides)
    (rows, fuels), at = distinct(cells["row"].to_numpy(dtype=object), cells["fuel"].to_numpy(dtype=object))
    chosen = [
        _factor(row, fuel, others.get((row, fuel), others.get(("", fuel), factor_set)))
        for row, fuel in zip(rows, fuels, strict=True)
    ]
    per_unit = _energy_per_unit(factor_set)
    told = dict.fromkeys((fuel, f.how) for fuel, f in zip(fuels, chosen, strict=True) if f.how)
    notes, grades, sources, units = (
        np.array(texts, dtype=object)[at]
        for texts in (
            [f.how for f in chosen],
            [f.grade for f in chosen],
            [f";{f.source}" for f in chosen],
            [fuel_names()[fuel].kind for fuel in fuels],
        )
    )
    return Rates(
        rows,
        fuels,
        of_refinery(pd.DataFrame({"row": rows, "fuel": fuels})).to_numpy(),
        at,
        np.array([per_unit.get(fuel, 0.0) for fuel in fuels])[at],
        np.array([f.value for f in chosen])[at],
        np.array([fuel_half_width(fuel) for fuel in fuels])[at],
        notes,
        grades,
        sources,
        units,
        tuple(_fallback(factor_set, fuel, how) for fuel, how in told),
    )


def _factor(row: str, fuel: str, factor_set: str) -> Factor:
    factors = factors_of(factor_set)
    return factors.get((row, fuel)) or factors.get(("", fuel)) or Factor(np.nan, "E", "", "")


def _fallback(factor_set: str, fuel: str, how: str) -> Finding:
    return Finding(
        "factor-fallback",
        Severity.NOTE,
        f"{factor_set}: {fuel}",
        f"{factor_set}中没有可用的{fuel_title(fuel)}因子,改用:{how}",
        f"no usable factor of {fuel} in {factor_set}; used: {how}",
        (factor_set,),
    )


@cache
def _energy_per_unit(factor_set: str) -> dict[str, float]:
    """TJ per fuel unit; heat in TJ, electricity in MWh, other energy in tce."""
    chosen = (
        inventory_factors() if factor_set == CEADS or is_own(factor_set) else inventory_factors(factor_set)
    )
    found = {str(fuel): float(ncv) for fuel, ncv in chosen["ncv"].dropna().items()}
    return {**found, "Heat": 1.0, "Electricity": TJ_PER_MWH, "Other_Energy": TJ_PER_TCE}
