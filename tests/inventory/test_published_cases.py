"""The equations agree with published and closed-form cases, to all digits that the source prints.

Sources: IPCC 2006 Guidelines vol. 5 ch. 3 (first-order decay; numbers of the case are our own), the waste
model spreadsheet of the 2019 Refinement, sheet Food, as shipped in the tests of bonsai_ipcc 0.5.3 (MIT), and
IPCC 2006 Guidelines vol. 1 ch. 3 eq. 3.1 and 3.2 (numbers of the case are our own).
"""

import numpy as np
import pytest

from dafeng.inventory.equations import uncertainty, waste

FOOD_ACCUMULATED = [
    170.28133604999996, 311.80288390121837, 429.4220485777495, 527.1758402035232, 608.4194351864917,
    675.9413350123839, 732.059075211517, 778.6987694911171, 817.4612192044463, 849.6768572137968,
]  # fmt: skip
FOOD_CH4 = [
    0, 19.173192132521066, 35.1081142489792, 48.35169628281753, 59.35849404468761,
    68.50629081607181, 76.10906390057788, 82.42776118026651, 87.6792575577805, 92.04379869376629,
]  # fmt: skip


def test_first_order_decay_closed_form():
    """100 kt a year, DOC 0.15, DOCf 0.5, k 0.09: CH4 of the first five years, and 5 kt in the steady state."""
    deposit = waste.decomposable_carbon(np.full(5, 100.0), 0.15, 0.5, 1.0)
    ch4 = waste.landfill_ch4(waste.decayed_carbon(deposit, 0.09))
    expected = [0, 0.43034407364385907, 0.82364894294364, 1.1831025283157341, 1.5116183696448449]
    assert ch4 == pytest.approx(expected, abs=1e-12)
    long_run = waste.landfill_ch4(waste.decayed_carbon(np.full(400, 7.5), 0.09))
    assert long_run[-1] == pytest.approx(5.0, rel=1e-12)


def test_food_waste_of_the_ipcc_waste_model():
    deposit = waste.decomposable_carbon(np.full(10, 2300.322), 0.15, 0.7, 0.705)
    decayed = waste.decayed_carbon(deposit, 0.185)
    assert waste.landfill_ch4(decayed) == pytest.approx(FOOD_CH4, rel=1e-9)
    assert np.cumsum(deposit) - np.cumsum(decayed) == pytest.approx(FOOD_ACCUMULATED, rel=1e-9)


def test_decay_conserves_carbon_with_any_delay():
    deposit = np.array([5.0, 0.0, 3.0] + [0.0] * 500)
    for delay in (0.0, 6.0, 12.0):
        assert waste.decayed_carbon(deposit, 0.2, delay).sum() == pytest.approx(8.0, rel=1e-12)


@pytest.mark.parametrize(
    ("half_widths", "expected"), [([5, 5], 7.0710678118654755), ([10, 60], 60.8276253029822)]
)
def test_product_of_uncertain_quantities(half_widths, expected):
    assert uncertainty.combine_product(half_widths) == pytest.approx(expected, abs=1e-10)


def test_sum_of_uncertain_quantities_with_a_sink():
    total = uncertainty.combine_sum([100, 50, -20], [10, 20, 50])
    assert total == pytest.approx(13.323467750529828, abs=1e-10)


SMALL_INVENTORY = np.array(
    [[5000, 2, 3], [1500, 3, 2], [400, 2, 1], [900, 2, 5], [-600, 10, 40]], dtype=float
)


def test_small_inventory_by_hand_and_by_groups():
    values, activity, factor = SMALL_INVENTORY.T
    by_equations = uncertainty.combine_sum(values, uncertainty.combine_product(SMALL_INVENTORY[:, 1:]))
    assert by_equations == pytest.approx(4.371228533134466, abs=1e-10)
    by_inputs = uncertainty.propagate(values, activity / 100, factor / 100)
    assert by_inputs.relative * 100 == pytest.approx(4.371228533134466, abs=1e-10)
    assert by_inputs.share.sum() == pytest.approx(1.0, rel=1e-12)


def test_sampling_agrees_with_propagation_for_a_linear_inventory():
    """Within 2 % of the half-width, shared factors included."""
    values = np.array([5000.0, 1500.0, 400.0, 900.0])
    activity, factor, shared = [0.05, 0.05, 0.05, 0.1], [0.08, 0.08, 0.05, 0.1], [0, 0, 1, 2]
    analytic = uncertainty.propagate(values, activity, factor, factor_group=shared)
    totals = uncertainty.sample_totals(values, activity, factor, 200_000, 7, factor_group=shared)
    low, high = uncertainty.interval(totals)
    assert (high - low) / 2 == pytest.approx(analytic.half_width, rel=0.02)
    assert totals.mean() == pytest.approx(analytic.total, rel=1e-3)


def test_samples_by_target_add_up_to_the_total():
    values = np.arange(1.0, 9.0)
    settings = {
        "draws": 500,
        "seed": 3,
        "activity_group": [0, 0, 1, 1, 2, 2, 3, 3],
        "factor_group": [0, 1] * 4,
    }
    total = uncertainty.sample_totals(values, 0.1, 0.5, **settings)
    parts = uncertainty.sample_totals(values, 0.1, 0.5, target=[0, 0, 0, 1, 1, 2, 2, 2], **settings)
    assert parts.sum(axis=1) == pytest.approx(total, rel=1e-12)
