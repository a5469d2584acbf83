"""Contract: LMDI is exact, keeps its digits for nearly equal values, and takes zeros in the small-value limit.

Sources of the facts: published chain of the R package LMDIR (MatthewHeun/LMDIR, tests/testthat/test_lmdi.R, MIT);
PNNL value 0.578 (NREL/EnergyIntensityIndicators tests); zero cells after Ang & Liu 2007.
"""

from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dafeng.evidence import DafengError
from dafeng.pathway import lmdi, logarithmic_mean

CHAIN = {
    1971: [[1.0, 10.0, 2.0], [4.0, 5.0, 3.0]],
    1972: [[4.0, 5.0, 3.0], [5.0, 6.0, 4.0]],
    1973: [[8.0, 2.0, 4.0], [5.0, 7.0, 5.0]],
    1974: [[10.0, 1.0, 5.0], [6.0, 8.0, 6.0]],
}
ADDITIVE = {
    1972: [69.79006597895835, -9.455125792830676, 39.665059813872325],
    1973: [42.96021466512525, -34.31902656447437, 50.358811899349135],
    1974: [54.01064233562087, -9.021284671241755, 54.01064233562087],
}
MULTIPLICATIVE = {
    1972: [1.7611178208755374, 0.9261913057089333, 1.3794101155854783],
    1973: [1.2292845720892265, 0.8479702478523782, 1.2737739122298064],
    1974: [1.2081402233292473, 0.9689115026173487, 1.2081402233292473],
}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (0.5913, 0.565, 0.5780502874905097),
        (2, 8, 4.328085122666891),
        (3, 3, 3.0),
        (1.0, 1.000000000001, 1.0000000000005),
        (1e-20, 5.0, 0.10490726877044523),
        (0.0, 5.0, 0.0),
    ],
)
def test_logarithmic_mean(a, b, expected):
    assert logarithmic_mean(a, b) == pytest.approx(expected, rel=4e-15)
    assert logarithmic_mean(b, a) == pytest.approx(expected, rel=4e-15)


@given(st.floats(1e-9, 1e9), st.floats(-1e-2, 1e-2))
def test_logarithmic_mean_lies_between_geometric_and_arithmetic(a, d):
    b = a * np.exp(d)
    mean = float(logarithmic_mean(a, b))
    assert np.sqrt(a * b) * (1 - 1e-15) <= mean * (1 + 1e-15)
    assert mean <= 0.5 * (a + b) * (1 + 1e-15)


@pytest.mark.parametrize("year", [1972, 1973, 1974])
def test_published_chain(year):
    start, end = np.array(CHAIN[year - 1]).T, np.array(CHAIN[year]).T
    np.testing.assert_allclose(lmdi(start, end).sum(axis=-1), ADDITIVE[year], rtol=1e-8)
    factors = lmdi(start, end, form="multiplicative").prod(axis=-1)
    np.testing.assert_allclose(factors, MULTIPLICATIVE[year], rtol=1e-8)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ([[2.0], [3.0]], [[4.0], [1.5]], [4.1588830833596715, -4.1588830833596715]),
        ([[10.0], [0.0]], [[12.0], [5.0]], [0.0, 60.0]),
        ([[12.0], [5.0]], [[10.0], [0.0]], [0.0, -60.0]),
        ([[10.0, 7.0], [0.0, 2.0]], [[12.0, 8.0], [0.0, 3.0]], [2.477407412534333, 7.522592587465666]),
        ([[0.0], [0.0]], [[4.0], [5.0]], [10.0, 10.0]),
        ([[0.0], [5.0]], [[3.0], [0.0]], [0.0, 0.0]),
        ([[-2.0], [3.0]], [[-4.0], [3.0]], [-6.0, 0.0]),
    ],
)
def test_degenerate_cells(start, end, expected):
    np.testing.assert_allclose(lmdi(start, end).sum(axis=-1), expected, rtol=1e-12, atol=1e-12)


@given(arrays(float, (2, 3, 4), elements=st.one_of(st.just(0.0), st.floats(1e-3, 1e3))))
def test_effects_add_up_and_reverse(pair):
    start, end = pair
    effects = lmdi(start, end)
    change = end.prod(axis=0) - start.prod(axis=0)
    scale = max(1e-9, end.prod(axis=0).max(), start.prod(axis=0).max())
    np.testing.assert_allclose(effects.sum(axis=0) / scale, change / scale, atol=1e-12)
    np.testing.assert_allclose(lmdi(end, start), -effects, atol=1e-12 * scale)


@given(arrays(float, (2, 5, 3, 4), elements=st.floats(1e-2, 1e2)))
def test_leading_axes_and_the_product_of_the_multiplicative_form(pair):
    start, end = pair
    factors = lmdi(start, end, form="multiplicative")
    assert factors.shape == start.shape
    ratio = end.prod(axis=-2).sum(axis=-1) / start.prod(axis=-2).sum(axis=-1)
    np.testing.assert_allclose(factors.prod(axis=(-2, -1)), ratio, rtol=1e-12)
    np.testing.assert_allclose(lmdi(start, end)[2], lmdi(start[2], end[2]), rtol=1e-14)


def test_nearly_equal_values_leave_no_residual():
    generator = np.random.default_rng(5)
    start = generator.uniform(0.5, 2, (100, 5, 8))
    end = start * (1 + 1e-12 * generator.standard_normal(start.shape))
    change = (end.prod(axis=1) - start.prod(axis=1)).sum(axis=1)
    residual = lmdi(start, end).sum(axis=(1, 2)) - change
    assert np.abs(residual / start.prod(axis=1).sum(axis=1)).max() < 1e-14


@pytest.mark.parametrize("step", [1e-15, 1e-12, 1e-8, 1e-3, 0.05, 0.4])
def test_effects_of_nearly_equal_values_keep_their_digits(step):
    """Against 60 digits: the effect itself, not only the sum."""
    start = np.array([[3.0, 7.1], [1.7, 0.3], [11.0, 5.3]])
    end = start * (1 + step * np.array([[1.0, -2.0], [3.0, 1.5], [-1.0, 1.0]]))
    with localcontext(Context(prec=60)):
        x0 = [[Decimal(x) for x in row] for row in start.tolist()]
        x1 = [[Decimal(x) for x in row] for row in end.tolist()]
        exact = np.zeros((3, 2))
        for cell in range(2):
            before, after = (x[0][cell] * x[1][cell] * x[2][cell] for x in (x0, x1))
            mean = before if before == after else (after - before) / (after.ln() - before.ln())
            for factor in range(3):
                exact[factor, cell] = float(mean * (x1[factor][cell].ln() - x0[factor][cell].ln()))
    np.testing.assert_allclose(lmdi(start, end), exact, rtol=4e-15)


def test_extreme_ratios():
    """From 1e-200 to 1e200: the quotient of the ends overflows, the logarithms do not."""
    effects = lmdi([[1e-200], [2.0]], [[1e200], [3.0]])
    assert effects.sum() == pytest.approx(3e200, rel=1e-12)
    assert lmdi([[1e200], [3.0]], [[1e-200], [2.0]]) == pytest.approx(-effects, rel=1e-12)
    with pytest.raises(DafengError, match="not finite"):
        lmdi([[1e200], [1e200]], [[1e201], [1e201]])


def test_a_cell_with_a_zero_leaves_the_others_as_they_are():
    generator = np.random.default_rng(2)
    start, end = generator.uniform(0.5, 2, (2, 30, 3, 4))
    alone = lmdi(start, end)
    start[7, 1, 2] = 0.0
    beside = lmdi(start, end)
    changed = np.zeros(start.shape, dtype=bool)
    changed[7, :, 2] = True
    np.testing.assert_array_equal(beside[~changed], alone[~changed])


def test_threads_and_blocks_change_no_bit():
    generator = np.random.default_rng(3)
    start, end = generator.uniform(0.5, 2, (2, 600, 40, 5, 24))
    whole = lmdi(start, end)
    for sample in (0, 299, 599):
        np.testing.assert_array_equal(whole[sample], lmdi(start[sample], end[sample]))


def test_effects_are_written_where_asked():
    start, end = np.array([[2.0], [3.0]]), np.array([[4.0], [1.5]])
    place = np.empty((2, 1))
    assert lmdi(start, end, out=place) is place
    np.testing.assert_array_equal(place, lmdi(start, end))
    with pytest.raises(DafengError, match="out"):
        lmdi(start, end, out=np.empty((1, 2)))


@pytest.mark.parametrize(
    ("start", "end"),
    [([[-2.0], [3.0]], [[4.0], [1.0]]), ([[1.0]], [[np.nan]]), ([[1.0]], [[1.0, 2.0]]), ([1.0], [2.0])],
)
def test_refusals(start, end):
    with pytest.raises(DafengError):
        lmdi(start, end)


def test_unknown_form_and_empty_total():
    with pytest.raises(DafengError, match="additive or multiplicative"):
        lmdi([[1.0]], [[2.0]], form="lmdi2")
    with pytest.raises(DafengError, match="totals of one sign"):
        lmdi([[0.0]], [[2.0]], form="multiplicative")
