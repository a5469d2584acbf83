"""Contract: the parts of a scope add up to it and nothing is counted twice; share, rank and change are those computed by hand; a
change is stated only between the same points over days that both spans cover, otherwise the reason is; a scope holds the units of
its reader alone.
"""

import json
from datetime import date, timedelta

import pytest

from dafeng.evidence import DafengError
from dafeng.metering import Sending, Store, ingest_body, operate, registry_from_rows

from .conftest import point, reading

NOW, BEFORE, YEAR = date(2025, 3, 1), date(2025, 2, 19), date(2024, 3, 1)
DAYS = 10
SPAN = {"first": "2025-03-01", "last": "2025-03-11"}
TCE = 0.1229 / 1000  # of a kWh: GB/T 2589-2020, A.2

ROWS = {
    "units": [
        {"id": "U1", "name_zh": "甲厂", "sector": "industry", "industry": "2614", "county": "360402"},
        {"id": "U2", "name_zh": "乙楼", "sector": "buildings", "county": "360403"},
        {"id": "U3", "name_zh": "丙厂", "sector": "industry", "industry": "2614", "county": "360403"},
    ],
    "objects": [{"id": f"O{n}", "owner": f"U{n}", "name_zh": "厂区", "kind": "site"} for n in (1, 2, 3)],
    "points": [
        point("P1", period="day"), point("P3", period="day", use="sub", parent="P1"),
        point("X1", period="day", use="output", direction="out"), point("V1", period="day", kind="virtual", formula="P1 - P3", use="conversion"),
        point("B1", period="day", object="O2"), point("C1", period="day", object="O3", valid_from="2025-02-24"),
    ],
}  # fmt: skip


def days(name, first, value, numbers=range(DAYS)):
    return [reading(name, str(first + timedelta(days=n)), value, period="day") for n in numbers]


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    """Three units in two counties. By day: P1 100 (80 before, 50 a year before) of which P3 40, X1 given away a tenth of P1,
    B1 60 without the third day (50, on the third 500; 60 without two days), C1 30 from 24 February on."""
    with Store.create(tmp_path_factory.mktemp("d") / "s.duckdb", registry_from_rows(ROWS, "t", "360000")) as store:  # fmt: skip
        sent = []
        for begin, p1, b1, there in ((NOW, 100, 60, {*range(DAYS)} - {2}), (BEFORE, 80, 50, range(DAYS)), (YEAR, 50, 60, {*range(DAYS)} - {2, 3})):  # fmt: skip
            sent += days("P1", begin, p1) + days("P3", begin, 40) + days("X1", begin, p1 / 10)
            sent += days("B1", begin, b1, there)
        sent = [one for one in sent if (one["point"], one["start"]) != ("B1", "2025-02-21")] + days("B1", date(2025, 2, 21), 500, range(1))  # fmt: skip
        sent += days("C1", NOW, 30) + days("C1", date(2025, 2, 24), 30, range(5))
        assert ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t")).counts.new == len(sent)  # fmt: skip
        yield store


def parts(store, by, measure="quantity", **scope):
    found = operate(store, "drill", {"what": "parts", "parts": by, "measure": measure, **SPAN, **({"medium": "electricity"} if measure == "quantity" else {}), **scope})  # fmt: skip
    return found, {row["group"]: row for row in found["rows"]}


def test_every_column_of_the_units_is_as_computed_by_hand(mini):
    found, rows = parts(mini, "unit")
    assert list(rows) == ["U1", "U2", "U3"]
    assert [rows[one]["quantity"] for one in rows] == [
        900.0,
        540.0,
        300.0,
    ]  # X1 is taken off, P3 and V1 are in P1
    assert [rows[one]["share"] for one in rows] == pytest.approx([900 / 1740, 540 / 1740, 300 / 1740])
    assert [rows[one]["rank"] for one in rows] == [1, 2, 3]
    assert [rows[one]["coverage"] for one in rows] == [1.0, 0.9, 1.0]
    assert [rows[one]["state"] for one in rows] == ["counted"] * 3
    assert [rows[one]["tce"] for one in rows] == pytest.approx([900 * TCE, 540 * TCE, 300 * TCE])
    assert [rows[one]["tco2"] for one in rows] == pytest.approx([n * 0.5836 / 1000 for n in (900, 540, 300)])
    total = found["total"]
    assert (total["quantity"], total["coverage"], total["origin"]) == (1740.0, 39 / 40, "measured")
    assert found["spans"] == {
        "before": ["2025-02-19", "2025-03-01"],
        "year_before": ["2024-03-01", "2024-03-11"],
    }


def test_changes_are_of_like_with_like(mini):
    _, rows = parts(mini, "unit")
    assert rows["U1"]["before"] == {
        "change": pytest.approx(0.25),
        "why": None,
        "compared": 10,
        "of": 10,
    }  # 900 on 720
    assert rows["U1"]["year_before"]["change"] == pytest.approx(1.0)  # 900 on 450
    # nine days that both have: 540 on 450, not on 950
    assert rows["U2"]["before"] == {"change": pytest.approx(0.2), "why": None, "compared": 9, "of": 10}
    assert (rows["U2"]["year_before"]["change"], rows["U2"]["year_before"]["why"]) == (None, "part_then")
    assert (rows["U3"]["before"]["why"], rows["U3"]["year_before"]["why"]) == ("points", "none_then")


@pytest.mark.parametrize("measure", ["tce", "tco2", "quantity"])
@pytest.mark.parametrize("by", ["county", "sector", "unit", "medium"])
def test_parts_add_up_to_the_whole(mini, by, measure):
    found, rows = parts(mini, by, measure)
    assert sum(row[measure] for row in rows.values()) == pytest.approx(found["total"][measure], rel=1e-12)
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1.0)


def test_each_level_is_the_sum_of_the_one_below(mini):
    _, counties = parts(mini, "county")
    assert {one: row["quantity"] for one, row in counties.items()} == {"360402": 900.0, "360403": 840.0}
    assert (counties["360403"]["coverage"], counties["360403"]["rank"]) == (0.95, 2)
    assert counties["360403"]["before"]["why"] == "points"
    _, sectors = parts(mini, "sector", county="360403")
    assert {one: row["quantity"] for one, row in sectors.items()} == {"buildings": 540.0, "industry": 300.0}
    _, units = parts(mini, "unit", county="360403", sector="industry")
    assert {one: row["quantity"] for one, row in units.items()} == {"U3": 300.0}
    found, points = parts(mini, "point", unit="U1")
    assert {one: row["quantity"] for one, row in points.items()} == {"P1": 1000.0, "X1": -100.0}
    assert {row["group"]: row["quantity"] for row in found["apart"]} == {"P3": 400.0, "V1": 600.0}
    assert found["total"]["quantity"] == 900.0
    assert all("share" not in row for row in found["apart"])
    found, _ = parts(mini, "point", unit="U1", point="P3")
    assert found["total"]["quantity"] == 400.0


def test_a_scope_holds_the_units_of_its_reader_alone(mini):
    found, rows = parts(mini, "county", owners=["U3"])
    assert ({one: row["quantity"] for one, row in rows.items()}, found["total"]["quantity"]) == ({"360403": 300.0}, 300.0)  # fmt: skip
    assert parts(mini, "county", owners=[])[0]["rows"] == []
    flow = operate(mini, "drill", {"what": "flows", **SPAN, "owners": ["U3"]})
    assert {link["target"] for link in flow["links"]} == {"industry", "U3"}


def test_what_is_not_covered_is_neither_ranked_nor_compared(mini):
    span = {"first": "2025-03-01", "last": "2025-03-05"}  # three of four days of B1
    found = operate(mini, "drill", {"what": "parts", "parts": "unit", **span})
    rows = {row["group"]: row for row in found["rows"]}
    assert (rows["U2"]["state"], rows["U2"]["rank"], rows["U2"]["coverage"]) == ("grey", None, 0.75)
    assert rows["U2"]["before"]["why"] == "part_now"
    assert (rows["U1"]["rank"], rows["U3"]["rank"]) == (1, 2)


def test_the_course_by_day_and_month(mini):
    def course(period, **scope):
        asked = {"what": "course", "period": period, "measure": "quantity", "medium": "electricity", **SPAN} | scope  # fmt: skip
        return operate(mini, "drill", asked)["rows"]

    rows = course("day", unit="U1")
    assert [row["bucket"] for row in rows] == [f"2025-03-{n:02}" for n in range(1, 11)]
    assert [row["quantity"] for row in rows] == [90.0] * 10
    assert [row["before"]["change"] for row in rows] == pytest.approx([90 / 72 - 1, *[0.0] * 9])
    assert [row["year_before"]["change"] for row in rows] == pytest.approx([1.0] * 10)
    gap = course("day", unit="U2")
    assert [(row["quantity"], row["before"]["why"]) for row in gap[1:4]] == [(60.0, None), (None, "none_now"), (60.0, "none_then")]  # fmt: skip
    assert sum(row["quantity"] for row in course("day")[:2]) == 2 * (90 + 60 + 30)
    (month,) = course("month")
    assert (month["bucket"], month["quantity"], month["before"]["why"], month["year_before"]["why"]) == ("2025-03", 1740.0, "cut", "cut")  # fmt: skip
    (whole,) = course("month", first="2025-03-01", last="2025-04-01", unit="U1")
    assert (whole["quantity"], whole["state"], whole["before"]["why"]) == (900.0, "grey", "part_now")
    (point,) = course("year", first="2025-01-01", last="2026-01-01", unit="U1", point="P3")
    assert point["quantity"] == 800.0  # ten days in March and ten before


def test_months_of_unequal_length_are_compared_by_their_mean_day(tmp_path):
    rows = ROWS | {"points": [point("P1", period="day")], "objects": ROWS["objects"], "units": ROWS["units"]}
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        sent = days("P1", date(2025, 2, 1), 10, range(28)) + days("P1", NOW, 12, range(31))
        ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t"))
        asked = {"what": "parts", "parts": "unit", "first": "2025-03-01", "last": "2025-04-01"}
        (row,) = operate(store, "drill", asked)["rows"]
        assert (row["before"]["change"], row["before"]["compared"]) == (pytest.approx(0.2), 31)
        course = operate(store, "drill", {"what": "course", "period": "month", "first": "2025-02-01", "last": "2025-04-01"})  # fmt: skip
        assert [one["before"]["change"] for one in course["rows"]] == [None, pytest.approx(0.2)]


def test_a_statement_of_a_month_is_compared_over_whole_months_only(tmp_path):
    gas = point("G1", medium="natural_gas", unit="m3", period="month", rated_max="")
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(ROWS | {"points": [gas]}, "t", "360000")) as store:  # fmt: skip
        sent = [reading("G1", f"2025-{n:02}", value, period="month") for n, value in ((2, 280), (3, 620))]
        ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t"))

        def asked(first, last):
            values = {"what": "parts", "parts": "unit", "measure": "quantity", "medium": "natural_gas", "first": first, "last": last}  # fmt: skip
            (row,) = operate(store, "drill", values)["rows"]
            return row

        whole = asked("2025-03-01", "2025-04-01")
        assert (whole["quantity"], whole["coverage"]) == (620.0, 1.0)
        assert whole["before"]["change"] == pytest.approx(1.0)  # 20 a day on 10 a day
        assert asked("2025-02-20", "2025-03-02")["before"]["why"] in {"none_then", "statements"}
        assert whole["tce"] is None  # GB/T 2589-2020 has no default for natural gas
        values = {"what": "parts", "parts": "unit", "first": "2025-03-01", "last": "2025-04-01"}
        (row,) = operate(store, "drill", values)["rows"]
        assert (row["share"], row["rank"], row["before"]["why"]) == (None, None, "factor")


def test_a_gap_of_a_meter_leaves_statements_whole(tmp_path):
    """March of 31 days: 12 kWh but on the 7th, and 620 m3; February 10 kWh, and 280 m3. The 7th is left out of both; gas is not."""
    gas = point("G1", medium="natural_gas", unit="m3", period="month", rated_max="")
    rows = ROWS | {"points": [point("P1", period="day"), gas]}
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        sent = days("P1", NOW, 12, [n for n in range(31) if n != 6]) + days("P1", date(2025, 2, 1), 10, range(28))  # fmt: skip
        sent += [reading("G1", f"2025-{n:02}", value, period="month") for n, value in ((2, 280), (3, 620))]
        ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t"))
        asked = {"first": "2025-03-01", "last": "2025-04-01", "measure": "tco2"}
        (row,) = operate(store, "drill", {"what": "parts", "parts": "unit"} | asked)["rows"]
        power, burnt = 0.5836 / 1000, 21.621888 / 10_000
        assert row["tco2"] == pytest.approx(30 * 12 * power + 620 * burnt)
        assert row["coverage"] == pytest.approx((30 * 1440 + 43_200) / (31 * 1440 + 43_200))
        now, then = 12 * power + 620 / 31 * burnt, 10 * power + 280 / 28 * burnt
        assert row["before"] == {"change": pytest.approx(now / then - 1), "why": None, "compared": 30, "of": 31}  # fmt: skip
        course = operate(store, "drill", {"what": "course", "period": "day"} | asked)
        assert course["rows"][0]["tco2"] == pytest.approx(12 * power)  # the statement is not of the first day
        assert sum(one["tco2"] or 0 for one in course["rows"]) + course["beside"]["tco2"] == pytest.approx(row["tco2"])  # fmt: skip
        assert course["rows"][0]["before"]["change"] == pytest.approx(0.2)
        ingest_body(store, json.dumps([reading("G1", "2025-04", 1, period="month")]).encode(), "json", Sending("t"))  # fmt: skip
        (april,) = operate(store, "drill", {"what": "parts", "parts": "unit", "first": "2025-04-01", "last": "2025-05-01"})["rows"]  # fmt: skip
        assert april["before"]["why"] == "part_now"  # of electricity there is nothing


def test_each_node_gives_on_what_it_takes_in(mini):
    flow = operate(mini, "drill", {"what": "flows", "measure": "quantity", "medium": "electricity", **SPAN})
    assert {(link["source"], link["target"]): link["value"] for link in flow["links"]} == {
        ("360402", "industry"): 900.0, ("360403", "buildings"): 540.0, ("360403", "industry"): 300.0,
        ("industry", "U1"): 900.0, ("industry", "U3"): 300.0, ("buildings", "U2"): 540.0,
    }  # fmt: skip
    for sector in ("industry", "buildings"):
        taken = sum(link["value"] for link in flow["links"] if link["target"] == sector)
        assert taken == sum(link["value"] for link in flow["links"] if link["source"] == sector)
    own = operate(mini, "drill", {"what": "flows", "measure": "quantity", "unit": "U1", **SPAN})
    assert {(link["source"], link["target"]): link["value"] for link in own["links"]} == {("U1", "electricity"): 1000.0, ("electricity", "P1"): 1000.0}  # fmt: skip
    assert own["left_out"] == [{"group": "X1", "value": -100.0}]


def test_ends_beyond_the_largest_are_one(tmp_path):
    units = [{"id": f"U{n:02}", "name_zh": "厂", "sector": "industry", "county": "360402"} for n in range(15)]
    objects = [{"id": f"O{n:02}", "owner": f"U{n:02}", "name_zh": "厂区", "kind": "site"} for n in range(15)]
    points = [point(f"P{n:02}", object=f"O{n:02}", period="day") for n in range(15)]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows({"units": units, "objects": objects, "points": points}, "t", "360000")) as store:  # fmt: skip
        sent = [one for n in range(15) for one in days(f"P{n:02}", NOW, n + 1, range(1))]
        ingest_body(store, json.dumps({"readings": sent}).encode(), "json", Sending("t"))
        flow = operate(store, "drill", {"what": "flows", "measure": "quantity", "county": "360402", **SPAN})
    ends = {link["target"]: link["value"] for link in flow["links"]}
    assert (len(ends), flow["others"], ends["others"], ends["U14"]) == (13, 3, 1.0 + 2.0 + 3.0, 15.0)


def test_hours_leave_gaps_as_gaps(store, send):
    send(*[reading("H1", f"2025-03-01T{hour:02}:00", hour, period="60") for hour in range(24) if hour != 5])
    asked = {"what": "hours", "unit": "U1", "point": "H1", "first": "2025-03-01", "last": "2025-03-03"}
    found = operate(store, "drill", asked)
    assert [one["day"] for one in found["days"]] == ["2025-03-01", "2025-03-02"]
    assert found["days"][0]["hours"] == [0.0, 1.0, 2.0, 3.0, 4.0, None, *[float(hour) for hour in range(6, 24)]]  # fmt: skip
    assert found["days"][1]["hours"] == [None] * 24
    assert (found["medium"], found["coverage"]) == ("electricity", 23 / 48)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first": "2025-03-02", "last": "2025-03-02"}, "not before the first"),
        ({"first": "2015-03-02", "last": "2025-03-02"}, "366 days"),
        ({"first": "2010-01-01", "last": "2025-01-01"}, "120 whole months"),
        ({"first": "2025-13-02", "last": "2025-03-02"}, "a date"),
        ({"what": "hours", "first": "2024-01-01", "last": "2025-01-01", "medium": "electricity"}, "62 days"),
        ({"what": "hours", "first": "2025-01-01", "last": "2025-01-02"}, "one medium"),
        ({"what": "course", "first": "2020-01-01", "last": "2025-01-01"}, "by day"),
        ({"what": "course", "first": "2025-01-01", "last": "2025-01-02", "period": "week"}, "day, month"),
        ({"first": "2025-01-01", "last": "2025-01-02", "parts": "house"}, "county, sector"),
        ({"what": "all", "first": "2025-01-01", "last": "2025-01-02"}, "parts, course"),
    ],
)
def test_what_makes_no_sense_is_refused(mini, asked, said):
    with pytest.raises(DafengError, match=said):
        operate(mini, "drill", {"what": "parts"} | asked)
