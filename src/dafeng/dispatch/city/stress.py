"""Stress case of a heat wave: the evening of the highest load, load up, sun gone, wind and water low.

Three days around the hour of the highest load of the city are solved with the load of both nodes raised, wind and
water scaled down, and no sun from 17 o'clock on. How much is assumed is in `assumptions.csv` (grade E). The answer is
what the evening calls: corridor, response, load that is not served, and what was left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dafeng.case import Case
from dafeng.dispatch.city.accounts import city_load, import_limit, trade
from dafeng.dispatch.city.arrangements_file import HOURS
from dafeng.dispatch.city.grid import CityGrid, city_grid
from dafeng.dispatch.city.inputs import Inputs
from dafeng.dispatch.city.runs import overrides_in
from dafeng.dispatch.city.tables import CITY
from dafeng.dispatch.operate import solve
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.evidence import Text

DAYS = 3
EVENING = 17
"""Hour of the day from which the sun gives nothing."""
ASSUMED = ("load_rise", "wind_factor", "hydro_factor")
"""Items of `assumptions.csv`, each named heat_wave_…"""
RESPONSE, LOST = "peak response", "lost load"


@dataclass(frozen=True)
class HeatWave:
    """Result of the stress case: grid and solution of its days, and the assumptions [1]."""

    grid: CityGrid
    solution: Solution
    assumed: Mapping[str, float]

    def summary(self) -> dict[str, Any]:
        """Return the evening's figures, MW at their largest, hours and MWh over the days."""
        load = city_load(self.solution.system)
        power = self.solution.flows["generators-p"]
        called, lost = (power[name].to_numpy(float) for name in (RESPONSE, LOST))
        bought, _ = trade(self.grid, self.solution)
        peak = int(np.argmax(load))
        spare = self.solution.available().iloc[peak] - power.iloc[peak]
        firm = [*self.grid.members(CITY, "coal"), *self.grid.members(CITY, "biomass")]
        return {
            "from": str(self.solution.system.snapshots[0]),
            **self.assumed,
            "peak_load_mw": float(load.max()),
            "peak_response_mw": float(called.max()),
            "peak_response_hours": int((called > RUNS).sum()),
            "peak_response_mwh": float(called.sum()),
            "unserved_mw": float(lost.max()),
            "unserved_mwh": float(lost.sum()),
            "import_mw": float(bought.max()),
            "import_limit_mw": import_limit(self.grid, self.solution),
            "spare_coal_at_peak_mw": float(spare[firm].sum()),
            "highest_price": float(self.solution.prices[CITY].max())
            if self.solution.prices is not None
            else None,
        }

    def words(self) -> Text:
        """Return the figures as a sentence."""
        told = self.summary()
        up = self.assumed["load_rise"]
        return Text(
            f"热浪晚高峰(负荷 +{up:.0%},无光伏,风、水电偏低,E 级):最大负荷 {told['peak_load_mw']:,.0f} MW,尖峰响应"
            f" {told['peak_response_mw']:,.0f} MW、{told['peak_response_hours']} 小时,受电 {told['import_mw']:,.0f} MW(上限"
            f" {told['import_limit_mw']:,.0f}),失负荷 {told['unserved_mwh']:,.0f} MWh",
            f"evening of a heat wave (load {up:+.0%}, no sun, little wind and water, grade E): peak load"
            f" {told['peak_load_mw']:,.0f} MW, response {told['peak_response_mw']:,.0f} MW in {told['peak_response_hours']} hours,"
            f" import {told['import_mw']:,.0f} MW (at most {told['import_limit_mw']:,.0f}), {told['unserved_mwh']:,.0f} MWh not"
            " served",
        )


RUNS = 1e-3
"""MW above which response counts as called."""


def heat_wave(case: Case, year: int, *, threads: int | None = None, **options: Any) -> HeatWave:
    """Solve the stress case of a heat wave in `year`.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    **options : Any
        Options of `city_grid` without horizon, limits and expansion; overrides named `item@year` are for that year.

    Raises
    ------
    DafengError
        As `city_grid`.
    """
    options["overrides"] = overrides_in(options.get("overrides") or {}, year)
    load = city_load(city_grid(case, year, **options).system)
    day = int(np.argmax(load)) // 24
    start = min(max(0, day - DAYS // 2), HOURS // 24 - DAYS) * 24
    grid = city_grid(case, year, start=start, hours=24 * DAYS, **options)
    inputs = Inputs(case, options["overrides"])
    assumed = {name: inputs.assumption(f"heat_wave_{name}") for name in ASSUMED}
    return HeatWave(grid, solve(_stressed(grid.system, assumed), threads=threads), assumed)


def _stressed(system: System, assumed: Mapping[str, float]) -> System:
    """The system with loads raised and wind, water and sun scaled."""
    series = dict(system.series)
    series["loads", "p_set"] = series["loads", "p_set"] * (1.0 + assumed["load_rise"])
    available = series["generators", "p_max_pu"].copy()
    carriers = system.tables["generators"]["carrier"]
    factors = {"wind": assumed["wind_factor"], "hydro": assumed["hydro_factor"]}
    hour = np.arange(len(available)) % 24
    for name in available.columns:
        carrier = str(carriers[name])
        available[name] *= factors.get(carrier, 1.0)
        if carrier == "solar":
            available.loc[hour >= EVENING, name] = 0.0
    series["generators", "p_max_pu"] = available
    # the response of consumers grows with their load; so does what may not be served
    table = system.tables["generators"].copy()
    lost = table["carrier"].eq("lost")
    table.loc[lost, "p_nom"] *= 1.0 + assumed["load_rise"]
    return replace(system, series=series, tables={**system.tables, "generators": table})


__all__ = ["HeatWave", "heat_wave"]
