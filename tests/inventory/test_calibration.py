"""Calorific values of coal that two tables of one balance imply: what is used, what is told, by hand."""

import pandas as pd
import pytest

from dafeng.inventory import Balance, calibrate
from dafeng.inventory.balance.calibration import coal_calibration

COLUMNS = ["region", "year", "row", "kind", "fuel", "value", "unit", "printed", "scale", "order", "where"]


def _table(**values):
    """One row of final use; raw coal 100 t and so on."""
    lines = [("", 2020, "Construction", "final", f, v, "t", v, 1.0, 0, "x") for f, v in values.items()]
    return pd.DataFrame(lines, columns=COLUMNS)


def test_ratio_of_two_tables():
    """The standard table was turned into 90 t by 0.7143, so one tonne holds 0.9 × 0.7143 tce; diesel is off by 1 %."""
    physical, standard = _table(Raw_Coal=100.0, Diesel_Oil=100.0), _table(Raw_Coal=90.0, Diesel_Oil=99.0)
    table = calibrate(Balance(physical, ()), Balance(standard, ())).set_index("fuel")
    assert table.loc["Raw_Coal", ["default", "tce_per_unit", "ratio"]].tolist() == pytest.approx(
        [0.7143, 0.64287, 0.9]
    )
    assert table["noticeable"].to_dict() == {"Raw_Coal": True, "Diesel_Oil": False}
    assert table.loc["Diesel_Oil", "ratio"] == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("standard", "ratios", "codes"),
    [
        (90.0, {("", 2020, "Raw_Coal"): 0.9}, ["coal-calibrated"]),
        (101.0, {}, []),  # 1 %: rounding
        (151.0, {}, ["coal-not-calibrated"]),  # more than half off: another table or a slip
        (149.0, {("", 2020, "Raw_Coal"): 1.49}, ["coal-calibrated"]),
        (49.0, {}, ["coal-not-calibrated"]),
    ],
)
def test_only_what_is_noticeable_and_plausible_is_used(standard, ratios, codes):
    balance = Balance(_table(Raw_Coal=100.0), (), _table(Raw_Coal=standard))
    found, told = coal_calibration(balance)
    assert found == pytest.approx(ratios)
    assert [finding.code for finding in told] == codes


def test_other_fuels_keep_their_default():
    balance = Balance(_table(Diesel_Oil=100.0), (), _table(Diesel_Oil=90.0))
    assert coal_calibration(balance) == ({}, [])
