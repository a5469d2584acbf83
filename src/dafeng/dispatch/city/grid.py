"""City grid of a case as a single-bus system with corridor limits on trade with the province.

Units are listed one by one as in `plants.csv` (coal, wind by site, hydro); solar is one city aggregate,
because no list of solar plants exists; biomass and storage follow the plan's targets. Everything else is an
input that the result names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.checks import check
from dafeng.dispatch.city.arrangements_file import HOURS, Arrangements
from dafeng.dispatch.city.demand import electricity_use, hourly_profiles, shaped
from dafeng.dispatch.city.inputs import Inputs, Used
from dafeng.dispatch.city.planned_units import add_planned
from dafeng.dispatch.city.plants import add_plants
from dafeng.dispatch.city.tables import CityTables
from dafeng.dispatch.city.user_arrangements import add_arranged
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError, Problems

KNOWN = {
    "coal_start_cost_yuan_per_mw",
    "demand_mwh",
    "wind_solar_mw",
    "solar_mw",
    "biomass_mw",
    "storage_mw",
    "peak_response_share",
}
"""Inputs that the plan or the case gives and a user may give instead; `assumptions.csv` has the others."""


@dataclass(frozen=True)
class CityGrid:
    """Energy system of a city in one year, with every number that it rests on."""

    system: System
    year: int
    used: Mapping[str, Used]
    findings: tuple[str, ...]


def city_grid(
    case: Case,
    year: int,
    *,
    expand: bool = False,
    hours: int = HOURS,
    start: int = 0,
    cap_t: float | None = None,
    non_fossil: float | None = None,
    reserve: float | None = None,
    overrides: Mapping[str, float] | None = None,
    built: Mapping[str, float] | None = None,
    arranged: Arrangements | None = None,
) -> CityGrid:
    """Build the city grid of `case` in `year`, over `hours` from hour `start` of the year.

    `cap_t` limits the CO2 of generation and import [t in the horizon]; `non_fossil` is the least share of
    demand met by non-fossil generation in the city; `reserve` the least firm capacity per unit of peak
    load. `built` is capacity added in earlier years by name [MW]; `arranged` the user's data of contracts,
    shapes and heat.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    expand : bool, default False
        Whether capacity may be added at least cost.
    hours : int, default HOURS
        Length of the horizon, h.
    start : int, default 0
        First hour of the horizon in the year.
    cap_t : float, optional
        Limit of the CO2 of generation and import, t in the horizon.
    non_fossil : float, optional
        Least share of demand met by non-fossil generation in the city.
    reserve : float, optional
        Least firm capacity per unit of peak load.
    overrides : mapping, optional
        The user's own values by item.
    built : mapping, optional
        Capacity added in earlier years by name, MW.
    arranged : Arrangements, optional
        The user's contracts, load shapes and heat-led units.

    Raises
    ------
    DafengError
        For what the case lacks (with the table to fill) and for unknown overrides.
    """
    if not 0 <= start < start + hours <= HOURS:
        raise DafengError.at("hours", f"{start} + {hours}", f"a horizon within {HOURS} hours")
    _check_limits(cap_t, non_fossil, reserve)
    inputs = Inputs(case, overrides)
    inputs.check_overrides(KNOWN)
    arranged = arranged or Arrangements()
    profiles = hourly_profiles(case)
    window = profiles.iloc[start : start + hours].reset_index(drop=True)
    power = shaped(electricity_use(inputs, year), profiles["load"].to_numpy(float), arranged)
    builder = CityTables(inputs, year, hours / HOURS, window)
    findings = add_plants(builder, case)
    findings += add_planned(builder, float(power.max()), expand, built or {})
    builder.trade(float(power.max()), case.city.code)
    findings += add_arranged(builder, arranged, start)
    builder.limits(cap_t, non_fossil, reserve)
    builder.loads(power[start : start + hours])
    system = builder.system(case, start, hours)
    check(system)
    return CityGrid(system, year, inputs.used, tuple(findings))


def _check_limits(cap_t: float | None, non_fossil: float | None, reserve: float | None) -> None:
    problems = Problems()
    for name, value, high, expected in (
        ("cap", cap_t, np.inf, "0 or more"),
        ("non_fossil", non_fossil, 1.0, "a share from 0 to 1"),
        ("reserve", reserve, 10.0, "a share of the peak load from 0 to 10, 0.1 being 10 %"),
    ):
        if value is not None and not 0 <= value <= high:
            problems.add(name, f"{value:g}", expected)
    problems.raise_if_any()


def additions(capacities: Mapping[str, pd.Series]) -> dict[str, float]:
    """Return the capacity that an expansion chose, MW by kind, as input of the next year's grid."""
    chosen = {
        "wind": capacities["generators"].get("new wind", 0.0),
        "solar": capacities["generators"].get("new solar", 0.0),
        "storage": capacities["storage_units"].get("new storage", 0.0),
    }
    return {kind: float(value) for kind, value in chosen.items()}
