"""Tables of other makes: statistics offices of the world, panels, series of years, fuels as lines, totals alone."""

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.inventory import combustion_of, read_balance


def text(tmp_path, content, name="b.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def book(tmp_path, *lines, sheet="Sheet1", name="b.xlsx"):
    workbook = openpyxl.Workbook()
    workbook.active.title = sheet
    for line in lines:
        workbook.active.append(line)
    workbook.save(tmp_path / name)
    return tmp_path / name


def activity(path):
    """(year, row, fuel) → activity burnt in fuel units, zeros left out."""
    lines = combustion_of(read_balance(path), "guide2011").emissions
    return {
        (y, r, f): v for y, r, f, v in lines[["year", "row", "fuel", "activity"]].itertuples(index=False) if v
    }


def codes(path):
    return {f.code for f in combustion_of(read_balance(path), "guide2011").findings}


def test_a_total_counts_for_the_fuels_that_are_not_split(tmp_path):
    """Coal is split over branches, gas is not: both burn once; what the branches leave of the total counts too."""
    path = text(
        tmp_path,
        "row,fuel,year,value,unit\n工业,原煤,2020,10,万吨\n化学原料和化学制品制造业,原煤,2020,6,万吨\n非金属矿物制品业,原煤,2020,3,万吨\n"
        "工业,天然气,2020,2,亿立方米\n居民生活,天然气,2020,1,亿立方米\n城镇,汽油,2020,1,万吨\n",
    )
    assert activity(path) == pytest.approx({
        (2020, "Raw Chemical Materials and Chemical Products", "Raw_Coal"): 6e4,
        (2020, "Nonmetal Mineral Products", "Raw_Coal"): 3e4,
        (2020, "Industry", "Raw_Coal"): 1e4,
        (2020, "Industry", "Natural_Gas"): 2e8,
        (2020, "Residential", "Natural_Gas"): 1e8,
        (2020, "Urban", "Gasoline"): 1e4,
    })  # fmt: skip
    assert "total-partly-split" in codes(path)


@pytest.mark.parametrize(("whole", "counted"), [(9.0, False), (9.04, False), (9.1, True)])
def test_a_total_that_differs_by_rounding_has_no_rest(tmp_path, whole, counted):
    path = text(
        tmp_path,
        f"row,fuel,year,value,unit\n工业,原煤,2020,{whole},万吨\n纺织业,原煤,2020,6,万吨\n家具制造业,原煤,2020,3,万吨\n",
    )
    assert ((2020, "Industry", "Raw_Coal") in activity(path)) is counted


def test_subtotals_of_industry_and_the_total_of_final_use_count_where_nothing_else_does(tmp_path):
    path = text(
        tmp_path,
        "row,fuel,year,value,unit\n采矿业,原煤,2020,1,万吨\n制造业,原煤,2020,5,万吨\n终端消费量,天然气,2020,2,亿立方米\n"
        "终端消费量,原煤,2020,7,万吨\n消费量合计,柴油,2020,3,万吨\n",
    )
    assert activity(path) == pytest.approx({
        (2020, "Mining", "Raw_Coal"): 1e4,
        (2020, "Manufacturing", "Raw_Coal"): 5e4,
        (2020, "Total Final Consumption", "Natural_Gas"): 2e8,
    })  # fmt: skip
    assert {"final-use-not-split", "consumption-not-split"} <= codes(path)
    split = text(tmp_path, "row,fuel,year,value,unit\n采矿业,原煤,2020,1,万吨\n工业,原煤,2020,5,万吨\n")
    assert activity(split) == pytest.approx({(2020, "Industry", "Raw_Coal"): 5e4})


def test_a_table_of_the_iea(tmp_path):
    """Own use is printed negative, non-energy use is not within industry, plants come in parts, modes of transport add."""
    path = text(
        tmp_path,
        "COUNTRY,FLOW,PRODUCT,TIME,Unit,Value\n"
        + "".join(
            f"China,{flow},{product},2020,TJ,{value}\n"
            for flow, product, value in (
                ("Industry", "Natural gas", 500), ("Iron and steel", "Natural gas", 200), ("Chemical and petrochemical", "Natural gas", 300),
                ("Non-energy use", "Natural gas", 900), ("Energy industry own use", "Natural gas", -50),
                ("Main activity producer electricity plants", "Natural gas", -70), ("Autoproducer CHP plants", "Natural gas", -30),
                ("Transport", "Gas/diesel oil excl. biofuels", 80), ("Road", "Gas/diesel oil excl. biofuels", 80),
                ("Residential", "Other bituminous coal", 10), ("Residential", "Coking coal", 5), ("Total final consumption", "Natural gas", 1400),
            )
        ),
    )  # fmt: skip
    found = activity(path)
    gas = {row: v for (_, row, fuel), v in found.items() if fuel == "Natural_Gas"}
    assert sum(gas.values()) * 3.8931e-5 == pytest.approx(500 + 50 + 100, rel=1e-3)
    assert "Industry" not in gas
    assert gas["Thermal Power"] == pytest.approx(2 * gas["Energy Industry Own Use"])
    oil = [v for (_, _, fuel), v in found.items() if fuel == "Diesel_Oil"]
    coal = [v for (_, _, fuel), v in found.items() if fuel == "Bituminous_Coal"]
    assert (len(oil), len(coal)) == (1, 1)


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_table_of_eurostat_by_codes(tmp_path, form):
    if form == "csv":
        content = (
            "DATAFLOW,LAST UPDATE,freq,nrg_bal,siec,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
            "E,01/01/24,A,FC_IND_E,G3000,TJ,DE,2019,100.5,p\nE,01/01/24,A,FC_OTH_HH_E,C0110,TJ,DE,2019,10,\n"
            "E,01/01/24,A,FC_OTH_HH_E,C0110,TJ,DE,2020,20,e\nE,01/01/24,A,FC_NE,G3000,TJ,DE,2019,40,\n"
        )
    else:
        content = (
            "freq,nrg_bal,siec,unit,geo\\TIME_PERIOD\t2019 \t2020 \nA,FC_IND_E,G3000,TJ,DE\t100.5 p\t: \n"
            "A,FC_OTH_HH_E,C0110,TJ,DE\t10 \t20 e\nA,FC_NE,G3000,TJ,DE\t40 \t: \n"
        )
    path = text(tmp_path, content, f"nrg_bal_c.{form}")
    found = activity(path)
    assert set(found) == {
        (2019, "Industry", "Natural_Gas"),
        (2019, "Residential", "Anthracite"),
        (2020, "Residential", "Anthracite"),
    }
    assert found[2020, "Residential", "Anthracite"] == 2 * found[2019, "Residential", "Anthracite"]
    assert {c.region for c in read_balance(path).cells.itertuples()} == {"DE"}


@pytest.mark.parametrize(
    "header",
    [
        "统计年度,省份名称,指标名称,原煤(万吨),天然气(亿立方米)",
        "年份,地区,项目,原煤_万吨,天然气_亿立方米",
        "年度,所属省份,能源平衡表项目,原煤:万吨,天然气/亿立方米",
    ],
)
def test_a_panel_of_provinces_in_any_spelling(tmp_path, header):
    path = text(tmp_path, f"{header}\n2020,江西省,工业,10,2\n2021,江西省,工业,11,3\n2021,安徽省,工业,5,1\n")
    cells = read_balance(path).cells
    assert sorted(zip(cells["region"], cells["year"], cells["fuel"], cells["value"], strict=True)) == [
        ("安徽省", 2021, "Natural_Gas", 1e8), ("安徽省", 2021, "Raw_Coal", 5e4), ("江西省", 2020, "Natural_Gas", 2e8),
        ("江西省", 2020, "Raw_Coal", 1e5), ("江西省", 2021, "Natural_Gas", 3e8), ("江西省", 2021, "Raw_Coal", 1.1e5),
    ]  # fmt: skip


def test_years_as_columns(tmp_path):
    series = text(
        tmp_path, "项目,能源品种,单位,2019,2020年\n工业,原煤,万吨,10,11\n工业,天然气,亿立方米,1,—\n"
    )
    assert activity(series) == pytest.approx({
        (2019, "Industry", "Raw_Coal"): 1e5, (2020, "Industry", "Raw_Coal"): 1.1e5, (2019, "Industry", "Natural_Gas"): 1e8,
    })  # fmt: skip
    coal = book(
        tmp_path,
        ["5-4 煤炭平衡表"],
        ["单位:万吨"],
        ["项目", "2019", "2020"],
        ["可供量", 10, 11],
        ["工业", 5, 6],
        ["生活消费", 1, 1],
    )
    assert activity(coal) == pytest.approx({
        (2019, "Industry", "Raw_Coal"): 5e4, (2020, "Industry", "Raw_Coal"): 6e4, (2019, "Residential", "Raw_Coal"): 1e4,
        (2020, "Residential", "Raw_Coal"): 1e4,
    })  # fmt: skip
    assert "coal-as-raw-coal" in codes(coal)


def test_fuels_as_lines(tmp_path):
    """The page of a city on its larger enterprises, with addresses of the sheet as it is."""
    path = book(
        tmp_path, ["九江市规模以上工业企业能源消费(2022年)"], ["能源名称", "计量单位", "消费量合计", "工业", "用作原料、材料"],
        ["原煤", "吨", 100, 90, 5], ["天然气", "万立方米", 20, 19, "x"],
    )  # fmt: skip
    assert activity(path) == pytest.approx(
        {(2022, "Industry", "Raw_Coal"): 85, (2022, "Industry", "Natural_Gas"): 1.9e5}
    )
    assert [cell.where for cell in read_balance(path).refused] == ["Sheet1!E4"]


def test_a_unit_may_stand_in_the_header_of_the_values(tmp_path):
    path = text(tmp_path, "Sector,Fuel,Year,Value (TJ)\nIndustry,Natural gas,2020,38.931\n")
    assert activity(path) == pytest.approx({(2020, "Industry", "Natural_Gas"): 1e6}, rel=1e-3)


def test_a_tidy_table_without_any_unit_is_refused_with_what_it_lacks(tmp_path):
    with pytest.raises(DafengError, match="unit"):
        read_balance(text(tmp_path, "row,fuel,year,value\n工业,原煤,2020,5\n"))
