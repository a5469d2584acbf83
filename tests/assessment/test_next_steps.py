"""Contract: next steps name the measures that close a target, with open delivery, cost where sourced, bodies, and the odds after
it; what is met, or outside the model, is not listed."""

import numpy as np
import pytest

from dafeng.assessment import next_steps, requirements, satisfied
from dafeng.case import load
from dafeng.inventory import build
from dafeng.pathway import (
    compile_model,
    ensemble_of,
    evaluate,
    expected_delivery,
    measure_costs,
    quantity_units,
)
from dafeng.units import convert

SAMPLES = 128


@pytest.fixture(scope="module")
def found():
    case = load("jiujiang")
    model = compile_model(case, build(case))
    draws = ensemble_of(model, SAMPLES, 20300101, "A").draws
    costs = measure_costs(case, model)
    return case, model, draws, costs, next_steps(case, model, draws, costs)


def test_each_figure_of_a_step_is_computed_again(found):
    case, model, draws, costs, steps = found
    step = next(one for one in steps if "风电、太阳能发电总装机容量" in one.target)
    target = next(
        one
        for one in case.plan.targets
        if one.indicator == "风电、太阳能发电总装机容量" and one.year == step.year
    )
    quantity = next(one.quantity for one in requirements(case) if one.label == step.target)
    [closing, *_] = step.measures
    expected = np.array([expected_delivery(measure) for measure in model.measures])

    def values(delivery):
        result = evaluate(model, delivery, draws, [step.year])
        return convert(result.quantities[quantity][:, 0], quantity_units()[quantity], step.unit)

    base = values(expected)
    assert step.odds == pytest.approx(np.mean(satisfied(base, target)))
    assert step.median == pytest.approx(np.median(base))
    assert step.gap == pytest.approx(target.value - np.median(base))
    full = expected.copy()
    column = [measure.id for measure in model.measures].index(closing.measure)
    full[column] = 1.0
    assert (closing.measure, closing.task) == ("wind_solar_927", target.locator)
    assert closing.open_delivery == pytest.approx(1 - expected[column])
    assert closing.odds == pytest.approx(np.mean(satisfied(values(full), target)))
    assert closing.moves == pytest.approx(min(np.median(values(full)), target.value) - np.median(base))
    assert closing.cost == {one.id: one.cost for one in costs}["wind_solar_927"]
    assert "市发改委" in closing.bodies
    assert step.odds_plan == pytest.approx(np.mean(satisfied(values(np.ones_like(expected)), target)))


def test_only_targets_at_risk_are_listed_the_worst_first(found):
    case, _, _, _, steps = found
    assert {step.target for step in steps} <= {one.label for one in requirements(case)}
    assert [step.odds for step in steps] == sorted(step.odds for step in steps)
    for step in steps:
        assert step.odds < 0.9
        assert step.status == ("missed" if step.odds < 0.1 else "at_risk")
        assert step.closed == any(one.odds >= 0.9 for one in step.measures)
        assert all(one.cost is not None or one.cost_reason for one in step.measures)
        assert all(0 <= one.open_delivery <= 1 for one in step.measures)


def test_a_case_without_later_targets_has_no_next_step(found):
    case, model, draws, _, _ = found

    class Bare:
        plan, city = None, case.city

    assert next_steps(Bare(), model, draws) == []
