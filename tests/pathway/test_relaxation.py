"""Contract: targets that fit together are said to; of those that do not, the least gives way; costs are never invented."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from dafeng.assessment import requirements
from dafeng.cli.pathway import app
from dafeng.evidence import DafengError
from dafeng.pathway import Requirement, evaluate, relax

INF = float("inf")


def at_least(quantity, value, unit="MW", year=2030):
    return Requirement(f"{quantity} >= {value}", quantity, year, value, INF, unit)


def at_most(quantity, value, unit="MW", year=2030):
    return Requirement(f"{quantity} <= {value}", quantity, year, -INF, value, unit)


def test_the_plans_own_figures_fit_together(jiujiang, jiujiang_model):
    found = relax(jiujiang_model, requirements(jiujiang), deadline=None)
    assert found.feasible
    assert {"wind_solar_927", "biomass_26"} <= set(found.delivery)
    assert all(g.relaxation == 0 and g.reached >= g.low * (1 - 1e-9) for g in found.requirements)


def test_the_answer_is_that_of_the_full_model(jiujiang_model):
    """Between what comes without the plan and the plan's own figure, one measure delivered in part is enough."""
    central = np.zeros((1, len(jiujiang_model.drivers)))
    without, plan = (
        evaluate(jiujiang_model, jiujiang_model.delivery(d), central, [2030]).quantities["wind_solar_capacity"][0, 0]
        for d in (0.0, 1.0)
    )  # fmt: skip
    asked = 0.5 * (without + plan)
    assert without < asked < plan
    found = relax(jiujiang_model, [at_least("wind_solar_capacity", asked / 10, "万千瓦")], deadline=None)
    degrees = jiujiang_model.delivery(0.0, **found.delivery)
    value = evaluate(jiujiang_model, degrees, central, [2030])
    assert value.quantities["wind_solar_capacity"][0, 0] == pytest.approx(found.requirements[0].reached)
    assert found.requirements[0].reached == pytest.approx(asked, rel=1e-6)
    assert found.delivery == pytest.approx({"wind_solar_927": 0.5}, rel=1e-6)


def test_a_contradiction_gives_way_by_the_least(jiujiang_model):
    """9,000 at least and 8,000 at most: 1,000 must give, on the side where that is the smaller share (1/9 against 1/8)."""
    found = relax(
        jiujiang_model,
        [at_least("wind_solar_capacity", 9000), at_most("wind_solar_capacity", 8000)],
        deadline=None,
    )
    assert not found.feasible
    assert found.relative == pytest.approx(1000 / 9000, rel=1e-6)
    assert [g.relaxation for g in found.requirements] == pytest.approx([1000, 0], abs=1e-3)


def test_what_no_measure_reaches_is_relaxed_to_what_they_reach(jiujiang_model):
    found = relax(jiujiang_model, [at_least("wind_solar_capacity", 12_000)], deadline=None)
    assert not found.feasible
    assert found.requirements[0].reached == pytest.approx(found.requirements[0].plan) == pytest.approx(9270)
    assert found.requirements[0].relaxation == pytest.approx(2730)


def test_the_peak_is_a_requirement_too(jiujiang_model):
    found = relax(jiujiang_model, [], deadline=2029)
    assert found.requirements[-1].label == "peak"
    assert found.requirements[-1].reached <= found.requirements[-1].plan


@pytest.mark.parametrize(
    "asked",
    [
        at_least("nothing", 1),
        at_least("wind_solar_capacity", 1, "t"),
        at_least("wind_solar_capacity", 1, year=1990),
        Requirement("open", "A", 2030, -INF, INF, "tCO2"),
        Requirement("crossed", "A", 2030, 2.0, 1.0, "tCO2"),
    ],
)
def test_refusals(jiujiang_model, asked):
    with pytest.raises(DafengError):
        relax(jiujiang_model, [asked])


def test_nothing_required_is_refused(jiujiang_model):
    with pytest.raises(DafengError, match="something required"):
        relax(jiujiang_model, [], deadline=None)


@pytest.mark.slow
def test_the_commands():
    feasible = CliRunner().invoke(app, ["feasible", "jiujiang", "--samples", "128", "--json"])
    assert feasible.exit_code == 0, feasible.output
    assert json.loads(feasible.stdout)["together"]["feasible"] is True
    assert "同时实现" in CliRunner().invoke(app, ["feasible", "jiujiang", "--samples", "128"]).stdout
    cost = CliRunner().invoke(app, ["cost", "jiujiang", "--json"])
    assert json.loads(cost.stdout)["public_budget"] == "NE"
    assert "风电" in CliRunner().invoke(app, ["cost", "jiujiang"]).stdout
