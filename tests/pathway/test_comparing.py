"""Contract: scenarios are points of the cube on the same draws; a change is explained without a rest; a number names its rows."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.pathway import (
    compare,
    decompose,
    decompose_sectors,
    delivery_draws,
    draw,
    evaluate,
    expected_delivery,
    explain,
    history,
    made_of,
    scenario,
)


def test_points_are_compared_on_the_same_draws(jiujiang, jiujiang_model):
    names = ("policy-carried-on", "plan-half", "plan")
    points = {name: scenario(jiujiang, jiujiang_model, name) for name in names}
    found = compare(jiujiang_model, points, 128, 3, [2025, 2030])
    medians = np.array([point.bands["A"].median for point in found])
    assert medians[0, 0] == medians[2, 0]
    assert medians[0, 1] > medians[1, 1] > medians[2, 1]
    assert found[0].before_2030["A"] <= found[2].before_2030["A"]
    with pytest.raises(DafengError):
        compare(jiujiang_model, points, 128, 3, [2100])


@pytest.mark.parametrize("account", ["A", "B"])
def test_decomposition_adds_up_in_the_mean(jiujiang_model, account):
    draws = draw(jiujiang_model, 64, 1)
    plan = jiujiang_model.delivery(1.0)
    found = decompose(jiujiang_model, plan, draws, 2020, 2030, account)
    assert sum(found.effect_t.values()) == pytest.approx(found.change_t, rel=1e-9)
    ends = evaluate(jiujiang_model, plan, draws, [2020, 2030]).accounts[account]
    assert found.change_t == pytest.approx((ends[:, 1] - ends[:, 0]).mean(), rel=1e-12)
    with pytest.raises(DafengError):
        decompose(jiujiang_model, plan, draws, 2020, 2030, "C")


def test_explain_names_rows_values_and_sources(jiujiang, jiujiang_model):
    value, origins = explain(jiujiang, jiujiang_model, "A", 2030, jiujiang_model.delivery(1.0))
    central = evaluate(
        jiujiang_model, jiujiang_model.delivery(1.0), np.zeros((1, len(jiujiang_model.drivers))), [2030]
    )
    assert value == central.accounts["A"][0, 0]
    assert [abs(o.effect) for o in origins] == sorted((abs(o.effect) for o in origins), reverse=True)
    hours = next(o for o in origins if o.parameter == "thermal_hours")
    assert (hours.value, hours.low, hours.high, hours.unit) == (4450, 3400, 5500, "h")
    assert all(o.source and o.grade for o in origins)
    with pytest.raises(DafengError):
        explain(jiujiang, jiujiang_model, "weather", 2030, jiujiang_model.delivery(1.0))


def test_an_account_is_the_sum_of_its_terms(jiujiang_model):
    plan = jiujiang_model.delivery(1.0)
    centre = np.zeros((1, len(jiujiang_model.drivers)))
    found = evaluate(jiujiang_model, plan, centre, [2030])
    for account, missing in (("A", "process"), ("B", "import")):
        terms = made_of(jiujiang_model, account, 2030, plan)
        assert missing not in terms
        assert sum(terms.values()) == pytest.approx(found.accounts[account][0, 0], rel=1e-12)
    assert sum(made_of(jiujiang_model, "net_import", 2030, plan).values()) == pytest.approx(
        found.quantities["net_import"][0, 0], rel=1e-9
    )
    assert made_of(jiujiang_model, "curtailment", 2030, plan) == {}


def test_uncertain_delivery_lies_between_nothing_and_the_intent(jiujiang, jiujiang_model):
    plan = scenario(jiujiang, jiujiang_model, "plan").delivery
    degrees = delivery_draws(jiujiang_model, plan, 400, 3)
    assert degrees.min() >= 0
    assert degrees.max() <= 1
    np.testing.assert_array_equal(delivery_draws(jiujiang_model, plan, 50, 3), degrees[:50])
    means = np.array([expected_delivery(m) for m in jiujiang_model.measures])
    np.testing.assert_allclose(degrees.mean(axis=0), means, atol=0.04)
    by_id = {m.id: expected_delivery(m) for m in jiujiang_model.measures}
    # 力争 is less sure than a binding cap, both being the city's
    assert by_id["wind_solar_927"] < by_id["bus_share_40"] < by_id["refining_cap"]
    points = {"sure": plan, "unsure": degrees[:128]}
    sure, unsure = compare(jiujiang_model, points, 128, 3, [2030])
    assert sure.bands["A"].median[0] < unsure.bands["A"].median[0]
    assert unsure.delivery["wind_solar_927"] < 1
    with pytest.raises(DafengError):
        delivery_draws(jiujiang_model, plan[:3], 4, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "jiujiang", "--samples", "64", "--years", "2029:2030", "--set", "wind_solar_927=0.5"],
        ["decompose", "jiujiang", "--samples", "64"],
        ["explain", "jiujiang", "net_import", "2030"],
        ["sensitivity", "jiujiang", "--samples", "64"],
        ["attribute", "jiujiang", "--samples", "64"],
        ["feasible", "jiujiang", "--samples", "128"],
        ["score", "jiujiang", "--samples", "128"],
        ["history", "jiujiang"],
    ],
)
def test_commands_print_valid_json(arguments):
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found


def test_a_setting_changes_a_named_copy_and_leaves_the_scenarios_of_the_case(tmp_path):
    """What is set appears in name, settings, table and file; the rows without it are those of a run without it."""
    common = ["run", "jiujiang", "--samples", "64", "--years", "2030:2030"]
    changed = [*common, "--set", "wind_solar_927=0.6"]

    def scenarios(*arguments):
        found = json.loads(CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)
        return found, {row["name"]: row for row in found["scenarios"]}

    _, before = scenarios(*common)
    found, after = scenarios(*changed, "--iamc", str(tmp_path))
    copy = "plan[wind_solar_927=0.6]"
    assert list(after) == ["policy-carried-on", "plan", copy]
    assert found["settings"] == {"wind_solar_927": 0.6}
    assert {name: after[name] for name in before} == before
    assert after[copy]["delivery"] == after["plan"]["delivery"] | {"wind_solar_927": 0.6}
    assert after[copy]["bands"]["A"]["mean"][0] > after["plan"]["bands"]["A"]["mean"][0]
    file = tmp_path / "jiujiang[wind_solar_927=0.6].csv"
    # trends contain what the plan has delivered: the file names them apart from no plan
    named = {"policy-carried-on" if name == "policy-carried-on" else name for name in after}
    assert {row["scenario"] for row in csv.DictReader(file.open(encoding="utf-8"))} == named
    shown = CliRunner().invoke(app, changed, env={"COLUMNS": "120"}, catch_exceptions=False).stdout
    assert "wind_solar_927=0.6" in shown


def test_bad_settings_are_told_together():
    with pytest.raises(DafengError) as caught:
        CliRunner().invoke(app, ["run", "jiujiang", "--set", "a", "--set", "b=x"], catch_exceptions=False)
    assert len(caught.value.problems) == 2


@pytest.mark.slow
def test_history_of_a_modelled_series_is_tested_by_rule(jiujiang):
    found = {h.series: h for h in history(jiujiang, build(jiujiang))}
    assert set(found) >= {"account A", "account B", "co2_edgar_v8"}
    edgar = found["co2_edgar_v8"]
    assert (edgar.first, edgar.last) == (2000, 2023)
    assert edgar.trend.slope > 0
    assert not edgar.peak.peaked
    assert "years since" in edgar.peak.reason


@pytest.mark.oracle
def test_pyam_reads_the_export(tmp_path, read_by_pyam):
    """`pathway run --iamc` beside its own JSON, through pyam."""
    import json

    from typer.testing import CliRunner

    from dafeng.cli.pathway import app

    file = tmp_path / "scenarios.csv"
    done = CliRunner().invoke(
        app, ["run", "jiujiang", "--samples", "64", "--years", "2025:2030", "--json", "--iamc", str(file)]
    )
    assert done.exit_code == 0, done.output
    read = read_by_pyam(file)
    assert set(read["scenarios"]) == {"policy-carried-on", "plan"}
    assert read["years"] == [2025, 2026, 2027, 2028, 2029, 2030]
    assert read["variables"]
    assert read["odd"] == []
    told = json.loads(done.stdout)["scenarios"][1]["bands"]["A"]["mean"][-1]
    (found,) = (
        row["value"]
        for row in read["rows"]
        if (row["scenario"], row["variable"], row["year"]) == ("plan", "Emissions|CO2|Account A", 2030)
    )
    assert found == pytest.approx(told / 1e6)


def test_sectors_and_gdp_add_up_to_the_change(jiujiang_model):
    draws = draw(jiujiang_model, 64, 1)
    for account in ("A", "B"):
        plan = jiujiang_model.delivery(1.0)
        found = decompose_sectors(jiujiang_model, plan, draws, 2020, 2030, account)
        totals = evaluate(jiujiang_model, plan, draws, [2020, 2030]).accounts[account]
        assert found.change_t == pytest.approx(float((totals[:, 1] - totals[:, 0]).mean()), rel=1e-9)
        assert sum(found.effect_t.values()) == pytest.approx(found.change_t, rel=1e-9)
        assert found.effect_t["gdp"] > 0
        assert ("intensity: import" in found.effect_t) == (account == "A")
    with pytest.raises(DafengError):
        decompose_sectors(jiujiang_model, plan, draws, 2020, 2030, "C")
