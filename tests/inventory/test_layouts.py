"""Editions and layouts of balances: every spelling of rows, fuels and units, text and workbooks as they come.

Row and fuel names are those of the NBS provincial balances (China Energy Statistical Yearbook, editions 1986 to
2022), of the LBL databook in gcam-china (`EBProcess`, `EBMaterial`) and of the CEADs inventories. Numbers are
synthetic, expected emissions computed by hand.
"""

import json

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.inventory import combustion_of, read_balance
from dafeng.inventory.balance.names import _read, find_fuel, find_row, is_part, row_names, simplify

SAME_ROW = {
    "power_input": ["Thermal Power", "火力发电", "1.火力发电", "(1)火力发电", "\uff081\uff09火力发电", "①火力发电", "Power Generation"],
    "heat_input": ["Heating Supply", "供热", "2. 供热", "Heat Supply"],
    "final_total": ["Total Final Consumption", "终端消费量", "四、终端消费量", "Total End-use Consumption", "End-use Consumption"],
    "non_energy": [
        "Non-Energy Use", "用作原料、材料", "#用作原料、材料", "其中\uff1a用作原料、材料", "用作原料材料", "Used as Raw Materials",
        "Of which: Non-Energy Use", "Industry - NonEnergy Use", "非能源使用", "Used as Raw Materials and Materials",
    ],
    "outflow": ["本省(区、市)调出量(-)", "5.本省\uff08区、市\uff09调出量\uff08-\uff09", "Sending Out to Other Provinces (-)", "Interprovincial Exports", "出口量\uff08\uff0d\uff09"],
    "supply_total": ["一.可供本地区消费的能源量", "一、可供本地区消费的能源量", "Total Primary Energy Supply"],
    "memo": ["Hydro Power", "水电", "Losses in coal washing", "洗选损耗", "Heavy Industry", "Indigenous Production - Hydro Power"],
    "within_loss": ["#运输和输配损失量", "其中:运输和输配损失", "Losses in Transportation and Distribution"],
}  # fmt: skip
SAME_ID = {
    "Farming, Forestry, Animal Husbandry, Fishery & Water Conservancy": [
        "Farming, Forestry, Animal Husbandry, Fishery and Water Conservancy", "Agriculture", "1.农、林、牧、渔、水利业", "农林牧渔业",
        "Agriculture, Forestry, Animal Husbandry and Fishery",
    ],
    "Transport, Storage, Postal & Telecommunications Services": [
        "Transportation, Storage, Post and Telecommunication Services", "Transportation, Telecommunications, Postal",
        "交通运输、仓储及邮电通讯业", "4.交通运输、仓储和邮政业", "Transport, Storage and Post",
    ],
    "Wholesale, Retail Trade and Catering Service": [
        "Wholesale, Retail Trade and Hotel, Restaurants", "批发和零售贸易业、餐饮业", "批发、零售业和住宿、餐饮业",
        "Wholesale and Retail Trades, Hotels and Catering Services",
    ],
    "Other": ["其他", "Others", "Other Sectors", "Non-Material Sectors"],
    "Urban": ["城镇", "#城镇", "城镇居民", "Urban Household", "Residential consumption - Urban"],
    "Electric Power, Steam and Hot Water Production and Supply": [
        "Production and Supply of Electric Power, Steam and Hot Water", "电力、热力的生产和供应业",
        "Production and Supply of Electric Power and Heat Power",
    ],
    "Smelting and Pressing of Nonferrous Metals": ["有色金属冶炼及压延加工业", "Smelting and Pressing of Non-ferrous Metals"],
    "Rubber Products": ["橡胶和塑料制品业", "Rubber and Plastic Products"],
}  # fmt: skip
SAME_FUEL = {
    "Other_Washed_Coal": ["其他洗煤", "其它洗煤", "其他洗煤(洗中煤、煤泥)", "Other Washed Coal", "Coal Washed", "Other_Washed_Coal"],
    "Raw_Coal": ["原煤", "Raw Coal", "Coal Raw", "原煤 Raw Coal"],
    "Gangue": ["煤矸石", "煤矸石(用于燃料)", "Gangue"],
    "Bitumen_Asphalt": ["石油沥青", "Bitumen Asphalt", "Petroleum Asphalt"],
    "LPG": ["液化石油气", "LPG", "Liquefied Petroleum Gas", "Liquid Petroleum Gas"],
    "Energy_Total": ["能源合计", "Total", "Total Energy"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in SAME_ROW.items() for n in names])
def test_rows_of_all_editions_by_kind(kind, name):
    assert find_row(name).kind == kind


@pytest.mark.parametrize(("row", "name"), [(k, n) for k, names in SAME_ID.items() for n in names])
def test_rows_of_all_editions_by_id(row, name):
    assert find_row(name).row == row


@pytest.mark.parametrize(("fuel", "name"), [(k, n) for k, names in SAME_FUEL.items() for n in names])
def test_fuels_of_all_editions(fuel, name):
    assert find_fuel(name).fuel == fuel


@pytest.mark.parametrize(("table", "column"), [("balance_rows.csv", "row"), ("balance_fuels.csv", "fuel")])
def test_no_name_means_two_things(table, column):
    meant = {}
    for line in _read(table):
        for name in [line[column], *line["zh"].split("|"), *line["en"].split("|")]:
            if name:
                assert meant.setdefault(simplify(name.removeprefix("+")), line[column]) == line[column], name


def tidy(tmp_path, lines, name="b.csv", header="row,fuel,year,value,unit", encoding="utf-8"):
    path = tmp_path / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def problems_of(path):
    """The cells that are refused, or the problems of a file of which nothing is left."""
    try:
        return read_balance(path).refused
    except DafengError as error:
        return error.problems


def values(balance):
    return {(r, f): v for r, f, v in balance.cells[["row", "fuel", "value"]].itertuples(index=False)}


@pytest.mark.parametrize(
    ("fuel", "unit", "expected"),
    [
        ("原煤", "10^4 ton", 3e4), ("原煤", "10 000 tons", 3e4), ("原煤", "10⁴ t", 3e4), ("Natural Gas", "10^8 cu.m", 3e8),
        ("Natural Gas", "100 million cu.m", 3e8), ("天然气", "亿立方米", 3e8), ("热力", "万百万千焦", 30.0), ("Heat", "10^10 kJ", 30.0),
        ("Heat", "10 billion kJ", 30.0), ("电力", "亿千瓦时", 3e5), ("Electricity", "10^8 kwh", 3e5),
        ("Other Energy", "10^4 tce", 3e4), ("其他能源", "万吨标煤", 3e4), ("原煤", "TJ", 3 / 0.0209340),
        ("焦炭", "万吨\uff08标准煤\uff09", 3e4 / 0.9714),
    ],
)  # fmt: skip
def test_units_of_all_editions(tmp_path, fuel, unit, expected):
    balance = read_balance(tidy(tmp_path, [f'Industry,{fuel},2019,3,"{unit}"']))
    assert balance.cells["value"].tolist() == pytest.approx([expected], rel=2e-4)


def test_two_names_of_one_row_are_a_cell_twice_but_parts_add_up(tmp_path):
    twice = problems_of(tidy(tmp_path, ["工业,原煤,2020,1,万吨", "Industry,原煤,2020,1,万吨"]))
    assert [p.where for p in twice] == ["b.csv:3"]
    assert "工业" in twice[0].expected
    parts = ["汽车制造业", "铁路、船舶、航空航天和其他运输设备制造业"]
    lines = [f"{p},柴油,2020,2,万吨" for p in parts]
    assert read_balance(tidy(tmp_path, lines)).cells["value"].tolist() == [2e4, 2e4]
    assert read_balance(tidy(tmp_path, [*lines, lines[1]])).cells["value"].tolist() == [2e4, 2e4]
    again = problems_of(tidy(tmp_path, [*lines, f"{parts[1]},柴油,2020,3,万吨"]))
    assert [p.where for p in again] == ["b.csv:4"]
    whole = problems_of(tidy(tmp_path, ["交通运输设备制造业,柴油,2020,4,万吨", *lines]))
    assert [p.where for p in whole] == ["b.csv:3", "b.csv:4"]
    assert is_part("汽车制造业")
    assert not is_part("工业")


def test_kinds_of_coal_count_alone_but_not_within_raw_coal(tmp_path):
    kinds = ["工业,无烟煤,2020,1,万吨", "工业,一般烟煤,2020,2,万吨", "工业,炼焦烟煤,2020,3,万吨"]
    alone = combustion_of(read_balance(tidy(tmp_path, kinds)), "gbt32151_22_2024").emissions
    by_hand = 1e4 * 26.7e-3 * 27.4 * 0.94 * 44 / 12 + 5e4 * 19.57e-3 * 26.1 * 0.93 * 44 / 12
    assert alone["value"].sum() == pytest.approx(by_hand, rel=1e-12)
    within = read_balance(tidy(tmp_path, ["工业,原煤,2020,6,万吨", *kinds]))
    assert values(within) == {("Industry", "Raw_Coal"): 6e4}
    assert "coal-kinds-within-raw-coal" in {f.code for f in within.findings}


def test_a_blank_is_not_zero_and_not_a_problem(tmp_path):
    balance = read_balance(
        tidy(tmp_path, ["工业,原煤,2020,,万吨", "工业,焦炭,2020,-,万吨", "工业,柴油,2020,1,万吨"])
    )
    assert values(balance) == {("Industry", "Diesel_Oil"): 1e4}
    assert [f.code for f in balance.findings] == ["blank-values"]


def test_one_cause_is_one_problem(tmp_path):
    lines = [f"魔法业,{fuel},2020,1,万吨" for fuel in ("原煤", "焦炭", "柴油")]
    found = problems_of(tidy(tmp_path, lines))
    assert len(found) == 1
    assert found[0].where == "b.csv:2:row"
    assert "2 more places" in found[0].found


def test_a_name_read_by_likeness_is_told(tmp_path):
    balance = read_balance(tidy(tmp_path, ["Papermakng and Paper Products,Raw Coal,2020,1,万吨"]))
    assert [(f.code, f.where) for f in balance.findings] == [
        ("name-read-as", "Papermakng and Paper Products")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_any_encoding_and_delimiter(tmp_path, encoding, delimiter):
    lines = [delimiter.join(["九江", "工业", "原煤", "2020年", "1.5", "万吨"])]
    header = delimiter.join(["地区", "项目", "能源品种", "年份", "数值", "单位"])
    balance = read_balance(tidy(tmp_path, lines, header=header, encoding=encoding))
    assert balance.cells[["region", "row", "fuel", "year", "value"]].to_numpy().tolist() == [
        ["九江", "Industry", "Raw_Coal", 2020, 15000.0]
    ]


def test_several_regions_and_years_stay_apart(tmp_path):
    lines = [
        f"{region},{row},石脑油,{year},{value},万吨"
        for region, year, use, feed in (("安徽", 2018, 10, 4), ("安徽", 2019, 10, 12), ("北京", 2018, 6, 1))
        for row, value in (("工业", use), ("用作原料、材料", feed))
    ]
    result = combustion_of(
        read_balance(tidy(tmp_path, lines, header="region,row,fuel,year,value,unit")), "ipcc2006"
    )
    burnt = result.emissions.set_index(["region", "year"])["activity"].to_dict()
    assert burnt == pytest.approx({("安徽", 2018): 6e4, ("安徽", 2019): 0.0, ("北京", 2018): 5e4})


def bilingual(path, blank_year=False):
    """Two pages of one table in one sheet: names in two languages, units in brackets, footnotes, a second page (续表)."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "6-12"
    for line in [
        ["6-12 安徽能源平衡表\uff08实物量\uff09-" + ("" if blank_year else "2020")],
        ["Energy Balance of Anhui (Physical Quantity)" + ("" if blank_year else " - 2020")],
        ["项 目", "Item", "煤合计", "原 煤", "洗精煤", "其 他"],
        [None, None, "Coal Total", "Raw Coal", "Cleaned\nCoal", "洗 煤"],
        [None, None, "(万吨)\n(10⁴ tons)", "(万吨)\n(10⁴ tons)", "(万吨)\n(10⁴ tons)", "(万吨)\n(10⁴ tons)"],
        [
            "二、加工转换投入\uff08-\uff09产出\uff08+\uff09量",
            "Input (-) & Output (+) of Transformation",
            -900,
            -1000,
            60,
            40,
        ],
        ["　　1.火力发电", "Thermal Power", -800, -800, None, None],
        ["　　2.供\u3000热", "Heating Supply", -40, -40, None, None],
        ["四、终端消费量", "Total Final Consumption", 500, 400, 60, 40],
        ["　　2.工　业", "Industry", 500, 400, 60, 40],
        ["　　　#用作原料、材料", "Non-Energy Use", 30, 30, "—", "…"],
        ["注\uff1a电力按等价值计算。", "Note: 2020"],
        ["续表", "continued"],
        ["项 目", "Item", "柴 油", "天然气", "热 力", "电 力"],
        [None, None, "Diesel Oil", "Natural Gas", "Heat", "Electricity"],
        [None, None, "(万吨)", "(亿立方米)", "(万百万千焦)", "(亿千瓦时)"],
        ["二、加工转换投入\uff08-\uff09产出\uff08+\uff09量", None, None, -3, 900, 2000],
        ["　　1.火力发电", None, None, -3, None, 2000],
        ["　　2.供\u3000热", None, None, None, 900, None],
        ["四、终端消费量", None, 120, 10, 880, 1900],
        ["　　2.工　业", None, 20, 10, 880, 1900],
        ["　　4.交通运输、仓储和邮政业", None, 100, None, None, None],
    ]:
        sheet.append(line)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A12:F12")
    book.save(path)


def test_a_bilingual_yearbook_sheet_of_two_pages(tmp_path):
    path = tmp_path / "安徽.xlsx"
    bilingual(path)
    balance = read_balance(path)
    found = values(balance)
    assert set(balance.cells["region"]) == {"安徽"}
    assert set(balance.cells["year"]) == {2020}
    assert found["Industry", "Raw_Coal"] == 400e4
    assert found["Industry", "Other_Washed_Coal"] == 40e4
    assert found["Industry", "Natural_Gas"] == 10e8
    assert found["Heating Supply", "Heat"] == 9000.0
    assert ("Non-Energy Use", "Cleaned_Coal") not in found
    emissions = combustion_of(balance, "guide2011").emissions.set_index(["row", "fuel"])["value"]
    raw_coal = 0.020908 * 26.37 * 0.94 * 44 / 12
    assert emissions["Industry", "Raw_Coal"] == pytest.approx(370e4 * raw_coal, rel=1e-12)
    assert emissions["Thermal Power", "Raw_Coal"] == pytest.approx(800e4 * raw_coal, rel=1e-12)
    assert emissions["Heating Supply", "Raw_Coal"] == pytest.approx(40e4 * raw_coal, rel=1e-12)


def test_the_year_may_stand_in_the_name_of_the_file(tmp_path):
    bilingual(tmp_path / "安徽能源平衡表2019.xlsx", blank_year=True)
    assert set(read_balance(tmp_path / "安徽能源平衡表2019.xlsx").cells["year"]) == {2019}
    bilingual(tmp_path / "安徽.xlsx", blank_year=True)
    undated = read_balance(tmp_path / "安徽.xlsx")
    assert set(undated.cells["year"]) == {0}
    assert "year-missing" in {f.code for f in undated.findings}


def test_a_workbook_of_inventories_has_a_sheet_for_each_province(tmp_path):
    """The layout of CEADs: a sheet Anhui2018 and so on, names in the first line, units in the second, a NOTE sheet."""
    book = openpyxl.Workbook()
    note = book.active
    note.title = "NOTE"
    note.append(["Please cite the data", 2021])
    for name, value in (("Anhui2018", 7.0), ("InnerMongolia2018", 9.0)):
        sheet = book.create_sheet(name)
        sheet.append([None, "Raw_Coal", "Natural_Gas", "Electricity"])
        sheet.append([None, "10^4 ton", "10^8 cu.m", "10^8 kwh"])
        sheet.append(["Total Final Consumption", value, 1.0, 2.0])
        sheet.append(["Textile Industry", value, 1.0, 2.0])
        sheet.append(["Thermal Power", 2 * value, 0, -5.0])
    book.save(tmp_path / "Province energy inventory 2018.xlsx")
    cells = read_balance(tmp_path / "Province energy inventory 2018.xlsx").cells
    assert set(cells["region"]) == {"Anhui", "Inner Mongolia"}
    assert set(cells["year"]) == {2018}
    coal = cells[(cells["fuel"] == "Raw_Coal") & (cells["row"] == "Textile Industry")]
    assert coal["value"].tolist() == [7e4, 9e4]


def test_a_panel_with_fuels_as_columns(tmp_path):
    """Region, year and row as the first columns, one line each, units in the header."""
    header = "地区,年份,项目,煤合计(万吨),原煤(万吨),天然气(亿立方米),电力(亿千瓦时)"
    lines = ["安徽,2019,四.终端消费量,9,8,1,2", "安徽,2020,2.工业,9,8,1,2", "北京,2020,2.工业,3,2,1,"]
    cells = read_balance(tidy(tmp_path, lines, header=header)).cells
    coal = cells[cells["fuel"] == "Raw_Coal"][["region", "year", "row", "value"]]
    assert coal.to_numpy().tolist() == [
        ["安徽", 2019, "Total Final Consumption", 8e4],
        ["安徽", 2020, "Industry", 8e4],
        ["北京", 2020, "Industry", 2e4],
    ]


def test_a_tidy_table_in_a_workbook_tells_cells(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    for line in [
        ["row", "fuel", "year", "value", "unit"],
        ["工业", "原煤", 2020, 3, "万吨"],
        ["工业", "焦炭", 2020, -1, "万吨"],
    ]:
        sheet.append(line)
    book.save(tmp_path / "t.xlsx")
    assert [p.where for p in problems_of(tmp_path / "t.xlsx")] == ["数据!D3:value"]
    sheet["D3"] = 1
    book.save(tmp_path / "t.xlsx")
    assert values(read_balance(tmp_path / "t.xlsx")) == {
        ("Industry", "Raw_Coal"): 3e4,
        ("Industry", "Coke"): 1e4,
    }


def test_all_problems_of_a_workbook_at_once(tmp_path):
    """Merged numbers, a footnote mark in a cell, a negative, a row without name and an unknown row: refused, not the rest."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "江西2020"
    for line in [
        ["江西能源平衡表-2020", None, None],
        ["项目", "原煤(万吨)", "焦炭(万吨)"],
        ["2.工业", 5, "3①"],
        ["3.建筑业", -2, 1],
        ["4.魔法业", 1, 1],
        [None, 7, 8],
        ["6.其他", 1, 1],
    ]:
        sheet.append(line)
    sheet.merge_cells("B7:C7")
    book.save(tmp_path / "x.xlsx")
    found = {p.where: p.found for p in problems_of(tmp_path / "x.xlsx")}
    assert set(found) == {
        "江西2020!C3", "江西2020!B4:value", "江西2020!B5:row", "江西2020!C5:row", "江西2020!A6", "江西2020!B7:C7"
    }  # fmt: skip
    left = read_balance(tmp_path / "x.xlsx").cells
    assert left[["row", "fuel", "value"]].to_numpy().tolist() == [
        ["Industry", "Raw_Coal", 5e4], ["Construction", "Coke", 1e4],
    ]  # fmt: skip


def test_every_row_has_a_kind_that_the_account_knows():
    known = {
        "supply_total", "supply", "outflow", "transformation_total", "power_input", "heat_input", "transformation",
        "recovery", "loss", "within_loss", "final_total", "final", "industry", "branch", "residential", "non_energy",
        "difference", "consumption_total", "memo", "subtotal", "own_use",
    }  # fmt: skip
    assert {name.kind for name in row_names().values()} == known


def test_a_total_without_its_fuels_is_told_and_keys_are_named(tmp_path):
    lines = [
        "工业,煤合计,2020,9,万吨",
        "工业,柴油,2020,1,万吨",
        "工业,油品合计,2020,1,万吨",
        "工业,焦炭,2020,NE,万吨",
    ]
    found = {f.code: f.en for f in read_balance(tidy(tmp_path, lines)).findings}
    assert set(found) == {"coal-as-raw-coal", "notation-key"}
    assert "Industry, Coke, 2020" in found["notation-key"]


@pytest.mark.slow
@given(
    place=st.integers(0, 10_000),
    noise=st.text(alphabet="，、（）　\x00\"'\t\n,;①²-—+eE.%N∞原煤工业年㎥\u200b\ufeff9", max_size=6),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    cut=st.integers(0, 40),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_damaged_table_is_read_or_refused_with_reasons_and_never_crashes(
    tmp_path, place, noise, encoding, cut
):
    """Bytes broken anywhere give an account that JSON can hold, or a list of problems with their places."""
    text = "region,row,fuel,year,value,unit\n" + "".join(
        f"江西,{row},{fuel},2020,{value},万吨\n"
        for row, value in (("工业", 9), ("用作原料、材料", 1), ("火力发电", -5), ("终端消费量", 9))
        for fuel in ("原煤", "焦炭", "柴油")
    )
    at = place % len(text)
    damaged = text[:at] + noise + text[at + cut :]
    path = tmp_path / "damaged.csv"
    path.write_bytes(damaged.encode(encoding, errors="replace"))
    problems = ()
    try:
        printed = json.dumps(combustion_of(read_balance(path), "guide2011").as_json(), allow_nan=False)
    except DafengError as error:
        problems, printed = error.problems, ""
    assert printed or problems
    assert all(problem.where and problem.found for problem in problems)
