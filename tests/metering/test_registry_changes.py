"""Contract: a registry that would give stored readings another meaning is refused with each change, unless a person approves;
what does not touch them is taken, and shown."""

import pytest

from dafeng.evidence import DafengError
from dafeng.metering import enter_registry, operate, registry_from_rows
from dafeng.metering.store.registry_changes import registry_changes

from .conftest import point, reading

DAY = "2025-01-01T00:00"


def changed(rows, table, name, **fields):
    row = next(row for row in rows[table] if row["id"] == name)
    row.update(fields)
    return registry_from_rows(rows, "t", "360000")


def quantity(store, name="P1"):
    answer = operate(
        store, "rollup", {"by": "point", "period": "day", "first": "2025-01-01", "last": "2025-01-02"}
    )
    return next(row["quantity"] for row in answer["rows"] if row["group"] == name)


@pytest.mark.parametrize(
    ("table", "name", "fields"),
    [
        ("points", "P1", {"unit": "MWh"}), ("points", "P1", {"direction": "out"}), ("points", "P1", {"period": "30"}),
        ("points", "P1", {"object": "O2"}), ("points", "P1", {"medium": "heat", "unit": "GJ"}), ("objects", "O1", {"owner": "U2"}),
        ("units", "U1", {"county": "360403"}), ("points", "V1", {"formula": "P1 - P2"}),
    ],
)  # fmt: skip
def test_another_meaning_of_stored_readings_is_refused(store, send, rows, table, name, fields):
    """kWh to MWh multiplied all history by a thousand."""
    send(reading("P1", DAY, 5))
    rows["points"] = [row for row in rows["points"] if row["id"] in {"P1", "P2", "V1", "B1", "R1", "H1"}]
    before = quantity(store)
    if table == "points" and name == "P1" and set(fields) & {"period", "unit", "medium"}:
        rows["points"] = [row for row in rows["points"] if row["id"] != "V1"]
    with pytest.raises(DafengError, match="approve") as caught:
        enter_registry(store, changed(rows, table, name, **fields))
    assert f"{table}:{name}:{next(iter(fields))}" in str(caught.value)
    assert quantity(store) == before
    assert store.rows("SELECT max(version) AS n FROM registry") == [{"n": 1}]


def test_a_person_approves_the_mending_of_an_error(store, send, rows):
    send(reading("P1", DAY, 5))
    rows["points"] = [point("P1", unit="MWh", rated_max="1")]
    rows["meters"] = []
    assert enter_registry(store, registry_from_rows(rows, "t", "360000"), approve="王") == (2, 0)
    assert quantity(store) == 5000.0
    assert store.rows("SELECT approved FROM registry ORDER BY version") == [
        {"approved": None},
        {"approved": "王"},
    ]


def test_what_touches_no_reading_is_taken(store, send, rows):
    send(reading("P1", DAY, 5))
    changed(rows, "points", "P1", name_zh="总表", rated_max="900", valid_to="2026-01-01")
    changed(rows, "points", "B1", unit="MWh")  # has no reading yet
    rows["points"].append(point("P9", unit="MWh"))
    assert enter_registry(store, registry_from_rows(rows, "t", "360000"))[0] == 2
    assert quantity(store) == 5.0


def test_every_difference_is_shown(rows):
    before = registry_from_rows(rows, "t")
    rows["points"] = [row for row in rows["points"] if row["id"] != "H1"]
    after = changed(rows, "units", "U1", name_zh="甲厂二部")
    rows["points"].append(point("P9"))
    after = registry_from_rows(rows, "t")
    found = [tuple(change.as_dict().values()) for change in registry_changes(before, after)]
    assert found == [
        ("units", "U1", "name_zh", "甲厂", "甲厂二部"), ("points", "H1", "id", "H1", ""), ("points", "P9", "id", "", "P9"),
    ]  # fmt: skip


def chinese_of(error):
    return [problem.sentence("zh") for problem in error.value.problems]


def test_each_refusal_is_told_in_chinese_without_english_left(store, send, rows):
    send(reading("P1", DAY, 5))
    kept = [row for row in rows["points"] if row["id"] not in {"P3", "V1"}]
    others = [row for row in kept if row["id"] != "P1"]
    cases = [
        (kept[1:], [], "points:P1:id：读到“空，而 2025-01-01 至 2025-01-01 已有读数”，应为用 valid_to 停用的该测点；"),
        ([point("P1", valid_from="2025-02-01"), *others], [], "points:P1:valid_from：读到“2025-02-01，而 2025-01-01 至 2025-01-01 已有读数”，"),
        ([point("P1", valid_to="2024-12-31"), *others], [], "points:P1:valid_to：读到“2024-12-31，而 2025-01-01 至 2025-01-01 已有读数”，"),
        (kept, [{"id": "C", "point": "P1", "valid_from": "2025-01-01", "unit": "MWh"}],
         "changes:P1:valid_from：读到“unit 为 MWh，原为 kWh，自 2025-01-01 起，而读数已存到 2025-01-01”，"),
        ([point("P1", unit="MWh", rated_max=""), *others], [], "points:P1:unit：读到“MWh,原为 kWh”，应为不改变已入库读数的含义；请写入 changes.csv"),
    ]  # fmt: skip
    for points, changes, told in cases:
        with pytest.raises(DafengError) as caught:
            enter_registry(store, registry_from_rows(rows | {"points": points, "changes": changes}, "t"))
        assert [text for text in chinese_of(caught) if text.startswith(told)], chinese_of(caught)


@pytest.mark.parametrize("what", ["ratio", "gone", "event"])
def test_another_ratio_of_a_mounted_meter_needs_a_person(store, send, rows, what):
    """Ratio 10 to 1,000 in place multiplied all energy of the meter by a hundred, and nobody was asked."""
    rows["events"] = [
        {
            "id": "E1",
            "point": "R1",
            "at": "2025-01-01 01:00",
            "kind": "ratio",
            "ratio": "20",
            "register": "104",
        }
    ]
    assert enter_registry(store, registry_from_rows(rows, "t", "360000"))[1] == 0
    send(*(reading("R1", f"2025-01-01T{slot // 4:02}:{slot % 4 * 15:02}", 100 + slot) for slot in range(9)))
    assert quantity(store, "R1") == 4 * 10 + 4 * 20
    if what == "gone":
        rows["meters"][0] |= {"id": "M9", "ratio": "1000"}
    elif what == "event":
        rows["events"][0]["ratio"] = "30"
    else:
        rows["meters"][0]["ratio"] = "1000"
    other = registry_from_rows(rows, "t", "360000")
    with pytest.raises(DafengError, match="approve"):
        enter_registry(store, other)
    assert quantity(store, "R1") == 4 * 10 + 4 * 20
    assert enter_registry(store, other, approve="王")[1] == 4
