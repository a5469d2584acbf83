"""Constants of energy statistics and of stoichiometry; each is written here and nowhere else."""

GJ_PER_TCE = 29.3076
"""Lower heating value of standard coal, 7,000 kcal/kg (GB/T 2589-2020)."""

TJ_PER_TCE = GJ_PER_TCE / 1000
TCE_PER_TJ = 1000 / GJ_PER_TCE

GJ_PER_MWH = 3.6
TJ_PER_MWH = 0.0036
MWH_PER_TCE = GJ_PER_TCE / GJ_PER_MWH

CALORIFIC_TCE_PER_MWH = 0.1229
"""Coal equivalent of electricity at its calorific value (电热当量; GB/T 2589-2020, annex)."""

CALORIFIC_TCE_PER_TJ_HEAT = 34.12
"""Coal equivalent of heat as the standard prints it (0.03412 kgce/MJ; GB/T 2589-2020, annex)."""

CARBON_TO_CO2 = 44 / 12
"""t CO2 in a tonne of carbon (molar masses 44 and 12, as in the guidelines)."""

NITROGEN_TO_N2O = 44 / 28
"""t N2O in a tonne of nitrogen."""
