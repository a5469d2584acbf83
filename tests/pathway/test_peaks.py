"""Contract: a peak is the last year of the maximum; a maximum in the last year is no peak; history is tested by rule.

Closed forms: E(t) = E0·exp(g·t − c·t²/2), g ~ N(mu, sigma), peaks on an annual grid in year y0 + round(g/c), so
P(peak year <= Y) = Phi((c·(Y − y0 + 0.5) − mu)/sigma). A symmetric random walk has its maximum at k of n steps
with the discrete arcsine probability C(2k,k)·C(2(n−k),n−k)/4^n (Sparre Andersen), whatever its increments.
"""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau, norm

from dafeng.evidence import DafengError
from dafeng.pathway import PeakStatus, mann_kendall, observed_peak, peak


@pytest.mark.parametrize(
    ("series", "year", "status"),
    [
        ([1, 3, 3, 2], 2022, PeakStatus.WITHIN),
        ([1, 2, 3, 4], np.nan, PeakStatus.NOT_WITHIN_HORIZON),
        ([5, 4, 3, 2], 2020, PeakStatus.ALREADY_PAST),
        ([3, 1, 1, 3], np.nan, PeakStatus.NOT_WITHIN_HORIZON),
        ([-5, -2, -3, -4], 2021, PeakStatus.WITHIN),
        ([2, 2, 2, 2], np.nan, PeakStatus.NOT_WITHIN_HORIZON),
    ],
)
def test_rules(series, year, status):
    found = peak([2020, 2021, 2022, 2023], [series])
    np.testing.assert_equal(found.year, [float(year)])
    assert found.status[0] == status
    assert found.level[0] == max(series)


def test_plateau_is_the_unbroken_run_around_the_peak():
    found = peak(np.arange(2020, 2028), [99.5, 90, 99.2, 100, 99.1, 98.9, 99.9, 50])
    assert (found.plateau_start, found.plateau_end) == (2022, 2024)
    assert found.year == 2023


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2025, 0.08850799143740205),
        (2028, 0.32635522028792013),
        (2029, 0.4403823076297576),
        (2030, 0.5596176923702426),
    ],
)
def test_quadratic_closed_form(year, expected):
    mu, sigma, c = 0.06, 0.02, 0.006
    assert norm.cdf((c * (year - 2020 + 0.5) - mu) / sigma) == pytest.approx(expected, abs=1e-12)
    n = 20_000
    growth = norm.ppf((np.arange(n) + 0.5) / n, mu, sigma)
    t = np.arange(41)
    found = peak(2020 + t, np.exp(growth[:, None] * t - 0.5 * c * t**2))
    assert np.mean(found.year <= year) == pytest.approx(expected, abs=2 / n + 1e-4)


def test_random_walk_follows_the_arcsine_law():
    n, walks = 10, 40_000
    steps = np.random.default_rng(1).laplace(size=(walks, n))
    found = peak(np.arange(n + 1), np.concatenate([np.zeros((walks, 1)), steps.cumsum(axis=1)], axis=1))
    index = np.where(np.isnan(found.year), n, found.year)
    expected = [comb(2 * k, k) * comb(2 * (n - k), n - k) / 4**n for k in range(n + 1)]
    shares = np.bincount(index.astype(int), minlength=n + 1) / walks
    np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.18 * 0.82 / walks))


@given(arrays(float, (3, 7), elements=st.integers(-5, 5).map(float)), st.integers(1, 9))
def test_properties(series, factor):
    years = np.arange(2015, 2022)
    found = peak(years, series)
    assert np.array_equal(found.level, series.max(axis=1))
    scaled = peak(years, series * factor)
    np.testing.assert_equal(scaled.year, found.year)
    for row, year in zip(series, found.year, strict=True):
        if np.isnan(year):
            assert row[-1] == row.max()
        else:
            assert row[int(year) - 2015] == row.max()
            assert (row[int(year) - 2014 :] < row.max()).all()
    inside = ~np.isnan(found.year)
    assert (found.plateau_start[inside] <= found.year[inside]).all()
    assert (found.plateau_end[inside] >= found.year[inside]).all()


@pytest.mark.parametrize(
    ("years", "series"),
    [
        ([2020, 2021], [1.0, np.nan]),
        ([2020, 2020], [1.0, 2.0]),
        ([2020], [1.0, 2.0]),
        ([], []),
        ([2021, 2020], [1, 2]),
    ],
)
def test_bad_input_is_refused(years, series):
    with pytest.raises(DafengError):
        peak(years, series)


def test_observed_peak_needs_points_years_and_a_fall():
    years = np.arange(2010, 2021)
    series = np.array([8, 9, 10, 9.8, 9.6, 9.4, 9.3, 9.2, 9.1, 9.05, 9.0])
    assert observed_peak(years, series).peaked
    assert observed_peak(years, series).fall == pytest.approx(0.10)
    assert "10%" in observed_peak(years, np.r_[series[:-1], 9.01]).reason
    assert "years since" in observed_peak(years[:6], np.r_[series[:5], 5.0]).reason
    assert "data points" in observed_peak([2010, 2020], [10, 5]).reason


@given(arrays(float, st.integers(4, 20), elements=st.integers(0, 6).map(float)))
def test_mann_kendall_against_scipy(series):
    years = np.arange(series.size)
    found = mann_kendall(years, series)
    reference = kendalltau(years, series)
    if np.ptp(series) > 0:
        assert np.sign(found.statistic) == np.sign(round(reference.statistic, 12))
    else:
        assert found.p_value == pytest.approx(1.0)
    n = series.size
    assert abs(found.statistic) <= n * (n - 1) / 2


def test_mann_kendall_of_a_rising_line():
    found = mann_kendall(np.arange(2010, 2020), np.arange(10) * 2.5)
    assert (found.statistic, found.slope, found.tau) == (45, 2.5, 1.0)
    assert found.z == pytest.approx(44 / np.sqrt(10 * 9 * 25 / 18))
