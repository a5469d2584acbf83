"""Contract: a stock is what survives of past sales; nothing of a vintage goes in its own year (LEAP's definition)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.pathway import stock_turnover, weibull_survival

SURVIVAL = [1, 0.98, 0.95, 0.9, 0.8, 0.65, 0.45, 0.25, 0.1, 0]


def test_constant_sales_reach_a_steady_state():
    found = stock_turnover(np.full(30, 100.0), SURVIVAL, 5 * 0.97 ** np.arange(30))
    np.testing.assert_allclose(
        found.stock[:10], [100, 198, 293, 383, 463, 528, 573, 598, 608, 608], rtol=1e-12
    )
    assert found.stock[-1] == pytest.approx(608)
    assert found.retired[29] == pytest.approx(100)
    np.testing.assert_allclose(
        found.average[[0, 1, 9, 29]], [5.0, 4.924242424242424, 4.153711722813882, 2.2587649370147007]
    )


def test_weibull():
    expected = [1.0, 0.9302164639686802, 0.5606246313697707, 0.14183015908734253, 0.0097583726452178]
    np.testing.assert_allclose(weibull_survival([0, 5, 10, 15, 20], scale=12, shape=3), expected, rtol=1e-12)


@given(st.lists(st.floats(0, 1e4), min_size=3, max_size=12), st.floats(1, 9))
def test_an_initial_stock_is_the_continuation_of_its_own_past(sales, scale):
    survival = weibull_survival(np.arange(40), scale, 2.0)
    cut = len(sales) // 2
    whole = stock_turnover(sales, survival).stock
    ages = np.array(sales[:cut])[::-1] * survival[:cut]
    rest = stock_turnover(sales[cut:], survival, initial=ages)
    np.testing.assert_allclose(rest.stock, whole[cut:], rtol=1e-9, atol=1e-9)
    before = np.append(ages.sum(), rest.stock[:-1])
    np.testing.assert_allclose(before + np.array(sales[cut:]) - rest.retired, rest.stock, atol=1e-9)


def test_samples_lead():
    sales = np.random.default_rng(0).uniform(0, 5, (4, 6))
    np.testing.assert_allclose(
        stock_turnover(sales, SURVIVAL).stock[2], stock_turnover(sales[2], SURVIVAL).stock
    )


@pytest.mark.parametrize("survival", [[], [1, 0.5, 0.6], [1.2, 1], [0.5, -0.1]])
def test_bad_survival(survival):
    with pytest.raises(DafengError):
        stock_turnover([1.0, 2.0], survival)


def test_bad_sales():
    with pytest.raises(DafengError):
        stock_turnover([1.0, -2.0], SURVIVAL)
