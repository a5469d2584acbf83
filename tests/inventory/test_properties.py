"""Properties that hold for any balance: nothing is lost, nothing is burnt twice, results scale and add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dafeng.inventory import key_categories, sectoral_co2
from dafeng.inventory.equations import combustion, electricity, indicators, waste
from dafeng.inventory.equations.key_categories import level_assessment, trend_assessment

AMOUNT = st.floats(0, 1e6, allow_subnormal=False)
ROWS, FUELS = 5, 3
CHEMICAL = np.array([False, True, True, False, False])


@pytest.mark.slow
@given(arrays(float, (2, ROWS, FUELS), elements=AMOUNT), arrays(float, (2, FUELS), elements=AMOUNT),
       arrays(float, (2, FUELS), elements=AMOUNT))  # fmt: skip
def test_fuel_is_burnt_once_or_stored(use, inputs, feedstock):
    """Burnt + feedstock that the chemical branches can hold = final use + input of power, for every place and fuel."""
    burnt = combustion.combustion_activity(use, inputs, feedstock, CHEMICAL, 4)
    stored = np.minimum(feedstock, use[:, CHEMICAL].sum(axis=1))
    assert burnt.sum(axis=1) + stored == pytest.approx(use.sum(axis=1) + inputs, rel=1e-9, abs=1e-6)
    assert (burnt >= 0).all()


def test_a_use_next_to_nothing_holds_any_feedstock():
    assert combustion.energy_use_share([2.3e-308, 1.0], [1e6, 0.25]).tolist() == [0.0, 0.75]


@given(arrays(float, (ROWS, FUELS), elements=AMOUNT), st.floats(0.1, 10))
def test_emissions_scale_with_activity_and_sum_over_any_axis(use, times):
    zero, factor = np.zeros(FUELS), np.array([1.9, 2.9, 0.5])
    once = sectoral_co2(use, zero, zero, CHEMICAL, 0, factor)
    assert sectoral_co2(use * times, zero, zero, CHEMICAL, 0, factor) == pytest.approx(once * times, rel=1e-9)
    assert once.sum(axis=0).sum() == pytest.approx(once.sum(axis=1).sum(), rel=1e-12)


def test_a_missing_factor_stays_missing_where_something_burns():
    result = sectoral_co2([[1.0, 0.0]], [0.0, 0.0], [0.0, 0.0], [False], 0, [[np.nan, np.nan]])
    assert np.isnan(result[0, 0])
    assert result[0, 1] == 0.0


@given(arrays(float, 30, elements=st.floats(0, 1e5)), st.floats(0.01, 0.9), st.floats(0, 12))
def test_landfills_never_give_more_carbon_than_they_took(deposit, k, delay):
    decayed = waste.decayed_carbon(deposit, k, delay)
    assert (decayed >= -1e-9).all()
    assert (np.cumsum(decayed) <= np.cumsum(deposit) + 1e-6).all()


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1.2))
def test_import_credit_is_symmetric(use, losses, generation, factor):
    trade = electricity.net_import(use, losses, generation)
    there = electricity.imported_electricity_co2(trade, factor)
    back = electricity.imported_electricity_co2(-trade, factor)
    assert float(there + back) == 0.0


@given(arrays(float, 8, elements=st.floats(0.1, 1e6)), arrays(float, 8, elements=st.floats(0.1, 1e6)))
def test_assessments_are_shares(base, latest):
    assert level_assessment(latest).sum() == pytest.approx(1.0)
    trend = trend_assessment(base, latest)
    assert trend.sum() == pytest.approx(1.0) or not trend.any()
    mask = key_categories(level_assessment(latest))
    assert level_assessment(latest)[mask].sum() >= 0.95 - 1e-9


@settings(max_examples=50)
@given(arrays(float, 6, elements=st.floats(-0.2, 0.2)))
def test_cumulative_fall_is_the_fall_from_the_first_to_the_last(falls):
    levels = np.concatenate([[1.0], np.cumprod(1 - falls)])
    annual = indicators.annual_fall(levels)[1:]
    assert indicators.cumulative_fall(annual)[-1] == pytest.approx(1 - levels[-1], rel=1e-9, abs=1e-12)


@settings(max_examples=50)
@given(arrays(float, 6, elements=st.floats(0.5, 2.0)), st.integers(0, 6))
def test_a_fall_over_a_year_that_is_not_known_is_not_known(levels, gap):
    """The composition is the fall from the first year, up to the first gap after it, and never a number beyond."""
    levels = np.concatenate([[1.0], levels])
    levels[gap] = np.nan
    composed = indicators.cumulative_fall(indicators.annual_fall(levels))
    known = gap if gap else 1
    assert composed[:known] == pytest.approx(
        np.where(np.isnan(levels[:known]), 0.0, 1 - levels[:known]), rel=1e-9, abs=1e-12
    )
    assert np.isnan(composed[known:]).all()


def test_equivalent_value_never_below_calorific():
    rates = np.array([0.29, 0.3055, 0.33])
    assert (
        electricity.electricity_coal_equivalent(10.0, rates) > electricity.electricity_coal_equivalent(10.0)
    ).all()


def test_shares_above_one_hundred_percent_are_refused(small_city):
    from dafeng.case import load
    from dafeng.evidence import DafengError

    text = (small_city / "proxies.csv").read_text().replace("gdp,2020,0.1,0.05,0.2", "gdp,2020,1.3,0.05,1.4")
    (small_city / "proxies.csv").write_text(text)
    with pytest.raises(DafengError) as caught:
        load(small_city)
    assert "proxies.csv" in str(caught.value)
