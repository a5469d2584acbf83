"""The hindcast meets its bars out of sample, and its estimation does not depend on where the errors come from."""

import csv
import json
from importlib.resources import files

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import disagreement, hindcast
from dafeng.pathway.forecast.estimation import error_sd, estimate_process
from dafeng.pathway.forecast.model_error import (
    CO2_SOURCES,
    LEADS,
    Cells,
    cells_of,
    read_errors,
    shipped_errors,
)
from dafeng.pathway.methods.error_process import ErrorProcess, error_paths
from dafeng.pathway.methods.forecast_scores import crps, interval_score, normal_crps, probability_integral


@pytest.fixture(scope="module")
def past():
    return hindcast()


def rows():
    text = (files("dafeng.pathway") / "model_error.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_the_band_covers_provinces_that_it_was_not_fitted_on(past):
    pooled = {cell.lead: cell.coverage for cell in past.coverage if cell.quantity == "all"}
    assert 0.85 <= past.coverage_pooled <= 0.95
    assert all(0.82 <= pooled[h] <= 0.97 for h in LEADS)
    assert past.interval_naive[0] < past.coverage_pooled < past.interval_naive[1]
    assert past.interval_blocks[0] < past.coverage_pooled < past.interval_blocks[1]


def test_the_last_origins_are_covered_by_what_was_known_before(past):
    low, high = past.last_origin_interval
    assert low <= past.last_origin_pooled <= high
    assert {(c.quantity, c.lead) for c in past.last_origin} == {
        (q, h) for q in CO2_SOURCES for h in (1, 2, 3, 4)
    }


def test_the_rule_beats_own_growth_carried_on(past):
    assert [s.lead for s in past.skills] == [2, 3, 4, 5, 6]
    for skill in past.skills:
        assert skill.interval_score < skill.interval_score_growth
        assert skill.crps < skill.crps_growth


def test_half_the_trend_is_near_unbiased_and_the_full_trend_is_not(past):
    table = shipped_errors()
    for quantity in (*CO2_SOURCES, "energy_total"):
        at = (table[quantity].lead == 4) & np.isfinite(table[quantity].full)
        assert abs(table[quantity].damped(0.5)[at].mean()) < 0.02
        assert table[quantity].full[at].mean() > 0.1
    electricity = table["electricity"]
    at = electricity.lead == 4
    assert abs(electricity.frozen[at].mean()) < 0.02 < electricity.full[at].mean()
    half = {(b.quantity, b.lead): b for b in past.biases}
    assert half["co2_edgar", 4].rms == pytest.approx(0.0838, abs=5e-4)
    assert half["energy_total_without_gdp", 1].cells == 30 * 17


def test_the_process_is_recovered_from_errors_that_it_made():
    """Errors of 200 places built by the equations of the docstring, records with their own noise."""
    truth, noise = ErrorProcess(0.03, 0.01, 0.01), np.array([0.02, 0.03, 0.01])
    random = np.random.default_rng(5)
    province, origin, lead, error = [], [], [], []
    for place in range(200):
        measured = random.standard_normal((20, 3)) * noise
        for start in range(5, 12):
            deviates = random.standard_normal((2, 1, 6))
            path = error_paths(truth, deviates[0], deviates[1], random.standard_normal(1))[0]
            for h in LEADS:
                step = 0.1 * h
                own = measured[start + h] - (1 + step) * measured[start] + step * measured[start - 5]
                province.append(str(place))
                origin.append(start)
                lead.append(h)
                error.append(path[h - 1] + own)
    cells = Cells(np.array(province), np.array(origin), np.array(lead), np.array(error), np.array(error))
    found = estimate_process(cells, permanent_sd=0.01)
    leads = np.array(LEADS)
    assert np.sqrt(found.process.variance(leads)) == pytest.approx(np.sqrt(truth.variance(leads)), rel=0.05)
    assert found.measurement_sd == pytest.approx(noise, rel=0.1)
    inside = np.abs(cells.error) <= 1.645 * error_sd(found, cells.lead)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)


def test_jiangxi_has_records_that_disagree_beyond_their_errors(past):
    found = disagreement("360000", past.estimate)
    assert found is not None
    assert found.apart > found.allowed
    assert found.errors["co2_ceads"] < 0 < found.errors["co2_edgar"]
    assert disagreement("999999", past.estimate) is None


def test_gdp_as_planned_adds_what_growth_missed_by_hand(past):
    """Jiangxi aimed at 8.5 % a year for 2016-2020 and grew by 9.0, 8.8, 8.7, 8.0, 3.8 %."""
    rows = {(row.province, row.lead): row for row in past.planned}
    assert set(rows) == {(p, h) for p in ("320000", "360000") for h in range(1, 6)}
    gap = np.cumsum(np.log([1.090, 1.088, 1.087, 1.080, 1.038]) - np.log(1.085))
    table = shipped_errors()["co2_edgar"]
    for lead in range(1, 6):
        row = rows["360000", lead]
        assert row.gdp == pytest.approx(gap[lead - 1])
        at = (table.province == "360000") & (table.origin == 2015) & (table.lead == lead)
        assert row.realised["co2_edgar"] == pytest.approx(table.damped(0.5)[at][0])
        assert row.planned["co2_edgar"] == pytest.approx(row.realised["co2_edgar"] + gap[lead - 1])
        assert row.source
        assert row.grade == "B"
    # without a sourced target: five of 31 below -1 point is one standard deviation of a normal law
    from scipy.special import ndtri

    from dafeng.pathway.forecast.planned_gdp import gdp_error

    assert gdp_error() == pytest.approx(-0.01 / ndtri(5 / 31), rel=0.02)
    process = past.estimate.process
    for lead, width in past.half_width_planned.items():
        expected = 1.6448536 * np.sqrt(process.variance(lead) + lead * gdp_error() ** 2)
        assert width == pytest.approx(float(expected), rel=1e-6)
        assert width > past.half_width[lead]


def test_two_vintages_of_a_series_are_refused():
    table = rows()[:3]
    with pytest.raises(DafengError, match="one vintage of a series") as caught:
        read_errors([*table, table[1]])
    assert "model_error.csv:5" in str(caught.value)


def test_cells_that_are_no_numbers_are_refused_together():
    table = [row | {"error_growth": "a lot"} for row in rows()[:2]]
    with pytest.raises(DafengError) as caught:
        read_errors(table)
    assert len(caught.value.problems) == 2


def test_records_that_share_nothing_are_refused():
    table = shipped_errors()
    with pytest.raises(DafengError, match="no rows of"):
        cells_of({"co2_nbs": table["co2_nbs"]})
    with pytest.raises(DafengError, match="two records"):
        cells = cells_of(table)
        estimate_process(Cells(cells.province, cells.origin, cells.lead, cells.error[:, :1], cells.growth))


def test_scores_of_forecasts_by_hand():
    """A band of 2 missed by 1 at alpha 0.1 costs 2 + 20; CRPS of a normal at its centre is s (√2 − 1)/√π."""
    assert interval_score(-1, 1, 2) == pytest.approx(22)
    assert interval_score(-1, 1, 0) == pytest.approx(2)
    assert normal_crps(0.0, 2.0) == pytest.approx(2 * (np.sqrt(2) - 1) / np.sqrt(np.pi))
    sample = np.random.default_rng(1).normal(0.3, 2.0, 50_000)
    assert crps(sample, 0.0) == pytest.approx(float(normal_crps(0.3, 2.0)), rel=0.01)
    assert probability_integral([1.0, 2.0, 3.0], 2.0) == pytest.approx(0.5)
    assert probability_integral([0.0], 1.0, 1.0) == pytest.approx(0.8413, abs=1e-4)


def test_the_command_tells_coverage_and_cells_by_lead():
    from typer.testing import CliRunner

    from dafeng.cli.pathway import app

    result = CliRunner().invoke(app, ["hindcast", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert 0.85 <= told["coverage_pooled"] <= 0.95
    assert {cell["lead"] for cell in told["coverage"]} == set(LEADS)
    shown = CliRunner().invoke(app, ["hindcast"])
    assert "留一省覆盖率" in shown.output.replace("\n", "")
    refused = CliRunner().invoke(app, ["hindcast", "--permanent", "-1"])
    assert refused.exit_code == 1


def test_the_shipped_process_is_that_of_the_shipped_errors(past):
    from dafeng.pathway.forecast.discrepancy import shipped_estimate

    shipped, leads = shipped_estimate(), np.array(LEADS)
    # the likelihood is flat at its top: where the search stops depends on the processor in the fourth digit
    assert shipped.process.variance(leads) == pytest.approx(past.estimate.process.variance(leads), rel=1e-3)
    assert shipped.measurement_sd == pytest.approx(past.estimate.measurement_sd, rel=1e-3)
    assert shipped.cells == past.estimate.cells
