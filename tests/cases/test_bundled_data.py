"""Contract of the bundled cases regions/360000 and jiujiang: facts hand-checked against their sources.

Row counts, known values, sums; every source id resolves; notes name the contradictions in the data; the
plan holds facts and none of the text's sentences.
"""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import dafeng
from dafeng.evidence import Grade, NotationKey
from dafeng.plan import load_plan
from dafeng.units import convert, is_unit

CASES = Path(dafeng.__file__).parent / "cases"
PROVINCE, CITY = CASES / "regions/360000", CASES / "jiujiang"
TABLES = sorted(
    path
    for folder in (PROVINCE, CITY)
    for path in folder.rglob("*.csv")
    if path.name not in {"sources.csv", "profiles.csv", "drivers.csv", "measures.csv"}
    and "registers" not in path.parts
)
LONGEST_FACT = 60
"""Characters: no heading, indicator or modality of the plan is longer."""


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_row_has_a_known_source_and_a_grade(path):
    folder = PROVINCE if path.is_relative_to(PROVINCE) else CITY
    known = {row["id"] for row in read(folder / "sources.csv")}
    rows = read(path)
    assert rows
    assert {row["source"] for row in rows} <= known
    assert {row["grade"] for row in rows} <= set(Grade)
    if "value" in rows[0]:
        for row in rows:
            assert row["value"] in set(NotationKey) or float(row["value"]) == float(row["value"])
    if "unit" in rows[0]:
        assert all(is_unit(unit) for unit in {row["unit"] for row in rows})


@pytest.mark.parametrize("folder", [PROVINCE, CITY], ids=["province", "city"])
def test_sources_are_unique_and_have_terms(folder):
    rows = read(folder / "sources.csv")
    assert max(Counter(row["id"] for row in rows).values()) == 1
    assert all(row["citation"] and row["terms"] for row in rows)


@pytest.mark.parametrize("folder", [PROVINCE, CITY], ids=["province", "city"])
def test_no_place_of_a_machine_or_registry_is_named(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/work/|/tmp/|stored file|find_string|read_file|pypi\.org", text), path


def energy(row, fuel, year):
    """The single value of the inventory [unit of the file]."""
    (found,) = [
        r for r in read(PROVINCE / "energy.csv") if (r["row"], r["fuel"], r["year"]) == (row, fuel, str(year))
    ]
    return float(found["value"]), found


def test_energy_inventory_has_58_rows_20_fuels_and_eight_years():
    rows = read(PROVINCE / "energy.csv")
    assert len(rows) == 3844
    assert len({row["row"] for row in rows}) == 58
    assert len({row["fuel"] for row in rows}) == 20
    assert {row["year"] for row in rows} == {str(year) for year in range(2015, 2023)}
    assert {row["row"] for row in rows} == {row["row"] for row in read(PROVINCE / "sectors.csv")}
    assert max(Counter((r["row"], r["fuel"], r["year"]) for r in rows).values()) == 1


def test_electricity_used_in_2020_is_final_consumption_and_loss():
    """1,566.83 + 60.00 = 1,626.83, the 1,627 亿kWh of the statistics."""
    used = energy("Total Final Consumption", "Electricity", 2020)[0] + energy("Loss", "Electricity", 2020)[0]
    assert used == pytest.approx(1626.83)
    (stated,) = [
        float(row["value"])
        for row in read(PROVINCE / "observations.csv")
        if (row["indicator"], row["year"]) == ("electricity_consumption", "2020")
    ]
    assert used == pytest.approx(stated, rel=2e-3)


def test_thermal_hours_of_2020_are_4755():
    hours = -energy("Thermal Power", "Electricity", 2020)[0] * 1e5 / 24550
    assert hours == pytest.approx(4755, abs=1)


def test_fuels_of_final_use_add_up_to_the_total_row():
    """Diesel 2020: the final rows of the inventory sum to Total Final Consumption."""
    kinds = {row["row"]: row["kind"] for row in read(PROVINCE / "sectors.csv")}
    rows = [r for r in read(PROVINCE / "energy.csv") if (r["fuel"], r["year"]) == ("Diesel_Oil", "2020")]
    total = sum(float(r["value"]) for r in rows if kinds[r["row"]] == "final")
    assert total == pytest.approx(energy("Total Final Consumption", "Diesel_Oil", 2020)[0], rel=5e-3)


def test_outliers_and_conflicts_are_named_in_the_notes():
    value, row = energy("Transport, Storage, Postal & Telecommunications Services", "Raw_Coal", 2022)
    assert value == 203.7
    assert row["note"].startswith("OUTLIER")
    assert row["grade"] == "E"
    notes = {row["indicator"]: row["note"] for row in read(CITY / "observations.csv")}
    assert "CONFLICT" in notes["gdp_current_bulletin_vintage"]
    assert "preferred=1" in notes["gdp_current"]
    assert "CONFLICT" in notes["co2_edgar_v8"]


def test_balance_totals_hand_checked():
    """Raw coal of 2021: 7,017.81 万吨; crude refined in 2014 471.3, in 2007 394.3 万吨."""
    rows = read(PROVINCE / "reference/balances.csv")
    assert len(rows) == 299 + 346 + 107
    values = {(r["year"], r["row_zh"], r["fuel_zh"]): float(r["value"]) for r in rows}
    assert values["2021", "六.消费量合计", "原煤"] == 7017.81
    assert abs(values["2014", "5.炼油及煤制油", "原油"]) == pytest.approx(471.3, abs=0.1)
    assert abs(values["2007", "5.炼油", "原油"]) == pytest.approx(394.3, abs=0.1)


def test_reference_co2_of_2019_is_52_60_and_35_27_mt():
    rows = read(CITY / "observations.csv")
    values = {(r["indicator"], r["region"], r["year"]): float(r["value"]) for r in rows if r["value"] != "NE"}
    assert values["co2_ceads_city", "360400", "2019"] == pytest.approx(52.60, abs=0.01)
    assert values["co2_edgar_v8", "360400", "2019"] == pytest.approx(35.27, abs=0.01)
    counties = [v for (i, _, y), v in values.items() if (i, y) == ("co2_edgar_county", "2019")]
    assert len(counties) == 13
    assert sum(counties) / 1e6 == pytest.approx(35.27, rel=0.03)


def test_plants_in_service_by_the_end_of_2020_and_2025():
    rows = read(CITY / "plants.csv")
    units = [r for r in rows if r["branch"] == "power"]
    assert (len(units), len(rows)) == (44, 60)
    coal = [r for r in units if r["fuel"] == "coal" and r["status"] == "operating"]

    def by_end_of(year):
        return sum(float(r["capacity_mw"]) for r in coal if int(r["start_year"]) <= year)

    assert by_end_of(2020) == 3629 + 100
    assert by_end_of(2025) - by_end_of(2024) == 2 * 1052
    phase_two = [r for r in coal if r["start_year"] == "2025"]
    assert all("overrides GEM" in r["note"] and r["county"] == "360429" for r in phase_two)


def test_no_plant_stands_at_a_placeholder_coordinate():
    for row in read(CITY / "plants.csv"):
        assert (row["lat"], row["lon"]) != ("28.0001", "116.0001")


def test_proxies_cover_every_row_and_year_once_with_ordered_ranges():
    every = read(CITY / "proxies.csv")
    # shares of the province's generation by kind are no rows of the balance
    power = {r["row"] for r in every if r["row"].startswith("generation:")}
    assert power == {"generation:hydro", "generation:solar"}
    rows = [r for r in every if r["row"] not in power]
    downscaled = {r["row"] for r in read(PROVINCE / "sectors.csv") if r["kind"] != "total"}
    for year in range(2015, 2023):
        of_year = [r for r in rows if r["year"] == str(year)]
        assert {r["row"] for r in of_year} - {"*", "Nonmetal Mineral Products:Process"} == downscaled
        assert max(Counter(r["row"] for r in of_year).values()) == 1
    for r in every:
        if r["share"] != "NE":
            assert 0 <= float(r["low"]) <= float(r["share"]) <= float(r["high"]) <= 1


@pytest.mark.parametrize(
    ("row", "year", "share", "grade"),
    [
        ("Petroleum Refineries", 2020, 1.0, "D"),
        ("Smelting and Pressing of Ferrous Metals", 2020, 0.23, "C"),
        ("Nonmetal Mineral Products", 2020, 0.17, "C"),
        ("Chemical Fiber", 2020, 0.95, "C"),
        ("Metal Products", 2020, 0.137, "D"),
        ("Metal Products", 2021, 0.136, "D"),
        ("Metal Products", 2017, 0.137, "E"),
        ("Urban", 2020, 0.1018, "D"),
        ("*", 2020, 0.135, "E"),
    ],
)
def test_shares_as_stated(row, year, share, grade):
    (found,) = [r for r in read(CITY / "proxies.csv") if (r["row"], r["year"]) == (row, str(year))]
    assert float(found["share"]) == pytest.approx(share, abs=6e-4)
    assert found["grade"] == grade


def test_power_share_of_2020_by_hand():
    """(1360 + 2104 + 40 + 125/2 + 100) MW × 4,755.15 h / 116.739 TWh, ±15 %."""
    (found,) = [r for r in read(CITY / "proxies.csv") if (r["row"], r["year"]) == ("Thermal Power", "2020")]
    assert float(found["share"]) == pytest.approx(3666.5 / 24550, rel=1e-5)
    assert float(found["high"]) / float(found["share"]) == pytest.approx(1.15, rel=1e-4)


def test_carried_shares_have_wider_ranges():
    rows = {(r["row"], r["year"]): r for r in read(CITY / "proxies.csv")}
    own, carried = rows["Metal Products", "2020"], rows["Metal Products", "2016"]
    assert float(carried["low"]) < float(own["low"])
    assert float(carried["high"]) > float(own["high"])


def test_cement_process_is_not_estimated_after_2019():
    rows = [r for r in read(CITY / "proxies.csv") if r["row"].endswith(":Process")]
    assert [r["share"] for r in rows if int(r["year"]) > 2019] == ["NE"] * 3
    assert all(float(r["share"]) == 0.17 for r in rows if int(r["year"]) <= 2019)


def test_profiles_have_8760_hours_and_the_stated_means():
    rows = read(PROVINCE / "profiles.csv")
    assert [int(r["hour"]) for r in rows] == list(range(8760))
    column = {name: [float(r[name]) for r in rows] for name in ("load", "wind", "solar", "hydro")}
    assert sum(column["load"]) == pytest.approx(1, abs=1e-6)
    assert sum(column["wind"]) / 8760 == pytest.approx(0.23, abs=1e-6)
    assert max(column["wind"]) == 1
    assert sum(column["solar"]) / 8760 == pytest.approx(0.123, abs=2e-3)
    assert all(value == 0 or value >= 1e-3 for value in column["solar"])
    assert all(0 <= value <= 1 for name in ("wind", "solar", "hydro") for value in column[name])


def test_profiles_say_that_load_and_weather_years_differ():
    meta = {row["profile"]: row for row in read(PROVINCE / "profiles_meta.csv")}
    assert set(meta) == {"load", "wind", "solar", "hydro"}
    assert meta["load"]["load_year"] != meta["wind"]["weather_year"]
    assert all("load year and weather year differ" in row["note"] for row in meta.values())


def test_thirteen_counties_with_codes_and_polygons():
    polygons = json.loads((CITY / "counties.geojson").read_text(encoding="utf-8"))["features"]
    codes = {feature["properties"]["adcode"] for feature in polygons}
    assert len(codes) == len(polygons) == 13
    text = (CITY / "city.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r'code: "(3604\d\d)"', text)) == codes | {"360400"}
    area = sum(feature["properties"]["area_km2"] for feature in polygons)
    assert area == pytest.approx(19107, abs=2)


def test_plan_counts():
    plan = load_plan(CITY / "plan.yaml")
    assert (len(plan.tasks), len(plan.duties), len(plan.targets)) == (34, 33, 44)
    assert Counter(target.class_ for target in plan.targets) == {"Q": 26, "F": 5, "D": 5, "M": 2, "U": 6}
    assert sum(len(duty.departments) for duty in plan.duties) == 208
    assert [task.locator for task in plan.tasks if not task.complete] == ["四(四)3"]
    assert {duty.locator for duty in plan.duties} | {"四(四)3"} == {task.locator for task in plan.tasks}
    assert all(duty.open_ended and not duty.lead for duty in plan.duties)


def test_plan_targets_hand_checked():
    by_key = {(t.indicator, t.year): t for t in load_plan(CITY / "plan.yaml").targets}
    wind_solar = by_key["风电、太阳能发电总装机容量", 2030]
    assert (wind_solar.value, wind_solar.unit, wind_solar.comparator) == (927, "万千瓦", "=")
    assert convert(wind_solar.value, wind_solar.unit, "MW") == pytest.approx(9270)
    assert (wind_solar.sense, wind_solar.stretch) == ("better_up", True)
    crude = by_key["原油一次性加工能力", 2025]
    assert (crude.comparator, crude.sense, crude.modality) == ("<=", "better_down", "控制在")
    assert by_key["单位生产总值能耗", 2025].sense == "better_down"
    assert by_key["全市电网尖峰负荷响应能力", 2025].comparator == "~"


def test_departments_of_the_plan_are_the_32_organisations():
    rows = read(CITY / "organisations.csv")
    plan = load_plan(CITY / "plan.yaml")
    named = {name for duty in plan.duties for name in duty.departments}
    assert len(rows) == 32
    assert {row["name_zh"] for row in rows} == named
    assert {name for target in plan.targets for name in target.departments} <= named
    (market,) = [row for row in rows if row["id"] == "market"]
    assert market["aliases"] == "市市场监管局"


def test_the_plan_holds_no_sentences():
    def texts(node):
        if isinstance(node, dict):
            for value in node.values():
                yield from texts(value)
        elif isinstance(node, list):
            for value in node:
                yield from texts(value)
        elif isinstance(node, str):
            yield node

    found = load_plan(CITY / "plan.yaml").as_dict()
    findings = found.pop("findings")
    assert all(len(text) <= LONGEST_FACT and "。" not in text for text in texts(found))
    assert len(findings) == 2


def test_recalled_figures_never_stand_as_values():
    for path in (PROVINCE / "activities.csv", CITY / "activities.csv", PROVINCE / "prices.csv"):
        for row in read(path):
            if "recalled, not seen" in row["note"] and "status unverified" in row["note"]:
                assert row["value"] == "NE", row
