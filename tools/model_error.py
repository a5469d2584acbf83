"""Make `pathway/model_error.csv`: how wrong the model's own rule was in 30 provinces.

    python tools/model_error.py --errors hindcast_errors.csv --statistics province_statistics.csv \
        --out src/dafeng/pathway/model_error.csv

`--errors` has columns province_code, quantity, origin, lead, error (the past five years' intensity trend carried on,
GDP realised), error_intensity_frozen and error_growth_carried_on for NBS energy, electricity, CEADs CO2 and EDGAR CO2;
`--statistics` is a tidy table province_code, year, indicator, value of NBS statistics, from which CO2 by NBS fuels and
the origins without a GDP index (2005-2014) are computed. Only logarithmic errors are written: no level of a source can
be read back from them. Percentages are never used: all errors are differences of natural logarithms.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_ORIGIN, LAST_OUTCOME, LEADS, PAST = 2005, 2022, 6, 5
INDEX_FROM = 2010
# 万tce per 10^8 kWh of generation that burns nothing, or that is imported, at coal equivalent (0.305 kgce/kWh)
COAL_EQUIVALENT = 3.05
# indicator -> (万tce per unit, 万tCO2 per unit); GB/T 2589-2020 and the provincial guideline for inventories
FUELS = {
    "coal_consumption": (0.7143, 1.9003),
    "gasoline_consumption": (1.4714, 2.9251),
    "kerosene_consumption": (1.4714, 3.0179),
    "diesel_consumption": (1.4571, 3.0959),
    "fuel_oil_consumption": (1.4286, 3.1705),
    "natural_gas_consumption": (13.3, 21.622),
}
COPIED = {
    "energy_total": "energy_total", "electricity": "electricity", "co2_ceads": "co2_ceads", "co2_edgar": "co2_edgar",
}  # fmt: skip
COLUMNS = (
    "province_code",
    "quantity",
    "origin",
    "lead",
    "error_full_trend",
    "error_no_trend",
    "error_growth",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--errors", type=Path, required=True)
    options.add_argument("--statistics", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    given = options.parse_args()
    statistics = pd.read_csv(given.statistics, dtype={"province_code": str})
    rows = copied(given.errors) + from_statistics(statistics)
    rows.sort(key=lambda row: (row[1], row[0], int(row[2]), int(row[3])))
    with given.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def copied(path: Path) -> list[tuple[str, ...]]:
    table = pd.read_csv(path, dtype={"province_code": str})
    table = table[table["quantity"].isin(COPIED) & (table["lead"] <= LEADS)]
    columns = ("error", "error_intensity_frozen", "error_growth_carried_on")
    return [
        (row.province_code, COPIED[row.quantity], str(row.origin), str(row.lead), *(_told(getattr(row, name)) for name in columns))
        for row in table.itertuples()
    ]  # fmt: skip


def from_statistics(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """CO2 by NBS fuels with GDP (origins from 2015), NBS energy without it (2005-2014)."""
    energy = _wide(table, "energy_consumption_total")
    co2 = np.log(_fossil_carbon(table, energy))
    log_gdp = np.log(_wide(table, "gdp_index_prev100") / 100.0).cumsum(axis=1)
    log_gdp.insert(0, INDEX_FROM, 0.0)
    found = []
    for code in energy.index:
        for origin in range(FIRST_ORIGIN, LAST_OUTCOME):
            for lead in range(1, min(LEADS, LAST_OUTCOME - origin) + 1):
                if origin >= INDEX_FROM + PAST:
                    found.append(
                        (code, "co2_nbs", str(origin), str(lead), *_errors(co2.loc[code], log_gdp.loc[code], origin, lead))
                    )  # fmt: skip
                else:
                    growth = _growth(np.log(energy.loc[code]), origin, lead)
                    found.append((code, "energy_total", str(origin), str(lead), "", "", _told(growth)))
    return found


def _errors(log_use: pd.Series, log_gdp: pd.Series, origin: int, lead: int) -> tuple[str, str, str]:
    intensity = log_use - log_gdp
    trend = (intensity[origin] - intensity[origin - PAST]) / PAST
    frozen = intensity[origin + lead] - intensity[origin]
    return _told(frozen - lead * trend), _told(frozen), _told(_growth(log_use, origin, lead))


def _growth(log_use: pd.Series, origin: int, lead: int) -> float:
    pace = (log_use[origin] - log_use[origin - PAST]) / PAST
    return float(log_use[origin + lead] - log_use[origin] - lead * pace)


def _fossil_carbon(table: pd.DataFrame, energy: pd.DataFrame) -> pd.DataFrame:
    """NBS energy less what is not burnt in the province, times the carbon of its fossil fuels, 万t CO2."""
    years = energy.columns
    one = {
        name: _wide(table, name).reindex(index=energy.index, columns=years).interpolate(axis=1, limit_area="inside")
        for name in (*FUELS, "generation_thermal", "electricity_consumption")
    }  # fmt: skip
    not_burnt = one["electricity_consumption"] - one["generation_thermal"]
    heat = sum(one[name].fillna(0.0) * tce for name, (tce, _) in FUELS.items())
    carbon = sum(one[name].fillna(0.0) * co2 for name, (_, co2) in FUELS.items())
    return (energy - not_burnt * COAL_EQUIVALENT) * carbon / heat


def _wide(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    rows = table[table["indicator"] == indicator]
    wide = rows.pivot_table(index="province_code", columns="year", values="value", aggfunc="first")
    return wide[[year for year in wide.columns if FIRST_ORIGIN - PAST <= year <= LAST_OUTCOME]]


def _told(value: float) -> str:
    return f"{value:.4f}"


if __name__ == "__main__":
    main()
