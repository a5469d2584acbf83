"""Contract: the area under the curve is its cost; costs that are not known stay out and are counted; the three methods differ as they should.

Facts: area = cost (LEAP help, MACC reports page); methods named there after Sathaye & Meyers 1995; numbers of the
heat case as in test_shapley; annuity of 1000 at 8 % over 20 years = 101.85220882315059.
"""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import Abatement, abatement_cost_curve, annuity


def simple():
    return [
        Abatement("boiler", 30, 300),
        Abatement("LED", 12, -600),
        Abatement("CCS", 40, 12000),
        Abatement("PV", 50, 2500),
        Abatement("retrofit", 7, None),
    ]


def test_partial_curve():
    curve = abatement_cost_curve(simple())
    assert curve.order == ("LED", "boiler", "PV", "CCS")
    np.testing.assert_allclose(curve.marginal_cost, [-50, 10, 50, 300])
    np.testing.assert_allclose(curve.cumulative_t, [12, 42, 92, 132])
    assert curve.total_cost == pytest.approx(14200)
    assert curve.cost_at(132) == pytest.approx(14200)
    assert curve.cost_at(80) == pytest.approx(1600)
    assert curve.marginal_at(80) == 50
    assert curve.left_out == ("retrofit",)
    assert curve.left_out_t == 7
    assert {finding.code for finding in curve.findings} == {"macc-negative-cost", "macc-left-out"}


def test_negative_costs_warn_of_their_ranking():
    curve = abatement_cost_curve([Abatement("A", 1, -100), Abatement("B", 10, -500)])
    assert curve.order == ("A", "B")
    assert [finding.code for finding in curve.findings] == ["macc-negative-cost"]


def test_tuples_are_measures_too():
    curve = abatement_cost_curve([("LED", 12, -600), ("boiler", 30, 300), ("retrofit", 7, None)])
    assert curve.order == ("LED", "boiler")
    assert curve.left_out == ("retrofit",)


def heat(rows):
    return (100 - 30 * rows[:, 0]) * (0.33 - 0.13 * rows[:, 1])


@pytest.mark.parametrize(
    ("method", "tonnes"),
    [
        ("partial", {"M1": 9.9, "M2": 13.0}),
        ("retrospective", {"M2": 13.0, "M1": 6.0}),
        ("integrated", {"M2": 13.0, "M1": 6.0}),
    ],
)
def test_interaction(method, tonnes):
    curve = abatement_cost_curve([Abatement("M1", 9.9, 3000), Abatement("M2", 13.0, 1300)], method, heat)
    assert dict(zip(curve.order, curve.reduction_t, strict=True)) == pytest.approx(tonnes)
    assert curve.total_cost == pytest.approx(4300)


def test_integrated_order_differs_where_a_cheap_measure_eats_the_next():
    def emissions(rows):
        # b saves nothing once a is in; c stands alone
        return 100 - 50 * np.maximum(rows[:, 0], 0.9 * rows[:, 1]) - 10 * rows[:, 2]

    measures = [Abatement("a", 50, 100), Abatement("b", 45, 100), Abatement("c", 10, 80)]
    curve = abatement_cost_curve(measures, "integrated", emissions)
    assert curve.order == ("a", "c")
    assert curve.left_out == ("b",)


def test_annuity():
    assert annuity(1000, 0.08, 20) == pytest.approx(101.85220882315059, rel=1e-12)
    assert annuity(1000, 0.0, 20) == pytest.approx(50)


@pytest.mark.parametrize(
    "call",
    [
        lambda: abatement_cost_curve(simple(), "middle"),
        lambda: abatement_cost_curve(simple(), "integrated"),
        lambda: abatement_cost_curve([Abatement("a", 1, 1), Abatement("a", 2, 1)]),
        lambda: abatement_cost_curve(simple()).cost_at(200),
        lambda: annuity(1, -0.1, 3),
    ],
)
def test_refusals(call):
    with pytest.raises(DafengError):
        call()
