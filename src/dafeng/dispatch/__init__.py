"""Hourly dispatch and capacity expansion of energy systems.

Least-cost operation of a given mix, expansion at least cost, sweeps of a limit, and the explanation of
infeasible systems.

One vocabulary (bus, carrier, generator, load, line, link, storage unit, store, global constraint) for the city
grid, an industrial park and a virtual power plant; read from our folder or from a PyPSA network, formulated in
linopy, solved by HiGHS.

>>> import pandas as pd
>>> from dafeng.dispatch import Commitment
>>> [mode.value for mode in Commitment]
['relaxed', 'integer']
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.dispatch.city.arrangements_file import Arrangements, read_arrangements
    from dafeng.dispatch.city.cap_curve import cap_curve
    from dafeng.dispatch.city.foresight import Comparison, compare_foresight
    from dafeng.dispatch.city.grid import CityGrid, city_grid
    from dafeng.dispatch.city.response_table import (
        ResponseTable,
        default_bounds,
        read_response,
        response_table,
    )
    from dafeng.dispatch.city.runs import (
        CityRun,
        block_error,
        horizon_table,
        parse_settings,
        run_city,
        sampled_block_error,
    )
    from dafeng.dispatch.city.start_costs import start_sensitivity
    from dafeng.dispatch.city.stress import HeatWave, heat_wave
    from dafeng.dispatch.commit import CommitmentResult, commit
    from dafeng.dispatch.figures import (
        cap_curve_figure,
        capacity_table,
        cost_table,
        dispatch_week,
        duration_curves,
    )
    from dafeng.dispatch.folder import read_folder
    from dafeng.dispatch.formulation import Commitment
    from dafeng.dispatch.infeasible_words import COMPONENT_NAMES, COST_NAMES
    from dafeng.dispatch.operate import (
        coarsen,
        curve,
        export,
        is_folder,
        parse_numbers,
        read_system,
        solve,
        solve_prepared,
        sweep_limit,
        with_limits,
        without_expansion,
    )
    from dafeng.dispatch.page import hourly, write_curve, write_page
    from dafeng.dispatch.periods import DAY, WEEK, TypicalPeriods, typical_periods, typical_summary
    from dafeng.dispatch.pypsa.export import write_network
    from dafeng.dispatch.pypsa.read import read_network
    from dafeng.dispatch.rolling import RollingResult, control, fix_capacities
    from dafeng.dispatch.sites.park import Park, park_summary, read_park, run_park
    from dafeng.dispatch.sites.tariff import bundled_periods, hourly_prices, periods_to_ratios, read_periods
    from dafeng.dispatch.sites.vpp import baseline, confidence, day_ahead, envelope, verified, vpp_summary
    from dafeng.dispatch.sites.vpp_file import VirtualPlant, read_vpp
    from dafeng.dispatch.solution import Solution
    from dafeng.dispatch.solve import Prepared
    from dafeng.dispatch.system import System

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "COMPONENT_NAMES",
    "COST_NAMES",
    "DAY",
    "WEEK",
    "Arrangements",
    "CityGrid",
    "CityRun",
    "Commitment",
    "CommitmentResult",
    "Comparison",
    "HeatWave",
    "Park",
    "Prepared",
    "ResponseTable",
    "RollingResult",
    "Solution",
    "System",
    "TypicalPeriods",
    "VirtualPlant",
    "baseline",
    "block_error",
    "bundled_periods",
    "cap_curve",
    "cap_curve_figure",
    "capacity_table",
    "city_grid",
    "coarsen",
    "commit",
    "compare_foresight",
    "confidence",
    "control",
    "cost_table",
    "curve",
    "day_ahead",
    "default_bounds",
    "dispatch_week",
    "duration_curves",
    "envelope",
    "export",
    "fix_capacities",
    "heat_wave",
    "horizon_table",
    "hourly",
    "hourly_prices",
    "is_folder",
    "park_summary",
    "parse_numbers",
    "parse_settings",
    "periods_to_ratios",
    "read_arrangements",
    "read_folder",
    "read_network",
    "read_park",
    "read_periods",
    "read_response",
    "read_system",
    "read_vpp",
    "response_table",
    "run_city",
    "run_park",
    "sampled_block_error",
    "solve",
    "solve_prepared",
    "start_sensitivity",
    "sweep_limit",
    "typical_periods",
    "typical_summary",
    "verified",
    "vpp_summary",
    "with_limits",
    "without_expansion",
    "write_curve",
    "write_network",
    "write_page",
]
