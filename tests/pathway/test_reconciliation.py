"""Contract: every level of an account that a run shows is the one before it plus the changes between; no step is left out."""

import numpy as np
import pytest
from tests.pathway.conftest import ROUND_TERMS

from dafeng.pathway import CARRIED_ON, decompose, decompose_sectors, draw, evaluate, run


@pytest.fixture(scope="module")
def projection(jiujiang, round_inventory):
    return run(jiujiang, samples=64, seed=4, permutations=4, inventory=round_inventory, terms=ROUND_TERMS)


def test_levels_follow_from_each_other_and_are_those_that_are_shown(projection, round_inventory):
    results = projection.results
    assert {(row.account, row.year) for row in results.reconciliation} == {("A", 2020), ("A", 2019), ("B", 2020), ("B", 2019), ("A", 2030)}  # fmt: skip
    for row in results.reconciliation:
        if row.scenario is not None:
            continue
        level = None
        for step in row.steps:
            if step.kind == "level":
                assert level is None or step.value == pytest.approx(level, rel=1e-9, abs=1e-4), (
                    row.account,
                    row.year,
                    step.id,
                )
                level = step.value
            else:
                level += step.value
        levels = {step.id: step.value for step in row.steps if step.kind == "level"}
        whole = round_inventory.totals(row.account, [row.year])[0]
        assert levels.get("inventory_all_gases", levels["inventory"]) == pytest.approx(whole.value_t / 1e6)
        if row.year == 2020:
            track = results.track(CARRIED_ON, row.account)
            assert (levels["median"], levels["mean"]) == (track.median[0], track.mean[0])
        else:
            (past,) = [series for series in results.observed if series.account == row.account]
            assert levels["median"] == past.values[-1]


def test_each_account_names_its_own_changes(projection):
    for row in projection.results.reconciliation:
        changes = {step.id for step in row.steps if step.kind == "change"}
        assert ("process" if row.account == "A" else "import") not in changes
        assert isinstance(row.year, int)


def test_the_central_case_of_2030_leads_to_the_median_by_inputs_and_the_models_own_error(projection):
    (row,) = [row for row in projection.results.reconciliation if row.scenario is not None]
    steps = {step.id: step.value for step in row.steps}
    track = projection.results.track("plan", "A")
    at = track.years.index(2030)
    assert (row.scenario, row.account, row.year) == ("plan", "A", 2030)
    assert steps["central"] == projection.results.tornado.centre
    assert steps["central"] + steps["sampling"] + steps["model_error"] == pytest.approx(
        track.median[at], rel=1e-9
    )
    assert (steps["median"], steps["mean"]) == (track.median[at], track.mean[at])


def test_parts_end_at_the_mean_of_the_trajectory_with_the_models_own_error(projection):
    results = projection.results
    plan, without = results.track("plan", "A"), results.track(CARRIED_ON, "A")
    at = plan.years.index(2030)
    assert results.causes.end_value == pytest.approx(plan.mean[at], rel=1e-9)
    assert [item.factor for item in results.causes.items][-1] == "model_error"
    for position, year in enumerate(results.wedge_years):
        column = plan.years.index(year)
        apart = without.mean[column] - plan.mean[column]
        if apart > 0.1:
            assert sum(wedge.values[position] for wedge in results.wedges) == pytest.approx(apart, rel=1e-9)


@pytest.mark.parametrize("account", ["A", "B"])
@pytest.mark.parametrize("split", [decompose, decompose_sectors])
def test_the_models_own_error_is_a_factor_of_its_own(jiujiang_model, account, split):
    model = jiujiang_model
    draws = draw(model, 8, 3)
    factor = np.ones((8, model.years.size))
    factor[:, 10] = 1.1  # 2030
    whole = model.delivery(1.0)
    plain = split(model, whole, draws, 2020, 2030, account)
    found = split(model, whole, draws, 2020, 2030, account, factor)
    ends = evaluate(model, whole, draws, [2030])
    energy = ends.accounts[account][:, 0] - (ends.process[:, 0] if account == "B" else 0.0)
    assert found.change_t == pytest.approx(plain.change_t + 0.1 * energy.mean(), rel=1e-9)
    assert sum(found.effect_t.values()) == pytest.approx(found.change_t, rel=1e-9)
    assert list(found.effect_t) == [*plain.effect_t, "model_error"]
    assert found.low_t["model_error"] > 0
