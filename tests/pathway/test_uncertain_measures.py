"""Effects of measures and their delivery vary as stated: widths by grade, correlation by sector, common causes."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from tests.pathway import test_evaluation as two_sectors

from dafeng.evidence import DafengError
from dafeng.pathway import delivery_draws, draw, evaluate
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.compile.effect_ranges import grade_widths, sector_of
from dafeng.pathway.methods.common_causes import RESERVED, growth_dimension
from dafeng.pathway.terms import NO_TERMS, Terms

TWO_SECTOR_DRIVERS = [
    dict(zip(two_sectors.DRIVER_COLUMNS, row, strict=True)) for row in two_sectors.TWO_SECTOR_DRIVERS
]
TWO_SECTOR_MEASURES = [
    dict(zip(two_sectors.MEASURE_COLUMNS, row, strict=True)) for row in two_sectors.TWO_SECTOR_MEASURES
]


class Tables:
    """Stands for a case: two tables, with the columns that the rows have."""

    def __init__(self, drivers, measures):
        self.tables = {
            "drivers": pd.DataFrame(drivers),
            "measures": pd.DataFrame(measures)
            if measures
            else pd.DataFrame(columns=two_sectors.MEASURE_COLUMNS),
        }

    def table(self, name):
        return self.tables[name]


def city(measures, drivers=TWO_SECTOR_DRIVERS, **named):
    return compile_tables(
        Tables(drivers, measures), two_sectors.two_sector_base(), 2020, last_year=2030, **named
    )


def test_the_grade_gives_the_width_where_the_table_gives_none():
    assert grade_widths() == {
        "A": (-0.10, 0.10), "B": (-0.20, 0.20), "C": (-0.30, 0.30), "D": (-0.45, 0.45), "E": (-0.80, 0.50),
    }  # fmt: skip
    model = city([row | {"grade": grade} for row, grade in zip(TWO_SECTOR_MEASURES, "AE", strict=True)])
    draws = draw(model, 8192, 5)
    factors = model.effect_factors(draws[:, len(model.drivers) :])
    assert np.quantile(factors[:, 0], (0.05, 0.5, 0.95)) == pytest.approx([0.9, 1.0, 1.1], abs=0.005)
    assert np.quantile(factors[:, 1], (0.05, 0.5, 0.95)) == pytest.approx([0.2, 1.0, 1.5], abs=0.02)
    assert factors.min() >= 0.0


def test_a_stated_range_is_that_of_the_effect_by_hand():
    """A saving of 10 % with 8-14 % goes from 0.8 to 1.4 times its effect; the tonnes follow."""
    model = city([TWO_SECTOR_MEASURES[0] | {"low": 0.08, "high": 0.14}])
    only = model.measures[0]
    assert (only.effect_down, only.effect_up) == pytest.approx((0.2, 0.4))
    low, middle, high = (
        evaluate(model, model.delivery(1.0), np.array([[z]])).accounts["A"][0, -1] for z in (-1.0, 0.0, 1.0)
    )
    still = evaluate(model, model.delivery(0.0), np.array([[0.0]])).accounts["A"][0, -1]
    assert (still - low) / (still - middle) == pytest.approx(0.8)
    assert (still - high) / (still - middle) == pytest.approx(1.4)


@pytest.mark.parametrize("ends", [(0.11, 0.14), (0.05, 0.09), (0.05, np.nan)])
def test_a_range_that_excludes_its_median_is_refused(ends):
    with pytest.raises(DafengError, match="low <= value <= high") as caught:
        city([TWO_SECTOR_MEASURES[0] | {"low": ends[0], "high": ends[1]}])
    assert "measures.csv" in str(caught.value)


def test_a_figure_that_the_plan_sets_is_reached_when_delivered(jiujiang_model):
    figures = [m for m in jiujiang_model.measures if m.id.startswith("wind_solar")]
    assert figures
    assert all(m.effect_up == m.effect_down == 0.0 for m in figures)


def test_effects_go_together_within_a_sector_and_not_beyond(jiujiang_model):
    draws = draw(jiujiang_model, 8192, 1)[:, len(jiujiang_model.drivers) :]
    sectors = [m.sector for m in jiujiang_model.measures]
    industry = [k for k, sector in enumerate(sectors) if sector == "industry"][:2]
    transport = sectors.index("transport")
    assert spearmanr(draws[:, industry[0]], draws[:, industry[1]]).statistic == pytest.approx(0.5, abs=0.03)
    assert spearmanr(draws[:, industry[0]], draws[:, transport]).statistic == pytest.approx(0.0, abs=0.03)


def test_draws_of_effects_do_not_move_with_n_or_with_other_measures(jiujiang_model):
    few, many = (draw(jiujiang_model, n, 3) for n in (64, 256))
    assert np.array_equal(few, many[:64])
    fewer = [m for m in jiujiang_model.measures if m.sector != "transport"]
    from dataclasses import replace

    rest = draw(replace(jiujiang_model, measures=tuple(fewer)), 64, 3)
    kept = [k for k, m in enumerate(jiujiang_model.measures) if m.sector != "transport"]
    n = len(jiujiang_model.drivers)
    assert np.array_equal(rest[:, n:], few[:, n:][:, kept])


def test_every_parameter_of_the_plan_has_a_sector(jiujiang):
    table = jiujiang.table("measures")
    found = {sector_of(str(p)) for p in table["parameter"].dropna()}
    assert found <= {"energy", "industry", "transport", "buildings", "agriculture"}
    assert sector_of("saving.industry") == "industry"
    assert sector_of("freight_share") == "transport"
    assert sector_of("wind_solar_mw") == "energy"


def test_delivery_has_a_common_cause(jiujiang_model):
    """Means stay; measures correlate by about 0.5, and mean delivery moves by 0.15 where independent draws give 0.02."""
    intent = jiujiang_model.delivery(1.0)
    together, apart = (delivery_draws(jiujiang_model, intent, 4096, 7, common=c) for c in (True, False))
    assert together.mean(axis=0) == pytest.approx(apart.mean(axis=0), abs=0.012)
    # a + b of the Beta distribution: 3 and 8, its variance m (1 - m) / (a + b + 1)
    assert together.std(axis=0) == pytest.approx(1.5 * apart.std(axis=0), rel=0.06)
    assert 0.015 < apart.mean(axis=1).std() < 0.025
    assert together.mean(axis=1).std() == pytest.approx(0.15, abs=0.005)
    pairs = np.corrcoef(together.T)[np.triu_indices(together.shape[1], 1)]
    assert pairs.mean() == pytest.approx(0.5, abs=0.06)
    bodies = np.array([m.controlled_by for m in jiujiang_model.measures])
    same = (bodies[:, None] == bodies)[np.triu_indices(together.shape[1], 1)]
    assert pairs[same].mean() > pairs[~same].mean() + 0.1
    assert np.array_equal(delivery_draws(jiujiang_model, intent, 64, 7), together[:64])
    assert not delivery_draws(jiujiang_model, intent * 0.0, 8, 7).any()


def test_a_driver_may_not_use_a_reserved_dimension():
    for number in (RESERVED[0], 1500, RESERVED[-1]):
        driver = TWO_SECTOR_DRIVERS[0] | {
            "id": "steel", "parameter": "growth.steel", "distribution": "normal", "value": 1, "low": 0, "high": 2,
            "dimension": number,
        }  # fmt: skip
        with pytest.raises(DafengError, match="number below 1001") as caught:
            city([], [*TWO_SECTOR_DRIVERS, driver])
        assert "dimension" in str(caught.value)
    assert growth_dimension(2060) + 1 in RESERVED


def test_a_driver_may_state_its_own_damping():
    """Steel's fall of 2 % a year, damped to 1 % by default, wholly carried on where the row says so."""
    rows = [
        row | ({"damping": 1.0} if row["parameter"] == "fuel_intensity.steel" else {"damping": np.nan})
        for row in TWO_SECTOR_DRIVERS
    ]
    ours, undamped = city([], rows), city([], terms=NO_TERMS)
    path = "fuel_intensity.steel"
    assert np.array_equal(ours.parameters[path].central, undamped.parameters[path].central)
    damped = city([], terms=Terms(effects=False)).parameters[path].central
    assert damped[1] == pytest.approx(np.log(0.99))


def test_without_terms_there_are_no_columns_of_effects(jiujiang, round_base):
    model = compile_tables(jiujiang, round_base, 2025, terms=NO_TERMS)
    assert draw(model, 8, 1).shape == (8, len(model.drivers))
    assert isinstance(jiujiang.table("measures"), pd.DataFrame)
