"""Contract: files that a city keeps are recognised and read as offices write them; every wrong cell is named and then nothing changes."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dafeng.case import add_own_figures, add_own_plants, draft_unit, find_unit, is_plant_list, load
from dafeng.evidence import DafengError
from dafeng.inventory import add_own_balance, build, read_balance
from dafeng.pathway import adopt_plan, draft_model, is_drafted_model, redraft_model
from dafeng.plan import read_text

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kunming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draft_unit(find_unit("昆明"), tmp_path_factory.mktemp("files") / "kunming").path
    draft_model(folder)
    return folder


def _book(file: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(file)
    return file


LONG = [
    ["指标", "年份", "数值", "单位"],
    ["常住人口", 2021, 8502000, "人"],
    ["粗钢产量", "2020年", "610.5", "万吨"],
]
WIDE = [
    ["昆明市用电情况"],
    ["单位:万千瓦时"],
    ["行业", "2020年"],
    ["全社会用电总计", 3900000],
    ["其中:工业", "1,900,000"],
    ["注:内部资料"],
]


def test_both_layouts_are_read_in_their_units(kunming: Path, tmp_path: Path) -> None:
    told = [
        *add_own_figures(kunming, _book(tmp_path / "人口和产量.xlsx", LONG)),
        *add_own_figures(kunming, _book(tmp_path / "用电.xlsx", WIDE)),
    ]
    assert any("粗钢产量(2020):份额改为" in text.zh for text in told)
    rows = load(kunming).table("observations").set_index(["indicator", "year"])
    mine = rows[rows["source"] == "own-data"]["value"]
    assert mine["population_resident", 2021] == pytest.approx(850.2)
    assert mine["electricity_consumption", 2020] == pytest.approx(390)
    assert mine["electricity_industry", 2020] == pytest.approx(190)
    cited = load(kunming).sources["own-data"].citation
    assert "人口和产量.xlsx" in cited
    assert "用电.xlsx" in cited


@pytest.mark.parametrize(
    ("cell", "row", "where"),
    [
        ("约600", ["粗钢产量", 2020, "约600", "万吨"], "C2"),
        ("kWh", ["粗钢产量", 2020, 600, "kWh"], "C2"),
        ("no unit", ["粗钢产量", 2020, 600, ""], "C2"),
        ("more than the province", ["粗钢产量", 2020, 60000, "万吨"], "C2"),
        ("ten times off", ["常住人口", 2020, 8460, "万人"], "C2"),
        ("below zero", ["地区生产总值", 2020, -5, "亿元"], "C2"),
        ("nothing known", ["鸡蛋产量", 2020, 5, "万吨"], "常住人口"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_changes(
    kunming: Path, tmp_path: Path, cell: str, row: list[object], where: str
) -> None:
    before = (kunming / "observations.csv").read_bytes()
    with pytest.raises(DafengError, match=where):
        add_own_figures(kunming, _book(tmp_path / "表.xlsx", [LONG[0], row]))
    assert (kunming / "observations.csv").read_bytes() == before, cell


PLANTS = [
    ["机组一览"],
    ["电站名称", "电源类型", "装机容量(MW)", "投运时间", "建设情况"],
    ["甲", "燃煤", 600, "2010-05", "在运"],
    ["乙", "水电", 240, 1999, ""],
]


def test_plants_replace_those_of_their_kind(kunming: Path, tmp_path: Path) -> None:
    file = _book(tmp_path / "机组.xlsx", PLANTS)
    assert is_plant_list(file)
    assert not is_plant_list(_book(tmp_path / "other.xlsx", LONG))
    wind = (load(kunming).table("plants")["fuel"] == "wind").sum()
    add_own_plants(kunming, file)
    plants = load(kunming).table("plants")
    assert plants[plants["fuel"].isin(["coal", "hydro"])]["capacity_mw"].tolist() == [600, 240]
    assert (plants["fuel"] == "wind").sum() == wind
    assert is_drafted_model(kunming) is False  # the fleet is another one now
    redraft_model(kunming)
    assert is_drafted_model(kunming)
    for bad, where in (
        (["丙", "地热", 5, "", ""], "B3"),
        (["丙", "风电", -5, "", ""], "C3"),
        (["丙", "风电", 5, "", "不明"], "E3"),
    ):
        with pytest.raises(DafengError, match=where):
            add_own_plants(kunming, _book(tmp_path / "bad.xlsx", [PLANTS[0], PLANTS[1], bad]))


def _balance(file: Path, rows: str) -> Path:
    file.write_text("year,row,fuel,value,unit\n" + rows, encoding="utf-8")
    return file


def test_a_balance_of_the_city_is_the_citys_and_one_without_a_place_is_asked_back(
    kunming: Path, tmp_path: Path
) -> None:
    province = (kunming.parent / "530000" / "energy.csv").read_bytes()
    rows = "2020,Thermal Power,Raw_Coal,500,10^4 t\n2020,Urban,Electricity,60,10^8 kWh\n"
    nowhere = _balance(tmp_path / "平衡表.csv", rows)
    with pytest.raises(DafengError, match="地区"):
        add_own_balance(kunming, read_balance(nowhere), nowhere.name)
    late = _balance(tmp_path / "昆明市平衡表.csv", rows.replace("2020", "2019"))
    with pytest.raises(DafengError, match="2020"):
        add_own_balance(kunming, read_balance(late), late.name)
    own = _balance(tmp_path / "昆明市平衡表2020.csv", rows)
    assert "不再由全省分摊" in add_own_balance(kunming, read_balance(own), own.name).zh
    case = load(kunming)
    assert (
        case.table("energy")["value"].sum() == pytest.approx(5e6 * 1 + 60e8 / 1e3, rel=1)
        or len(case.table("energy")) == 2
    )
    assert case.city.inventory_years == (2020, 2020)
    assert (kunming.parent / "530000" / "energy.csv").read_bytes() == province
    assert build(case).totals("B", [2020])[0].value_t > 0


def test_the_plan_of_another_place_and_an_edited_model_are_refused(kunming: Path) -> None:
    text = "{}碳达峰实施方案\n一、重点任务\n(一)发展光伏。到2030年,风电、太阳能发电总装机容量达到500万千瓦。(市发改委负责)"
    redraft_model(kunming)
    with pytest.raises(DafengError, match="530300"):
        adopt_plan(kunming, read_text(text.format("曲靖市")))
    assert adopt_plan(kunming, read_text(text.format("昆明市"))).from_figures == ("风电、太阳能发电装机",)
    drivers = pd.read_csv(kunming / "drivers.csv", dtype=str, keep_default_na=False)
    drivers.assign(note="edited").to_csv(kunming / "drivers.csv", index=False)
    with pytest.raises(DafengError, match="measures"):
        adopt_plan(kunming, read_text(text.format("昆明市")))
