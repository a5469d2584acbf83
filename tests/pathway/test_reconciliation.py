"""Contract: every level of an account that a run shows is the one before it plus the changes between; no step is left out."""

import pytest

from dafeng.pathway import NO_PLAN, run


@pytest.fixture(scope="module")
def projection(jiujiang, round_inventory):
    return run(jiujiang, samples=64, seed=4, permutations=4, inventory=round_inventory)


def test_levels_follow_from_each_other_and_are_those_that_are_shown(projection, round_inventory):
    results = projection.results
    assert {(row.account, row.year) for row in results.reconciliation} == {("A", 2020), ("A", 2019), ("B", 2020), ("B", 2019)}  # fmt: skip
    for row in results.reconciliation:
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
            track = results.track(NO_PLAN, row.account)
            assert (levels["median"], levels["mean"]) == (track.median[0], track.mean[0])
        else:
            (past,) = [series for series in results.observed if series.account == row.account]
            assert levels["median"] == past.values[-1]


def test_each_account_names_its_own_changes(projection):
    for row in projection.results.reconciliation:
        changes = {step.id for step in row.steps if step.kind == "change"}
        assert ("process" if row.account == "A" else "import") not in changes
        assert isinstance(row.year, int)
