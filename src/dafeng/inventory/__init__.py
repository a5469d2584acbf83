"""Accounting of a place: energy balance and activities → emissions by sector, fuel, gas, scope and county.

Equations are pure functions of arrays (combustion, electricity, processes, agriculture, land, waste,
uncertainty, keys, indicators). Three accounts that are never mixed run from one set of activities: A
assessment (energy CO2 and net electricity import), B territorial, C GPC community.

>>> round(float(combustion_co2(1.0, 0.020908, 26.37, 0.94)), 4)
1.9003
>>> round(float(combine_product([0.05, 0.05])), 4)
0.0707
"""

from dafeng.inventory.balance import Balance, Entry, coal_equivalents, from_entries, read_balance
from dafeng.inventory.base import BaseYear
from dafeng.inventory.building import build
from dafeng.inventory.checks import reference_table
from dafeng.inventory.combustion import (
    approach_difference,
    combustion_activity,
    combustion_co2,
    energy_use_share,
)
from dafeng.inventory.electricity import (
    coal_equivalent,
    electricity_coal_equivalent,
    imported_electricity_co2,
    net_import,
)
from dafeng.inventory.emission_factors import CEADS, factor_sets
from dafeng.inventory.keys import key_categories, level_assessment, trend_assessment
from dafeng.inventory.model import ACCOUNTS, Inventory, Total, grouped_range
from dafeng.inventory.sectoral import Combustion, combustion_of
from dafeng.inventory.uncertainty import combine_product, combine_sum, interval, propagate, sample_totals

__all__ = [
    "ACCOUNTS",
    "CEADS",
    "Balance",
    "BaseYear",
    "Combustion",
    "Entry",
    "Inventory",
    "Total",
    "approach_difference",
    "build",
    "coal_equivalent",
    "coal_equivalents",
    "combine_product",
    "combine_sum",
    "combustion_activity",
    "combustion_co2",
    "combustion_of",
    "electricity_coal_equivalent",
    "energy_use_share",
    "factor_sets",
    "from_entries",
    "grouped_range",
    "imported_electricity_co2",
    "interval",
    "key_categories",
    "level_assessment",
    "net_import",
    "propagate",
    "read_balance",
    "reference_table",
    "sample_totals",
    "trend_assessment",
]
