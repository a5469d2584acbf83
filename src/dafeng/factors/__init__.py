"""Sourced emission factors: fuels, grids, processes, farming, waste, land, warming potentials.

Tables are CSV files of the package; each row has a source and a status that gives its reliability, and
a blank is never filled from a recalled figure. Fall-back to another set, year or place is always reported.

>>> print(round(fuel_factors("gbt32151_22_2024").loc["diesel", "ef_per_unit"], 4))
3.0959
>>> inventory_factors().loc["Raw_Coal", "fallback"]
'gbt32151_22_2024 → guide2011'
>>> shifted = grid_factor("360400", 2020)
>>> shifted.value.number, shifted.year, shifted.findings[0].code
(0.5835, 2021, 'grid-factor-year-shifted')
>>> gwp("AR5")["CH4"]
28.0
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.factors.annuity import capital_recovery_factor
    from dafeng.factors.fuels import (
        ANY_SECTOR,
        COMPOSITE_COAL_SET,
        DEFAULT_SET,
        ceads_factors,
        emission_factor,
        fuel_factors,
        fuel_names,
        fuel_sets,
        inventory_factors,
    )
    from dafeng.factors.grid import YEAR_SHIFT_RANGE, GridFactor, grid_factor, grid_title
    from dafeng.factors.indicator_table import (
        Indicator,
        indicator_named,
        indicator_observed,
        indicators,
        plain_name,
        same_terms,
    )
    from dafeng.factors.places import FactorRow, look_up
    from dafeng.factors.policy import PolicyAim, aims_in_force, policy_aims
    from dafeng.factors.tables import grade, statuses, table, table_names, usable
    from dafeng.factors.warming import gwp, gwp_sets

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "ANY_SECTOR",
    "COMPOSITE_COAL_SET",
    "DEFAULT_SET",
    "YEAR_SHIFT_RANGE",
    "FactorRow",
    "GridFactor",
    "Indicator",
    "PolicyAim",
    "aims_in_force",
    "capital_recovery_factor",
    "ceads_factors",
    "emission_factor",
    "fuel_factors",
    "fuel_names",
    "fuel_sets",
    "grade",
    "grid_factor",
    "grid_title",
    "gwp",
    "gwp_sets",
    "indicator_named",
    "indicator_observed",
    "indicators",
    "inventory_factors",
    "look_up",
    "plain_name",
    "policy_aims",
    "same_terms",
    "statuses",
    "table",
    "table_names",
    "usable",
]
