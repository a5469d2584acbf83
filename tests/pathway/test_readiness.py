"""Contract: a case that cannot be projected yet is told everything that is missing, and never fails by accident."""

import pytest

from dafeng.case import draft, load
from dafeng.case.drafting.starting import start
from dafeng.case.places import Place
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.pathway import compile_model


def test_a_place_with_nothing_known(tmp_path):
    case = start(Place("440300", "深圳市"), tmp_path / "sz", 2020)
    with pytest.raises(DafengError) as caught:
        compile_model(case, build(case))
    told = " ".join(f"{problem.where} {problem.found}" for problem in caught.value.problems)
    for words in (
        "drivers.csv",
        "measures.csv",
        "NE for every fuel",
        "NE for the use of electricity",
        "thermal generation",
    ):
        assert words in told


def test_a_draft_and_a_province_lack_the_plans_tables(tmp_path):
    for case in (draft("360100", None, tmp_path / "nc"), load("regions/360000")):
        with pytest.raises(DafengError) as caught:
            compile_model(case, build(case))
        assert {"drivers.csv", "measures.csv"} <= {
            problem.where.rpartition("/")[2] for problem in caught.value.problems
        }
