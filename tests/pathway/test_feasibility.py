"""Contract: the least delivery peaks in time in the full model, asks no more than the plan, and says when nothing helps."""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import (
    cost_limits,
    draw,
    gaps,
    least_delivery,
    measure_costs,
    missing_targets,
    peak_probability,
)


@pytest.fixture(scope="module")
def draws(jiujiang_model):
    return draw(jiujiang_model, 192, 6)


def test_gaps_show_what_the_rest_of_the_plan_implies(jiujiang, jiujiang_model, draws):
    drivers = jiujiang.table("drivers")
    known = drivers[(drivers["id"] == "wind_solar") & (drivers["year"] == 2030)]
    without = float(known["value"].iloc[0])
    found = {gap.measure: gap for gap in gaps(jiujiang_model, draws, 2030)}
    wind = found["wind_solar_927"]
    assert wind.figure == pytest.approx(9270)
    assert wind.implied[1] == pytest.approx(without, rel=0.01)
    assert wind.implied[0] < without < wind.implied[2]
    assert wind.gap == pytest.approx(wind.figure - wind.implied[1])
    assert found["refining_cap"].sense == "down"
    with pytest.raises(DafengError):
        gaps(jiujiang_model, draws, 1999)


def test_least_delivery_is_checked_on_the_full_model(jiujiang_model, draws):
    without = peak_probability(jiujiang_model, jiujiang_model.delivery(0.0), draws)
    plan = peak_probability(jiujiang_model, jiujiang_model.delivery(1.0), draws)
    assert plan > without
    sure = 0.5 * (without + plan)
    found = least_delivery(jiujiang_model, draws, sure)
    assert found.reached
    assert found.probability >= sure
    assert found.total < len(jiujiang_model.measures)
    degrees = jiujiang_model.delivery(0.0, **found.delivery)
    assert peak_probability(jiujiang_model, degrees, draws) == pytest.approx(found.probability)
    dear = np.ones(len(jiujiang_model.measures))
    first = max(found.delivery, key=found.delivery.get)
    dear[jiujiang_model.measure_index(first)] = 1000.0
    other = least_delivery(jiujiang_model, draws, sure, weights=dear)
    assert other.delivery.get(first, 0.0) < found.delivery[first]


def test_a_plan_that_cannot_do_it_is_told(jiujiang_model, draws):
    plan = peak_probability(jiujiang_model, jiujiang_model.delivery(1.0), draws)
    if plan < 1:
        assert not least_delivery(jiujiang_model, draws, 0.5 * (1 + plan)).reached
    easy = least_delivery(jiujiang_model, draws, 1e-9)
    assert easy.reached
    assert easy.delivery == {}


def test_least_cost_among_measures_with_a_cost(jiujiang, jiujiang_model, slow_wind_model):
    """Where wind and sun come slowly without the plan, so that the measures with a known cost move the peak."""
    draws = draw(slow_wind_model, 192, 6)
    weights, most = cost_limits(slow_wind_model, measure_costs(jiujiang, slow_wind_model))
    allowed = {m.id for m, degree in zip(slow_wind_model.measures, most, strict=True) if degree}
    assert allowed == {"wind_solar_927", "coal_to_gas", "small_boilers"}
    np.testing.assert_array_equal(
        cost_limits(jiujiang_model, measure_costs(jiujiang, jiujiang_model))[1], most
    )
    assert weights[slow_wind_model.measure_index("wind_solar_927")] == 0
    whole = peak_probability(slow_wind_model, most, draws)
    none = peak_probability(slow_wind_model, slow_wind_model.delivery(0.0), draws)
    assert none < whole
    found = least_delivery(slow_wind_model, draws, 0.5 * (none + whole), weights=weights, at_most=most)
    assert found.reached
    assert set(found.delivery) <= allowed
    assert found.plan == whole
    short = least_delivery(slow_wind_model, draws, 0.5 * (1 + whole), weights=weights, at_most=most)
    assert not short.reached
    assert set(short.delivery) == allowed


def test_missing_targets_complete_the_plan_s_own_figures(jiujiang_model, draws):
    own = np.array([float(measure.basis == "plan") for measure in jiujiang_model.measures])
    alone = peak_probability(jiujiang_model, own, draws)
    enough = missing_targets(jiujiang_model, draws, 0.9 * alone)
    assert enough.reached
    assert enough.targets == ()
    assert enough.with_own_figures == alone
    between = 0.5 * (alone + peak_probability(jiujiang_model, jiujiang_model.delivery(1.0), draws))
    assert between > alone
    more = missing_targets(jiujiang_model, draws, between)
    assert more.reached
    assert more.probability >= between
    assert more.targets
    assert all(t.needed != t.without for t in more.targets)
    assert not {t.measure for t in more.targets} & {
        m.id for m in jiujiang_model.measures if m.basis == "plan"
    }
    with pytest.raises(DafengError, match="a year from"):
        missing_targets(jiujiang_model, draws, year=1999)


@pytest.mark.parametrize(
    "options",
    [
        {"sure": 1.0},
        {"weights": np.ones(3)},
        {"deadline": 2020},
        {"at_most": np.ones(2)},
        {"at_least": np.full(50, 0.9), "at_most": np.full(50, 0.5)},
        {"sure": np.nan},
    ],
)
def test_refusals(jiujiang_model, draws, options):
    with pytest.raises(DafengError):
        least_delivery(jiujiang_model, draws, **options)
