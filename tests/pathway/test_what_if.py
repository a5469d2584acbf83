"""Contract: a what-if is a point of the same model on the same ensemble as a run; what is not changed stays, what is held no longer varies."""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import CARRIED_ON, PLAN, Change, WhatIf, run

SAMPLES, SEED = 256, 7


@pytest.fixture(scope="module")
def city(jiujiang):
    return WhatIf(jiujiang, SAMPLES, SEED)


@pytest.fixture(scope="module")
def projection(jiujiang):
    return run(jiujiang, samples=SAMPLES, seed=SEED, permutations=4)


@pytest.mark.parametrize(("name", "point"), [(PLAN, "plan"), (CARRIED_ON, "carried_on")])
def test_without_a_change_it_is_the_run(city, projection, name, point):
    found, told = getattr(city, point), projection.results.peak_of(name, city.account).before_2030
    assert found.before_2030[city.account] == told.value
    assert found.standard_error[city.account] == pytest.approx(told.standard_error)
    track = projection.results.track(name, city.account)
    shown = dict(zip(track.years, track.median, strict=True))
    medians = found.bands[city.account].median / 1e6
    np.testing.assert_allclose(medians, [shown[int(year)] for year in found.years], rtol=1e-12)


def test_a_measure_that_comes_after_the_horizon_is_one_that_is_left_out(city):
    """By 2035; the delay of ten years is the longest that may be asked."""
    measure = city.measures[0].id
    late, out = city.point(Change(later={measure: 10})), city.point(Change({measure: 0.0}))
    until = late.years <= 2035
    np.testing.assert_allclose(
        late.bands["A"].quantiles[:, until], out.bands["A"].quantiles[:, until], rtol=1e-12
    )
    assert late.before_2030 == out.before_2030
    assert late.name == f"plan[{measure}+10a]"


def test_the_effect_of_a_lever_is_that_of_leaving_it_out(city):
    effects = [one.effect_t for one in city.measures]
    assert effects == sorted(effects, reverse=True)
    largest = city.measures[0]
    at = list(city.plan.years).index(2030)
    moved = city.point(Change({largest.id: 0.0})).bands["A"].median[at] - city.plan.bands["A"].median[at]
    assert moved == pytest.approx(largest.effect_t, rel=0.25)  # central case beside the median


def test_a_held_driver_no_longer_varies_and_moves_the_level_by_its_span(city):
    driver = city.drivers[0]
    low, high = (city.point(Change(drivers={driver.id: q})) for q in (0.05, 0.95))
    at = list(low.years).index(2030)
    moved = high.bands["A"].median[at] - low.bands["A"].median[at]
    assert moved == pytest.approx(driver.effect_t, rel=0.25)
    width = [np.diff(point.bands["A"].quantiles[[0, 4], at])[0] for point in (low, city.plan)]
    assert width[0] < width[1]
    # the base year is a question of data, not of a path
    np.testing.assert_allclose(low.bands["A"].median[0], city.plan.bands["A"].median[0], rtol=1e-12)


def test_evaluating_changes_nothing(city):
    before = city.point(Change({city.measures[0].id: 0.3}))
    city.point(Change({city.measures[1].id: 0.0}, {city.measures[2].id: 3}, {city.drivers[0].id: 0.95}))
    after = city.point(Change({city.measures[0].id: 0.3}))
    np.testing.assert_array_equal(before.bands["A"].quantiles, after.bands["A"].quantiles)
    assert city.point(Change()).before_2030 == city.plan.before_2030


def test_all_that_is_wrong_is_told_at_once(city):
    measure = city.measures[0].id
    with pytest.raises(DafengError) as told:
        city.point(Change({"none": 0.5, measure: -0.1}))
    assert len(told.value.problems) == 2
    with pytest.raises(DafengError) as told:
        city.point(Change(later={"none": 1, measure: 11}))
    assert len(told.value.problems) == 2
    with pytest.raises(DafengError) as told:
        city.point(Change(drivers={"none": 0.5, city.drivers[0].id: 1.0}))
    assert len(told.value.problems) == 2


@pytest.mark.slow
def test_the_quick_chance_lies_within_three_standard_errors_of_the_full_run(jiujiang):
    """The bar of the page: 1,024 samples beside those of a run, over deliveries, delays and held drivers."""
    city, full = WhatIf(jiujiang), WhatIf(jiujiang, samples=4096)
    assert city.samples == 1024
    first, second, *_ = (one.id for one in city.measures)
    driver = city.drivers[0].id
    for change in (
        Change(), Change({first: 0.0}), Change({first: 0.8, second: 0.5}), Change({}, {first: 3}), Change({}, {}, {driver: 0.25}),
        Change({one.id: 0.5 for one in city.measures}),
    ):  # fmt: skip
        quick, slow = city.point(change), full.point(change)
        for account in quick.before_2030:
            error = np.hypot(quick.standard_error[account], slow.standard_error[account])
            assert abs(quick.before_2030[account] - slow.before_2030[account]) <= 3 * error + 1e-12, (
                change,
                account,
            )
