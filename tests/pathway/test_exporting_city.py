"""Contract: net export may bring account A below zero in later years; a base year at or below zero is refused, in both languages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dafeng.case import load, write_example
from dafeng.evidence import DafengError
from dafeng.pathway import decompose, decompose_sectors, run
from dafeng.pathway.analysis.drivers_of_change import KAYA, decompose_change
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import draw
from dafeng.pathway.forecast.discrepancy import GDP, VARIANCE_SAMPLES, parameter_variance, remaining_share
from dafeng.pathway.forecast.ensemble import ensemble_of

SEED = 7


def exporting(jiujiang, round_base, rest, coal):
    """The round city with `rest` of its demand outside power, and `coal` of the coal for the same generation."""
    power = np.array([segment == "power" for segment in round_base.segments])
    of_fuel = np.where(power, coal, rest)
    base = replace(
        round_base, energy_tj=round_base.energy_tj * of_fuel[:, None], co2_t=round_base.co2_t * of_fuel[:, None],
        electricity_mwh=round_base.electricity_mwh * rest,
    )  # fmt: skip
    return compile_tables(jiujiang, base, jiujiang.city.as_of, "jiujiang")


def account_a(model, draws=None):
    draws = np.zeros((1, len(model.drivers))) if draws is None else draws
    return evaluate(model, model.delivery(0.0), draws, quantities=HEADLINE_ONLY)


@pytest.fixture(scope="module")
def crossing(jiujiang, round_base):
    """Account A: 0.27 Mt in 2020, −0.73 Mt in 2025."""
    return exporting(jiujiang, round_base, 0.05, 0.7)


def test_an_account_that_crosses_zero_takes_the_error_of_the_energy_of_the_territory(crossing):
    draws = draw(crossing, VARIANCE_SAMPLES, SEED)[:, : len(crossing.drivers)]
    draws[:, [driver.parameter == GDP for driver in crossing.drivers]] = 0.0
    found = account_a(crossing, draws)
    assert (found.accounts["A"] <= 0).any()
    energy = found.accounts["B"] - found.process
    by_hand = np.log(energy / energy[:, :1]).var(axis=0)
    np.testing.assert_allclose(parameter_variance(crossing, "A", SEED), by_hand, rtol=1e-12)
    share = remaining_share(crossing, "A", SEED)
    assert np.isfinite(share).all()
    assert share[0] == 0.0


def test_its_change_is_decomposed_by_sectors_and_adds_up(crossing):
    delivery, draws = crossing.delivery(1.0), draw(crossing, 64, SEED)
    found = decompose_change(crossing, delivery, draws, 2020, 2025)
    assert found == decompose_sectors(crossing, delivery, draws, 2020, 2025)
    levels = evaluate(crossing, delivery, draws, [2020, 2025]).accounts["A"]
    assert sum(found.effect_t.values()) == pytest.approx((levels[:, 1] - levels[:, 0]).mean(), rel=1e-9)


def test_the_change_of_a_positive_account_stays_kaya(jiujiang_model):
    delivery, draws = jiujiang_model.delivery(1.0), draw(jiujiang_model, 64, SEED)
    found = decompose_change(jiujiang_model, delivery, draws, 2020, 2030)
    assert found == decompose(jiujiang_model, delivery, draws, 2020, 2030)
    assert tuple(found.effect_t) == KAYA


def test_a_base_year_below_zero_is_refused_for_account_a_only(jiujiang, round_base):
    model = exporting(jiujiang, round_base, 0.05, 0.3)
    base = float(account_a(model).accounts["A"][0, 0])
    assert base < 0
    with pytest.raises(DafengError) as refused:
        ensemble_of(model, 64, SEED, "A")
    (problem,) = refused.value.problems
    assert (problem.where, problem.found) == ("base:A:2020", f"{base:,.0f} t CO2")
    assert "A口径基准年排放大于零" in problem.sentence("zh")
    assert "headline_account: B" in problem.sentence("zh")
    assert "account A above zero in the base year" in problem.sentence("en")
    factor = ensemble_of(model, 64, SEED, "B").factor
    assert factor is not None
    assert np.isfinite(factor).all()


@pytest.mark.slow
def test_a_run_of_a_case_whose_account_crosses_zero_gives_figures(tmp_path):
    """The example city with a sixth of its energy exports more than it emits in some draws."""
    write_example(tmp_path / "city")
    path = tmp_path / "city" / "energy.csv"
    table = pd.read_csv(path)
    table["value"] = table["value"] / 6
    table.to_csv(path, index=False)
    found = run(load(str(tmp_path / "city")), samples=64, permutations=4)
    tracks = [track for track in found.results.tracks if track.account == "A"]
    assert len(tracks) == 3
    assert found.results.base["A"].low > 0
    assert found.results.causes.items
    for track in tracks:
        assert np.isfinite([track.low, track.median, track.mean, track.high]).all()
