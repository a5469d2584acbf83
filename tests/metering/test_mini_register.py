"""Contract: a register of two units, two points and two months, computed by hand: every column of every table of results.

U1 takes 1 kWh in each hour of January and February 2025, U2 1,000 and 2,000 m3 of gas. Factors, prices and budgets are round.
"""

import json
from datetime import date, timedelta

import pytest

from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Span,
    Store,
    check_readings,
    costs,
    flags,
    ingest_body,
    registry_from_rows,
    rollup,
    scores,
)
from dafeng.metering.judge.budgets import forecast, judge_budgets, share_until

from .conftest import point, reading

FIRST, LAST = date(2025, 1, 1), date(2025, 3, 1)


def factor(number, medium, quantity, value, unit, since="2025-01-01", until=""):
    return {
        "id": f"f{number}", "medium": medium, "quantity": quantity, "region": "U1" if medium == "electricity" else "U2",
        "valid_from": since, "valid_to": until, "value": value, "unit": unit, "set": "t", "source": "t", "confirmed": "yes",
    }  # fmt: skip


def tariff(number, band, begin, end, price, since, until=""):
    return {
        "id": f"t{number}", "medium": "electricity", "band": band, "months": "1-12", "from_time": begin, "to_time": end,
        "price": price, "price_unit": "yuan/kWh", "valid_from": since, "valid_to": until, "source": "t",
    }  # fmt: skip


CALORIFIC, EQUIVALENT = "coal_equivalent_calorific", "coal_equivalent_equivalent"
ROWS = {
    "units": [
        {"id": "U1", "name_zh": "甲", "sector": "industry", "county": "360402"},
        {"id": "U2", "name_zh": "乙", "sector": "buildings", "county": "360403"},
    ],
    "objects": [
        {"id": "O1", "owner": "U1", "name_zh": "甲", "kind": "site"}, {"id": "O2", "owner": "U2", "name_zh": "乙", "kind": "site"},
    ],
    "points": [
        point("E", period="60", valid_from="2025-01-01"),
        point("G", object="O2", medium="natural_gas", unit="m3", period="month", rated_max="", valid_from="2025-01-01"),
    ],
    "meters": [{"id": "M", "point": "E", "ratio": "1", "calibration_due": "2025-03-01", "valid_from": "2025-01-01 00:00"}],
    "factors": [
        factor(1, "electricity", CALORIFIC, "0.1", "kgce/kWh"), factor(2, "electricity", EQUIVALENT, "0.3", "kgce/kWh"),
        factor(3, "electricity", "co2", "0.5", "kgCO2/kWh"),
        factor(4, "natural_gas", CALORIFIC, "1.2", "kgce/m3"), factor(5, "natural_gas", EQUIVALENT, "1.2", "kgce/m3"),
        factor(6, "natural_gas", "co2", "2", "kgCO2/m3", until="2025-02-01"), factor(7, "natural_gas", "co2", "3", "kgCO2/m3", "2025-02-01"),
    ],
    "tariffs": [
        tariff(1, "valley", "00:00", "12:00", "0.3", "2025-01-01", "2025-02-15"),
        tariff(2, "peak", "12:00", "24:00", "0.9", "2025-01-01", "2025-02-15"),
        tariff(3, "flat", "00:00", "24:00", "0.5", "2025-02-15"),
    ],
    "budgets": [{
        "id": "b", "scope": "unit", "subject": "U1", "year": "2025", "quantity": CALORIFIC, "value": "0.73", "unit": "tce",
        "rule_set": "local", "source": "t", "grade": "A",
    }],
    "rules": [
        {"id": f"r{order}", "rule_set": "local", "order": str(order), "level": level, "statistic": "relative_gap", "lower": low,
         "upper": high, "upper_closed": "yes", "unit": "1", "valid_from": "2025-01-01", "source": "t", "confirmed": "yes"}
        for order, level, low, high in ((1, "red", "0.19", ""), (2, "green", "", "0.19"))
    ],
}  # fmt: skip


def send(store, *rows):
    return ingest_body(store, json.dumps(list(rows)).encode(), "json", Sending("t"))


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    with Store.create(
        tmp_path_factory.mktemp("mini") / "s.duckdb", registry_from_rows(ROWS, "t", "360000")
    ) as store:
        hours = [f"{FIRST + timedelta(days=day)}T{hour:02}:00" for day in range(59) for hour in range(24)]
        send(store, *(reading("E", start, 1) for start in hours))
        send(
            store,
            reading("G", "2025-01", 1000, period="month"),
            reading("G", "2025-02", 2000, period="month"),
        )
        yield store


def near(row):
    return {
        name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
        for name, value in row.items()
    }


def summed(unit, month, quantity, count, tce, equivalent, co2):
    electric = unit == "U1"
    minutes = count * (60 if electric else 43_200)
    return near({
        "group": unit, "bucket": f"2025-{month:02}", "medium": "electricity" if electric else "natural_gas", "quantity": quantity,
        "tce": tce, "tce_equivalent": equivalent, "tco2": co2, "tco2_scope1": 0.0 if electric else co2,
        "tco2_scope2": co2 if electric else 0.0, "readings": count, "covered": count, "expected": count, "coverage": 1.0,
        "read_minutes": minutes, "covered_minutes": minutes, "expected_minutes": minutes, "estimated": 0, "synthetic": 0, "quarantined": 0, "origin": "measured", "state": "counted", "as_of_batch": 1 if electric else 2,
    })  # fmt: skip


def test_sums_of_units_by_month(mini):
    """744 h × 1 kWh × 0.1, 0.3 kgce and 0.5 kg; the factor of gas changes on 1 February."""
    assert rollup(mini, Question(By.UNIT, Period.MONTH, FIRST, LAST)) == [
        summed("U1", 1, 744.0, 744, 0.0744, 0.2232, 0.372), summed("U1", 2, 672.0, 672, 0.0672, 0.2016, 0.336),
        summed("U2", 1, 1000.0, 1, 1.2, 1.2, 2.0), summed("U2", 2, 2000.0, 1, 2.4, 2.4, 6.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "groups"),
    [(By.COUNTY, ("360402", "360403")), (By.SECTOR, ("buildings", "industry")), (By.POINT, ("E", "G"))],
)
def test_every_group_has_the_same_total(mini, by, groups):
    rows = rollup(mini, Question(by, Period.YEAR, FIRST, LAST))
    assert tuple(row["group"] for row in rows) == groups
    assert sum(row["tce"] for row in rows) == pytest.approx(0.1416 + 3.6, rel=1e-12)
    assert sum(row["tco2"] for row in rows) == pytest.approx(0.708 + 8.0, rel=1e-12)


def test_costs_by_band(mini):
    """The two bands end on 15 February, on which the flat tariff begins: 14 days each."""
    expected = [("2025-01", "peak", 372.0, 334.8), ("2025-01", "valley", 372.0, 111.6), ("2025-02", "peak", 168.0, 151.2),
                ("2025-02", "flat", 336.0, 168.0), ("2025-02", "valley", 168.0, 50.4)]  # fmt: skip
    assert costs(mini, FIRST, LAST) == [
        near({
            "unit": "U1", "month": month, "medium": "electricity", "band": band, "quantity": quantity, "cost_yuan": cost,
            "readings": 744 if month == "2025-01" else 672, "synthetic": 0, "quantity_unit": "kWh",
            "expected": 744 if month == "2025-01" else 672, "coverage": 1.0,
            "covered_minutes": 44640 if month == "2025-01" else 40320, "expected_minutes": 44640 if month == "2025-01" else 40320,
        })
        for month, band, quantity, cost in expected
    ]  # fmt: skip


def test_the_verdict_on_a_budget(mini):
    """45 of 365 days: 0.09 tce of 0.73 are due, 1,080 h × 0.1 kg = 0.108 tce are used: a fifth too much."""
    (verdict,) = judge_budgets(mini, date(2025, 2, 14))
    assert (verdict.subject, verdict.kind, verdict.level, verdict.rule) == (
        "unit:U1",
        "budget",
        "red",
        "local",
    )
    assert (verdict.source, verdict.confirmed, verdict.reason) == ("t", True, "")
    assert dict(verdict.inputs) == near({
        "budget": "b", "quantity": CALORIFIC, "allowed": 0.73, "unit": "tce", "until": "2025-02-14", "coverage": 1.0, "estimated": 0,
        "origin": "measured", "budget_source": "t", "budget_grade": "A", "used": 0.108, "progress_budget": 0.09, "forecast": 0.876,
        "forecast_low": None, "forecast_high": None, "relative_gap": 0.2, "forecast_gap": 0.2,
    })  # fmt: skip


def test_a_forecast_within_a_month():
    """Ten a month, and a third of the tenth by 10 April: the year comes to 120, whatever part of April is over."""
    shares = [1 / 12] * 12
    for day in (3, 10, 21, 30):
        found = forecast([10, 10, 10, day / 3], shares, date(2025, 4, day))
        assert (found.used, found.total) == (pytest.approx(30 + day / 3), pytest.approx(120.0))
        assert (found.low, found.high) == (pytest.approx(120.0), pytest.approx(120.0))
        assert found.share == pytest.approx((3 + day / 30) / 12) == share_until(shares, date(2025, 4, day))


def test_scores_of_the_units(mini):
    span = Span(FIRST, LAST)
    check_readings(mini, span)
    (one,) = scores(mini, span, unit="U1")
    assert one == {
        "unit": "U1",
        "completeness": 1.0,
        "validity": 1.0 - 1416 / 2832,
        "timeliness": 0.0,
        "accuracy": 1.0,
        "score": (1.0 + 0.5 + 0.0 + 1.0) / 4,
        "estimated_share": 0.0,
        "weights": "equal",
        "origin": "measured",
    }  # fmt: skip - every reading is of the one run of equal values, and all came more than a day late
    assert [row["accuracy"] for row in scores(mini, Span(FIRST, date(2025, 3, 2)), unit="U1")] == [0.0]


@pytest.fixture
def begun(tmp_path):
    """A unit metered from 16 January, one until 15 February, by hour; a parent with a child, and a day's statement."""
    rows = {"units": ROWS["units"], "objects": ROWS["objects"]}
    rows["points"] = [
        point("A", period="60", valid_from="2025-01-16"),
        point("Z", object="O2", period="60", valid_from="2025-01-01", valid_to="2025-02-15"),
        point("C", period="60", valid_from="2025-01-16", use="sub", parent="A"),
    ]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        yield store


@pytest.mark.parametrize(
    ("period", "u1", "u2"),
    [
        (Period.MONTH, [16 * 24, 28 * 24], [31 * 24, 14 * 24]), (Period.YEAR, [44 * 24], [45 * 24]),
    ],
)  # fmt: skip
def test_a_unit_is_expected_from_its_first_day_to_the_day_before_its_last(begun, period, u1, u2):
    rows = rollup(begun, Question(By.UNIT, period, FIRST, LAST))
    assert [row["expected"] for row in rows if row["group"] == "U1"] == u1
    assert [row["expected"] for row in rows if row["group"] == "U2"] == u2


def test_days_at_which_a_unit_begins_and_ends(begun):
    days = rollup(begun, Question(By.UNIT, Period.DAY, date(2025, 1, 15), date(2025, 1, 17)))
    assert [(row["bucket"], row["expected"]) for row in days if row["group"] == "U1"] == [("2025-01-16", 24)]
    days = rollup(begun, Question(By.UNIT, Period.DAY, date(2025, 2, 14), date(2025, 2, 16)))
    assert [(row["bucket"], row["expected"]) for row in days if row["group"] == "U2"] == [("2025-02-14", 24)]
    assert send(begun, reading("Z", "2025-02-15T00:00", 1)).status == "refused"
    assert send(begun, reading("Z", "2025-02-14T23:00", 1)).status == "accepted"
    assert send(begun, reading("A", "2025-01-15T23:00", 1)).status == "refused"


@pytest.mark.parametrize(("child", "found"), [(96.0, None), (104.0, None), (106.0, (106.0, 100.0))])
def test_children_are_weighed_against_their_parent(begun, child, found):
    """5 % of the parent: 100 kWh a day bear children of 105."""
    hours = [f"2025-01-20T{hour:02}:00" for hour in range(24)]
    send(
        begun,
        *(reading("A", start, 100 / 24) for start in hours),
        *(reading("C", start, child / 24) for start in hours),
    )
    span = Span(date(2025, 1, 20), date(2025, 1, 21))
    check_readings(begun, span)
    rows = [row for row in flags(begun, span) if row["kind"] == "balance"]
    assert [(row["value"], row["expected"]) for row in rows] == (
        [] if found is None else [pytest.approx(found)]
    )


@pytest.mark.parametrize(
    ("hourly", "is_flagged"), [(104.9, False), (105.1, True), (94.9, True), (95.1, False)]
)
def test_a_statement_is_the_base_of_its_own_deviation(begun, hourly, is_flagged):
    """5 % of the statement of 100 kWh, not of the sum of the hours."""
    send(begun, *(reading("A", f"2025-01-20T{hour:02}:00", hourly / 24) for hour in range(24)))
    send(begun, reading("A", "2025-01-20", 100, period="day"))
    span = Span(date(2025, 1, 20), date(2025, 1, 21))
    check_readings(begun, span)
    assert [row["kind"] for row in flags(begun, span)].count("statement") == is_flagged
