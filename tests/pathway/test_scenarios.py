"""Contract: a scenario is a named, frozen point of the cube; it inherits, delays and stretches; what it cannot mean is refused."""

import numpy as np
import pytest

from dafeng.case.scenarios import parse_scenarios
from dafeng.evidence import DafengError, Problems
from dafeng.pathway import compare, evaluate, scenario
from dafeng.pathway.engine.parameter_paths import Paths


def parsed(text, measures=("wind", "boilers")):
    problems = Problems()
    found = parse_scenarios(text, set(measures), problems)
    return found, [str(problem) for problem in problems]


def test_a_scenario_takes_from_its_parents_what_it_does_not_say():
    found, problems = parsed(
        "plan: {title_zh: 一, title_en: a, delivery: {default: 1, wind: 0.5}}\n"
        "late: {title_zh: 二, title_en: b, inherits: plan, delay_years: 3}\n"
        "later: {title_zh: 三, title_en: c, inherits: late, delivery: {boilers: 0}, delay_years: {wind: 1}}\n"
    )
    assert problems == []
    assert found["late"]["delivery"] == {"default": 1, "wind": 0.5}
    assert found["later"]["delivery"] == {"default": 1, "wind": 0.5, "boilers": 0}
    assert found["later"]["delay_years"] == {"default": 3, "wind": 1}
    assert "delay_years" not in found["plan"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("inherits: plann", "did you mean plan"),
        ("inherits: odd", "a circle: odd ← odd"),
        ("inherits: [plan]", "the name of another scenario"),
        ("inherits: plan, delay_years: -1", "whole years from 0 to 30"),
        ("inherits: plan, delay_years: 1.5", "whole years"),
        ("inherits: plan, delay_years: .nan", "whole years"),
        ("inherits: plan, stretch: {wint: 2}", "did you mean wind"),
        ("inherits: plan, stretch: 9", "from 0 to 3"),
        ("inherits: plan, strech: 2", "did you mean stretch"),
        ("inherits: plan, delivery: much", "one number for all"),
        ("delivery: {wind: true}", "a degree of delivery"),
        ("stretch: 2", "add delivery, or inherits"),
    ],
)
def test_what_a_scenario_cannot_mean(body, told):
    _, problems = parsed(
        "plan: {title_zh: 一, title_en: a, delivery: 1}\nodd: {title_zh: 二, title_en: b, " + body + "}\n"
    )
    assert len(problems) >= 1
    assert any(told in problem for problem in problems), problems


def test_a_circle_of_three_is_told_once_for_each():
    _, problems = parsed(
        "".join(f"{a}: {{title_zh: x, title_en: x, inherits: {b}}}\n" for a, b in ("ab", "bc", "ca"))
    )
    assert len(problems) == 3


def test_scenarios_of_the_case_and_changes_to_them(jiujiang, jiujiang_model):
    plan = scenario(jiujiang, jiujiang_model, "plan")
    assert (plan.delivery == 1).all()
    assert plan.model is jiujiang_model
    with pytest.raises(ValueError, match="read-only"):
        plan.delivery[0] = 0.0
    changed = scenario(jiujiang, jiujiang_model, "plan", {"wind_solar_927": 0.25}).delivery
    assert changed[jiujiang_model.measure_index("wind_solar_927")] == 0.25
    assert changed.sum() == pytest.approx(plan.delivery.sum() - 0.75)
    assert scenario(jiujiang, jiujiang_model, "renewables-only").delivery.sum() == 3


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("plann", {}, "did you mean plan"),
        ("plan", {"wind_solar_92": 0.5}, "did you mean wind_solar_927"),
        ("plan", {"wind_solar_927": 1.2}, "from 0"),
        ("plan", {"wind_solar_927": np.nan}, "from 0"),
        ("plan", {"hydrogen_pilot": 0.5}, "not estimated"),
    ],
)
def test_what_cannot_be_set(jiujiang, jiujiang_model, name, changes, told):
    with pytest.raises(DafengError, match=told):
        scenario(jiujiang, jiujiang_model, name, changes)


def test_a_delayed_plan_does_in_a_year_what_the_plan_does_three_years_before(jiujiang, jiujiang_model):
    """On a parameter that measures add to, the whole path is the plan's, later; the account parts from no plan later."""
    draws = np.zeros((1, len(jiujiang_model.drivers)))
    plan, late, none = (
        scenario(jiujiang, jiujiang_model, name) for name in ("plan", "plan-delayed-3y", "policy-carried-on")
    )
    moved = []
    for point in (plan, late, none):
        paths = Paths(point.model, np.arange(jiujiang_model.years.size))
        paths.chunk(np.atleast_2d(point.delivery), draws)
        moved.append(np.broadcast_to(paths.sure("gas_for_coal.food"), (1, jiujiang_model.years.size))[0])
    assert moved[0][-1] > moved[2][-1]
    np.testing.assert_allclose(moved[1][3:] - moved[2][3:], (moved[0] - moved[2])[:-3], atol=1e-12)
    total = [evaluate(p.model, p.delivery, draws).accounts["A"][0] for p in (plan, late, none)]
    as_of = jiujiang_model.as_of - int(jiujiang_model.years[0])
    np.testing.assert_array_equal(total[1][: as_of + 4], total[2][: as_of + 4])
    assert total[0][10] < total[1][10] < total[2][10]


def test_an_ambitious_plan_goes_further_and_none_of_it_is_nothing(jiujiang, jiujiang_model):
    points = {
        name: scenario(jiujiang, jiujiang_model, name)
        for name in ("policy-carried-on", "plan-delayed-3y", "plan", "ambitious")
    }
    found = compare(jiujiang_model, points, 64, 1, [2025, 2030])
    medians = [point.bands["A"].median for point in found]
    assert all(m[0] == medians[0][0] for m in medians)
    assert medians[0][1] > medians[1][1] > medians[2][1] > medians[3][1]
    draws = np.zeros((1, len(jiujiang_model.drivers)))
    nothing = np.zeros(len(jiujiang_model.measures))
    still = evaluate(points["ambitious"].model, nothing, draws).accounts["A"]
    np.testing.assert_array_equal(still, evaluate(jiujiang_model, nothing, draws).accounts["A"])
