"""Contract: a draft uses the parent's statistics of the place, grades each share, and says NE where there are none."""

from pathlib import Path

import pytest

from dafeng.case import draft, load
from dafeng.evidence import DafengError


def test_shares_are_the_ratio_of_the_place_and_its_parent(province: Path, tmp_path: Path) -> None:
    case = draft("360400", province, tmp_path / "new")
    shares = case.table("proxies").set_index(["row", "year"])
    steel = shares.loc[("Smelting and Pressing of Ferrous Metals", 2020)]
    assert steel["share"] == pytest.approx(1520.1 / 11084.8, abs=1e-6)
    assert steel["grade"] == "D"
    assert shares.loc[("Urban", 2020), "share"] == pytest.approx(460 / 4519, abs=1e-6)
    assert shares.loc[("Urban", 2019), "grade"] == "E"
    assert case.parent is not None
    assert len(case.energy()) == 3


def test_a_place_without_statistics_gets_NE_everywhere(province: Path, tmp_path: Path) -> None:
    case = draft("360100", province, tmp_path / "new")
    assert case.table("proxies")["share_key"].eq("NE").all()
    assert case.table("observations")["value_key"].eq("NE").all()


def test_an_unknown_place_or_an_existing_folder_is_refused(province: Path, tmp_path: Path) -> None:
    with pytest.raises(DafengError, match="360400 九江市"):
        draft("360999", province, tmp_path / "new")
    (tmp_path / "there").mkdir()
    with pytest.raises(DafengError, match="exists"):
        draft("360400", province, tmp_path / "there")


def test_all_drafted_cities_together_stay_within_the_province(province: Path, tmp_path: Path) -> None:
    cases = [draft(code, province, tmp_path / code) for code in ("360400", "360100")]
    total = sum(case.table("proxies").set_index(["row", "year"])["share"].fillna(0) for case in cases)
    assert (total <= 1).all()


@pytest.mark.slow
def test_all_eleven_cities_of_jiangxi_are_drafted_and_make_up_the_province(tmp_path: Path) -> None:
    """Each share graded E as a default, with the series it comes from; together they reach 1 and never exceed it."""
    province = load("regions/360000")
    codes = [place.code for place in province.city.counties]
    assert len(codes) == 11
    shares = {}
    for code in codes:
        proxies = draft(code, None, tmp_path / code).table("proxies")
        assert proxies["share_key"].eq("").all()
        assert proxies["grade"].eq("E").all()
        assert proxies["proxy"].eq("co2_ceads_city").all()
        shares[code] = proxies.set_index(["row", "year"])["share"]
    total = sum(shares.values())
    assert (total <= 1).all()
    assert (total > 0.9999).all()


def test_places_without_statistics_share_what_the_others_leave(province: Path, tmp_path: Path) -> None:
    """360400 has its ratio of industry; the one other place takes the remainder once all places have an estimate."""
    path = province / "observations.csv"
    line = "co2_ceads_city,{},2020,{},Mt CO2,p1,C,"
    path.write_text(
        path.read_text(encoding="utf-8")
        + "\n".join(line.format(c, v) for c, v in (("360100", 20), ("360400", 30)))
        + "\n",
        encoding="utf-8",
    )
    first, second = (
        draft(code, province, tmp_path / code).table("proxies").set_index(["row", "year"])
        for code in ("360400", "360100")
    )
    steel = ("Smelting and Pressing of Ferrous Metals", 2020)
    assert first.loc[steel, "grade"] == "D"
    assert second.loc[steel, "grade"] == "E"
    assert first.loc[steel, "share"] + second.loc[steel, "share"] == pytest.approx(1.0, abs=2e-6)
    assert (first["share"].fillna(0) + second["share"].fillna(0) <= 1).all()


def test_the_answers_are_drafted_from_the_targets_of_the_parents_plan(province: Path, tmp_path: Path) -> None:
    """What is asked of the parent is asked of its parts; without a plan there is nothing to answer."""
    draft("360400", province, tmp_path / "bare")
    assert not (tmp_path / "bare" / "answers.csv").exists()
    case = draft("360402", "jiujiang", tmp_path / "asked")
    rows = case.table("answers").set_index(["target", "year", "role"])
    asked = rows.loc[("非化石能源消费比重", 2025, "model")]
    assert (asked["answer"], asked["source"], asked["grade"]) == ("nonfossil_share", "parent-plan", "E")
    plan = load("jiujiang").plan
    assert plan is not None
    assert {name for name, _, _ in rows.index} == {target.indicator for target in plan.targets}
    assert case.sources["parent-plan"].citation.startswith(plan.title)
