"""Contract: proposed rows change a registry from their day on alone; who approves sees each cell before and after and the stored
readings that get another meaning; a point of another unit, a registry that moved on and an unconfirmed rewriting are refused.
"""

import pytest

from dafeng.evidence import DafengError
from dafeng.metering import load_registry, operate

from .conftest import reading

DAY = "2025-01-01T00:00"
LATER = {"valid_from": "2025-03-01", "unit": "MWh"}
TO_MWH = [{"point": name, **LATER, "note": "改接"} for name in ("P1", "P2", "P3", "V1")]
"""One unit for a point, its child and the sum that it is in: the registry takes them together alone."""


def weigh(store, rows, table="changes", unit="U1"):
    return operate(store, "weigh_proposal", {"unit": unit, "table": table, "rows": rows})


def enter(store, rows, version=1, table="changes", **more):
    values = {"unit": "U1", "table": table, "rows": rows, "version": version, "person": "王"}
    return operate(store, "enter_proposal", values | more)


def test_a_change_from_a_later_day_is_entered_with_who_approved_it(store, send):
    send(reading("P1", DAY, 5))
    found = weigh(store, TO_MWH)
    assert found["rewrites"] == []
    assert found["lines"][0] == {
        "point": "P1", "column": "unit", "since": "2025-03-01", "before": "kWh", "after": "MWh"
    }  # fmt: skip
    assert store.rows("SELECT max(version) AS n FROM registry") == [{"n": 1}]  # weighed and not entered
    assert enter(store, TO_MWH)["version"] == 2
    assert store.rows("SELECT approved FROM registry ORDER BY version DESC LIMIT 1") == [{"approved": "王"}]
    send(reading("P1", "2025-03-01T00:00", 0.005))
    days = operate(store, "rollup", {"by": "point", "period": "day"})["rows"]
    assert {row["bucket"]: row["quantity"] for row in days if row["group"] == "P1" and row["readings"]} == {
        "2025-01-01": 5.0, "2025-03-01": 5.0
    }  # fmt: skip


def test_another_meaning_of_stored_readings_is_confirmed_by_who_approves(store, send):
    send(reading("P1", "2025-03-02T00:00", 5))
    found = weigh(store, TO_MWH)
    assert any("2025-03-02" in one["zh"] and "P1" in one["zh"] for one in found["rewrites"])
    with pytest.raises(DafengError, match="确认"):
        enter(store, TO_MWH)
    assert store.registry().tables["changes"] == []
    assert enter(store, TO_MWH, confirmed=True)["version"] == 2


def test_an_owner_changes_with_the_object(store):
    row = {"point": "H1", "valid_from": "2025-03-01", "object": "O2"}
    lines = {one["column"]: (one["before"], one["after"]) for one in weigh(store, [row])["lines"]}
    assert lines == {"object": ("厂区 (O1)", "办公楼 (O2)"), "owner": ("甲厂 (U1)", "乙楼 (U2)")}
    enter(store, [row])
    with pytest.raises(DafengError, match="U1"):  # is another unit's from that day on
        weigh(store, [{"point": "H1", "valid_from": "2025-04-01", "rated_max": "900"}])


def test_a_ratio_changes_from_a_time_on(store):
    row = {"point": "R1", "at": "2025-03-01 08:00", "kind": "ratio", "ratio": "20", "register": "5"}
    [line] = weigh(store, [row], "events")["lines"]
    assert (line["before"], line["after"], line["since"]) == ("10", "20", "2025-03-01 08:00")
    enter(store, [row], table="events")
    [point] = [one for one in operate(store, "registry_of", {"unit": "U1"})["points"] if one["id"] == "R1"]
    assert point["ratio"] == 20.0


@pytest.mark.parametrize(
    ("proposed", "table", "told"),
    [
        ([{"point": "B1", **LATER}], "changes", "U1"),
        ([{"point": "P9", **LATER}], "changes", "P9"),
        ([{"point": "P1", **LATER}], "changes", "kWh"),  # its child stays in kWh
        ([{"point": "H1", "valid_from": "2025-03-01"}], "changes", "H1|valid_from|unit"),
        ([{"point": "H1", "valid_from": "soon", "unit": "MWh"}], "changes", "soon"),
        ([{"id": "X", "point": "H1", **LATER}], "changes", "id"),
        ([{"id": "M2", "point": "R1"}], "meters", "meters"),
        ([], "changes", "changes"),
    ],
)
def test_what_the_registry_does_not_take_is_refused(store, proposed, table, told):
    with pytest.raises(DafengError, match=told):
        weigh(store, proposed, table)


def test_a_registry_that_moved_on_is_looked_at_again(store):
    row = {"point": "H1", **LATER}
    enter(store, [row])
    with pytest.raises(DafengError, match="重看"):
        enter(store, [row | {"valid_from": "2025-06-01", "unit": "kWh"}], version=1)


def test_the_tables_are_written_for_the_case(store, tmp_path):
    enter(store, [{"point": "H1", **LATER}])
    told = operate(store, "write_registry", {"folder": str(tmp_path / "metering")})
    assert told["files"] == ["units.csv", "objects.csv", "points.csv", "changes.csv", "meters.csv"]
    found = load_registry(tmp_path / "metering", "360000")
    assert [row["id"] for row in found.tables["changes"]] == ["H1-20250301"]
