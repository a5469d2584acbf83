"""Construction of an inventory: downscaled energy, electricity, processes, and what is not estimated."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from threading import Lock

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, NotationKey, Severity
from dafeng.factors import inventory_factors
from dafeng.inventory.accounts.burnt import CARRIERS, Burnt, burnt_activity
from dafeng.inventory.accounts.categories import category_cells, cement_cells, settle_clinker
from dafeng.inventory.accounts.checks import findings_of
from dafeng.inventory.accounts.downscaling import distinct, downscale, energy_cells, of_refinery
from dafeng.inventory.accounts.electricity_balance import electricity_of
from dafeng.inventory.accounts.emission_factors import CEADS, Factor, factors_of, is_own
from dafeng.inventory.accounts.model import COLUMNS, COMBUSTION, IMPORT, Inventory, warming
from dafeng.inventory.accounts.sectoral import compare_approaches, doubted
from dafeng.inventory.accounts.trace_gas import trace_cells
from dafeng.inventory.analysis.case_diagnosis import doubts_of_place, owner_of_energy
from dafeng.inventory.balance.diagnosis import Diagnosis
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import fuel_names, fuel_title, row_names
from dafeng.inventory.equations.default_uncertainties import fuel_half_width, half_width
from dafeng.inventory.equations.electricity import imported_electricity_co2
from dafeng.inventory.equations.uncertainty import combine_product
from dafeng.units import TJ_PER_MWH, TJ_PER_TCE

BURNING = frozenset(
    {"final", "branch", "industry", "residential", "power_input", "heat_input", "final_total"}
)
IMPORT_ROW = "Electricity import"
ELECTRICITY_RULE = "net import × average factor of the provincial grid"


def build(
    case: Case,
    years: Iterable[int] | None = None,
    factor_set: str | None = None,
    gwp_set: str | None = None,
    overrides: Mapping[tuple[str, str], str] | None = None,
) -> Inventory:
    """Build the inventory of `case` for `years` (default: those of city.yaml).

    All accounts are in one set of cells.

    Energy is the case's own, else its parent's times the shares of proxies.csv. `factor_set` (see
    `factor_sets`) and `gwp_set` default to the choices of city.yaml. `overrides` gives single cells another
    set: (row, fuel) → set, row "" for every row of the fuel.

    Parameters
    ----------
    case
        The case.
    years
        Years of the inventory (default: those of city.yaml).
    factor_set
        See `factor_sets`; default: city.yaml.
    gwp_set
        Set of warming potentials; default: city.yaml.
    overrides
        Another set for single cells: (row, fuel) → set, row "" for every row of the fuel.

    Raises
    ------
    DafengError
        For a year without energy data, an unknown set, or a proxy that does not fit.
    """
    # plain objects for text: every filter and group on Arrow text costs twice the time of the whole build
    with plain_text():
        return _built(case, years, factor_set, gwp_set, overrides)


_INFER = "future.infer_string"
_building = 0
_entering = Lock()


@contextmanager
def plain_text() -> Iterator[None]:
    """Let pandas keep text as plain objects until the last of the builds at work has ended.

    The option is one for all threads: each restoring it by itself would change it under the others.
    """
    global _building
    with _entering:
        if not _building:
            pd.set_option(_INFER, False)
        _building += 1
    try:
        yield
    finally:
        with _entering:
            _building -= 1
            if not _building:
                pd.reset_option(_INFER)


def _built(
    case: Case,
    years: Iterable[int] | None,
    factor_set: str | None,
    gwp_set: str | None,
    overrides: Mapping[tuple[str, str], str] | None,
) -> Inventory:
    options = case.city.account
    factor_set = factor_set or str(options.get("fuel_set", "gbt32151_22_2024"))
    gwp_set = gwp_set or str(options.get("gwp_set", "AR5"))
    warming(gwp_set)
    owner = owner_of_energy(case)
    energy = _energy(owner)
    wanted = _years(case, energy, years)
    findings: list[Finding] = list(case.findings)
    parent, used, whole, told = _burnt(owner, tuple(wanted), factor_set)
    findings += told
    doubts, told_of = doubts_of_place(case, wanted)
    findings += told_of
    burnt = _combustion(_doubted(whole, doubts), case, factor_set, findings, overrides or {})
    if owner is case:
        ours = burnt.groupby(["region", "year"])["value_t"].sum()
        findings += compare_approaches(Balance(parent, ()), factor_set, ours)
    sectors = _plain(case.effective("sectors")).set_index("row")
    carriers, power, more = electricity_of(case, used, downscale(used, case))
    findings += more
    combustion = _with_sectors(burnt, sectors)
    parts = [
        combustion,
        trace_cells(combustion),
        _import_cells(power),
        cement_cells(case, wanted),
        pd.DataFrame(category_cells(case, wanted)),
        _unknown_energy(energy[energy["year"].isin(wanted)], sectors),
    ]
    cells = pd.concat([part for part in parts if len(part)], ignore_index=True)
    cells = settle_clinker(cells[list(COLUMNS)])
    carriers = carriers.assign(branch=carriers["row"].map(sectors["branch"]).fillna(""))
    inventory = Inventory(
        case.name,
        case.city.code,
        tuple(wanted),
        cells,
        power,
        carriers,
        {
            "fuel_set": factor_set,
            "gwp_set": gwp_set,
            "electricity_rule": ELECTRICITY_RULE,
            "grid_factor_region": str(options.get("grid_factor_region", case.city.code)),
        },
        case.city.base_year,
        tuple(findings),
        {**case.hashes},
    )
    return inventory.with_findings(findings_of(inventory, case))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its text as plain objects."""
    return frame.astype({name: object for name in frame.columns if frame[name].dtype == "str"})


@lru_cache(maxsize=8)
def _energy(owner: Case) -> pd.DataFrame:
    return _plain(owner.table("energy"))


@lru_cache(maxsize=8)
def _burnt(
    owner: Case, years: tuple[int, ...], factor_set: str
) -> tuple[pd.DataFrame, pd.DataFrame, Burnt, tuple[Finding, ...]]:
    """Energy cells of `owner`, those of electricity and heat, its activity burnt with grade and source, and findings.

    The same for all its places.
    """
    energy = _energy(owner)
    cells = energy_cells(energy[energy["year"].isin(years)])
    told: list[Finding] = []
    quality = cells.groupby(["year", "row", "fuel"])[["grade", "source"]].first()
    whole = burnt_activity(Balance(cells, ()), merge=factor_set == CEADS, findings=told)
    burnt = whole.cells.rename(columns={"amount": "value"})
    keys = pd.MultiIndex.from_frame(burnt[["year", "row", "fuel"]])
    burnt["grade"] = quality["grade"].reindex(keys).fillna("B").to_numpy()
    burnt["source"] = quality["source"].reindex(keys).fillna("").to_numpy()
    return cells, cells[cells["fuel"].isin(CARRIERS)], replace(whole, cells=burnt), tuple(told)


def _doubted(whole: Burnt, doubts: Iterable[Diagnosis]) -> Burnt:
    """The activity burnt with grade and `activity_width` after the doubts about its balance."""
    grade, width = doubted(whole.cells, doubts)
    return replace(whole, cells=whole.cells.assign(grade=grade, activity_width=width))


def _years(case: Case, energy: pd.DataFrame, years: Iterable[int] | None) -> list[int]:
    present = set(energy["year"].astype(int))
    if years is None:
        span = case.city.inventory_years
        return sorted(present if span is None else {y for y in present if span[0] <= y <= span[1]})
    wanted = sorted(set(years))
    missing = [str(y) for y in wanted if y not in present]
    if missing or not wanted:
        raise DafengError.at(
            f"{case.name}/energy.csv", f"no energy data for {', '.join(missing)}", f"one of {_span(present)}"
        )
    return wanted


def _span(years: set[int]) -> str:
    return f"{min(years)}–{max(years)}" if years else "the years that the case holds: there are none"


def _combustion(
    whole: Burnt,
    case: Case,
    factor_set: str,
    findings: list[Finding],
    overrides: Mapping[tuple[str, str], str],
) -> pd.DataFrame:
    """Combustion cells of the place: the parent's activity burnt × share × factor.

    With range, grade and sources.
    """
    cells = downscale(whole.cells, case)
    # everything of a factor or fuel is looked up once a pair of row and fuel
    (rows, named), at = distinct(cells["row"].to_numpy(dtype=object), cells["fuel"].to_numpy(dtype=object))
    fuels = [fuel_names()[fuel] for fuel in named]
    chosen = [
        _factor(row, fuel, overrides.get((row, fuel), overrides.get(("", fuel), factor_set)))
        for row, fuel in zip(rows, named, strict=True)
    ]
    per_unit = _energy_per_unit(factor_set)
    energy = np.array([per_unit.get(fuel, 0.0) for fuel in named])[at]
    factor = np.array([f.value for f in chosen])[at]
    value = cells["value"].to_numpy(dtype=np.float64)
    missing = np.isnan(value * factor)
    # the place burns its share of what the parent burns
    co2 = np.where(missing, np.nan, whole.co2(cells["share"].to_numpy(dtype=np.float64) * factor))
    widths = [
        np.array([fuel_half_width(fuel) for fuel in named])[at],
        cells["activity_width"].to_numpy(dtype=np.float64),
    ]
    down = np.minimum(combine_product(np.stack([1.0 - cells["low"].to_numpy(), *widths], axis=-1)), 1.0)
    up = combine_product(np.stack([cells["high"].to_numpy() - 1.0, *widths], axis=-1))
    notes, grades, sources, units = (
        np.array(texts, dtype=object)[at]
        for texts in (
            [f.how for f in chosen],
            [f.grade for f in chosen],
            [f";{f.source}" for f in chosen],
            [fuel.kind for fuel in fuels],
        )
    )
    reasons = np.where(cells["key"] != "", "no share of the parent's value", "no emission factor in the set")
    told = dict.fromkeys((fuel, f.how) for fuel, f in zip(named, chosen, strict=True) if f.how)
    findings += [_fallback(factor_set, fuel, how) for fuel, how in told]
    return pd.DataFrame(
        {
            "region": cells["region"],
            "year": cells["year"],
            "category": COMBUSTION,
            "row": cells["row"],
            "fuel": cells["fuel"],
            "activity": value,
            "activity_unit": units,
            "energy_tj": value * energy,
            "emission_factor": factor,
            "gas": "CO2",
            "value_t": co2,
            "low_t": co2 * (1.0 - down),
            "high_t": co2 * (1.0 + up),
            "key": np.where(missing, NotationKey.NE.value, ""),
            "grade": np.maximum(cells["grade"].to_numpy(dtype=object), grades),
            "source": cells["source"].to_numpy(dtype=object) + sources,
            "note": np.where(missing, reasons, notes),
            "group": cells["group"],
        }
    )


def _unknown_energy(energy: pd.DataFrame, sectors: pd.DataFrame) -> pd.DataFrame:
    """Cells of fuels without a number in the energy table: NE, C or IE as stated there, never zero."""
    rows = row_names()
    unknown = energy[energy["value"].isna() & (energy["value_key"] != NotationKey.NO.value)]
    if unknown.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    burning = [row in rows and rows[row].kind in BURNING for row in unknown["row"]]
    unknown = unknown[np.array(burning, dtype=bool) & ~unknown["fuel"].isin(CARRIERS).to_numpy()]
    blank = dict.fromkeys(("activity", "emission_factor", "value_t", "low_t", "high_t"), np.nan)
    cells = pd.DataFrame(
        {
            "year": unknown["year"].astype("int64"),
            "row": unknown["row"],
            "fuel": unknown["fuel"],
            "activity_unit": unknown["unit"],
            "key": unknown["value_key"],
            "source": unknown["source"],
            "note": unknown["note"],
            "group": unknown["row"],
        }
    )
    cells = cells.assign(category=COMBUSTION, gas="CO2", energy_tj=0.0, grade="E", **blank)
    return _with_sectors(cells, sectors)[list(COLUMNS)]


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


def _with_sectors(cells: pd.DataFrame, sectors: pd.DataFrame) -> pd.DataFrame:
    branch = cells["row"].map(sectors["branch"]).fillna("").to_numpy(dtype=object)
    sector = cells["row"].map(sectors["sector"]).fillna("").to_numpy(dtype=object)
    refinery = of_refinery(cells).to_numpy()
    return cells.assign(
        branch=np.where(refinery, "refining", branch), sector=np.where(refinery, "energy", sector)
    )


def _import_cells(power: pd.DataFrame) -> pd.DataFrame:
    """Net import of electricity × grid factor; a negative value is the credit of an exporter."""
    value = pd.Series(
        imported_electricity_co2(power["net_import_mwh"], power["grid_factor"]), index=power.index
    )
    error = value.abs() * half_width("factor.grid")
    down = (power["net_import_mwh"] - power["net_import_low_mwh"]) * power["grid_factor"]
    up = (power["net_import_high_mwh"] - power["net_import_mwh"]) * power["grid_factor"]
    shifted = power["grid_factor_year"] != power.index
    return pd.DataFrame(
        {
            "year": power.index,
            "category": IMPORT,
            "row": IMPORT_ROW,
            "branch": "power",
            "sector": "energy",
            "fuel": "Electricity",
            "activity": power["net_import_mwh"],
            "activity_unit": "MWh",
            "energy_tj": 0.0,
            "emission_factor": power["grid_factor"],
            "gas": "CO2",
            "value_t": value,
            "low_t": value - np.hypot(down, error),
            "high_t": value + np.hypot(up, error),
            "key": np.where(value.notna(), "", NotationKey.NE.value),
            "grade": "E",
            "source": "proxies;grid",
            "note": np.where(
                value.isna(),
                "use or generation not known",
                np.where(shifted, "grid factor of another year", ""),
            ),
            "group": IMPORT_ROW,
        }
    )
