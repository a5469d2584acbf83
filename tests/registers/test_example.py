"""Contract: record → review → indicator → observation → verdict, for every register of 示例市; typed answers and its own annual model judge the rest."""

from collections import Counter

import pytest

from dafeng.assessment import judge_case, outlook_of
from dafeng.case import load, release, write_example
from dafeng.inventory.accounts.categories import category_cells
from dafeng.pathway import run
from dafeng.registers import (
    compute,
    dangling,
    extract,
    fill_example,
    import_file,
    open_workspace,
    owner,
    verify_chain,
    write_example_records,
)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The example city with all its records, and the release that they make."""
    folder = tmp_path_factory.mktemp("example")
    store = open_workspace(folder / "workspace", "990100")
    counted = fill_example(store, folder)
    extract(store, owner(), folder / "extract", [2025])
    write_example(folder / "case")
    made = release(folder / "case", folder / "next", [folder / "extract"])
    yield store, counted, folder, made
    store.close()


@pytest.fixture(scope="module")
def outlook(city):
    """The annual model of the example city: its own drivers and measures, few samples."""
    return outlook_of(run(load(city[2] / "case"), samples=64, permutations=4))


def test_the_records_of_every_register_are_entered_reviewed_and_counted(city):
    store, counted, _, _ = city
    assert set(counted) == set(store.book.editions)
    assert all(counted.values()), [name for name, count in counted.items() if not count]
    assert verify_chain(store) == []


@pytest.mark.parametrize(
    ("register", "indicator", "value", "n"),
    [
        # worked by hand from example_records.yaml
        ("storage_projects", "new_storage_capacity", 45.0, 2),  # 300 + 150 MW; pumped hydro is none
        ("capacity_swaps", "crude_processing_capacity", 900.0, 1),  # 9,000,000 t in 万吨
        ("prefab_buildings", "prefab_building_share", 42.5, 2),  # (46,000 + 22,000) / (100,000 + 60,000), not the mean of 46 and 36.7
        ("high_standard_farmland", "high_standard_farmland", 270.0, 2),  # 160 + 110; an upgrade adds nothing
        ("manure_biogas", "manure_utilisation", 1300 / 1500 * 100, 2),
        ("straw_ledger", "straw_utilisation", (42000 + 9000 + 53000 + 500 - 300) / (80000 + 28000) * 100, 2),
        ("recycled_materials", "recycled_materials", 540.0, 8),  # what is resold is not counted again
        ("household_waste", "msw_resource_rate", 60000 / 90000 * 100, 36),
        ("bulk_solid_waste", "industrial_waste_use_rate", 80.0, 24),
        ("afforestation", "afforestation", 210.0, 2),  # 1,200,000 + 900,000 亩 in 万亩
        ("forest_resources", "forest_cover", 10400 / 18000 * 100, 2),
        ("ship_retrofit", "ship_retrofit_share", 100.0, 2),  # the ship of 800 t is out of scope
        ("green_buildings", "rooftop_pv_coverage_new", 7500 / 14000 * 100, 2),
        ("green_buildings", "urban_building_renewable_share", 8.6, 2),  # (80,000 × 9 + 20,000 × 7) / 100,000
        ("parks", "circular_park_coverage", 200 / 3, 3),
        ("gas_network", "township_gas_coverage", 200 / 3, 3),
        ("facilities", "highway_charging_coverage", 100.0, 2),
        ("key_energy_users", "key_equipment_inspection_coverage", 100.0, 2),
        ("public_institutions", "public_institution_energy_per_area", (3_100_000 * 0.1229 + 100_000 * 1.33) / 50_000, 2),
        ("accounting_results", "net_emissions", 3450.0, 1),
        ("renewable_projects", "wind_solar_capacity", 500.0, 2),
    ],
)  # fmt: skip
def test_indicators_worked_by_hand(city, register, indicator, value, n):
    store, *_ = city
    whole = compute(store, owner(), register, indicator, 2025)[0]
    assert whole.value == pytest.approx(value)
    assert (whole.n, whole.missing, whole.pending, whole.grade) == (n, 0, 0, "E")


def test_thirty_six_targets_and_more_are_judged_and_seven_are_followed_apart(city, outlook):
    _, _, _, made = city
    verdicts = judge_case(load(made.folder), outlook)
    count = Counter(verdict.status.value for verdict in verdicts)
    assert len(verdicts) == 44
    assert sum(verdict.judged for verdict in verdicts) == 37
    assert count["on_path"] + count["behind_path"] == 7
    followed = {verdict.target.indicator for verdict in verdicts if verdict.followed}
    assert followed == {
        "9种主要再生资源循环利用量", "城镇生活垃圾资源化率", "森林覆盖率", "活立木蓄积量", "民用运输机场场内车辆装备等电动化",
        "省级以上园区循环化改造", "碳中和",
    }  # fmt: skip
    for verdict in verdicts:
        assert verdict.why_zh
        assert verdict.why_en


def test_without_records_only_what_is_typed_or_modelled_is_judged(city, outlook):
    _, _, folder, _ = city
    bare = judge_case(load(folder / "case"), None)
    assert sum(verdict.judged for verdict in bare) == 6
    assert not any(verdict.followed for verdict in bare)
    assert sum(verdict.judged for verdict in judge_case(load(folder / "case"), outlook)) == 12


def test_the_base_is_not_written_and_the_release_names_its_sources(city):
    _, _, folder, made = city
    case = load(made.folder)
    table = case.table("observations")
    straw = table[(table["indicator"] == "straw_utilisation") & (table["region"] == "990100")]
    assert straw["source"].tolist()[0].startswith("reg-straw_ledger-")
    assert straw["source"].tolist()[0] in case.sources
    assert load(folder / "case").release == made.base_release


def test_the_written_records_import_as_they_are(tmp_path):
    write_example_records(tmp_path)
    store = open_workspace(tmp_path, "990100")
    for register in ("storage_projects", "parks", "prefab_buildings"):
        receipt = import_file(store, owner("录入"), register, tmp_path / "records" / f"{register}.csv")
        assert (receipt.problems, receipt.stored) == ([], True)
    assert dangling(store, owner(), "parks") == []
    store.close()


def test_records_of_waste_and_products_become_emissions_by_equations_that_no_bundled_case_uses(city):
    _, _, folder, made = city
    before = {(cell["row"], cell["gas"]): cell for cell in category_cells(load(folder / "case"), [2025])}
    after = {(cell["row"], cell["gas"]): cell for cell in category_cells(load(made.folder), [2025])}
    assert before["clinker", "CO2"]["key"] == before["wetland", "CH4"]["key"] == "NE"
    assert after["clinker", "CO2"]["activity"] == pytest.approx(3_200_000)
    assert after["clinker", "CO2"]["value_t"] > 1_000_000
    assert after["wetland", "CH4"]["key"] == ""
    assert "no activity data" not in after["incineration", "CO2"]["note"], (
        "what it lacks now is the composition"
    )
