"""Contract: green power is credited once: at the average or the marginal factor, and not for certificates that are sold.

The model of Jiujiang on a round base: the figures are those of its own evaluation, added up by hand.
"""

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
