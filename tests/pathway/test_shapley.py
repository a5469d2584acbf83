"""Contract: shares add up to the whole, equals share alike, who adds nothing gets nothing; errors are honest.

The heat case (insulation 100 to 70 MWh, boiler 0.33 to 0.20 t/MWh) has the closed form 7.95 and 11.05 t.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.pathway import shapley


def heat(rows, draw):
    demand = 100 - 30 * rows[:, 0]
    return 33 - demand * (0.33 - 0.13 * rows[:, 1])


def test_heat_case_exact():
    found = shapley(heat, 2)
    np.testing.assert_allclose(found.value, [7.95, 11.05], rtol=1e-12)
    np.testing.assert_allclose(found.first_in, [9.9, 13.0], rtol=1e-12)
    np.testing.assert_allclose(found.last_in, [6.0, 9.1], rtol=1e-12)
    assert found.total == pytest.approx(19.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.05, 0.9), min_size=11, max_size=14), st.integers(0, 5))
def test_sampled_properties(savings, seed):
    factors = 1 - np.array(savings)
    n = factors.size + 2

    def value(rows, draw):
        # the last but one player copies the first, the last adds nothing
        both = np.concatenate([rows[:, : factors.size], rows[:, [n - 2]]], axis=1)
        every = np.append(factors, factors[0])
        return (1 + draw) * (1 - np.where(both > 0, every, 1).prod(axis=1))

    found = shapley(value, n, permutations=400, seed=seed, draws=7)
    assert found.value.sum() == pytest.approx(float(found.total), rel=1e-12)
    assert found.value[-1] == pytest.approx(0, abs=1e-12)
    assert found.standard_error[-1] == pytest.approx(0, abs=1e-12)
    gap = abs(found.value[0] - found.value[-2])
    assert gap <= 6 * np.hypot(found.standard_error[0], found.standard_error[-2]) + 1e-12


def test_sampled_agrees_with_exact_within_its_error():
    weights = np.arange(1, 11)

    def value(rows, draw):
        return 100 * (1 - np.exp(-(rows * weights).sum(axis=1) / 20))

    exact = shapley(value, 10)
    sampled = shapley(lambda rows, draw: value(rows, draw) + 0 * draw, 10, permutations=2000, draws=2)
    assert (sampled.standard_error > 0).all()
    assert (np.abs(sampled.value - exact.value) < 5 * sampled.standard_error).all()
    np.testing.assert_allclose(sampled.first_in, exact.first_in, rtol=1e-12)
    np.testing.assert_allclose(sampled.last_in, exact.last_in, rtol=1e-12)


def test_outputs_and_repeatability():
    def value(rows, draw):
        total = rows.sum(axis=1) * (1 + draw)
        return np.stack([total, 2 * total], axis=1)

    found = shapley(value, 12, permutations=40, draws=20)
    again = shapley(value, 12, permutations=40, draws=20)
    assert found.value.shape == (12, 2)
    assert np.array_equal(found.value, again.value)
    np.testing.assert_allclose(found.value[:, 1], 2 * found.value[:, 0])
    # every pair shares a draw, and the draws are used alike: mean of 1 … 20
    np.testing.assert_allclose(found.value[:, 0], 10.5)


def test_refusals():
    with pytest.raises(DafengError):
        shapley(heat, 0)
    with pytest.raises(DafengError):
        shapley(lambda rows, draw: np.zeros(3), 2)


def test_one_argument_and_set_functions():
    def of_set(coalition):
        return 33 - (70 if 0 in coalition else 100) * (0.20 if 1 in coalition else 0.33)

    np.testing.assert_allclose(shapley(of_set, 2, vectorised=False).value, [7.95, 11.05], rtol=1e-12)
    np.testing.assert_allclose(shapley(lambda rows: heat(rows, None), 2).value, [7.95, 11.05], rtol=1e-12)
    many = shapley(lambda rows: rows @ np.arange(12), 12, permutations=8)
    np.testing.assert_allclose(many.value, np.arange(12), atol=1e-12)


def test_groups_are_weighted_sums_with_their_own_error():
    def value(rows, draw):
        return (1 + draw % 3) * (1 - np.exp(-(rows * np.arange(1, 13)).sum(axis=1) / 20))

    weights = np.array([[1.0] * 6 + [0.0] * 6, [0.5] * 12])
    found = shapley(value, 12, permutations=200, draws=100, groups=weights)
    np.testing.assert_allclose(found.group_value, weights @ found.value, rtol=1e-12)
    assert found.group_standard_error[1] == pytest.approx(0.5 * found.total_standard_error, rel=1e-9)
    with pytest.raises(DafengError):
        shapley(value, 12, groups=[[1.0, 2.0]])
