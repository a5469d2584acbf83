"""Contract: weights follow Bayes, scores follow their closed forms, synthetic readings are refused.

Closed forms: for X ~ N(0, 1) known to be observed at y with error s, the posterior mean is y / (1 + s²) and its variance
s² / (1 + s²); the CRPS of N(m, v²) at y is v·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − m)/v (Gneiting & Raftery 2007).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from dafeng.evidence import DafengError
from dafeng.pathway import (
    Reading,
    Score,
    crps,
    draw,
    effective_sample_size,
    importance_weights,
    learn,
    one_sided,
    readings_of,
    score,
)


@pytest.mark.parametrize(("y", "s"), [(0.0, 1.0), (1.0, 0.5), (-2.0, 2.0)])
def test_posterior_of_a_normal(y, s):
    x = norm.ppf((np.arange(50_000) + 0.5) / 50_000)
    weights = importance_weights(x[:, None], [y], [s])
    mean = weights @ x
    assert mean == pytest.approx(y / (1 + s**2), abs=1e-3)
    assert weights @ (x - mean) ** 2 == pytest.approx(s**2 / (1 + s**2), rel=1e-2)
    assert 0 < effective_sample_size(weights) < x.size


@given(st.integers(1, 500))
def test_equal_weights_are_worth_all_samples(n):
    assert effective_sample_size(np.full(n, 0.3)) == pytest.approx(n)
    assert effective_sample_size(np.eye(1, n)[0]) == pytest.approx(1)


@pytest.mark.parametrize(("mean", "sd", "y"), [(0, 1, 0), (2, 0.5, 3), (-1, 3, 4)])
def test_crps_of_a_normal(mean, sd, y):
    x = norm.ppf((np.arange(20_000) + 0.5) / 20_000, mean, sd)
    z = (y - mean) / sd
    expected = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(x, y) == pytest.approx(expected, abs=2e-3 * sd)
    assert crps(np.concatenate([x, x + 99]), y, np.r_[np.ones(x.size), np.zeros(x.size)]) == pytest.approx(
        crps(x, y), rel=1e-9
    )
    assert crps([mean], y) == abs(mean - y)


def test_the_case_offers_readings_and_says_which_are_independent(jiujiang, jiujiang_model):
    readings = readings_of(jiujiang, 2020)
    assert {(r.quantity, r.year, r.independent) for r in readings} == {
        ("generation", 2024, False),
        ("generation", 2025, False),
        ("B", 2021, True),
        ("B", 2022, True),
        ("B", 2023, True),
    }
    assert next(r for r in readings if r.year == 2025).value == pytest.approx(30.756e6)
    draws = draw(jiujiang_model, 256, 2)
    learned = learn(jiujiang_model, jiujiang_model.delivery(0), draws, readings)
    assert {reading.quantity for reading in learned.readings} == {"B"}
    assert learned.weights.sum() == pytest.approx(1)
    scores = score(jiujiang_model, jiujiang_model.delivery(0), draws, readings)
    assert all(s.low < s.median < s.high and s.crps >= 0 for s in scores)
    assert all(s.covered == (s.low <= s.reading.value <= s.high) for s in scores)


@pytest.mark.parametrize(
    "reading",
    [
        Reading("B", 2022, 4e7, 1e6, "s", origin="synthetic"),
        Reading("weather", 2022, 1.0, 1.0, "s"),
        Reading("B", 1980, 1.0, 1.0, "s"),
        Reading("B", 2022, 4e7, 0.0, "s"),
        Reading("B", 2022, 4e7, 1.0, "s", independent=False),
    ],
)
def test_readings_that_teach_nothing_are_refused(jiujiang_model, reading):
    with pytest.raises(DafengError):
        learn(jiujiang_model, jiujiang_model.delivery(0), draw(jiujiang_model, 8, 1), [reading])


def test_a_model_that_lies_on_one_side_of_every_reading_is_said_and_not_tuned():
    def beside(medians, independent=True):
        return [
            Score(Reading("B", 2021 + k, 36e6, 7e6, "stat-02", independent), m, m - 1e6, m + 1e6, False, 1e6)
            for k, m in enumerate(medians)
        ]

    [finding] = one_sided(beside([40e6, 40.5e6, 41e6]))
    assert finding.code == "model-one-sided"
    assert "above" in finding.en
    assert "+12%" in finding.en or "+13%" in finding.en
    assert finding.sources == ("stat-02",)
    assert one_sided(beside([40e6, 35e6, 41e6])) == ()
    assert one_sided(beside([40e6, 41e6])) == ()
    assert one_sided(beside([40e6, 40.5e6, 41e6], independent=False)) == ()
