"""Contract: every task of a plan stands in the model, by a measure with an effect or by a stated reason why it has none."""

import pytest

from dafeng.case import load
from dafeng.inventory import build
from dafeng.pathway import compile_model


@pytest.fixture(scope="module")
def city():
    return load("jiujiang")


def test_all_34_tasks_are_represented(city):
    measures = city.table("measures")
    tasks = {task.locator for task in city.plan.tasks}
    assert len(tasks) == 34
    assert set(measures["task"]) == tasks


def test_a_measure_has_an_effect_or_a_reason(city):
    measures = city.table("measures")
    without = measures[measures["effect"] == "NE"]
    assert without["reason"].str.len().gt(5).all()
    assert without["parameter"].eq("").all() or without["parameter"].isna().all()
    acting = measures[measures["effect"] == "quantified"]
    assert acting["parameter"].str.len().gt(0).all()
    model = compile_model(city, build(city))
    assert {measure.id for measure in model.measures} == set(acting["id"])


def test_figures_of_the_plan_are_the_plan_s(city):
    """A measure that says its figure is the plan's carries a target of the plan, in the same year or told otherwise."""
    measures = city.table("measures")
    own = measures[(measures["basis"] == "plan") & (measures["effect"] == "quantified")]
    targets = {(target.locator, target.value) for target in city.plan.targets}
    values = {
        "wind_solar_927": 927, "biomass_26": 26, "storage_42": 42.5, "peak_response_17": 1.7, "refining_cap": 0.1,
        "freight_share_23": 23, "bus_share_40": 40,
    }  # fmt: skip
    assert set(own["id"]) == set(values)
    for id_, value in values.items():
        task = own.loc[own["id"] == id_, "task"].iloc[0]
        assert (task, value) in targets, id_
