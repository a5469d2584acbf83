"""Electricity of a place: use by row, losses, generation, and the net import that closes it."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.factors import GridFactor, grid_factor, grid_title
from dafeng.inventory.accounts.downscaling import shares_of
from dafeng.inventory.equations.default_uncertainties import half_width
from dafeng.inventory.equations.electricity import net_import
from dafeng.inventory.equations.uncertainty import combine_sum
from dafeng.units import factor

HOURS_OF = {"hydro": "generation_hydro", "wind": "generation_wind", "solar": "generation_solar"}
CAPACITY_OF = {"hydro": "capacity_hydro", "wind": "capacity_wind_onshore", "solar": "capacity_solar_pv"}

USE = "*"
GENERATION = "generation"

FloatArray = NDArray[np.float64]


@lru_cache(maxsize=64)
def observed(case: Case, indicator: str, region: str, unit: str) -> "pd.Series[float]":
    """Return the observations of an indicator by year, in `unit`.

    Where sources differ the better grade counts.
    """
    best: dict[int, tuple[str, float, str]] = {}
    for year, grade, value, own in _observations(case).get((indicator, region), ()):
        if year not in best or grade < best[year][0]:
            best[year] = (grade, value, own)
    years = sorted(best)
    values = [best[year][1] * factor(best[year][2], unit) for year in years]
    return pd.Series(values, index=np.array(years, dtype=int), dtype="float64")


@lru_cache(maxsize=16)
def _observations(case: Case) -> Mapping[tuple[str, str], list[tuple[int, str, float, str]]]:
    """(indicator, region) → year, grade, value and unit of its rows with a number, in the order of the table."""
    table = case.table("observations")
    columns = (
        table[name].to_numpy(dtype=object)
        for name in ("indicator", "region", "year", "grade", "value", "unit")
    )
    found: dict[tuple[str, str], list[tuple[int, str, float, str]]] = {}
    for indicator, region, year, grade, value, unit in zip(*columns, strict=True):
        if value == value:
            found.setdefault((indicator, region), []).append((int(year), grade, float(value), unit))
    return found


def in_service(plants: pd.DataFrame, fuel: str, years: list[int]) -> FloatArray:
    """Return the capacity [MW] of `fuel` in service [year], captive units included.

    A unit counts half in its first year.

    Units without a start year count as always there; cancelled and announced ones never.
    """
    units = plants[(plants["fuel"] == fuel) & plants["status"].isin(("operating", "retired"))]
    start = units["start_year"].fillna(0.0).to_numpy(dtype=np.float64)
    end = units["end_year"].fillna(9999.0).to_numpy(dtype=np.float64)
    size = units["capacity_mw"].fillna(0.0).to_numpy(dtype=np.float64)
    at = np.array(years, dtype=np.float64)[:, None]
    share = np.where(start < at, 1.0, np.where(start == at, 0.5, 0.0)) * (end >= at)
    return np.asarray(share @ size, dtype=np.float64)


def renewable_generation(
    case: Case, years: list[int]
) -> tuple[pd.DataFrame, FloatArray, FloatArray, list[Finding]]:
    """Compute the generation [MWh] of hydro, wind and solar [year, kind], and how far it may be below and above.

    NaN where it is not available. A place with a parent has, by kind: the share that proxies.csv states of the
    parent's generation (`generation:kind`, with its range; between published years linear, held outside), else
    the capacity of plants.csv in service × the province's hours: those of 2021 (generation 2021 over capacity
    at the end of 2020, an upper bound), because no other year has both.
    """
    findings: list[Finding] = []
    table = pd.DataFrame(np.nan, index=years, columns=list(HOURS_OF))
    down: dict[str, float | FloatArray] = dict.fromkeys(HOURS_OF, half_width("generation.renewable"))
    up = dict(down)
    own = case.city.code
    if case.parent is None:
        for kind, indicator in HOURS_OF.items():
            table[kind] = observed(case, indicator, own, "MWh").reindex(years).to_numpy()
        return table, _deviation(table, down), _deviation(table, up), findings
    plants, parent = case.power_units(), case.parent
    shares = shares_of(case)
    zh = {"hydro": "水电", "wind": "风电", "solar": "光伏"}
    for kind, indicator in HOURS_OF.items():
        generation = observed(parent, indicator, parent.city.code, "MWh")
        stated = shares.of_row(f"{GENERATION}:{kind}", years)
        if stated is not None and len(generation):
            share, low, high = stated
            table[kind] = share * np.interp(years, generation.index, generation)
            # a share of nothing has no relative range
            whole = np.where(share > 0.0, share, np.nan)
            down[kind], up[kind] = 1.0 - low / whole, high / whole - 1.0
            continue
        capacity = observed(parent, CAPACITY_OF[kind], parent.city.code, "MW")
        usable = [y for y in capacity.index if y + 1 in generation.index and capacity[y] > 0]
        if not usable or plants[plants["fuel"] == kind].empty:
            findings.append(
                Finding(
                    "generation-unknown",
                    Severity.WARNING,
                    f"plants.csv: {kind}",
                    f"没有{zh[kind]}机组清单,其发电量未估算(NE),净调入电量因而偏高",
                    f"no list of {kind} plants: generation not estimated (NE), net import overstated",
                )
            )
            continue
        hours = generation[usable[-1] + 1] / capacity[usable[-1]]
        table[kind] = in_service(plants, kind, years) * hours
    return table, _deviation(table, down), _deviation(table, up), findings


def _deviation(table: pd.DataFrame, relative: Mapping[str, float | FloatArray]) -> FloatArray:
    """Return the deviation [MWh, year] of the sum from relative deviations by kind; kinds are independent."""
    return _combined(*(np.nan_to_num(table[kind].to_numpy() * relative[kind]) for kind in HOURS_OF))


def electricity_of(
    case: Case, cells: pd.DataFrame, place: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Compute electricity [MWh] and heat [TJ] by row, the power balance [year], and findings.

    Electricity and heat: [year, row, kind, fuel, value, grade].

    `cells` are the parent's balance cells, `place` the place's own after downscaling. Use is final
    consumption + loss of the parent times the share of the row `*`, else the sum of the rows; its split
    follows the rows' own shares. Generation of thermal plants is the parent's output times the share of
    thermal power.
    """
    used = ("final", "branch", "loss")
    electric = (place["fuel"] == "Electricity").to_numpy()
    of_use = place["kind"].isin(used).to_numpy()
    final, heat = electric & of_use, (place["fuel"] == "Heat").to_numpy() & of_use
    of_parent = ((cells["fuel"] == "Electricity") & cells["kind"].isin(used)).to_numpy()
    parent_year = cells["year"].to_numpy(dtype=np.int64)[of_parent]
    years = np.unique(parent_year)
    listed = years.tolist()
    year, value, low, high = (place[name].to_numpy() for name in ("year", "value", "low", "high"))
    raw, use_low, use_high = _by_year(
        years, year[final], value[final], (value * low)[final], (value * high)[final]
    )
    use = raw
    downscaled = case.parent is not None and not len(case.table("energy"))
    chosen = shares_of(case).of_row(USE, listed) if downscaled else None
    if chosen is not None:
        (whole,) = _by_year(years, parent_year, cells["value"].to_numpy(dtype=np.float64)[of_parent])
        use, use_low, use_high = (np.nan_to_num(whole) * end for end in chosen)
    scaled = value.astype(np.float64)
    scaled[final] *= (use / raw)[np.searchsorted(years, year[final])]
    picked = np.concatenate([np.flatnonzero(final), np.flatnonzero(heat)])
    columns = {name: place[name].to_numpy()[picked] for name in ("year", "row", "kind", "fuel")}
    rows = pd.DataFrame({**columns, "value": scaled[picked], "grade": place["grade"].to_numpy()[picked]})
    made = electric & (place["row"] == "Thermal Power").to_numpy() & np.isin(year, years)
    output, least, most = _by_year(years, year[made], value[made], low[made], high[made])
    thermal = np.abs(output)
    least, most = (np.where(np.isnan(end), 1.0, end) for end in (least, most))
    renewable, less, more, findings = renewable_generation(case, listed)
    kinds = renewable.to_numpy(dtype=np.float64)
    clean = np.nan_to_num(kinds).sum(axis=1) if downscaled else kinds.sum(axis=1)
    known = thermal + clean
    # the use holds what the grid of the place loses
    imported = net_import(use, 0.0, known)
    # less is imported where less is used and more is generated
    down = _combined(use - use_low, thermal * (most - 1), more)
    up = _combined(use_high - use, thermal * (1 - least), less)
    region = str(case.city.account.get("grid_factor_region", case.city.code))
    factors = {one: grid_factor(region, one) for one in listed}
    power = pd.DataFrame(
        {
            "use_mwh": use,
            "use_low_mwh": use_low,
            "use_high_mwh": use_high,
            "thermal_mwh": thermal,
            **{f"{kind}_mwh": renewable[kind].to_numpy() for kind in renewable},
            "generation_mwh": known,
            "net_import_mwh": imported,
            "net_import_low_mwh": imported - down,
            "net_import_high_mwh": imported + up,
            "grid_factor": [factors[one].value.number for one in listed],
            "grid_factor_year": [factors[one].year for one in listed],
            "grid_factor_grade": [factors[one].value.grade.value for one in listed],
        },
        index=pd.Index(listed, name="year"),
    )
    findings += _shifted_factors(region, factors)
    return rows, power, findings


def _by_year(years: NDArray[np.int64], at: NDArray[np.int64], *values: FloatArray) -> list[FloatArray]:
    """Sum the numbers of each of `values` by their years `at`; NaN for a year without a number."""
    # sums of pandas compensate rounding, those of bincount do not: the last bit would differ from the cells' own sums
    table = pd.DataFrame(dict(enumerate(values))).groupby(np.searchsorted(years, at)).sum(min_count=1)
    summed = np.full((len(values), len(years)), np.nan)
    summed[:, table.index.to_numpy()] = table.to_numpy().T
    return list(summed)


def _combined(*deviations: FloatArray) -> FloatArray:
    """Absolute range [MWh] of a sum whose parts deviate independently."""
    return combine_sum(np.stack([np.asarray(d, dtype=np.float64) for d in deviations], axis=-1), 1.0, 1.0)


def _shifted_factors(region: str, chosen: Mapping[int, GridFactor]) -> list[Finding]:
    """One finding for all years whose grid factor is another year's or another place's."""
    told = {year: f for year, f in chosen.items() if f.findings}
    if not told:
        return []
    years = ", ".join(str(year) for year in told)
    used, used_zh = (
        ", ".join(
            dict.fromkeys(f"{name(f.region)} {f.year} {f.value.number} tCO2/MWh" for f in told.values())
        )
        for name in (str, grid_title)
    )
    first = next(iter(told.values())).findings[0]
    return [
        Finding(
            first.code,
            first.severity,
            f"factors/grid {region}: {years}",
            f"{years}年没有公布的电网因子,采用{used_zh}(±5 %)",
            f"no grid factor published for {years}; used: {used} (±5 %)",
            first.sources,
        )
    ]
