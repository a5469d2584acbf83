"""Contract: a draft uses the parent's statistics of the place, grades each share, and says NE where there are none."""

from pathlib import Path

import pytest

from dafeng.case import draft
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
