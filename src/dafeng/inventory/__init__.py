"""Accounting of a place: energy balance and activities → emissions by sector, fuel, gas, scope and county.

Equations are pure functions of arrays (combustion, electricity, processes, livestock, agriculture, land,
waste, uncertainty, key categories, indicators), each with its units, its source and an example by hand. Three
accounts that are never mixed run from one set of activities: A assessment (energy CO2 and net electricity
import), B territorial, C GPC community.

>>> round(float(combustion_co2(1.0, 0.020908, 26.37, 0.94)), 4)
1.9003
>>> round(float(combine_product([0.05, 0.05])), 4)
0.0707
>>> [(name, built.base_year) for name, built in build_many(["jiujiang"])]
[('jiujiang', 2020)]
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.inventory.accounts.base_year import BaseYear
    from dafeng.inventory.accounts.batch import build_many
    from dafeng.inventory.accounts.build import build
    from dafeng.inventory.accounts.categories import activity_names
    from dafeng.inventory.accounts.checks import reference_table
    from dafeng.inventory.accounts.county_allocation import (
        COUNTY_SPREAD_LN,
        allocate,
        county_bridge,
        county_totals,
        county_weights,
        to_counties,
    )
    from dafeng.inventory.accounts.dual_control import dual_control
    from dafeng.inventory.accounts.emission_factors import CEADS, factor_sets, read_overrides
    from dafeng.inventory.accounts.model import ACCOUNTS, Inventory, Total, grouped_range
    from dafeng.inventory.accounts.recalculation import recalculate, recalculation_by_category
    from dafeng.inventory.accounts.reconciliation import own_reference, read_reference, reconcile
    from dafeng.inventory.accounts.sectoral import Combustion, combustion_of, reference_approach
    from dafeng.inventory.accounts.uncertainty_analysis import (
        key_category_table,
        propagated,
        sampled,
        uncertainty_of,
    )
    from dafeng.inventory.analysis.carbon_balance import (
        GasBalance,
        case_coking_balances,
        coking_balances,
        combustion_gas_balances,
        gas_bridge,
        inventory_gas_balances,
    )
    from dafeng.inventory.analysis.case_diagnosis import case_balance
    from dafeng.inventory.analysis.gas_sources import gas_without_source
    from dafeng.inventory.analysis.gdp_vintages import gdp_findings
    from dafeng.inventory.analysis.grades import grade_shares
    from dafeng.inventory.analysis.implied_rates import implied_rates
    from dafeng.inventory.analysis.ipcc_codes import ipcc_codes, with_codes
    from dafeng.inventory.analysis.ipcc_key_categories import ipcc_key_categories
    from dafeng.inventory.analysis.time_series import read_splices, series_table, spliced
    from dafeng.inventory.analysis.transport_oil import moved_to_transport, oil_shares
    from dafeng.inventory.analysis.versions import read_version, write_version
    from dafeng.inventory.balance.calibration import calibrate
    from dafeng.inventory.balance.diagnosis import Diagnosis, diagnose
    from dafeng.inventory.balance.energy_balance import Balance, Entry, from_entries
    from dafeng.inventory.balance.equivalents import coal_equivalents
    from dafeng.inventory.balance.names import fuel_title, row_title
    from dafeng.inventory.balance.own_balance import add_balance
    from dafeng.inventory.balance.reading import read_balance
    from dafeng.inventory.equations.agriculture import (
        leached_nitrogen,
        livestock_emission,
        organic_amendment_factor,
        rice_ch4,
        soil_n2o_direct,
        soil_n2o_indirect,
        volatilised_nitrogen,
    )
    from dafeng.inventory.equations.carbon_balance import (
        carbon_difference,
        share_counted_twice,
        unoxidised_co2,
    )
    from dafeng.inventory.equations.combustion import (
        approach_difference,
        combustion_activity,
        combustion_co2,
        energy_use_share,
        reference_approach_co2,
        sectoral_co2,
        trace_gases,
    )
    from dafeng.inventory.equations.electricity import (
        calibrated_coefficient,
        coal_equivalent,
        electricity_coal_equivalent,
        heat_co2,
        imported_electricity_co2,
        location_based_co2,
        net_import,
    )
    from dafeng.inventory.equations.indicators import (
        annual_fall,
        constant_price_gdp,
        cumulative_fall,
        intensity,
        non_fossil_share,
        share,
    )
    from dafeng.inventory.equations.key_categories import key_categories, level_assessment, trend_assessment
    from dafeng.inventory.equations.land import (
        biomass_carbon,
        forest_gain_loss_co2,
        stock_change_co2,
        wetland_ch4,
    )
    from dafeng.inventory.equations.processes import (
        carbonate_co2,
        clinker_co2,
        coal_mine_ch4,
        glass_co2,
        lime_co2,
        product_emission,
        soda_ash_co2,
    )
    from dafeng.inventory.equations.splicing import (
        splice_by_extrapolation,
        splice_by_interpolation,
        splice_by_overlap,
        splice_by_surrogate,
    )
    from dafeng.inventory.equations.uncertainty import (
        combine_product,
        combine_sum,
        interval,
        lognormal_or_normal,
        propagate,
        sample_totals,
        trend_uncertainty,
    )
    from dafeng.inventory.equations.waste import (
        decayed_carbon,
        decomposable_carbon,
        effluent_n2o,
        effluent_nitrogen,
        incineration_co2,
        landfill_ch4,
        wastewater_ch4,
    )
    from dafeng.inventory.forms.ecrf import Ecrf, ecrf_tables
    from dafeng.inventory.forms.ecrf_files import read_ecrf, write_ecrf
    from dafeng.inventory.forms.figures import emission_rings, energy_flows, sankey, sunburst, write_figures
    from dafeng.inventory.forms.gpc import gpc_table, gpc_totals, gpc_without
    from dafeng.inventory.forms.provincial_form import provincial_form
    from dafeng.inventory.forms.writing import as_json as inventory_as_json
    from dafeng.inventory.forms.writing import inventory_as_csv, write_workbook
    from dafeng.inventory.own_data.city_balance import add_own_balance, is_named_balance
    from dafeng.inventory.plant_layer.branches import PlantLayer, plant_layer, reconciled
    from dafeng.inventory.plant_layer.cross_checks import cross_check_findings, cross_checks
    from dafeng.inventory.plant_layer.estimates import project_emissions

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "ACCOUNTS",
    "CEADS",
    "COUNTY_SPREAD_LN",
    "Balance",
    "BaseYear",
    "Combustion",
    "Diagnosis",
    "Ecrf",
    "Entry",
    "GasBalance",
    "Inventory",
    "PlantLayer",
    "Total",
    "activity_names",
    "add_balance",
    "add_own_balance",
    "allocate",
    "annual_fall",
    "approach_difference",
    "biomass_carbon",
    "build",
    "build_many",
    "calibrate",
    "calibrated_coefficient",
    "carbon_difference",
    "carbonate_co2",
    "case_balance",
    "case_coking_balances",
    "clinker_co2",
    "coal_equivalent",
    "coal_equivalents",
    "coal_mine_ch4",
    "coking_balances",
    "combine_product",
    "combine_sum",
    "combustion_activity",
    "combustion_co2",
    "combustion_gas_balances",
    "combustion_of",
    "constant_price_gdp",
    "county_bridge",
    "county_totals",
    "county_weights",
    "cross_check_findings",
    "cross_checks",
    "cumulative_fall",
    "decayed_carbon",
    "decomposable_carbon",
    "diagnose",
    "dual_control",
    "ecrf_tables",
    "effluent_n2o",
    "effluent_nitrogen",
    "electricity_coal_equivalent",
    "emission_rings",
    "energy_flows",
    "energy_use_share",
    "factor_sets",
    "forest_gain_loss_co2",
    "from_entries",
    "fuel_title",
    "gas_bridge",
    "gas_without_source",
    "gdp_findings",
    "glass_co2",
    "gpc_table",
    "gpc_totals",
    "gpc_without",
    "grade_shares",
    "grouped_range",
    "heat_co2",
    "implied_rates",
    "imported_electricity_co2",
    "incineration_co2",
    "intensity",
    "interval",
    "inventory_as_csv",
    "inventory_as_json",
    "inventory_gas_balances",
    "ipcc_codes",
    "ipcc_key_categories",
    "is_named_balance",
    "key_categories",
    "key_category_table",
    "landfill_ch4",
    "leached_nitrogen",
    "level_assessment",
    "lime_co2",
    "livestock_emission",
    "location_based_co2",
    "lognormal_or_normal",
    "moved_to_transport",
    "net_import",
    "non_fossil_share",
    "oil_shares",
    "organic_amendment_factor",
    "own_reference",
    "plant_layer",
    "product_emission",
    "project_emissions",
    "propagate",
    "propagated",
    "provincial_form",
    "read_balance",
    "read_ecrf",
    "read_overrides",
    "read_reference",
    "read_splices",
    "read_version",
    "recalculate",
    "recalculation_by_category",
    "reconcile",
    "reconciled",
    "reference_approach",
    "reference_approach_co2",
    "reference_table",
    "rice_ch4",
    "row_title",
    "sample_totals",
    "sampled",
    "sankey",
    "sectoral_co2",
    "series_table",
    "share",
    "share_counted_twice",
    "soda_ash_co2",
    "soil_n2o_direct",
    "soil_n2o_indirect",
    "splice_by_extrapolation",
    "splice_by_interpolation",
    "splice_by_overlap",
    "splice_by_surrogate",
    "spliced",
    "stock_change_co2",
    "sunburst",
    "to_counties",
    "trace_gases",
    "trend_assessment",
    "trend_uncertainty",
    "uncertainty_of",
    "unoxidised_co2",
    "volatilised_nitrogen",
    "wastewater_ch4",
    "wetland_ch4",
    "with_codes",
    "write_ecrf",
    "write_figures",
    "write_version",
    "write_workbook",
]
