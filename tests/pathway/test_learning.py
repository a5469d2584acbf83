"""Contract: weights follow Bayes, scores follow their closed forms, synthetic readings are refused.

Closed forms: for X ~ N(0, 1) known to be observed at y with error s, the posterior mean is y / (1 + s²) and its variance
s² / (1 + s²); the CRPS of N(m, v²) at y is v·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − m)/v (Gneiting & Raftery 2007).
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.pathway import (
    Reading,
    Score,
    calibration,
    crps,
    draw,
    effective_sample_size,
    ensemble_of,
    importance_weights,
    learn,
    one_sided,
    outlook,
    readings_of,
    score,
)
from dafeng.pathway.forecast.settings import answer
from dafeng.pathway.forecast.weighting import predict
from dafeng.pathway.terms import Terms


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
    inventory = build(jiujiang)
    readings = readings_of(jiujiang, 2020, inventory)
    province = [r for r in readings if r.scope == "province"]
    assert {(r.quantity, r.independent) for r in province} == {
        ("electricity_demand", False), ("primary_energy", False), ("A", True),
    }  # fmt: skip
    assert next(
        r for r in province if r.year == 2022 and r.quantity == "electricity_demand"
    ).value == pytest.approx(1982.98 / 1627)
    # energy x mix of the province: 223.6 over 203.2 Mt
    assert next(r for r in province if r.year == 2024 and r.quantity == "A").value == pytest.approx(
        223.6 / 203.2
    )
    downscaled = [r for r in readings if r.source == "downscaled"]
    assert [(r.quantity, r.year, r.independent) for r in downscaled] == [
        ("A", 2021, False),
        ("A", 2022, False),
    ]
    assert downscaled[0].value == inventory.totals("A", [2021])[0].value_t
    gridded = [r for r in readings if r.quantity == "B"]
    # thirteen counties: 37.08 Mt in 2023, 40.86 Mt in 2024, 35.57 Mt in 2020
    assert [(r.year, r.independent, r.relative_to) for r in gridded] == [
        (y, True, 2020) for y in range(2021, 2025)
    ]
    assert [r.value for r in gridded][2:] == pytest.approx([37.08 / 35.57, 40.86 / 35.57], rel=5e-4)
    assert gridded[0].carried_on == pytest.approx((35.57 / 29.74) ** (1 / 5), rel=5e-4)
    rest = [r for r in readings if r not in province and r not in downscaled and r not in gridded]
    assert {(r.quantity, r.year, r.independent) for r in rest} == {
        ("generation", 2024, False),
        ("generation", 2025, False),
    }
    assert next(r for r in readings if r.year == 2025).value == pytest.approx(30.756e6)
    draws = draw(jiujiang_model, 256, 2)
    learned = learn(jiujiang_model, jiujiang_model.delivery(0), draws, readings)
    assert {reading.quantity for reading in learned.readings} == {"A", "B"}
    assert learned.weights.sum() == pytest.approx(1)
    scores = score(jiujiang_model, jiujiang_model.delivery(0), draws, readings)
    assert all(s.low < s.median < s.high and s.crps >= 0 for s in scores)
    assert all(s.covered == (s.low <= s.reading.value <= s.high) for s in scores)
    assert all(s.covered_with_error == (0.05 <= s.pit <= 0.95) for s in scores)
    # what is covered without the reading's error is covered with it
    assert sum(s.covered_with_error for s in scores) >= sum(s.covered for s in scores) - 1
    told = calibration(scores)
    assert told.readings == len(gridded) + len(province)
    assert sum(told.pit) == pytest.approx(1.0)
    assert told.reliability["50%"] <= told.reliability["80%"] <= told.reliability["90%"]


def test_the_level_of_a_growth_teaches_nothing(jiujiang_model):
    """A series half as high with the same growth gives the same weights; its growth moves them."""
    draws = draw(jiujiang_model, 256, 2)
    none = jiujiang_model.delivery(0)

    def weights(scale, pace):
        values = {year: scale * pace ** (year - 2020) for year in (2020, 2022, 2024)}
        table = [
            Reading("B", year, value / values[2020], 0.05, "s", relative_to=2020, base_sigma=0.03)
            for year, value in values.items()
            if year > 2020
        ]
        return learn(jiujiang_model, none, draws, table).weights

    assert np.array_equal(weights(36e6, 1.03), weights(18e6, 1.03))
    growth = predict(jiujiang_model, none, draws, [Reading("B", 2024, 1.1, 0.05, "s", relative_to=2020)])[
        :, 0
    ]
    assert weights(36e6, 1.03) @ growth > weights(36e6, 1.00) @ growth


def test_the_error_of_the_earlier_year_is_shared_by_hand():
    """Two years that both lie 5 % off through a base year that was 5 % off count as one error, not as two."""
    from dafeng.pathway.forecast.weighting import weights_of

    base, year = 0.04, 0.03
    sigma = np.hypot(base, year)
    readings = [
        Reading("B", y, 1.05, 1.05 * sigma, "s", relative_to=2020, base_sigma=base) for y in (2021, 2022)
    ]
    predicted = np.array([[1.0, 1.0], [1.05, 1.05]])
    off = np.log(1.05)
    covariance = base**2 + np.diag([year**2] * 2)
    expected = np.exp(-0.5 * np.array([off, off]) @ np.linalg.solve(covariance, np.array([off, off])))
    found = weights_of(predicted, readings)
    assert found[0] / found[1] == pytest.approx(expected)


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


def test_growth_of_the_province_is_held_beside_the_city(jiujiang_model):
    """A reading relative to an earlier year is a ratio of the model's own values; equal growth scores nothing."""
    draws = draw(jiujiang_model, 64, 1)
    none = jiujiang_model.delivery(0)
    found = score(
        jiujiang_model,
        none,
        draws,
        [Reading("primary_energy", 2024, 1.19, 0.05, "s", False, relative_to=2020)],
    )[0]
    assert 1 < found.low < found.median < found.high < 1.5
    with pytest.raises(DafengError, match="no such quantity or year"):
        score(jiujiang_model, none, draws, [Reading("A", 2024, 1.1, 0.05, "s", relative_to=1900)])
    beside = [
        Score(
            Reading("primary_energy", 2021 + k, 1.1, 0.05, "s", False, relative_to=2020, scope="province"),
            1.05,
            1.0,
            1.08,
            False,
            0.01,
        )
        for k in range(3)
    ]
    [finding] = one_sided(beside)
    assert "全省" in finding.zh
    assert "below the province's" in finding.en


def test_the_outlook_moves_towards_what_was_observed(jiujiang_model):
    """Before and after are the two ensembles: the result after is that of `answer`, which bridge and stress use."""
    low = Reading("B", 2024, 0.95, 0.03 * 0.95, "s", relative_to=2020)
    model = replace(jiujiang_model, readings=(low,))
    plan = model.delivery(1)
    before, after = (ensemble_of(model, 512, 1, "A", Terms(readings=r)) for r in (False, True))
    found = outlook(model, plan, before, after)
    assert found.after[1] < found.before[1]
    assert found.after[2] - found.after[0] < found.before[2] - found.before[0]
    assert found.chance_after == answer(model, after, "A", 2035, 1, Terms()).chance["plan"]
    assert 1 < found.effective_sample_size < 512
    assert found.effective_sample_size == after.effective_samples
    with pytest.raises(DafengError, match="2099"):
        outlook(model, plan, before, after, year=2099)
