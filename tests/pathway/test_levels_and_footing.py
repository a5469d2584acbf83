"""Contract: the past is seen as the base year is; the chance of peaking in time by delivery, and the delivery it takes.

Grid factor 0.5 tCO2/MWh and generation by kind are those of the round inventory (conftest).
"""

import numpy as np
import pytest
from tests.pathway.conftest import ROUND_TERMS

from dafeng.pathway import (
    CARRIED_ON,
    EXPECTED,
    PLAN,
    compile_model,
    delivery_needed,
    run,
)
from dafeng.pathway.compile.base_from_inventory import base_from
from dafeng.pathway.engine.evaluate import evaluate
from dafeng.pathway.results import DeliveryLevel, Estimate


@pytest.fixture(scope="module")
def projection(jiujiang, round_inventory):
    return run(jiujiang, samples=256, seed=4, permutations=40, inventory=round_inventory, terms=ROUND_TERMS)


def test_imports_of_the_past_leave_out_what_the_base_year_leaves_out(jiujiang, round_inventory):
    model = compile_model(jiujiang, round_inventory, terms=ROUND_TERMS)
    central = evaluate(model, model.delivery(0.0), np.zeros((1, len(model.drivers))), [2020]).quantities
    missing = {
        "wind_solar": float(central["wind_solar_generation"][0, 0]) - 1.5e6,
        "hydro": float(central["hydro_generation"][0, 0]) - 0.4e6,
        "biomass": float(central["biomass_generation"][0, 0]),
    }
    lowered = base_from(round_inventory, 0.0).observed_import_t - model.base.observed_import_t
    # 10^8 kWh of provincial solar power in 2018, 2019 and 2020
    solar = np.array([52.0, 56.0, 62.0])
    expected = 0.5 * (missing["wind_solar"] * solar[:2] / solar[2] + missing["hydro"] + missing["biomass"])
    np.testing.assert_allclose(lowered, expected, rtol=1e-9)
    # account B of the round inventory is the model's own: no gap in it
    told = {finding.where for finding in model.findings if finding.code == "base-year-gap"}
    assert told == {"inventory:A:2020"}


def test_levels_begin_without_the_plan_and_end_with_it(projection):
    found = projection.results
    levels = found.delivery_levels
    assert levels[0].before_2030 == found.peak_of(CARRIED_ON, "A").before_2030
    assert levels[-1].before_2030 == found.peak_of(PLAN, "A").before_2030
    assert [level.delivery for level in levels] == sorted({level.delivery for level in levels})
    expected = found.peak_of(EXPECTED, "A").before_2030.value
    assert levels[0].before_2030.value <= expected <= levels[-1].before_2030.value
    assert 0.5 < found.mean_delivery < 1.0
    assert sum(row.share for row in found.timing_influences) <= 1.0 + 1e-9


def _level(delivery, chance):
    return DeliveryLevel(delivery=delivery, before_2030=Estimate(value=chance, standard_error=0.0))


@pytest.mark.parametrize(
    ("chances", "needed"),
    [
        ((0.2, 0.8, 1.0), 0.75),
        ((0.95, 0.97, 1.0), 0.0),
        ((0.1, 0.5, 0.9), 1.0),
        # where the chance falls again on the way, what lies beyond the last shortfall counts
        ((0.95, 0.7, 1.0), 0.5 + 0.5 * (0.2 / 0.3)),
    ],
)
def test_the_delivery_that_is_needed_lies_on_the_line(chances, needed):
    levels = [_level(at, p) for at, p in zip((0.0, 0.5, 1.0), chances, strict=True)]
    assert delivery_needed(levels) == pytest.approx(needed)


def test_no_delivery_is_enough():
    assert np.isnan(delivery_needed([_level(1.0, 0.89)]))
    assert np.isnan(delivery_needed([]))
