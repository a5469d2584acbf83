"""Every equation is offered by the room, says its units and source, and gives the answer worked out by hand.

Worked examples: numbers of our own, with the defaults of the IPCC 2006 Guidelines.
"""

import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dafeng.inventory as room
from dafeng.inventory.equations import (
    agriculture,
    combustion,
    electricity,
    indicators,
    land,
    processes,
    uncertainty,
    waste,
)
from dafeng.inventory.equations import key_categories as keys

MODULES = (
    agriculture, combustion, electricity, indicators, keys, land, processes, uncertainty, waste,
)  # fmt: skip
EQUATIONS = [
    (module.__name__.rsplit(".", 1)[1], name)
    for module in MODULES
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize(("module", "name"), EQUATIONS)
def test_an_equation_is_offered_and_explained(module, name):
    equation = getattr(room, name)
    text = inspect.getdoc(equation)
    assert name in room.__all__
    assert ">>>" in text or name == "sample_totals"
    if module not in ("electricity", "indicators", "uncertainty"):
        assert re.search("IPCC|GB/T|指南|CEADs|stoichiometry|combustion_activity", text)


LINEAR = [
    ("livestock_emission", (1000.0, 47.0)),
    ("rice_ch4", (1000.0, 100.0)),
    ("soil_n2o_direct", (100.0,)),
    ("clinker_co2", (1000.0,)),
    ("lime_co2", (1000.0,)),
    ("glass_co2", (1000.0,)),
    ("coal_mine_ch4", (1000.0, 18.0)),
    ("incineration_co2", (1000.0, 0.4, 0.4)),
    ("wastewater_ch4", (1000.0, 0.6, 0.3)),
    ("effluent_n2o", (1000.0,)),
    ("combustion_co2", (1000.0, 0.02, 26.0, 0.98)),
    ("trace_gases", (1000.0, 1.4)),
    ("carbonate_co2", (1000.0, 0.44)),
    ("soda_ash_co2", (1000.0,)),
    ("heat_co2", (1000.0, 110.0)),
    ("location_based_co2", (1000.0, 0.58)),
    ("imported_electricity_co2", (1000.0, 0.58)),
]


@pytest.mark.parametrize(("name", "arguments"), LINEAR)
@given(factor=st.floats(0.0, 1e6))
def test_an_emission_is_proportional_to_its_activity(name, arguments, factor):
    equation = getattr(room, name)
    once = float(equation(*arguments))
    times = float(equation(arguments[0] * factor, *arguments[1:]))
    assert times == pytest.approx(factor * once, rel=1e-12)


def test_managed_soils_of_a_county():
    """1,000 t N of fertiliser, 400 t of manure, 200 t of residues: direct, deposition, leaching, kg by kg."""
    synthetic, manure, residue = 1000.0, 400.0, 200.0
    direct = room.soil_n2o_direct(synthetic + manure + residue)
    lost = room.volatilised_nitrogen(synthetic, manure)
    leached = room.leached_nitrogen(synthetic + manure + residue)
    indirect = room.soil_n2o_indirect(lost, leached)
    assert direct == pytest.approx(16 * 44 / 28, rel=1e-12)
    assert lost == pytest.approx(180.0)
    assert indirect == pytest.approx((1.8 + 480 * 0.0075) * 44 / 28, rel=1e-12)


def test_city_waste_of_two_components():
    """Food and paper: decay rates of two half-lives, all of the carbon out in the end."""
    k = np.log(2) / np.array([3.75, 12.0])
    deposits = room.decomposable_carbon(np.array([[60.0], [40.0]]), np.array([[0.15], [0.40]]), 0.5, 1.0)
    series = np.concatenate([deposits, np.zeros((2, 1500))], axis=1)
    ch4 = room.landfill_ch4(room.decayed_carbon(series, k)).sum()
    assert ch4 == pytest.approx((60 * 0.15 + 40 * 0.40) * 0.5 * 16 / 12 * 0.5, rel=1e-12)


def test_key_categories_by_level_and_trend_with_a_sink_and_a_newcomer():
    """IPCC 2006 vol. 1 ch. 4 eq. 4.1–4.3 written out: a sink counts by its size, a category that began by its end."""
    base, latest = np.array([500.0, 300.0, -100.0, 0.0]), np.array([400.0, 350.0, -150.0, 50.0])
    level = room.level_assessment(latest)
    assert level == pytest.approx(np.array([400, 350, 150, 50]) / 950, rel=1e-12)
    growth = (650 - 700) / 700
    raw = np.array(
        [
            500 / 900 * abs(-100 / 500 - growth),
            300 / 900 * abs(50 / 300 - growth),
            100 / 900 * abs(-50 / 100 - growth),
            50 / 900,
        ]
    )
    assert room.trend_assessment(base, latest) == pytest.approx(raw / raw.sum(), rel=1e-12)
    assert room.key_categories(level).tolist() == [True, True, True, True]
    assert room.key_categories([0.7, 0.26, 0.04]).tolist() == [True, True, False]


def test_trend_uncertainty_agrees_with_sampling():
    """Factors that err alike in both years nearly cancel; activities do not (IPCC 2006 vol. 1 ch. 3, approach 1)."""
    base, latest = np.array([600.0, 300.0, 100.0]), np.array([500.0, 350.0, 130.0])
    activity, factor = np.array([0.02, 0.03, 0.1]), np.array([0.05, 0.05, 0.3])
    total, parts = room.trend_uncertainty(base, latest, activity, factor)
    assert parts.shape == (3, 2)
    rng = np.random.default_rng(4)
    shared = 1 + rng.standard_normal((200_000, 3)) * factor / uncertainty.Z95
    first, last = (1 + rng.standard_normal((200_000, 3)) * activity / uncertainty.Z95 for _ in range(2))
    before, after = (base * shared * first).sum(axis=1), (latest * shared * last).sum(axis=1)
    low, high = room.interval(after / before - 1)
    assert (high - low) / 2 == pytest.approx(total, rel=0.05)


def test_electricity_of_a_city_three_ways():
    """Use 20 TWh, losses 1, generation 15: net import, location based, calorific and equivalent value."""
    bought = room.net_import(20e6, 1e6, 15e6)
    assert room.imported_electricity_co2(bought, 0.5752) == pytest.approx(6e6 * 0.5752)
    assert room.location_based_co2(20e6, 0.5752) == pytest.approx(20e6 * 0.5752)
    assert room.electricity_coal_equivalent(20e6) == pytest.approx(2.458e6)
    assert room.electricity_coal_equivalent(20e6, 0.3055) == pytest.approx(6.11e6)
