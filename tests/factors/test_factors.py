"""Contract of `dafeng.factors`.

Every row of every table is readable, has a status that is defined, and keeps what says how far to trust
it; a blank value is never filled; falling back to another set, year or place is always told.
"""

import pytest

from dafeng import factors
from dafeng.evidence import DafengError, Grade

ROWS = {
    "agriculture": 375,
    "buildings": 16,
    "fuels": 875,
    "fuels_ceads_implied": 502,
    "fuels_wide": 152,
    "fugitive": 86,
    "grid": 152,
    "gwp": 129,
    "lulucf": 553,
    "process": 269,
    "transport": 48,
    "waste": 571,
}


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_every_row_is_read_and_has_a_defined_status(name, rows):
    table = factors.table(name)
    assert len(table) == rows
    assert set(table["status"]) <= set(factors.statuses().index)
    if "id" in table:
        assert table["id"].is_unique
    source = "source" if "source" in table else "source_ref"
    named = table[source] != ""
    assert named[table["status"].map(factors.usable)].all()


@pytest.mark.parametrize("name", factors.table_names())
def test_every_table_is_full_width_and_free_of_private_references(name):
    text = factors.table(name).to_csv(index=False)
    assert "stored file" not in text
    assert "find_string" not in text
    assert not factors.table(name).isna().all(axis=1).any()


@pytest.mark.parametrize("name", [n for n in ROWS if "candidate_value" in factors.table(n)])
def test_recalled_figures_are_kept_beside_the_value_and_never_in_it(name):
    table = factors.table(name)
    recalled = table[table["status"].isin(["unverified", "gap"])]
    assert recalled["value"].isna().all()


def test_rows_split_by_an_unquoted_comma_were_put_together():
    office = factors.table("buildings").set_index("id").loc["buildings-0001"]
    assert office["status"] == "unverified"
    assert office["candidate_value"] == "70 / 55"
    assert office["source"].startswith("recalled, not seen")


def test_a_defined_order_of_trust():
    statuses = factors.statuses()
    assert list(statuses.sort_values("rank").index)[:2] == ["efdb", "standard_copy2"]
    assert not factors.usable("secondary")
    assert not factors.usable("unverified")
    assert factors.grade("derived") is Grade.C
    with pytest.raises(DafengError, match="status 'official'"):
        factors.usable("official")


@pytest.mark.parametrize("name", factors.fuel_sets())
def test_fuel_factors_agree_with_the_products_printed_in_the_table(name):
    """ef_tCO2_per_TJ and ef_phys of the table are CC x OF x 44/12 and that x NCV, rounded to 4 decimals."""
    computed = factors.fuel_factors(name)
    wide = factors.table("fuels_wide")
    printed = wide[wide["set"] == name].set_index("fuel")
    known = printed["ef_tCO2_per_TJ"].notna()
    assert computed.loc[known, "ef_per_tj"].to_numpy() == pytest.approx(
        printed.loc[known, "ef_tCO2_per_TJ"].to_numpy(), abs=6e-5
    )
    known = printed["ef_phys"].notna()
    per_printed_unit = computed["ef_per_unit"] * computed["unit"].map({"t": 1.0, "m3": 1e4})
    assert per_printed_unit[known].to_numpy() == pytest.approx(
        printed.loc[known, "ef_phys"].to_numpy(), abs=1.1e-4
    )


def test_diesel_of_gbt32151_by_hand():
    """42.652 GJ/t x 20.2 tC/TJ x 0.98 x 44/12 = 3.0959 tCO2/t."""
    diesel = factors.fuel_factors().loc["diesel"]
    assert diesel["ef_per_unit"] == pytest.approx(0.042652 * 20.2 * 0.98 * 44 / 12, rel=1e-12)
    assert diesel["unit"] == "t"


def test_blank_stays_blank():
    guide = factors.fuel_factors("guide2011")
    assert guide.loc[["anthracite", "bitumen"], "ef_per_unit"].isna().all()


def test_every_inventory_fuel_has_a_factor_or_a_key():
    for name in ("gbt32151_22_2024", "guide2011", "ipcc2006", "enterprise_steel_2013"):
        by_fuel = factors.inventory_factors(name)
        assert len(by_fuel) == 20
        assert ((by_fuel["key"] == "") == by_fuel["ef_per_unit"].notna()).all()
        assert set(by_fuel.loc[["Heat", "Electricity"], "key"]) == {"IE"}
        assert by_fuel.loc["Other_Energy", "key"] == "NE"
        borrowed = by_fuel["set"].isin([name, ""])
        assert (by_fuel.loc[~borrowed, "fallback"] != "").all()
        assert (by_fuel.loc[borrowed, "fallback"] == "").all()


def test_composite_raw_coal_is_that_of_the_2011_guide():
    coal = factors.inventory_factors().loc["Raw_Coal"]
    assert coal["ef_per_unit"] == pytest.approx(1.9003, abs=5e-5)
    assert coal["basis"] == "composite"


def test_gases_come_in_cubic_metres_even_from_a_set_that_gives_them_per_tonne():
    gas = factors.inventory_factors("ipcc2006").loc["Natural_Gas"]
    assert gas["unit"] == "m3"
    assert gas["fallback"] == "ipcc2006 → guide2011"


def test_unknown_set_names_the_known_ones():
    with pytest.raises(DafengError, match="gbt32151_22_2024"):
        factors.fuel_factors("gbt32151")


def test_every_ceads_row_alias_leads_to_a_sector():
    sectors = set(factors.ceads_factors()["sector"])
    assert set(factors.table("ceads_rows")["factor_sector"]) <= sectors


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_grid_factor_of_a_published_year_is_exact(year):
    """MEE/NBS notices 2024 no. 12, 2024 no. 33, 2025 no. 47: Jiangxi 0.5835, 0.5752, 0.5836 kgCO2/kWh."""
    found = factors.grid_factor("360000", year)
    assert found.value.number == {2021: 0.5835, 2022: 0.5752, 2023: 0.5836}[year]
    assert found.value.low is None
    assert found.findings == ()
    assert found.value.unit == "tCO2/MWh"


def test_grid_factor_of_2020_is_that_of_2021_with_a_range_and_a_finding():
    found = factors.grid_factor("360400", 2020)
    assert (found.value.number, found.year, found.region) == (0.5835, 2021, "Jiangxi")
    assert found.value.low == pytest.approx(0.5835 * 0.95)
    assert found.value.high == pytest.approx(0.5835 * 1.05)
    assert [finding.code for finding in found.findings] == ["grid-factor-year-shifted"]
    assert found.value.grade is Grade.D


def test_grid_factor_of_2025_is_that_of_2023():
    assert factors.grid_factor("江西", 2025).year == 2023


def test_a_province_without_factor_falls_back_to_its_grid_and_says_so():
    found = factors.grid_factor("540100", 2022)
    assert found.region == "Southwest"
    assert [finding.code for finding in found.findings] == ["grid-factor-of-another-place"]


def test_every_province_has_a_factor():
    for row in factors.table("regions").itertuples():
        assert 0 < factors.grid_factor(row.code, 2022).value.number < 1


def test_recalled_grid_factors_are_never_used():
    fossil = factors.grid_factor("CN", 2021, parameter="ef_co2_electricity_fossil")
    assert (fossil.value.number, fossil.year) == (0.8325, 2022)


@pytest.mark.parametrize("bad", ["Atlantis", "990000", "36", ""])
def test_unknown_region_is_an_error(bad):
    with pytest.raises(DafengError, match="GB/T 2260"):
        factors.grid_factor(bad, 2021)


def test_gwp_sets():
    assert (factors.gwp("SAR")["CH4"], factors.gwp("SAR")["N2O"]) == (21, 310)
    assert factors.gwp("AR5")["N2O"] == 265
    assert factors.gwp("AR6GWP20")["CH4"] > factors.gwp("AR6")["CH4"]
    with pytest.raises(DafengError, match="AR6"):
        factors.gwp("AR7")


def test_look_up_falls_back_from_place_to_place_and_says_so():
    found = factors.look_up(
        "grid", ["Jiujiang", "Jiangxi", "CN"], parameter="ef_co2_electricity_average", year="2022"
    )
    assert (found.value.number, found.place) == (0.5752, "Jiangxi")
    assert [finding.code for finding in found.findings] == ["factor-of-another-place"]


def test_look_up_refuses_secondary_rows_unless_accepted():
    ask = {"parameter": "ef_co2_electricity_reporting", "year": "2022"}
    with pytest.raises(DafengError, match="no usable row"):
        factors.look_up("grid", ["CN"], **ask)
    assert factors.look_up("grid", ["CN"], accept_secondary=True, **ask).value.number == 0.5703


def test_look_up_refuses_to_choose_between_values():
    with pytest.raises(DafengError, match="add a condition"):
        factors.look_up("grid", ["Jiangxi"], parameter="ef_co2_electricity_average")


def test_look_up_of_a_missing_column_or_table():
    with pytest.raises(DafengError, match="column kind"):
        factors.look_up("grid", ["CN"], kind="x")
    with pytest.raises(DafengError, match="table nothing"):
        factors.look_up("nothing", ["CN"])
