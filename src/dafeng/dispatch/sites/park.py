"""Industrial park (源网荷储一体化) from one file: its carriers, units, tariff and demand charge as a system.

The file is YAML: name, synthetic (required), start, hours, profiles (a CSV in its folder), tariff, and
`system` with component tables in the vocabulary of attributes.csv. `profile:NAME` or `profile:NAME*FACTOR`
in a cell takes an hourly column. Heat has buses by temperature level: `temperature_c` of a bus, and links
with carrier `cascade` may only lead downwards.

The tariff becomes generators on the import bus: one per tier, with the hourly price; the demand charge is the
fixed cost of the capacity that feeds the bus, so that the highest import of the horizon pays it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.dispatch.operate import solve
from dafeng.dispatch.rolling import RollingResult, control, fix_capacities
from dafeng.dispatch.sites.plant_file import (
    Control,
    ParkFile,
    Series,
    Tariff,
    Tier,
    located,
    numbers_of,
    read_file,
    read_profiles,
    system_of,
    tables_of,
)
from dafeng.dispatch.sites.tariff import bundled_periods, hourly_prices, periods_to_ratios
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.evidence import Problems

CASCADE = "cascade"
"""Carrier of links that pass heat down to a lower temperature."""
HOURS_PER_MONTH = 730.0
GRID, METER = "grid supply", "meter"


@dataclass(frozen=True)
class Park:
    """Energy system of a park, with the settings of its control."""

    system: System
    control: Control


def read_park(path: Path) -> Park:
    """Read and check a park file.

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        With all problems.
    """
    path = located(path, ParkFile)
    content = read_file(path, ParkFile)
    problems = Problems()
    snapshots = content.snapshots()
    profiles = read_profiles(path, content, problems)
    tables, series = tables_of(content.system, profiles, path.name, problems)
    problems.raise_if_any()
    _add_tariff(content.tariff, snapshots, tables, series, path.name)
    _check_cascade(tables, path.name, problems)
    tables["buses"] = tables["buses"].drop(columns=["temperature_c"], errors="ignore")
    system = system_of(content, tables, series, path, problems, frozenset({CASCADE}))
    return Park(system, content.control)


def run_park(
    park: Park, *, rolling: bool = False, threads: int | None = None
) -> tuple[Solution, RollingResult | None]:
    """Solve the sizing and operation of the park with perfect foresight.

    With `rolling`, also control it with forecasts.

    Parameters
    ----------
    park : Park
        Park with its settings.
    rolling : bool, default False
        Whether the park is also controlled with forecasts.
    threads : int, optional
        Threads of HiGHS; None: its choice.

    Raises
    ------
    DafengError
        In words, for a park without enough heat, power or anything else.
    """
    sized = solve(park.system, threads=threads)
    if not rolling:
        return sized, None
    fixed = fix_capacities(
        park.system, sized, dict.fromkeys(park.system.names("links"), park.control.capacity_margin)
    )
    settings = park.control
    result = control(
        fixed, window=settings.window, step=settings.step, error=settings.forecast_error, threads=threads
    )
    return sized, result


def _check_tiers(tiers: Sequence[Tier], place: str, problems: Problems) -> None:
    adders = [tier.adder for tier in tiers]
    if adders != sorted(adders):
        mend = "falling block prices are no linear problem"
        problems.add(f"{place}:tariff:tiers", str(adders), "adders that rise", mend)
    bounds = [tier.up_to_mwh_month for tier in tiers[:-1]]
    if None in bounds or any(a >= b for a, b in pairwise(bounds) if a is not None and b is not None):
        found = ", ".join("nothing" if bound is None else f"{bound:g}" for bound in bounds)
        problems.add(f"{place}:tariff:tiers", found, "up_to_mwh_month that rises, on every tier but the last")


def _add_tariff(
    tariff: Tariff,
    snapshots: pd.DatetimeIndex,
    tables: dict[str, pd.DataFrame],
    series: Series,
    place: str,
) -> None:
    problems = Problems()
    if (tariff.case is None) == (tariff.periods is None):
        found = "neither" if tariff.case is None else "case and periods"
        problems.add(f"{place}:tariff", found, "either case or periods")
    _check_tiers(tariff.tiers, place, problems)
    problems.raise_if_any()
    ratios = (
        bundled_periods(tariff.case)
        if tariff.case is not None
        else periods_to_ratios(tariff.periods or [], f"{place}:tariff:periods")
    )
    prices = hourly_prices(ratios, snapshots, tariff.floating, tariff.fixed)
    months = len(snapshots) / HOURS_PER_MONTH
    rows, last = {}, 0.0
    for number, tier in enumerate(tariff.tiers, start=1):
        name = GRID if len(tariff.tiers) == 1 else f"{GRID} {number}"
        row: dict[str, Any] = {"bus": GRID, "carrier": GRID, "p_nom": np.inf, "marginal_cost": 0.0}
        if tier.up_to_mwh_month is not None:
            row["e_sum_max"] = (tier.up_to_mwh_month - last) * months
            last = tier.up_to_mwh_month
        rows[name] = row
        series.setdefault(("generators", "marginal_cost"), {})[name] = prices + tier.adder
    tables["generators"] = pd.concat([tables["generators"], pd.DataFrame.from_dict(rows, orient="index")])
    grid = pd.DataFrame({"co2_emissions": [tariff.co2_t_per_mwh]}, index=[GRID])
    tables["carriers"] = pd.concat([tables["carriers"], grid])
    meter = {
        "bus0": GRID,
        "bus1": tariff.bus,
        "efficiency": 1.0,
        "p_nom": 0.0,
        "p_nom_extendable": True,
        "capital_cost": tariff.demand_charge_per_mw_month * months,
    }
    tables["links"] = pd.concat([tables["links"], pd.DataFrame.from_dict({METER: meter}, orient="index")])
    tables["buses"] = pd.concat([tables["buses"], pd.DataFrame(index=[GRID])])


def _check_cascade(tables: dict[str, pd.DataFrame], place: str, problems: Problems) -> None:
    links = tables["links"]
    if "carrier" not in links.columns:
        return
    levels = numbers_of(tables["buses"], "temperature_c", f"{place}:buses", problems)
    for name, link in links[links["carrier"] == CASCADE].iterrows():
        high, low = (float(levels.get(link[end], np.nan)) for end in ("bus0", "bus1"))
        if not high >= low:
            problems.add(
                f"{place}:links:{name}",
                f"{high:g} °C to {low:g} °C",
                "heat that flows to a lower temperature",
                "turn the link, or use a heat pump",
            )


def park_summary(sized: Solution, rolled: RollingResult | None) -> dict[str, Any]:
    """Return the solution's summary with the tariff's and the control's figures.

    Parameters
    ----------
    sized : Solution
        Solution with perfect foresight.
    rolled : RollingResult, optional
        Result of rolling control, if any.
    """
    told = sized.summary()
    told["peak_import_mw"] = float(sized.flows["links-p"][METER].max())
    bought = sized.generation()
    told["grid_energy_mwh"] = float(bought[[n for n in bought.index if str(n).startswith(GRID)]].sum())
    if rolled is not None:
        told["control"] = {
            "realised_cost": rolled.realised_cost,
            "perfect_foresight_cost": rolled.perfect_cost,
            "perfect_foresight_would_save": rolled.foresight_saving,
            "steps": rolled.steps,
            "storage_targets_missed": rolled.targets_missed,
        }
    return told
