"""The model's own error is one path a sample: common to scenarios and accounts, on energy CO2 alone, and counted once."""

import numpy as np
import pytest

from dafeng.pathway import evaluate
from dafeng.pathway.engine.ensemble import accounts_of, observed_samples, run_scenario, with_factor
from dafeng.pathway.engine.evaluate import ROWS
from dafeng.pathway.forecast.chances import margin, past_claimed, past_exceeded
from dafeng.pathway.forecast.discrepancy import (
    parameter_variance,
    remaining_share,
    shipped_estimate,
)
from dafeng.pathway.forecast.ensemble import ensemble_of
from dafeng.pathway.methods.sampling import Z95
from dafeng.pathway.terms import Terms

SAMPLES, SEED = 2048, 20300101


@pytest.fixture(scope="module")
def ensemble(jiujiang_model):
    return ensemble_of(jiujiang_model, SAMPLES, SEED, "A")


def test_the_base_year_is_exact_and_the_median_is_the_models(jiujiang_model, ensemble):
    assert np.all(ensemble.factor[:, 0] == 1.0)
    assert np.median(ensemble.factor, axis=0) == pytest.approx(1.0, abs=0.012)


def test_the_band_is_no_narrower_than_the_back_test(jiujiang_model, left_out_half_width):
    """90 % width in ln at leads 1-6 with GDP as in the central case, against the leave-one-out hindcast, four seeds."""
    model = jiujiang_model
    gdp = next(k for k, d in enumerate(model.drivers) if d.parameter == "gdp_growth")
    widths = []
    for seed in range(4):
        ensemble = ensemble_of(model, SAMPLES, seed, "A")
        draws = ensemble.draws[:, : len(model.drivers)].copy()
        draws[:, gdp] = 0.0
        series = accounts_of(model, model.delivery(0.0), draws, factor=ensemble.factor)["A"]
        growth = np.log(series / series[:, :1])[:, 1:7]
        low, high = np.quantile(growth, (0.05, 0.95), axis=0)
        assert np.all(high - low >= 0.97 * 2 * left_out_half_width)
        widths.append(Z95 * growth.std(axis=0))
    # the error of the mean over four seeds is about 0.8 %
    assert np.all(np.mean(widths, axis=0) >= 0.99 * left_out_half_width)
    assert np.mean(widths, axis=0) == pytest.approx(left_out_half_width, rel=0.03)
    process = Z95 * np.sqrt(shipped_estimate().process.variance(np.arange(1, 7)))
    assert process == pytest.approx(left_out_half_width, rel=0.005)


def test_what_drivers_explain_is_taken_out_and_never_below_nothing(jiujiang_model):
    share = remaining_share(jiujiang_model, "A", SEED)
    process = shipped_estimate().process.variance(jiujiang_model.years - jiujiang_model.years[0])
    parameters = parameter_variance(jiujiang_model, "A", SEED)
    assert share[0] == 0.0
    assert np.all((share >= 0.0) & (share <= 1.0))
    left = (share**2 * process + parameters)[1:]
    assert np.all(left >= process[1:] * (1 - 1e-9))


def test_it_multiplies_energy_of_every_sector_alike_and_leaves_processes(jiujiang_model, ensemble):
    model, plan = jiujiang_model, jiujiang_model.delivery(1.0)
    few = slice(0, 200)
    draws, factor = ensemble.draws[few], ensemble.factor[few]
    plain = evaluate(model, plan, draws)
    run = run_scenario(model, plan, draws, "plan", ("co2_intensity", "nonfossil_share"), factor=factor)
    assert run.accounts["A"] == pytest.approx(plain.accounts["A"] * factor)
    energy = plain.accounts["B"] - plain.process
    assert run.accounts["B"] == pytest.approx(energy * factor + plain.process)
    process = run.sectors[ROWS.index("process")]
    assert process == pytest.approx(plain.process.mean(axis=0))
    assert run.sectors.sum(axis=0) - process == pytest.approx(run.accounts["A"].mean(axis=0))
    early = run.quantities["co2_intensity"].shape[1]
    assert run.quantities["co2_intensity"] == pytest.approx(
        plain.quantities["co2_intensity"][:, :early] * factor[:, :early]
    )
    assert np.array_equal(run.quantities["nonfossil_share"], plain.quantities["nonfossil_share"][:, :early])


def test_scenarios_share_their_path(jiujiang_model, ensemble):
    model = jiujiang_model
    with_it, without = (
        [with_factor(evaluate(model, model.delivery(d), ensemble.draws[:50]), f)["A"] for d in (0.0, 1.0)]
        for f in (ensemble.factor[:50], None)
    )
    assert with_it[1] / with_it[0] == pytest.approx(without[1] / without[0])


def test_a_path_depends_on_seed_and_scramble_only(jiujiang_model, ensemble):
    twice = ensemble_of(jiujiang_model, 2 * SAMPLES, SEED, "A")
    few = twice.thinned(SAMPLES)
    assert few.sizes == ensemble.sizes
    assert np.array_equal(few.draws, ensemble.draws)
    assert np.array_equal(few.factor, ensemble.factor)
    assert ensemble.effective_samples is None
    other = ensemble_of(jiujiang_model, SAMPLES, SEED + 1, "A")
    assert not np.array_equal(other.factor, ensemble.factor)


def test_years_before_the_base_year_carry_the_error_of_their_record(jiujiang_model, ensemble):
    plain = observed_samples(jiujiang_model, ensemble.draws)["A"]
    noise = np.log(ensemble.observed["A"] / plain)
    assert noise.std(axis=0) == pytest.approx(shipped_estimate().measurement_sd[1], rel=0.05)
    correlation = np.corrcoef(noise.T)
    assert abs(correlation[0, 1]) < 0.06


def test_zero_error_is_the_ensemble_without_the_term(jiujiang_model):
    off = ensemble_of(jiujiang_model, 128, SEED, "A", Terms(discrepancy=False))
    assert off.factor is None
    plain = observed_samples(jiujiang_model, off.draws)
    assert np.array_equal(off.observed["A"], plain["A"])


def test_a_past_peak_is_claimed_by_rule_only():
    """Five years and 10 %: by hand on one path."""
    years = np.arange(2018, 2031)
    fallen = np.array([[100, 99, 97, 95, 93, 91, 89, 88, 87, 86, 85, 84, 83.0]])
    dipped = np.array([[96, 97, 98, 99, 100, 100.5, 100.9, 100.2, 99, 98, 97, 96, 95.0]])
    assert past_claimed(years, fallen, 2025)
    assert not past_claimed(years, dipped, 2025)
    later = np.concatenate([dipped, dipped + np.linspace(0, 20, years.size)])
    assert past_exceeded(years, later, 2025) == 0.5
    assert margin(years, dipped).median == pytest.approx((100.9 - 95) / 1e6)
