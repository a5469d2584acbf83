"""Contract: coal hours and curtailment follow the response table inside its runs, and nothing is extrapolated."""

import pickle
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import couple, coupling_findings, draw, evaluate
from dafeng.pathway.engine.response import INPUTS, MARGINAL


@dataclass(frozen=True)
class Plane:
    """Hours fall by 0.1 h for each MW of solar and rise by 1e-4 h for each MWh of demand, inside a box of demand."""

    year: int
    most_demand: float = 1e12
    slope: float = 1.0
    input_hash: str = "plane"

    def evaluate(self, points):
        solar, storage, demand = points.T
        hours = 4000 - self.slope * (0.1 * solar - 1e-4 * demand)
        curtailment = 0.02 + 1e-6 * solar - 1e-6 * storage
        values = np.stack([hours, curtailment], axis=1)
        values[demand > self.most_demand] = np.nan
        return values, ()


@pytest.fixture
def coupled(jiujiang_model):
    return couple(jiujiang_model, [Plane(2030)])


def test_the_reference_stays_where_it_is(jiujiang_model, coupled):
    """Without the plan in the central case the tables change nothing but the relief of storage."""
    zeros = np.zeros((1, len(coupled.drivers)))
    before = evaluate(jiujiang_model, coupled.delivery(0), zeros).quantities
    after = evaluate(coupled, coupled.delivery(0), zeros).quantities
    for name in ("coal_generation_old", "coal_generation_new"):
        np.testing.assert_allclose(after[name][0, :5], before[name][0, :5], rtol=1e-6)


def test_hours_move_as_the_table_says(coupled):
    zeros = np.zeros((1, len(coupled.drivers)))
    runs = [evaluate(coupled, coupled.delivery(0, wind_solar_927=d), zeros) for d in (0.0, 1.0)]
    coal = [r.quantities["coal_generation_old"] + r.quantities["coal_generation_new"] for r in runs]
    share = coupled.parameters["wind_share"].central[10]
    added = (runs[1].quantities["wind_solar_capacity"] - runs[0].quantities["wind_solar_capacity"])[0, 10]
    capacity = (coupled.parameters["coal_existing_mw"].central + coupled.parameters["coal_new_mw"].central)[
        10
    ]
    assert added > 0
    assert coal[1][0, 10] - coal[0][0, 10] == pytest.approx(-0.1 * added * (1 - share) * capacity, rel=1e-6)


def test_storage_relieves_curtailment_by_the_table(coupled):
    zeros = np.zeros((1, len(coupled.drivers)))
    runs = [evaluate(coupled, coupled.delivery(0, storage_42=d), zeros).quantities for d in (0.0, 1.0)]
    storage = (runs[1]["new_storage_capacity"] - runs[0]["new_storage_capacity"])[0, 10]
    assert (runs[1]["curtailment"] - runs[0]["curtailment"])[0, 10] == pytest.approx(
        -1e-6 * storage, rel=1e-6
    )


def test_outside_the_runs_the_merit_order_stays_and_a_finding_says_so(jiujiang_model):
    demand = evaluate(jiujiang_model, jiujiang_model.delivery(0), np.zeros((1, len(jiujiang_model.drivers))))
    most = float(demand.quantities["electricity_demand"][0, 10])
    model = couple(jiujiang_model, [Plane(2030, most_demand=most * 1.0001)])
    assert "coupling-reference-outside" in [f.code for f in model.findings]
    draws = draw(model, 64, 1)
    found, plain = (evaluate(m, m.delivery(1), draws) for m in (model, jiujiang_model))
    known = found.quantities["response_known"].astype(bool)
    assert known.any()
    assert not known.all()
    for account in ("A", "B"):
        np.testing.assert_array_equal(found.accounts[account][~known], plain.accounts[account][~known])
        assert (found.accounts[account][known] != plain.accounts[account][known]).any()
    both = ["coupling-reference-outside", "coupling-outside"]
    assert [f.code for f in coupling_findings(model, model.delivery(1), 64, 1)] == both
    assert coupling_findings(jiujiang_model, jiujiang_model.delivery(1), 64, 1) == ()
    told = coupling_findings(model, model.delivery(1), 64, 1)[1]
    assert f"{1 - known.mean():.0%}" in told.zh


def test_between_two_tables_the_answers_are_interpolated(jiujiang_model):
    model = couple(jiujiang_model, [Plane(2035, slope=3.0), Plane(2025)])
    zeros = np.zeros((1, len(model.drivers)))
    runs = [
        evaluate(model, model.delivery(0, wind_solar_927=d), zeros, [2030]).quantities for d in (0.0, 1.0)
    ]
    coal = [r["coal_generation_old"] + r["coal_generation_new"] for r in runs]
    one = couple(jiujiang_model, [Plane(2030, slope=2.0)])
    same = [evaluate(one, one.delivery(0, wind_solar_927=d), zeros, [2030]).quantities for d in (0.0, 1.0)]
    alone = [r["coal_generation_old"] + r["coal_generation_new"] for r in same]
    np.testing.assert_allclose(coal[1] - coal[0], alone[1] - alone[0], rtol=1e-9)


def test_years_apart_and_a_pickled_model_give_the_same(coupled):
    draws = draw(coupled, 32, 2)
    whole = evaluate(coupled, coupled.delivery(1), draws).accounts["A"]
    again = pickle.loads(pickle.dumps(coupled))
    np.testing.assert_allclose(
        evaluate(again, again.delivery(1), draws, [2030]).accounts["A"][:, 0], whole[:, 10]
    )


def test_refusals(jiujiang_model):
    for tables, told in (
        ([], "a response table"),
        ([Plane(2030), Plane(2030)], "its own year"),
        ([Plane(2030, 1.0)], "around"),
    ):
        with pytest.raises(DafengError, match=told):
            couple(jiujiang_model, tables)


def test_a_table_of_the_hourly_model(jiujiang_model):
    """The type that dispatch stores: its axes are ours, and its hull is respected."""
    response = pytest.importorskip("dafeng.dispatch.city.response_table")
    assert response.INPUTS == INPUTS
    assert response.OUTPUTS[:2] == ("thermal_hours", "curtailment_rate")
    assert response.OUTPUTS[MARGINAL] == "marginal_co2_t_per_mwh"
    corners = np.array(list(product((0.0, 20_000.0), (0.0, 5000.0), (5e6, 9e7))))
    values, _ = Plane(2030).evaluate(corners)
    runs = pd.DataFrame(corners, columns=list(INPUTS)).assign(
        thermal_hours=values[:, 0],
        curtailment_rate=values[:, 1],
        net_import_mwh=0.0,
        co2_t=0.0,
        peak_flexibility_mw=0.0,
        marginal_co2_t_per_mwh=0.8,
    )
    table = response.ResponseTable("round", 2030, "hash", 3, runs, 1, {})
    draws = draw(jiujiang_model, 16, 1)
    by_table, by_plane = (
        evaluate(couple(jiujiang_model, [t]), jiujiang_model.delivery(1), draws, [2030])
        for t in (table, Plane(2030))
    )
    np.testing.assert_allclose(by_table.accounts["A"], by_plane.accounts["A"], rtol=1e-9)
