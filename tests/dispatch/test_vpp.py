"""Contract: a virtual plant never promises what it cannot sustain; baselines and verification follow their formulas."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from dafeng.cli.dispatch import app
from dafeng.dispatch import baseline, confidence, day_ahead, envelope, read_vpp, verified, vpp_summary
from dafeng.evidence import DafengError

EXAMPLE = Path(__file__).parents[2] / "examples/vpp-synthetic/vpp.yaml"


def plant(path: Path, **changes):
    pd.DataFrame({"hour": range(24), "price": 400.0, "use": 5.0}).to_csv(path / "p.csv", index=False)
    content = {
        "name": "t",
        "synthetic": True,
        "start": "2030-07-01",
        "hours": 24,
        "profiles": "p.csv",
        "price": "price",
        "events": [{"name": "e", "start": 18, "hours": 2, "price": 1000.0}],
        "system": {
            "buses": [{"name": "vpp"}],
            "loads": [{"name": "use", "bus": "vpp", "p_set": "profile:use"}],
            "generators": [
                {"name": "line", "bus": "vpp", "p_nom": 2, "marginal_cost": 900, "reliability": 0.5},
                {"name": "diesel", "bus": "vpp", "p_nom": 1, "marginal_cost": 1500},
            ],
            "storage_units": [
                {"name": "battery", "bus": "vpp", "p_nom": 4, "max_hours": 1, "cyclic_state_of_charge": True}
            ],
        },
        **changes,
    }
    file = path / "vpp.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def test_capability_is_what_can_be_sustained(tmp_path):
    told = vpp_summary(read_vpp(plant(tmp_path)), threads=1)
    event = told["events"][0]
    # line 2 + diesel 1 + 4 MWh of battery over two hours = 2 MW
    assert event["capability_mw"] == pytest.approx(5.0)
    # at 1000 CNY/MWh the diesel at 1500 stays out
    assert event["offer_mw"] == pytest.approx(4.0)
    assert event["contributions_mw"]["battery"] == pytest.approx(2.0)
    assert sum(event["contributions_mw"].values()) == pytest.approx(event["capability_mw"])
    # market at 400 all day: the battery moves at no price, so the gain is 8 MWh x 1000 less the line's 4 x 900
    # and the energy that has to be bought back for the battery
    assert event["gain"] == pytest.approx(2 * 4 * 1000 - 2 * 2 * 900 - 4 * 400)


@pytest.mark.slow
def test_position_is_held_outside_promises(tmp_path):
    told = vpp_summary(read_vpp(plant(tmp_path)), threads=1)
    assert len(told["day_ahead_bid_mw"]) == 24
    assert sum(told["day_ahead_bid_mw"]) == pytest.approx(120.0)


def test_confidence_of_independent_resources():
    given = pd.Series({"a": 2.0, "b": 3.0})
    sure = confidence(given, {})
    assert set(sure.values()) == {5.0}
    risky = confidence(given, {"a": 0.5})
    assert risky["exceeded_with_90_percent_mw"] == 3.0
    assert risky["exceeded_with_10_percent_mw"] == 5.0
    assert confidence(given, {"a": 0.5}) == risky


def test_baseline_and_verified_response():
    days = np.vstack([np.full(24, 99.0), *[np.arange(24) + d for d in range(5)]])
    expected = baseline(days)
    np.testing.assert_allclose(expected, np.arange(24) + 2.0)
    told = verified(expected[18:20], expected[18:20] - 3.0, promised_mw=4.0)
    assert told == {"mean_response_mw": 3.0, "response_mwh": 6.0, "share_of_promise": 0.75}
    assert verified(expected[:2], expected[:2] - 9.0, 4.0)["share_of_promise"] == 1.0
    with pytest.raises(DafengError, match="at least 5"):
        baseline(days[:3])
    days[-1, 3] = np.nan
    with pytest.raises(DafengError, match="gaps"):
        baseline(days)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"events": [{"name": "e", "start": 23, "hours": 2, "price": 1}]}, "events:1"),
        ({"events": [{"name": "e"}]}, "events:1"),
        ({"hours": 25}, "24 values"),
    ],
)
def test_bad_plants(tmp_path, changes, place):
    with pytest.raises(DafengError, match=place):
        read_vpp(plant(tmp_path, **changes))


@pytest.mark.slow
def test_command_on_the_example():
    result = CliRunner().invoke(app, ["vpp", str(EXAMPLE), "--json", "--threads", "1"])
    told = json.loads(result.stdout)
    assert told["synthetic"] is True
    assert all(event["target_share"] == 0.017 for event in told["events"])
    assert all("assumption" in event["base"] for event in told["events"])
    shown = CliRunner().invoke(app, ["vpp", str(EXAMPLE), "--threads", "1"])
    assert "合成" in shown.stdout


def test_envelope_bounds_the_position_and_an_idle_battery_is_known(tmp_path):
    plant = read_vpp(EXAMPLE)
    position = day_ahead(plant, threads=1)
    bounds = envelope(plant, position)
    assert (bounds["lowest_mw"] <= bounds["position_mw"] + 1e-6).all()
    assert (bounds["highest_mw"] >= bounds["position_mw"] - 1e-6).all()
    energy = bounds["position_mw"].cumsum()
    assert (bounds["lowest_mwh"] <= energy + 1e-6).all()
    assert (bounds["highest_mwh"] >= energy - 1e-6).all()
    # at midnight: no sun; factory + charging at most against battery, diesel and interruptible load at least
    profiles = pd.read_csv(EXAMPLE.parent / "profiles.csv")
    assert bounds["highest_mw"].iloc[0] == pytest.approx(profiles["factory"].iloc[0] + 8 + 4)
    assert bounds["lowest_mw"].iloc[0] == pytest.approx(profiles["factory"].iloc[0] - 4 - 1 - 3)


@pytest.mark.slow
def test_the_meter_of_an_event_verifies_its_response():
    told = vpp_summary(read_vpp(EXAMPLE), threads=1)
    event = told["events"][0]
    assert event["baseline_mw"] == pytest.approx([4.06, 4.42])
    assert event["verified"]["mean_response_mw"] == pytest.approx((3.66 + 3.72) / 2)
    assert event["verified"]["share_of_promise"] == pytest.approx(3.69 / event["offer_mw"])
    assert event["meets_target"] == (event["share_of_city_peak"] >= 0.017)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("day,hour,mw\n1,0,5\n", "6 days or more"),
        ("day,hour\n1,0\n", "the columns mw too"),
        ("day,hour,mw\n1,0,\n", "meter.csv:2"),
    ],
)
def test_bad_meters(tmp_path, rows, said):
    for name in ("vpp.yaml", "profiles.csv"):
        (tmp_path / name).write_bytes((EXAMPLE.parent / name).read_bytes())
    (tmp_path / "meter.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(DafengError, match=said):
        read_vpp(tmp_path / "vpp.yaml")
