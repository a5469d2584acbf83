"""Contract: sample i of a parameter depends on its dimension, seed and scramble only, and the points stay a Sobol net."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr

from dafeng.evidence import DafengError
from dafeng.pathway import correlated, probability, standard_deviate, unit_points


@settings(max_examples=30, deadline=None)
@given(
    st.sets(st.integers(1, 300), min_size=1, max_size=8),
    st.sets(st.integers(1, 300), max_size=8),
    st.integers(1, 600),
    st.integers(0, 99),
)
def test_prefix_stable_and_independent_of_other_parameters(mine, others, n, seed):
    mine = sorted(mine)
    rest = sorted(others - set(mine))
    alone = unit_points(mine, n, seed)
    together = unit_points([*rest, *mine], 700, seed)
    assert np.array_equal(alone, together[:n, len(rest) :])
    assert alone.min() > 0
    assert alone.max() < 1


@pytest.mark.parametrize("dimension", [1, 2, 57, 211])
@pytest.mark.parametrize("scramble", [0, 3])
def test_every_dimension_stays_a_net(dimension, scramble):
    """The first 2^k points fall one each into the 2^k equal intervals, after scrambling too."""
    points = unit_points([dimension], 1024, seed=4, scramble=scramble)[:, 0]
    assert np.array_equal(np.sort(np.floor(points * 1024)), np.arange(1024))
    assert np.array_equal(np.sort(np.floor(points[:64] * 64)), np.arange(64))


def test_pairs_stay_a_net_too():
    """Dimensions 1 and 2 of Sobol' are a (0, m, 2)-net in base 2; nested scrambling keeps that."""
    points = unit_points([1, 2], 256, seed=8)
    for power in range(9):
        cells = np.floor(points * [2**power, 2 ** (8 - power)]).astype(int)
        assert len({tuple(cell) for cell in cells}) == 256


def test_scrambles_and_seeds_differ_and_are_uniform():
    """Over scrambles any single sample is uniform, and two dimensions of it are independent."""
    first = np.array([unit_points([5, 6], 4, 1, scramble)[3] for scramble in range(400)])
    assert kstest(first[:, 0], "uniform").pvalue > 1e-3
    assert abs(spearmanr(first[:, 0], first[:, 1]).statistic) < 0.2
    seeds = np.array([unit_points([5], 4, seed)[3, 0] for seed in range(400)])
    assert kstest(seeds, "uniform").pvalue > 1e-3
    assert abs(spearmanr(first[:, 0], seeds).statistic) < 0.2


def test_scrambled_integration_beats_random_sampling():
    dims = list(range(1, 9))
    errors = [np.prod(unit_points(dims, 1024, seed) + 0.5, axis=1).mean() - 1 for seed in range(20)]
    assert np.std(errors) < 0.3 * np.sqrt(((13 / 12) ** 8 - 1) / 1024)


@pytest.mark.parametrize("distribution", ["normal", "uniform", "triangular", "lognormal", "beta"])
def test_deviates_have_their_range_at_5_and_95_percent(distribution):
    found = standard_deviate([0.05, 0.5, 0.95], distribution)
    np.testing.assert_allclose(found, [-1, 0, 1], atol=1e-12)
    grid = standard_deviate(np.linspace(0.001, 0.999, 99), distribution)
    assert (np.diff(grid) > 0).all()


def test_copula_reaches_the_correlation_and_keeps_the_first():
    points = unit_points([1, 2, 3], 4096, 0)
    wanted = np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1.0]])
    found = correlated(points, wanted)
    np.testing.assert_allclose(found[:, [0, 2]], points[:, [0, 2]], atol=1e-12)
    # Spearman's rho of a Gaussian copula: 6/pi·asin(r/2)
    assert spearmanr(found[:, 0], found[:, 1]).statistic == pytest.approx(
        6 / np.pi * np.arcsin(0.4), abs=0.02
    )
    assert np.array_equal(correlated(points, np.eye(3)), points)


def test_probability_and_its_error():
    value, error = probability(lambda scramble: unit_points([1], 1024, 0, scramble)[:, 0] < 0.3, scrambles=8)
    assert value == pytest.approx(0.3, abs=2 / 1024)
    assert 0 <= error < 1 / 1024


@pytest.mark.parametrize(
    "call",
    [
        lambda: unit_points([0], 4, 0),
        lambda: unit_points([3, 3], 4, 0),
        lambda: unit_points([3], 0, 0),
        lambda: correlated(np.full((4, 2), 0.5), [[1, 2], [2, 1]]),
        lambda: correlated(np.full((4, 2), 0.5), np.eye(3)),
        lambda: standard_deviate([0.5], "cauchy"),
        lambda: probability(lambda scramble: [True], scrambles=1),
    ],
)
def test_refusals(call):
    with pytest.raises(DafengError):
        call()


def test_points_of_chosen_dimensions_are_those_of_scipy():
    """Only the columns asked for, high dimensions too; beyond the package's table scipy's numbers."""
    from scipy.stats import qmc

    from dafeng.pathway.methods.sobol_points import sobol_integers

    whole = (qmc.Sobol(2001, scramble=False, bits=32).random_base2(6) * 2.0**32).astype(np.uint32)
    for chosen in ((1, 2, 3, 157), (1001, 1999, 2000, 40), (5, 2001)):
        assert np.array_equal(sobol_integers(chosen, 50), whole[:50, np.array(chosen) - 1])
    assert sobol_integers((3, 4), 1).shape == (1, 2)
    assert sobol_integers((), 8).shape == (8, 0)
