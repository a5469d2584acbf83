"""The equations are what runs: with the body of a core equation replaced by an error, the inventory fails.

A public name of the room that no command, no other room and no documented use reaches is a fault.
"""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.inventory.conftest import write_small_city

import dafeng.inventory as room
from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory.accounts import emission_factors
from dafeng.inventory.accounts.categories import EQUATIONS, categories, checked
from dafeng.inventory.analysis import parent_energy

ROOT = Path(__file__).resolve().parents[2]

ACTIVITIES = (
    ("clinker_output", 2020, 10, "10^4 t"), ("lime_output", 2020, 1, "10^4 t"), ("glass_melted", 2020, 1, "10^4 t"),
    ("steel_limestone_use", 2020, 1, "10^4 t"), ("natural_soda_ash_output", 2020, 1, "10^4 t"),
    ("ferrosilicon_output", 2020, 1, "10^4 t"), ("pigs", 2020, 1000, "head"), ("rice_single_area", 2020, 1000, "ha"),
    ("rice_single_days", 2020, 100, "d"), ("rice_straw_rate", 2020, 5, "t/ha"), ("synthetic_nitrogen", 2020, 100, "t"),
    ("coal_underground_output", 2020, 1000, "t"), ("msw_landfilled", 2019, 100, "t"), ("msw_landfilled", 2020, 100, "t"),
    ("msw_incinerated", 2020, 100, "t"), ("domestic_cod_treated", 2020, 100, "t"),
    ("wastewater_persons", 2020, 1000, "person"), ("protein_per_person", 2020, 30, "kg/person"),
    ("forest_volume_birch", 2019, 1000, "m3"), ("forest_volume_birch", 2020, 1100, "m3"),
    ("forest_area_birch", 2019, 10, "ha"), ("forest_area_birch", 2020, 10, "ha"),
    ("forest_growth_oak", 2020, 50, "m3"), ("forest_harvest_oak", 2020, 20, "m3"),
    ("wetland_area", 2020, 10, "ha"), ("wetland_ch4_flux", 2020, 1, "kg/ha/d"), ("wetland_days", 2020, 100, "d"),
)  # fmt: skip
ENERGY = (
    "Total Primary Energy Supply,Raw_Coal,2020,30,10^4 t", "Non-Energy Use,Raw_Coal,2020,2,10^4 t",
    "Raw Chemical Materials and Chemical Products,Raw_Coal,2020,10,10^4 t",
    "Raw Chemical Materials and Chemical Products,Heat,2020,100,TJ",
)  # fmt: skip

RUN = (
    "combustion_co2", "combustion_activity", "sectoral_co2", "energy_use_share", "trace_gases", "reference_approach_co2",
    "approach_difference", "net_import", "imported_electricity_co2", "location_based_co2", "heat_co2", "coal_equivalent",
    "electricity_coal_equivalent", "clinker_co2", "lime_co2", "glass_co2", "carbonate_co2", "soda_ash_co2",
    "product_emission", "coal_mine_ch4", "livestock_emission", "rice_ch4", "organic_amendment_factor", "soil_n2o_direct",
    "soil_n2o_indirect", "volatilised_nitrogen", "leached_nitrogen", "wetland_ch4", "biomass_carbon", "stock_change_co2",
    "forest_gain_loss_co2", "decomposable_carbon", "decayed_carbon", "landfill_ch4", "incineration_co2", "wastewater_ch4",
    "effluent_nitrogen", "effluent_n2o", "combine_product", "combine_sum", "level_assessment", "trend_assessment",
    "key_categories", "constant_price_gdp", "intensity", "annual_fall", "cumulative_fall", "non_fossil_share", "share",
)  # fmt: skip
"""Equations that `inventory run --format xlsx` of a city with every kind of activity reaches."""

ELSEWHERE = {
    "carbon_difference": "carbon",
    "share_counted_twice": "carbon",
    "unoxidised_co2": "carbon",
    "calibrated_coefficient": "from-balance of a file with both tables",
    "interval": "uncertainty",
    "lognormal_or_normal": "uncertainty",
    "propagate": "uncertainty",
    "sample_totals": "uncertainty",
    "trend_uncertainty": "uncertainty",
    "splice_by_overlap": "series --splice",
    "splice_by_surrogate": "series --splice",
    "splice_by_interpolation": "series --splice",
    "splice_by_extrapolation": "series --splice",
}


@pytest.fixture(scope="module")
def full_city(tmp_path_factory):
    """The province of the small city with supply, feedstock and heat, and one activity of every method."""
    province = write_small_city(tmp_path_factory.mktemp("full")).parent / "province"
    with (province / "energy.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{line},s,A,\n" for line in ENERGY)
    with (province / "sectors.csv").open("a", encoding="utf-8") as file:
        file.write(
            "Raw Chemical Materials and Chemical Products,化工,chemicals,industry,final,26,s,A,\n"
            "Total Primary Energy Supply,可供量,,,total,,s,A,\nNon-Energy Use,用作原料,,,non_energy,,s,A,\n"
        )
    lines = [f"{name},369900,{year},{value},{unit},s,A,\n" for name, year, value, unit in ACTIVITIES]
    text = "activity,region,year,value,unit,source,grade,note\n" + "".join(lines)
    (province / "activities.csv").write_text(text, encoding="utf-8")
    with (province / "observations.csv").open("a", encoding="utf-8") as file:
        file.write("gdp_current,369900,2020,100,亿元,s,A,\n")
    return load(province)


def _forget():
    """Forget what was worked out before, so that each equation is called again."""
    for cached in (parent_energy.parent_energy, parent_energy._rates, emission_factors._built_in):
        cached.cache_clear()


def _fails(*_arguments, **_options):
    raise RuntimeError("the body of a core equation")


def _run(case, folder):
    """What `inventory run --format xlsx` does: the inventory and all its tables in one workbook."""
    _forget()
    inventory = room.build(case)
    room.write_workbook(inventory, case, list(inventory.years), folder / "out.xlsx")
    return inventory


def test_the_full_city_runs(full_city, tmp_path):
    """The runs below pass as long as no body is replaced, and every method computes a number."""
    inventory = _run(full_city, tmp_path)
    assert (tmp_path / "out.xlsx").is_file()
    assert room.uncertainty_of(inventory, "B", 2020).half_width_t > 0
    cells = inventory.cells.set_index("row")["key"]
    for row in (
        "clinker",
        "rice",
        "manure",
        "soils",
        "landfill",
        "incineration",
        "wetland",
        "forest",
        "coal_fugitive",
    ):
        assert (cells[[row]] == "").any(), row


@pytest.mark.parametrize("name", RUN)
def test_a_run_fails_without_the_body_of_a_core_equation(full_city, tmp_path, monkeypatch, name):
    monkeypatch.setattr(getattr(room, name), "__code__", _fails.__code__)
    with pytest.raises(RuntimeError, match="core equation"):
        _run(full_city, tmp_path)
    _forget()


@pytest.mark.parametrize("name", [name for name, command in ELSEWHERE.items() if command == "uncertainty"])
def test_the_uncertainty_fails_without_its_equations(full_city, tmp_path, monkeypatch, name):
    inventory = room.build(full_city)
    monkeypatch.setattr(getattr(room, name), "__code__", _fails.__code__)
    with pytest.raises(RuntimeError, match="core equation"):
        room.uncertainty_of(inventory, "B", 2020)


def test_every_equation_of_the_room_is_in_one_of_the_lists():
    folder = ROOT / "src/dafeng/inventory/equations"
    public = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert public - {"half_width", "fuel_half_width"} == {*RUN, *ELSEWHERE}


def test_the_column_equation_is_the_dispatcher():
    assert {category.equation for category in categories()} <= set(EQUATIONS)
    lime = next(category for category in categories() if category.id == "lime")
    for change in ({"equation": "lime_c02"}, {"equation": ""}, {"equation": "stated"}, {"factor_id": ""}):
        with pytest.raises(DafengError, match=r"categories\.csv:lime:equation"):
            checked([replace(lime, **change)])


@pytest.mark.slow
def test_every_public_name_is_used_by_the_product_or_by_a_document_that_runs():
    """Names that only tests use are no part of the room; `docs/inventory.md` runs `build_many` (see test_many)."""
    used = set()
    for path in (ROOT / "src/dafeng").rglob("*.py"):
        if path == ROOT / "src/dafeng/inventory/__init__.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        used |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    documented = set()
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
        documented |= set(re.findall(r"\w+", " ".join(blocks)))
    assert set(room.__all__) - used - documented == set()
