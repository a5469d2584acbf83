"""Contract: inventory, annual and hourly model are compared in electricity and coal, and a difference is a finding with all numbers."""

import numpy as np
import pytest

from dafeng.case import load, write_example
from dafeng.inventory import build
from dafeng.pathway import compile_model, electricity_findings, electricity_rooms, evaluate
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
    rows = {one.quantity: one for one in listed}
    assert list(rows) == ["net_import", "demand", "coal_rate"]
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


class _Table:
    """Stored table whose net import is the demand less 30 TWh; outside above 1 PWh."""

    year, input_hash = 2030, ""

    def __init__(self, factor=1.0):
        self.factor, self.points = factor, []

    def evaluate(self, points):
        self.points.append(points)
        answers = np.zeros((len(points), 6))
        answers[:, 2] = self.factor * points[:, 2] - 30e6
        return answers, None


def test_the_hourly_net_import_is_that_of_the_annual_models_own_demand(jiujiang):
    inventory = build(jiujiang)
    model = compile_model(jiujiang, inventory)
    table = _Table()
    listed = [
        one for one in electricity_rooms(jiujiang, inventory, model, tables=[table])
        if (one.quantity, one.year) == ("net_import", 2030)
    ]  # fmt: skip
    for one, degree in zip(listed, (0.0, 1.0), strict=True):
        found = evaluate(model, model.delivery(degree), np.zeros((1, len(model.drivers))), [2030]).quantities
        use, net = (float(found[name][0, 0]) / 1e6 for name in ("electricity_demand", "net_import"))
        name = "annual_plan" if degree else "annual_carried_on"
        assert one.values == {name: pytest.approx(net), "hourly": pytest.approx(use - 30.0)}
        assert one.apart == pytest.approx(abs(net - use + 30.0))
        assert one.allowed == pytest.approx(0.02 * use)
    told = [
        f for f in electricity_findings(jiujiang, inventory, model, [table]) if ":net_import:2030" in f.where
    ]
    assert len(told) == sum(not one.agrees for one in listed)
    assert told
    outside = electricity_rooms(jiujiang, inventory, model, tables=[_Table(float("nan"))])
    assert ("net_import", 2030) not in {(one.quantity, one.year) for one in outside}


def test_an_inventory_without_net_import_has_nothing_to_differ_by(tmp_path):
    """示例市 has no balance of electricity (NE): a comparison with it would be a comparison with nan."""
    write_example(tmp_path / "city")
    example = load(tmp_path / "city")
    inventory = build(example)
    rows = electricity_rooms(example, inventory, compile_model(example, inventory))
    assert np.isnan(inventory.power.loc[rows[0].year, "net_import_mwh"])
    assert all(np.isfinite(value) for row in rows for value in row.values.values())
    assert [row.quantity for row in rows if not row.agrees and row.quantity == "net_import"] == []
