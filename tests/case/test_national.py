"""Contract: any prefecture of China is drafted from facts that may be shipped: plants first, spread stated, nothing tuned; what cannot be drafted is refused with what is missing."""

import math
from pathlib import Path

import pandas as pd
import pytest

from dafeng.case import (
    draft_unit,
    feasible,
    find_unit,
    index_statistics,
    lacking,
    own_share,
    unit_power,
    unit_share,
    units,
)
from dafeng.case.national.energy import anchor, province_energy
from dafeng.case.national.index import table
from dafeng.case.national.profiles import profile_tables, realised_hours
from dafeng.case.national.shares import ROWS, _fuel_per_mwh, bounds, share_of
from dafeng.case.schemas import FIRST_PLANT_YEAR, LAST_YEAR
from dafeng.evidence import DafengError

PACKAGE = Path(__file__).parents[2] / "src/dafeng/case/national"


def test_index_is_small_and_whole() -> None:
    assert sum(file.stat().st_size for file in PACKAGE.iterdir() if file.is_file()) < 8e6
    assert len(units()) == 337
    assert len(feasible()) == 317
    sources = {row for name in ("plants", "steel", "mines") for row in table(name)["source"].unique()}
    assert all(source.startswith("gem-") for source in sources)


@pytest.mark.parametrize("text", ["成都", "成都市", "510100", " 成都 "])
def test_unit_by_code_or_name(text: str) -> None:
    assert find_unit(text).code == "510100"


def test_names_that_two_places_share_are_asked_back() -> None:
    for name, codes in (("吉林", ("220200", "220000")), ("海南", ("632500", "460000"))):
        with pytest.raises(DafengError) as told:
            find_unit(name)
        assert all(code in str(told.value) for code in codes)
    assert find_unit("重庆").is_municipality


@pytest.mark.parametrize(
    ("text", "expected"),
    [("360425", "360400"), ("江西", "360400"), ("石家壮市", "石家庄市"), ("", "CODE"), ("999999", "CODE")],
)
def test_other_places_are_refused_with_what_to_give(text: str, expected: str) -> None:
    with pytest.raises(DafengError, match=expected):
        find_unit(text)


def test_units_that_cannot_be_drafted_name_what_is_missing(tmp_path: Path) -> None:
    refused = {code: unit for code, unit in units().items() if lacking(unit)}
    assert len([code for code in refused if code.startswith("54")]) == 7
    assert "460300" in refused
    assert len(refused) == 20
    for code, word in (("540100", "energy statistics"), ("460300", "GDP"), ("433100", "census")):
        with pytest.raises(DafengError, match=word):
            draft_unit(units()[code], tmp_path / code)
        assert not (tmp_path / code).exists()


def test_shares_of_the_units_of_a_province_never_exceed_it() -> None:
    for province in {unit.province_code for unit in feasible()}:
        mine = [unit for unit in feasible() if unit.province_code == province]
        for proxies in {*ROWS.values(), ("va_secondary",), ("hydro",), ("wind",)}:
            assert sum(share_of(unit, proxies) for unit in mine) <= 1.0 + 1e-9


def test_share_is_own_over_province() -> None:
    people = index_statistics("510000", "population_resident")[2020] * 1e4
    own = units()["510100"].population
    assert own is not None
    assert unit_share("510100", "population") == pytest.approx(own / people, rel=1e-3)
    assert unit_share("110000", "thermal_mw") == 1.0
    low, high = bounds(0.1)
    assert (low, high) == pytest.approx((0.1 / math.exp(0.8232), 0.1 * math.exp(0.8232)))
    assert bounds(0.9)[1] == 1.0


def test_energy_of_a_province_by_hand() -> None:
    """Thermal coal = coefficient × own generation; electricity of all rows comes near the official total."""
    cells = table("structure").set_index(["row", "fuel"])
    energy = province_energy("410000")
    now = energy[energy["year"] == 2020].set_index(["row", "fuel"])["value"]
    coal = ("Thermal Power", "Raw_Coal")
    assert cells.loc[coal, "anchor"] == "generation_thermal"
    assert now[coal] == pytest.approx(
        cells.loc[coal, "coefficient"] * index_statistics("410000", "generation_thermal")[2020]
    )
    used = now[now.index.get_level_values(1) == "Electricity"]
    assert used[used > 0].sum() == pytest.approx(
        index_statistics("410000", "electricity_consumption")[2020], rel=0.1
    )
    # Hainan has no steel works: no furnace burns coke there
    assert ("Smelting and Pressing of Ferrous Metals", "Coke") not in set(
        province_energy("460000")[["row", "fuel"]].itertuples(index=False, name=None)
    )


def test_anchor_of_a_missing_year_is_that_of_the_nearest() -> None:
    series = index_statistics("130000", "output_cement")
    assert anchor("130000", "output_cement", 2099) == series[series.index.max()]
    assert anchor("110000", "output_pig_iron", 2020) == index_statistics("110000", "output_pig_iron").get(
        2020, 0.0
    )


def test_units_retire_and_projects_start_by_their_dates() -> None:
    fleet = unit_power("510100")
    assert all(unit.capacity_mw > 0 for unit in fleet)
    running = [unit for unit in unit_power("130200") if unit.is_thermal]
    assert sum(u.capacity_mw for u in running if u.in_service(2020)) > 5000
    old = next(unit for unit in running if unit.status == "operating" and (unit.start_year or 2010) < 1995)
    assert old.until(35) == max((old.start_year or 0) + 35, 2025)
    assert not any(unit.is_new(2020) for unit in running if unit.status == "retired")


def test_every_plant_of_the_list_is_a_row_that_a_case_takes() -> None:
    plants = table("plants")
    for column in ("name", "technology"):
        text = plants[column].dropna().astype(str)
        assert (text == text.str.strip()).all()
    for column in ("name", "unit"):
        text = plants[column].dropna().astype(str)
        assert not text.str.contains("[\u200b-\u200f\u2060\ufeff]").any()
    start = pd.to_numeric(plants["start_year"], errors="coerce").dropna()
    assert start.min() == 1941  # Shuifeng
    assert start.between(FIRST_PLANT_YEAR, LAST_YEAR).all()


def test_a_unit_burns_by_its_heat_rate() -> None:
    """Two coal units of one size: the share of the thermal fuel goes with fuel per MWh, that of by-product gas does not."""
    frame = pd.DataFrame({"fuel": ["coal", "coal", "coal", "byproduct_gas"], "heat_rate": ["9000", "10000", None, "20000"]})  # fmt: skip
    assert _fuel_per_mwh(frame).tolist() == pytest.approx([9000 / 9500, 10000 / 9500, 1.0, 1.0])


@pytest.mark.parametrize(
    ("code", "kind", "scaled"),
    [("150000", "wind", True), ("130000", "solar", True), ("630000", "solar", False)],
)
def test_profiles_of_a_province_have_its_realised_hours(code: str, kind: str, scaled: bool) -> None:
    made = profile_tables(code)
    profiles = pd.DataFrame(made["profiles"]).astype(float)
    assert len(profiles) == 8760
    assert profiles["load"].sum() == pytest.approx(1.0, abs=1e-5)
    assert profiles[["wind", "solar", "hydro"]].max().max() <= 1.0
    hours = realised_hours(code, kind)
    assert (hours is not None) == scaled
    if hours is not None:
        assert profiles[kind].sum() == pytest.approx(hours, rel=1e-4)
    methods = {row["profile"]: (row["method"], row["grade"]) for row in made["profiles_meta"]}
    assert "generic" in methods["load"][0]
    assert "generic" in methods["hydro"][0]
    assert methods[kind][1] == ("D" if scaled else "E")


def test_realised_hours_by_hand() -> None:
    """Generation of 2020 over the mean of the capacity at both ends of the year."""
    capacity = [index_statistics("130000", "solar_capacity_end_of_year")[year] * 10 for year in (2019, 2020)]
    hours = index_statistics("130000", "generation_solar")[2020] * 1e5 / (sum(capacity) / 2)
    assert realised_hours("130000", "solar") == pytest.approx(hours)


def test_every_unit_that_can_be_drafted_has_a_point() -> None:
    assert all(
        unit.lon is not None and 73 < unit.lon < 136 and unit.lat is not None and 3 < unit.lat < 54
        for unit in feasible()
    )


def test_draft_of_a_city_states_range_and_reference(tmp_path: Path) -> None:
    case = draft_unit(find_unit("唐山"), tmp_path / "tangshan")
    assert (tmp_path / "130000" / "energy.csv").is_file()
    assert case.parent is not None
    proxies = case.table("proxies").set_index(["row", "year"])
    steel = proxies.loc[("Smelting and Pressing of Ferrous Metals", 2020)]
    assert 0.3 < steel["share"] < 0.7
    assert steel["high"] / steel["share"] == pytest.approx(
        min(math.exp(0.8232), 1 / steel["share"]), rel=1e-3
    )
    assert not case.table("observations").query("indicator == 'co2_edgar_v8'").empty
    assert case.table("plants")["source"].str.startswith("gem-").all()
    # all of its rows name their sources and are graded; a second city takes the same province
    second = draft_unit(find_unit("石家庄"), tmp_path / "shijiazhuang")
    assert second.parent is not None
    assert second.parent.release == case.parent.release
    with pytest.raises(DafengError, match="exists"):
        draft_unit(find_unit("唐山"), tmp_path / "tangshan")


def test_municipality_is_a_province_of_its_own(tmp_path: Path) -> None:
    case = draft_unit(find_unit("北京"), tmp_path / "beijing")
    assert case.parent is None
    assert len(case.table("energy")) > 1000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["beijing"]


def test_defaults_of_a_draft_are_not_own_data(tmp_path: Path) -> None:
    case = draft_unit(find_unit("恩施"), tmp_path / "enshi")
    assert own_share(case) == 1.0  # facts of the place only: nothing is drafted yet
    rows = pd.read_csv(tmp_path / "enshi" / "observations.csv")
    assert set(rows["grade"]) <= {"A", "B", "C"}
