"""Contract: coal units emit by their heat rates, the rest of their branch is steam and heat, and every sum stays."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dafeng.case import load
from dafeng.pathway import compile_model, evaluate
from dafeng.pathway.compile.unit_rates import with_unit_rates
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS


@pytest.fixture(scope="module")
def units():
    """One coal unit of 500 MW at 40 %: 9 GJ/MWh."""
    plants = load("jiujiang").table("plants")
    unit = plants[plants["id"] == "G103338"].iloc[[0]].assign(capacity_mw=500.0, efficiency=0.4)
    return SimpleNamespace(table=lambda _name: unit, city=load("jiujiang").city)


def inventory_of(base, thermal_mwh):
    """An inventory whose power branch is that of `base`, at 80 t/TJ."""
    co2 = float(base.co2_t[base.segments.index("power")].sum())
    cells = pd.DataFrame(
        [(2020, "combustion", "p", "power", "Raw_Coal", co2 / 80, co2, 0.9 * co2, 1.1 * co2, "CO2")],
        columns=[
            "year",
            "category",
            "row",
            "branch",
            "fuel",
            "energy_tj",
            "value_t",
            "low_t",
            "high_t",
            "gas",
        ],
    )
    power = pd.DataFrame({"thermal_mwh": [thermal_mwh]}, index=[2020])
    return SimpleNamespace(cells=cells, power=power, base_year=2020, years=(2020,))


def test_the_rest_goes_to_heat_and_sums_stay(units, round_base):
    # 17.4 TWh × 9 GJ/MWh × 80 t/TJ = 12.528 Mt of 16 Mt: 3.472 Mt are not the units'
    found = with_unit_rates(units, inventory_of(round_base, 17.4e6), round_base)
    power, heat = (round_base.segments.index(name) for name in ("power", "heat"))
    share = 3.472 / 16
    assert found.coal_unit_factor == pytest.approx(0.72)
    assert found.co2_t[heat].sum() == pytest.approx(round_base.co2_t[heat].sum() + 3.472e6)
    assert found.energy_tj[heat, 0] == pytest.approx(round_base.energy_tj[heat, 0] + share * 180_000)
    assert found.co2_t.sum(axis=0) == pytest.approx(round_base.co2_t.sum(axis=0), rel=1e-15)
    assert found.energy_tj.sum(axis=0) == pytest.approx(round_base.energy_tj.sum(axis=0), rel=1e-15)
    assert found.observed_co2_t.sum(axis=0) == pytest.approx(round_base.observed_co2_t.sum(axis=0), rel=1e-15)
    assert found.observed_co2_t[power] == pytest.approx(round_base.observed_co2_t[power] * (1 - share))
    # heat: its own 0.844 Mt × −20/+25 % and the units' ± 10 % of 12.528 Mt
    before = round_base.co2_t[heat].sum()
    total = before + 3.472e6
    assert found.low[heat] == pytest.approx(1 - np.hypot(0.2 * before, 1.2528e6) / total)
    assert found.high[heat] == pytest.approx(1 + np.hypot(0.25 * before, 1.2528e6) / total)
    others = [i for i in range(len(round_base.segments)) if i not in (power, heat)]
    assert np.array_equal(found.co2_t[others], round_base.co2_t[others])
    (told,) = [finding for finding in found.findings if finding.code == "unit-rates"]
    assert "0.720 tCO2/MWh" in told.en
    assert "3.47 Mt" in told.zh


def test_units_that_emit_more_within_the_errors_change_nothing_and_are_named(units, round_base):
    # 23 TWh × 0.72 = 16.56 Mt of 16: 0.56 above, within the errors
    found = with_unit_rates(units, inventory_of(round_base, 23e6), round_base)
    assert np.array_equal(found.co2_t, round_base.co2_t)
    (told,) = [finding for finding in found.findings if finding.code == "unit-rates"]
    assert told.severity.value == "warning"
    assert "0.56 Mt" in told.en


def test_a_place_without_units_keeps_its_branch(units, round_base):
    none = SimpleNamespace(table=lambda _name: units.table("plants").iloc[:0], city=units.city)
    assert with_unit_rates(none, inventory_of(round_base, 17.4e6), round_base) is round_base


def test_the_term_changes_the_rate_of_the_units_and_not_the_base_year(jiujiang, round_inventory):
    off = compile_model(jiujiang, round_inventory, terms=NO_TERMS)
    on = compile_model(jiujiang, round_inventory, terms=replace(NO_TERMS, units=True))
    assert ALL_TERMS.units
    assert on.base.coal_unit_factor < off.base.coal_unit_factor
    for account in ("A", "B"):
        first, second = (
            evaluate(m, m.delivery(0.0), np.zeros((1, len(m.drivers)))).accounts[account][0]
            for m in (off, on)
        )
        # capacity × hours of the drivers is the inventory's generation to 0.2 %: so far the units' fuel follows it
        assert second[0] == pytest.approx(first[0], rel=5e-4)
        assert abs(second[10] / first[10] - 1) > 1e-4
