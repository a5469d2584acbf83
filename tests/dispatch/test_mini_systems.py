"""Contract: a park and a grid of round numbers cost and emit what can be computed by hand.

The park draws 10 MW for 73 hours, a tenth of a month of 730: 730 MWh at 500 CNY/MWh (100 fixed, 400 floating at ratio 1). Of a
month's first 1,000 MWh nothing is added, of the next 2,000 MWh 50, beyond that 100 CNY/MWh: 100, 200 and 430 MWh here.
The meter costs 40,000 CNY per MW and month.
"""

import numpy as np
import pytest
import yaml
from systems import write_folder

from dafeng.dispatch import read_folder, read_park, run_park, solve
from dafeng.dispatch.city.response_table import spare_at_peak

PARK = {
    "name": "mini", "synthetic": True, "start": "2030-07-01 00:00", "hours": 73,
    "tariff": {
        "bus": "electricity", "floating": 400, "fixed": 100, "demand_charge_per_mw_month": 40_000, "co2_t_per_mwh": 0.5,
        "periods": [{"month": m, "start": "00:00", "end": "24:00", "ratio_to_flat": 1} for m in range(1, 13)],
        "tiers": [{"up_to_mwh_month": 1000, "adder": 0}, {"up_to_mwh_month": 3000, "adder": 50}, {"adder": 100}],
    },
    "system": {
        "buses": [{"name": "electricity"}],
        "loads": [{"name": "works", "bus": "electricity", "p_set": 10}],
    },
}  # fmt: skip


def test_each_megawatt_hour_is_in_one_tier(tmp_path):
    (tmp_path / "park.yaml").write_text(yaml.safe_dump(PARK, allow_unicode=True), encoding="utf-8")
    park = read_park(tmp_path / "park.yaml")
    table = park.system.table("generators")
    assert table.loc["grid supply 1", "e_sum_max"] == pytest.approx(100)
    assert table.loc["grid supply 2", "e_sum_max"] == pytest.approx(200)
    assert np.isinf(table.loc["grid supply 3", "e_sum_max"])
    sized, _ = run_park(park, threads=1)
    assert sized.generation().to_dict() == pytest.approx(
        {"grid supply 1": 100, "grid supply 2": 200, "grid supply 3": 430}
    )
    energy = 730 * 500 + 200 * 50 + 430 * 100
    assert sized.total_cost == pytest.approx(energy + 10 * 40_000 / 10)
    assert sized.emissions().sum() == pytest.approx(730 * 0.5)
    assert sized.capacities["links"]["meter"] == pytest.approx(10)


def two_plants(path, wind=(1.0, 0.5, 0.0)):
    """100 MW of coal at 300, 50 MW of gas at 700 CNY/MWh and 20 MW of wind for a load of 60, 110 and 120 MW."""
    return write_folder(
        path,
        {
            "buses": [{"name": "grid"}],
            "carriers": [
                {"name": "coal", "co2_emissions": 0.32}, {"name": "gas", "co2_emissions": 0.2}, {"name": "wind"},
            ],
            "generators": [
                {"name": "coal", "bus": "grid", "carrier": "coal", "p_nom": 100, "marginal_cost": 300, "efficiency": 0.4},
                {"name": "gas", "bus": "grid", "carrier": "gas", "p_nom": 50, "marginal_cost": 700, "efficiency": 0.5},
                {"name": "wind", "bus": "grid", "carrier": "wind", "p_nom": 20, "marginal_cost": 0},
            ],
            "loads": [{"name": "city", "bus": "grid"}],
        },
        {"loads-p_set": {"city": np.array([60.0, 110.0, 120.0])}, "generators-p_max_pu": {"wind": np.array(wind)}},
        hours=3,
    )  # fmt: skip


def test_two_plants_and_wind_by_hand(tmp_path):
    """Hours: 20 wind 40 coal; 10 wind 100 coal; 100 coal 20 gas. 240 MWh coal · 0.32 / 0.4 and 20 MWh gas · 0.2 / 0.5."""
    solution = solve(read_folder(two_plants(tmp_path)), threads=1)
    output = solution.flows["generators-p"]
    np.testing.assert_allclose(output["wind"], [20, 10, 0], atol=1e-9)
    np.testing.assert_allclose(output["coal"], [40, 100, 100], atol=1e-9)
    np.testing.assert_allclose(output["gas"], [0, 0, 20], atol=1e-9)
    assert solution.total_cost == pytest.approx(240 * 300 + 20 * 700)
    assert solution.emissions().sum() == pytest.approx(240 * 0.8 + 20 * 0.4)
    assert solution.curtailment().sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(solution.prices["grid"].iloc[[0, 2]], [300, 700])


def test_spare_capacity_at_the_peak_is_what_is_left(tmp_path):
    """At 120 MW all coal runs and 20 of 50 MW of gas: 30 MW are spare, none of it coal or wind."""
    solution = solve(read_folder(two_plants(tmp_path)), threads=1)
    assert spare_at_peak(solution, ["coal", "gas"]) == pytest.approx(30)
    assert spare_at_peak(solution, ["coal"]) == pytest.approx(0, abs=1e-9)
