"""Contract: functions on plain arrays give what is published for games, test functions and stocks, and say what is wrong with input.

Sources of the facts:
- Security Council: nine of fifteen votes, five of them with a veto; Shapley–Shubik 421/2145 and 4/2145.
- Airport: Littlechild & Owen 1973, Management Science 20:370, the closed form by steps of cost.
- Sobol g-function with a = 0, 1, 4.5, 9, 99 …: first order 0.7165, 0.1791, 0.0237, 0.0072, 0.0001 as printed in SALib
  (SALib/test_functions/Sobol_G.py); totals from the product form of the variance.
- Ishigami on −π … π: closed form with a = 7, b = 0.1.
"""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import (
    abatement_cost_curve,
    lmdi,
    peak,
    shapley,
    sobol_indices,
    stock_turnover,
    weibull_survival,
)


def security_council(rows):
    return (rows[:, :5].all(axis=1) & (rows.sum(axis=1) >= 9)).astype(float)


def test_security_council_exact_and_sampled():
    expected = np.array([421.0] * 5 + [4.0] * 10) / 2145
    found = shapley(security_council, 15, exact=True)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    assert (found.standard_error == 0).all()
    sampled = shapley(security_council, 15, permutations=20_000, seed=3)
    assert (np.abs(sampled.value - expected) < 5 * sampled.standard_error).all()
    assert sampled.value.sum() == pytest.approx(1.0, rel=1e-12)


def test_airport_game_of_a_hundred_players():
    """Costs 1 … 10 for ten planes each; a step of cost is shared by all that need it."""
    cost = np.repeat(np.arange(1.0, 11.0), 10)
    expected = np.repeat(np.cumsum(1.0 / np.arange(100, 0, -10)), 10)
    found = shapley(lambda rows: (rows * cost).max(axis=1), 100, permutations=4000)
    assert (np.abs(found.value - expected) < 5 * found.standard_error + 1e-9).all()
    assert found.total == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("value", "players", "expected"),
    [
        (lambda s: float(2 in s and len(s) > 1), 3, [1 / 6, 1 / 6, 4 / 6]),
        (lambda s: float({1, 3} <= s), 5, [0, 0.5, 0, 0.5, 0]),
        (lambda s: float(sum((4, 3, 2, 1)[i] for i in s) >= 6), 4, [5 / 12, 3 / 12, 3 / 12, 1 / 12]),
        (lambda s: float(max(((8, 11, 13, 18)[i] for i in s), default=0)), 4, [2, 3, 4, 9]),
        (lambda rows: rows @ np.array([1.5, -2.0, 0.0, 7.0]), 4, [1.5, -2.0, 0.0, 7.0]),
        (len, 4, [1, 1, 1, 1]),
    ],
    ids=[
        "gloves",
        "unanimity",
        "weighted votes 6; 4, 3, 2, 1",
        "airport 8, 11, 13, 18",
        "additive",
        "counting",
    ],
)
def test_small_games(value, players, expected):
    np.testing.assert_allclose(shapley(value, players).value, expected, atol=1e-12)


G = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])


def test_sobol_g_function():
    def value(points):
        return ((np.abs(4 * points - 2) + G) / (1 + G)).prod(axis=1)

    part = 1 / (3 * (1 + G) ** 2)
    variance = np.prod(1 + part) - 1
    found = sobol_indices(value, 8, samples=4096)
    np.testing.assert_allclose(
        found.first, [0.7165, 0.1791, 0.0237, 0.0072, 0.0001, 0.0001, 0.0001, 0.0001], atol=0.006
    )
    np.testing.assert_allclose(
        found.total,
        part * np.array([np.prod(1 + np.delete(part, k)) for k in range(8)]) / variance,
        atol=0.006,
    )
    assert found.variance == pytest.approx(variance, rel=0.01)


def test_ishigami_within_its_bounds():
    def value(x):
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = sobol_indices(value, 3, samples=2048, bounds=[[-np.pi, np.pi]] * 3)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0], atol=0.02)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.02)


def test_linear_model_over_ranges_of_its_own():
    found = sobol_indices(lambda x: x @ [1.0, 1.0], 2, bounds=[[0, 1], [10, 13]])
    np.testing.assert_allclose(found.first, [0.1, 0.9], atol=0.01)
    np.testing.assert_allclose(found.total, found.first, atol=0.01)


def test_mid_year_sales_have_half_a_year_behind_them_at_the_end_of_it():
    left = weibull_survival(np.arange(41), 12, 3)
    found = stock_turnover([10.0, 0.0, 0.0], left, mid_year=True)
    np.testing.assert_allclose(found.stock, 10 * 0.5 * (left[:3] + left[1:4]), rtol=1e-12)
    # a function of ages is the same as its table
    table = stock_turnover(np.full(30, 5.0), left)
    np.testing.assert_array_equal(
        stock_turnover(np.full(30, 5.0), lambda ages: weibull_survival(ages, 12, 3)).stock, table.stock
    )


def test_the_average_knows_the_units_that_were_there_before():
    found = stock_turnover([2.0, 2.0], [1, 0.5, 0], [1.0, 3.0], initial=[4.0], initial_property=[10.0])
    # 4 of age 0 are 2 after a year and none after two
    np.testing.assert_allclose(found.stock, [4, 3])
    np.testing.assert_allclose(found.average, [(2 * 1 + 2 * 10) / 4, (1 * 1 + 2 * 3) / 3])
    alone = stock_turnover([2.0, 2.0], [1, 0.5, 0], [1.0, 3.0], initial=[4.0])
    np.testing.assert_allclose(alone.average, [1, (1 * 1 + 2 * 3) / 3])


def test_multiplicative_form_with_zeros_and_negative_totals():
    start, end = np.array([[10.0, 7.0], [0.0, 2.0]]), np.array([[12.0, 8.0], [5.0, 3.0]])
    factors = lmdi(start, end, form="multiplicative").prod(axis=-1)
    assert factors.prod() == pytest.approx(84 / 14, rel=1e-12)
    same, negative = lmdi(start[:, 1:], end[:, 1:], "multiplicative"), start[:, 1:] * [[-1.0], [1.0]]
    mirrored = lmdi(negative, end[:, 1:] * [[-1.0], [1.0]], "multiplicative")
    np.testing.assert_allclose(mirrored, same, rtol=1e-14)


def test_a_single_series_gives_numbers():
    found = peak([2025, 2026, 2027], [1, 3, 2])
    assert float(found.year) == 2026.0
    assert isinstance(found.year, float)
    assert int(found.status) == 0


def test_measures_as_records_and_without_cost():
    curve = abatement_cost_curve([{"id": "a", "reduction_t": 2, "cost": 8}, ("b", 3, "NE"), ("c", -1, 5)])
    assert curve.order == ("a",)
    assert set(curve.left_out) == {"b", "c"}
    assert curve.left_out_t == 3


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: lmdi([[1.0, 2.0], [3.0]], [[1.0, 2.0], [3.0]]), "unequal length"),
        (lambda: lmdi([["x"]], [[1.0]]), "lmdi: start"),
        (lambda: lmdi([1.0, 2.0], [1.0, 3.0]), "one row for each factor"),
        (lambda: peak([2020, 2021, 2022], [1, np.nan, 2]), r"nan at \[1\]"),
        (lambda: peak([2020, 2021], np.ma.masked_equal([1, 2], 2)), "masked"),
        (lambda: peak([2020, 2021], [1, 2], plateau=np.nan), "plateau"),
        (lambda: shapley(lambda rows: rows[:, 0] * np.nan, 3), "nan at"),
        (lambda: shapley("game", 3), "a function of coalitions"),
        (lambda: shapley(len, 2.5), "n_players"),
        (lambda: shapley(len, 30, exact=True), "at most 20"),
        (lambda: shapley(len, 3, seed=-1), "seed"),
        (lambda: stock_turnover([1, 2], [1, np.nan]), "survival"),
        (lambda: stock_turnover([1, 2], [1, 0.5], initial=[1, -1]), "initial"),
        (lambda: stock_turnover([[1, 2]], [1, 0.5], initial=[[1], [2]]), "leading axes"),
        (lambda: stock_turnover([1, 2], [1, 0.5], [1, 2, 3]), "vintage_property"),
        (lambda: weibull_survival([-1], 10, 2), "ages of 0 or more"),
        (lambda: abatement_cost_curve([("a", 1), ("b", np.nan, 2), ("c", 1, "x")]), "(?s)1.*2.*3"),
        (lambda: abatement_cost_curve([]).marginal_at(0), "empty curve"),
        (lambda: sobol_indices(lambda x: x[:, 0], 20_000), "or fewer"),
        (lambda: sobol_indices(lambda x: x[:, 0], 1, bounds=[[2, 1]]), "low <= high"),
        (lambda: sobol_indices(lambda x: x[:, 0] * np.nan, 1), "nan at"),
    ],
)
def test_what_is_wrong_is_said(call, where):
    with pytest.raises(DafengError, match=where):
        call()
