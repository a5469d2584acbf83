"""Contract: tariffs cover every half hour once; a park obeys its carriers and tariff; control without foresight costs more."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from systems import write_folder
from typer.testing import CliRunner

from dafeng.cli.dispatch import app
from dafeng.dispatch import (
    bundled_periods,
    control,
    fix_capacities,
    hourly_prices,
    periods_to_ratios,
    read_folder,
    read_park,
    run_park,
    solve,
)
from dafeng.evidence import DafengError

EXAMPLE = Path(__file__).parents[2] / "examples/park-synthetic"


def all_day(ratio=1.0):
    return [{"month": m, "start": "00:00", "end": "24:00", "ratio_to_flat": ratio} for m in range(1, 13)]


def test_jiangxi_2025_month_by_month():
    ratios = bundled_periods("regions/360000")
    assert ratios.shape == (12, 48)
    assert set(np.unique(ratios)) == {0.3, 0.4, 1.0, 1.6, 1.8}
    # sharp peak 18-20 in January, 20:30-22:30 in July; deep valley 12-14 from March to November
    assert (ratios[0, 36:40] == 1.8).all()
    assert (ratios[6, 41:45] == 1.8).all()
    assert (ratios[2:11, 24:28] == 0.3).all()
    assert (ratios[[0, 1, 11]] != 0.3).all()


def test_an_hour_of_two_periods_costs_their_mean():
    ratios = bundled_periods("regions/360000")
    hours = pd.date_range("2030-07-01", periods=24, freq="h")
    prices = hourly_prices(ratios, hours, floating=400.0, fixed=300.0)
    assert prices[20] == pytest.approx(300 + 400 * (1.6 + 1.8) / 2)
    assert prices[12] == pytest.approx(300 + 400 * 0.3)


def test_overlapping_periods_are_refused():
    rows = [*all_day(), {"month": 3, "start": "11:30", "end": "12:30", "ratio_to_flat": 2}]
    with pytest.raises(DafengError, match=r"no overlap: 11:30 of month 3"):
        periods_to_ratios(rows, "tariff.csv")


def test_a_gap_and_nonsense_are_refused():
    with pytest.raises(DafengError, match="no period at 00:00 of month 12"):
        periods_to_ratios(all_day()[:-1], "tariff.csv")
    with pytest.raises(DafengError, match="HH:30"):
        periods_to_ratios([{"month": 1, "start": "00:10", "end": "02:00", "ratio_to_flat": 1}], "tariff.csv")
    with pytest.raises(DafengError, match="start before its end"):
        periods_to_ratios([{"month": 1, "start": "05:00", "end": "02:00", "ratio_to_flat": 1}], "tariff.csv")


@pytest.fixture
def park_folder(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "park")
    return tmp_path / "park"


def edit(folder: Path, change) -> Path:
    file = folder / "park.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def shorten(content):
    content["hours"] = 72


@pytest.fixture
def short(park_folder):
    frame = pd.read_csv(park_folder / "profiles.csv").iloc[:72]
    frame.to_csv(park_folder / "profiles.csv", index=False)
    return edit(park_folder, shorten)


def test_the_example_balances_and_pays_what_the_tariff_says(short):
    park = read_park(short)
    assert park.system.synthetic
    sized, _ = run_park(park, threads=1)
    assert sized.imbalance() < 1e-6
    assert sized.storage_excess() < 1e-6
    assert sized.duality_gap < 1e-6
    # the meter's capacity is the highest import: that is what the demand charge is paid for
    meter = sized.flows["links-p"]["meter"]
    assert sized.capacities["links"]["meter"] == pytest.approx(meter.max())
    # the dearer tier is used only when the first is full
    table = park.system.table("generators")
    used = sized.generation()
    if used["grid supply 2"] > 1e-6:
        assert used["grid supply 1"] == pytest.approx(table.loc["grid supply 1", "e_sum_max"])


@pytest.mark.slow
def test_forecast_errors_cost_money(short):
    sized, rolled = run_park(read_park(short), rolling=True, threads=1)
    assert rolled.realised_cost >= rolled.perfect_cost * (1 - 1e-9)
    assert rolled.steps == 3
    assert len(rolled.flows["links-p"]) == 72
    assert sized.total_cost > 0


@pytest.mark.slow
def test_control_with_perfect_forecasts_over_the_whole_horizon_loses_nothing(tmp_path):
    price = np.tile(np.repeat([100.0, 200.0, 500.0], 8), 2)
    folder = write_folder(
        tmp_path,
        {
            "buses": [{"name": "grid"}],
            "generators": [{"name": "market", "bus": "grid", "p_nom": 100, "marginal_cost": ""}],
            "storage_units": [
                {"name": "battery", "bus": "grid", "p_nom": 1, "max_hours": 4, "cyclic_state_of_charge": True}
            ],
            "loads": [{"name": "homes", "bus": "grid", "p_set": 5}],
        },
        {"generators-marginal_cost": {"market": price}},
        hours=48,
    )
    system = read_folder(folder)
    result = control(system, window=48, step=12, error=0.0, threads=1)
    assert result.realised_cost == pytest.approx(result.perfect_cost, rel=1e-9)
    assert result.targets_missed == 0


@pytest.mark.slow
def test_sizing_then_fixing_keeps_the_operating_cost(short):
    park = read_park(short)
    sized = solve(park.system, threads=1)
    fixed = solve(fix_capacities(park.system, sized), threads=1)
    assert fixed.generation()["gas supply"] == pytest.approx(sized.generation()["gas supply"], rel=1e-4)


def test_a_park_without_enough_heat_says_so(short):
    def cut(content):
        links = content["system"]["links"]
        content["system"]["links"] = [
            link for link in links if link["bus1"] != "steam" and link.get("bus2") != "steam"
        ]

    file = edit(short.parent, cut)
    with pytest.raises(DafengError, match="bus steam"):
        solve(read_park(file).system, threads=1)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda c: c["tariff"].pop("floating"), "tariff:floating"),
        (lambda c: c["tariff"].update(periods=all_day()), "either case or periods"),
        (lambda c: c["tariff"].update(tiers=[{"adder": 30}, {"adder": 0}]), "adders that rise"),
        (lambda c: c["system"]["generators"][1].update(p_nom=-3), "pv:p_nom"),
        (lambda c: c["system"]["loads"][0].update(p_set="profile:power"), "power"),
        (lambda c: c["system"]["links"][4].update(bus0="hot water", bus1="steam"), "lower temperature"),
        (lambda c: c.pop("synthetic"), "synthetic"),
        (lambda c: c.update(hours=73), "72 values"),
    ],
)
def test_bad_parks(short, change, place):
    file = edit(short.parent, change)
    with pytest.raises(DafengError, match=place):
        read_park(file)


def test_command_says_synthetic(short):
    result = CliRunner().invoke(app, ["park", str(short), "--json", "--threads", "1"])
    told = json.loads(result.stdout)
    assert told["synthetic"] is True
    assert told["peak_import_mw"] > 0
    assert "Infinity" not in result.stdout
