"""Rates that a balance implies, by hand: what lies outside its range changes grade and range, and no value."""

import pytest
from tests.inventory.test_hostile_balances import TIDY, text

from dafeng.inventory import combustion_of, implied_rates, read_balance


def balance(tmp_path, power="10", heat="800", coke="72"):
    return read_balance(
        text(
            tmp_path, f"地区,{TIDY}", "江西,火力发电,原煤,2020,-40,万吨", f"江西,火力发电,电力,2020,{power},亿千瓦时",
            "江西,供热,原煤,2020,-5,万吨", f"江西,供热,热力,2020,{heat},万百万千焦", "江西,炼焦,洗精煤,2020,-100,万吨",
            f"江西,炼焦,焦炭,2020,{coke},万吨",
        )
    )  # fmt: skip


def test_the_rates_of_power_heat_and_coking(tmp_path):
    """40 × 0.7143 万tce over 10 亿kWh; 5 × 0.7143 万tce over 8 PJ; 72 of 100 万t."""
    found = implied_rates(balance(tmp_path).cells).set_index("id")["value"].to_dict()
    assert found == pytest.approx({"power": 285.72, "heat": 4.464375, "coke": 0.72}, rel=1e-6)


@pytest.mark.parametrize(
    ("off", "told"),
    [({"power": "1"}, "火力发电煤耗 2.86e+03,230–455 gce/kWh"), ({"coke": "33"}, "炼焦成焦率 0.33,0.57–0.86 t/t"), ({"heat": "40"}, "供热煤耗 89.3,34–66 kgce/GJ"), ({}, "")],
)  # fmt: skip
def test_a_rate_that_no_balance_has_is_told_with_place_and_limits(tmp_path, off, told):
    usual = {"heat": "80"}
    sound, doubtful = (combustion_of(balance(tmp_path, **usual | more), "guide2011") for more in ({}, off))
    found = [finding for finding in doubtful.findings if finding.code == "balance-implied-rate"]
    assert [told in finding.zh and "江西 2020" in finding.zh for finding in found] == [True] * bool(told)
    assert all("outside" in finding.en and "grade D" in finding.en for finding in found)
    assert not any(finding.code == "balance-implied-rate" for finding in sound.findings)
    assert doubtful.emissions["value"].sum() == pytest.approx(sound.emissions["value"].sum())


def test_cells_that_rest_on_a_doubtful_rate_take_its_grade_and_distance(tmp_path):
    """5 × 0.7143 万tce over 4 PJ is 89.3, 35 % above 66; coal has 5 % of its own beside."""
    sound, doubtful = (
        combustion_of(balance(tmp_path, heat=heat), "guide2011").emissions.set_index("row") for heat in ("80", "40")
    )  # fmt: skip
    assert doubtful.loc["Heating Supply", "grade"] == "D"
    own = sound.loc["Heating Supply", "half_width"] ** 2 - 0.05**2
    off = 5e4 * 0.7143 / 4e5 * 1e3 / 66 - 1
    assert doubtful.loc["Heating Supply", "half_width"] == pytest.approx((own + off**2) ** 0.5, rel=1e-3)
    assert doubtful.loc["Thermal Power", ["grade", "half_width"]].equals(
        sound.loc["Thermal Power", ["grade", "half_width"]]
    )


def test_no_rate_without_input_and_output(tmp_path):
    assert implied_rates(read_balance(text(tmp_path, TIDY, "火力发电,原煤,2020,-40,万吨")).cells).empty
