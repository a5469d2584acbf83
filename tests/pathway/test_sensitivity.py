"""Contract: indices of the Ishigami function and of an additive model agree with their closed forms.

Ishigami with a = 7, b = 0.1 (Saltelli et al. 2008): S = 0.3139, 0.4424, 0; T = 0.5576, 0.4424, 0.2437.
"""

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.pathway import (
    additive_indices,
    draw,
    evaluate,
    sobol_indices,
    sobol_of,
    unit_points,
)


def ishigami(points):
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_ishigami():
    found = sobol_indices(ishigami, 3, samples=2048)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0], atol=0.02)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.02)
    assert (found.first_standard_error < 0.02).all()


def test_constants_carry_nothing():
    points = unit_points([1, 2], 256, 0)
    points[:, 1] = 0.5
    np.testing.assert_allclose(additive_indices(points, points[:, 0])[1], 0)
    np.testing.assert_allclose(additive_indices(points, np.ones(256)), 0)
    assert sobol_indices(lambda rows: np.ones(len(rows)), 2, samples=8).total.sum() == 0


def test_refusals():
    with pytest.raises(DafengError):
        sobol_indices(lambda rows: np.zeros(3), 2)


@pytest.mark.slow
def test_sobol_indices_of_a_city_agree_with_those_of_its_ensemble(jiujiang_model):
    """Two ways to the same shares: a design of its own, and the fit on the ensemble that exists."""
    plan = jiujiang_model.delivery(1.0)
    found = sobol_of(jiujiang_model, plan, 2030, samples=512)
    draws = draw(jiujiang_model, 4096, 1)
    fitted = additive_indices(draws, evaluate(jiujiang_model, plan, draws, [2030]).accounts["A"][:, 0])
    fitted = fitted[: len(jiujiang_model.drivers)]  # effects of measures are fixed here
    large = fitted > 0.03
    assert large.any()
    np.testing.assert_allclose(found.first[large], fitted[large], atol=0.06)
    assert (found.total[large] > 0.02).all()
    with pytest.raises(DafengError, match="account"):
        sobol_of(jiujiang_model, plan, 2030, "C")
