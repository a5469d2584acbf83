"""Contract: records of livestock, land, waste and products become emissions, by equations that no bundled case feeds; each tonne is worked by hand."""

import csv

import pytest

from dafeng.case import load, release
from dafeng.evidence import DafengError
from dafeng.inventory.accounts.categories import category_cells
from dafeng.registers import act, compute, enter, extract, open_workspace, owner, packaged_book

EAST, WEST = "360402", "360429"
STANDS = {"type": "chinese_fir", "county": EAST}
RECORDS = {
    "livestock": [
        {"animal": "pigs", "county": EAST, "year": 2025, "stock": 200_000},
        {"animal": "pigs", "county": WEST, "year": 2025, "stock": 100_000},
    ],
    "rice_fields": [
        {"season": "early", "regime": "flooded", "county": EAST, "year": 2025, "area": 600, "days": 90},
        {"season": "early", "regime": "flooded", "county": WEST, "year": 2025, "area": 400, "days": 115},
    ],
    "farm_nitrogen": [{"kind": "synthetic_nitrogen", "county": EAST, "year": 2025, "nitrogen": 1000}],
    "forest_stands": [
        {**STANDS, "method": "stock", "year": 2024, "area": 10_000, "volume": 1_000_000},
        {**STANDS, "method": "stock", "year": 2025, "area": 10_000, "volume": 1_100_000},
        {"type": "oak", "county": WEST, "method": "flow", "year": 2025, "growth": 3000, "harvest": 1000},
    ],
    "wastewater": [
        {"flow": "domestic_cod_treated", "county": EAST, "year": 2025, "amount": 10_000},
        {"flow": "effluent_nitrogen", "county": EAST, "year": 2025, "amount": 1000},
    ],
    "product_output": [
        {"firm": "913604000000000019", "product": "coal_methanol_output", "county": EAST, "year": 2025, "amount": 1000},
    ],
    "fleet_vehicles": [
        {"fleet": "公交一", "kind": "bus", "county": EAST, "year": 2025, "vehicles": 900, "electric": 700},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emissions")
    store = open_workspace(folder / "workspace", "360400")
    for register, rows in RECORDS.items():
        for cells in rows:
            if "firm" in cells:
                cells = {**cells, "firm": _credit_code()}
            done = enter(store, owner("王"), register, cells)
            [step] = [
                one
                for one in store.book.latest(register).life_cycle.transitions
                if store.book.latest(register).state(one.end).counted and done.state in one.start
            ]
            act(store, owner("李"), register, done.id, step.id, version=done.version)
    extract(store, owner(), folder / "extract", [2024, 2025], tuple(RECORDS))
    made = release("jiujiang", folder / "next", [folder / "extract"])
    yield store, folder, made
    store.close()


def _credit_code():
    from dafeng.registers.exchange.example import credit_code

    return credit_code(7)


@pytest.fixture(scope="module")
def cells(city):
    return {(cell["row"], cell["gas"]): cell for cell in category_cells(load(city[2].folder), [2025])}


@pytest.mark.parametrize(
    ("row", "gas", "tonnes"),
    [
        ("manure", "CH4", 300_000 * 5.08 / 1000),  # 300,000 pigs in 华东
        ("manure_n2o", "N2O", 300_000 * 0.175 / 1000),
        ("rice", "CH4", 1000 * 100 * 1.3 / 1000),  # 1,000 ha; (600 × 90 + 400 × 115) / 1,000 = 100 days
        ("soils", "N2O", (1000 * 0.01 + 1000 * 0.1 * 0.01 + 1000 * 0.3 * 0.0075) * 44 / 28),
        ("wastewater_ch4", "CH4", 10_000 * 0.25 * 0.03),
        ("wastewater_n2o", "N2O", 1000 * 0.005 * 44 / 28),
        ("other_chemicals", "CO2", 1000 * 2.55),
        ("forest", "CO2", -(100_000 * 0.3999 * 0.47 * 44 / 12) - 2000 * 0.47 * 44 / 12 * 1.1453),
    ],
)
def test_records_become_tonnes_worked_by_hand(cells, row, gas, tonnes):
    cell = cells[row, gas]
    assert cell["key"] == "", cell["note"]
    assert cell["value_t"] == pytest.approx(tonnes)
    assert "reg-" in cell["source"]


def test_the_case_before_has_none_of_them():
    before = {(cell["row"], cell["gas"]): cell for cell in category_cells(load("jiujiang"), [2025])}
    for row, gas in (
        ("manure", "CH4"),
        ("rice", "CH4"),
        ("soils", "N2O"),
        ("wastewater_ch4", "CH4"),
        ("forest", "CO2"),
    ):
        assert before[row, gas]["key"] == "NE"


def test_an_extract_names_each_activity_by_the_code_of_its_group(city):
    with (city[1] / "extract" / "activities.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["activity"], row["year"]): row for row in csv.DictReader(file)}
    assert {name for name, _ in rows} == {
        "pigs", "rice_early_area_flooded", "rice_early_days", "synthetic_nitrogen", "forest_area_chinese_fir",
        "forest_volume_chinese_fir", "forest_growth_oak", "forest_harvest_oak", "domestic_cod_treated", "effluent_nitrogen",
        "coal_methanol_output", "vehicle_stock/fleet_bus", "nev_stock/fleet_bus",
    }  # fmt: skip
    assert {row["region"] for row in rows.values()} == {"360400"}, "a group is of the whole city"
    assert (rows["nev_stock/fleet_bus", "2025"]["value"], rows["nev_stock/fleet_bus", "2025"]["unit"]) == (
        "700.0",
        "辆",
    )


def table_of(rows):
    import pandas as pd

    names = ("activity", "value", "unit", "grade", "source")
    return pd.DataFrame(
        [dict(zip(names, row, strict=True)) | {"region": "360400", "year": 2025} for row in rows]
    )


def test_of_two_rows_of_an_activity_the_better_grade_counts_wherever_it_stands():
    """The order of a file never decides; a number comes before a key."""
    from dafeng.inventory.accounts.raw_activities import best_rows

    rows = [
        ("pigs", 1.0, "head", "D", "a"),
        ("pigs", 2.0, "head", "B", "b"),
        ("pigs", float("nan"), "head", "A", "c"),
        ("goats", 3.0, "head", "", "a"),
        ("goats", 4.0, "head", "E", "b"),
        ("clinker_output", 2.0, "万吨", "B", "a"),
        ("clinker_output", 20_000.0, "t", "B", "b"),
    ]
    for listed in (rows, rows[::-1]):
        best = best_rows(table_of(listed))
        assert sorted(best["value"] * best["unit"].map({"head": 1, "t": 1, "万吨": 10_000})) == [
            2.0,
            4.0,
            20_000.0,
        ]


def test_of_two_rows_of_one_grade_that_differ_neither_counts_and_both_are_named():
    from dafeng.inventory.accounts.raw_activities import best_rows, contradictions

    rows = [
        ("pigs", 1.0, "head", "B", "yearbook"),
        ("pigs", 2.0, "head", "B", "reg-livestock"),
        ("pigs", 2.0, "head", "D", "guess"),
        ("clinker_output", 2.0, "万吨", "B", "a"),
        ("clinker_output", 2.0, "head", "B", "b"),
    ]
    told = "sources of one grade: 2 head (reg-livestock, B), 1 head (yearbook, B)"
    for listed in (rows, rows[::-1]):
        best = best_rows(table_of(listed)).set_index("activity")
        assert best["value"].isna().all()
        assert best.loc["pigs", ["value_key", "source", "note"]].tolist() == [
            "NE",
            "reg-livestock;yearbook",
            told,
        ]
        assert len(contradictions(table_of(listed))) == 2


def test_two_sources_of_one_grade_are_a_finding_of_the_inventory_and_the_emission_is_not_estimated(tmp_path):
    import shutil

    from dafeng.case import bundled_path, load
    from dafeng.inventory import build

    case = tmp_path / "case"
    shutil.copytree(bundled_path("jiujiang"), case)
    path = case / "activities.csv"
    head = path.read_text(encoding="utf-8").splitlines()[0].split(",") if path.is_file() else [
        "activity", "region", "year", "value", "unit", "source", "grade", "note"
    ]  # fmt: skip
    known = sorted(load("jiujiang").sources)[:2]
    for order in (known, known[::-1]):
        rows = [
            {"activity": "clinker_output", "region": "360400", "year": "2022", "value": str(1000 + known.index(name)), "unit": "t", "source": name, "grade": "B"}
            for name in order
        ]  # fmt: skip
        lines = [",".join(head), *(",".join(row.get(name, "") for name in head) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        loaded = load(case)
        cells = {(cell["row"], cell["gas"]): cell for cell in category_cells(loaded, [2022])}
        assert cells["clinker", "CO2"]["key"] == "NE"
        [finding] = [one for one in build(loaded).findings if one.code == "two-sources"]
        assert set(finding.sources) == set(known)
        for text in (finding.zh, finding.en):
            assert all(name in text for name in known)


def test_an_amount_that_is_not_known_is_not_estimated_and_never_zero(tmp_path):
    """Growth without harvest is refused; a record under review is no activity."""
    store = open_workspace(tmp_path, "360400")
    with pytest.raises(DafengError, match="年消耗量"):
        enter(
            store,
            owner(),
            "forest_stands",
            {"type": "oak", "county": WEST, "method": "flow", "year": 2025, "growth": 1},
        )
    enter(store, owner(), "livestock", RECORDS["livestock"][0])
    made = extract(store, owner(), tmp_path / "extract", [2025], ["livestock"])
    assert made.rows["activities"] == 0
    [whole, pigs] = compute(store, owner(), "livestock", "livestock", 2025)
    assert (whole.n, whole.pending, pigs.pending, pigs.value) == (0, 1, 1, None)
    store.close()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("'{animal}'", "'{beast}'", "{beast}"),
        ("'{animal}'", "'{county}'", "{county}"),
        ("by: [animal]", "by: []", "{animal}"),
        ("'{animal}'", "'livestock_{animal}', extra: 1", "extra"),
        ("poultry", "poultry", "activities dairy_cows fed by herds.livestock and by livestock.livestock"),
    ],
)
def test_a_name_of_an_activity_is_made_of_codes_that_the_groups_have(tmp_path, old, new, found):
    from dafeng.registers import read_book
    from dafeng.registers.definition.loading import packaged_folder

    text = (packaged_folder() / "livestock.yaml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace("register: livestock", "register: herds").replace(old, new)
    if found.startswith("{") or found == "extra":
        text = text.replace("{table: activities, id: '{animal}'", "{table: activities, id: 'herd_{animal}'")
    (tmp_path / "herds.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        read_book([tmp_path])
    assert found in str(caught.value)


def test_every_activity_of_the_inventory_that_people_report_has_a_register():
    """What no register feeds is listed here, so that a new equation comes with its source of records."""
    from dafeng.inventory.accounts.raw_activities import raw_activities

    book = packaged_book()
    unfed = {raw.activity for raw in raw_activities() if book.feeding("activities", raw.activity) is None}
    assert {name for name in unfed if not name.startswith("release_")} == {
        "rice_straw_rate", "landfill_ch4_recovered", "coal_mine_ch4_recovered", "protein_per_person", "wastewater_persons",
        "wetland_ch4_flux", "wetland_days",
    }  # fmt: skip
