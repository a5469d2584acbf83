"""Contract: a case loads as a whole with typed tables, inherits from its parent, and is named by its hash."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from dafeng.case import check, load, locate
from dafeng.evidence import DafengError


def test_a_sound_case_loads_with_typed_columns(city: Path) -> None:
    case = load(city)
    proxies = case.table("proxies")
    assert proxies["share"].tolist()[:2] == [0.10, 0.23]
    assert np.isnan(proxies["share"].iloc[2])
    assert proxies["share_key"].tolist() == ["", "", "NE"]
    assert str(proxies["year"].dtype) == "int64"
    assert case.table("plants")["end_year"].isna().all()
    assert case.plan is not None
    assert case.plan.targets[0].value == 927
    assert case.scenarios["plan"]["delivery"] == {"default": 1}


def test_what_is_inherited_says_so(city: Path) -> None:
    case = load(city)
    energy = case.energy()
    assert len(case.table("energy")) == 0
    assert energy["inherited_from"].unique().tolist() == ["province"]
    assert energy["value_key"].tolist() == ["", "", "NE"]
    assert case.sources["p1"].citation == "Provincial yearbook"
    assert case.effective("proxies")["inherited_from"].eq("").all()


def test_writing_into_a_table_does_not_change_the_case(city: Path) -> None:
    case = load(city)
    taken = case.table("proxies")
    taken["share"] = 0.5
    assert case.table("proxies")["share"].iloc[0] == 0.10


def test_the_release_changes_with_any_byte_and_with_nothing_else(city: Path) -> None:
    before = load(city).release
    (city / ".hidden").write_text("x")
    assert load(city).release == before
    with (city / "proxies.csv").open("a") as file:
        file.write("\n")
    after = load(city)
    assert after.release != before
    assert set(after.hashes) == {p.name for p in city.iterdir() if not p.name.startswith(".")}


@pytest.mark.parametrize(
    "name", ["../../etc", "no-such", "", "\0", "x" * 5000, "regions/../../..", "/etc/passwd"]
)
def test_a_name_that_is_no_case_is_refused(name: str) -> None:
    with pytest.raises(DafengError):
        locate(name)
        load(name)


def test_an_unknown_table_is_refused(city: Path) -> None:
    with pytest.raises(DafengError, match="did you mean proxies"):
        load(city).table("proxy")


def test_check_lists_the_problems_of_the_parent_too(city: Path, province: Path) -> None:
    (province / "energy.csv").write_text(
        "row,fuel,year,value,unit,source,grade,note\nUrban,Coal,2020,1,t,p1,B,\n"
    )
    wheres = [problem.where for problem in check(city)]
    assert "province/energy.csv:2:fuel" in wheres


def test_cities_of_one_province_share_it_until_a_file_of_it_changes(tmp_path):
    province, city = tmp_path / "province", tmp_path / "city"
    shutil.copytree(locate("regions/360000").path, province)
    shutil.copytree(locate("jiujiang").path, city)
    text = (city / "city.yaml").read_text(encoding="utf-8")
    (city / "city.yaml").write_text(text.replace("regions/360000", "../province"), encoding="utf-8")
    first, second = load(city), load(city)
    assert first.parent is second.parent
    with (province / "observations.csv").open("a", encoding="utf-8") as file:
        file.write("gdp,360000,2031,-1,parsec,stat-01,B,\n")
    with pytest.raises(DafengError, match="parsec"):
        load(city)
