"""A bridge adds up from one answer to the other; stress moves the answer the way that each change must."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.evidence import DafengError
from dafeng.pathway import bridge, bridge_setting, ensemble_of, evaluate, stress
from dafeng.pathway.forecast.bridge import ORDER, _plants
from dafeng.pathway.forecast.settings import Answer
from dafeng.pathway.forecast.stress import CHANGES
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS

SAMPLES, SEED = 256, 20300101


def test_settings_are_read_with_their_terms():
    case, terms = bridge_setting("jiujiang")
    assert (case.name, terms) == ("jiujiang", ALL_TERMS)
    assert bridge_setting("jiujiang@none")[1] == NO_TERMS
    assert bridge_setting("jiujiang@damping, effects")[1] == replace(NO_TERMS, damping=True, effects=True)
    with pytest.raises(DafengError, match="damping, effects, common_delivery, discrepancy, readings"):
        bridge_setting("jiujiang@luck")


@pytest.mark.slow
def test_steps_come_in_the_stated_order_and_add_up():
    steps = list(bridge(bridge_setting("jiujiang@none"), bridge_setting("jiujiang"), SAMPLES, SEED, 2035))
    assert [step.id for step in steps] == ["old", *(term for term, _, _ in ORDER)]
    for name in ("plan", "plan-expected", "policy-carried-on"):
        moved = sum(step.change[name] for step in steps)
        assert moved == pytest.approx(steps[-1].answer.chance[name] - steps[0].answer.chance[name], abs=1e-12)
    # damped trends lower every chance; model error draws them towards each other
    damping, error, readings = steps[1], steps[4], steps[5]
    assert damping.change["policy-carried-on"] < 0
    # EDGAR and the province's mix grew more than the model
    assert readings.change["policy-carried-on"] < 0
    assert error.change["plan"] < 0 < error.change["policy-carried-on"]
    same = bridge_setting("jiujiang")
    assert [step.id for step in bridge(same, same, SAMPLES, SEED, 2035)] == ["old"]


def test_stress_moves_the_answer_as_each_change_must(jiujiang_model):
    ensemble = ensemble_of(jiujiang_model, SAMPLES, SEED, "A")
    rows = {row.id: row for row in stress(jiujiang_model, ensemble, "A", 2035, SEED)}
    assert list(rows) == ["as-is", "no-grade-e", *(id_ for id_, *_ in CHANGES), "no-export-credit"]
    base = rows["as-is"]
    assert rows["growth-2"].level > rows["growth-0.7"].level > base.level
    assert rows["growth-2"].carried_on < rows["growth-0.7"].carried_on < base.carried_on
    assert rows["no-grade-e"].carried_on == base.carried_on
    assert rows["no-grade-e"].level > base.level
    assert rows["delay-3"].level > base.level
    assert rows["delay-3"].carried_on == base.carried_on
    # anchored on the result of more samples, each row keeps its own change
    whole = Answer({"plan": 0.8, "plan-expected": 0.7, "policy-carried-on": 0.4}, 35e6)
    anchored = {row.id: row for row in stress(jiujiang_model, ensemble, "A", 2035, SEED, whole=whole)}
    first = anchored["as-is"]
    assert (first.plan, first.expected, first.carried_on, first.level) == (0.8, 0.7, 0.4, 35.0)
    assert anchored["growth-0.7"].plan - 0.8 == pytest.approx(rows["growth-0.7"].plan - base.plan)
    assert anchored["growth-2"].level - 35.0 == pytest.approx(rows["growth-2"].level - base.level)
    assert all(0.0 <= row.carried_on <= 1.0 for row in anchored.values())


def test_plants_are_replaced_branch_by_branch_and_projects_last(jiujiang):
    new = jiujiang.table("plants")
    power = new["branch"].eq("power").to_numpy()
    old = new[power].copy()
    hukou = old["name_en"].str.startswith("Shenhua Jiujiang power station")
    old.loc[hukou, ["intensity", "intensity_low", "intensity_high"]] = np.nan
    steps = list(_plants(old, new))
    assert [id_ for id_, _, _, _ in steps] == [
        "plants:power", "plants:steel", "plants:building_materials", "plants:chemicals", "projects",
    ]  # fmt: skip
    first, last = steps[0][3], steps[-1][3]
    # plants without energy per product come with the first step, and no other branch yet
    assert set(first["branch"]) == {"power", "refining", "textiles", "other_industry"}
    assert first.loc[first["name_en"].str.startswith("Shenhua"), "intensity"].eq(270).all()
    assert first["odds"].isna().all()
    for _, _, _, before in steps[:-1]:
        assert "px-1" not in set(before["id"])
    assert sorted(last["id"]) == sorted(new["id"])
    assert last.set_index("id").sort_index().equals(new.set_index("id").sort_index())
    told = new.assign(note="another remark", intensity_source="")
    assert list(_plants(new, told)) == []
    assert [id_ for id_, _, _, _ in _plants(new, new[new["odds"].isna()])] == ["projects"]


def test_a_delay_of_three_years_is_the_path_of_three_years_before(jiujiang_model):
    delayed = next(change for id_, _, _, change in CHANGES if id_ == "delay-3")(jiujiang_model)
    centre = np.zeros((1, len(jiujiang_model.drivers)))
    plan, none = jiujiang_model.delivery(1.0), jiujiang_model.delivery(0.0)
    years = jiujiang_model.years
    still = evaluate(jiujiang_model, none, centre).accounts["A"][0]
    late = evaluate(delayed, plan, centre).accounts["A"][0]
    assert late[years <= jiujiang_model.as_of + 3] == pytest.approx(still[years <= jiujiang_model.as_of + 3])
    assert np.array_equal(evaluate(delayed, none, centre).accounts["A"][0], still)


def test_the_commands_tell_their_tables():
    runner = CliRunner()
    told = runner.invoke(app, ["bridge", "jiujiang@none", "jiujiang@damping", "--samples", "128", "--json"])
    assert told.exit_code == 0, told.output
    assert [step["id"] for step in json.loads(told.output)["steps"]] == ["old", "damping"]
    assert runner.invoke(app, ["bridge", "jiujiang@luck", "jiujiang"]).exit_code == 1
    shown = runner.invoke(app, ["stress", "jiujiang", "--samples", "128"])
    assert shown.exit_code == 0, shown.output
    assert "2029" in shown.output
