"""The provincial balances of the NBS for Jiangxi 2007 and 2014, industry as one row, against the CEADs inventory.

Data: China Energy Statistical Yearbook 2008, table 6-14, and LBL China Energy Databook v9 (via gcam-china), in
Chinese and English names of both editions; CEADs totals by fuel [Mt] of the same years (Shan et al. 2018, 2020).
"""

from pathlib import Path

import pandas as pd
import pytest

from dafeng.inventory import combustion_of, read_balance
from dafeng.inventory.balance.names import find_fuel

HERE = Path(__file__).parent
CEADS_MT = {
    2007: {
        "Raw Coal": 64.4611, "Cleaned Coal": 0.302, "Other Washed Coal": 0.3814, "Briquettes": 2.8619, "Coke": 17.1879,
        "Coke Oven Gas": 1.7502, "Other Gas": 11.4549, "Other Coking Products": 0.1955, "Gasoline": 2.0657,
        "Kerosene": 0.2352, "Diesel Oil": 9.1326, "Fuel Oil": 0.5918, "LPG": 1.2931, "Refinery Gas": 0.5162,
        "Natural Gas": 0.2247,
    },
    2014: {
        "Raw Coal": 95.8701, "Cleaned Coal": 0.2679, "Other Washed Coal": 0.5808, "Briquettes": 3.2036, "Coke": 25.0531,
        "Coke Oven Gas": 2.7651, "Other Gas": 21.8962, "Other Coking Products": 0.117, "Crude Oil": 0.0141,
        "Gasoline": 7.0303, "Kerosene": 0.0646, "Diesel Oil": 16.2763, "Fuel Oil": 0.4864, "LPG": 1.7775,
        "Refinery Gas": 0.568, "Natural Gas": 2.971,
    },
}  # fmt: skip
# non-energy use above what the chemical branches use is not taken out by CEADs; one row of industry cannot show that
FEEDSTOCK_UNSPLIT = {"Raw_Coal", "Cleaned_Coal", "Coke", "Fuel_Oil", "Kerosene", "LPG", "Other_Washed_Coal"}


def emissions(tmp_path, language):
    frame = pd.read_csv(HERE / "data_nbs_jiangxi.csv")
    frame = frame.rename(columns={f"row_{language}": "row", f"fuel_{language}": "fuel"})
    frame[["row", "fuel", "year", "value", "unit"]].to_csv(tmp_path / "b.csv", index=False)
    return combustion_of(read_balance(tmp_path / "b.csv"), "ceads")


def test_totals_by_fuel_agree_where_the_rule_needs_no_branches(tmp_path):
    result = emissions(tmp_path, "zh")
    ours = result.emissions.groupby(["year", "fuel"])["value"].sum() / 1e6
    for year, totals in CEADS_MT.items():
        for name, theirs in totals.items():
            fuel = find_fuel(name).fuel
            if fuel not in FEEDSTOCK_UNSPLIT:
                assert ours[year, fuel] == pytest.approx(theirs, rel=1e-3, abs=1e-4), (year, fuel)
            else:
                assert ours[year, fuel] <= theirs * 1.001
        assert sum(ours[year, find_fuel(n).fuel] for n in totals) == pytest.approx(
            sum(totals.values()), rel=0.02
        )
    assert "feedstock-of-whole-industry" in {f.code for f in result.findings}


def test_both_languages_give_the_same_account(tmp_path):
    keys = ["year", "row", "fuel"]
    chinese, english = (
        emissions(tmp_path, language).emissions.set_index(keys)["value"].sort_index()
        for language in ("zh", "en")
    )
    assert list(chinese.index) == list(english.index)
    assert chinese.to_numpy() == pytest.approx(english.to_numpy(), rel=1e-12)
