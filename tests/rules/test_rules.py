"""Contract: a rule is not valid on its end day; the nearest place decides as a whole and is named; no green by default.

Cases are worked out by hand: a rule of 2024 and its successor of 2025, a province and a city of it.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError, Problems
from dafeng.rules import (
    check_overlaps,
    check_spans,
    digest,
    in_force,
    judge,
    minute_of,
    minutes_between,
    months_of,
    on_list,
    place_chain,
    rows_at,
    turns,
    valid_rows,
)
from dafeng.tables import csv_place

OLD = {"id": "old", "valid_from": date(2024, 1, 1), "valid_to": date(2025, 1, 1), "region": "360000"}
NEW = {"id": "new", "valid_from": date(2025, 1, 1), "valid_to": None, "region": "360000"}
CITY = {"id": "city", "valid_from": date(2024, 6, 1), "valid_to": date(2025, 6, 1), "region": "360400"}


def rule(order: int, level: str, **bounds: object) -> dict[str, object]:
    base = {"lower": None, "lower_closed": False, "upper": None, "upper_closed": False}
    return {
        "rule_set": "gap", "order": order, "level": level, "statistic": "gap", **base, "valid_from": date(2024, 1, 1),
        "valid_to": date(2025, 1, 1), "source": "s", "confirmed": True, "region": None, **bounds,
    }  # fmt: skip


RULES = [
    rule(2, "yellow", lower=0.0, upper=0.1, upper_closed=True),
    rule(1, "red", lower=0.1),
    rule(3, "green", upper=0.0, upper_closed=True),
]


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2023, 12, 31), []), (date(2024, 1, 1), ["old"]), (date(2024, 12, 31), ["old"]), (date(2025, 1, 1), ["new"]),
        (date(2099, 1, 1), ["new"]),
    ],
)  # fmt: skip
def test_a_row_is_valid_from_its_first_day_and_not_on_its_end_day(day: date, valid: list[str]) -> None:
    assert [row["id"] for row in valid_rows([OLD, NEW], day)] == valid
    assert [row["id"] for row in valid_rows([OLD, NEW], day.isoformat())] == valid


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 999), st.integers(-1100, 1100))
def test_a_row_and_its_successor_never_hold_together(first: date, length: int, away: int) -> None:
    end, day = first + timedelta(length), first + timedelta(away)
    before, after = in_force(None, first, day), in_force(end, None, day)
    assert before + in_force(first, end, day) + after == 1


def test_a_day_is_needed() -> None:
    with pytest.raises(ValueError, match="day"):
        in_force(None, None, None)


def test_nothing_changes_between_turns() -> None:
    assert turns([OLD, NEW, CITY]) == (date(2024, 1, 1), date(2024, 6, 1), date(2025, 1, 1), date(2025, 6, 1))


def test_spans_and_overlaps_are_named_by_row() -> None:
    place, problems = csv_place("r.csv"), Problems()
    touching = [{**OLD, "_row": 2, "k": 1}, {**NEW, "_row": 3, "k": 1}]
    check_spans(touching, place, problems)
    check_overlaps(touching, ["k"], place, problems)
    assert not len(problems)
    check_overlaps([{**touching[0], "valid_to": date(2025, 1, 2)}, touching[1]], ["k"], place, problems)
    check_overlaps([{**touching[0], "valid_to": None}, touching[1]], ["k"], place, problems)
    check_spans([{**touching[0], "valid_to": date(2024, 1, 1)}], place, problems)
    assert [p.where for p in problems] == ["r.csv:3:valid_from", "r.csv:3:valid_from", "r.csv:2:valid_to"]


@pytest.mark.parametrize(
    ("place", "day", "ids", "at"),
    [
        ("360402", date(2024, 7, 1), ["city"], "360400"),
        ("360400", date(2025, 5, 31), ["city"], "360400"),
        ("360400", date(2025, 6, 1), ["new"], "360000"),
        ("360500", date(2024, 7, 1), ["old"], "360000"),
        ("110000", date(2024, 7, 1), [], ""),
        ("CN", date(2024, 7, 1), [], ""),
    ],
)
def test_the_nearest_place_decides_as_a_whole(place: str, day: date, ids: list[str], at: str) -> None:
    found = rows_at([OLD, NEW, CITY], place, day)
    assert ([row["id"] for row in found.rows], found.place) == (ids, at)
    assert found.of_another_place is (at not in ("", place))


def test_a_row_without_place_is_the_nations() -> None:
    assert rows_at([{**OLD, "region": ""}], "360400", "2024-05-01").place == "CN"
    assert place_chain("360400") == ("360400", "360000", "CN")
    assert place_chain("360000") == ("360000", "CN")


@pytest.mark.parametrize(
    ("gap", "level"), [(0.1000001, "red"), (0.1, "yellow"), (1e-9, "yellow"), (0.0, "green"), (-5, "green")]
)
def test_the_first_rule_in_order_whose_bounds_hold_decides(gap: float, level: str) -> None:
    verdict = judge(RULES, "gap", "360400", "intensity", date(2024, 3, 1), {"gap": gap})
    assert (verdict.level, verdict.rule, verdict.inputs, verdict.source) == (level, "gap", {"gap": gap}, "s")
    assert verdict.rule_digest == digest(sorted(RULES, key=lambda row: row["order"]))


def test_no_green_by_default() -> None:
    day = date(2024, 3, 1)
    assert judge(RULES, "gap", "x", "k", day, {}).level == "grey"
    assert judge(RULES[:2], "gap", "x", "k", day, {"gap": -1}).reason == "no rule fits the values"
    assert judge(RULES, "gap", "x", "k", date(2025, 1, 1), {"gap": 0}).level == "grey"
    assert judge(RULES, "gap", "x", "k", day, {"gap": 0}, grey="coverage 50 %").reason == "coverage 50 %"
    with pytest.raises(DafengError, match="gap"):
        judge(RULES, "other", "x", "k", day, {"gap": 0})


def test_an_unconfirmed_rule_makes_the_verdict_unconfirmed() -> None:
    rules = [RULES[0], {**RULES[1], "confirmed": False}]
    assert judge(rules, "gap", "x", "k", date(2024, 3, 1), {"gap": 0.5}).confirmed is False


def test_the_rules_of_the_city_replace_those_of_the_province() -> None:
    rules = [rule(1, "red", lower=0.1, region="360000"), rule(1, "yellow", lower=0.2, region="360400")]
    day = date(2024, 3, 1)
    city = judge(rules, "gap", "x", "k", day, {"gap": 0.15}, place="360402")
    assert (city.level, city.place, city.reason) == ("grey", "360400", "no rule fits the values")
    assert judge(rules, "gap", "x", "k", day, {"gap": 0.15}, place="360500").level == "red"
    assert "at 110000" in judge(rules, "gap", "x", "k", day, {"gap": 0.15}, place="110000").reason


def entry(code: str, region: str, start: str, end: str = "", **more: object) -> dict[str, object]:
    return {"list": "two_high", "code": code, "region": region, "valid_from": start, "valid_to": end,
            "source": f"{region}-{start}", "confirmed": True, **more}  # fmt: skip


TWO_HIGH = [
    entry("25", "CN", "2021-11-01"), entry("2511", "CN", "2021-11-01", confirmed=False),
    entry("3011", "360000", "2022-01-01", "2024-01-01"), entry("3012", "360000", "2024-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "place", "day", "listed", "at"),
    [
        ("C3011", "360400", "2023-12-31", True, "360000"),
        ("3011", "360400", "2024-01-01", False, "360000"),
        ("3012", "360400", "2024-01-01", True, "360000"),
        ("2511", "360400", "2023-06-01", False, "360000"),
        ("2511", "360400", "2021-12-31", True, "CN"),
        ("2511", "110000", "2023-06-01", True, "CN"),
        ("2511", "110000", "2021-10-31", None, ""),
    ],
)
def test_the_list_of_the_place_on_the_day(code: str, place: str, day: str, listed: bool, at: str) -> None:
    found = on_list(TWO_HIGH, "two_high", code, place, day)
    assert (found.listed, found.place) == (listed, at)


def test_an_entry_may_cover_the_codes_below_it() -> None:
    assert on_list(TWO_HIGH, "two_high", "C2512", "110000", "2023-06-01").listed is False
    covered = on_list(TWO_HIGH, "two_high", "C2512", "110000", "2023-06-01", by_prefix=True)
    assert (covered.listed, covered.row["code"], covered.confirmed) == (True, "25", True)
    longest = on_list(TWO_HIGH, "two_high", "2511", "110000", "2023-06-01", by_prefix=True)
    assert (longest.row["code"], longest.confirmed, longest.source) == ("2511", False, "CN-2021-11-01")
    assert on_list(TWO_HIGH, "other", "2511", "CN", "2023-06-01").listed is None


def test_months_and_minutes_of_a_tariff() -> None:
    assert months_of("1-3;7；12") == {1, 2, 3, 7, 12}
    assert minutes_between("23:30", "00:30").tolist() == [*range(1410, 1440), *range(30)]
    assert minutes_between("00:00", "24:00").tolist() == list(range(1440))
    assert minute_of("24:00") == 1440
    for wrong in ("24:01", "8", "08:60", "x"):
        with pytest.raises(ValueError, match=wrong):
            minute_of(wrong)
    with pytest.raises(DafengError, match="1-3;7;12"):
        months_of("0")
