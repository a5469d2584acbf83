"""Contract: expansion over years by hand, myopic and with foresight; typical weeks and what they lose."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from systems import write_folder
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.dispatch import app
from dafeng.dispatch import DAY, WEEK, compare_foresight, read_folder, solve, typical_periods, typical_summary
from dafeng.dispatch.city.foresight import Comparison, _Plan, _Year
from dafeng.dispatch.periods import choose_periods, scaled_costs
from dafeng.dispatch.week_copies import Copy, joined
from dafeng.evidence import DafengError

HOURS, ANNUITY, FUEL, LOST, LIMIT = 8760, 3e6, 300.0, 20_000.0, 30.0
VALUES = (5.0, 4.0)


def one_year(path, load=100.0, **candidate):
    """100 MW of load, 100 MW of coal (1 t/MWh, 300 CNY), wind that always blows and may be built."""
    new = {"p_nom": 0, "p_nom_extendable": True, "p_nom_max": LIMIT, "marginal_cost": 0, **candidate}
    tables = {
        "buses": [{"name": "city"}, {"name": "province"}],
        "carriers": [{"name": "coal", "co2_emissions": 1.0}, {"name": "wind"}, {"name": "solar"}, {"name": "lost"}, {"name": "storage"}],
        "generators": [
            {"name": "coal", "bus": "city", "carrier": "coal", "p_nom": 100, "marginal_cost": FUEL},
            {"name": "new wind", "bus": "city", "carrier": "wind", "capital_cost": ANNUITY, **new},
            {"name": "new solar", "bus": "city", "carrier": "solar", "capital_cost": 9e9, **new},
            {"name": "lost", "bus": "city", "carrier": "lost", "p_nom": 100, "marginal_cost": LOST},
        ],
        "storage_units": [
            {"name": "new storage", "bus": "city", "carrier": "storage", "capital_cost": 9e9, "max_hours": 2, **new}
        ],
        "loads": [{"name": "city", "bus": "city", "p_set": load}],
    }  # fmt: skip
    return read_folder(write_folder(path, tables, hours=HOURS))


def years_of(tmp_path, loads=(100.0, 100.0)):
    return [
        _Year(
            SimpleNamespace(system=one_year(tmp_path / str(i), load), year=2030 + 5 * i),
            {"wind": LIMIT, "solar": LIMIT, "storage": LIMIT},
            {"wind": ANNUITY, "solar": 9e9, "storage": 9e9},
            VALUES[i],
        )
        for i, load in enumerate(loads)
    ]


def one_day(path):
    tables = {
        "buses": [{"name": "b"}],
        "generators": [{"name": "g", "bus": "b", "p_nom": 100, "marginal_cost": 3}],
        "loads": [{"name": "l", "bus": "b", "p_set": 1}],
    }
    return read_folder(write_folder(path, tables))


def plan_of(weeks=1):
    periods = SimpleNamespace(
        starts=tuple(168 * i for i in range(weeks)), weights=(HOURS / 168 / weeks,) * weeks, error=0.0
    )
    return _Plan(periods, 1, None)


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [1, 2])
def test_two_years_by_hand(tmp_path, weeks):
    """A cap from the second year on leaves 40 MW of coal. Wind costs more than the fuel it saves (3.0 against 2.628
    million a year), so that nobody builds it without the cap; 30 MW a year at most are too little for the second year
    alone. Myopic: 30 MW in it, 30 MW are not served. Foresight: 30 and 30."""
    years, caps = years_of(tmp_path), {2035: 40.0 * HOURS}
    plan = plan_of(weeks)
    myopic, foresight = (plan.expand(approach, years, caps)[0] for approach in ("myopic", "foresight"))
    assert myopic.table["added_wind_mw"].tolist() == pytest.approx([0, 30])
    assert foresight.table["added_wind_mw"].tolist() == pytest.approx([30, 30])
    assert myopic.table["unserved_mwh"].tolist() == pytest.approx([0, 30 * HOURS], abs=1e-3)
    assert foresight.table["unserved_mwh"].tolist() == pytest.approx([0, 0], abs=1e-3)
    first, second = 100 * FUEL * HOURS, (40 * FUEL + 30 * LOST) * HOURS
    assert myopic.table["operation"].tolist() == pytest.approx([first, second])
    assert myopic.table["annuities"].tolist() == pytest.approx([0, 30 * ANNUITY])
    assert foresight.table["operation"].tolist() == pytest.approx([70 * FUEL * HOURS, 40 * FUEL * HOURS])
    # the annuity of the first year's wind is paid in the second too
    assert foresight.table["annuities"].tolist() == pytest.approx([30 * ANNUITY, 60 * ANNUITY])
    assert foresight.table["co2_t"].tolist() == pytest.approx([70 * HOURS, 40 * HOURS])
    by_hand = VALUES[0] * (70 * FUEL * HOURS + 30 * ANNUITY) + VALUES[1] * (40 * FUEL * HOURS + 60 * ANNUITY)
    assert foresight.present_value == pytest.approx(by_hand)
    assert myopic.present_value == pytest.approx(VALUES[0] * first + VALUES[1] * (second + 30 * ANNUITY))
    told = Comparison(plan.periods, (myopic, foresight)).summary()
    assert told["foresight_saves"] == pytest.approx(myopic.present_value - foresight.present_value)
    assert [row["approach"] for row in told["years"]] == ["myopic", "myopic", "foresight", "foresight"]


@pytest.mark.slow
def test_what_was_built_stays(tmp_path):
    """The load falls away in the second year: the wind of the first is paid for, and is not torn down or rebuilt."""
    years = years_of(tmp_path, (100.0, 1.0))
    plan = plan_of()
    caps = {2030: 80.0 * HOURS}
    for approach in ("myopic", "foresight"):
        table = plan.expand(approach, years, caps)[0].table
        assert table["added_wind_mw"].tolist() == pytest.approx([20, 0], abs=1e-6)
        assert table["annuities"].tolist() == pytest.approx([20 * ANNUITY, 20 * ANNUITY])


def test_one_problem_of_weeks_costs_what_its_weeks_cost(tmp_path):
    system = one_year(tmp_path / "a")
    fixed = system.with_table("generators", system.tables["generators"].assign(p_nom_extendable=False))
    fixed = fixed.with_table("storage_units", system.tables["storage_units"].assign(p_nom_extendable=False))
    copies = [Copy(fixed, 2030, n, 168 * n, weight, 2.0) for n, weight in ((1, 10.0), (2, 42.0))]
    whole = joined(copies, WEEK, {2030: 50.0 * 52 * 168})
    found = solve(whole, threads=1)
    # the cap halves coal over both weeks together
    assert found.objective == pytest.approx(2.0 * 52 * 168 * (50 * FUEL + 50 * LOST))
    assert found.shadow_prices["co2 2030"] == pytest.approx(2.0 * (FUEL - LOST))


def test_fewer_than_two_years_are_refused():
    with pytest.raises(DafengError, match="--year"):
        compare_foresight(load("jiujiang"), [2030])


def test_typical_weeks_represent_the_year_and_keep_its_peak(tmp_path):
    """53 weeks' hours less a day: the weights add up to the hours, the week of the peak represents itself."""
    hours = 8760
    load = 50.0 + 10.0 * np.sin(np.arange(hours) / 500.0)
    load[168 * 30 + 5] = 99.0
    tables = {
        "buses": [{"name": "b"}],
        "generators": [{"name": "g", "bus": "b", "p_nom": 100, "marginal_cost": 3}],
        "loads": [{"name": "l", "bus": "b"}],
    }
    system = read_folder(write_folder(tmp_path / "s", tables, {"loads-p_set": {"l": load}}, hours=hours))
    periods = choose_periods(system, 5, WEEK)
    assert sum(periods.weights) * 168 == pytest.approx(hours)
    assert 168 * 30 in periods.starts
    assert periods.weights[periods.starts.index(168 * 30)] == pytest.approx(hours / (52 * 168))
    assert choose_periods(system, 52, WEEK).error == pytest.approx(0.0, abs=1e-12)
    told = typical_summary(system, 5, length=WEEK, compare=True, threads=1)
    assert abs(told["error"]["total_cost"]) < 0.02
    with pytest.raises(DafengError, match="1 to 52"):
        choose_periods(system, 53, WEEK)
    with pytest.raises(DafengError, match="whole weeks"):
        choose_periods(one_day(tmp_path / "t"), 1, WEEK)


def test_a_start_costs_in_each_day_that_is_represented(tmp_path):
    """One unit that has to start each day: 2 days of 10 MWh, once as they are and once as one typical day."""
    load = np.zeros(48)
    load[[12, 36]] = 10.0
    unit = {"name": "g", "bus": "b", "p_nom": 10, "marginal_cost": 1, "committable": True, "start_up_cost": 70.0, "p_min_pu": 1.0, "down_time_before": 1, "up_time_before": 0}  # fmt: skip
    tables = {"buses": [{"name": "b"}], "generators": [unit], "loads": [{"name": "l", "bus": "b"}]}
    system = read_folder(write_folder(tmp_path / "s", tables, {"loads-p_set": {"l": load}}, hours=48))
    exact = solve(system, threads=1).total_cost
    assert exact == pytest.approx(2 * (10 + 70))
    (solved,) = typical_periods(system, 1, DAY).solve(threads=1)
    assert solved.total_cost == pytest.approx(exact)


def test_costs_are_scaled_in_tables_and_series(tmp_path):
    system = one_year(tmp_path / "a")
    scaled = scaled_costs(system, {("generators", "marginal_cost"): 3.0, ("links", "marginal_cost"): 3.0})
    assert scaled.tables["generators"]["marginal_cost"].tolist() == [3 * FUEL, 0, 0, 3 * LOST]


@pytest.mark.slow
def test_the_command_shows_both(tmp_path):
    arguments = [
        "run",
        "jiujiang",
        "--year",
        "2030",
        "--year",
        "2035",
        "--foresight",
        "1",
        "--json",
        "--threads",
        "1",
    ]
    told = json.loads(CliRunner().invoke(app, arguments).stdout)
    assert told["present_value"]["foresight"] <= told["present_value"]["myopic"] * (1 + 1e-9)
    assert [(row["approach"], row["year"]) for row in told["years"]] == [
        ("myopic", 2030), ("myopic", 2035), ("foresight", 2030), ("foresight", 2035)
    ]  # fmt: skip


def test_a_limit_that_weeks_do_not_keep_is_refused():
    found = CliRunner().invoke(
        app, ["run", "jiujiang", "--year", "2030", "--year", "2035", "--foresight", "1", "--reserve", "0.1"]
    )
    assert found.exit_code != 0
    assert "--reserve" in str(found.output) + str(found.exception)
