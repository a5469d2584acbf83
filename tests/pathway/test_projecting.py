"""Contract: one call gives the whole answer; shares close to the mean reduction of the same draws; nothing is silent.

Runs on a round inventory (conftest), with Jiujiang's own tables and plan: shapes and identities, not figures.
"""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from tests.pathway.conftest import ROUND_TERMS

from dafeng.evidence import DafengError
from dafeng.pathway import CARRIED_ON, PLAN, additive_indices, draw, evaluate, run, unit_points
from dafeng.pathway.analysis.attribution import HEADLINE_YEAR, attribute
from dafeng.pathway.compile.base_from_inventory import base_from
from dafeng.pathway.engine.ensemble import ensemble_draws, ensemble_sizes, run_scenario


@pytest.fixture(scope="module")
def projection(jiujiang, round_inventory):
    return run(jiujiang, samples=256, seed=4, permutations=40, inventory=round_inventory, terms=ROUND_TERMS)


def test_shares_close_to_the_mean_reduction_of_the_same_draws(projection, jiujiang_model):
    found = projection.results.attribution
    for shares in (found.measures, found.tasks, found.departments):
        assert sum(share.reduction for share in shares) == pytest.approx(found.total.value, rel=1e-9)
    column = projection.results.wedge_years.index(HEADLINE_YEAR)
    summed = sum(wedge.values[column] for wedge in projection.results.wedges)
    assert summed == pytest.approx(found.total.value, rel=1e-9)
    draws = draw(jiujiang_model, 20, 9)
    wedges = attribute(jiujiang_model, draws, {}, [2030], permutations=40)
    still, plan = (
        evaluate(jiujiang_model, jiujiang_model.delivery(d), draws, [2030]).accounts["A"].mean()
        for d in (0, 1)
    )
    assert wedges.attribution.total.value == pytest.approx((still - plan) / 1e6, rel=1e-9)


def test_departments_share_a_task_equally(projection):
    tasks = {task.id: task for task in projection.results.attribution.tasks}
    for department in projection.results.attribution.departments:
        expected = sum(tasks[t].reduction / len(tasks[t].departments) for t in department.tasks)
        assert department.reduction == pytest.approx(expected, rel=1e-9)


def test_bands_peaks_and_indicators_fit_together(projection):
    found = projection.results
    for track in found.tracks:
        ends = [track.low, track.lower_quartile, track.median, track.upper_quartile, track.high]
        assert (np.diff(ends, axis=0) >= 0).all()
        rows = [r.values for r in found.sectors if (r.scenario, r.account) == (track.scenario, track.account)]
        np.testing.assert_allclose(np.sum(rows, axis=0), track.mean, rtol=1e-9)
        stats = found.peak_of(track.scenario, track.account)
        assert stats.before(9999) + stats.not_within_horizon == pytest.approx(1)
        assert 0 <= stats.before_2030.value <= stats.by_2030.value <= 1
    early = projection.as_of - projection.base_year + 1
    for account in projection.accounts:
        before, after = (found.track(name, account).mean[:early] for name in (CARRIED_ON, PLAN))
        np.testing.assert_allclose(before, after, rtol=1e-12)
    capacity = projection.indicators["wind_solar_capacity"]
    assert (capacity.at(PLAN, 2030) >= 9270 - 1e-6).all()
    assert capacity.unit == "MW"
    with pytest.raises(KeyError):
        capacity.at(PLAN, 2050)


def test_what_has_no_effect_is_listed_with_its_reason(projection):
    assert len(projection.results.unquantified) >= 15
    assert all(note.reason for note in projection.results.unquantified)
    assert len(projection.results.data_requests) == 3
    assert {finding.code for finding in projection.findings} >= {"model-generation", "new-coal-units"}


def test_same_seed_same_answer_and_another_seed_another(jiujiang, round_inventory, projection):
    again = run(jiujiang, samples=256, seed=4, permutations=40, inventory=round_inventory, terms=ROUND_TERMS)
    assert again.results == projection.results
    assert again.results.attribution.measures == projection.results.attribution.measures
    other = run(jiujiang, samples=256, seed=5, permutations=40, inventory=round_inventory, terms=ROUND_TERMS)
    assert other.results.track(PLAN, "A") != projection.results.track(PLAN, "A")


def test_blocks_of_the_ensemble_are_those_of_one_evaluate(jiujiang_model):
    draws = np.concatenate(ensemble_draws(jiujiang_model, ensemble_sizes(2500), 1))
    assert len(draws) == 2500
    found = run_scenario(jiujiang_model, jiujiang_model.delivery(1), draws, "plan", ("net_import",))
    whole = evaluate(jiujiang_model, jiujiang_model.delivery(1), draws)
    # to the last digits: vector and remainder loops of NumPy may round differently where a block ends (AVX-512)
    np.testing.assert_allclose(found.accounts["A"], whole.accounts["A"], rtol=1e-13)
    np.testing.assert_allclose(
        found.quantities["net_import"], whole.quantities["net_import"][:, :16], rtol=1e-9, atol=1e-3
    )


def test_base_keeps_every_tonne_of_the_inventory(round_inventory):
    base = base_from(round_inventory, water_share=0.3)
    cells = round_inventory.cells
    now = cells[cells["year"] == 2020]
    assert base.co2_t.sum() == pytest.approx(now[now["category"] == "combustion"]["value_t"].sum())
    assert base.electricity_mwh.sum() == pytest.approx(round_inventory.carriers["value"].sum())
    water, heavy = (base.co2_t[base.segments.index(f"transport_{s}")].sum() for s in ("water", "heavy"))
    assert water == pytest.approx(0.3 * 73_000)
    assert heavy == pytest.approx(0.7 * 73_000)
    assert list(base.observed_years) == [2018, 2019]


def test_processes_not_estimated_in_the_base_year_are_carried_and_told(round_inventory):
    from copy import copy

    gap = copy(round_inventory)
    gap.cells = round_inventory.cells.copy()
    missing = (gap.cells["category"] == "process") & (gap.cells["year"] == 2020)
    gap.cells.loc[missing, "value_t"] = np.nan
    base = base_from(gap, water_share=0.1)
    assert base.process_t.sum() == pytest.approx(4e6)
    assert [finding.code for finding in base.findings] == ["process-carried"]


def test_additive_indices_do_not_credit_the_innocent():
    """151 inputs, one strong: binned estimates give false shares to inputs of poor two-dimensional projections."""
    points = unit_points(list(range(1, 152)), 2048, 0)
    output = 3 * points[:, 150] + points[:, 20] ** 2
    found = additive_indices(points, output)
    variances = 9 / 12, 4 / 45
    assert found[150] == pytest.approx(variances[0] / sum(variances), abs=0.02)
    assert found[20] == pytest.approx(variances[1] / sum(variances), abs=0.02)
    assert np.delete(found, [20, 150]).max() < 0.01


@pytest.mark.parametrize(
    "options", [{"samples": 10}, {"horizon": 2020}, {"horizon": 2090}, {"case": "atlantis"}]
)
def test_refusals(jiujiang, options):
    with pytest.raises(DafengError):
        run(**{"case": jiujiang, **options})


@pytest.mark.parametrize(
    "pool",
    [lambda: ThreadPoolExecutor(2), pytest.param(lambda: ProcessPoolExecutor(2), marks=pytest.mark.slow)],
    ids=["threads", "processes"],
)
def test_an_executor_gives_the_same_bits(jiujiang_model, pool):
    draws = np.concatenate(ensemble_draws(jiujiang_model, ensemble_sizes(4200), 1))
    plan = jiujiang_model.delivery(1)
    alone = run_scenario(jiujiang_model, plan, draws, "plan", ("net_import",))
    with pool() as executor:
        spread_out = run_scenario(jiujiang_model, plan, draws, "plan", ("net_import",), executor)
    for name in ("A", "B"):
        np.testing.assert_array_equal(alone.accounts[name], spread_out.accounts[name])
    np.testing.assert_array_equal(alone.sectors, spread_out.sectors)
    np.testing.assert_array_equal(alone.quantities["net_import"], spread_out.quantities["net_import"])
