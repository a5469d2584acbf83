"""Contract: stress and sensitivity of a city's grid: the evening of a heat wave, starts at other start costs."""

import numpy as np
import pandas as pd
import pytest

from dafeng.case import load
from dafeng.dispatch import city_grid, heat_wave, run_city, start_sensitivity, write_page
from dafeng.dispatch.city.start_costs import _starts
from dafeng.dispatch.city.stress import EVENING, _stressed
from dafeng.evidence import DafengError

SHORT = {
    "import_limit_share": 0.05,
    "heat_wave_load_rise": 0.3,
    "storage_mw": 0.0,
    "heat_wave_hydro_factor": 0.0,
}


@pytest.fixture(scope="module")
def jiujiang():
    return load("jiujiang")


def test_the_evening_has_no_sun_and_more_load(jiujiang):
    system = city_grid(jiujiang, 2030, hours=48, start=4800).system
    stressed = _stressed(system, {"load_rise": 0.1, "wind_factor": 0.25, "hydro_factor": 0.5})
    before, after = (s.series["loads", "p_set"] for s in (system, stressed))
    np.testing.assert_allclose(after, before * 1.1)
    old, new = (s.series["generators", "p_max_pu"] for s in (system, stressed))
    evening = np.arange(48) % 24 >= EVENING
    for name in ("solar", "province solar"):
        assert (new.loc[evening, name] == 0).all()
        np.testing.assert_allclose(new.loc[~evening, name], old.loc[~evening, name])
    np.testing.assert_allclose(new["wind"], 0.25 * old["wind"])
    np.testing.assert_allclose(new["province hydro"], 0.5 * old["province hydro"])


def test_response_is_called_in_hours_that_need_it_and_before_load_is_lost(jiujiang):
    """A short corridor in a heat wave: response runs where the price is at its own or above, loss only beyond it."""
    wave = heat_wave(jiujiang, 2030, threads=1, overrides=SHORT)
    told = wave.summary()
    power = wave.solution.flows["generators-p"]
    limit = float(wave.solution.system.table("generators")["p_nom"]["peak response"])
    price = wave.solution.prices["city"].to_numpy()
    called, lost = power["peak response"].to_numpy(), power["lost load"].to_numpy()
    assert told["peak_response_hours"] > 0
    assert told["peak_response_mw"] == pytest.approx(limit)
    assert (price[called > 1e-3] >= 3000 - 1e-3).all()
    assert (called[lost > 1e-3] >= limit - 1e-6).all()
    assert (called[price < 3000 - 1e-3] < 1e-3).all()
    assert told["unserved_mwh"] == pytest.approx(lost.sum())
    assert told["import_mw"] <= told["import_limit_mw"] + 1e-6
    assert told["load_rise"] == 0.3
    words = wave.words()
    assert f"{told['unserved_mwh']:,.0f} MWh" in words.zh
    assert "热浪" in words.zh
    assert "heat wave" in words.en


def test_an_unknown_setting_of_the_stress_case_is_refused(jiujiang):
    with pytest.raises(DafengError, match="heat_wave_snow"):
        heat_wave(jiujiang, 2030, overrides={"heat_wave_snow": 1.0})


def test_starts_within_a_week_by_hand():
    status = pd.DataFrame({"a": [2.0, 1, 1, 3, 0, 1], "b": [1.0, 1, 1, 1, 1, 1]})
    assert _starts(status).to_dict() == {"a": 3.0, "b": 0.0}


@pytest.mark.slow
def test_dearer_starts_are_fewer(jiujiang):
    table = start_sensitivity(jiujiang, 2030, [0.0, 2000.0], weeks=1, threads=1)
    starts = table.groupby("start_cost")["starts"].sum()
    assert starts[2000.0] <= starts[0.0]
    assert table.groupby("start_cost")["total_cost_million"].first().is_monotonic_increasing
    assert (table.loc[table["start_cost"].eq(0.0), "start_cost_million"] == 0).all()


def test_the_page_shows_start_cost_starts_and_stress(jiujiang, tmp_path):
    run = run_city(jiujiang, [2030], threads=1, hours=24, start=4800)[0]
    told = run.summary()
    assert told["start_cost"] == {"value": 500.0, "low": 200.0, "high": 1000.0, "grade": "E"}
    told["coal"] = {"starts_by_unit": {"G1": 23.0}}
    told["start_sensitivity"] = [
        {
            "start_cost": 0.0,
            "cluster": "甲",
            "starts": 88.0,
            "start_cost_million": 0.0,
            "total_cost_million": 5.0,
        }
    ]
    told["heat_wave"] = {"peak_response_mw": 116.0, "unserved_mw": 7.0}
    write_page(run.solution, tmp_path / "p.html", [1], [], {"G1": "一号机"}, told, bus="city")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    for piece in ("500 (200–1,000)", "一号机 G1", "每台启动 starts per unit", "88.00", "116 / 7"):
        assert piece in text
