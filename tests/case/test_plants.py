"""Contract: a plant states what it makes and how much; a project states its odds and starts once; else place and mend."""

from pathlib import Path

import pytest

from dafeng.case import check, load

HEADER = (
    "id,name_zh,name_en,county,fuel,capacity_mw,status,start_year,end_year,technology,captive,efficiency,branch,process,"
    "capacity,capacity_unit,output,output_low,output_high,output_unit,output_year,output_source,"
    "intensity,intensity_low,intensity_high,intensity_unit,intensity_year,intensity_source,odds,source,grade,note\n"
)
UNIT = "u1,湖口一号,Hukou 1,360429,coal,1052,operating,2018,,usc,0,0.41,power,,,,,,,,,,270,262,300,gce/kWh,2018,s1,,s1,B,\n"
STEEL = "st,九钢,Mill,360429,coal,,operating,2012,,,,,steel,bf_bof,4.7,Mt/a,,,,,,,1.8,1.6,2.1,tCO2/t,2022,,,s1,B,\n"
PROJECT = (
    "px,芳烃,Aromatics,360403,oil,,construction,2026,,,,,petrochemicals,,150,万t/a,,,,,,,,,,,,,0.8,s1,D,\n"
)


def write(city: Path, *rows: str) -> None:
    (city / "plants.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


def test_plants_of_every_branch_are_read(city: Path) -> None:
    write(city, UNIT, STEEL, PROJECT)
    assert check(city) == []
    case = load(city)
    assert case.power_units()["id"].tolist() == ["u1"]
    rows = case.table("plants").set_index("id")
    assert rows["capacity"].dropna().to_dict() == {"st": 4.7, "px": 150}
    assert rows.loc["u1", ["intensity", "intensity_low", "intensity_high", "intensity_unit"]].tolist() == [
        270,
        262,
        300,
        "gce/kWh",
    ]
    assert rows["odds"].dropna().to_dict() == {"px": 0.8}


BAD = [
    ((STEEL.replace("4.7,Mt/a", ","),), "plants.csv:2:capacity", "st without output and capacity", "fill one"),
    ((STEEL.replace("Mt/a", "MWh"),), "plants.csv:2:capacity_unit", "4.7 in 'MWh'", "unit"),
    ((STEEL.replace("Mt/a", ""),), "plants.csv:2:capacity_unit", "4.7 in ''", "unit"),
    ((STEEL.replace("tCO2/t", "kWh"),), "plants.csv:2:intensity_unit", "1.8 in 'kWh'", "unit"),
    ((STEEL.replace("1.8,1.6", "1.8,1.9"),), "plants.csv:2:intensity", "1.9 – 1.8 – 2.1", "in order"),
    ((UNIT.replace("coal,1052", "coal,"),), "plants.csv:2:capacity_mw", "nothing", "fill the cell"),
    ((UNIT.replace("s1,,s1", "s1,0.5,s1"),), "plants.csv:2:odds", "odds 0.5 of a plant operating", "empty the odds"),
    ((PROJECT.replace("2026", ""),), "plants.csv:2:start_year", "odds 0.8 and no start", "fill start_year"),
    ((PROJECT.replace(",0.8,", ",1.8,"),), "plants.csv:2:odds", "1.8", ""),
    ((PROJECT.replace("px", "p1").replace("2026", "2028"), PROJECT), "plants.csv:2:start_year", "Aromatics starts in 2026, 2028", "remove one"),
    ((PROJECT, PROJECT.replace("px", "p2").replace("construction,2026", "operating,2025").replace(",0.8,", ",,")), "plants.csv:3:start_year", "Aromatics starts in 2025, 2026", "remove one"),
    ((STEEL.replace(",2022,,,s1", ",2022,s9,,s1"),), "plants.csv:2:intensity_source", "'s9'", ""),
    ((STEEL.replace(",steel,", ",steal,"),), "plants.csv:2:branch", "steal", ""),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "where", "found", "mend"), BAD)
def test_a_bad_plant_is_named_with_its_mend(
    city: Path, rows: tuple[str, ...], where: str, found: str, mend: str
) -> None:
    write(city, *rows)
    problems = [problem.as_dict() for problem in check(city) if problem.where == where]
    assert problems, [str(problem) for problem in check(city)]
    assert found in problems[0]["found"]
    assert mend in problems[0]["mend"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problems[0]["zh"])


def test_units_of_one_name_that_are_built_may_start_in_two_years(city: Path) -> None:
    write(city, UNIT, UNIT.replace("u1", "u2").replace("2018,,usc", "2019,,usc"))
    assert check(city) == []
