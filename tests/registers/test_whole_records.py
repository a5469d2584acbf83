"""Contract: child rows, personal values, files, search text and findings follow every change, correction and amendment; nothing is dropped in silence."""

import pytest
import xlsxwriter

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Filter,
    Grant,
    act,
    amend,
    attach,
    blank,
    change,
    conflicts,
    count,
    enter,
    evidence_of,
    find,
    history,
    import_file,
    read,
    settle,
    verify_chain,
)

STRAW = {
    "county": "990102", "crop": "rice_late", "year": 2025, "output": 1000, "grass_grain_ratio": 1, "collect_ratio": 0.8,
    "market": 300, "scattered": 100, "returned": 380, "moved_out": 0, "from_other_counties": 0,
}  # fmt: skip
FARMER = {
    "farmer_code": "F1",
    "name": "张三",
    "phone": "13800000000",
    "crop_name": "稻",
    "sown": 3,
    "yield_per_mu": 500,
    "fertiliser": 60,
}
SECOND = FARMER | {"farmer_code": "F2", "name": "李四", "phone": "13900000000"}
REGISTER = "straw_ledger"


def workbook(path, store, farmers, **more):
    """The file of a county: the ledger, and its sheet of farmers."""
    definition = store.book.latest(REGISTER)
    book = xlsxwriter.Workbook(str(path))
    main = STRAW | more
    for title, rows in (
        (definition.zh, [main]),
        (
            definition.child("farmers").zh,
            [{name: main[name] for name in definition.key} | farmer for farmer in farmers],
        ),
    ):
        sheet = book.add_worksheet(title[:31])
        for number, row in enumerate(
            [list(rows[0]), *(list(row.values()) for row in rows)] if rows else [[*definition.key, *FARMER]]
        ):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def farmers(store, actor, record=1):
    return {row["farmer_code"]: row for row in read(store, actor, REGISTER, record)["children"]["farmers"]}


def test_a_corrected_file_updates_and_adds_child_rows_and_takes_none_away(store, clerk, tmp_path):
    assert import_file(store, clerk, REGISTER, workbook(tmp_path / "1.xlsx", store, [FARMER])).new == 1
    again = import_file(
        store, clerk, REGISTER, workbook(tmp_path / "2.xlsx", store, [FARMER | {"sown": 4}, SECOND])
    )
    assert (again.updated, again.unchanged, again.problems) == (1, 0, [])
    assert {code: (row["sown"], row["phone"]) for code, row in farmers(store, clerk).items()} == {
        "F1": (4.0, "13800000000"),
        "F2": (3.0, "13900000000"),
    }
    without = import_file(store, clerk, REGISTER, workbook(tmp_path / "3.xlsx", store, []))
    assert (without.unchanged, len(farmers(store, clerk))) == (1, 2)
    phone = import_file(
        store,
        clerk,
        REGISTER,
        workbook(tmp_path / "4.xlsx", store, [FARMER | {"sown": 4, "phone": "13700000000"}]),
    )
    assert (phone.updated, farmers(store, clerk)["F1"]["phone"]) == (1, "13700000000")
    with store.reading() as connection:
        told = "".join(str(tuple(row)) for row in connection.execute(store.schema.shared.revision.select()))
    assert "13700000000" not in told
    assert verify_chain(store) == []


def test_child_rows_of_another_reporter_are_a_conflict_and_no_personal_value_is_kept_with_it(
    store, tmp_path, reviewer
):
    west, other = (
        Actor("west", (Grant("reporter", "990102"),)),
        Actor("other", (Grant("reporter", "990102"),)),
    )
    import_file(store, west, REGISTER, workbook(tmp_path / "1.xlsx", store, [FARMER]))
    receipt = import_file(
        store, other, REGISTER, workbook(tmp_path / "2.xlsx", store, [FARMER | {"sown": 7, "phone": "1"}])
    )
    assert (receipt.conflicts, receipt.unchanged) == (1, 0)
    [conflict] = conflicts(store, reviewer, REGISTER)
    ours, theirs = conflict.differing["farmers"]
    assert ([row["sown"] for row in ours], [row["sown"] for row in theirs]) == ([3.0], [7.0])
    assert "phone" not in theirs[0]
    settle(store, reviewer, REGISTER, conflict.id, "theirs", "电话核实")
    assert (farmers(store, reviewer)["F1"]["sown"], farmers(store, reviewer)["F1"]["phone"]) == (
        7.0,
        "13800000000",
    )


def test_a_change_replaces_the_child_rows_it_names_and_keeps_personal_values_it_does_not(store, clerk):
    done = enter(store, clerk, REGISTER, STRAW, children={"farmers": [FARMER]})
    seen = {name: value for name, value in FARMER.items() if name not in ("name", "phone")}
    change(store, clerk, REGISTER, done.id, {}, version=1, children={"farmers": [seen | {"sown": 9}]})
    assert (farmers(store, clerk)["F1"]["sown"], farmers(store, clerk)["F1"]["name"]) == (9.0, "张三")
    change(store, clerk, REGISTER, done.id, {"market": 310}, version=2)
    assert len(farmers(store, clerk)) == 1
    row = history(store, clerk, REGISTER, done.id)[1]
    assert [one["sown"] for one in row["before"]["children"]["farmers"]] == [3.0]
    assert [one["sown"] for one in row["after"]["children"]["farmers"]] == [9.0]


def test_what_people_search_finds_the_changed_text(store, clerk, storage):
    done = enter(store, clerk, "storage_projects", storage(name="旧名称电站"))
    change(store, clerk, "storage_projects", done.id, {"name": "新名称电站"}, version=1)
    assert count(store, clerk, "storage_projects", search="新名称电站") == 1
    assert count(store, clerk, "storage_projects", search="旧名称电站") == 0
    assert count(store, clerk, "storage_projects", search="新名") == 1, "shorter than a trigram"


def test_place_and_period_follow_the_fields_of_a_changed_record(store, clerk, storage):
    done = enter(store, clerk, "storage_projects", storage())
    change(store, clerk, "storage_projects", done.id, {"county": "990101"}, version=1)
    [row] = find(store, clerk, "storage_projects", filters=[Filter("region", "=", "990101")]).rows
    assert row["region"] == "990101"


def test_a_finding_closes_when_its_cause_is_mended_and_is_not_noted_twice(store, clerk):
    wrong = STRAW | {"market": 700}
    done = enter(store, clerk, REGISTER, wrong)
    [finding] = read(store, clerk, REGISTER, done.id)["findings"]
    assert (finding["rule"], finding["source"], finding["confirmed"]) == ("rate_within", "self", True)
    assert finding["inputs"]["market"] == 700.0
    change(store, clerk, REGISTER, done.id, {"sown_area": 1000}, version=1)
    assert len(read(store, clerk, REGISTER, done.id)["findings"]) == 1
    change(store, clerk, REGISTER, done.id, {"market": 300}, version=2)
    assert read(store, clerk, REGISTER, done.id)["findings"] == []


def test_an_amendment_takes_personal_values_child_rows_and_files_with_it(store, clerk, head, tmp_path):
    cells = {"plate_or_ship": "赣G12345", "kind": "light", "emission_standard": "stage3", "county": "990102"}
    known = {one.id for one in store.book.latest("old_vehicles_ships").fields}
    assert set(cells) <= known
    done = enter(store, clerk, "old_vehicles_ships", cells)
    new = amend(
        store, clerk, "old_vehicles_ships", done.id, {"emission_standard": "stage2"}, version=1, reason="更正"
    )
    assert read(store, clerk, "old_vehicles_ships", new.id)["plate_or_ship"] == "赣G12345"
    assert blank(store, head, "old_vehicles_ships", new.id, "本人要求") == 2, (
        "of the record and of the one it amends"
    )
    assert read(store, clerk, "old_vehicles_ships", done.id)["plate_or_ship"] is None

    proof = tmp_path / "p.pdf"
    proof.write_bytes(b"%PDF-1.4")
    unit = enter(store, clerk, "coal_units", {"unit_id": "U1", "capacity": 350, "county": "990102"})
    attach(store, clerk, "coal_units", unit.id, "evidence", proof, version=1)
    amended = amend(store, clerk, "coal_units", unit.id, {"capacity": 360}, version=2, reason="铭牌")
    assert [row["name"] for row in evidence_of(store, clerk, "coal_units", amended.id)] == ["p.pdf"]


def test_a_file_is_attached_not_typed(store, clerk):
    with pytest.raises(DafengError, match="attach files"):
        enter(
            store,
            clerk,
            "coal_units",
            {"unit_id": "U1", "capacity": 350, "county": "990102", "evidence": "proof.pdf"},
        )


def test_a_register_seen_with_two_roles_shows_commercial_values_where_each_may(store, operating):
    """A reporter of one county who reads the whole city sees the figures of firms of that county alone."""
    operating("A1", cycles=300, county="990101")
    operating("A2", cycles=900, county="990102")
    both = Actor("east", (Grant("reporter", "990101"), Grant("reader", "990100")))
    rows = {row["project_code"]: row for row in find(store, both, "storage_projects").rows}
    assert rows["A1"]["cycles"] == 300
    assert "cycles" not in rows["A2"]
    assert "cycles" not in read(store, both, "storage_projects", 2)
    assert [
        row["project_code"]
        for row in find(store, both, "storage_projects", filters=[Filter("cycles", ">", "1")]).rows
    ] == ["A1"]


@pytest.mark.parametrize(
    "use",
    [
        {"filters": [Filter("id", "=", "abc")]}, {"filters": [Filter("id", "=", "9" * 30)]}, {"filters": [Filter("power", ">", "nan")]},
        {"filters": [Filter("power", ">", "1e999")]}, {"filters": [Filter("name", "=", "a\x00b")]}, {"search": "a\x00b"}, {"search": "\ud800x"},
        {"after": '[{"a": 1}, 1]'}, {"after": "[1, 1e99]"}, {"after": "[" * 5000}, {"sort": "power", "after": '["x", 1]'}, {"sort": "name", "after": "[1, 1]"},
    ],
)  # fmt: skip
def test_no_filter_or_cursor_reaches_the_database_in_another_type(store, clerk, storage, use):
    enter(store, clerk, "storage_projects", storage())
    with pytest.raises(DafengError):
        find(store, clerk, "storage_projects", **use)


def test_filters_on_the_fields_of_every_record_work_on_both_databases(store, clerk, storage):
    enter(store, clerk, "storage_projects", storage())
    enter(store, clerk, REGISTER, STRAW)
    for text in (
        "id=1",
        "version>=1",
        "state in approved;building",
        "grade=B",
        "entered_by=clerk",
        "region=990102",
    ):
        assert len(find(store, clerk, "storage_projects", filters=[Filter.parse(text)]).rows) == 1, text
    assert len(find(store, clerk, REGISTER, filters=[Filter.parse("period=2025")]).rows) == 1


def test_a_huge_whole_number_is_refused_with_its_cell(store, clerk):
    with pytest.raises(DafengError, match="alliances:members"):
        enter(store, clerk, "alliances", {"members": "9" * 40})


def test_acts_stop_at_a_lock(store, head, reviewer):
    from dafeng.registers import accept, confirm, submit

    west = Actor("west", (Grant("reporter", "990102"),))
    done = enter(store, west, REGISTER, STRAW)
    first = next(
        step.id for step in store.book.latest(REGISTER).life_cycle.transitions if step.role == "reporter"
    )
    submit(store, west, REGISTER, "2025", "990102")
    with pytest.raises(DafengError, match="submitted"):
        act(store, west, REGISTER, done.id, first, version=1)
    accept(store, reviewer, REGISTER, "2025", "990102")
    confirm(store, head, REGISTER, "2025", ["990102"])
    with pytest.raises(DafengError, match="approved_above"):
        act(store, reviewer, REGISTER, done.id, first, version=1)


def test_a_coal_unit_with_a_misplaced_decimal_point_is_entered_with_a_finding(store, clerk):
    entered = enter(store, clerk, "coal_units", {"unit_id": "U9", "capacity": 105200, "county": "990102"})
    told = read(store, clerk, "coal_units", entered.id)["findings"]
    assert any("7000 MW" in str(one) for one in told)
    sound = enter(store, clerk, "coal_units", {"unit_id": "U8", "capacity": 1052, "county": "990102"})
    assert read(store, clerk, "coal_units", sound.id)["findings"] == []
