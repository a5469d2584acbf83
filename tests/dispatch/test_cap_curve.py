"""Contract: a few solved caps bound the convex curve of cost between them; ramps that hardly bind may wait."""

from types import SimpleNamespace

import numpy as np
import pytest

from dafeng.case import load
from dafeng.dispatch import Prepared, cap_curve, city_grid, solve_prepared
from dafeng.dispatch.city.accounts import CityAccounts
from dafeng.dispatch.city.cap_curve import _mixed, bound, refine, support
from dafeng.evidence import DafengError

CAPS = [100.0 - 10.0 * i for i in range(11)]


def parabola(number):
    """Least cost 1,000 + (100 - cap)², whose slope is its shadow price."""
    x = CAPS[number]
    return SimpleNamespace(total_cost=1000.0 + (100.0 - x) ** 2, shadow_prices={"co2": -2.0 * (100.0 - x)})


@pytest.mark.parametrize(("tolerance", "most"), [(0.5, 3), (0.2, 4), (0.05, 8), (0.0, 11)])
def test_bounds_hold_and_are_as_narrow_as_asked(tolerance, most):
    found = refine(CAPS, parabola(0), parabola, tolerance)
    assert len(found) <= most
    assert {0, 10} <= set(found)
    for number, cap in enumerate(CAPS):
        width = bound(CAPS, found, number)
        assert width <= tolerance
        if number in found:
            assert width == 0.0
            continue
        known = {i: {"total_cost": one.total_cost} for i, one in found.items()}
        upper = _mixed(CAPS, known, number)["total_cost"]
        true = 1000.0 + (100.0 - cap) ** 2
        assert upper * (1.0 - width) - 1e-9 <= true <= upper + 1e-9


@pytest.mark.parametrize(("tolerance", "most"), [(0.5, 4), (0.2, 5), (0.05, 9)])
def test_prices_bound_the_caps_as_narrowly_as_asked(tolerance, most):
    """At a price p the least of 1,000 + (100 - x)² + p x is at x = 100 - p / 2."""
    asked = []

    def priced(price):
        asked.append(price)
        x = 100.0 - price / 2.0
        return x, SimpleNamespace(total_cost=1000.0 + (100.0 - x) ** 2, shadow_prices={"co2": -price})

    every, found = support(CAPS, parabola(0), priced, tolerance)
    assert asked[0] == 300.0
    assert len(asked) <= most
    assert every == sorted(every, reverse=True)
    assert set(CAPS) <= set(every)
    for number, cap in enumerate(every):
        if number in found:
            continue
        width = bound(every, found, number)
        assert width <= tolerance
        known = {i: {"total_cost": one.total_cost} for i, one in found.items()}
        upper = _mixed(every, known, number)["total_cost"]
        assert upper * (1.0 - width) - 1e-9 <= 1000.0 + (100.0 - cap) ** 2 <= upper + 1e-9


def test_a_cap_that_no_price_reaches_is_left_to_the_exact_solve():
    def priced(price):
        return 60.0, SimpleNamespace(total_cost=2600.0, shadow_prices={"co2": -price})

    assert support(CAPS, parabola(0), priced, 0.1) is None


def test_a_bound_by_hand():
    """Solved at 100 (cost 1,000, slope 0) and 0 (11,000, slope -200). At 50: chord 6,000, tangents 1,000 and 1,000."""
    found = {0: parabola(0), 10: parabola(10)}
    assert bound(CAPS, found, 5) == pytest.approx((6000 - 1000) / 6000)
    # the chord is the mix: half of each neighbour, its slope the shadow price
    mixed = _mixed(
        CAPS, {0: {"total_cost": 1000.0, "co2": 80.0}, 10: {"total_cost": 11000.0, "co2": 20.0}}, 5
    )
    assert mixed == {"total_cost": 6000.0, "co2": 50.0, "shadow_price": -100.0}


def test_where_the_lowest_cap_has_no_solution_all_are_solved():
    def solve(number):
        return DafengError.at("co2", "none", "a solution") if CAPS[number] < 40 else parabola(number)

    found = refine(CAPS, parabola(0), solve, 0.5)
    assert sorted(found) == list(range(11))
    assert [i for i, one in found.items() if isinstance(one, DafengError)] == [10, 7, 8, 9]


@pytest.mark.slow
def test_the_curve_of_two_days_within_its_bounds():
    case = load("jiujiang")
    options = {"hours": 48, "start": 4656, "threads": 1}
    shown = []
    exact = cap_curve(case, 2030, 6, 0.6, tolerance=0.0, **options)
    rough = cap_curve(case, 2030, 6, 0.6, tolerance=0.01, each=shown.append, **options)
    assert (exact["bound"] == 0).all()
    assert len(shown) == (rough["bound"] == 0).sum()
    assert (rough["bound"] <= 0.01).all()
    # the mix is feasible: never cheaper than the optimum, and no dearer than its bound says
    over = rough["total_cost"] / exact["total_cost"] - 1.0
    assert (over > -1e-7).all()
    assert (rough["total_cost"] * (1 - rough["bound"]) <= exact["total_cost"] * (1 + 1e-7)).all()
    np.testing.assert_allclose(rough["co2_t"], exact["co2_t"], rtol=1e-5)
    solved = rough["bound"] == 0
    for column in ("abated_city_t", "abated_province_t", "moved_t", "total_cost"):
        np.testing.assert_allclose(rough.loc[solved, column], exact.loc[solved, column], rtol=1e-5, atol=1.0)
    assert set(CityAccounts.__dataclass_fields__) >= {"co2_generation_t", "non_fossil_use_share"}


@pytest.mark.slow
def test_the_curve_by_prices_is_the_curve_of_caps(monkeypatch):
    case = load("jiujiang")
    options = {"hours": 48, "start": 4656, "threads": 1}
    exact = cap_curve(case, 2030, 6, 0.6, tolerance=0.0, **options)
    monkeypatch.setattr("dafeng.dispatch.city.cap_curve.LONG", 24)
    rough = cap_curve(case, 2030, 6, 0.6, tolerance=0.01, **options)
    np.testing.assert_allclose(rough["limit"], exact["limit"], rtol=1e-9)
    assert (rough["bound"] <= 0.01).all()
    assert (rough["total_cost"] / exact["total_cost"] > 1 - 1e-7).all()
    assert (rough["total_cost"] * (1 - rough["bound"]) <= exact["total_cost"] * (1 + 1e-7)).all()
    np.testing.assert_allclose(rough["co2_t"], exact["co2_t"], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("start", [2300, 4800])
def test_ramps_that_wait_change_nothing(start):
    """The same optimum, prices included, with all ramp rows at once and with those that bind only."""
    system = city_grid(load("jiujiang"), 2030, hours=72, start=start).system
    once, later = (Prepared(system, threads=1, lazy_from=rows) for rows in (10**9, 0))
    waiting = len(later._open)
    assert waiting > 0
    assert not once._open
    first, second = solve_prepared(once), solve_prepared(later)
    assert second.total_cost == pytest.approx(first.total_cost, rel=1e-9)
    assert second.duality_gap < 1e-9
    assert len(later._open) <= waiting
    # what still waits is kept
    values = np.asarray(later.highs.getSolution().row_value)
    for row, (low, high) in later._open.items():
        assert low - 1e-6 <= values[row] <= high + 1e-6


def test_a_problem_without_solution_is_explained_with_its_ramps(tmp_path):
    """A unit that cannot rise as fast as its load: the ramp is named though it waited."""
    from systems import write_folder

    from dafeng.dispatch import read_folder

    tables = {
        "buses": [{"name": "b"}],
        "generators": [{"name": "g", "bus": "b", "p_nom": 100, "marginal_cost": 3, "ramp_limit_up": 0.1}],
        "loads": [{"name": "l", "bus": "b"}],
    }
    load_ = np.full(24, 10.0)
    load_[12:] = 90.0
    system = read_folder(write_folder(tmp_path / "s", tables, {"loads-p_set": {"l": load_}}))
    for rows in (10**9, 0):
        with pytest.raises(DafengError, match="ramp"):
            solve_prepared(Prepared(system, threads=1, lazy_from=rows))
