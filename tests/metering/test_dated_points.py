"""Contract: what a point is holds from a day on; what was metered before keeps its meaning, a closed month keeps its bytes, a
verdict can be judged again as of its readings and its registry."""

import json

import pytest

from dafeng.evidence import DafengError
from dafeng.metering import Acceptance, enter_registry, operate, registry_from_rows

from .conftest import point, reading


def change(id_="c1", name="P1", since="2025-02-01", **fields):
    return {"id": id_, "point": name, "valid_from": since} | fields


def entered(store, rows, *changes, approve=None):
    rows["changes"] = list(changes)
    return enter_registry(store, registry_from_rows(rows, "t", "360000"), approve=approve)


def alone(rows, *names):
    """The registry with these points only: others are parts of a formula, and would have to change with them."""
    rows["points"] = [row for row in rows["points"] if row["id"] in names]
    if "R1" not in names:
        rows["meters"] = []
    return rows


def sums(store, by="point", period="month", first="2025-01-01", last="2025-04-01"):
    answer = operate(store, "rollup", {"by": by, "period": period, "first": first, "last": last})
    return {(row["group"], row["bucket"]): row for row in answer["rows"]}


@pytest.fixture
def rows(rows):
    return alone(rows, "P1", "B1", "R1")


def test_megawatt_hours_from_a_day_multiply_only_what_is_read_from_then_on(store, send, rows):
    entered(store, rows, approve="t")
    entered(store, rows, change(unit="MWh", rated_max="1"))
    send(reading("P1", "2025-01-31T23:45", 5), reading("P1", "2025-02-01T00:00", 0.2))
    found = sums(store)
    assert found["P1", "2025-01"]["quantity"] == 5.0
    assert found["P1", "2025-02"]["quantity"] == pytest.approx(200.0)
    assert found["P1", "2025-02"]["expected"] == 28 * 96
    assert found["P1", "2025-01"]["tce"] == pytest.approx(5 * 0.1229e-3)
    assert found["P1", "2025-02"]["tce"] == pytest.approx(200 * 0.1229e-3)
    # the rated maximum of each version holds: 0.3 MWh in a quarter is beyond 1 MWh an hour
    assert send(reading("P1", "2025-02-01T00:15", 0.3)).quarantined == 1
    assert send(reading("P1", "2025-01-31T00:15", 0.3)).quarantined == 0


def test_an_earlier_day_needs_a_person_and_moves_what_is_read_from_then_on(store, send, rows):
    entered(store, rows, approve="t")
    send(
        reading("P1", "2025-01-31T23:45", 5),
        reading("P1", "2025-02-01T00:00", 6),
        reading("P1", "2025-03-01T00:00", 7),
    )
    with pytest.raises(DafengError, match="changes:P1:valid_from") as caught:
        entered(store, rows, change(unit="MWh"))
    assert "approve" in str(caught.value)
    assert sums(store)["P1", "2025-03"]["quantity"] == 7.0
    entered(store, rows, change(unit="MWh"), approve="王")
    found = sums(store)
    assert [found["P1", f"2025-0{month}"]["quantity"] for month in (1, 2, 3)] == [5.0, 6000.0, 7000.0]
    # later by a month: February is kWh again; gone: all is
    entered(store, rows, change(unit="MWh", since="2025-03-01"), approve="王")
    assert [sums(store)["P1", f"2025-0{month}"]["quantity"] for month in (1, 2, 3)] == [5.0, 6.0, 7000.0]
    entered(store, rows, approve="王")
    assert [sums(store)["P1", f"2025-0{month}"]["quantity"] for month in (1, 2, 3)] == [5.0, 6.0, 7.0]
    assert store.rows("SELECT count(*) AS n FROM point WHERE id = 'P1'") == [{"n": 1}]


def test_an_amount_that_came_with_its_unit_stays_that_amount(store, send, rows):
    entered(store, rows, approve="t")
    send(reading("P1", "2025-02-01T00:00", 0.02, unit="MWh"), reading("P1", "2025-02-01T00:15", 3))
    entered(store, rows, change(unit="MWh"), approve="王")
    assert sums(store)["P1", "2025-02"]["quantity"] == pytest.approx(20 + 3000)
    rows["points"] = [
        point("P1", unit="MWh", rated_max=""),
        *rows["points"][1:],
    ]  # in place: an error of the registry
    entered(store, rows, approve="王")
    assert sums(store)["P1", "2025-02"]["quantity"] == pytest.approx(20 + 3000)


def test_another_owner_from_a_day_on(store, send, rows):
    entered(store, rows, approve="t")
    send(*(reading("P1", f"2025-0{month}-01T00:00", month) for month in (1, 2, 3)))
    entered(store, rows, change(object="O2", since="2025-03-01"), approve="王")
    by_unit, by_county = sums(store, "unit"), sums(store, "county")
    assert [by_unit["U1", f"2025-0{month}"]["readings"] for month in (1, 2, 3)] == [1, 1, 0]
    assert (by_unit["U2", "2025-03"]["quantity"], by_county["360403", "2025-03"]["quantity"]) == (3.0, 3.0)
    assert sums(store)["P1", "2025-03"]["quantity"] == 3.0
    answer = operate(store, "status", {})
    assert answer["points"] == 3


def test_another_owner_may_send_only_from_its_day_on(store, send, rows):
    entered(store, rows, approve="t")
    entered(store, rows, change(object="O2", since="2025-03-01"))
    mine = {"owners": frozenset({"U2"}), "acceptance": Acceptance.PARTIAL}
    early, late = reading("P1", "2025-02-28T23:45", 1), reading("P1", "2025-03-01T00:00", 1)
    receipt = send(early, late, **mine)
    assert (receipt.counts.new, receipt.counts.refused, receipt.problems[0].where) == (1, 1, "row 1:point")
    mine["owners"] = frozenset({"U1"})
    receipt = send(late, early, **mine)
    assert (receipt.counts.new, receipt.counts.refused) == (1, 1)


def test_another_period_from_a_day_on(store, send, rows):
    entered(store, rows, approve="t")
    entered(store, rows, change(period="60"))
    receipt = send(
        reading("P1", "2025-01-31T23:45", 1), reading("P1", "2025-02-01T00:00", 4), reading("P1", "2025-02-01T00:15", 9),
        acceptance=Acceptance.PARTIAL,
    )  # fmt: skip
    assert (receipt.counts.new, receipt.counts.refused) == (2, 1)
    found = sums(store)
    assert (found["P1", "2025-01"]["expected"], found["P1", "2025-02"]["expected"]) == (31 * 96, 28 * 24)
    with pytest.raises(DafengError, match="15 min"):  # the readings say otherwise
        entered(store, rows, change(period="60", since="2025-01-31"), approve="王")
    assert found == sums(store)


def test_a_month_from_a_day_on(store, send, rows):
    entered(store, rows, approve="t")
    entered(store, rows, change(period="month"))
    send(reading("P1", "2025-01-01T00:00", 1), reading("P1", "2025-02", 4))
    assert {key: row["quantity"] for key, row in sums(store).items() if key[0] == "P1"} == {
        ("P1", "2025-01"): 1.0, ("P1", "2025-02"): 4.0, ("P1", "2025-03"): None,
    }  # fmt: skip


def test_another_medium_from_a_day_on(store, send, rows):
    entered(store, rows, approve="t")
    entered(store, rows, change(medium="heat", unit="GJ"))
    send(reading("P1", "2025-01-31T00:00", 10), reading("P1", "2025-02-01T00:00", 10))
    found = sums(store, "medium")
    assert (found["electricity", "2025-01"]["quantity"], found["heat", "2025-02"]["readings"]) == (10.0, 1)
    assert sums(store)["P1", "2025-02"]["medium"] == "heat"


def test_registers_go_on_over_a_change(store, send, rows):
    """Energy over the day of a change is counted once, each period in the unit and by the owner of its day."""
    entered(store, rows, change(name="R1", object="O2"), approve="t")
    send(*(reading("R1", at, value) for at, value in (
        ("2025-01-31T23:30", 100), ("2025-02-01T00:30", 104),
    )))  # fmt: skip
    found = sums(store, "unit")
    assert (found["U1", "2025-01"]["quantity"], found["U2", "2025-02"]["quantity"]) == (20.0, 20.0)
    entered(store, rows, change(name="R1", object="O2", period="60"), approve="t")
    assert sums(store)["R1", "2025-02"]["readings"] == 0  # an hour is not whole yet
    send(reading("R1", "2025-02-01T01:00", 106))
    found = sums(store)
    assert (found["R1", "2025-01"]["quantity"], found["R1", "2025-02"]["quantity"]) == (20.0, 40.0)
    entered(store, rows, change(name="R1", since="2025-01-31", object="O2"), approve="t")
    assert sums(store, "unit")["U2", "2025-01"]["quantity"] == 20.0


def test_registers_in_another_unit_from_a_day_on(store, send, rows):
    """The register reads 5.2 MWh where it read 5,180 kWh: no fall, and no rise by a thousand."""
    rows["meters"][0]["register_max"] = "1000000"
    entered(store, rows, change(name="R1", unit="MWh", rated_max=""), approve="t")
    send(*(reading("R1", at, value) for at, value in (
        ("2025-01-31T23:30", 5180), ("2025-01-31T23:45", 5190), ("2025-02-01T00:00", 5.2), ("2025-02-01T00:15", 5.21),
    )))  # fmt: skip
    found = sums(store)
    assert found["R1", "2025-01"]["quantity"] == pytest.approx(200.0)  # two quarters of 10 × ratio 10
    assert found["R1", "2025-02"]["quantity"] == pytest.approx(100.0)
    assert store.rows("SELECT count(*) AS n FROM flag WHERE kind = 'register'") == [{"n": 0}]


def test_a_ratio_from_a_day_on_is_an_event(store, send, rows):
    entered(store, rows, approve="t")
    send(
        *(reading("R1", f"2025-02-01T00:{minute:02}", value) for minute, value in ((0, 1), (15, 2), (30, 3)))
    )
    assert sums(store)["R1", "2025-02"]["quantity"] == 20.0
    rows["events"] = [
        {"id": "e", "point": "R1", "at": "2025-02-01 00:15", "kind": "ratio", "ratio": "40", "register": "2"}
    ]
    entered(store, rows)
    assert sums(store)["R1", "2025-02"]["quantity"] == 50.0


def test_tariff_plan_from_a_day_on(store, send, rows):
    def tariff(id_, price, **more):
        return {
            "id": id_, "medium": "electricity", "band": "flat", "months": "1-12", "from_time": "00:00", "to_time": "24:00",
            "price": price, "price_unit": "yuan/kWh", "valid_from": "2024-01-01", "source": "t",
        } | more  # fmt: skip

    rows["tariffs"] = [tariff("a", "1"), tariff("b", "2", plan="大工业")]
    entered(store, rows, change(tariff="大工业", since="2025-01-16"), approve="t")
    send(
        reading("P1", "2025-01-15T00:00", 10),
        reading("P1", "2025-01-16T00:00", 10),
        reading("B1", "2025-01-16T00:00", 10),
    )
    found = {row["unit"]: row["cost_yuan"] for row in operate(store, "costs", {})["costs"]}
    assert found == {"U1": 30.0, "U2": 10.0}


def test_a_closed_month_keeps_its_bytes_and_its_sums(store, send, rows):
    entered(store, rows, approve="t")
    send(*(reading("P1", f"2025-0{month}-01T00:00", month) for month in (1, 2, 3)))
    closed = operate(store, "archive", {"month": "2025-01"})
    file = store.path.with_name(closed["file"])
    january = {"first": "2025-01-01", "last": "2025-02-01"}

    def published():
        live = [
            json.dumps(operate(store, "rollup", {"by": by, "period": period, **january}))
            for by in ("point", "unit", "county", "medium") for period in ("day", "month", "hour")
        ]  # fmt: skip
        return file.read_bytes(), live, operate(store, "published", {"month": "2025-01"})["sums"]

    before = published()
    for approve in (None, "王"):
        entered_after = entered(store, rows, change(unit="MWh", since="2025-02-01"), approve="王")
        assert entered_after
        assert published() == before
        for wrong in (
            [change(unit="MWh", since="2025-01-01")], [change(object="O2", since="2025-01-02")], [change(medium="heat", unit="GJ", since="2025-01-31")],
        ):  # fmt: skip
            with pytest.raises(DafengError, match=r"closed|approve"):
                entered(store, rows, *wrong, approve=approve)
            assert published() == before
    for name, fields in (
        ("unit", {"unit": "MWh"}),
        ("direction", {"direction": "out"}),
        ("valid_to", {"valid_to": "2025-01-20"}),
    ):
        altered = [point("P1", **fields), *rows["points"][1:]]
        with pytest.raises(DafengError, match="2025-01") as caught:
            entered(store, rows | {"points": altered}, approve="王")
        assert "reopen" in str(caught.value), name
        assert published() == before
    with pytest.raises(DafengError, match="2025-01"):
        entered(store, rows | {"points": rows["points"][1:]}, approve="王")
    factor = {
        "id": "f", "medium": "electricity", "quantity": "coal_equivalent_calorific", "region": "U1", "value": "0.3", "unit": "kgce/kWh",
        "set": "s", "source": "s", "confirmed": "yes",
    }  # fmt: skip
    for dated in (
        {},
        {"valid_from": "2025-03-01"},
    ):  # the nearest region decides: its factor takes away the province's
        with pytest.raises(DafengError, match="factors"):
            entered(store, rows | {"factors": [factor | dated]}, approve="王")
    assert published() == before
    operate(store, "archive", {"month": "2025-01", "reopen": True, "reason": "unit was wrong"})
    entered(store, rows, change(unit="MWh", since="2024-12-01"), approve="王")
    assert sums(store)["P1", "2025-01"]["quantity"] == 1000.0
    assert operate(store, "published", {"month": "2025-01"})["sums"] == before[2]


@pytest.mark.parametrize("day", ["2025-01-20", "2025-02-10", "2025-03-01"])
def test_the_first_day_of_a_change_moves_where_the_closed_month_keeps_its_meaning(store, send, rows, day):
    """March is closed and in MWh whether the unit changes in January or in February; the days between are not closed."""
    entered(store, rows, change(unit="MWh", since="2025-02-01"), approve="t")
    send(*(reading("P1", f"2025-{day}T00:00", 1) for day in ("01-10", "01-25", "02-05", "02-20", "03-05")))
    operate(store, "archive", {"month": "2025-03"})
    march = operate(
        store, "rollup", {"by": "point", "period": "day", "first": "2025-03-01", "last": "2025-04-01"}
    )
    entered(store, rows, change(unit="MWh", since=day), approve="t")
    found = sums(store, period="day")
    days = ("2025-01-10", "2025-01-25", "2025-02-05", "2025-02-20", "2025-03-05")
    assert [found["P1", one]["quantity"] for one in days] == [1000.0 if one >= day else 1.0 for one in days]
    assert (
        operate(
            store, "rollup", {"by": "point", "period": "day", "first": "2025-03-01", "last": "2025-04-01"}
        )
        == march
    )
    with pytest.raises(DafengError, match="2025-03"):
        entered(store, rows, change(unit="MWh", since="2025-03-10"), approve="t")


def test_a_point_that_ends_earlier_holds_back_what_came_after(store, send, rows):
    entered(store, rows, approve="t")
    send(reading("P1", "2025-01-31T00:00", 1), reading("P1", "2025-02-01T00:00", 2))
    altered = rows | {"points": [point("P1", valid_to="2025-02-01"), *rows["points"][1:]]}
    with pytest.raises(DafengError, match="points:P1:valid_to"):
        entered(store, altered)
    entered(store, altered, approve="王")
    found = sums(store)["P1", "2025-02"]
    assert (found["readings"], found["quarantined"], found["expected"]) == (0, 1, 0)
    assert operate(store, "quality", {"first": "2025-02-01", "last": "2025-02-02"})["validity"] == 1


def test_a_point_with_readings_that_is_gone_needs_a_person(store, send, rows):
    entered(store, rows, approve="t")
    send(reading("P1", "2025-01-31T00:00", 1))
    with pytest.raises(DafengError, match="points:P1:id"):
        entered(store, rows | {"points": rows["points"][1:]})


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": "P9", "unit": "MWh"}, "changes.csv:2:point"), ({"unit": "m3"}, "changes.csv:2:unit"), ({}, "changes.csv:2:unit"),
        ({"since": "2024-01-01", "unit": "MWh"}, "changes.csv:2:valid_from"), ({"since": "2023-01-01", "unit": "MWh"}, "changes.csv:2:valid_from"),
        ({"object": "O9"}, "changes.csv:2:object"), ({"since": "2025-02-02", "period": "month"}, "changes.csv:2:valid_from"),
        ({"name": "R1", "period": "day"}, "changes.csv:2:period"), ({"medium": "natural_gas"}, "changes.csv:2:unit"),
    ],
)  # fmt: skip
def test_what_a_change_must_be(rows, fields, where):
    rows["changes"] = [change(**fields)]
    with pytest.raises(DafengError) as caught:
        registry_from_rows(rows, "t")
    assert where in {problem.where.split("/")[-1] for problem in caught.value.problems}


def test_two_changes_of_one_day_are_refused(rows):
    rows["changes"] = [change(unit="MWh"), change("c2", rated_max="5")]
    with pytest.raises(DafengError, match="one change of a point a day"):
        registry_from_rows(rows, "t")


def test_parts_of_a_formula_change_together(store, send):
    from .conftest import ROWS

    rows = json.loads(json.dumps(ROWS))
    rows["points"] = [row for row in rows["points"] if row["id"] in {"P1", "P2", "V1"}]
    rows["meters"] = []
    with pytest.raises(DafengError, match="formula"):
        entered(store, rows, change(unit="MWh"), approve="t")
    entered(store, rows, *(change(name, name, unit="MWh") for name in ("P1", "P2", "V1")), approve="t")
    send(
        *(
            reading(name, f"2025-0{month}-01T00:00", 5 / 1000 ** (month > 1))
            for name in ("P1", "P2")
            for month in (1, 2)
        )
    )
    found = sums(store)
    assert (found["V1", "2025-01"]["quantity"], found["V1", "2025-02"]["quantity"]) == (
        10.0,
        pytest.approx(10.0),
    )
    assert found["V1", "2025-02"]["expected"] == 2 * 28 * 96
    assert found["V1", "2025-02"]["tce"] == pytest.approx(10 * 0.1229e-3)


@pytest.fixture
def judged(store, send, rows):
    rows["budgets"] = [{
        "id": "b", "scope": "unit", "subject": "U1", "year": "2025", "quantity": "coal_equivalent_calorific", "value": "1",
        "unit": "tce", "rule_set": "local", "source": "t", "grade": "C",
    }]  # fmt: skip
    rows["rules"] = [
        {
            "id": level, "rule_set": "local", "order": str(order), "level": level, "statistic": "relative_gap", "unit": "1",
            "valid_from": "2024-01-01", "source": "t", "confirmed": "yes",
        } | bounds for order, (level, bounds) in enumerate([("red", {"lower": "0"}), ("green", {"upper": "0", "upper_closed": "yes"})])
    ]  # fmt: skip
    rows["points"] = [
        point("P1", period="day", rated_max=""),
        *[row for row in rows["points"] if row["id"] == "B1"],
    ]
    rows["meters"] = []
    return rows


def test_a_verdict_is_reproduced_after_corrections_and_another_registry(store, send, judged):
    entered(store, judged, approve="t")
    days = [f"2025-01-{day:02}" for day in range(1, 32)]
    send(*(reading("P1", day, 10) for day in days))
    made = operate(store, "warn", {"on": "2025-01-31"})["verdicts"][0]
    send(*(reading("P1", day, 900) for day in days[5:9]))
    entered(store, judged, change(unit="MWh", since="2025-01-20"), approve="王")
    later = operate(store, "warn", {"on": "2025-01-31"})["verdicts"][0]
    assert (made["level"], later["level"]) == ("green", "red")
    assert later["inputs"]["used"] > 10 * made["inputs"]["used"] > 0
    for one in (made, later):
        again = operate(store, "verdict", {"verdict": one["id"]})
        assert (again["same"], again["differs"], again["again"]["level"]) == (True, [], one["level"])
        assert again["inputs"]["used"] == pytest.approx(one["inputs"]["used"])
    with pytest.raises(DafengError, match="verdict"):
        operate(store, "verdict", {"verdict": 99})


def test_a_verdict_is_reproduced_after_a_release(store, send, judged):
    judged["points"][0]["rated_max"] = "1"
    entered(store, judged, approve="t")
    send(*(reading("P1", f"2025-01-{day:02}", 10 if day > 2 else 90) for day in range(1, 32)))
    made = operate(store, "warn", {"on": "2025-01-31"})["verdicts"][0]
    operate(store, "release", {"point": "P1", "start": "2025-01-01", "person": "王", "reason": "checked"})
    assert (
        operate(store, "warn", {"on": "2025-01-31"})["verdicts"][0]["inputs"]["used"]
        != made["inputs"]["used"]
    )
    assert operate(store, "verdict", {"verdict": made["id"]})["same"]


def test_a_warning_states_what_decided_and_what_follows(store, send, judged):
    judged["rules"][0] |= {"consequence_zh": "约谈", "consequence_en": "summons"}
    entered(store, judged, approve="t")
    send(*(reading("P1", f"2025-01-{day:02}", 900) for day in range(1, 32)))
    (warning,) = operate(store, "warn", {"on": "2025-01-31"})["open"]
    assert (warning["statistic"], warning["lower"], warning["upper"]) == ("relative_gap", 0.0, None)
    assert warning["value"] > 10
    assert (warning["consequence_zh"], warning["consequence_en"]) == ("约谈", "summons")


def test_a_rule_set_that_is_not_in_force_in_the_year_is_named_at_the_entry(store, judged):
    from dafeng.metering import rules_out_of_force

    assert rules_out_of_force(registry_from_rows(judged, "t")) == []
    for row in judged["rules"]:
        row["valid_to"] = "2025-01-01"
    (notice,) = rules_out_of_force(registry_from_rows(judged, "t"))
    assert (notice["budget"], notice["year"], notice["rule_set"]) == ("b", 2025, "local")
