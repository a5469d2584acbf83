"""Rows drawn by readings: the ensemble of every scenario, command and table is the one that observations leave.

Closed forms: systematic resampling gives each row its weight times n, rounded up or down; a reading of the growth of
ln y ~ N(m, v) with error s leaves the mean (m s² + y v) / (v + s²) and the variance v s² / (v + s²).
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dafeng.evidence import DafengError
from dafeng.pathway import Reading, draw, ensemble_of, evaluate, least_delivery, peak, run
from dafeng.pathway.engine.ensemble import accounts_of
from dafeng.pathway.forecast.discrepancy import (
    error_deviates,
    factors_of,
    learned_factors,
    remaining_share,
)
from dafeng.pathway.forecast.settings import answer
from dafeng.pathway.forecast.weighting import drawn_rows, predict, weights_of
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS, Terms

SAMPLES, SEED = 2048, 20300101
GROWN = tuple(
    Reading("B", year, 1.03 ** (year - 2020), 0.07 * 1.03 ** (year - 2020), "s", relative_to=2020, base_sigma=0.04)
    for year in range(2021, 2025)
)  # fmt: skip


@given(arrays(float, st.integers(1, 60), elements=st.floats(0.01, 5.0)), st.integers(1, 4))
def test_a_row_is_drawn_by_its_weight(weights, scrambles):
    weights = np.tile(weights, scrambles)
    size = weights.size // scrambles
    rows = drawn_rows(weights, [size] * scrambles)
    assert np.array_equal(rows // size, np.repeat(np.arange(scrambles), size))
    times = np.bincount(rows, minlength=weights.size)
    expected = weights / weights[:size].sum() * size
    assert np.all(np.abs(times - expected) < 1 + 1e-9)
    assert np.all(np.diff(rows) >= 0)


def test_equal_weights_give_every_row_once():
    assert np.array_equal(drawn_rows(np.full(12, 0.3), [5, 7]), np.arange(12))


def test_a_growth_that_adds_up_has_the_covariance_of_a_walk_by_hand():
    """Base 2 %, 3 % more each year, 1 % of its own: Cov(1, 2) = 0.02² + 0.03², Var(2) = 0.02² + 2·0.03² + 0.01²."""
    base, yearly, own = 0.02, 0.03, 0.01
    readings = [
        Reading("A", 2020 + h, 1.0, float(np.sqrt(base**2 + h * yearly**2 + own**2)), "s", relative_to=2020,
                base_sigma=base, yearly_sigma=yearly)
        for h in (1, 2)
    ]  # fmt: skip
    covariance = np.array(
        [[base**2 + yearly**2 + own**2, base**2 + yearly**2],
         [base**2 + yearly**2, base**2 + 2 * yearly**2 + own**2]]
    )  # fmt: skip
    off = np.array([0.04, 0.01])
    found = weights_of(np.exp(np.array([[0.0, 0.0], off])), readings)
    assert found[1] / found[0] == pytest.approx(np.exp(-0.5 * off @ np.linalg.solve(covariance, off)))
    short = [replace(reading, sigma=0.01) for reading in readings]
    with pytest.raises(DafengError, match="part that it shares"):
        weights_of(np.ones((2, 2)), short)


def test_a_reading_moves_the_ensemble_as_bayes_does(jiujiang_model):
    """Growth of account B to 2024: mean and spread in ln after learning are those of two normal laws."""
    sigma, value = 0.05, 1.10
    only = Reading("B", 2024, value, sigma * value, "s", relative_to=2020)
    before = ensemble_of(jiujiang_model, 4 * SAMPLES, SEED, "A")
    after = ensemble_of(replace(jiujiang_model, readings=(only,)), 4 * SAMPLES, SEED, "A")
    none = jiujiang_model.delivery(0.0)
    prior, posterior = (
        np.log(predict(jiujiang_model, none, found.draws, [only], found.factor)[:, 0]) for found in (before, after)
    )  # fmt: skip
    mean, variance = prior.mean(), prior.var()
    assert posterior.mean() == pytest.approx(
        (mean * sigma**2 + np.log(value) * variance) / (variance + sigma**2), abs=0.003
    )
    assert posterior.std() == pytest.approx(np.sqrt(variance * sigma**2 / (variance + sigma**2)), rel=0.04)
    assert 0 < after.effective_samples < 4 * SAMPLES
    assert np.array_equal(after.prior.draws, before.draws)


def test_what_readings_do_not_reach_keeps_its_own_rows(jiujiang_model):
    """Effects of measures, errors of later years and of records: no reading up to 2024 says anything of them."""
    model = replace(jiujiang_model, readings=GROWN)
    before, after = (ensemble_of(m, SAMPLES, SEED, "A") for m in (jiujiang_model, model))
    drivers = len(model.drivers)
    assert np.array_equal(after.draws[:, drivers:], before.draws[:, drivers:])
    assert not np.array_equal(after.draws[:, :drivers], before.draws[:, :drivers])
    assert np.array_equal(after.error.observed, before.error.observed)
    deviates = error_deviates(model, before.sizes, SEED)
    rows = drawn_rows(np.arange(1.0, SAMPLES + 1), before.sizes)
    chosen = deviates.chosen(rows, 4)
    assert np.array_equal(chosen.growth[:, 4:], deviates.growth[:, 4:])
    assert np.array_equal(chosen.growth[:, :4], deviates.growth[rows, :4])
    assert np.array_equal(chosen.permanent, deviates.permanent[rows])
    share = remaining_share(model, "A", SEED)
    same = learned_factors(deviates, np.arange(SAMPLES), share, 4)
    assert np.allclose(same.factor, factors_of(deviates, share).factor, rtol=1e-12)
    assert np.array_equal(factors_of(deviates, share).factor[:, :5], factors_of(deviates, share[:5]).factor)


def test_readings_move_the_centre_of_later_years_and_do_not_narrow_them(jiujiang_model, left_out_half_width):
    """Growth after the last reading: wider than the leave-one-out back-test's, its mean that of the drawn paths."""
    high = tuple(replace(r, value=1.06 ** (r.year - 2020)) for r in GROWN)
    before, after = (
        ensemble_of(replace(jiujiang_model, readings=readings), 4 * SAMPLES, SEED, "A") for readings in ((), high)
    )  # fmt: skip
    grown, learned = (np.log(e.factor[:, 5:11] / e.factor[:, 4:5]) for e in (before, after))
    assert learned.std(axis=0) == pytest.approx(grown.std(axis=0), rel=1e-6)
    assert np.all(learned.mean(axis=0) > grown.mean(axis=0))
    assert np.all(np.diff(learned.mean(axis=0)) > 0)
    # within the years that were read the path is narrower than before, and follows the readings
    assert np.log(after.factor[:, 4]).std() < np.log(before.factor[:, 4]).std()
    assert np.log(after.factor[:, 4]).mean() > 0.02
    paths = accounts_of(jiujiang_model, jiujiang_model.delivery(0.0), after.draws, factor=after.factor)["A"]
    width = 1.6448536 * np.log(paths[:, 5:11] / paths[:, 4:5]).std(axis=0)
    assert np.all(width >= 0.985 * left_out_half_width)


def test_without_the_term_nothing_is_drawn_again(jiujiang_model):
    model = replace(jiujiang_model, readings=GROWN)
    for terms in (NO_TERMS, replace(ALL_TERMS, readings=False)):
        plain, same = (ensemble_of(m, 128, SEED, "A", terms) for m in (jiujiang_model, model))
        assert np.array_equal(plain.draws, same.draws)
        assert same.effective_samples is None
    drivers_alone = ensemble_of(model, 128, SEED, "A", replace(NO_TERMS, readings=True))
    assert drivers_alone.factor is None
    assert drivers_alone.effective_samples > 0


def test_readings_that_calibrate_the_model_are_not_learned_from(jiujiang_model):
    known = tuple(replace(reading, independent=False) for reading in GROWN)
    assert ensemble_of(replace(jiujiang_model, readings=known), 128, SEED, "A").effective_samples is None


def test_one_quantity_has_one_value_in_a_run(jiujiang):
    """Headline, delivery levels, the first row of stress and the least delivery's ends: the same weighted rows."""
    found = run(jiujiang, samples=512, permutations=64)
    results = found.results
    plan, none = results.peak_of("plan", "A"), results.peak_of("policy-carried-on", "A")
    assert 0 < results.effective_samples < 512
    levels = {level.delivery: level.before_2030.value for level in results.delivery_levels}
    assert (levels[0.0], levels[1.0]) == (none.before_2030.value, plan.before_2030.value)
    first = results.stress[0]
    assert (first.plan, first.carried_on) == (plan.before_2030.value, none.before_2030.value)
    assert first.level == pytest.approx(results.track("plan", "A").median[10])
    assert plan.parts.model_error == plan.before_2030.value
    peaked = np.mean(found.peaked["plan"])
    assert peaked == plan.before_2030.value
    assert plan.year_ahead.low > jiujiang.city.as_of
    loose = run(jiujiang, samples=512, permutations=64, terms=Terms(readings=False)).results
    assert loose.peak_of("policy-carried-on", "A").before_2030.value > none.before_2030.value
    assert loose.effective_samples is None


def test_commands_share_the_ensemble(jiujiang_model):
    """`answer` (bridge, stress) and `least_delivery` (feasible) count the same rows."""
    model = replace(jiujiang_model, readings=GROWN)
    ensemble = ensemble_of(model, 256, SEED, "A")
    chance = answer(model, ensemble, "A", 2035, SEED, ALL_TERMS).chance
    least = least_delivery(model, ensemble.draws, 0.99999, "A", error=ensemble.error)
    assert (least.without, least.plan) == (chance["policy-carried-on"], chance["plan"])
    years = model.years[model.years <= 2035]
    series = accounts_of(model, model.delivery(1.0), ensemble.draws, factor=ensemble.factor)["A"]
    rows = np.concatenate([ensemble.observed["A"], series[:, : years.size]], axis=1)
    happened = peak(np.concatenate([model.base.observed_years, years]), rows).year <= 2029
    assert happened.mean() == chance["plan"]


def test_a_year_alone_is_evaluated_as_among_all(jiujiang_model):
    draws = draw(jiujiang_model, 32, 1)
    none = jiujiang_model.delivery(0.0)
    whole = evaluate(jiujiang_model, none, draws).accounts["B"]
    found = predict(jiujiang_model, none, draws, [GROWN[3]])[:, 0]
    assert found == pytest.approx(whole[:, 4] / whole[:, 0], rel=1e-12)
