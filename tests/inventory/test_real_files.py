"""Files as offices have them: what is unusual is read or skipped with a note, a bad cell is refused and not the file."""

import itertools
import json

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dafeng.cli.inventory import app
from dafeng.evidence import DafengError
from dafeng.inventory import combustion_of, read_balance
from dafeng.inventory.accounts.emission_factors import factors_of

C = 44 / 12
TIDY = "row,fuel,year,value,unit"


def table(tmp_path, *lines, header=TIDY, name="b.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def emitted(path, factors="guide2011"):
    """(row, fuel) → t CO2, zeros left out."""
    lines = combustion_of(read_balance(path), factors).emissions
    return {(r, f): v for r, f, v in lines[["row", "fuel", "value"]].itertuples(index=False) if v}


def codes(path, factors="guide2011"):
    return {f.code for f in combustion_of(read_balance(path), factors).findings}


COAL = 0.020908 * 26.37 * 0.94 * C


def test_refuelling_abroad_burns_nothing_in_the_territory(tmp_path):
    path = table(tmp_path, "China Airplanes&ships Refueling in Abroad,Kerosene,2020,0,10^4 ton")
    assert emitted(path) == {}
    path = table(tmp_path, "4.我轮、机在外国加油量,煤油,2007,1,万吨", "工业,原煤,2007,5,万吨")
    assert emitted(path) == pytest.approx({("Industry", "Raw_Coal"): 5e4 * COAL})


def test_a_nameless_line_of_zeros_is_nothing_and_one_with_numbers_is_refused(tmp_path):
    path = table(
        tmp_path, "unit,10^4 ton,10^4 ton", "Industry,5,1", ",0,0", "Rural,1,0", header="row,Raw_Coal,Coke"
    )
    balance = read_balance(path)
    assert balance.refused == ()
    assert "year-missing" in {f.code for f in balance.findings}
    assert emitted(path)["Rural", "Raw_Coal"] == pytest.approx(1e4 * COAL)
    path = table(tmp_path, "unit,10^4 ton,10^4 ton", "Industry,5,1", ",0,2", header="row,Raw_Coal,Coke")
    assert [cell.found.en for cell in read_balance(path).refused] == ["numbers without a row name"]


def test_a_page_of_city_statistics(tmp_path):
    """Coal as one number counts as raw coal, which is told; the electricity use of society is a memory row."""
    path = table(
        tmp_path,
        "工业,煤炭,2022,120,万吨",
        "居民生活,天然气,2022,0.4,亿立方米",
        "全社会用电量,电力,2022,120,亿千瓦时",
    )
    assert emitted(path)["Industry", "Raw_Coal"] == pytest.approx(1.2e6 * COAL)
    assert {"coal-as-raw-coal", "memory-row"} <= codes(path)
    named = [f for f in read_balance(path).findings if f.code == "memory-row"]
    assert "全社会用电量" in named[0].zh
    both = table(tmp_path, "工业,煤炭,2022,120,万吨", "工业,焦炭,2022,1,万吨", "建筑业,原煤,2022,1,万吨")
    assert ("Industry", "Raw_Coal") not in emitted(both)


@pytest.mark.parametrize(
    ("fuel", "value", "unit", "tj", "carbon", "oxidation"),
    [
        ("Natural_Gas", 500, "TJ", 500, 15.3, 0.99),
        ("Natural_Gas", 500, "ktoe", 500 * 41.868, 15.3, 0.99),
        ("Natural_Gas", 0.5, "Mtoe", 500 * 41.868, 15.3, 0.99),
        ("Natural_Gas", 1000, "MWh", 3.6, 15.3, 0.99),
        ("Natural_Gas", 10, "Gcal", 0.041868, 15.3, 0.99),
        ("Diesel_Oil", 500, "TJ", 500, 20.2, 0.98),
        ("Diesel_Oil", 3, "万吨标准煤", 3e4 * 0.0293076, 20.2, 0.98),
        ("Raw_Coal", 5e5, "GJ", 500, 26.37, 0.94),
        ("Anthracite", 5, "TJ", 5, 27.4, 0.94),
        ("Blast_Furnace_Gas", 100, "万吨标准煤", 29307.6, 70.8, 0.99),
        ("Other_Gas", 100, "万吨标准煤", 29307.6, 12.2, 0.99),
        ("Gangue", 10, "万吨标准煤", 2930.76, 26.37, 0.94),
        ("Petroleum_Coke", 1, "PJ", 1000, 27.5, 0.98),
    ],
)
def test_any_energy_unit_for_any_fuel(tmp_path, fuel, value, unit, tj, carbon, oxidation):
    """CO2 = energy × carbon content × oxidation × 44/12, whatever heating value turned it into fuel units."""
    path = table(tmp_path, f"Industry,{fuel},2020,{value},{unit}")
    assert emitted(path) == pytest.approx({("Industry", fuel): tj * carbon * oxidation * C}, rel=1e-9)


@pytest.mark.parametrize("factors", ["ceads", "gbt32151_22_2024", "ipcc2006", "enterprise_steel_2013"])
def test_energy_units_agree_whatever_the_set(tmp_path, factors):
    """One amount of energy in five units gives one emission."""
    values = [
        sum(emitted(table(tmp_path, f"Industry,Natural_Gas,2020,{v},{u}"), factors).values())
        for v, u in (
            (41.868, "TJ"),
            (1, "ktoe"),
            (41868, "GJ"),
            (41.868 / 29.3076, "10^3 tce"),
            (11630, "MWh"),
        )
    ]
    assert values == pytest.approx([values[0]] * 5, rel=1e-9)
    assert values[0] == pytest.approx(41.868 * 15.3 * C, rel=0.015)


def test_one_rule_of_fall_back_for_all_fuels_with_its_tonnes(tmp_path):
    """What a set lacks comes from guide2011, then from the default set, and the finding says how many tonnes."""
    path = table(
        tmp_path, "Thermal Power,Blast_Furnace_Gas,2020,100,10^8 m3", "Industry,Petroleum_Coke,2020,10,10^4 t",
        "Industry,LNG,2020,10,10^4 t", "Industry,Other_Gas,2020,1,10^8 m3",
    )  # fmt: skip
    totals = {
        s: sum(emitted(path, s).values())
        for s in ("gbt32151_22_2024", "guide2011", "ipcc2006", "enterprise_steel_2013")
    }
    assert list(totals.values()) == pytest.approx([totals["gbt32151_22_2024"]] * 4, rel=1e-3)
    assert totals["guide2011"] == pytest.approx(910.85e4, rel=1e-4)
    found = {f.where: f for f in combustion_of(read_balance(path), "guide2011").findings}
    assert "848.11万吨CO2" in found["Blast_Furnace_Gas"].zh
    assert "guide2011 → gbt32151_22_2024" in found["LNG"].en
    assert emitted(path, "ceads")["Industry", "LNG"] == pytest.approx(
        factors_of("gbt32151_22_2024")["", "LNG"].value * 1e5
    )


def test_percentages_rounding_and_powers_without_a_caret(tmp_path):
    path = table(
        tmp_path,
        "Loss,Raw_Coal,2020,5,10^4 ton",
        "% Loss,Raw_Coal,2020,0,10^4 ton",
        "工业,焦炭,2020,-1e-14,万吨",
    )
    balance = read_balance(path)
    assert balance.refused == ()
    assert balance.cells[["row", "value"]].to_numpy().tolist() == [["Loss", 5e4], ["Industry", 0.0]]
    assert {"percentage-row", "rounding-noise"} <= {f.code for f in balance.findings}
    heat = read_balance(table(tmp_path, "Industry,Heat,2020,5,1010 kj", "Industry,Raw_Coal,2020,5,104 tn"))
    assert heat.cells["value"].tolist() == pytest.approx([50.0, 5e4])
    assert list(emitted(tmp_path / "b.csv")) == [("Industry", "Raw_Coal")]


def test_the_unit_line_that_fits_the_fuel_counts(tmp_path):
    """Hainan 2007: the gas has no Chinese unit; its English one, 108 cu.m, serves. Two that disagree are told."""
    path = table(
        tmp_path, "项目,Item,原煤,天然气", ",,(万吨),", ",,(104 tn),(108 cu.m)",
        "四.终端消费量,Total Final Consumption,50,10", "2.工业,Industry,50,10", header="海南能源平衡表-2007,,,",
    )  # fmt: skip
    assert emitted(path) == pytest.approx(
        {
            ("Industry", "Raw_Coal"): 5e5 * COAL,
            ("Industry", "Natural_Gas"): 1e9 * 38.931e-6 * 15.3 * 0.99 * C,
        },
        rel=1e-4,
    )
    path = table(
        tmp_path,
        ",,(亿立方米),(亿千瓦",
        ",,(104 tn),小时)",
        "2.工业,Industry,1,3",
        header="项目2007,Item,原煤,电力",
    )
    balance = read_balance(path)
    assert balance.cells["value"].tolist() == pytest.approx([1e4, 3e5])
    assert "unit-line-chosen" in {f.code for f in balance.findings}


BAD = {
    "negative": ("乡村,其他焦化产品,2015,-1,万吨", "不小于零的消费量"),
    "number": ("乡村,原煤,2015,十二,万吨", "数字"),
    "unknown row": ("魔法业,原煤,2015,1,万吨", "能源平衡表的一行"),
    "unknown fuel": ("乡村,独角兽,2015,1,万吨", "能源平衡表的一个品种"),
    "unit of another kind": ("乡村,原煤,2015,1,亿元", "的单位,或能量单位"),
    "year": ("乡村,原煤,15,1,万吨", "1949至2100年"),
    "twice": ("工业,原煤,2015,6,万吨", "只出现一次"),
    "beyond the world": ("乡村,原煤,2015,1e20,万吨", "不超过"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_cell_is_refused_and_the_rest_is_computed(tmp_path, kind):
    line, expected = BAD[kind]
    path = table(tmp_path, "工业,原煤,2015,5,万吨", line)
    balance = read_balance(path)
    (cell,) = balance.refused
    assert cell.where.startswith("b.csv:3")
    assert expected in cell.problem().sentence("zh")
    assert emitted(path) == pytest.approx({("Industry", "Raw_Coal"): 5e4 * COAL})
    (told,) = [f for f in balance.findings if f.code == "cell-refused"]
    assert "b.csv:3" in told.zh
    assert told.severity.value == "warning"


def test_a_file_with_nothing_left_is_refused_with_every_cause(tmp_path):
    with pytest.raises(DafengError) as caught:
        read_balance(table(tmp_path, "魔法业,原煤,2015,1,万吨", "乡村,原煤,2015,x,万吨"))
    assert [p.where for p in caught.value.problems] == ["b.csv:2:row", "b.csv:3:value"]


def _provinces(path, names, bad=""):
    """A workbook in the layout of CEADs: a sheet a province, nameless zeros, % Loss, refuelling abroad, heat in 1010 kj."""
    book = openpyxl.Workbook()
    book.active.title = "NOTE"
    for i, name in enumerate(names, start=1):
        sheet = book.create_sheet(f"{name}2018")
        for line in [
            ["Energy_inventory", "Raw_Coal", "Coke", "Natural_Gas", "Heat"],
            ["unit", "10^4 ton", "10^4 ton", "10^8 cu.m", "1010 kj"],
            ["Total Final Consumption", 10.0 * i, 2.0, 1.0, 3.0],
            ["Construction", 4.0 * i, 1.0, 0.5, 1.0],
            ["Rural", 6.0 * i, 1.0, 0.5, 2.0],
            ["", 0.0, 0.0, 0.0, 0.0],
            ["Thermal Power", 20.0 * i, 0.0, 0.0, 0.0],
            ["Loss", 1.0, 0.0, 0.0, 0.0],
            ["% Loss", 0.1, 0.0, 0.0, 0.0],
            ["China Airplanes&ships Refueling in Abroad", 0.0, 0.0, 0.0, 0.0],
        ]:
            sheet.append(line)
        if name == bad:
            sheet["B5"] = "六"
    book.save(path)
    return path


def test_one_bad_cell_in_a_workbook_of_provinces_marks_one_province(tmp_path):
    names = ["Anhui", "Jiangxi", "Hubei", "Hunan", "Fujian"]
    sound = combustion_of(read_balance(_provinces(tmp_path / "a.xlsx", names)), "ceads")
    assert sound.refused == ()
    path = _provinces(tmp_path / "b.xlsx", names, bad="Hubei")
    marked = combustion_of(read_balance(path), "ceads")
    whole, left = (x.emissions.groupby("region")["value"].sum() for x in (sound, marked))
    assert left.drop("Hubei").to_dict() == pytest.approx(whole.drop("Hubei").to_dict(), rel=1e-12)
    assert left["Hubei"] < whole["Hubei"]
    (cell,) = marked.refused
    assert (cell.where, cell.region, cell.year, cell.basis) == (
        "Hubei2018!B5",
        "Hubei",
        2018,
        "rest_of_total",
    )
    # 30 less 12 of 90 万t coal (0.7143) beside 1.94 + 13.3 万tce of coke and gas
    assert cell.share == pytest.approx(18 * 0.7143 / (90 * 0.7143 + 15.24), abs=2e-4)
    printed = json.loads(CliRunner().invoke(app, ["from-balance", str(path), "--json"]).stdout)
    assert printed["refused"][0]["where"] == "Hubei2018!B5"
    assert "Hubei2018!B5" in printed["refused"][0]["zh"]


AMOUNTS = {("工业", "原煤"): 12.0, ("工业", "柴油"): 3.0, ("建筑业", "柴油"): 2.0, ("乡村", "原煤"): 1.5}
NAMES = {
    "工业": ("工业", "Industry", "2.工业 Industry"), "建筑业": ("建筑业", "Construction", "3.建筑业"), "乡村": ("乡村", "Rural", "Rural"),
    "原煤": ("原煤", "Raw_Coal", "Raw Coal"), "柴油": ("柴油", "Diesel_Oil", "Diesel Oil"),
}  # fmt: skip
UNITS = (("万吨", 1.0), ("10^4 t", 1.0), ("吨", 1e4), ("10 000 tons", 1.0), ("kt", 10.0))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(list(itertools.chain(TIDY.split(",")))),
    cells=st.permutations(list(AMOUNTS)),
    language=st.integers(0, 2),
    unit=st.sampled_from(UNITS),
    wide=st.booleans(),
)
def test_columns_languages_units_and_layouts_of_one_balance_give_one_inventory(
    tmp_path, order, cells, language, unit, wide
):
    expected = {
        ("Industry", "Raw_Coal"): 12e4 * COAL, ("Rural", "Raw_Coal"): 1.5e4 * COAL,
        ("Industry", "Diesel_Oil"): 3e4 * 0.042652 * 20.2 * 0.98 * C,
        ("Construction", "Diesel_Oil"): 2e4 * 0.042652 * 20.2 * 0.98 * C,
    }  # fmt: skip
    if wide:
        fuels = list(dict.fromkeys(f for _, f in cells))
        lines = [f"单位:{unit[0]}", ",".join(["row", *(NAMES[f][language] for f in fuels)])]
        for row in dict.fromkeys(r for r, _ in cells):
            values = [AMOUNTS.get((row, f)) for f in fuels]
            lines.append(
                ",".join([NAMES[row][language], *("" if v is None else repr(v * unit[1]) for v in values)])
            )
        path = table(tmp_path, *lines, header="江西能源平衡表-2020")
    else:
        found = [
            {
                "row": NAMES[r][language],
                "fuel": NAMES[f][language],
                "year": "2020",
                "value": repr(AMOUNTS[r, f] * unit[1]),
                "unit": unit[0],
            }
            for r, f in cells
        ]
        path = table(tmp_path, *(",".join(line[c] for c in order) for line in found), header=",".join(order))
    assert emitted(path) == pytest.approx(expected, rel=1e-9)
    assert np.isfinite(list(emitted(path).values())).all()
