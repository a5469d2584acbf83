"""Contract: raw activity data become emissions by hand-worked equations; what is missing is NE with its reason."""

import re

import numpy as np
import pytest

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.factors import table, usable
from dafeng.inventory import build, provincial_form, recalculate
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.methods import METHODS, MSW
from dafeng.inventory.accounts.raw_activities import raw_activities

HEADER = "activity,region,year,value,unit,source,grade,note\n"


def town(folder, *rows):
    """The made-up town with rows `activity value unit [year]`."""
    lines = []
    for row in rows:
        name, value, unit, *year = row.split(" ")
        lines.append(f"{name},369700,{year[0] if year else 2020},{value},{unit},s,B,\n")
    (folder / "activities.csv").write_text(HEADER + "".join(lines), encoding="utf-8")
    return build(load(folder))


def cell(inventory, row, gas):
    cells = inventory.cells
    found = cells[(cells["row"] == row) & (cells["gas"] == gas)]
    assert len(found) == 1
    return found.iloc[0]


def close(value):
    return pytest.approx(value, rel=1e-12)


def test_rice_by_season_and_water_regime(small_city):
    """1 万亩 = 666.67 ha × 100 d × 1.3 × 0.78 × 1.22, and 1,000 ha × 80 d × 1.3 × 0.52 (pre-season 1)."""
    made = town(
        small_city, "rice_single_area 1 万亩", "rice_single_days 100 d",
        "rice_early_area_intermittent 1000 ha", "rice_early_days 80 d",
    )  # fmt: skip
    rice = cell(made, "rice", "CH4")
    first, second = 1e4 / 15 * 100 * 1.3 * 0.78 * 1.22 / 1000, 1000 * 80 * 1.3 * 0.52 / 1000
    assert rice["value_t"] == close(first + second)
    assert rice["activity"] == close(1e4 / 15 + 1000)
    assert rice["low_t"] < rice["value_t"] < rice["high_t"]
    assert rice["grade"] == "B"
    assert "agriculture-0330" in rice["source"]


def test_straw_raises_rice(small_city):
    """5 t/ha dry straw: (1 + 5)^0.59."""
    rows = ("rice_late_area_flooded 100 ha", "rice_late_days 100 d")
    plain = cell(town(small_city, *rows), "rice", "CH4")["value_t"]
    straw = cell(town(small_city, *rows, "rice_straw_rate 5 t/ha"), "rice", "CH4")["value_t"]
    assert plain == close(100 * 100 * 1.3 / 1000)
    assert straw == close(plain * 6**0.59)


def test_rice_without_days_is_not_estimated_and_says_so(small_city):
    rice = cell(town(small_city, "rice_single_area 100 ha"), "rice", "CH4")
    assert (rice["key"], np.isnan(rice["value_t"])) == ("NE", True)
    assert "rice_single_days" in rice["note"]


def test_manure_takes_the_group_of_east_china(small_city):
    """1,000 pigs × 5.08 kg CH4 and 0.175 kg N2O; 10,000 birds × 0.02 kg."""
    made = town(small_city, "pigs 1000 head", "poultry 10000 head")
    assert cell(made, "manure", "CH4")["value_t"] == close(5.08 + 0.2)
    assert cell(made, "manure_n2o", "N2O")["value_t"] == close(0.175 + 0.07)
    assert cell(made, "enteric_pigs", "CH4")["value_t"] == close(1.5)


def test_soils_direct_and_indirect(small_city):
    """100 t N: (100 × 0.01 + 10 × 0.01 + 30 × 0.0075) × 44/28; paddy 0.0042 direct; residues without gas loss."""
    made = town(small_city, "synthetic_nitrogen 100 t", "rice_nitrogen 100 t", "residue_nitrogen 100 t")
    indirect = 10 * 0.01 + 30 * 0.0075
    expected = (1 + indirect + 0.42 + indirect + 1 + 30 * 0.0075) * 44 / 28
    assert cell(made, "soils", "N2O")["value_t"] == close(expected)


def shares(**given):
    return [f"msw_share_{name} {given.get(name, 0)} 1 2018" for name in MSW]


def test_landfill_decays_year_by_year(small_city):
    """Food only, 1,000 t a year from 2018: decay starts the year after, k = 0.185, DOC 0.15, DOCf 0.7."""
    rows = [f"msw_landfilled 1000 t {y}" for y in (2018, 2019, 2020)]
    made = town(small_city, *rows, *shares(food=1))
    carbon, kept = 1000 * 0.15 * 0.7, np.exp(-0.185)
    decayed = (carbon * kept + carbon) * (1 - kept)
    landfill = cell(made, "landfill", "CH4")
    assert landfill["value_t"] == close(decayed * 16 / 12 * 0.5)
    assert landfill["activity"] == 1000
    assert "waste before 2018 is not known" in landfill["note"]


def test_landfill_goes_on_after_the_last_tonne(small_city):
    """Nothing is deposited in 2020 (stated 0), the gas of 2019 still comes; recovery is taken off."""
    rows = ["msw_landfilled 1000 t 2019", "msw_landfilled 0 t 2020", "landfill_ch4_recovered 2 t"]
    value = cell(town(small_city, *rows, *shares(food=1)), "landfill", "CH4")["value_t"]
    assert value == close(1000 * 0.15 * 0.7 * (1 - np.exp(-0.185)) * 16 / 12 * 0.5 - 2)


def test_landfill_history_with_a_gap_is_not_estimated(small_city):
    gap = cell(town(small_city, "msw_landfilled 9 t 2018", "msw_landfilled 9 t 2020"), "landfill", "CH4")
    assert gap["key"] == "NE"
    assert "2019" in gap["note"]


def test_shares_of_waste_must_add_up(small_city):
    rows = ["msw_incinerated 9 t", *shares(food=0.5, plastics=0.2)]
    made = cell(town(small_city, *rows), "incineration", "CO2")
    assert (made["key"], "0.700" in made["note"]) == ("NE", True)


def test_incineration_by_component(small_city):
    """Half plastics (1.0 × 0.75 fossil), half food (no fossil carbon): 1,000 t → 1,375 t."""
    made = town(small_city, "msw_incinerated 1000 t", *shares(food=0.5, plastics=0.5))
    assert cell(made, "incineration", "CO2")["value_t"] == close(500 * 0.75 * 44 / 12)


def test_default_composition_is_graded_and_told(small_city):
    made = cell(town(small_city, "msw_incinerated 1000 t"), "incineration", "CO2")
    assert made["grade"] == "D"
    assert "waste-0497" in made["note"]


def test_wastewater(small_city):
    """COD 1,000 t × 0.25 × 0.03 + 100 t × 0.25 × 0.11; nitrogen 10 t × 0.005 × 44/28."""
    made = town(
        small_city, "domestic_cod_treated 1000 t", "domestic_cod_discharged 100 t", "effluent_nitrogen 10 t"
    )
    assert cell(made, "wastewater_ch4", "CH4")["value_t"] == close(7.5 + 2.75)
    assert cell(made, "wastewater_n2o", "N2O")["value_t"] == close(0.05 * 44 / 28)


def test_wastewater_of_persons_only_where_nitrogen_is_not_measured(small_city):
    """10,000 persons × 30 kg × 0.16 × 1.1 × 1.25 / 1,000 × 0.005 × 44/28."""
    rows = ("wastewater_persons 1 万人", "protein_per_person 30 kg/person")
    value = cell(town(small_city, *rows), "wastewater_n2o", "N2O")["value_t"]
    assert value == close(66 * 0.005 * 44 / 28)
    measured = cell(town(small_city, *rows, "effluent_nitrogen 10 t"), "wastewater_n2o", "N2O")
    assert measured["value_t"] == close(0.05 * 44 / 28)


def test_forest_by_stock_change(small_city):
    """Chinese fir, 100 ha, 5,000 → 6,000 m3 in five years: b × area cancels, −1,000 × 0.3999 × 0.47 / 5 × 44/12."""
    rows = [
        "forest_volume_chinese_fir 5000 m3 2016", "forest_area_chinese_fir 100 ha 2016",
        "forest_volume_chinese_fir 6000 m3 2021", "forest_area_chinese_fir 100 ha 2021",
    ]  # fmt: skip
    made = town(small_city, *rows)
    forest = cell(made, "forest", "CO2")
    assert forest["value_t"] == close(-1000 * 0.3999 * 0.47 / 5 * 44 / 12)
    assert forest["low_t"] < forest["value_t"] < forest["high_t"] < 0
    assert not made.totals("B")[0].land


def test_forest_by_growth_minus_harvest(small_city):
    """(400 − 1,000) m3 × 0.5101 × 0.47 × 44/12; one of the two alone is not estimated."""
    growth, harvest = "forest_growth_masson_pine 1000 m3", "forest_harvest_masson_pine 400 m3"
    forest = cell(town(small_city, growth, harvest), "forest", "CO2")
    assert forest["value_t"] == close(-600 * 0.5101 * 0.47 * 44 / 12)
    assert cell(town(small_city, growth), "forest", "CO2")["key"] == "NE"


def test_wetland_needs_a_flux_of_the_place(small_city):
    rows = ("wetland_area 1000 ha", "wetland_days 300 d")
    assert cell(town(small_city, *rows), "wetland", "CH4")["key"] == "NE"
    with_flux = town(small_city, *rows, "wetland_ch4_flux 0.063 kg/ha/d")
    assert cell(with_flux, "wetland", "CH4")["value_t"] == close(18.9)


def test_fluorinated_gases_reach_total_and_form(small_city):
    """2 t HFC-134a (AR5 1,300) and 1 t CF4 (6,630): one column each in the form, their own GWP in the sum."""
    without = build(load(small_city)).totals("B")[0].value_t
    made = town(small_city, "release_hfc134a 2 t", "release_cf4 1 t")
    assert made.totals("B")[0].value_t - without == pytest.approx(2 * 1300 + 6630)
    line = provincial_form(made, 2020).set_index("row").loc["2.3"]
    assert (line["HFC"], line["PFC"], line["co2e_t"]) == (2, 1, 9230)


def test_a_stated_emission_wins_and_a_key_is_kept(small_city):
    made = town(
        small_city, "rice_ch4 7 tCH4", "rice_single_area 9 ha", "rice_single_days 90 d", "wetland_area NO ha"
    )
    assert cell(made, "rice", "CH4")["value_t"] == 7
    assert cell(made, "wetland", "CH4")["key"] == "NO"


def test_nothing_given_is_ne_and_names_what_would_help(small_city):
    empty = build(load(small_city))
    for row in ("rice", "manure", "soils", "landfill", "incineration", "forest", "wetland", "wastewater_n2o"):
        line = empty.cells[empty.cells["row"] == row].iloc[0]
        assert line["key"] == "NE"
        assert re.search("no activity data: .+, or .+", line["note"])


@pytest.mark.parametrize(
    ("row", "expected"),
    [("rice_single_area 1 10^8kWh", "a unit of ha"), ("msw_landfilled -1 t", "not below 0"),
     ("msw_share_food 140 %", "at most 1")],
)  # fmt: skip
def test_bad_rows_are_refused(small_city, row, expected):
    with pytest.raises(DafengError, match=expected):
        town(small_city, row)


WHOLE_TOWN = {"d": "100 d", "t/ha": "3 t/ha", "kg/ha/d": "0.06 kg/ha/d", "kg/person": "30 kg/person"}


def test_a_town_with_every_row_has_no_gap(small_city):
    """Every raw activity at once, doubled: every computed cell doubles (composition and days do not)."""

    def rows(size):
        for raw in {raw.activity: raw for raw in raw_activities()}.values():
            name = raw.activity
            if name.startswith("msw_share"):
                yield f"{name} {1 if name.endswith('food') else 0} 1 2019"
            elif name.startswith(("forest_volume", "forest_area")):
                yield f"{name} {100 * size} {raw.unit} 2015"
                yield f"{name} {200 * size} {raw.unit} 2020"
            elif name == "msw_landfilled":
                yield f"{name} {100 * size} t 2019"
                yield f"{name} {100 * size} t 2020"
            elif raw.unit in WHOLE_TOWN:
                yield f"{name} {WHOLE_TOWN[raw.unit]}"
            elif name == "landfill_ch4_recovered":
                yield f"{name} 0 t"
            else:
                yield f"{name} {1000 * size} {raw.unit}"

    once, twice = town(small_city, *rows(1)), town(small_city, *rows(2))
    computed = {raw.row for raw in raw_activities() if raw.row}
    first = once.cells[once.cells["row"].isin(computed) & (once.cells["gas"] != "SF6")]
    assert set(first["key"]) == {""}
    second = twice.cells.set_index(["row", "gas"])["value_t"]
    for line in first.to_dict("records"):
        assert second[line["row"], line["gas"]] == close(2 * line["value_t"])
    assert len(recalculate(once, twice)) >= len(computed)


def test_every_factor_named_is_usable_and_every_method_exists():
    rows = {
        str(r["id"]): r
        for name in ("agriculture", "waste", "lulucf", "process", "fugitive")
        for r in table(name).to_dict("records")
    }
    known = {category.id for category in categories()}
    for raw in raw_activities():
        assert raw.method == "companion" or (raw.method in METHODS and raw.row in known)
        for name in raw.factors.split(";"):
            if name and ":" not in name:
                assert usable(rows[name]["status"]), name
                assert np.isfinite(rows[name]["value"]), name


def test_names_of_activities_are_listed_by_the_command():
    from typer.testing import CliRunner

    from dafeng.cli.inventory import app

    result = CliRunner().invoke(app, ["activities", "--format", "csv"])
    assert result.exit_code == 0
    assert "msw_landfilled,t,landfill,CH4" in result.stdout


def test_outputs_of_metals_chemicals_and_mines(small_city):
    """Each output × its default by hand: t per t, kg per t, m3 per t × 0.67 kg/m3."""
    made = town(
        small_city, "silicomanganese_output 1000 t", "silicon_metal_output 2 万吨", "primary_aluminium_output 100 t",
        "zinc_output 10 t", "adipic_acid_output 50 t", "coal_ammonia_output 10 t", "coal_underground_output 1 万吨",
        "coal_surface_output 1000 t", "coal_mine_ch4_recovered 37 t",
    )  # fmt: skip
    assert cell(made, "ferroalloys_other", "CO2")["value_t"] == close(1000 * 1.4 + 2e4 * 5.0)
    assert cell(made, "nonferrous_metals", "CO2")["value_t"] == close(100 * 1.6 + 10 * 1.72)
    assert cell(made, "nonferrous_metals", "CF4")["value_t"] == close(100 * 0.4e-3)
    assert cell(made, "nonferrous_metals", "C2F6")["value_t"] == close(100 * 0.04e-3)
    assert cell(made, "other_chemicals", "N2O")["value_t"] == close(50 * 0.3)
    assert cell(made, "other_chemicals", "CO2")["value_t"] == close(10 * 3.92)
    mines = 1e4 * (18 + 2.5) * 0.67e-3 - 37 + 1000 * (1.2 + 0.1) * 0.67e-3
    assert cell(made, "coal_fugitive", "CH4")["value_t"] == close(mines)
