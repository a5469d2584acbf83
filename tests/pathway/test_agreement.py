"""Contract: coverage is counted on provinces that the spread was not estimated on; growth beside EDGAR; ranks as wide as the ranges."""

import numpy as np
import pandas as pd
import pytest

from dafeng.pathway import agreement, growth_coverage, ranked, split_halves


def _units(spread: float, provinces: int = 20, inside: int = 12) -> pd.DataFrame:
    random = np.random.default_rng(7)
    return pd.DataFrame({
        "province": np.repeat([f"p{n}" for n in range(provinces)], inside),
        "ln_over_edgar": random.normal(0.0, spread, provinces * inside),
    })  # fmt: skip


def test_band_of_one_half_covers_the_other() -> None:
    found = split_halves(_units(0.4), splits=200)
    assert found is not None
    assert found.spread == pytest.approx(0.4, abs=0.05)
    assert 0.85 <= found.coverage <= 0.95
    assert found.low < found.coverage < found.high
    assert split_halves(_units(0.4), splits=200) == found


def test_half_is_of_provinces_and_not_of_units() -> None:
    """Two provinces at 0, two at 1: the band of a half with both kinds covers all; of the zeros alone it covers no one."""
    rows = pd.DataFrame({"province": list("aabbccdd"), "ln_over_edgar": [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]})  # fmt: skip
    found = split_halves(rows, splits=600)
    assert found is not None
    # of the six halves one is the two zeros (coverage 0), one the two ones (1), four are mixed (1)
    assert found.coverage == pytest.approx(5 / 6, abs=0.04)
    assert found.spread == pytest.approx((4 * 0.5**0.5 + 1.0) / 6, abs=0.04)
    assert split_halves(rows[rows["province"] != "a"]) is None
    assert split_halves(pd.DataFrame({"province": ["a"]})) is None


def test_a_bias_widens_the_band() -> None:
    rows = _units(0.1)
    biased = split_halves(rows.assign(ln_over_edgar=rows["ln_over_edgar"] + 0.5), splits=50)
    assert biased is not None
    assert biased.spread == pytest.approx((0.5**2 + 0.1**2) ** 0.5, abs=0.02)


def test_growth_by_hand() -> None:
    rows = pd.DataFrame({
        "edgar": [10.0, 10.0, 0.0, 10.0], "edgar_2024": [11.0, 13.0, 1.0, float("nan")], "growth_2024": [1.1, 1.1, 1.1, 1.1],
        "growth_2024_low": [1.0, 1.0, 1.0, 1.0], "growth_2024_high": [1.2, 1.2, 1.2, 1.2],
    })  # fmt: skip
    found = growth_coverage(rows, 2024)
    assert found is not None
    assert (found.units, found.coverage) == (2, 0.5)
    assert found.error == pytest.approx(np.log([1.1 / 1.1, 1.1 / 1.3]).mean())
    assert growth_coverage(rows, 2022) is None
    assert agreement(rows)[0] == 0


def test_a_later_year_is_that_of_the_level_carried_on() -> None:
    """10 Mt grown by 1.1 beside 5.5 Mt is 2, 10 beside 10 is 1; a unit without an estimate of the year does not count."""
    rows = pd.DataFrame({
        "province": list("abc"), "co2_base": [10.0, 10.0, 1.0], "growth_2022": [1.1, 1.0, 1.0], "edgar_2022": [5.5, 10.0, float("nan")],
        "ln_over_edgar": [0.0, 0.0, 0.0],
    })  # fmt: skip
    assert agreement(rows, 2022) == pytest.approx((2, 2**0.5, np.log(2) / 2**0.5))
    assert agreement(rows) == (3, 1.0, 0.0)
    four = pd.concat([rows.iloc[:2], rows.iloc[:2].assign(province=["c", "d"])], ignore_index=True)
    halves = split_halves(four, splits=600, year=2022)
    assert halves is not None
    # errors ln 2, 0, ln 2, 0: one half of six has both, one none, four have one (rms ln 2 / √2)
    assert halves.spread == pytest.approx((1 + 0 + 4 / 2**0.5) / 6 * np.log(2), abs=0.03)
    assert split_halves(rows, year=2022) is None


def test_ranks_are_as_wide_as_the_ranges_leave_them() -> None:
    rows = pd.DataFrame({
        "code": ["1", "2", "3", "4"], "status": ["done", "done", "done", "refused"],
        "B_no_plan_2020": [10.0, 9.0, 1.0, float("nan")], "B_no_plan_2020_low": [5.0, 4.0, 0.5, float("nan")],
        "B_no_plan_2020_high": [20.0, 18.0, 2.0, float("nan")],
    })  # fmt: skip
    order = ranked(rows).set_index("code")
    assert order["rank"].to_dict() == {"1": 1, "2": 2, "3": 3}
    assert order.loc["1", ["rank_first", "rank_last"]].tolist() == [1, 2]
    assert order.loc["2", ["rank_first", "rank_last"]].tolist() == [1, 2]
    assert order.loc["3", ["rank_first", "rank_last"]].tolist() == [3, 3]
    assert order.loc["1", "width"] == 4.0
