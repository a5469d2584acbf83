"""The error process has the variance, the crossing law and the calibration that its equations state."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import chisquare

from dafeng.evidence import DafengError
from dafeng.pathway import peak
from dafeng.pathway.forecast.estimation import estimate_process
from dafeng.pathway.forecast.model_error import cells_of, shipped_errors
from dafeng.pathway.methods.error_process import ErrorProcess, error_paths, summed_variance

YEARS = 10


def paths_of(process, samples, years=YEARS, seed=1):
    random = np.random.default_rng(seed)
    return error_paths(process, *random.standard_normal((2, samples, years)), random.standard_normal(samples))


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.8])
def test_variance_of_the_sum_is_that_of_its_covariances(phi):
    """Var Σγ = h + 2 Σ (h − k) φ^k, by hand for six leads."""
    by_hand = [h + 2 * sum((h - k) * phi**k for k in range(1, h)) for h in range(7)]
    assert summed_variance(np.arange(7), phi) == pytest.approx(by_hand, abs=1e-12)


def test_simulated_paths_have_the_stated_variance_and_median_zero():
    process = ErrorProcess(0.03, 0.01, 0.02)
    found = paths_of(process, 100_000)
    assert found.var(axis=0) == pytest.approx(process.variance(np.arange(1, YEARS + 1)), rel=0.03)
    assert np.abs(np.median(found, axis=0)).max() < 0.002


def test_no_error_is_no_path():
    assert not paths_of(ErrorProcess(0.0, 0.0, 0.0), 8).any()
    assert ErrorProcess(0.1, 0.1, 0.1).variance(0) == 0.0


@pytest.mark.parametrize(("mean", "sd"), [(-0.03, 0.01), (-0.015, 0.01), (0.01, 0.015)])
def test_a_straight_path_with_a_random_slope_has_peaked_with_the_normal_chance(mean, sd):
    """Slope μ + s z on a straight path: it falls from the start with P = Φ(−μ/s)."""
    logs = mean * np.arange(1, YEARS + 1) + paths_of(ErrorProcess(0.0, sd, 0.0), 200_000)
    series = np.exp(np.concatenate([np.zeros((len(logs), 1)), logs], axis=1))
    past = np.isfinite(peak(np.arange(YEARS + 1), series).year).mean()
    assert past == pytest.approx(ndtr(-mean / sd), abs=4 * 0.5 / np.sqrt(200_000))


def never_above(barrier, drift, sd, steps, cells=2**13):
    """P(max over `steps` of a random walk <= barrier), exact by recursion of the density on a grid."""
    span = 10 * sd * np.sqrt(steps) + abs(drift) * steps
    step = span / cells
    grid = barrier - step * (np.arange(cells)[::-1] + 0.5)
    edges = (np.arange(-cells, cells) + 0.0) * step
    kernel = ndtr((edges + step / 2 - drift) / sd) - ndtr((edges - step / 2 - drift) / sd)
    # the first step starts at 0, a point of its own
    density = ndtr((grid + step / 2 - drift) / sd) - ndtr((grid - step / 2 - drift) / sd)
    size = 4 * cells
    transform = np.fft.rfft(np.roll(np.pad(kernel, (0, size - 2 * cells)), -cells))
    for _ in range(steps - 1):
        density = np.fft.irfft(np.fft.rfft(density, size) * transform, size)[:cells]
    return float(density.sum())


@pytest.mark.parametrize("drift", [-0.02, 0.0, 0.01])
def test_a_yearly_random_walk_follows_the_exact_law(drift):
    sd, barrier, samples = 0.033, 0.005, 200_000
    walks = drift * np.arange(1, YEARS + 1) + paths_of(ErrorProcess(sd, 0.0, 0.0, 0.0), samples, seed=3)
    simulated = (walks.max(axis=1) <= barrier).mean()
    exact = never_above(barrier, drift, sd, YEARS)
    assert simulated == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / samples))


def test_the_reflection_formula_is_only_the_limit_of_many_steps():
    """Barrier 0.5 %, sd 3.3 % a year, ten years: 0.796 by years, 0.962 continuous."""
    sd, barrier = 0.033, 0.005
    yearly = 1 - never_above(barrier, 0.0, sd, YEARS)
    continuous = 2 * ndtr(-barrier / (sd * np.sqrt(YEARS)))
    assert yearly == pytest.approx(0.796, abs=0.002)
    assert continuous == pytest.approx(0.962, abs=0.001)
    # 1,000 steps in one year: the formula, its barrier moved by 0.5826 steps (Siegmund 1985), far from yearly steps
    step = sd / np.sqrt(1000)
    fine = 1 - never_above(barrier, 0.0, step, 1000)
    assert fine == pytest.approx(2 * ndtr(-(barrier + 0.5826 * step) / sd), abs=0.001)
    assert fine == pytest.approx(2 * ndtr(-barrier / sd), abs=0.02)


def test_forecasts_of_simulated_cities_are_calibrated():
    """1,000 cities whose truth comes from the process: coverage, PIT and the deciles of P(peak)."""
    process = estimate_process(cells_of(shipped_errors())).process
    cities, members = 1000, 400
    random = np.random.default_rng(20300101)
    trend = random.normal(0.0, 0.02, cities)
    lead = random.integers(1, YEARS + 1, cities)
    truth = paths_of(process, cities, seed=11)
    ensemble = paths_of(process, cities * members, seed=12).reshape(cities, members, YEARS)
    time = np.arange(1, YEARS + 1)
    observed, forecast = trend[:, None] * time + truth, (trend[:, None] * time)[:, None] + ensemble
    row = np.arange(cities)
    at = forecast[row, :, lead - 1]
    integral = (at < observed[row, lead - 1][:, None]).mean(axis=1)
    covered = np.mean((integral >= 0.05) & (integral <= 0.95))
    assert 0.87 <= covered <= 0.93
    counts = np.histogram(integral, np.linspace(0, 1, 11))[0]
    assert chisquare(counts).pvalue > 0.01

    def peaks(logs):
        start = np.zeros((*logs.shape[:-1], 1))
        series = np.exp(np.concatenate([start, logs], axis=-1))
        return peak(np.arange(YEARS + 1), series).year <= 4

    chance, happened = peaks(forecast).mean(axis=1), peaks(observed)
    group = np.minimum((chance * 10).astype(int), 9)
    for decile in np.unique(group):
        mine = group == decile
        expected = chance[mine].mean()
        error = np.sqrt(expected * (1 - expected) / mine.sum())
        assert abs(happened[mine].mean() - expected) <= 3 * error


@pytest.mark.parametrize("dip", [0.002, 0.01])
def test_a_small_dip_is_more_likely_exceeded_than_not(dip):
    """A last-year fall of up to 1 % from a record, no trend: exceeded within five years with more than even odds."""
    process = estimate_process(cells_of(shipped_errors())).process
    exceeded = (paths_of(process, 100_000, 5).max(axis=1) > dip).mean()
    assert exceeded > 0.5


def test_shapes_that_differ_and_broken_leads_are_refused():
    with pytest.raises(DafengError, match="error_paths"):
        error_paths(ErrorProcess(0.1, 0.1, 0.1), np.zeros((3, 2)), np.zeros((3, 3)), np.zeros(3))
    with pytest.raises(DafengError, match="lead"):
        ErrorProcess(0.1, 0.1, 0.1).variance([0.5])
    with pytest.raises(DafengError, match="lead"):
        ErrorProcess(0.1, 0.1, 0.1).variance([-1])
