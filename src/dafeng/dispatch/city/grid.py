"""City grid of a case: the city, and the rest of its province behind a corridor.

Coal units of a class are a cluster that counts how many are on; wind and hydro units of `plants.csv` count by
kind; solar is one city aggregate, because no list of solar plants exists; biomass and storage follow the plan's
targets. The rest of the province is a second node where its case lists its units; where it does not, the
corridor has a price and the province's mean emission factor, and the result says so. Everything else is an input
that the result names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.checks import check
from dafeng.dispatch.city.arrangements_file import HOURS, Arrangements
from dafeng.dispatch.city.demand import electricity_use, hourly_profiles, shaped
from dafeng.dispatch.city.inputs import Inputs, Used
from dafeng.dispatch.city.planned_units import add_planned
from dafeng.dispatch.city.plants import Cluster, add_coal, capacity_of, fleet
from dafeng.dispatch.city.province import add_province, has_fleet
from dafeng.dispatch.city.realised import realised_hours
from dafeng.dispatch.city.tables import CITY, PROVINCE, CityTables
from dafeng.dispatch.city.user_arrangements import add_arranged
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError, Problems, Text

KNOWN = {
    "demand_mwh",
    "green_certificates_mwh",
    "hydro_availability_factor",
    "province_biomass_mw",
    "province_demand_mwh",
    "province_hydro_mw",
    "province_import_mw",
    "province_solar_mw",
    "province_storage_mw",
    "province_wind_mw",
    "solar_availability_factor",
    "wind_solar_mw",
    "solar_mw",
    "biomass_mw",
    "storage_mw",
    "peak_response_share",
}
"""Inputs that the plan or the case gives and a user may give instead; `assumptions.csv` has the others."""
KINDS = ("coal", "wind", "hydro")
"""Fuels of units in plants.csv that a city's grid knows."""


@dataclass(frozen=True)
class CityGrid:
    """Energy system of a city in one year, with every number that it rests on.

    `clusters` are the coal units that the system counts together, of the city and of the province; a grid
    without a second node has no bus `province`. `realised` are full-load hours of the province's statistics.
    """

    system: System
    year: int
    used: Mapping[str, Used]
    findings: tuple[str, ...]
    clusters: tuple[Cluster, ...] = ()
    realised: Mapping[str, float] = field(default_factory=dict)

    def has_province(self) -> bool:
        """Check whether the rest of the province is a node of its own."""
        return PROVINCE in self.system.names("buses")

    def members(self, bus: str, carrier: str = "") -> pd.Index:
        """Return the generators on `bus`, of one carrier if given."""
        table = self.system.table("generators")
        chosen = table["bus"].eq(bus) & (table["carrier"].eq(carrier) | (carrier == ""))
        return table.index[chosen.to_numpy(bool)]


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
    build_years: float | None = None,
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
    build_years : float, optional
        Years in which may be built, at so much a year; None: from the case's `as_of` to `year`.
    arranged : Arrangements, optional
        The user's contracts, load shapes and heat-led units.

    Raises
    ------
    DafengError
        For what the case lacks (with the table to fill) and for unknown overrides.
    """
    if not 0 <= start < start + hours <= HOURS:
        raise DafengError.at("hours", f"{start} + {hours}", f"a horizon within {HOURS} hours")
    check_limits(cap_t, non_fossil, reserve)
    inputs = Inputs(case, overrides)
    inputs.check_overrides(KNOWN)
    inputs.given("green_certificates_mwh")
    arranged = arranged or Arrangements()
    profiles = hourly_profiles(case)
    power = shaped(electricity_use(inputs, year), profiles["load"].to_numpy(float), arranged)
    horizon = slice(start, start + hours)
    builder = CityTables(inputs, year, profiles.assign(**arranged.shapes()), horizon)
    findings, clusters = _units(builder, case, arranged)
    span = max(0, year - case.city.as_of) if build_years is None else build_years
    findings += add_planned(builder, float(power.max()), span if expand else None, built or {})
    if has_fleet(case):
        around = add_province(builder, case, power, builder.weather_mw())
        findings += [str(finding) for finding in around.findings]
        clusters += around.clusters
    else:
        builder.trade(float(power.max()), case.city.code)
        builder.limit_coal_hours()
        findings.append(str(ONE_NODE))
    findings += add_arranged(builder, arranged, start)
    builder.limits(cap_t, non_fossil, reserve)
    builder.loads(power[horizon])
    system = builder.system(case, start, hours)
    check(system)
    realised = {kind: found.hours for kind, found in realised_hours(case.parent or case).items()}
    return CityGrid(system, year, inputs.used, tuple(findings), tuple(clusters), realised)


ONE_NODE = Text(
    "省里没有机组表(省级案例的 plants.csv):通道按固定电价和平均排放因子计,外送不受省内消纳限制",
    "no list of units of the province (plants.csv of its case): the corridor has one price and the mean factor, and"
    " exports meet no limit in the province",
)


def _units(tables: CityTables, case: Case, arranged: Arrangements) -> tuple[list[str], list[Cluster]]:
    """Add the city's units: coal in clusters, wind and hydro by kind."""
    running = fleet(tables, case)
    for unit in running.units:
        if unit["fuel"] not in KINDS:
            raise DafengError.at(
                f"plants.csv:{unit['id']}:fuel", str(unit["fuel"]), ", ".join(KINDS), "biomass and solar follow the plan"
            )  # fmt: skip
    clusters = add_coal(tables, CITY, running.units, single=[plant for plant, _ in arranged.heat_led])
    for kind in ("wind", "hydro"):
        capacity = capacity_of(running.units, kind)
        if capacity:
            tables.generator(kind, capacity, kind)
    return [str(finding) for finding in running.findings], clusters


def check_limits(cap_t: float | None, non_fossil: float | None, reserve: float | None) -> None:
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
