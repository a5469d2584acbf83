"""Construction of an inventory: downscaled energy, electricity, processes, and what is not estimated."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, NotationKey
from dafeng.inventory.accounts.burnt import CARRIERS
from dafeng.inventory.accounts.categories import category_cells, cement_cells, settle_clinker
from dafeng.inventory.accounts.checks import findings_of
from dafeng.inventory.accounts.downscaling import downscale, of_refinery
from dafeng.inventory.accounts.electricity_balance import electricity_of
from dafeng.inventory.accounts.model import COLUMNS, COMBUSTION, IMPORT, Inventory, warming
from dafeng.inventory.accounts.sectoral import compare_approaches
from dafeng.inventory.accounts.trace_gas import trace_cells
from dafeng.inventory.analysis.case_diagnosis import doubts_of_place, owner_of_energy
from dafeng.inventory.analysis.parent_energy import (
    ParentEnergy,
    Rates,
    energy_of,
    parent_energy,
    rates_of,
)
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import row_names
from dafeng.inventory.equations.default_uncertainties import half_width
from dafeng.inventory.equations.electricity import imported_electricity_co2
from dafeng.inventory.equations.uncertainty import combine_product

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
    energy = energy_of(owner)
    wanted = _years(case, energy, years)
    findings: list[Finding] = list(case.findings)
    doubts, told_of = doubts_of_place(case, wanted)
    parent = parent_energy(owner, tuple(wanted), factor_set, doubts)
    rates = rates_of(parent, factor_set, overrides or {})
    sectors = _sectors(case)
    combustion = _combustion(parent, rates, case, sectors)
    findings += [*parent.findings, *told_of, *rates.findings]
    if owner is case:
        ours = combustion.groupby(["region", "year"])["value_t"].sum()
        findings += compare_approaches(Balance(parent.cells, ()), factor_set, ours)
    place = downscale(parent.carriers, case, parent.carrier_shares)
    carriers, power, more = electricity_of(case, parent.carriers, place)
    findings += more
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
    carriers = carriers.assign(branch=[sectors.get(row, ("", ""))[0] for row in carriers["row"]])
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
    parent: ParentEnergy, rates: Rates, case: Case, sectors: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """Combustion cells of the place: the parent's activity burnt × share × factor.

    With range, grade and sources. `sectors`: branch and sector by row.
    """
    cells = downscale(parent.burnt.cells, case, parent.burnt_shares)
    share, value, low, high = (
        cells[name].to_numpy(dtype=np.float64) for name in ("share", "value", "low", "high")
    )
    missing = np.isnan(value * rates.factor)
    # the place burns its share of what the parent burns
    co2 = np.where(missing, np.nan, parent.burnt.co2(share * rates.factor))
    widths = [rates.fuel_width, cells["activity_width"].to_numpy(dtype=np.float64)]
    down = np.minimum(combine_product(np.stack([1.0 - low, *widths], axis=-1)), 1.0)
    up = combine_product(np.stack([high - 1.0, *widths], axis=-1))
    reasons = np.where(cells["key"] != "", "no share of the parent's value", "no emission factor in the set")
    branch, sector = (
        np.where(rates.refinery, whole, [sectors.get(row, ("", ""))[part] for row in rates.rows])
        for part, whole in enumerate(_REFINERY)
    )
    return pd.DataFrame(
        {
            "region": cells["region"],
            "year": cells["year"],
            "category": COMBUSTION,
            "row": cells["row"],
            "fuel": cells["fuel"],
            "activity": value,
            "activity_unit": rates.units,
            "energy_tj": value * rates.energy,
            "emission_factor": rates.factor,
            "gas": "CO2",
            "value_t": co2,
            "low_t": co2 * (1.0 - down),
            "high_t": co2 * (1.0 + up),
            "key": np.where(missing, NotationKey.NE.value, ""),
            "grade": np.maximum(cells["grade"].to_numpy(dtype=object), rates.grades),
            "source": cells["source"].to_numpy(dtype=object) + rates.sources,
            "note": np.where(missing, reasons, rates.notes),
            "group": cells["group"],
            "branch": branch.astype(object)[rates.pair],
            "sector": sector.astype(object)[rates.pair],
        }
    )


_REFINERY = ("refining", "energy")
"""Branch and sector of what a refinery burns in any row."""


def _unknown_energy(energy: pd.DataFrame, sectors: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
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


def _sectors(case: Case) -> Mapping[str, tuple[str, str]]:
    """Branch and sector by row."""
    table = case.effective("sectors")
    columns = (table[name].to_numpy(dtype=object) for name in ("row", "branch", "sector"))
    return {row: (branch, sector) for row, branch, sector in zip(*columns, strict=True)}


def _with_sectors(cells: pd.DataFrame, sectors: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    placed = [sectors.get(row, ("", "")) for row in cells["row"]]
    refinery = of_refinery(cells).to_numpy()
    branch, sector = (
        np.where(refinery, whole, np.array([found[part] for found in placed], dtype=object))
        for part, whole in enumerate(_REFINERY)
    )
    return cells.assign(branch=branch, sector=sector)


def _import_cells(power: pd.DataFrame) -> pd.DataFrame:
    """Net import of electricity × grid factor; a negative value is the credit of an exporter."""
    net, low, high, rate = (
        power[name].to_numpy(dtype=np.float64)
        for name in ("net_import_mwh", "net_import_low_mwh", "net_import_high_mwh", "grid_factor")
    )
    value = imported_electricity_co2(net, rate)
    error = np.abs(value) * half_width("factor.grid")
    down, up = (net - low) * rate, (high - net) * rate
    known, shifted = ~np.isnan(value), power["grid_factor_year"].to_numpy() != power.index.to_numpy()
    return pd.DataFrame(
        {
            "year": power.index,
            "category": IMPORT,
            "row": IMPORT_ROW,
            "branch": "power",
            "sector": "energy",
            "fuel": "Electricity",
            "activity": net,
            "activity_unit": "MWh",
            "energy_tj": 0.0,
            "emission_factor": rate,
            "gas": "CO2",
            "value_t": value,
            "low_t": value - np.hypot(down, error),
            "high_t": value + np.hypot(up, error),
            "key": np.where(known, "", NotationKey.NE.value),
            "grade": "E",
            "source": "proxies;grid",
            "note": np.where(
                ~known,
                "use or generation not known",
                np.where(shifted, "grid factor of another year", ""),
            ),
            "group": IMPORT_ROW,
        }
    )
