"""Contract: every case that comes with the package is sound, drafts for all of the province's cities load."""

from pathlib import Path

import pytest

from dafeng.case import TABLES, bundled, check, draft, load


@pytest.mark.parametrize("name", bundled())
def test_a_bundled_case_has_no_problem(name: str) -> None:
    assert check(name) == []


def test_every_value_is_a_number_or_a_key() -> None:
    case = load("jiujiang")
    for name in TABLES:
        frame = case.effective(name)
        for column in TABLES[name].columns:
            if column.keys and column.required:
                assert (frame[column.name].isna() == frame[column.key_name].ne("")).all(), (name, column.name)


@pytest.mark.slow
def test_every_city_of_the_province_can_be_drafted_and_together_they_stay_within_it(tmp_path: Path) -> None:
    codes = [county.code for county in load("regions/360000").city.counties]
    assert len(codes) == 11
    total = None
    for code in codes:
        case = draft(code, "regions/360000", tmp_path / code)
        shares = case.table("proxies").set_index(["row", "year"])["share"].fillna(0)
        total = shares if total is None else total + shares
        assert case.city.code == code
        assert case.energy()["inherited_from"].eq("regions/360000").all()
    assert total is not None
    assert (total <= 1 + 1e-9).all()
