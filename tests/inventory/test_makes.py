"""Makes of one balance: layouts, languages, units and marks of offices give one inventory; none is read as another number."""

import csv
from datetime import date

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.inventory import combustion_of, read_balance
from dafeng.inventory.balance.equivalents import heating_values, unit_scale
from dafeng.inventory.balance.names import fuel_names

ROWS = ("终端消费量", "工业", "建筑业", "城镇", "火力发电")
ROWS_EN = ("Total Final Consumption", "Industry", "Construction", "Urban", "Thermal Power")
FUELS = ("原煤", "柴油", "天然气", "电力")
FUELS_EN = ("Raw Coal", "Diesel Oil", "Natural Gas", "Electricity")
UNITS = ("万吨", "万吨", "亿立方米", "亿千瓦时")
UNITS_EN = ("10 000 tons", "10^4 tn", "10^8 cu.m", "10^8 kW·h")
AMOUNTS = (
    (1610.5, 16, 11, 900),
    (1500.5, 10, 8, 800),
    (10, 5, 0, 0),
    (100, 1, 3, 100),
    (-2500.25, -1, -2, 700),
)
TITLE = ("江西能源平衡表(实物量)-2019",)
BODY = [(row, *line) for row, line in zip(ROWS, AMOUNTS, strict=True)]
HEAD, UNIT_LINE = ("项目", *FUELS), ("", *(f"({unit})" for unit in UNITS))
TIDY = [
    ("江西", 2019, row, fuel, value, unit)
    for row, line in zip(ROWS, AMOUNTS, strict=True)
    for fuel, value, unit in zip(FUELS, line, UNITS, strict=True)
]
TIDY_HEAD = ("地区", "年份", "项目", "能源品种", "数值", "单位")
BIG = {"万吨": ("公斤", 1e7), "亿立方米": ("m³", 1e8), "亿千瓦时": ("度", 1e8)}


def book(folder, *lines, sheet="江西2019", then=None):
    made = openpyxl.Workbook()
    made.active.title = sheet
    for line in lines:
        made.active.append(line)
    if then:
        then(made, made.active)
    made.save(folder / "b.xlsx")
    return folder / "b.xlsx"


def text(folder, *lines, encoding="utf-8", delimiter=","):
    with (folder / "b.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    return folder / "b.csv"


def emitted(path):
    balance = read_balance(path)
    assert balance.refused == ()
    lines = combustion_of(balance, "guide2011").emissions
    return {(r, f): v for r, f, v in lines[["row", "fuel", "value"]].itertuples(index=False) if v}


def _full_width(value):
    return "".join(chr(ord(sign) + 0xFEE0) for sign in f"{value:,.2f}")


def _printed(write):
    return [(row, *(write(value) for value in line)) for row, *line in BODY]


def _hidden(made, sheet):
    made.copy_worksheet(sheet).title = "备份2019"
    made["备份2019"].sheet_state = "hidden"


MAKES = {
    "english": lambda at: book(
        at, ("Energy Balance of Jiangxi - 2019",), ("Item", *FUELS_EN), ("", *UNITS_EN),
        *((row, *line) for row, line in zip(ROWS_EN, AMOUNTS, strict=True)),
    ),
    "numbers as text with separators": lambda at: book(at, TITLE, HEAD, UNIT_LINE, *_printed("{:,.2f}".format)),
    "numbers parted by blanks": lambda at: book(
        at, TITLE, HEAD, UNIT_LINE, *_printed(lambda value: f"{value:,.2f}".replace(",", " "))
    ),
    "full-width figures in GB 18030": lambda at: text(
        at, TITLE, HEAD, UNIT_LINE, *_printed(_full_width), encoding="gb18030"
    ),
    "marks for nothing": lambda at: book(
        at, TITLE, HEAD, UNIT_LINE, *_printed(lambda value: value or "--"), ("乡村", "#", "…", "—", "---")
    ),
    "group headings and numbered columns": lambda at: book(
        at, TITLE, ("", "煤", "油", "气", "二次"), HEAD, UNIT_LINE, ("甲", 1, 2, 3, 4), *BODY
    ),
    "units broken over lines": lambda at: book(
        at, TITLE, HEAD, ("", "(万吨)", "(万吨)", "(亿立", "(亿千瓦"), ("", "", "", "方米)", "小时)"), *BODY
    ),
    "units in 【】": lambda at: book(
        at, TITLE, ("项目", *(f"{fuel}【{unit}】" for fuel, unit in zip(FUELS, UNITS, strict=True))), *BODY
    ),
    "units behind a comma": lambda at: book(
        at, TITLE, ("项目", *(f"{fuel}，{unit}" for fuel, unit in zip(FUELS, UNITS, strict=True))), *BODY
    ),
    "fuels as lines": lambda at: book(
        at, ("江西2019年能源平衡表",), ("能源品种", "计量单位", *ROWS),
        *((fuel, UNITS[i], *(line[i] for line in AMOUNTS)) for i, fuel in enumerate(FUELS)),
    ),
    "a hidden copy of the sheet": lambda at: book(at, TITLE, HEAD, UNIT_LINE, *BODY, then=_hidden),
    "notes below": lambda at: book(
        at, TITLE, HEAD, UNIT_LINE, *BODY, (), ("注:1.电力按当量值。",), ("资料来源:《江西统计年鉴2020》",)
    ),
    "two tables side by side": lambda at: book(
        at, TITLE, (*HEAD[:3], "", "项目", *HEAD[3:]), (*UNIT_LINE[:3], "", "", *UNIT_LINE[3:]),
        *((*line[:3], None, line[0], *line[3:]) for line in BODY),
    ),
    "a sheet for each group of fuels": lambda at: book(
        at, TITLE, HEAD[:3], UNIT_LINE[:3], *(line[:3] for line in BODY),
        then=lambda made, _: [
            made.create_sheet("气电").append(line)
            if line is TITLE else made["气电"].append((line[0], *line[3:]))
            for line in (TITLE, HEAD, UNIT_LINE, *BODY)
        ],
    ),
    "small units": lambda at: text(
        at, TIDY_HEAD, *((*line[:4], line[4] * BIG[line[5]][1], BIG[line[5]][0]) for line in TIDY)
    ),
    "decimal commas": lambda at: text(
        at, TIDY_HEAD, *((*line[:4], str(line[4]).replace(".", ","), line[5]) for line in TIDY), delimiter=";"
    ),
    "a panel of consumption": lambda at: text(
        at, ("省份", "年份", "行业", *(f"{fuel}消费量({unit})" for fuel, unit in zip(FUELS, UNITS, strict=True))),
        *(("江西省", 2019, *line) for line in BODY),
    ),
    "a panel with balance rows as columns": lambda at: text(
        at, ("省份代码", "省份", "年份", "能源品种", *ROWS, "单位"),
        *(("360000", "江西省", 2019, fuel, *(line[i] for line in AMOUNTS), UNITS[i]) for i, fuel in enumerate(FUELS)),
    ),
    "dates in the column of years": lambda at: book(
        at, TIDY_HEAD, *((line[0], date(2019, 12, 31), *line[2:]) for line in TIDY), sheet="data"
    ),
}  # fmt: skip


@pytest.mark.parametrize("make", MAKES)
def test_every_make_of_one_balance_gives_one_inventory(tmp_path, make):
    expected = emitted(book(tmp_path, TITLE, HEAD, UNIT_LINE, *BODY))
    assert emitted(MAKES[make](tmp_path)) == pytest.approx(expected, rel=1e-9)
    assert set(read_balance(MAKES[make](tmp_path)).cells["year"]) == {2019}


def test_two_years_side_by_side_stay_apart(tmp_path):
    path = book(
        tmp_path, ("江西能源平衡表",), ("项目", "2018年", None, "2019年", None), ("", "原煤", "柴油", "原煤", "柴油"),
        ("", *["(万吨)"] * 4), ("工业", 1, 2, 3, 4), ("建筑业", 5, 6, 7, 8), sheet="Sheet1",
    )  # fmt: skip
    balance = read_balance(path)
    assert balance.refused == ()
    found = balance.cells.set_index(["year", "row", "fuel"])["value"].to_dict()
    assert found == {
        (2018, "Industry", "Raw_Coal"): 1e4, (2018, "Industry", "Diesel_Oil"): 2e4, (2019, "Industry", "Raw_Coal"): 3e4,
        (2019, "Industry", "Diesel_Oil"): 4e4, (2018, "Construction", "Raw_Coal"): 5e4, (2018, "Construction", "Diesel_Oil"): 6e4,
        (2019, "Construction", "Raw_Coal"): 7e4, (2019, "Construction", "Diesel_Oil"): 8e4,
    }  # fmt: skip


@pytest.mark.parametrize(
    "unit",
    ["tce", "TJ", "GJ", "ktoe", "KTOE", "kcal", "大卡", "MWh", "GWH", "万吨标准煤", "亿千瓦时", "104tce"],
)
def test_every_fuel_may_come_in_any_unit_of_energy(unit):
    fuels = [
        fuel for fuel in fuel_names().values() if fuel.kind != "total" and fuel.fuel != "Bitumen_Asphalt"
    ]
    per_tj = unit_scale("TJ", fuel_names()["Raw_Coal"])[0] / unit_scale(unit, fuel_names()["Raw_Coal"])[0]
    for fuel in fuels:
        scale, _ = unit_scale(unit, fuel)
        # power and heat are energy themselves: 3.6 GJ a MWh, beside the 0.1229 kgce of the standard
        loose = 1e-3 if fuel.kind in ("MWh", "TJ", "tce") else 1e-9
        assert scale * heating_values()[fuel.fuel] * per_tj == pytest.approx(1.0, rel=loose), fuel.fuel


@pytest.mark.parametrize(
    ("cell", "zh", "en"),
    [
        ("15,00.5", "千位分隔每三位一个", "groups of three figures"), ("10万吨", "单位写在表头", "unit in the header"),
        (date(1900, 1, 10), "日期格式", "formatted as a date"), ("10①", "脚注标记", "footnote marks"),
        ("约10", "没有数据则留空", "leave the cell blank"), ("#N/A", "重新计算", "calculate the workbook again"),
        (True, "没有数据则留空", "leave the cell blank"), (-3, "核对行名和正负号", "check row and sign"), ("1.5.3", "", ""),
        ("inf", "没有数据则留空", "leave the cell blank"), ("=B6", "重新计算", "calculate the workbook again"),
    ],
)  # fmt: skip
def test_a_cell_that_is_no_amount_is_refused_with_its_mend_and_its_share(tmp_path, cell, zh, en):
    def spoil(_, sheet):
        sheet["B6"] = cell

    whole = emitted(book(tmp_path, TITLE, HEAD, UNIT_LINE, *BODY))
    balance = read_balance(book(tmp_path, TITLE, HEAD, UNIT_LINE, *BODY, then=spoil))
    (refused,) = balance.refused
    assert refused.where.removesuffix(":value") == "江西2019!B6"
    assert zh in refused.problem().sentence("zh")
    assert en in refused.problem().sentence("en")
    assert refused.problem().mend
    left = combustion_of(balance, "guide2011").emissions.set_index(["row", "fuel"])["value"]
    assert {key: value for key, value in left.items() if value} == pytest.approx(
        {key: value for key, value in whole.items() if key != ("Construction", "Raw_Coal")}
    )
    if cell != -3:
        # 10 of 1610.5 × 10⁴ t of final use are not in the other rows
        assert refused.basis == "rest_of_total"
        assert refused.share == pytest.approx(0.00228, abs=1e-5)


def test_a_workbook_with_a_password_says_so(tmp_path):
    path = tmp_path / "b.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(DafengError) as caught:
        read_balance(path)
    assert "取消密码" in caught.value.problems[0].sentence("zh")
    assert "remove the password" in caught.value.problems[0].sentence("en")


def test_a_page_of_industrial_enterprises_counts_as_industry_and_says_so(tmp_path):
    head, lines = ("能源名称", "计量单位", "消费量"), (("原煤", "吨", 100000), ("天然气", "万立方米", 5000))
    balance = read_balance(
        book(tmp_path, ("规模以上工业企业主要能源消费量(2019年)",), head, *lines, sheet="S")
    )
    assert balance.cells[["year", "row", "fuel", "value"]].to_numpy().tolist() == [
        [2019, "Industry", "Raw_Coal", 1e5], [2019, "Industry", "Natural_Gas", 5e7],
    ]  # fmt: skip
    assert "row-of-title" in {finding.code for finding in balance.findings}
    with pytest.raises(DafengError) as caught:
        read_balance(book(tmp_path, ("主要能源消费量(2019年)",), head, *lines, sheet="S"))
    assert "另有列:项目" in caught.value.problems[0].sentence("zh")


def test_a_branch_is_estimated_by_the_total_where_industry_has_no_row(tmp_path):
    """100 of final use less 5 of construction and 55 of textiles leave 40 for food: 40 of 100 with it."""
    path = book(
        tmp_path, TITLE, ("项目", "原煤", "柴油"), ("", "(万吨)", "(万吨)"), ("终端消费量", 100, 0), ("纺织业", 55, 0),
        ("食品制造业", "四十", 0), ("建筑业", 5, 0),
    )  # fmt: skip
    (refused,) = read_balance(path).refused
    assert (refused.where, refused.basis) == ("江西2019!B6", "rest_of_total")
    assert refused.share == pytest.approx(0.4)
