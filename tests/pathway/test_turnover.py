"""Contract: what is new in a year reaches the stock at the pace of survival; the annual model uses the average over the stock."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.pathway import evaluate, stock_turnover, survival_of, vintage_weights
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.parameter_paths import Paths


def test_a_constant_stock_of_fixed_life_turns_over_evenly():
    """Ten units that live exactly ten years: one a year is replaced, so a tenth a year is new."""
    weights = vintage_weights(np.full(13, 10.0), [1.0] * 10 + [0.0], 0.0)
    np.testing.assert_allclose(weights.sum(axis=0), [min(y / 10, 1.0) for y in range(13)], atol=1e-12)
    np.testing.assert_allclose(weights[3, 3:], 0.1 * np.ones(10), atol=1e-12)


@given(
    st.lists(st.floats(0.5, 3.0), min_size=3, max_size=30), st.floats(2, 40), st.floats(0.6, 8), st.floats(-0.03, 0.2)
)  # fmt: skip
def test_weights_are_shares_and_agree_with_the_stock(stock, life, shape, growth):
    survival = survival_of(life, shape)
    weights = vintage_weights(stock, survival, growth)
    assert weights.min() >= 0
    assert weights.sum(axis=0).max() <= 1 + 1e-12
    assert not weights[:, 0].any()
    assert not np.tril(weights, -1).any()
    ages = np.exp(-growth * np.arange(survival.size)) * survival
    # what a year adds, in the first year that it is seen, and the stock that these sales leave
    total = np.maximum(stock, 0) * 1.0
    sales = np.zeros(len(stock))
    initial = ages * stock[0] / ages.sum()
    for year in range(1, len(stock)):
        so_far = stock_turnover(sales[1 : year + 1], survival, initial=initial).stock[-1]
        sales[year] = max(0.0, total[year] - so_far)
    found = stock_turnover(sales[1:], survival, np.arange(1.0, len(stock)), initial)
    known = sales[1:].cumsum() > 1e-9
    share = weights[1:, 1:].sum(axis=0)
    mean_year = np.arange(1, len(stock)) @ weights[1:, 1:]
    ours = np.divide(mean_year, share, out=np.full(share.size, np.nan), where=share > 1e-9)
    np.testing.assert_allclose(ours[known], found.average[known], rtol=1e-6)


def test_chinese_cars_turn_electric_as_the_iea_says():
    """Stock share of electric cars in China from their share of sales: IEA Global EV Outlook 2024 (data, STEPS).

    Stock in million: electric stock over its share of the stock. Life 14.5 years (Hao et al. 2011, abstract). Known
    to 2023 within a point; to 2035 the IEA's own projection, within six points of ours, which scraps older cars later.
    """
    years = np.arange(2020, 2036)
    stock = np.interp(years, [2020, 2023, 2025, 2030, 2035], [236.3, 286.8, 300.0, 371.0, 419.2])
    sold = np.interp(years, [2020, 2021, 2022, 2023, 2025, 2030, 2035], [5.7, 16, 29, 38, 49, 68, 85])
    weights = vintage_weights(stock, survival_of(14.5, 5.0), 0.108)
    share = sold @ weights + 1.9 * (1.0 - weights.sum(axis=0))
    for year, known, tolerance in (
        (2021, 3.1, 0.5),
        (2023, 7.6, 1.2),
        (2025, 14.0, 1.0),
        (2030, 31.0, 4.0),
        (2035, 52.0, 6.0),
    ):
        assert share[year - 2020] == pytest.approx(known, abs=tolerance)
    for shape in (2.0, 6.0):
        other = sold @ vintage_weights(stock, survival_of(14.5, shape), 0.108)
        assert other[10] == pytest.approx(sold @ weights[:, 10], abs=1.0)


def test_the_mean_of_the_survival_is_the_life():
    for shape in (1.0, 2.5, 6.0):
        survival = survival_of(14.5, shape)
        assert np.trapezoid(survival) == pytest.approx(14.5, rel=2e-3)


@pytest.mark.parametrize(
    ("stock", "survival"),
    [([1, 0, 1], [1, 0.5]), ([1, np.nan], [1]), ([1, 2], [0.9, 0.5]), ([1, 2], [1, 0.5, 0.6]), ([], [1])],
)
def test_bad_stocks(stock, survival):
    with pytest.raises(DafengError):
        vintage_weights(stock, survival, 0.0)


@pytest.mark.parametrize(("life", "shape"), [(0.0, 2.0), (10.0, -1.0), (float("nan"), 1.0)])
def test_bad_lives(life, shape):
    with pytest.raises(DafengError):
        survival_of(life, shape)


def changed(case, drivers=None, measures=None):
    """A case whose tables are those of `case`, each gone through a function first."""
    tables = {"drivers": drivers or (lambda table: table), "measures": measures or (lambda table: table)}
    return SimpleNamespace(table=lambda name: tables[name](case.table(name).copy()))


def rows_like(table, like, **columns):
    """Rows of the driver or measure `like` with other columns."""
    first = table[table["id"] == like].iloc[[0]]
    rows = pd.concat(
        [
            first.assign(**dict(zip(columns, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]
    )
    rows.index = [f"added-{number}" for number in range(len(rows))]
    return rows


def centre(model, id_, delivery=0.0):
    paths = Paths(model, np.arange(model.years.size))
    paths.chunk(model.delivery(delivery)[None, :], np.zeros((1, len(model.drivers))))
    return paths.get(id_)[0]


def test_cars_of_the_city_follow_their_sales_with_delay(jiujiang_model):
    share = centre(jiujiang_model, "new_electric.transport_light")
    sold = jiujiang_model.parameters["new_electric.transport_light"].central
    assert share[0] == 0
    assert (np.diff(share) > 0).all()
    assert (share[1:26] < sold[1:26]).all()
    weights = jiujiang_model.parameters["new_electric.transport_light"].turnover
    np.testing.assert_allclose(share, sold @ weights, rtol=1e-12)


def test_a_measure_on_sales_needs_its_time(jiujiang, round_base):
    added = lambda table: pd.concat([table, rows_like(  # noqa: E731 - one use
        table, "nev_public", id=["more_sold"], parameter=["new_electric.transport_light"], year=[2026], value=[0.1],
        start=[np.nan], delivered_to_date=[np.nan],
    )])  # fmt: skip
    model = compile_tables(changed(jiujiang, measures=added), round_base, 2025)
    column = model.measure_index("more_sold")
    still, more = np.zeros(len(model.measures)), np.zeros(len(model.measures))
    more[column] = 1.0
    paths = Paths(model, np.arange(model.years.size))
    found = []
    for degrees in (still, more):
        paths.chunk(degrees[None, :], np.zeros((1, len(model.drivers))))
        found.append(paths.get("new_electric.transport_light")[0])
    gain = found[1] - found[0]
    weights = model.parameters["new_electric.transport_light"].turnover
    np.testing.assert_allclose(gain[:6], 0.0, atol=1e-12)
    np.testing.assert_allclose(gain[6], 0.1 * weights[6, 6], rtol=1e-9)
    assert 0 < gain[6] < gain[8] < gain[10] < 0.1


def test_chosen_years_are_those_of_the_whole_run(jiujiang_model):
    draws = np.random.default_rng(1).standard_normal((5, len(jiujiang_model.drivers)))
    whole = evaluate(jiujiang_model, jiujiang_model.delivery(1.0), draws)
    some = evaluate(jiujiang_model, jiujiang_model.delivery(1.0), draws, [2030, 2035])
    np.testing.assert_allclose(some.accounts["A"], whole.accounts["A"][:, [10, 15]], rtol=1e-13)


def test_sales_may_be_an_expression(jiujiang, round_base):
    def logistic(table):
        kept = table[table["id"] != "new_electric_transport_light"]
        row = rows_like(
            table, "life_transport_light", id=["sold"], parameter=["new_electric.transport_light"]
        )
        return pd.concat(
            [kept, row.assign(value=np.nan, unit="1", value_expression="=logistic(5%, 95%, 2028, 12)")]
        )

    table = jiujiang.table("drivers")
    if "value_expression" not in table:
        pytest.fail("a loaded case keeps its expressions beside the numbers")
    model = compile_tables(changed(jiujiang, drivers=logistic), round_base, 2025)
    share = centre(model, "new_electric.transport_light")
    assert 0 < share[5] < share[10] < share[20] < 0.95


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda t: t[t["id"] != "life_transport_light"], "life.transport_light"),
        (lambda t: t[t["id"] != "stock_growth_transport_heavy"], "stock_growth.transport_heavy"),
        (
            lambda t: t.assign(value=t["value"].where(t["id"] != "life_transport_light", 0.0)),
            "life.transport_light",
        ),
        (
            lambda t: t.assign(
                distribution=t["distribution"].where(t["id"] != "life_transport_light", "normal"),
                dimension=t["dimension"].where(t["id"] != "life_transport_light", 9001),
                low=t["low"].where(t["id"] != "life_transport_light", 12.0),
                high=t["high"].where(t["id"] != "life_transport_light", 16.0),
            ),
            "life.transport_light",
        ),
    ],
)
def test_a_stock_without_life_is_told(jiujiang, round_base, broken, told):
    with pytest.raises(DafengError) as caught:
        compile_tables(changed(jiujiang, drivers=broken), round_base, 2025)
    assert any(told in f"{problem.where} {problem.found}" for problem in caught.value.problems)


def test_a_rebound_takes_back_its_part_of_a_saving(jiujiang, round_base):
    """Homes in 2030: fuels with a saving of s and a rebound of r are those without, times 1 − s·(1 − r)."""
    rest = lambda table: table[~table["id"].str.startswith("rebound")]  # noqa: E731 - one use
    without = compile_tables(changed(jiujiang, drivers=rest), round_base, 2025)
    model = compile_tables(jiujiang, round_base, 2025)
    rebound = model.parameters["rebound.buildings_urban"].central[10]
    saving = centre(model, "saving.buildings_urban", 1.0)[10]
    assert saving > 0
    assert rebound == pytest.approx(0.37)
    still = [evaluate(m, m.delivery(0.0), np.zeros((1, len(m.drivers))), [2030]) for m in (model, without)]
    moved = [evaluate(m, m.delivery(1.0), np.zeros((1, len(m.drivers))), [2030]) for m in (model, without)]
    fall = [float(a.sectors[0, 3, 0] - b.sectors[0, 3, 0]) for a, b in zip(still, moved, strict=True)]
    assert 0 < fall[0] < fall[1]
