"""An inventory built from a case: by hand for a small city, by its own identities for Jiujiang."""

import numpy as np
import pandas as pd
import pytest

from dafeng.case import draft, load
from dafeng.evidence import DafengError, Grade
from dafeng.inventory import build, energy_flows, gas_bridge, gpc_table, gpc_totals, grouped_range
from dafeng.inventory.accounts.base_year import base_year
from dafeng.inventory.accounts.model import ACCOUNTS

COAL = 0.020908 * 26.37 * 0.94 * 44 / 12
DIESEL = 0.042652 * 20.2 * 0.98 * 44 / 12
# CH4 and N2O per tonne of fuel in t CO2e (AR5: 28, 265), kg/TJ: coal in power 1 and 1.5, diesel in industry 3 and 0.6
COAL_TRACE = 0.020908 * (1 * 28 + 1.5 * 265) / 1000
DIESEL_TRACE = 0.042652 * (3 * 28 + 0.6 * 265) / 1000


def test_small_city_by_hand(small_city):
    """Diesel 10 % of 1 Mt, coal 50 % of 10 Mt; use 20 % of 32 TWh = 6.4, generation 10 TWh: 3.6 TWh exported."""
    inventory = build(load(small_city))
    trace = 1e5 * DIESEL_TRACE + 5e6 * COAL_TRACE
    assert inventory.totals("B")[0].value_t == pytest.approx(1e5 * DIESEL + 5e6 * COAL + trace)
    assert inventory.power.loc[2020, "net_import_mwh"] == pytest.approx(-3.6e6)
    expected = 1e5 * DIESEL + 5e6 * COAL - 3.6e6 * 0.5835
    assert inventory.totals("A")[0].value_t == pytest.approx(expected)


def test_range_of_a_share_reaches_the_cell(small_city):
    """Diesel: share 0.1 in 0.05–0.2, activity 5 %, factor 5 %: −√(0.5² + 2 × 0.05²), +√(1² + 2 × 0.05²)."""
    cells = build(load(small_city)).cells
    diesel = cells[cells["fuel"] == "Diesel_Oil"].iloc[0]
    assert diesel["low_t"] == pytest.approx(1e5 * DIESEL * (1 - np.sqrt(0.25 + 0.005)))
    assert diesel["high_t"] == pytest.approx(1e5 * DIESEL * (1 + np.sqrt(1 + 0.005)))
    assert diesel["grade"] == "D"


def test_small_city_grid_factor_is_told_to_be_of_another_year(small_city):
    codes = {f.code for f in build(load(small_city)).findings}
    assert {"grid-factor-year-shifted", "not-estimated"} <= codes


def test_own_activities_fill_their_category(small_city):
    (small_city / "activities.csv").write_text(
        "activity,region,year,value,unit,source,grade,note\nclinker_output,369700,2020,10,10^4 t,s,A,\n"
        "pigs,369700,2020,NO,head,s,A,none kept\n"
    )
    cells = build(load(small_city)).cells.set_index("row")
    assert cells.loc["clinker", "value_t"] == pytest.approx(1e5 * 0.52)
    assert cells.loc["enteric_pigs", "key"] == "NO"


def test_activity_in_a_wrong_unit_is_refused(small_city):
    (small_city / "activities.csv").write_text(
        "activity,region,year,value,unit,source,grade,note\nclinker_output,369700,2020,10,10^8 kWh,s,A,\n"
    )
    with pytest.raises(DafengError, match="a unit of t"):
        build(load(small_city))


def test_years_without_energy_are_refused(small_city):
    with pytest.raises(DafengError, match="2019"):
        build(load(small_city), years=[2019])


def test_a_province_is_its_own_inventory(small_city):
    inventory = build(load(small_city.parent / "province"))
    expected = 1e6 * (DIESEL + DIESEL_TRACE) + 1e7 * (COAL + COAL_TRACE)
    assert inventory.totals("B")[0].value_t == pytest.approx(expected)


def test_jiujiang_covers_eight_years_and_three_accounts(inventory):
    assert inventory.years == tuple(range(2015, 2023))
    for account in ACCOUNTS:
        for total in inventory.totals(account):
            assert 0 < total.low_t < total.value_t < total.high_t
            assert total.grade in Grade
            assert total.incomplete


def test_jiujiang_never_shows_a_missing_cell_as_zero(inventory):
    absent = inventory.cells[inventory.cells["key"] != ""]
    assert absent[["value_t", "low_t", "high_t"]].isna().all(axis=None)
    known = inventory.cells[inventory.cells["key"] == ""]
    assert known["value_t"].notna().all()
    assert (known["low_t"] <= known["value_t"]).all()
    assert (known["value_t"] <= known["high_t"]).all()


def test_jiujiang_power_balance_closes(inventory):
    power = inventory.power
    parts = power[["thermal_mwh", "hydro_mwh", "wind_mwh", "solar_mwh"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(power["generation_mwh"].to_numpy(), rel=1e-12)
    closed = power["generation_mwh"] + power["net_import_mwh"]
    assert closed.to_numpy() == pytest.approx(power["use_mwh"].to_numpy(), rel=1e-12)
    use = inventory.carriers[inventory.carriers["fuel"] == "Electricity"].groupby("year")["value"].sum()
    assert use.to_numpy() == pytest.approx(power["use_mwh"].to_numpy(), rel=1e-12)
    # 13.5 % of 1,627 亿kWh; Σ MW × 4,755 h
    assert power.loc[2020, "use_mwh"] == pytest.approx(0.135 * 162.7e6, rel=1e-3)
    assert power.loc[2020, "thermal_mwh"] == pytest.approx(3666.5 * 4755, rel=1e-3)


def test_jiujiang_findings_name_what_the_data_hide(inventory):
    where = {(f.code, f.where) for f in inventory.findings}
    assert ("outlier", "Transport, Storage, Postal & Telecommunications Services, Raw_Coal, 2022") in where
    assert {code for code, _ in where} >= {
        "process-not-estimated", "references-disagree", "reference-gap", "import-sign-open",
        "grid-factor-year-shifted", "branch-structure-break", "generation-check", "not-estimated",
    }  # fmt: skip
    gaps = [f for f in inventory.findings if f.code == "references-disagree"]
    assert "CEADs 52.6" in gaps[0].en
    assert "35.3" in gaps[0].en


def test_sums_over_any_axis_agree(inventory):
    cells = inventory.cells[inventory.cells["key"] == ""]
    total = cells["value_t"].sum()
    for axis in ("year", "row", "branch", "sector", "fuel", "gas", "category"):
        assert cells.groupby(axis)["value_t"].sum().sum() == pytest.approx(total, rel=1e-12)


def test_base_year_arrays_close_with_the_account(inventory):
    base = base_year(inventory, 2020)
    combustion = base.co2_t.sum()
    imports = base.net_import_mwh * base.grid_factor
    assert combustion + imports == pytest.approx(inventory.totals("A", [2020])[0].value_t, rel=1e-12)
    assert (base.emission_factor * base.energy_tj).sum() == pytest.approx(combustion, rel=1e-12)
    at = list(base.observed_years).index(2020)
    assert base.observed_co2_t[:, at] == pytest.approx(base.co2_t.sum(axis=1), rel=1e-12)
    use = base.electricity_mwh.sum() + base.losses_mwh
    assert use == pytest.approx(sum(base.generation_mwh.values()) + base.net_import_mwh, rel=1e-9)
    assert np.isfinite(base.observed_import_t).all()
    assert (base.low <= 1).all()
    assert (base.high >= 1).all()


def test_process_is_known_until_2019_and_never_zero_after(inventory):
    base = base_year(inventory, 2020)
    materials = base.branches.index("building_materials")
    assert not base.process_estimated[materials]
    known = np.isfinite(base.observed_process_t[materials])
    assert dict(zip(base.observed_years.tolist(), known.tolist(), strict=True)) == {
        **dict.fromkeys(range(2015, 2020), True), **dict.fromkeys(range(2020, 2023), False),
    }  # fmt: skip


def test_factor_set_and_gwp_are_named_and_switch(jiujiang):
    ceads = build(jiujiang, years=[2019], factor_set="ceads", gwp_set="SAR")
    total = ceads.totals("A")[0]
    assert (total.factor_set, total.gwp_set) == ("ceads", "SAR")
    default = build(jiujiang, years=[2019]).totals("A")[0]
    assert total.value_t != pytest.approx(default.value_t, rel=1e-3)
    with pytest.raises(DafengError, match="AR5"):
        build(jiujiang, years=[2019], gwp_set="AR99")


def test_ranges_add_within_a_group_and_in_quadrature_between():
    cells = pd.DataFrame(
        {"value": [10.0, 20, 30], "low": [9.0, 18, 26], "high": [11.0, 23, 34], "group": ["a", "a", "b"]}
    )
    value, low, high = grouped_range(cells)
    assert (value, low, high) == pytest.approx((60, 60 - 5, 60 + np.sqrt(4**2 + 4**2)))


def test_a_single_cell_can_take_another_factor_set(small_city):
    case = load(small_city)
    cells = build(case, overrides={("Construction", "Diesel_Oil"): "ipcc2006"}).cells
    cells = cells[cells["category"] == "combustion"].set_index("fuel")
    assert cells.loc["Diesel_Oil", "emission_factor"] == pytest.approx(0.043 * 20.2 * 44 / 12)
    assert cells.loc["Raw_Coal", "emission_factor"] == pytest.approx(COAL)


def test_drafts_of_all_cities_never_exceed_the_province(small_city, tmp_path):
    """Two cities with 60 and 30 % of value added, 50 and 40 % of people: drafted, together at most the province."""
    province = small_city.parent / "province"
    lines = ["indicator,region,year,value,unit,source,grade,note"]
    for indicator, unit, values in (
        ("gdp_secondary", "亿元", (100, 60, 30)),
        ("population_resident", "万人", (100, 50, 40)),
    ):
        regions = ("369900", "369801", "369802")
        lines += [f"{indicator},{r},2020,{v},{unit},s,A," for r, v in zip(regions, values, strict=True)]
    (province / "observations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = build(load(province))
    cities = [build(draft(code, province, tmp_path / code)) for code in ("369801", "369802")]
    totals = [city.totals("B")[0].value_t for city in cities]
    assert totals[0] == pytest.approx(0.5e6 * (DIESEL + DIESEL_TRACE) + 0.6e7 * (COAL + COAL_TRACE))
    assert sum(totals) <= whole.totals("B")[0].value_t
    use = [city.power.loc[2020, "use_mwh"] for city in cities]
    assert 0 < sum(use) <= whole.power.loc[2020, "use_mwh"]
    assert {g for c in cities for g in c.cells[c.cells["key"] == ""]["grade"]} <= {"D", "E"}


def test_a_draft_without_statistics_is_not_estimated_and_not_zero(small_city, tmp_path):
    """No ratio known: every cell NE, the total of nothing, and the range says nothing either."""
    city = build(draft("369801", small_city.parent / "province", tmp_path / "draft"))
    assert set(city.cells[city.cells["category"] == "combustion"]["key"]) == {"NE"}
    assert set(city.totals("A")[0].incomplete) >= {"Raw_Coal", "Diesel_Oil", "Electricity"}


def test_jiujiang_energy_in_is_energy_out_and_sectors_sum_to_the_account(inventory):
    """Every year: what enters power and electricity leaves it; sectors, branches and the GPC cells add up to the account."""
    for year in inventory.years:
        flows = energy_flows(inventory, year)
        into, out = (flows.groupby(side)["tj"].sum() for side in ("target", "source"))
        assert into["electricity"] == pytest.approx(out["electricity"], rel=1e-9)
        assert into["power"] == pytest.approx(out["power"], rel=1e-9)
        for account in ACCOUNTS:
            part = inventory.part(account, year)
            (total,) = inventory.totals(account, [year])
            for axis in ("sector", "branch"):
                assert part.groupby(axis)["value"].sum().sum() == pytest.approx(total.value_t, rel=1e-12)
        lines = gpc_table(inventory, year)
        territorial = gpc_totals(lines)["territorial"]
        assert territorial == pytest.approx(inventory.totals("C", [year])[0].value_t, rel=1e-9)


def test_gas_made_of_coke_is_told_with_its_tonnes(inventory):
    """All of the gases' CO2, where coke and coal of iron and steel hold more carbon: 161 万t of 2020, 4.5 % of account A."""
    cells = inventory.cells[(inventory.cells["year"] == 2020) & (inventory.cells["category"] == "combustion")]
    gas = cells[cells["fuel"] == "Other_Gas"]["value_t"].sum()
    (told,) = [f for f in inventory.findings if f.code == "byproduct-gas-beside-coke"]
    assert f"2020年重复{gas / 1e4:,.0f}万吨CO2(136–202" in told.zh
    assert "重复161万吨" in told.zh
    assert "4.5%" in told.zh
    (total,) = inventory.totals("A", [2020])
    assert f"扣除后A口径为{(total.value_t - gas) / 1e4:,.0f}万吨,公布值不改" in told.zh
    bridge = gas_bridge(inventory)
    steps = bridge[bridge["year"] == 2020].set_index("step")["value_t"]
    assert steps["counted"] == total.value_t
    assert steps["counted"] + steps["gases_counted_twice"] == pytest.approx(
        steps["carbon_balance"], rel=1e-12
    )
    assert steps["carbon_balance"] == pytest.approx(3396e4, rel=1e-3)
