"""A city of three rows, two years and two plants: every column of every table of the inventory by hand."""

import pandas as pd
import pytest

from dafeng.inventory.accounts.electricity_balance import in_service


def _plants(*units):
    columns = ["fuel", "status", "capacity_mw", "start_year", "end_year"]
    return pd.DataFrame(units, columns=columns)


def test_a_unit_counts_half_in_its_first_year_and_whole_in_its_last():
    """100 MW from 2020 (half of it then) to 2022 whole; 40 MW always there; announced and other fuels never."""
    plants = _plants(
        ("wind", "operating", 100.0, 2020.0, 2022.0),
        ("wind", "retired", 40.0, None, None),
        ("wind", "announced", 1000.0, 2019.0, None),
        ("hydro", "operating", 7.0, 2000.0, None),
    )
    years = [2019, 2020, 2021, 2022, 2023]
    assert in_service(plants, "wind", years) == pytest.approx([40, 90, 140, 140, 40])
