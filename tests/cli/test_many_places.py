"""Contract: many units are drafted one by one, a stopped run goes on, one refused unit leaves its province incomplete."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dafeng.case import feasible, units
from dafeng.cli.nation.nation import codes_of
from dafeng.evidence import DafengError
from dafeng.pathway import agreement, draft_many, province_sums


def _rows() -> pd.DataFrame:
    return pd.DataFrame([
        {"code": "1", "name_zh": "甲", "province": "某", "status": "done", "A_base": 2.0, "B_base": 3.0, "net_import_mwh": 5.0, "edgar": 3.0, "ln_over_edgar": 0.0},
        {"code": "2", "name_zh": "乙", "province": "某", "status": "done", "A_base": 1.0, "B_base": 1.0, "net_import_mwh": -4.0, "edgar": 2.0, "ln_over_edgar": -0.693147},
        {"code": "3", "name_zh": "丙", "province": "某", "status": "failed", "reason": "x"},
        {"code": "4", "name_zh": "丁", "province": "他", "status": "refused", "reason": "y"},
    ])  # fmt: skip


def test_sums_by_hand() -> None:
    sums = province_sums(_rows()).set_index("province")
    assert sums.loc["某", ["A_base", "B_base", "net_import_mwh"]].tolist() == [3.0, 4.0, 1.0]
    assert (sums.loc["某", "drafted"], sums.loc["某", "units"], sums.loc["某", "incomplete"]) == (2, 3, "丙")
    assert pd.isna(sums.loc["他", "A_base"])
    number, ratio, spread = agreement(_rows())
    assert number == 2
    assert ratio == pytest.approx(2**-0.5, abs=1e-5)
    assert spread == pytest.approx(0.693147 / 2**0.5, abs=1e-5)


def test_a_refused_unit_has_its_reason_and_is_not_computed_again(tmp_path: Path) -> None:
    rows = draft_many(["540100", "460300"], tmp_path, 64, 1)
    assert rows["status"].tolist() == ["refused", "refused"]
    assert "Tibet" in rows["reason"][0]
    file = tmp_path / "units" / "540100.json"
    kept = json.loads(file.read_text(encoding="utf-8")) | {"reason": "kept"}
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert draft_many(["540100"], tmp_path, 64, 1)["reason"].tolist() == ["kept"]
    assert draft_many(["540100"], tmp_path, 128, 1)["reason"][0] != "kept"


def test_units_of_a_province() -> None:
    assert codes_of("36") == codes_of("江西") == codes_of("360000")
    assert len(codes_of("36")) == 11
    with pytest.raises(DafengError, match="36 江西"):
        codes_of("99")


@pytest.mark.slow
def test_two_units_run(tmp_path: Path) -> None:
    rows = draft_many(["420800", "429999"][:1], tmp_path, 64, 1)
    row = rows.iloc[0]
    assert row["status"] == "done", row["reason"]
    assert row["A_no_plan_2030_low"] < row["A_no_plan_2030"] < row["A_no_plan_2030_high"]
    assert row["A_plan_2030"] < row["A_no_plan_2030"]
    assert (tmp_path / "cases" / "420000" / "energy.csv").is_file()


@pytest.mark.prove
def test_every_feasible_unit_drafts_and_runs(tmp_path: Path) -> None:
    rows = draft_many(list(units()), tmp_path, 64, 1)
    assert rows["status"].value_counts().to_dict() == {
        "done": len(feasible()),
        "refused": len(units()) - len(feasible()),
    }
    number, ratio, spread = agreement(rows)
    assert number > 300
    assert 0.9 <= ratio <= 1.15
    assert spread <= 0.5
