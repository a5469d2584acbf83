"""Contract: parts add up to the total to the last unit, bounds hold, and each method gives its hand-computed amounts."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import (
    METHODS,
    Parts,
    Settings,
    apportion,
    propose,
    propose_many,
    read_basis,
    required_annual_fall,
)
from dafeng.evidence import DafengError
from dafeng.factors import aims_in_force, policy_aims

NAN = np.full(3, np.nan)


def parts(**columns: list[float]) -> Parts:
    given_ = {name: np.array(values, dtype=float) for name, values in columns.items()}
    names = ("base", "history", "people", "people_target", "gdp", "gdp_target", "output", "benchmark", "potential", "cost", "manual")  # fmt: skip
    return Parts(("a", "b", "c"), *(given_.get(name, NAN) for name in names))


BASE = [100.0, 300.0, 200.0]
FULL = parts(
    base=BASE, history=[150, 250, 100], people=[10, 10, 20], people_target=[10, 10, 20], gdp=[50, 250, 400],
    gdp_target=[60, 300, 400], output=[10, 20, 5], benchmark=[10, 10, 40], potential=[20, 100, 60], cost=[300, 50, -10],
    manual=[90, 260, 190],
)  # fmt: skip

BY_HAND = {
    # 540 of 600: each × 0.9
    "equal_decline": [90, 270, 180],
    # 150 : 250 : 100 of 540 is 162, 270, 108
    "historical_share": [162, 270, 108],
    # burdens 100 × 5, 300 × 25, 200 × 20 = 500, 7,500, 4,000 of 12,000; a cut of 60 is 2.5, 37.5, 20
    "capability": [97.5, 262.5, 180],
    # 100, 200, 200 fit into 540 × 0.9 = 486 with the factor 0.972
    "benchmark": [97.2, 194.4, 194.4],
    # half way: own amounts × 0.9 = 90, 270, 180; equal 540 / 40 × people = 135, 135, 270
    "convergence_per_head": [112.5, 202.5, 225],
    # cheapest first: c at −10 gives all of the 60
    "least_cost": [100, 300, 140],
    "manual": [90, 260, 190],
}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_gives_its_amounts_by_hand(method: str):
    found = propose(
        540.0, FULL, "万t", [method], Settings(reserve=0.1, elasticity=1.0, convergence=0.5), decimals=1
    )
    [proposal] = found.proposals
    assert [line.amount for line in proposal.lines] == pytest.approx(BY_HAND[method], abs=1e-9)
    assert proposal.reserve == pytest.approx(540 - sum(BY_HAND[method]), abs=1e-9)


def test_every_column_of_a_line_by_hand():
    [proposal] = propose(540.0, FULL, "万t", ["equal_decline"], names={"a": "甲县"}).proposals
    line = proposal.lines[0]
    assert (line.part, line.amount, line.bound) == ("a", 90.0, "")
    assert line.share == pytest.approx(90 / 540)
    assert line.change == pytest.approx(-0.1)
    # amount per GDP: (90/60) / (100/50) = 0.75
    assert line.gdp_fall == pytest.approx(0.25)
    assert line.why_zh == "甲县:基期100 万t,与全体同比例变化-10.0%,核定90 万t。"
    assert line.why_en == "甲县: base 100 万t, changes at the common rate -10.0%, gets 90 万t."


def test_a_floor_that_binds_is_kept_and_said():
    bounds = (np.array([np.nan, np.nan, 200.0]), np.array([95.0, np.nan, np.nan]))
    [proposal] = propose(540.0, FULL, "万t", ["equal_decline"], bounds=bounds).proposals
    # 340 are left for a and b at 1 : 3, a keeps below its ceiling
    assert [line.amount for line in proposal.lines] == [85.0, 255.0, 200.0]
    assert [line.bound for line in proposal.lines] == ["", "", "floor"]
    assert "下限" in proposal.lines[2].why_zh


def test_a_method_without_its_data_is_listed_with_the_reason():
    found = propose(540.0, parts(base=BASE), "t")
    assert [proposal.method for proposal in found.proposals] == ["equal_decline"]
    assert set(found.unusable) == set(METHODS) - {"equal_decline"}
    assert "a:people" in found.unusable["convergence_per_head"]


@pytest.mark.parametrize(
    ("change", "method", "found"),
    [
        ({"manual": [90, 260, 180]}, "manual", "amounts that add up to 530"),
        ({"potential": [1, 2, 3]}, "least_cost", "potentials of 6"),
        ({"history": [0, 0, 0]}, "historical_share", "weights that are all zero"),
    ],
)
def test_data_that_cannot_carry_a_method_are_named(change: dict[str, list[float]], method: str, found: str):
    own = parts(base=BASE, people=[1, 1, 1], cost=[1, 1, 1], **change)
    assert found in propose(540.0, own, "t", [method]).unusable[method]


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        ({"floor": [6.0, 6.0]}, "floors that add up to 12"),
        ({"ceiling": [4.0, 4.0]}, "ceilings that add up to 8"),
        ({"floor": [5.0, 0.0], "ceiling": [4.0, 9.0]}, "a floor above its ceiling"),
        ({"weights": [1.0, -1.0]}, "a weight that is negative"),
        ({"weights": [1.0, np.nan]}, "a weight that is negative or no number"),
        ({"total": -1.0}, "a negative amount"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(keywords: dict[str, object], found: str):
    arguments = {"total": 10.0, "weights": [1.0, 1.0]} | keywords
    with pytest.raises(DafengError) as error:
        apportion(**arguments)  # type: ignore[arg-type]
    assert found in error.value.problems[0].found


WEIGHTS = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30)


@given(WEIGHTS, st.integers(0, 10**9), st.integers(0, 3), st.floats(0, 1), st.floats(1, 5))
def test_sums_are_exact_and_bounds_hold(
    weights: list[float], units: int, decimals: int, low: float, high: float
):
    total, w = units / 10**decimals, np.array(weights)
    even = total * w / w.sum()
    floor = np.floor(even * low * 10**decimals) / 10**decimals
    ceiling = np.ceil(even * high * 10**decimals) / 10**decimals
    found = apportion(total, w, floor, ceiling, decimals)
    assert int(np.rint(found * 10**decimals).sum()) == units
    assert (found >= floor - 1e-9).all()
    assert (found <= ceiling + 1e-9).all()


def test_a_floor_whose_breakpoint_is_rounded_leaves_its_part_open():
    assert apportion(80105823.7, [37137.51571815], 23557229.0, 168901812.0, 1).tolist() == [80105823.7]


@given(WEIGHTS, st.integers(1, 10**6), st.randoms(use_true_random=False), st.floats(0.1, 100))
def test_order_and_scale_of_the_weights_do_not_matter(weights: list[float], units: int, random, scale: float):
    order = list(range(len(weights)))
    random.shuffle(order)
    plain = apportion(float(units), weights)
    mixed = apportion(float(units), [weights[n] * scale for n in order])
    # a unit left over between equal remainders may go to another part
    assert np.abs(mixed - plain[order]).max() <= 1.0


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=10), st.floats(0.2, 2.0))
def test_one_county_more_of_no_weight_changes_nothing(base: list[float], scale: float):
    total = float(round(sum(base) * scale))
    assert apportion(total, [*base, 0.0])[:-1].tolist() == apportion(total, base).tolist()


def test_totals_of_many_years_are_shared_out_at_once():
    weights = np.arange(1.0, 14.0)
    found = apportion(np.arange(1000.0).reshape(10, 100), weights)
    assert found.shape == (10, 100, 13)
    assert (found.sum(axis=-1) == np.arange(1000.0).reshape(10, 100)).all()


def test_many_totals_give_what_each_gives_alone():
    totals, methods = [540.0, 600.0, 130.0, 700.0], tuple(METHODS)
    found = propose_many(totals, FULL, "万t", methods, Settings(0.1, 1.0, 0.5), decimals=1)
    assert [one.total for one in found] == totals
    for total, one in zip(totals, found, strict=True):
        alone = propose(total, FULL, "万t", methods, Settings(0.1, 1.0, 0.5), decimals=1)
        # the potentials (180) do not reach 130 of 600; set by hand is 540 alone
        assert one.as_dict() == alone.as_dict()
    assert [set(one.unusable) for one in found] == [set(), {"manual"}, {"manual", "least_cost"}, {"manual"}]


def test_one_total_that_makes_no_sense_refuses_all():
    with pytest.raises(DafengError) as error:
        propose_many([540.0, 0.0], FULL, "t")
    assert error.value.problems[0].where == "cascade:total"


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("part,base\na,ten\n", "p.csv:2:base", "ten"),
        ("part,base\na,1\na,2\n", "p.csv:3", "a"),
        ("part,base\na,-1\n", "p.csv:2:base", "-1"),
        ("base\n1\n", "p.csv:1", "no column part"),
        ("part,base,gpd\na,1,2\n", "p.csv:1", "gpd"),
    ],
)
def test_a_table_of_parts_names_each_bad_cell(tmp_path: Path, text: str, where: str, found: str):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DafengError) as error:
        read_basis(path)
    assert any(problem.where.startswith(where) and found in problem.found for problem in error.value.problems)


def test_a_table_of_parts_is_read_with_names_and_bounds(tmp_path: Path):
    path = tmp_path / "p.csv"
    path.write_text("part,name,base,floor\na,甲县,10,\nb,,20,5\n", encoding="utf-8")
    basis = read_basis(path)
    assert basis.names == {"a": "甲县", "b": "b"}
    assert basis.parts.base.tolist() == [10, 20]
    assert np.isnan(basis.floor[0])
    assert basis.floor[1] == 5


def test_the_rest_of_a_period_by_hand():
    # 0.9 after one of two years of an aim of 0.19: (0.81 / 0.9) = 0.9 is left
    assert required_annual_fall(0.19, 0.1, 1) == pytest.approx(0.1)
    assert required_annual_fall(0.19, 0.0, 2) == pytest.approx(0.1)
    assert required_annual_fall(0.1, 0.2, 3) < 0
    with pytest.raises(ValueError, match="one year left"):
        required_annual_fall(0.1, 0.0, 0)


def test_aims_of_the_nearest_level_are_in_force_from_their_issue_until_superseded():
    by_id = {aim.id: aim for aim in policy_aims()}
    assert by_id["national_15fyp_carbon"].annual == pytest.approx(1 - 0.83**0.2)
    found = aims_in_force("energy_per_gdp", "360400", 2023, date(2024, 1, 1))
    assert [aim.id for aim in found] == ["jiangxi_14fyp_energy", "jiangxi_14fyp_energy_stretch"]
    later = type(found[0])(**{name: getattr(found[0], name) for name in found[0].__slots__} | {"id": "own", "place": "360400", "issued": date(2023, 5, 1)})  # fmt: skip
    assert [aim.id for aim in aims_in_force("energy_per_gdp", "360400", 2023, date(2024, 1, 1), (*policy_aims(), later))] == ["own"]  # fmt: skip
    newer = type(later)(**{name: getattr(later, name) for name in later.__slots__} | {"id": "new", "supersedes": "own", "issued": date(2023, 9, 1)})  # fmt: skip
    both = (*policy_aims(), later, newer)
    assert [aim.id for aim in aims_in_force("energy_per_gdp", "360400", 2023, date(2023, 8, 31), both)] == [
        "own"
    ]
    assert [aim.id for aim in aims_in_force("energy_per_gdp", "360400", 2023, date(2023, 9, 1), both)] == [
        "new"
    ]
