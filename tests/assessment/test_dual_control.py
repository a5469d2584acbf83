"""Contract: deductions of dual control agree with closed forms, are dated, sourced and switchable; a green certificate counts once."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import Certificate, assessed_energy, read_certificates
from dafeng.evidence import DafengError

CASE = json.loads((Path(__file__).parent / "dual_control_deduction.json").read_text(encoding="utf-8"))
DAY, TEN_THOUSAND = date(2025, 12, 31), 1e4


def of_case(on=DAY, **more):
    return assessed_energy(
        CASE["total"] * TEN_THOUSAND, on, feedstock=CASE["feedstock"] * TEN_THOUSAND,
        new_renewable_kwh=CASE["new_renewable_power_1e8kWh"] * 1e8, rate=CASE["rate_gce_per_kWh"], **more,
    )  # fmt: skip


def test_the_closed_form_of_the_rule():
    assert of_case().assessed / TEN_THOUSAND == pytest.approx(
        CASE["expected_assessed"], abs=CASE["tolerance"]
    )


@pytest.mark.parametrize(
    ("without", "expected"),
    [((), 1041), (("feedstock",), 1191), (("new_renewable",), 1050), (("feedstock", "new_renewable"), 1200)],
)
def test_each_deduction_is_switched_by_itself(without, expected):
    found = of_case(without=without)
    assert found.assessed / TEN_THOUSAND == pytest.approx(expected)
    for one in found.deductions:
        assert one.applied == (one.id not in without)
        assert one.source
        assert one.trust == "R"


def test_a_deduction_holds_from_its_day():
    kwh = (Certificate("GEC1", 1e8, "甲"),)
    assert assessed_energy(1e6, date(2023, 12, 31), certificates=kwh).assessed == 1e6
    later = assessed_energy(1e6, DAY, certificates=kwh)
    assert later.assessed == pytest.approx(1e6 - 3e4)
    early = assessed_energy(1e6, date(2020, 12, 31), feedstock=1e5)
    assert (early.assessed, early.deductions[0].reason.en) == (1e6, "not in force on 2020-12-31")


def test_certificates_that_prove_the_new_power_are_not_deducted_twice():
    both = assessed_energy(1e6, DAY, new_renewable_kwh=1e8, certificates=[Certificate("GEC1", 1.5e8, "甲")])
    assert both.assessed == pytest.approx(1e6 - 3e4 - 1.5e4)
    alone = assessed_energy(
        1e6,
        DAY,
        new_renewable_kwh=1e8,
        certificates=[Certificate("GEC1", 1.5e8, "甲")],
        without=["new_renewable"],
    )
    assert alone.assessed == pytest.approx(1e6 - 4.5e4)


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (
            {"certificates": [Certificate("GEC1", 1, "甲"), Certificate("GEC1", 1, "乙")]},
            "重复使用:甲, 乙",
            "each certificate once",
        ),
        ({"feedstock": -1.0}, "非负的有限数", "a finite number of 0 or more"),
        ({"feedstock": float("nan")}, "非负的有限数", "a finite number of 0 or more"),
        ({"feedstock": 2e6}, "扣减不超过总量", "deductions within the total"),
        ({"without": ["coal"]}, "之一", "one of feedstock"),
    ],
)
def test_bad_input_is_refused_in_both_languages(arguments, zh, en):
    with pytest.raises(DafengError) as caught:
        assessed_energy(1e6, DAY, **arguments)
    [problem] = caught.value.problems
    assert zh in problem.sentence("zh")
    assert en in problem.sentence("en")


@given(st.floats(0, 1e5), st.floats(0, 1e8), st.floats(0, 1e8))
def test_switching_a_deduction_off_never_lowers_the_assessed_energy(feedstock, kwh, certified):
    def of(*without):
        listed = [Certificate("a", certified, "甲")]
        return assessed_energy(
            1e6, DAY, feedstock=feedstock, new_renewable_kwh=kwh, certificates=listed, without=without
        ).assessed

    for name in ("feedstock", "new_renewable", "green_certificates"):
        assert of(name) >= of() - 1e-6


def test_certificates_are_read_from_a_table(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("number,kwh,holder\nGEC1,1000,甲\n", encoding="utf-8")
    assert read_certificates(path) == [Certificate("GEC1", 1000.0, "甲")]
    path.write_text("number,kwh,holder\nGEC1,-1,甲\n", encoding="utf-8")
    with pytest.raises(DafengError, match=r"c\.csv:2:kwh"):
        read_certificates(path)
