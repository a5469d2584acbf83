"""Energy by balance row and fuel per unit of an official statistic, as thirty provinces together had it in 2020.

Each cell of the inventories has an anchor: the statistic that carries it (thermal generation for the coal of power
stations, pig iron for coke, the province's own gasoline for gasoline …). Only the ratio of national sums is written.
"""

from pathlib import Path

import pandas as pd
from shared_tables import number

BASE = 2020
COAL = ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes")
STEEL, MINERALS, METALS = (
    "Smelting and Pressing of Ferrous Metals", "Nonmetal Mineral Products", "Smelting and Pressing of Nonferrous Metals",
)  # fmt: skip
POWER, COKING, REFINERY = "Thermal Power", "Coking", "Petroleum Refineries"
REST = ("coal_residual", "natural_gas_residual", "electricity_residual")
TOTALS = {
    "coal_residual": "coal_consumption",
    "natural_gas_residual": "natural_gas_consumption",
    "electricity_residual": "electricity_consumption",
}
LEAST_REST = 0.1
"""Share of a province's total that is left to the rows without an anchor of their own, at least."""
_ROWS = {
    "coal": {
        POWER: "generation_thermal", COKING: "coke_output", STEEL: "output_pig_iron", MINERALS: "output_cement", METALS: "output_ten_nonferrous",
        "Coal Washing": "raw_coal_output", "Coal Mining and Dressing": "raw_coal_output", "Briquettes": "raw_coal_output",
        REFINERY: "crude_oil_consumption", "Petroleum Processing and Coking": "crude_oil_consumption",
    },
    "gas": {POWER: "gas_capacity"},
    "electricity": {
        POWER: "generation_thermal", STEEL: "output_crude_steel", MINERALS: "output_cement", METALS: "output_ten_nonferrous",
        "Coal Mining and Dressing": "raw_coal_output",
    },
    "oven": {COKING: "coke_output"},
    "oil": {"Urban": "population_resident", "Rural": "population_resident", "Construction": "va_secondary"},
}  # fmt: skip
_FUELS = {
    **dict.fromkeys(COAL, ("coal", "coal_residual")),
    "Natural_Gas": ("gas", "natural_gas_residual"),
    "Electricity": ("electricity", "electricity_residual"),
    **dict.fromkeys(("Coke", "Coke_Oven_Gas", "Other_Gas", "Other_Coking_Products"), ("oven", "output_pig_iron")),
    **dict.fromkeys(("LPG", "Refinery_Gas", "Other_Petroleum_Products"), ("oil", "crude_oil_consumption")),
    "Crude_Oil": ("", "crude_oil_consumption"), "Gasoline": ("", "gasoline_consumption"), "Kerosene": ("", "kerosene_consumption"),
    "Diesel_Oil": ("", "diesel_consumption"), "Fuel_Oil": ("", "fuel_oil_consumption"),
    "Heat": ("", "coal_residual"), "Other_Energy": ("", "va_secondary"),
}  # fmt: skip
_LEFT_OUT = ("Inputs(+) outputs(-)", "Total Final Consumption", "Total Consumption", "Coke Input (-)")


def anchor_of(row: str, fuel: str) -> str:
    """Return the statistic that carries a cell."""
    group, general = _FUELS[fuel]
    return _ROWS.get(group, {}).get(row, general)


def structure(source: Path, gas_mw: "pd.Series[float]") -> pd.DataFrame:
    """Return row, fuel, unit, anchor and the amount per unit of the anchor."""
    energy = pd.read_csv(source / "energy_inventory.csv.gz", dtype={"province_code": str})
    energy = energy[energy["year"].eq(BASE) & ~energy["row"].isin(_LEFT_OUT)]
    sums = energy.groupby(["row", "fuel"]).agg(value=("value", "sum"), unit=("unit", "first")).reset_index()
    sums["anchor"] = [anchor_of(row, fuel) for row, fuel in zip(sums["row"], sums["fuel"], strict=True)]
    anchors = _anchors(source, gas_mw)
    kinds = {
        "coal_residual": COAL,
        "natural_gas_residual": ("Natural_Gas",),
        "electricity_residual": ("Electricity",),
    }
    for rest in REST:
        anchored = sums[
            sums["fuel"].isin(kinds[rest])
            & ~sums["anchor"].isin(REST)
            & ~sums["row"].isin(("Coal Washing", "Briquettes"))
        ]
        anchored = anchored[~((anchored["fuel"] == "Electricity") & (anchored["row"] == POWER))]
        used = sum(
            anchors[row.anchor] / anchors[row.anchor].sum() * row.value for row in anchored.itertuples()
        )
        total = anchors[TOTALS[rest]]
        anchors[rest] = (total - used).clip(lower=LEAST_REST * total)
    sums["coefficient"] = [
        number(row.value / float(anchors[row.anchor].sum()), 6) for row in sums.itertuples()
    ]
    sums = sums[sums["value"].abs() > 0.5]
    return sums[["row", "fuel", "unit", "anchor", "coefficient"]]


def _anchors(source: Path, gas_mw: "pd.Series[float]") -> pd.DataFrame:
    table = pd.read_csv(source / "province_statistics.csv", dtype={"province_code": str})
    now = table[table["year"].eq(BASE) & table["province_code"].ne("540000")].drop_duplicates(
        ["province_code", "indicator"]
    )
    wide = now.pivot(index="province_code", columns="indicator", values="value").fillna(0.0)
    return wide.assign(gas_capacity=gas_mw.reindex(wide.index).fillna(0.0))
