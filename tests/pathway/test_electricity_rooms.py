"""Contract: inventory, annual and hourly model are compared in electricity and coal, and a difference is a finding with all numbers."""

import pytest

from dafeng.inventory import build
from dafeng.pathway import compile_model, electricity_findings, electricity_rooms
from dafeng.pathway.analysis.electricity_rooms import RoomFigures


def row(allowed=1.0, **values):
    return RoomFigures(2030, "demand", "TWh", values, allowed)


@pytest.mark.parametrize(
    ("values", "apart"),
    [
        ({"inventory": 2.37, "annual": 0.65}, 1.72),
        ({"inventory": 0.94, "annual": 0.83, "hourly": 0.81}, 0.13),
        # what lies between the scenarios of one model agrees with it
        ({"annual_plan": 32.9, "annual_carried_on": 35.9, "hourly": 34.0}, 0.0),
        ({"annual_plan": 32.9, "annual_carried_on": 35.9, "hourly": 38.1}, 2.2),
        ({"annual_plan": 35.9, "annual_carried_on": 32.9, "hourly": 30.9}, 2.0),
        ({"annual_plan": 35.9, "annual_carried_on": 32.9}, 0.0),
    ],
)
def test_the_largest_difference(values, apart):
    assert row(**values).apart == pytest.approx(apart)
    assert row(allowed=apart + 1e-9, **values).agrees
    assert row(allowed=apart - 1e-3, **values).agrees is (apart == 0.0 and apart - 1e-3 > 0)


def test_jiujiang_is_compared_in_three_computations(jiujiang):
    jiujiang_inventory = build(jiujiang)
    jiujiang_model = compile_model(jiujiang, jiujiang_inventory)
    listed = electricity_rooms(jiujiang, jiujiang_inventory, jiujiang_model)
    assert [(one.quantity, one.year) for one in listed] == [
        ("net_import", 2020), ("demand", 2030), ("net_import", 2030), ("coal_rate", 2020),
    ]  # fmt: skip
    later = {one.quantity: one for one in listed if one.year == 2030}
    # the plan's wind and sun turn import into export
    assert later["net_import"].values["annual_plan"] < later["net_import"].values["annual_carried_on"]
    rows = {one.quantity: one for one in listed if one.year == 2020} | {"demand": later["demand"]}
    power = jiujiang_inventory.power.loc[2020]
    assert rows["net_import"].values["inventory"] == pytest.approx(power["net_import_mwh"] / 1e6)
    assert (
        rows["demand"].values["annual_plan"]
        < rows["demand"].values["annual_carried_on"]
        < rows["demand"].values["hourly"]
    )
    assert rows["coal_rate"].values["annual"] == pytest.approx(jiujiang_model.base.coal_unit_factor)
    found = list(electricity_findings(jiujiang, jiujiang_inventory, jiujiang_model))
    places = {f"electricity:{one.quantity}:{one.year}": one for one in listed}
    assert {finding.where for finding in found} == {name for name, one in places.items() if not one.agrees}
    for finding in found:
        for value in places[finding.where].values.values():
            assert f"{value:.3g}" in finding.zh
            assert f"{value:.3g}" in finding.en
