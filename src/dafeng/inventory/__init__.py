"""Accounting of a place: energy balance and activities → emissions by sector, fuel, gas, scope and county.

Equations are pure functions of arrays (combustion, electricity, processes, agriculture, land, waste,
uncertainty, keys, indicators). Three accounts that are never mixed run from one set of activities: A
assessment (energy CO2 and net electricity import), B territorial, C GPC community.

>>> round(float(combustion_co2(1.0, 0.020908, 26.37, 0.94)), 4)
1.9003
>>> round(float(combine_product([0.05, 0.05])), 4)
0.0707
"""

from dafeng.inventory.analysis import key_category_table, propagated, sampled
from dafeng.inventory.balance import Balance, Entry, coal_equivalents, from_entries
from dafeng.inventory.base import BaseYear
from dafeng.inventory.building import build
from dafeng.inventory.calibration import calibrate
from dafeng.inventory.cascade import allocate, county_weights, to_counties
from dafeng.inventory.categories import activity_names
from dafeng.inventory.checks import reference_table
from dafeng.inventory.combustion import (
    approach_difference,
    combustion_activity,
    combustion_co2,
    energy_use_share,
    sectoral_co2,
)
from dafeng.inventory.dual_control import dual_control
from dafeng.inventory.electricity import (
    coal_equivalent,
    electricity_coal_equivalent,
    imported_electricity_co2,
    net_import,
)
from dafeng.inventory.emission_factors import CEADS, factor_sets
from dafeng.inventory.figures import emission_rings, energy_flows, sankey, sunburst
from dafeng.inventory.gpc import gpc_table, gpc_totals
from dafeng.inventory.keys import key_categories, level_assessment, trend_assessment
from dafeng.inventory.many import build_many
from dafeng.inventory.model import ACCOUNTS, Inventory, Total, grouped_range
from dafeng.inventory.names import fuel_title, row_title
from dafeng.inventory.overrides import read_overrides
from dafeng.inventory.provincial_form import provincial_form
from dafeng.inventory.reading import read_balance
from dafeng.inventory.recalculation import recalculate
from dafeng.inventory.reconciliation import read_reference, reconcile
from dafeng.inventory.sectoral import Combustion, combustion_of, reference_approach
from dafeng.inventory.uncertainty import combine_product, combine_sum, interval, propagate, sample_totals
from dafeng.inventory.writing import as_csv as inventory_as_csv
from dafeng.inventory.writing import as_json as inventory_as_json
from dafeng.inventory.writing import write_workbook

__all__ = [
    "ACCOUNTS",
    "CEADS",
    "Balance",
    "BaseYear",
    "Combustion",
    "Entry",
    "Inventory",
    "Total",
    "activity_names",
    "allocate",
    "approach_difference",
    "build",
    "build_many",
    "calibrate",
    "coal_equivalent",
    "coal_equivalents",
    "combine_product",
    "combine_sum",
    "combustion_activity",
    "combustion_co2",
    "combustion_of",
    "county_weights",
    "dual_control",
    "electricity_coal_equivalent",
    "emission_rings",
    "energy_flows",
    "energy_use_share",
    "factor_sets",
    "from_entries",
    "fuel_title",
    "gpc_table",
    "gpc_totals",
    "grouped_range",
    "imported_electricity_co2",
    "interval",
    "inventory_as_csv",
    "inventory_as_json",
    "key_categories",
    "key_category_table",
    "level_assessment",
    "net_import",
    "propagate",
    "propagated",
    "provincial_form",
    "read_balance",
    "read_overrides",
    "read_reference",
    "recalculate",
    "reconcile",
    "reference_approach",
    "reference_table",
    "row_title",
    "sample_totals",
    "sampled",
    "sankey",
    "sectoral_co2",
    "sunburst",
    "to_counties",
    "trend_assessment",
    "write_workbook",
]
