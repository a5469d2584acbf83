"""Contract: green power is credited once: at the average or the marginal factor, and not for certificates that are sold.

The model of Jiujiang on a round base: the figures are those of its own evaluation, added up by hand.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import evaluate, export_credit


@pytest.fixture(scope="module")
def both(jiujiang_model):
    """Central results of 2030 with the plan, and with the plan less its measures of green power."""
    green = np.zeros(len(jiujiang_model.measures), dtype=bool)
    for name in ("wind_solar_mw", "hydro_mwh", "biomass_mw"):
        for action in jiujiang_model.parameters[name].actions:
            green[action.measure] = True
    assert green.any()
    centre = np.zeros((1, len(jiujiang_model.drivers)))
    plan = jiujiang_model.delivery(1.0)
    return [evaluate(jiujiang_model, d, centre, [2030]) for d in (plan, np.where(green, 0.0, plan))]


def test_the_readings_by_hand(jiujiang_model, both):
    plan, without = both
    rows = {(one.account, one.factor, one.certificates): one for one in export_credit(jiujiang_model, 2030)}
    average = jiujiang_model.parameters["grid_factor"].central[10]
    marginal = jiujiang_model.base.coal_unit_factor
    less = float(without.quantities["net_import"][0, 0] - plan.quantities["net_import"][0, 0])
    local = float(without.accounts["B"][0, 0] - plan.accounts["B"][0, 0])
    kept = rows["A", "average", "kept"]
    assert kept.counted
    assert sum(one.counted for one in rows.values()) == 1
    assert kept.factor_t_per_mwh == average
    assert kept.credit_t == pytest.approx(less * average)
    # account A itself: what the national rules count is what the model counts
    assert kept.reduction_t == pytest.approx(float(without.accounts["A"][0, 0] - plan.accounts["A"][0, 0]))
    assert kept.level_t == pytest.approx(float(plan.accounts["A"][0, 0]))
    assert rows["A", "marginal", "kept"].credit_t == pytest.approx(less * marginal)
    assert [one.local_t for one in rows.values()] == pytest.approx([local] * 5)
    assert rows["B", "none", "any"].reduction_t == pytest.approx(local)


@dataclass(frozen=True)
class Margins:
    """Marginal factor that falls by 1e-5 t/MWh for each MW of sun, inside a box of sun; the other outputs are 0."""

    year: int
    most_solar: float = 1e9
    input_hash: str = "margins"

    def evaluate(self, points):
        values = np.zeros((len(points), 6))
        values[:, 5] = 0.9 - 1e-5 * points[:, 0]
        values[points[:, 0] > self.most_solar] = np.nan
        return values, ()


def test_the_marginal_factor_of_the_hourly_model(jiujiang_model, both):
    """Mean of the table with and without the measures; the average factor and account B stay."""
    share = jiujiang_model.parameters["wind_share"].central[10]
    solar = [float(found.quantities["wind_solar_capacity"][0, 0]) * (1 - share) for found in both]
    expected = 0.9 - 1e-5 * sum(solar) / 2
    assert solar[0] > solar[1]
    plain = export_credit(jiujiang_model, 2030)
    coupled = export_credit(jiujiang_model, 2030, tables=[Margins(2030)])
    for before, after in zip(plain, coupled, strict=True):
        if before.factor == "marginal":
            assert (before.origin, after.origin) == ("coal_units", "response")
            assert after.factor_t_per_mwh == pytest.approx(expected)
        else:
            assert before == after
    kept = {one.factor: one for one in coupled if one.certificates == "kept"}
    ratio = kept["marginal"].credit_t / kept["average"].credit_t
    assert ratio == pytest.approx(expected / kept["average"].factor_t_per_mwh)


def test_tables_of_two_years_are_interpolated(jiujiang_model, both):
    one = {r.factor: r for r in export_credit(jiujiang_model, 2030, tables=[Margins(2030)])}["marginal"]
    two = {r.factor: r for r in export_credit(jiujiang_model, 2030, tables=[Margins(2035), Margins(2025)])}
    assert two["marginal"].factor_t_per_mwh == pytest.approx(one.factor_t_per_mwh)


def test_outside_the_runs_the_coal_units_stand_in(jiujiang_model):
    """One of the two points beyond the box is enough: no half of an answer."""
    share = jiujiang_model.parameters["wind_share"].central[10]
    plan = evaluate(
        jiujiang_model, jiujiang_model.delivery(1.0), np.zeros((1, len(jiujiang_model.drivers))), [2030]
    )
    solar = float(plan.quantities["wind_solar_capacity"][0, 0]) * (1 - share)
    rows = export_credit(jiujiang_model, 2030, tables=[Margins(2030, most_solar=solar - 1.0)])
    marginal = next(one for one in rows if one.factor == "marginal")
    assert marginal.origin == "coal_units"
    assert marginal.factor_t_per_mwh == jiujiang_model.base.coal_unit_factor


def test_sold_certificates_leave_no_claim_below_zero_import(jiujiang_model, both):
    plan, without = both
    imports = [float(found.quantities["net_import"][0, 0]) for found in (plan, without)]
    rows = {
        (one.factor, one.certificates): one
        for one in export_credit(jiujiang_model, 2030)
        if one.account == "A"
    }
    for name in ("average", "marginal"):
        sold, kept = rows[name, "sold"], rows[name, "kept"]
        claimed = (max(imports[1], 0.0) - max(imports[0], 0.0)) * sold.factor_t_per_mwh
        assert sold.credit_t == pytest.approx(claimed, abs=1e-6)
        assert sold.credit_t <= kept.credit_t
        assert sold.level_t - kept.level_t == pytest.approx(
            max(-imports[0], 0.0) * sold.factor_t_per_mwh, abs=1e-3
        )


def test_without_delivery_there_is_nothing_to_credit(jiujiang_model):
    none = jiujiang_model.delivery(0.0)
    assert all(one.reduction_t == 0.0 for one in export_credit(jiujiang_model, 2030, none))


def test_a_year_outside_the_model(jiujiang_model):
    with pytest.raises(DafengError, match="2020 to 2060"):
        export_credit(jiujiang_model, 1999)
