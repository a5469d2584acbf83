"""Contract: a title names its smallest place, or none; codes stand once and lead to the bundled parent."""

import pytest

from dafeng.case import bundled, load
from dafeng.case.places import parent_of, place_in, places


def test_codes_are_well_formed():
    assert len(places()) > 3000
    assert all(len(code) == 6 and code.isdigit() and name for code, name in places().items())
    assert sum(code.endswith("0000") for code in places()) == 31


def test_names_agree_with_the_bundled_cases():
    for name in bundled():
        for part in load(name).city.counties:
            assert places()[part.code] == part.name_zh


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("九江市碳达峰实施方案", "360400"),
        ("江西省碳达峰实施方案", "360000"),
        ("江西省人民政府关于印发江西省碳达峰实施方案的通知", "360000"),
        ("上海市崇明区碳达峰实施方案", "310151"),
        ("上海市碳达峰实施方案", "310000"),
        ("江苏省南京市鼓楼区碳达峰行动方案", "320106"),
        ("内蒙古自治区碳达峰实施方案", "150000"),
        ("恩施土家族苗族自治州碳达峰实施方案", "422800"),
        ("工业领域碳达峰实施方案", None),
        ("鼓楼区碳达峰实施方案", None),
        ("2030年前碳达峰行动方案", None),
        ("", None),
    ],
)
def test_titles(title, code):
    found = place_in(title)
    assert (found and found.code) == code


def test_parents():
    assert [parent_of(code) for code in ("360400", "360429", "360000", "440300")] == [
        "regions/360000",
        "jiujiang",
        None,
        None,
    ]
