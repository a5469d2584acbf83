"""Files of offices that broke the reading once: each is read, or its cell refused, and what was done is told."""

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.inventory import combustion_of, read_balance

COAL = 0.020908 * 26.37 * 0.94 * 44 / 12
TIDY = "项目,能源品种,年份,数值,单位"


def workbook(tmp_path, *lines, sheet="Sheet1"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(line)
    book.save(tmp_path / "b.xlsx")
    return tmp_path / "b.xlsx"


def text(tmp_path, *lines):
    (tmp_path / "b.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "b.csv"


def emitted(path):
    lines = combustion_of(read_balance(path), "guide2011").emissions
    return {(r, f): v for r, f, v in lines[["row", "fuel", "value"]].itertuples(index=False) if v}


def test_a_table_of_one_fuel_with_full_width_digits_and_a_year_in_chinese(tmp_path):
    path = workbook(
        tmp_path, ["江西省二〇二〇年能源平衡表"], ["项目", "原煤(万吨)"], ["2.工业", "１２３．５"]
    )
    assert emitted(path) == pytest.approx({("Industry", "Raw_Coal"): 123.5e4 * COAL})
    assert read_balance(path).cells[["region", "year"]].to_numpy().tolist() == [["江西", 2020]]
    path = text(tmp_path, "江西能源平衡表-2020,", '项目,"原煤(万吨)"', '2.工业,"1,234.5"')
    assert emitted(path) == pytest.approx({("Industry", "Raw_Coal"): 1234.5e4 * COAL})
    path = text(tmp_path, TIDY, "工业,原煤,二〇二一年,1,万吨")
    assert read_balance(path).cells["year"].tolist() == [2021]


def test_a_unit_on_a_line_of_its_own_is_that_of_all_columns(tmp_path):
    path = workbook(
        tmp_path, ["Energy Balance of Jiangxi (Standard Quantity) - 2020"], ["(10 000 tce)"],
        ["Item", "Raw Coal", "Natural Gas"], ["2. Industry", 71.43, 2],
    )  # fmt: skip
    found = emitted(path)
    assert found["Industry", "Raw_Coal"] == pytest.approx(
        71.43e4 * 0.0293076 * 26.37 * 0.94 * 44 / 12, rel=1e-4
    )
    assert found["Industry", "Natural_Gas"] == pytest.approx(
        2e4 * 0.0293076 * 15.3 * 0.99 * 44 / 12, rel=1e-4
    )


def test_a_formula_without_a_value_and_an_error_of_excel_are_no_blanks(tmp_path):
    """Both are refused with their cell: the reader of the grid returns them as empty."""
    path = workbook(
        tmp_path,
        ["江西能源平衡表-2020"],
        ["项目", "原煤(万吨)", "焦炭(万吨)"],
        ["工业", "#REF!", 1],
        ["乡村", "=1+2", 2],
    )
    balance = read_balance(path)
    assert {cell.where for cell in balance.refused} == {"Sheet1!B3", "Sheet1!B4"}
    assert "请重新计算或填写数值" in balance.refused[0].problem().sentence("zh")
    assert emitted(path) == pytest.approx(
        {("Industry", "Coke"): 28604.19, ("Rural", "Coke"): 2 * 28604.19}, rel=1e-5
    )


def test_a_cell_twice_with_one_value_counts_once_and_with_two_is_refused_with_both(tmp_path):
    path = text(tmp_path, TIDY, "工业,原煤,2020,5,万吨", "工业,原煤,2020,5,万吨")
    balance = read_balance(path)
    assert balance.refused == ()
    assert "repeated-cell" in {f.code for f in balance.findings}
    assert emitted(path) == pytest.approx({("Industry", "Raw_Coal"): 5e4 * COAL})
    path = text(tmp_path, TIDY, "工业,原煤,2020,5,万吨", "工业,原煤,2020,6,万吨")
    (cell,) = read_balance(path).refused
    for language in ("zh", "en"):
        told = cell.problem().sentence(language)
        assert "b.csv:3" in told
        assert "b.csv:2" in told
        assert "6 万吨" in told
        assert "5 万吨" in told


def test_a_mark_before_the_year_is_refused_and_no_crash(tmp_path):
    """① is a digit to Python and no number."""
    path = text(tmp_path, TIDY, "工业,原煤,①2020,5,万吨", "工业,焦炭,2020,1,万吨")
    assert [cell.where for cell in read_balance(path).refused] == ["b.csv:2:year"]


def test_brackets_of_accounting_are_a_sign(tmp_path):
    path = text(
        tmp_path, TIDY, "火力发电,原煤,2020,(25.5),万吨", "工业,焦炭,2020,1,万吨", "乡村,原煤,2020,(2.5),万吨"
    )
    assert emitted(path)["Thermal Power", "Raw_Coal"] == pytest.approx(25.5e4 * COAL)
    assert [cell.where for cell in read_balance(path).refused] == ["b.csv:4:value"]


def test_an_inventory_of_emissions_is_refused_by_its_unit(tmp_path):
    path = workbook(
        tmp_path, ["Emission_Inventory", "Raw Coal", "Coke", "Total"], ["unit", "mt CO2", "mt CO2", "mt CO2"],
        ["Total Consumption", 10, 2, 12], ["Construction", 4, 1, 5], sheet="Anhui2018",
    )  # fmt: skip
    with pytest.raises(DafengError) as caught:
        read_balance(path)
    (problem,) = caught.value.problems
    assert problem.where == "Anhui2018!B3:unit"
    assert "mt CO2" in problem.sentence("zh")
    assert "请提供能源平衡表" in problem.sentence("zh")
    assert "give the energy balance" in problem.sentence("en")
    with pytest.raises(DafengError) as caught:
        read_balance(workbook(tmp_path, ["姓名", "部门"], ["张三", "发改委"]))
    assert "没有能源平衡表" in caught.value.problems[0].sentence("zh")


def test_merged_group_headings_hidden_rows_notes_and_a_total_that_does_not_fit(tmp_path):
    """Groups over the fuels, notes below: read; a total above the sum of its rows is told and no row changes."""
    path = workbook(
        tmp_path, ["江西能源平衡表-2020"], ["", "煤", "", "石油"], ["项目", "原煤", "焦炭", "汽油"],
        ["", "(万吨)", "(万吨)", "(万吨)"], ["终端消费量", 150, 1, 2], ["工业", 5, 1, 2], ["城镇", 3, 0, 0],
        ["注:本表数据来自统计年鉴。"], ["资料来源:统计局"],
    )  # fmt: skip
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("B2:C2")
    book.active.row_dimensions[7].hidden = True
    book.save(path)
    found = emitted(path)
    assert found["Industry", "Raw_Coal"] == pytest.approx(5e4 * COAL)
    assert found["Urban", "Raw_Coal"] == pytest.approx(3e4 * COAL)
    codes = [f.code for f in combustion_of(read_balance(path), "guide2011").findings]
    assert codes.count("footnote") == 2
    assert "balance-identity" in codes
