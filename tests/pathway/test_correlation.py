"""Contract: correlations.csv links uncertain drivers by id, parameter or pattern; what fits nothing or contradicts is told by row."""

import numpy as np
import pandas as pd
import pytest

from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.pathway import compile_model, draw, evaluate
from dafeng.pathway.methods.correlation import stated_pairs

DRIVERS = pd.DataFrame(
    {
        "id": ["a", "a", "b", "c", "still"],
        "parameter": ["saving.steel", "saving.steel", "saving.food", "gdp_growth", "saving.mining"],
        "distribution": ["normal", "normal", "normal", "uniform", "fixed"],
        "dimension": [1, 1, 2, 3, np.nan],
    }
)


def rows(*cells):
    return pd.DataFrame(cells, columns=["first", "second", "value"], index=range(2, 2 + len(cells)))


def test_ids_parameters_and_patterns():
    assert stated_pairs(rows(("a", "c", 0.4)), DRIVERS) == {("a", "c"): 0.4}
    assert stated_pairs(rows(("gdp_growth", "saving.*", -0.2)), DRIVERS) == {
        ("a", "c"): -0.2,
        ("b", "c"): -0.2,
    }
    assert stated_pairs(rows(("saving.*", "saving.*", 0.5)), DRIVERS) == {("a", "b"): 0.5}
    assert stated_pairs(rows(), DRIVERS) == {}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (rows(("saving.stel", "c", 0.1)), r"correlations.csv:2:first.*did you mean saving.steel"),
        (rows(("a", "still", 0.1)), r"correlations.csv:2:second"),
        (rows(("a", "b", 0.1), ("saving.*", "saving.*", 0.2)), r"correlations.csv:3.*as another row says"),
        (rows(("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)), "positive definite"),
    ],
)
def test_what_cannot_be_is_told(table, told):
    with pytest.raises(DafengError, match=told):
        stated_pairs(table, DRIVERS)


def test_the_city_s_correlations_widen_its_band(jiujiang):
    inventory = build(jiujiang)
    alone, linked = compile_model(jiujiang, inventory, correlation={}), compile_model(jiujiang, inventory)
    assert np.array_equal(alone.correlation, np.eye(len(alone.drivers)))
    assert not np.array_equal(linked.correlation, alone.correlation)
    width = []
    for model in (alone, linked):
        series = evaluate(model, model.delivery(1.0), draw(model, 2048, 1), [2030], "headline").accounts["A"][
            :, 0
        ]
        width.append(np.subtract(*np.quantile(series, (0.95, 0.05))))
    assert width[1] > 1.02 * width[0]
    kept = [d.parameter for d in alone.drivers].index("gdp_growth")
    np.testing.assert_allclose(draw(alone, 64, 1)[:, kept], draw(linked, 64, 1)[:, kept], rtol=1e-9)
