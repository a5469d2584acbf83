"""Contract: what statistics print is read right, kinds never mix, and every listed alias is a unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.units import CANONICAL, canonical, convert, factor, is_unit, kind
from dafeng.units.parsing import aliases


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (42.5, "万千瓦", "MW", 425.0),
        (0.1, "亿吨", "万吨", 1000.0),
        (265, "万亩", "ha", 265e4 / 15),
        (9079.6, "万立方米", "m3", 9079.6e4),
        (1, "亿千瓦时", "GWh", 100.0),
        (1, "10^8 kWh", "TJ", 360.0),
        (1, "10^10 kJ", "GJ", 1e4),
        (1, "10^4 tce", "万吨标准煤", 1.0),
        (1, "万吨标准煤", "tce", 1e4),
        (1, "kgCO2/kWh", "tCO2/MWh", 1.0),
        (1, "吨标准煤/万元", "tce/CNY", 1e-4),
        (1, "tCO2/TJ", "kgCO2/GJ", 1.0),
        (1, "Mt CO2", "万吨二氧化碳", 100.0),
        (43, "%", "1", 0.43),
        (1, "kcal", "kJ", 4.1868),
        (1, "亿吨公里", "tkm", 1e8),
        (1, "yuan/kW", "CNY/MW", 1000.0),
        (5.0, "yuan/kW/yr", "CNY/MW/a", 5000.0),
        (10.0, "kWh/(m2·a)", "MWh/m2/a", 0.01),
        (1, "10^4 tons", "t", 1e4),
        (1, "10 000 tons", "t", 1e4),
        (1, "10⁴ t", "t", 1e4),
        (1, "10^8 cu.m", "m3", 1e8),
        (1, "100 million cu.m", "m3", 1e8),
        (1, "10⁸ m³", "m3", 1e8),
        (1, "100 million kWh", "GWh", 100.0),
        (1, "10 billion kJ", "TJ", 10.0),
        (1, "10¹⁰ kJ", "TJ", 10.0),
        (1, "10^4 tons of SCE", "tce", 1e4),
        (1, "万吨\uff08标准煤\uff09", "tce", 1e4),
        (1, "\uff11\uff10\uff3e\uff14\u3000\uff54", "t", 1e4),
        (1, "万\u3000吨", "t", 1e4),
    ],
)
def test_printed_units_are_read(value, unit, to, expected):
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("t", "tce"),
        ("tCO2", "tCO2e"),
        ("tCO2", "t"),
        ("MWh", "MW"),
        ("CNY", "USD"),
        ("tC", "tCO2"),
        ("tCH4", "tCO2e"),
    ],
)
def test_kinds_never_mix(unit, to):
    with pytest.raises(DafengError, match="a unit of the kind of"):
        convert(1.0, unit, to)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "万",
        "吨标准媒",
        "kw h r",
        "tCO2e//",
        "10^4",
        "/",
        "万吨(",
        "m4x",
        "million",
        "10 000",
        "10e4 t",
        "12 t",
    ],
)
def test_what_is_no_unit_is_refused(text):
    assert not is_unit(text)


@pytest.mark.parametrize("alias", sorted(aliases()))
def test_every_alias_is_a_unit_with_a_canonical_unit(alias):
    assert kind(canonical(alias)) == kind(alias)


@given(st.sampled_from(sorted(aliases())), st.floats(1e-9, 1e9))
def test_there_and_back(alias, value):
    there = convert(value, alias, canonical(alias))
    assert convert(there, canonical(alias), alias) == pytest.approx(value, rel=1e-12)


def test_canonical_units_are_their_own_canonical_unit():
    assert [canonical(unit) for unit in CANONICAL] == list(CANONICAL)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("kWh/(m2·a)", "MWh/(m2·a)"), ("km/(vehicle·a)", "km/(vehicle·a)"), ("吨标准煤/万元", "tce/CNY")],
)
def test_quotients_have_canonical_parts(unit, expected):
    assert canonical(unit) == expected
    assert kind(expected) == kind(unit)


def test_a_multiplier_scales():
    assert factor("亿吨", "万吨") == pytest.approx(1e4)
    assert factor("万亿元", "亿元") == pytest.approx(1e4)


@pytest.mark.parametrize("word", ["nan", "NAN", "inf", "infinity", "e", "万nan", "10^4 inf"])
def test_a_word_that_means_a_number_is_no_unit(word: str) -> None:
    assert not is_unit(word)
