"""eCRF out and in, forms as they are printed, oil moved to transport, energy as assessed."""

import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from dafeng import case as cases
from dafeng.cli.inventory import app
from dafeng.evidence import DafengError, Language
from dafeng.inventory import (
    build,
    dual_control,
    ecrf_tables,
    gpc_table,
    moved_to_transport,
    oil_shares,
    read_ecrf,
    write_ecrf,
    write_workbook,
)
from dafeng.inventory.forms.ecrf import COLUMNS
from dafeng.inventory.forms.form_sheets import gpc_sheet
from dafeng.inventory.forms.source_sheets import source_sheets, source_title
from dafeng.inventory.forms.table_sheets import table_sheets, word

TOTAL = "GHGs (t CO2e): total CO2e"


@pytest.fixture(scope="module")
def jiujiang():
    return cases.load("jiujiang")


@pytest.fixture(scope="module")
def inventory(jiujiang):
    return build(jiujiang)


@pytest.fixture(scope="module")
def tables(inventory, jiujiang):
    return ecrf_tables(inventory, jiujiang, 2019)


def test_sources_sum_to_the_lines_of_the_gpc_table(inventory, tables):
    sums = tables.sources.groupby("GPC ref. no.")[TOTAL].sum(min_count=1)
    own = gpc_table(inventory, 2019).set_index("refno")["value_t"]
    pd.testing.assert_series_equal(sums.reindex(own.index), own, check_names=False, rtol=1e-9)
    assert set(own.index) == set(tables.sources["GPC ref. no."])


def test_a_source_is_activity_times_factor_with_key_or_number(tables):
    sources = tables.sources
    assert tuple(sources.columns) == COLUMNS
    number, key = sources[TOTAL].notna(), sources["Notation key"] != ""
    assert (number ^ key).all()
    known = sources[
        number & sources["Activity data: amount"].gt(0) & sources["Emission factor: total CO2e"].notna()
    ]
    product = known["Activity data: amount"] * known["Emission factor: total CO2e"]
    assert np.allclose(product, known[TOTAL], rtol=1e-9)
    gases = known[[f"GHGs (t CO2e): {gas}" for gas in ("CO2", "CH4", "N2O")]].sum(axis=1)
    assert np.allclose(gases, known[TOTAL], rtol=1e-9)
    assert set(sources["Activity data: data quality"]) <= {"", "H", "M", "L"}
    assert sources.loc[sources["Scope"] == 1, "CRF sub-sector"].str.contains("1.A.1.a.i").any()


def test_out_and_in_again_is_the_identity(tables, tmp_path):
    write_ecrf(tables, tmp_path / "a.xlsx")
    again = read_ecrf(tmp_path / "a.xlsx")
    pd.testing.assert_frame_equal(again.sources, tables.sources, check_exact=True)
    pd.testing.assert_frame_equal(again.summary, tables.summary, check_exact=True)
    assert again.profile == dict(tables.profile)


def test_every_fault_of_a_workbook_at_its_cell(tables, tmp_path):
    path = tmp_path / "a.xlsx"
    write_ecrf(tables, path)
    book = openpyxl.load_workbook(path)
    sheet = book["Table 3 sources"]
    line = next(
        r for r in range(3, 40) if isinstance(sheet.cell(r, 28).value, float) and sheet.cell(r, 28).value > 1
    )
    for row, column, value in (
        (line, 2, "X.9"), (line, 5, 7), (line, 7, "NX"), (line, 12, "Q"), (line, 28, "abc"), (line + 1, 7, "NE"), (line + 1, 28, 1e-3),
    ):  # fmt: skip
        sheet.cell(row, column).value = value
    book.save(path)
    with pytest.raises(DafengError) as caught:
        read_ecrf(path)
    places = [p.where.split("!")[1] for p in caught.value.problems]
    assert {
        f"B{line}",
        f"E{line}",
        f"G{line}",
        f"L{line}",
        f"AB{line}",
        f"G{line + 1}",
        f"AB{line + 1}",
    } <= set(places)
    assert all("应为" in p.sentence("zh") for p in caught.value.problems)
    del book["Table 2 summary"]
    book.save(path)
    with pytest.raises(DafengError, match="Table 2"):
        read_ecrf(path)
    (tmp_path / "b.xlsx").write_text("no")
    with pytest.raises(DafengError, match="workbook"):
        read_ecrf(tmp_path / "b.xlsx")


def test_chapters_have_one_line_a_source_and_completeness_is_filled(inventory):
    sheets = dict(source_sheets(inventory, "九江市", 2019))
    assert list(sheets) == [
        "能源活动",
        "工业生产过程",
        "农业",
        "土地利用变化和林业",
        "废弃物处理",
        "电力调入调出",
        "完整性",
    ]
    processes = {line[1]: line for line in sheets["工业生产过程"].lines[3:] if len(line) > 2}
    assert processes["水泥生产过程"][8] == pytest.approx(475.5, abs=0.1)
    assert {"石灰", "电石", "炼钢石灰石熔剂"} <= set(processes)
    assert processes["石灰"][7] == "NE"
    energy = [line for line in sheets["能源活动"].lines[3:] if len(line) > 2 and line[1] != "合计(部分NE)"]
    own = inventory.part("B", 2019)
    own = own[own["category"].isin(("combustion", "combustion_trace")) & (own["key"] == "")]
    assert sum(line[8] for line in energy if isinstance(line[8], float)) == pytest.approx(
        own["value"].sum() / 1e4
    )
    for line in sheets["完整性"].lines[3:]:
        assert len(line) == 1 or ("未估算" in str(line[3])) == (line[4] != "")
    assert any("凭记忆" in str(line[0]) for line in sheets["完整性"].lines)


@pytest.mark.parametrize("english", [False, True])
def test_the_gpc_form_has_one_language(inventory, english):
    sheet = gpc_sheet(inventory, "Jiujiang" if english else "九江市", 2019, english=english)
    text = " ".join(str(cell) for line in sheet.lines for cell in line if isinstance(cell, str))
    chinese = [letter for letter in text if "一" <= letter <= "鿿"]
    assert bool(chinese) is not english
    assert ("territorial" in text) is english
    line = next(line for line in sheet.lines if str(line[0]).startswith("I.4.4"))
    assert str(line[1]).strip().startswith("besides" if english else "另")


def test_the_workbook_is_printable_with_two_decimals(inventory, jiujiang, tmp_path):
    write_workbook(inventory, jiujiang, [2019], tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    forms = [s for s in book.worksheets if s.title.endswith(("2019", "2019 en"))]
    assert len(forms) == 10
    for sheet in forms:
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.paperSize, sheet.sheet_properties.pageSetUpPr.fitToPage) == (9, True)
        assert sheet.print_title_rows == "$1:$3"
        formats = {c.number_format for row in sheet.iter_rows() for c in row if isinstance(c.value, float)}
        assert formats <= {"#,##0.00_ ", "0.00E+00_ "}
    # one page is the default, which the file leaves out
    assert [s.page_setup.fitToHeight for s in forms if s.title.startswith("GPC")] == [None, None]
    tables = [s for s in book.worksheets if s not in forms]
    for sheet in tables:
        formats = {
            c.number_format for row in sheet.iter_rows(min_row=2) for c in row if isinstance(c.value, float)
        }
        assert all("0.00" in number for number in formats)
        titles = [str(cell.value) for cell in sheet[1]]
        assert not [title for title in titles if "_" in title]
    # a long sentence has the height of its lines: not every program makes it
    findings = book["提示"]
    longest = max(range(2, findings.max_row + 1), key=lambda row: len(str(findings.cell(row, 4).value)))
    assert findings.row_dimensions[longest].height > 30


def test_every_source_of_the_provincial_form_has_a_chinese_name(inventory):
    for row in set(inventory.cells["row"]):
        assert any("一" <= letter <= "鿿" for letter in source_title(row)), row


@pytest.mark.parametrize("language", list(Language))
def test_a_table_behind_the_forms_has_one_language(inventory, jiujiang, language):
    """Sheets, headings, names and sentences; codes, sources and units are as they are, and no word is left without a name."""
    names = {"code", "where", "source", "factor_set", "indicator", "unit"}
    for sheet in table_sheets(inventory, jiujiang, [2019, 2020], language):
        headings = [heading.text for heading in sheet.headings]
        assert not [name for name in headings if name.startswith("head.")]
        assert len(set(headings)) == len(headings)
        codes = {word(f"head.{name}", language) for name in names}
        shown = [sheet.name, *headings]
        shown += [
            str(v) for row in sheet.rows for name, v in zip(headings, row, strict=True) if name not in codes
        ]
        chinese = [text for text in shown if any("一" <= letter <= "鿿" for letter in text)]
        if language is Language.EN:
            assert chinese == []
        else:
            words = {
                str(row[headings.index(name)])
                for row in sheet.rows
                for name in ("行", "品种", "类别", "行业", "部门")
                if name in headings
            }
            assert {text for text in words if text not in chinese} <= {"", "LNG"}


def test_a_key_category_that_is_not_estimated_has_its_key(inventory, jiujiang):
    """The column of key categories is a flag: it stood in place of the missing numbers as True."""
    [keys] = [s for s in table_sheets(inventory, jiujiang, [2020], Language.ZH) if s.name == "关键排放源"]
    assert not [cell for row in keys.rows for cell in row if cell in ("True", "False")]
    column = [heading.text for heading in keys.headings].index("排放量[t]")
    assert "NE" in [row[column] for row in keys.rows]


def test_oil_of_vehicles_moves_and_co2_stays(inventory):
    moved = moved_to_transport(inventory, oil_shares())
    for before, after in zip(inventory.totals("A"), moved.totals("A"), strict=True):
        assert after.value_t == pytest.approx(before.value_t, rel=1e-12)
    old, new = (
        one.cells[(one.cells["year"] == 2020) & (one.cells["category"] == "combustion")]
        for one in (inventory, moved)
    )
    homes = old[old["row"].isin(("Urban", "Rural")) & (old["fuel"] == "Gasoline")]["value_t"].sum()
    assert new[new["row"].isin(("Urban", "Rural")) & (new["fuel"] == "Gasoline")].empty
    road = new[(new["row"] == "Road transport") & (new["fuel"] == "Gasoline")].iloc[0]
    assert road["value_t"] > homes > 0
    assert (road["grade"], road["branch"]) == ("E", "transport")
    assert road["low_t"] < road["value_t"] < road["high_t"]
    assert (
        not moved.cells.duplicated(["year", "category", "row", "fuel", "gas"]).any()
        or inventory.cells.duplicated(["year", "category", "row", "fuel", "gas"]).any()
    )
    farm = "Farming, Forestry, Animal Husbandry, Fishery & Water Conservancy"
    diesel = [
        one[(one["row"] == farm) & (one["fuel"] == "Diesel_Oil")]["value_t"].sum() for one in (old, new)
    ]
    assert diesel[0] == diesel[1]


def test_bad_shares_of_oil_are_refused_with_their_place(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(
        "rows,fuel,share,low,high\nhomes,Gasoline,1,0.9,1\nindustry,magic,0.5,0.4,0.6\nindustry,Gasoline,1.2,0.4,1.3\nservices,Gasoline,0.5,0.4,0.6\nservices,汽油,0.5,0.4,0.6\n",
        encoding="utf-8",
    )
    with pytest.raises(DafengError) as caught:
        oil_shares(path)
    assert [p.where for p in caught.value.problems] == [
        "s.csv:2:rows",
        "s.csv:3:fuel",
        "s.csv:4:share",
        "s.csv:6",
    ]
    path.write_text("rows,fuel\n")
    with pytest.raises(DafengError, match="share"):
        oil_shares(path)


def test_energy_as_assessed(inventory, jiujiang):
    growth, whole = (dual_control(inventory, jiujiang, deduct=rule) for rule in ("growth", "all"))
    parts = (
        growth[[f"deduction_{name}_tce" for name in ("feedstock", "non_fossil", "certificates")]]
        .fillna(0)
        .sum(axis=1)
    )
    assert np.allclose(growth["energy_assessed_tce"], growth["energy_statistical_tce"] - parts)
    assert np.allclose(
        growth["energy_statistical_tce"], growth["energy_equivalent_tce"] + growth["deduction_feedstock_tce"]
    )
    assert growth["deduction_non_fossil_tce"].iloc[0] == 0
    more = whole["deduction_non_fossil_tce"] - growth["deduction_non_fossil_tce"]
    assert np.allclose(more, whole["deduction_non_fossil_tce"].iloc[0])
    assert set(growth["assessed_without"]) == {"certificates"}
    fall = growth["energy_assessed_intensity_cumulative_fall"]
    ratio = (
        growth["energy_assessed_intensity_tce_per_cny"]
        / growth["energy_assessed_intensity_tce_per_cny"].iloc[0]
    )
    assert np.allclose(fall, 1 - ratio)


def test_the_commands(tmp_path):
    runner = CliRunner()
    file = str(tmp_path / "e.xlsx")
    assert runner.invoke(app, ["ecrf", "jiujiang", "--year", "2019", "--out", file]).output.strip() == file
    assert "I.4.4" in runner.invoke(app, ["ecrf", "--read", file]).output
    rows = json.loads(runner.invoke(app, ["ecrf", "--read", file, "--json"]).output)["rows"]
    assert rows[0]["Inventory year"] == 2019
    assert isinstance(runner.invoke(app, ["ecrf"]).exception, DafengError)
    assert "考核" in runner.invoke(app, ["indicators", "jiujiang", "--deduct", "all"]).output
    assert isinstance(runner.invoke(app, ["indicators", "jiujiang", "--deduct", "x"]).exception, DafengError)
    ran = runner.invoke(
        app,
        [
            "run",
            "jiujiang",
            "--oil-to-transport",
            "auto",
            "--year",
            "2020",
            "--format",
            "csv",
            "--account",
            "B",
        ],
    )
    assert "Road transport" in ran.output
