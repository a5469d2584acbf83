"""Reading balances: names in three spellings, units of any edition, all problems at once with their place."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.inventory import calibrate, combustion_of, read_balance
from dafeng.inventory.accounts.emission_factors import factors_of
from dafeng.inventory.accounts.sectoral import reference_approach
from dafeng.inventory.balance import identities
from dafeng.inventory.balance.energy_balance import Entry, from_entries
from dafeng.inventory.balance.names import find_row


def tidy(tmp_path, lines, name="balance.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text("row,fuel,year,value,unit\n" + "\n".join(lines) + "\n", encoding=encoding)
    return path


def problems_of(path):
    """The cells that are refused, or the problems of a file of which nothing is left."""
    try:
        return read_balance(path).refused
    except DafengError as error:
        return error.problems


@pytest.mark.parametrize(
    ("row", "fuel"),
    [
        ("3.建筑业", "柴油"),
        ("Construction", "Diesel Oil"),
        ("Construction", "Diesel_Oil"),
        (" 建筑业 ", "柴 油"),
    ],
)
def test_three_spellings_mean_the_same_cell(tmp_path, row, fuel):
    balance = read_balance(tidy(tmp_path, [f"{row},{fuel},2020,10,万吨"]))
    assert balance.cells[["row", "fuel", "value"]].to_numpy().tolist() == [
        ["Construction", "Diesel_Oil", 1e5]
    ]


def test_units_of_the_yearbook_and_coal_equivalent(tmp_path):
    lines = [
        "工业,天然气,2020,2,亿立方米", "工业,热力,2020,3,百亿千焦", "工业,电力,2020,4,亿千瓦时",
        "工业,原煤,2020,71.43,万吨标准煤", "工业,汽油,2020,1.4714,10^4 tce",
    ]  # fmt: skip
    cells = read_balance(tidy(tmp_path, lines)).cells.set_index("fuel")["value"]
    assert cells.to_dict() == pytest.approx(
        {"Natural_Gas": 2e8, "Heat": 30.0, "Electricity": 4e5, "Raw_Coal": 1e6, "Gasoline": 1e4}
    )


def test_all_problems_are_told_at_once_with_their_line(tmp_path):
    lines = [
        "工业,煤油,2020,1,万吨", "工业,煤油,2020,2,万吨", "工业,原煤,2020,-5,万吨", "工业,焦炭,2020,7,亿立方米",
        "工业,泥炭,2020,7,万吨", "魔法业,原煤,2020,7,万吨", "工业,柴油,20,7,万吨", "工业,汽油,2020,很多,万吨",
        "工业,燃料油,2020,7,斗",
    ]  # fmt: skip
    found = {p.where for p in problems_of(tidy(tmp_path, lines))}
    assert found == {
        "balance.csv:3", "balance.csv:4:value", "balance.csv:5:unit", "balance.csv:6:fuel", "balance.csv:7:row",
        "balance.csv:8:year", "balance.csv:9:value", "balance.csv:10:unit",
    }  # fmt: skip


def test_missing_column_empty_table_and_missing_file(tmp_path):
    (tmp_path / "a.csv").write_text("row,fuel,year,value\n工业,原煤,2020,1\n", encoding="utf-8")
    assert "also unit" in problems_of(tmp_path / "a.csv")[0].expected
    (tmp_path / "b.csv").write_text("row,fuel,year,value,unit\n", encoding="utf-8")
    assert problems_of(tmp_path / "b.csv")[0].found == "an empty table"
    assert problems_of(tmp_path / "c.csv")[0].found == "no such file"


def test_gbk_and_bom_files_are_read(tmp_path):
    gbk = read_balance(tidy(tmp_path, ["工业,原煤,2020,1,万吨"], encoding="gbk"))
    assert [f.code for f in gbk.findings] == ["encoding-gbk"]
    assert read_balance(tidy(tmp_path, ["工业,原煤,2020,1,万吨"], encoding="utf-8-sig")).findings == ()


def test_notation_keys_are_no_numbers(tmp_path):
    balance = read_balance(tidy(tmp_path, ["工业,原煤,2020,NE,万吨", "工业,焦炭,2020,1,万吨"]))
    assert list(balance.cells["fuel"]) == ["Coke"]


@pytest.mark.parametrize("sign", [1, -1])
def test_thermal_input_counts_whichever_sign_the_edition_prints(tmp_path, sign):
    lines = [f"火力发电,原煤,2020,{sign * 50},万吨", f"火力发电,电力,2020,{-sign * 120},亿千瓦时"]
    result = combustion_of(read_balance(tidy(tmp_path, lines)), "guide2011")
    assert result.emissions["value"].sum() == pytest.approx(50e4 * 0.020908 * 26.37 * 0.94 * 44 / 12)


def test_transformation_of_fuels_into_fuels_is_not_burnt(tmp_path):
    lines = ["炼焦,洗精煤,2020,-900,万吨", "炼焦,焦炭,2020,650,万吨", "工业,焦炭,2020,10,万吨"]
    result = combustion_of(read_balance(tidy(tmp_path, lines)), "guide2011")
    assert list(result.emissions["fuel"]) == ["Coke"]


def test_feedstock_leaves_industry_where_there_are_no_branches(tmp_path):
    lines = ["工业,石脑油,2020,10,万吨", "用作原料、材料,石脑油,2020,4,万吨"]
    result = combustion_of(read_balance(tidy(tmp_path, lines)), "ipcc2006")
    assert result.emissions["activity"].tolist() == pytest.approx([6e4])


def test_feedstock_above_use_is_a_finding_and_never_negative(tmp_path):
    lines = ["工业,石脑油,2020,3,万吨", "用作原料、材料,石脑油,2020,4,万吨"]
    result = combustion_of(read_balance(tidy(tmp_path, lines)), "ipcc2006")
    assert result.emissions["value"].tolist() == [0.0]
    assert "feedstock-exceeds-use" in {f.code for f in result.findings}


def test_residential_is_used_once(tmp_path):
    lines = ["居民生活,液化石油气,2020,5,万吨", "城镇,液化石油气,2020,3,万吨", "乡村,液化石油气,2020,2,万吨"]
    both = combustion_of(read_balance(tidy(tmp_path, lines)), "guide2011").emissions["value"].sum()
    alone = combustion_of(read_balance(tidy(tmp_path, lines[:1])), "guide2011").emissions["value"].sum()
    assert both == pytest.approx(alone)


def test_unknown_factor_set_names_the_known_ones(tmp_path):
    with pytest.raises(DafengError, match="guide2011"):
        combustion_of(read_balance(tidy(tmp_path, ["工业,原煤,2020,1,万吨"])), "my_factors")


def test_a_fuel_without_factor_is_told_and_not_zero(tmp_path):
    result = combustion_of(read_balance(tidy(tmp_path, ["工业,其他能源,2020,1,万吨标准煤"])), "guide2011")
    assert result.emissions.empty
    assert [f.code for f in result.findings] == ["factor-missing"]


def test_bitumen_is_not_burnt_and_told_with_its_energy(tmp_path):
    """10 万t × 40.2 GJ/t (IPCC 2006) = 13.72 万tce."""
    result = combustion_of(read_balance(tidy(tmp_path, ["建筑业,石油沥青,2020,10,万吨"])), "guide2011")
    assert result.emissions.empty
    (told,) = (f for f in result.findings if f.code == "factor-missing")
    assert "13.72万吨标准煤" in told.zh


def test_doubling_an_activity_doubles_its_emission():
    for value in ("3.5", "7"):
        cells = [Entry("x", "", "工业", fuel, "2020", value, "万吨") for fuel in ("原煤", "焦炭", "柴油")]
        total = combustion_of(from_entries(cells), "guide2011").emissions["value"].sum()
        if value == "3.5":
            single = total
    assert total == pytest.approx(2 * single, rel=1e-12)


ROWS = ["可供本地区消费的能源量", "一次能源生产量", "外省(区、市)调入量", "本省(区、市)调出量(-)", "加工转换投入(-)产出(+)量",
        "火力发电", "供热", "损失量", "终端消费量", "农、林、牧、渔业", "工业", "建筑业", "城镇", "乡村", "平衡差额"]  # fmt: skip


def closed_balance(outflow_sign=-1):
    """Ten fuels whose balance closes, one column each: rows as ROWS, in the printed unit."""
    rng = np.random.default_rng(5)
    columns = []
    for _ in range(10):
        production, inflow, outflow = rng.uniform(100, 500, 3)
        power, heat, loss = -rng.uniform(1, 80), -rng.uniform(1, 20), rng.uniform(0, 5)
        supply = production + inflow - outflow
        final = supply + power + heat - loss
        split = rng.dirichlet(np.ones(5)) * final
        columns.append(
            [
                supply,
                production,
                inflow,
                outflow_sign * outflow,
                power + heat,
                power,
                heat,
                loss,
                final,
                *split,
                0.0,
            ]
        )
    return np.array(columns).T.round(6)


FUELS = ["原煤", "洗精煤", "焦炭", "原油", "汽油", "煤油", "柴油", "燃料油", "液化石油气", "炼厂干气"]


def as_lines(values, labels=ROWS):
    return [f"{r},{f},2020,{values[i, j]},万吨" for i, r in enumerate(labels) for j, f in enumerate(FUELS)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_closed_balance_has_no_finding_with_either_sign_of_outflow(tmp_path, sign):
    result = combustion_of(read_balance(tidy(tmp_path, as_lines(closed_balance(sign)))), "guide2011")
    assert [f.code for f in result.findings if f.code == "balance-identity"] == []


def test_a_broken_balance_names_the_fuel_and_the_gap(tmp_path):
    values = closed_balance()
    values[8, 2] += 1.0
    result = combustion_of(read_balance(tidy(tmp_path, as_lines(values))), "guide2011")
    told = [f for f in result.findings if f.code == "balance-identity"]
    assert told
    assert all("Coke" in f.en and "Diesel" not in f.en for f in told)


def test_shifted_labels_are_refused_with_the_place(tmp_path):
    labels = ROWS.copy()
    # the labels from 加工转换 to 终端消费量 stand one line too low: the last one has jumped to the top
    labels[4:9] = [labels[8], *labels[4:8]]
    with pytest.raises(DafengError, match="moved by -1") as caught:
        combustion_of(read_balance(tidy(tmp_path, as_lines(closed_balance(), labels))), "guide2011")
    assert "do not fit their numbers" in caught.value.problems[0].found


def yearbook(tmp_path, *, broken=False):
    """A sheet in the yearbook's layout: title, two header lines with merged cells, units, a footnote."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "江西2020"
    sheet.append(["6-14 江西能源平衡表(实物量)-2020"])
    sheet.append(["项目", "Item", "煤", None, "油品"])
    sheet.merge_cells("C2:D2")
    sheet.append([None, None, "原煤", "焦炭", "柴油"])
    sheet.append([None, None, "(万吨)", "(万吨)", "(万吨)"])
    sheet.append(["二.加工转换投入(-)产出(+)量", "Transformation", -50, None, None])
    sheet.append(["  1.火力发电", "Thermal Power", -50, None, None])
    sheet.append(["四.终端消费量", "Total Final Consumption", 30, 20, 10])
    sheet.append(["  2.工业", "Industry", 25, 20, 4])
    sheet.append(["  3.建筑业", "Construction", 5, "3.2①" if broken else None, 6])
    sheet.append(["注:本表为快报数。"])
    if broken:
        sheet.merge_cells("D8:E8")
        sheet["C8"] = -3
    path = tmp_path / "yearbook.xlsx"
    book.save(path)
    return path


def test_the_yearbook_layout_is_read(tmp_path):
    balance = read_balance(yearbook(tmp_path))
    cells = balance.cells.set_index(["row", "fuel"])
    assert cells.loc[("Industry", "Raw_Coal"), "value"] == 25e4
    assert cells.loc[("Construction", "Diesel_Oil"), "where"] == "江西2020!E9"
    assert set(balance.cells["year"]) == {2020}
    assert set(balance.cells["region"]) == {"江西"}
    assert "footnote" in {f.code for f in balance.findings}


def test_merged_cells_and_footnote_marks_are_problems_with_addresses(tmp_path):
    where = {p.where for p in problems_of(yearbook(tmp_path, broken=True))}
    assert {"江西2020!D8:E8", "江西2020!D9"} <= where


def test_a_table_with_fuels_as_columns_is_read_from_csv(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("江西2020,单位:万吨\n项目,原煤,焦炭\n工业,12,3\n建筑业,,4\n", encoding="utf-8")
    assert read_balance(path).cells["value"].tolist() == [12e4, 3e4, 4e4]


def test_every_set_has_the_common_fuels():
    for name in ("ceads", "gbt32151_22_2024", "guide2011", "ipcc2006", "enterprise_steel_2013"):
        fuels = {fuel for _, fuel in factors_of(name)}
        assert {"Raw_Coal", "Coke", "Diesel_Oil", "Natural_Gas"} <= fuels
        assert all(f.value >= 0 and np.isfinite(f.value) for f in factors_of(name).values())


def test_a_large_table_is_read_in_one_go(tmp_path):
    years = pd.RangeIndex(1990, 2023)
    lines = [f"{row},{fuel},{year},1.5,万吨" for year in years for row in ROWS[9:14] for fuel in FUELS]
    assert len(read_balance(tidy(tmp_path, lines)).cells) == len(lines)


def test_two_branches_that_are_one_row_here_add_up(tmp_path):
    lines = ["汽车制造业,柴油,2020,1,万吨", "铁路、船舶、航空航天和其他运输设备制造业,柴油,2020,2,万吨"]
    result = combustion_of(read_balance(tidy(tmp_path, lines)), "guide2011")
    assert result.emissions["activity"].tolist() == pytest.approx([3e4])


def test_reference_approach_equals_the_sectoral_where_all_that_comes_in_is_burnt(tmp_path):
    lines = [
        "可供本地区消费的能源量,原煤,2020,100,万吨", "火力发电,原煤,2020,-60,万吨", "工业,原煤,2020,40,万吨",
        "可供本地区消费的能源量,石脑油,2020,10,万吨", "工业,石脑油,2020,10,万吨", "用作原料、材料,石脑油,2020,4,万吨",
    ]  # fmt: skip
    balance = read_balance(tidy(tmp_path, lines))
    reference = reference_approach(balance, "ipcc2006")["co2_t"].sum()
    result = combustion_of(balance, "ipcc2006")
    assert reference == pytest.approx(result.emissions["value"].sum(), rel=1e-12)
    told = [f for f in result.findings if f.code == "reference-approach"]
    assert [f.severity.value for f in told] == ["note"]


def test_a_large_gap_between_the_approaches_is_a_warning(tmp_path):
    lines = ["可供本地区消费的能源量,原煤,2020,50,万吨", "工业,原煤,2020,40,万吨"]
    told = combustion_of(read_balance(tidy(tmp_path, lines)), "guide2011").findings
    assert [(f.code, f.severity.value) for f in told if f.code == "reference-approach"] == [
        ("reference-approach", "warning")
    ]


def test_calibration_to_the_standard_coal_balance(tmp_path):
    """Raw coal 100 + 50 万t stands at 66 + 33 万吨标准煤: 0.66, not the default 0.7143; coke agrees with its own."""
    physical = ["工业,原煤,2020,100,万吨", "火力发电,原煤,2020,-50,万吨", "工业,焦炭,2020,10,万吨"]
    official = [
        "工业,原煤,2020,66,万吨标准煤",
        "火力发电,原煤,2020,-33,万吨标准煤",
        "工业,焦炭,2020,9.714,万吨标准煤",
    ]
    table = calibrate(
        read_balance(tidy(tmp_path, physical)), read_balance(tidy(tmp_path, official, "standard.csv"))
    ).set_index("fuel")
    assert table.loc["Raw_Coal", "tce_per_unit"] == pytest.approx(0.66)
    assert table["noticeable"].to_dict() == {"Coke": False, "Raw_Coal": True}


@given(st.data())
def test_moving_labels_in_bulk_is_the_same_as_one_by_one(data):
    """The search for shifted labels judges all labellings at once: each like the table with those labels."""
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    rows = [find_row(label).row for label in ROWS]
    values = rng.integers(-3, 4, (len(rows), 4)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    orders = np.array([rng.permutation(len(rows)) for _ in range(5)])
    member = identities._membership(rows)
    bulk = identities._judged(*identities._both_sides(member[orders], values))[1].sum(axis=(1, 2))
    for order, failing in zip(orders, bulk, strict=True):
        _, alone = identities.residuals([rows[i] for i in order], FUELS[:4], values)
        assert len(alone) == failing


def test_both_tables_of_a_yearbook_calibrate_the_coal(tmp_path):
    """Raw coal 100 万吨 stands at 66 万吨标准煤: the guideline's factor × 0.66/0.7143; CEADs' constants stay."""
    lines = [
        "工业,原煤,2020,100,万吨", "工业,原煤,2020,66,万吨标准煤", "工业,柴油,2020,10,万吨", "工业,柴油,2020,14.571,万吨标准煤",
    ]  # fmt: skip
    both = read_balance(tidy(tmp_path, lines))
    plain = read_balance(tidy(tmp_path, lines[::2], "plain.csv"))
    assert both.cells["value"].tolist() == plain.cells["value"].tolist()
    ours = combustion_of(both, "guide2011").emissions.set_index("fuel")["value"]
    default = combustion_of(plain, "guide2011").emissions.set_index("fuel")["value"]
    assert ours["Raw_Coal"] == pytest.approx(default["Raw_Coal"] * 0.66 / 0.7143, rel=1e-9)
    assert ours["Diesel_Oil"] == default["Diesel_Oil"]
    assert "coal-calibrated" in {f.code for f in combustion_of(both, "guide2011").findings}
    ceads = [combustion_of(b, "ceads").emissions["value"].sum() for b in (both, plain)]
    assert ceads[0] == ceads[1]
