"""Contract: a file is checked whole, each problem with its cell; whole or partial; once; conflicts are kept; nothing runs."""

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Grant,
    conflicts,
    contested_registers,
    count,
    enter,
    export,
    find,
    history,
    import_file,
    near_duplicates,
    owner,
    packaged_book,
    preview,
    publish,
    read,
    settle,
    write_errors,
    write_template,
    write_xlsform,
)

REGISTER = "storage_projects"
HEAD = ["project_code", "name", "technology", "side", "power", "energy", "county", "connected_on"]
GOOD = ["A1", "示例一号", "磷酸铁锂", "电网侧", 100, 200, "990102", "2025-03-01"]


def workbook(path, rows, sheet="新型储能与调峰设施"):
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    book.close()
    return path


def changed(**cells):
    return [cells.get(name, cell) for name, cell in zip(HEAD, GOOD, strict=True)]


def test_a_template_is_read_back_as_it_is_handed_out(store, clerk, tmp_path):
    definition = packaged_book().latest(REGISTER)
    write_template(tmp_path / "t.xlsx", definition)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book[definition.zh]
    headings = [cell.value for cell in sheet[1]]
    sheet.append(
        [dict(zip(HEAD, GOOD, strict=True)).get(str(heading).split("\n")[1]) for heading in headings]
    )
    book.save(tmp_path / "filled.xlsx")
    receipt = import_file(store, clerk, REGISTER, tmp_path / "filled.xlsx")
    assert (receipt.new, receipt.problems) == (1, [])
    assert read(store, clerk, REGISTER, 1)["technology"] == "lfp"
    texts = [str(cell.value) for row in book["依据 trust"].iter_rows() for cell in row if cell.value]
    assert any("不是官方表式" in text for text in texts)
    assert sum("本系统假定" in text for text in texts) >= 5, "every assumption says so"


def test_every_problem_is_told_with_its_cell_in_both_languages(store, clerk, tmp_path):
    path = workbook(
        tmp_path / "f.xlsx",
        [
            HEAD,
            changed(power=-3),
            changed(project_code="A2", technology="锂"),
            changed(project_code="", county="360102"),
        ],
    )
    receipt = import_file(store, clerk, REGISTER, path)
    assert not receipt.stored
    places = {problem.where for problem in receipt.problems}
    sheet = "新型储能与调峰设施"
    assert {f"{sheet}!E2", f"{sheet}!C3", f"{sheet}!A4"} <= places
    for problem in receipt.problems:
        assert problem.sentence("zh")
        assert problem.sentence("en")
    assert count(store, clerk, REGISTER) == 0
    assert [one.where for one in preview(store, clerk, REGISTER, path)] == [
        one.where for one in receipt.problems
    ]


def test_partial_keeps_sound_rows_and_an_error_workbook_marks_the_others(store, clerk, tmp_path):
    path = workbook(tmp_path / "f.xlsx", [HEAD, GOOD, changed(project_code="A2", power=0)])
    receipt = import_file(store, clerk, REGISTER, path, mode="partial")
    assert (receipt.new, receipt.refused, receipt.stored) == (1, 1, True)
    write_errors(tmp_path / "errors.xlsx", path, packaged_book().latest(REGISTER), receipt.problems)
    book = openpyxl.load_workbook(tmp_path / "errors.xlsx")
    sheet = book.worksheets[0]
    marked = [
        cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFF8CBAD"
    ]
    assert marked == ["E3"]
    assert book["问题 problems"]["A2"].value.endswith("!E3")


def test_the_same_file_twice_gives_the_first_receipt(store, clerk, tmp_path):
    path = workbook(tmp_path / "f.xlsx", [HEAD, GOOD])
    first = import_file(store, clerk, REGISTER, path)
    again = import_file(store, clerk, REGISTER, path)
    assert (again.repeated, again.at, again.new) == (True, first.at, 1)
    assert count(store, clerk, REGISTER) == 1
    other = workbook(tmp_path / "saved again.xlsx", [HEAD, GOOD, []])
    third = import_file(store, clerk, REGISTER, other)
    assert (third.new, third.unchanged) == (0, 1) or third.repeated


def test_a_refused_file_may_come_again(store, clerk, tmp_path):
    path = workbook(tmp_path / "f.xlsx", [HEAD, GOOD, changed(project_code="A2", power=0)])
    assert not import_file(store, clerk, REGISTER, path).stored
    assert import_file(store, clerk, REGISTER, path, mode="partial").new == 1


def test_two_counties_that_list_one_project_are_a_conflict_side_by_side(store, tmp_path, reviewer):
    west, east = Actor("west", (Grant("reporter", "990102"),)), Actor("east", (Grant("reporter", "990101"),))
    import_file(store, west, REGISTER, workbook(tmp_path / "w.xlsx", [HEAD, GOOD]))
    receipt = import_file(
        store, east, REGISTER, workbook(tmp_path / "e.xlsx", [HEAD, changed(county="990101", power=120)])
    )
    assert (receipt.new, receipt.conflicts) == (0, 1)
    assert contested_registers(store) == {REGISTER}
    [conflict] = conflicts(store, reviewer, REGISTER)
    assert conflict.differing["power"] == (100.0, 120.0)
    assert (conflict.reported_by, conflict.source) == ("east", "e.xlsx!2")
    assert conflicts(store, Actor("other", (Grant("reporter", "990109"),)), REGISTER) == []
    settle(store, reviewer, REGISTER, conflict.id, "theirs", "现场核实")
    assert conflicts(store, reviewer, REGISTER) == []
    assert contested_registers(store) == set()
    assert read(store, reviewer, REGISTER, 1)["power"] == 120.0
    assert "conflict:theirs" in [row["act"] for row in history(store, reviewer, REGISTER, 1)], (
        "the other report is kept"
    )


def test_a_conflict_settled_again_by_its_request_is_settled_once(store, tmp_path, reviewer, clerk):
    west, east = Actor("west", (Grant("reporter", "990102"),)), Actor("east", (Grant("reporter", "990101"),))
    import_file(store, west, REGISTER, workbook(tmp_path / "w.xlsx", [HEAD, GOOD]))
    import_file(
        store, east, REGISTER, workbook(tmp_path / "e.xlsx", [HEAD, changed(county="990101", power=120)])
    )
    [conflict] = conflicts(store, reviewer, REGISTER)
    asked = (store, reviewer, REGISTER, conflict.id)
    first = settle(*asked, "theirs", "现场核实", request="click-1")
    again = settle(*asked, "theirs", "现场核实", request="click-1")
    assert (again.repeated, again.id, again.version) == (True, first.id, first.version)
    for choose, request in (("ours", "click-1"), ("ours", "click-2"), ("theirs", "")):
        with pytest.raises(DafengError):
            settle(*asked, choose, "另一人", request=request)
    acts = [row["act"] for row in history(store, reviewer, REGISTER, 1)]
    assert acts == ["enter", "change", "conflict:theirs"]


def test_a_settlement_that_fails_leaves_the_conflict_open(store, tmp_path, reviewer):
    west, east = Actor("west", (Grant("reporter", "990102"),)), Actor("east", (Grant("reporter", "990101"),))
    import_file(store, west, REGISTER, workbook(tmp_path / "w.xlsx", [HEAD, GOOD]))
    import_file(
        store, east, REGISTER, workbook(tmp_path / "e.xlsx", [HEAD, changed(county="990101", power=120)])
    )
    [conflict] = conflicts(store, reviewer, REGISTER)
    half = Actor("half", (Grant("reviewer", "990102"),))
    with pytest.raises(DafengError):  # the record would move to a county that is not theirs
        settle(store, half, REGISTER, conflict.id, "theirs", "现场核实", request="r")
    assert [one.id for one in conflicts(store, reviewer, REGISTER)] == [conflict.id]
    assert settle(store, half, REGISTER, conflict.id, "ours", "现场核实", request="r").version == 1


def test_a_corrected_file_of_the_same_reporter_updates_what_is_open(store, clerk, tmp_path):
    import_file(store, clerk, REGISTER, workbook(tmp_path / "1.xlsx", [HEAD, GOOD]))
    receipt = import_file(store, clerk, REGISTER, workbook(tmp_path / "2.xlsx", [HEAD, changed(power=110)]))
    assert (receipt.updated, receipt.conflicts) == (1, 0)
    assert read(store, clerk, REGISTER, 1)["power"] == 110.0


def test_a_file_that_fills_in_what_another_left_empty_contradicts_nothing(store, tmp_path):
    """The office asks, the body replies by a file: a reply is no conflict; another value than what is stored is one."""
    office, body = (
        Actor("office", (Grant("owner"),)),
        Actor("body", (Grant("reporter", organisation="市科技局"),)),
    )
    asked = {"task": "三(一)2", "title": "平台", "body": "市科技局", "role": "joint", "round": "2026H1", "due": "2026-07-15"}  # fmt: skip
    enter(store, office, "task_follow_up", asked)

    def reply(**cells):
        path = tmp_path / "reply.csv"
        row = asked | cells
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
        return import_file(store, body, "task_follow_up", path)

    done = reply(status="正常推进", progress="已建成3个")
    assert (done.updated, done.conflicts) == (1, 0)
    assert read(store, body, "task_follow_up", 1)["status"] == "on_track"
    done = reply(status="受阻", progress="已建成3个")
    assert (done.updated, done.conflicts) == (0, 1)


def test_near_duplicates_are_listed_and_never_merged(store, clerk, tmp_path):
    rows = [
        HEAD,
        changed(name="示例西县百兆瓦储能电站一期"),
        changed(project_code="A2", name="示例西县百兆瓦储能电站1期"),
        changed(project_code="A3", name="完全另外的一个项目"),
    ]
    import_file(store, clerk, REGISTER, workbook(tmp_path / "f.xlsx", rows))
    [pair] = near_duplicates(store, clerk, REGISTER)
    assert (pair.first, pair.second) == (1, 2)
    assert count(store, clerk, REGISTER) == 3


def test_a_key_twice_in_one_file_is_nobodys_guess(store, clerk, tmp_path):
    receipt = import_file(
        store, clerk, REGISTER, workbook(tmp_path / "f.xlsx", [HEAD, GOOD, changed(power=1)]), mode="partial"
    )
    assert (receipt.new, receipt.refused) == (0, 2)
    assert "row 2 has it" in receipt.problems[0].expected


@pytest.mark.parametrize("code", [123456789012345678.0, 1e15])
def test_a_code_that_lost_its_digits_as_a_number_is_refused(store, clerk, tmp_path, code):
    receipt = import_file(
        store, clerk, REGISTER, workbook(tmp_path / "f.xlsx", [HEAD, changed(project_code=code)])
    )
    [problem] = receipt.problems
    assert "format the column as text" in problem.mend


def test_credit_and_region_codes_are_checked(store, clerk, tmp_path):
    head = ["credit_code", "category", "name", "level", "county"]
    path = workbook(
        tmp_path / "f.xlsx",
        [head, ["919901000000000017", "绿色工厂", "甲", "省级", "99010"]],
        "绿色制造名录(绿色工厂、设计产品、园区、供应链)"[:31].replace("/", ""),
    )
    places = {
        problem.where.split("!")[1]
        for problem in import_file(store, clerk, "green_manufacturing", path).problems
    }
    assert {"A2", "E2"} <= places


def test_what_looks_like_a_formula_stays_text_both_ways(store, clerk, tmp_path):
    path = workbook(
        tmp_path / "f.xlsx", [HEAD, changed(name="=1+1"), changed(project_code="A2", name="@SUM(A1)")]
    )
    import_file(store, clerk, REGISTER, path)
    export(store, clerk, REGISTER, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text
    export(store, clerk, REGISTER, tmp_path / "out.xlsx")
    cells = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx")).get_sheet_by_index(0).to_python()
    assert "=1+1" in cells[1]
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    again = import_file(store, clerk, REGISTER, tmp_path / "out.csv")
    assert (again.unchanged, again.problems) == (2, [])


def test_a_bomb_is_not_unpacked(store, clerk, tmp_path, monkeypatch):
    monkeypatch.setattr("dafeng.registers.exchange.bounds.MOST_UNPACKED", 2**20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (2**20 + 1))
    with pytest.raises(DafengError, match="unpacks to"):
        import_file(store, clerk, REGISTER, path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"not a workbook", b"\xd0\xcf\x11\xe0" + b"\0" * 600]
)
@pytest.mark.parametrize("name", ["f.xlsx", "f.csv", "f.xls"])
def test_files_that_are_none_are_refused_by_name(store, clerk, tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DafengError):
        import_file(store, clerk, REGISTER, tmp_path / name)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, max_size=9), max_size=5))
def test_no_workbook_breaks_the_import(store, clerk, tmp_path, rows):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "新型储能与调峰设施"
    sheet.append(HEAD)
    for row in rows:
        sheet.append(
            [None if isinstance(cell, str) and any(ord(sign) < 32 for sign in cell) else cell for cell in row]
        )
    buffer = io.BytesIO()
    book.save(buffer)
    path = tmp_path / "fuzz.xlsx"
    path.write_bytes(buffer.getvalue())
    receipt = import_file(store, clerk, REGISTER, path, mode="partial")
    assert (
        receipt.new + receipt.refused + receipt.unchanged + receipt.conflicts + receipt.updated
        <= receipt.rows
        or receipt.repeated
    )


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (1_048_575, 400), (40_000, 500)])
def test_one_cell_far_out_fills_no_memory(store, clerk, tmp_path, row, column):
    """A reader fills the area up to the last cell: this one crashed the process."""
    book = xlsxwriter.Workbook(str(tmp_path / "far.xlsx"))
    sheet = book.add_worksheet("新型储能与调峰设施")
    sheet.write_row(0, 0, HEAD)
    sheet.write(row, column, "x")
    book.close()
    with pytest.raises(DafengError, match="delete the rows and columns beyond the data") as refused:
        import_file(store, clerk, REGISTER, tmp_path / "far.xlsx")
    assert f"row {row + 1:,}" in refused.value.problems[0].sentence("en")


def test_a_line_of_a_million_cells_is_refused_by_its_number(store, clerk, tmp_path):
    (tmp_path / "wide.csv").write_text(",".join(HEAD) + "\n" + "," * 1_000_000 + "\n", encoding="utf-8")
    with pytest.raises(DafengError, match=r"wide\.csv!2"):
        import_file(store, clerk, REGISTER, tmp_path / "wide.csv")


def test_a_code_that_a_spreadsheet_rounded_before_it_saved_the_csv_is_refused(store, clerk, tmp_path):
    (tmp_path / "e.csv").write_text(
        ",".join(HEAD) + "\n9.13604E+17,示例,lfp,grid,1,1,990102,\n", encoding="utf-8"
    )
    [problem] = import_file(store, clerk, REGISTER, tmp_path / "e.csv").problems
    assert problem.where == "e.csv!A2"
    assert "文本" in problem.sentence("zh")


def test_an_export_is_corrected_and_comes_back(store, clerk, tmp_path):
    from dafeng.registers import enter

    definition = store.book.latest("tech_and_talent")
    from dafeng.registers.exchange.example import example_records

    cells, children = example_records(definition)[0]
    done = enter(store, clerk, "tech_and_talent", cells, children=children)
    export(store, clerk, "tech_and_talent", tmp_path / "out.xlsx")
    again = import_file(store, clerk, "tech_and_talent", tmp_path / "out.xlsx")
    assert (again.problems, again.unchanged, again.new) == ([], 1, 0)
    assert {
        child: len(rows) for child, rows in read(store, clerk, "tech_and_talent", done.id)["children"].items()
    } == {child.id: len(children.get(child.id, [])) for child in definition.children}


def test_the_error_workbook_marks_child_sheets_too(store, clerk, tmp_path):
    definition = store.book.latest("capacity_swaps")
    child = definition.children[0]
    book = xlsxwriter.Workbook(str(tmp_path / "f.xlsx"))
    main, rows = book.add_worksheet(definition.zh[:31]), book.add_worksheet(child.zh[:31])
    main.write_row(0, 0, list(definition.key))
    main.write_row(1, 0, ["L1", 2025])
    rows.write_row(0, 0, [*definition.key, *child.key])
    rows.write_row(1, 0, ["L1", 2025, "never"])
    book.close()
    receipt = import_file(store, clerk, "capacity_swaps", tmp_path / "f.xlsx")
    write_errors(tmp_path / "e.xlsx", tmp_path / "f.xlsx", definition, receipt.problems)
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")[child.zh[:31]]
    assert [
        cell.coordinate for line in sheet.iter_rows() for cell in line if cell.fill.fgColor.rgb == "FFF8CBAD"
    ] == ["C2"]


def test_the_last_period_comes_back_whole(store, clerk, storage, monkeypatch):
    from dafeng.registers import last_period
    from dafeng.registers.exchange import exporting

    monkeypatch.setattr(exporting, "find", lambda *a, limit, **more: find(*a, limit=2, **more))
    for number in range(5):
        enter(store, clerk, REGISTER, storage(f"A{number}"))
    assert len(last_period(store, clerk, REGISTER)) == 5, "more than one page"


def test_forms_for_phones_compile_for_every_register(tmp_path):
    for register in ("straw_ledger", "storage_projects", "shore_power", "parks"):
        write_xlsform(tmp_path / f"{register}.xlsx", packaged_book().latest(register))
        names = CalamineWorkbook.from_path(str(tmp_path / f"{register}.xlsx")).sheet_names
        assert names == ["survey", "choices", "settings"]


def test_a_public_list_shows_what_counts_and_no_other_field(store, operating, clerk, storage, tmp_path):
    from dafeng.registers import enter

    operating("A1", cycles=300, name="<b>示例</b>")
    enter(store, clerk, REGISTER, storage("A2"))
    publish(store, owner(), REGISTER, tmp_path / "public")
    page = (tmp_path / "public" / f"{REGISTER}.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;示例&lt;/b&gt;" in page
    assert "A1" in page
    assert "A2" not in page
    assert "300" not in page
    assert len(find(store, clerk, REGISTER).rows) == 2


@pytest.mark.parametrize("register", sorted(packaged_book().editions))
def test_every_template_is_read_back_as_it_is_handed_out(tmp_path, register):
    """Sheet names lose signs that Excel does not take; headings carry unit and star."""
    from dafeng.registers.definition.cells import table_of_child, table_of_register
    from dafeng.registers.exchange.reading import header_problems, read_sent

    definition = packaged_book().latest(register)
    write_template(tmp_path / "t.xlsx", definition)
    tables = [
        table_of_register(definition),
        *(table_of_child(definition, one) for one in definition.children),
    ]
    sent = read_sent(tmp_path / "t.xlsx", tables)
    assert set(sent.sheets) == {table.name for table in tables}
    assert [problem for table in tables for problem in header_problems(sent.sheets[table.name], table)] == []


def test_a_clerk_sees_unit_star_and_counties_in_the_template(store, clerk, storage, tmp_path):
    from dafeng.registers import choices_in, enter

    enter(store, clerk, REGISTER, storage(county="990101"))
    lists = choices_in(store, clerk, REGISTER)
    assert lists["county"] == ["990101"]
    write_template(
        tmp_path / "t.xlsx",
        store.book.latest(REGISTER),
        lists={**lists, "name": [f"很长的名称{n}" for n in range(60)]},
    )
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book[store.book.latest(REGISTER).zh]
    headings = {str(cell.value).split("\n")[1]: cell for cell in sheet[1]}
    assert headings["power"].value == "功率(MW)*\npower"
    assert sheet.row_dimensions[1].height == 30
    sources = {str(one.sqref).split(":")[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert sources[f"{headings['county'].column_letter}2"] == '"990101"'
    assert sources[f"{headings['name'].column_letter}2"] == "'选项 lists'!$A$1:$A$60"
    assert book["选项 lists"].sheet_state == "hidden"
