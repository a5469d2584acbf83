"""Forms, counties, figures, key categories and recalculation close with the inventory they come from."""

import json

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dafeng.cli.inventory import app
from dafeng.evidence import DafengError, Language
from dafeng.inventory import (
    allocate,
    build,
    dual_control,
    emission_rings,
    energy_flows,
    gpc_table,
    gpc_totals,
    key_category_table,
    propagated,
    provincial_form,
    recalculate,
    sampled,
    sankey,
    sunburst,
    to_counties,
    write_figures,
)
from dafeng.inventory.accounts.base_year import base_year
from dafeng.inventory.forms.form_sheets import gpc_sheet, provincial_sheet


def test_gpc_scope_one_is_account_b(inventory):
    lines = gpc_table(inventory, 2019)
    assert len(lines) == 53
    assert gpc_totals(lines)["territorial"] == pytest.approx(
        inventory.totals("B", [2019])[0].value_t, rel=1e-12
    )


def test_gpc_keeps_generation_outside_basic_and_scope_two_at_the_grid_factor(inventory):
    lines = gpc_table(inventory, 2020).set_index("refno")
    assert lines.loc["I.4.4", "level"] == "territorial"
    base = base_year(inventory, 2020)
    electricity = base.electricity_mwh.sum() * base.grid_factor
    heat = base.heat_tj.sum() * 110
    scope_two = lines[lines["scope"] == 2]["value_t"].sum()
    assert scope_two == pytest.approx(electricity + heat, rel=1e-12)
    losses = lines[(lines["scope"] == 3) & lines["value_t"].notna()]["value_t"].sum()
    assert losses == pytest.approx(base.losses_mwh * base.grid_factor, rel=1e-9)


def test_gpc_lines_hold_a_number_or_a_key_never_both(inventory):
    lines = gpc_table(inventory, 2020)
    assert (lines["value_t"].notna() == (lines["key"] == "")).all()
    assert set(lines[lines["key"] == "IE"]["refno"]) >= {"II.2.1", "II.3.1", "II.4.1"}


def test_provincial_form_adds_up(inventory):
    form = provincial_form(inventory, 2019).set_index("row")
    co2 = form["CO2"]
    parts = co2[["1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.1.5", "1.1.6"]].sum()
    assert co2["1.1"] == pytest.approx(parts, rel=1e-12)
    part = inventory.part("B", 2019)
    energy = part[(part["category"] == "combustion") & (part["key"] == "")]["value_t"].sum()
    assert co2["1.1"] == pytest.approx(energy, rel=1e-12)
    assert co2["2"] == pytest.approx(co2["2.1"], rel=1e-12)
    assert form.loc["3.1", "key"] == "NE"
    assert np.isnan(form.loc["3.1", "co2e_t"])


@given(
    st.floats(-1e9, 1e9), st.lists(st.floats(0, 1e6), min_size=1, max_size=15).filter(lambda w: sum(w) > 1e-3),
    st.integers(0, 3),
)  # fmt: skip
def test_allocation_is_exact_after_rounding(total, weights, decimals):
    parts = allocate(total, weights, decimals)
    expected = np.rint(abs(total) * 10**decimals)
    assert np.rint(np.abs(parts) * 10**decimals).sum() == pytest.approx(expected, abs=0.5)
    exact = total * np.array(weights) / sum(weights)
    assert np.abs(parts - exact).max() <= 1.0 / 10**decimals + 1e-6 * abs(total)


def test_allocation_refuses_what_has_no_meaning():
    with pytest.raises(ValueError, match="all zero"):
        allocate(5.0, [0.0, 0.0])
    with pytest.raises(ValueError, match="not negative"):
        allocate(5.0, [1.0, -1.0])


def test_thirteen_counties_add_up_to_the_city_exactly(inventory, jiujiang):
    counties = to_counties(inventory, jiujiang, 2020)
    assert counties["county"].nunique() == 13
    part = inventory.part("B", 2020)
    by_branch = part[part["key"] == ""].groupby(["branch", "category"])["value"].sum().round().sum()
    assert counties["value_t"].sum() == by_branch
    power = counties[counties["branch"] == "power"].set_index("county")["value_t"]
    assert (power > 0).sum() == 3
    assert power.idxmax() == "360429"


def test_counties_leave_the_import_with_the_city(inventory, jiujiang):
    counties = to_counties(inventory, jiujiang, 2020, "A")
    alone = counties[counties["county"] == ""]
    assert alone["value_t"].sum() == round(
        base_year(inventory, 2020).net_import_mwh * base_year(inventory, 2020).grid_factor
    )


def test_stated_weights_win_and_unknown_counties_are_refused(inventory, jiujiang):
    stated = to_counties(inventory, jiujiang, 2020, weights={"steel": {"360429": 1.0}})
    steel = stated[(stated["branch"] == "steel") & (stated["value_t"] > 0)]
    assert list(steel["county"]) == ["360429"]
    with pytest.raises(DafengError, match="999999"):
        to_counties(inventory, jiujiang, 2020, weights={"steel": {"999999": 1.0}})


def test_what_enters_electricity_leaves_it(inventory):
    flows = energy_flows(inventory, 2020)
    entering = flows[flows["target"] == "electricity"]["tj"].sum()
    assert flows[flows["source"] == "electricity"]["tj"].sum() == pytest.approx(entering, rel=1e-9)


@pytest.mark.parametrize("language", list(Language))
def test_figures_hold_the_inventory(inventory, language):
    rings = emission_rings(inventory, 2020)
    part = inventory.part("B", 2020)
    assert rings["value_t"].sum() == pytest.approx(part["value"][part["value"] > 0].sum(), rel=1e-12)
    ring = sunburst(inventory, 2020, language=language).data[0]
    scale = 1e4 if language is Language.ZH else 1e3
    leaves = [v for v, i in zip(ring.values, ring.ids, strict=True) if i.count("/") == 0]
    assert sum(leaves) * scale == pytest.approx(rings["value_t"].sum(), rel=1e-9)
    flows = sankey(inventory, 2020, language).data[0]
    assert len(flows.link.value) == len(energy_flows(inventory, 2020))


def test_sampling_agrees_with_propagation_and_shares_add_up(inventory):
    result, table = propagated(inventory, "A", 2020)
    assert table["share"].sum() == pytest.approx(1.0, rel=1e-12)
    totals = sampled(inventory, "A", 2020, draws=20_000)
    assert totals.mean() == pytest.approx(result.total, rel=0.01)
    assert totals.std() * 1.959964 == pytest.approx(result.half_width, rel=0.1)
    assert np.array_equal(sampled(inventory, "A", 2020, draws=50), sampled(inventory, "A", 2020, draws=50))


def test_key_categories_reach_the_threshold(inventory):
    table = key_category_table(inventory, "B", 2019)
    assert table["level"].sum() == pytest.approx(1.0)
    assert table[table["key_level"]]["level"].sum() >= 0.95
    assert table.iloc[0]["category"] == "power/Raw_Coal/CO2"


def test_recalculation_names_factor_and_activity(jiujiang, inventory):
    other = build(jiujiang, factor_set="ipcc2006")
    report = recalculate(inventory, other)
    combustion = report[report["category"] == "combustion"]
    assert set(combustion["reason"]) <= {"factor", "key"}
    assert set(report[report["category"] == "combustion_trace"]["reason"]) == {"activity"}
    sums = [i.cells[i.cells["category"] == "combustion"]["value_t"].sum() for i in (inventory, other)]
    assert combustion["change_t"].sum() == pytest.approx(sums[1] - sums[0], rel=1e-9)
    assert recalculate(inventory, inventory).empty


def test_dual_control_by_both_methods(inventory, jiujiang):
    table = dual_control(inventory, jiujiang)
    assert (table["non_fossil_share_equivalent"] > table["non_fossil_share_calorific"]).all()
    assert table["coal_share"].between(0.3, 1.0).all()
    assert table["electrification"].between(0.05, 0.9).all()
    assert (table["gdp_constant_cny"].diff().dropna() > 0).all()
    falls = table["carbon_intensity_fall"].dropna()
    expected = 1 - table["carbon_intensity_t_per_cny"].pct_change(fill_method=None).dropna() - 1
    assert falls.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


@pytest.fixture
def case_folder(jiujiang):
    return str(jiujiang.path)


@pytest.mark.parametrize("account", ["A", pytest.param("B", marks=pytest.mark.slow), "C"])
def test_run_prints_json_of_every_account(case_folder, account):
    result = CliRunner().invoke(app, ["run", case_folder, "--year", "2020", "--account", account, "--json"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    total = printed["totals"][0]
    assert total["low"] < total["value"] < total["high"]
    assert total["factor_set"] == "gbt32151_22_2024"
    assert {"case", "cells", "findings"} <= set(printed)


@pytest.mark.slow
def test_run_writes_a_workbook_with_both_forms(case_folder, tmp_path):
    path = tmp_path / "清单.xlsx"
    result = CliRunner().invoke(app, ["run", case_folder, "--format", "xlsx", "--out", str(path)])
    assert result.exit_code == 0
    book = openpyxl.load_workbook(path, read_only=True)
    assert {"GPC 2022", "省级清单汇总 2022", "汇总"} <= set(book.sheetnames)
    keys = {row[5].value for row in book["GPC 2022"].iter_rows(min_row=2)}
    assert "NE" in keys


def test_run_csv_has_one_line_a_cell(case_folder, inventory):
    result = CliRunner().invoke(
        app, ["run", case_folder, "--year", "2020", "--account", "B", "--format", "csv"]
    )
    assert len(result.stdout.strip().splitlines()) == 1 + len(inventory.part("B", 2020))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--account", "Z"], "account"),
        (["--year", "1980"], "1980"),
        (["--format", "pdf"], "pdf"),
        (["--gwp", "AR9"], "AR9"),
    ],
)
def test_run_refuses_unknown_choices(case_folder, arguments, message):
    result = CliRunner().invoke(app, ["run", case_folder, *arguments])
    assert isinstance(result.exception, DafengError)
    assert message in str(result.exception)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        (["counties"], {"county", "branch", "value_t", "grade", "rule"}),
        (["keys"], {"ipcc2006", "level", "trend", "key_level", "key_qualitative"}),
        (["keys", "--by", "branch"], {"category", "level", "trend", "key_level"}),
        (["indicators"], {"year", "coal_share", "carbon_intensity_fall"}),
        (["recalculate", "--factors", "ipcc2006"], {"old_t", "new_t", "reason"}),
    ],
)
def test_other_commands_print_their_tables(case_folder, arguments, columns):
    verb, *options = arguments
    result = CliRunner().invoke(app, [verb, case_folder, *options, "--json"])
    assert result.exit_code == 0
    assert columns <= set(json.loads(result.stdout)["rows"][0])


def test_both_forms_are_printed_as_the_guideline_and_gpc_have_them(inventory):
    """Provincial: 万吨 and 万吨 CO2e, chapters add up, what is missing is NE and never blank or zero."""
    form = provincial_sheet(inventory, "九江市", 2019)
    assert form.lines[2][:5] == ("编号", "排放源与吸收汇种类", "二氧化碳", "甲烷", "氧化亚氮")
    lines = {line[0]: line for line in form.lines if len(line) > 2 and line[0]}
    table = provincial_form(inventory, 2019).set_index("row")
    assert lines["1"][2] == pytest.approx(table.loc["1", "CO2"] / 1e4, rel=1e-12)
    assert lines["3.1"][3] == "NE"
    assert lines["3.1"][2] == ""
    total = next(line for line in form.lines if len(line) > 2 and str(line[1]).startswith("总计(不含"))
    assert total[8] * 1e4 == pytest.approx(inventory.totals("B", [2019])[0].value_t, rel=1e-12)
    assert total[9] == "部分NE"


def test_gpc_sheet_has_scopes_as_columns_and_the_three_totals(inventory):
    sheet = gpc_sheet(inventory, "九江市", 2020)
    lines = {line[0]: line for line in sheet.lines if len(line) > 2 and line[0]}
    table = gpc_table(inventory, 2020).set_index("refno")["value_t"]
    assert lines["I.1"][2:4] == pytest.approx((table["I.1.1"], table["I.1.2"]), rel=1e-12)
    assert lines["II.2"][2] == "IE"
    assert lines["III.1"][3] == ""
    parts = [lines[f"I.{i}"][2] for i in range(1, 9) if isinstance(lines[f"I.{i}"][2], float)]
    assert lines["I"][2] == pytest.approx(sum(parts), rel=1e-12)
    named = {"地域合计(范围一)": "territorial"}
    printed = {named.get(line[1], line[1]): line[5] for line in sheet.lines if len(line) == 6 and not line[0]}
    assert printed == pytest.approx(gpc_totals(gpc_table(inventory, 2020)), rel=1e-12)
    notes = [line[1] for line in sheet.lines if len(line) == 2 and not line[0]]
    assert notes[0].startswith("BASIC不含(未估算):废弃物")


def test_grid_losses_that_nobody_published_are_not_zero(inventory):
    """The balance of 2022 has no losses of electricity: scope 3 is NE; that of 2020 has them."""
    lines = {year: gpc_table(inventory, year).set_index("refno").loc["I.1.3"] for year in (2020, 2022)}
    assert lines[2020]["value_t"] > 0
    assert lines[2022]["key"] == "NE"


def test_figures_are_one_page_that_needs_no_network(inventory, tmp_path):
    write_figures(inventory, 2020, "B", tmp_path / "f.html", Language.ZH, "九江市")
    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    assert "Plotly" in page
    assert '<script src="http' not in page
    assert all(word in page for word in ("九江市 2020", "水泥熟料", "未估算"))
    assert "建材" in page or "\\u5efa\\u6750" in page


@pytest.mark.slow
def test_a_place_without_any_number_is_ne_everywhere_and_never_zero(tmp_path):
    """Energy named without a number: totals, forms, JSON and workbook say NE, and what is missing is counted."""
    from dafeng.case.drafting.starting import start
    from dafeng.case.places import Place

    case = start(Place("320500", "苏州市"), tmp_path / "suzhou", 2020)
    inventory = build(case)
    for account in "ABC":
        (total,) = inventory.totals(account)
        assert np.isnan(total.value_t)
        assert "Raw_Coal" in total.incomplete
    assert all(np.isnan(v) for v in gpc_totals(gpc_table(inventory, 2020)).values())
    folder = str(tmp_path / "suzhou")
    for account in "ABC":
        printed = CliRunner().invoke(app, ["run", folder, "--account", account])
        assert printed.exit_code == 0
        assert "NE" in printed.stdout
        data = json.loads(CliRunner().invoke(app, ["run", folder, "--account", account, "--json"]).stdout)
        assert (data["totals"][0]["value"], data["totals"][0]["key"]) == (None, "NE")
    path = tmp_path / "x.xlsx"
    assert CliRunner().invoke(app, ["run", folder, "--format", "xlsx", "--out", str(path)]).exit_code == 0
    assert "GPC 2020" in openpyxl.load_workbook(path, read_only=True).sheetnames


@pytest.mark.slow
def test_eleven_drafted_cities_emit_no_more_than_their_province(tmp_path):
    """Every fuel and year: the sum over the cities is the province's, up to the sixth digit of the shares."""
    from dafeng.case import draft, load

    province = load("regions/360000")

    def by_fuel(inventory):
        cells = inventory.cells[
            (inventory.cells["category"] == "combustion") & (inventory.cells["key"] == "")
        ]
        return cells.groupby(["year", "fuel"])["value_t"].sum()

    whole = by_fuel(build(province))
    parts = [by_fuel(build(draft(p.code, None, tmp_path / p.code))) for p in province.city.counties]
    total = sum(parts)
    assert (total <= whole * (1 + 1e-12)).all()
    assert (total >= whole * 0.9999).all()
