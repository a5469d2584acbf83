"""Contract: costs come from the tables of the case or are NE with a reason; capacity and fuel costs follow by hand; the curve tells what it leaves out.

Facts of the tables (province, costs.csv and prices.csv): wind 4,300 and PV 2,200 yuan/kW in 2030 (Zhu et al. 2025), 30 and 20
years, 79.35 and 82.8 yuan/kW a year, coal benchmark price 0.4143 yuan/kWh, gas 4 yuan/m3, coal 949.953 yuan/tce.
"""

from dataclasses import replace

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import annuity, cost_curve, evaluate, measure_costs


def with_table(case, name, rows):
    return replace(case, tables={**case.tables, name: rows})


def priced(case, **costs):
    rows = case.table("measures")
    for measure, cost in costs.items():
        rows.loc[rows["id"] == measure, "cost"] = cost
    return with_table(case, "measures", rows)


def by_id(costs):
    return {cost.id: cost for cost in costs}


def test_wind_and_solar_by_hand(jiujiang, jiujiang_model):
    found = by_id(measure_costs(jiujiang, jiujiang_model))["wind_solar_927"]
    centre = np.zeros((1, len(jiujiang_model.drivers)))
    alone = jiujiang_model.delivery(0.0, wind_solar_927=1.0)
    power = [
        evaluate(jiujiang_model, degrees, centre, [2030]).quantities
        for degrees in (jiujiang_model.delivery(0.0), alone)
    ]
    added = power[1]["wind_solar_capacity"][0, 0] - power[0]["wind_solar_capacity"][0, 0]
    energy = power[1]["wind_solar_generation"][0, 0] - power[0]["wind_solar_generation"][0, 0]
    wind = jiujiang_model.parameters["wind_share"].central[[6, 7, 8, 9, 10]]
    assert np.ptp(wind) < 0.05
    built = sum(found.investment.values())
    share = (built / added - 2.2e6) / (4.3e6 - 2.2e6)
    assert wind.min() - 0.02 <= share <= wind.max() + 0.02
    expected = added * (
        share * (annuity(4.3e6, 0.06, 30) + 79_350) + (1 - share) * (annuity(2.2e6, 0.06, 20) + 82_800)
    )
    assert found.cost == pytest.approx(expected - 414.3 * energy, rel=1e-3)
    assert list(found.investment) == [2026, 2027, 2028, 2029, 2030]
    assert found.sources[0] == "technology-01"
    assert found.grade == "D"
    dearer = by_id(measure_costs(jiujiang, jiujiang_model, rate=0.08))["wind_solar_927"]
    assert dearer.cost > found.cost
    assert dearer.investment == found.investment


def test_gas_for_coal_costs_the_difference_of_the_fuels(jiujiang, jiujiang_model):
    found = by_id(measure_costs(jiujiang, jiujiang_model))["coal_to_gas"]
    gas_per_tj, coal_per_tj = 4 / 389.31e-7, 949.953 / 29.3076 * 1000
    centre = np.zeros((1, len(jiujiang_model.drivers)))
    saved = [
        evaluate(jiujiang_model, degrees, centre, [2030]).accounts["B"][0, 0]
        for degrees in (jiujiang_model.delivery(0.0), jiujiang_model.delivery(0.0, coal_to_gas=1.0))
    ]
    # coal emits 90 to 100 t/TJ, gas 55.6
    tonnes = saved[0] - saved[1]
    low, high = ((gas_per_tj - coal_per_tj) / (factor - 55.61) for factor in (100, 90))
    assert low < found.cost / tonnes < high
    assert found.investment == {}


def test_what_has_no_source_is_not_estimated_and_says_why(jiujiang, jiujiang_model):
    costs = by_id(measure_costs(jiujiang, jiujiang_model))
    assert {id_ for id_, cost in costs.items() if cost.cost is not None} == {
        "wind_solar_927", "coal_to_gas", "small_boilers",
    }  # fmt: skip
    assert all(cost.reason for cost in costs.values() if cost.cost is None)
    for table, told in (("costs", "onwind"), ("prices", "coal_benchmark_tariff")):
        rows = jiujiang.effective(table).drop(columns="inherited_from")
        column = "technology" if table == "costs" else "item"
        less = with_table(jiujiang, table, rows[rows[column] != told])
        assert told in by_id(measure_costs(less, jiujiang_model))["wind_solar_927"].reason


def test_rival_sources_are_not_averaged(jiujiang, jiujiang_model):
    rows = jiujiang.effective("costs").drop(columns="inherited_from")
    rival = rows[(rows["technology"] == "onwind") & (rows["source"] == "technology-05")]
    only = with_table(
        jiujiang,
        "costs",
        rows.drop(
            rows[
                (rows["technology"] == "onwind")
                & (rows["parameter"] == "capex_yuan_per_kw")
                & (rows["source"] != "technology-05")
            ].index
        ),
    )
    assert len(rival) == 5
    found = by_id(measure_costs(only, jiujiang_model))["wind_solar_927"]
    assert found.sources[0] == "technology-05"
    assert sum(found.investment.values()) > sum(
        by_id(measure_costs(jiujiang, jiujiang_model))["wind_solar_927"].investment.values()
    )


@pytest.mark.parametrize("unit", ["", "kg", "yuan/kWh"])
def test_a_unit_that_does_not_fit_is_told_with_its_row(jiujiang, jiujiang_model, unit):
    rows = jiujiang.effective("costs").drop(columns="inherited_from")
    rows.loc[(rows["technology"] == "onwind") & (rows["parameter"] == "lifetime_years"), "unit"] = unit
    with pytest.raises(DafengError, match=r"costs\.csv: technology-11, 2020: unit"):
        measure_costs(with_table(jiujiang, "costs", rows), jiujiang_model)


def test_the_curve_holds_what_is_costed_and_tells_the_rest(jiujiang, jiujiang_model):
    for method in ("partial", "retrospective", "integrated"):
        curve = cost_curve(jiujiang, jiujiang_model, method)
        assert set(curve.order) == {"wind_solar_927", "coal_to_gas", "small_boilers"}
        assert len(curve.left_out) == len(jiujiang_model.measures) - 3
        assert curve.left_out_t > 0
        assert [f.code for f in curve.findings] == ["macc-negative-cost", "macc-left-out"]
    none = with_table(
        with_table(jiujiang, "costs", jiujiang.table("costs")), "prices", jiujiang.table("prices")
    )
    alone = replace(none, parent=None)
    assert cost_curve(alone, jiujiang_model).order == ()


def test_costed_measures_interact_in_the_model(jiujiang, jiujiang_model):
    curve = cost_curve(
        priced(jiujiang, wind_solar_927=1e9, efficient_equipment=-1e7, coal_to_gas=1.0, small_boilers=1.0),
        jiujiang_model,
    )
    assert {"wind_solar_927", "efficient_equipment"} <= set(curve.order)
    assert curve.total_cost == pytest.approx(1e9 - 1e7 + 2)
    zeros = np.zeros((1, len(jiujiang_model.drivers)))
    both = jiujiang_model.delivery(0.0, **dict.fromkeys(curve.order, 1.0))
    saved = [
        evaluate(jiujiang_model, degrees, zeros, [2030]).accounts["A"][0, 0]
        for degrees in (jiujiang_model.delivery(0.0), both)
    ]
    assert curve.cumulative_t[-1] == pytest.approx(saved[0] - saved[1])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"year": 2020}, "2026 to 2060"),
        ({"year": 2099}, "2026 to 2060"),
        ({"rate": -0.1}, "6 % is 0.06"),
        ({"rate": np.nan}, "rate"),
    ],
)
def test_refusals(jiujiang, jiujiang_model, options, told):
    with pytest.raises(DafengError, match=told):
        measure_costs(jiujiang, jiujiang_model, **options)
