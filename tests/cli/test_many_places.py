"""Contract: many units are drafted one by one, a stopped run goes on, one refused unit leaves its province incomplete."""

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from dafeng.case import feasible, units
from dafeng.cli.app import application
from dafeng.cli.nation.nation import ReplacedProcesses, codes_of
from dafeng.evidence import DafengError
from dafeng.pathway import (
    CHECKED_YEARS,
    agreement,
    draft_many,
    growth_coverage,
    province_sums,
    split_halves,
)

MANY = "dafeng.pathway.drafting.many_places"


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


def test_a_failed_unit_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr(f"{MANY}._drafted", broken)
    row = draft_many(["420800"], tmp_path, 64, 1).iloc[0]
    assert (row["status"], row["reason"]) == ("failed", "ValueError: no such luck")
    assert province_sums(pd.DataFrame([row]))["incomplete"].tolist() == ["荆门市"]
    monkeypatch.setattr(f"{MANY}._drafted", lambda *_: {"A_base": 1.0})
    assert draft_many(["420800"], tmp_path, 64, 1)["status"].tolist() == ["done"]


def test_both_commands_write_page_and_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dafeng.case.units", lambda: {code: units()[code] for code in ("540100", "460300")})
    for number, command in enumerate((["nation", "draft"], ["province", "run", "54"])):
        out = tmp_path / str(number)
        done = CliRunner().invoke(application, [*command, "--out", str(out), "--json"])
        assert done.exit_code == 0, done.output
        answer = json.loads(done.output)
        assert [Path(file).name for file in answer["files"]] == [
            "index.html",
            "results.csv",
            "results.parquet",
        ]
        assert all(Path(file).is_file() for file in answer["files"])
        assert answer["edgar"]["split_halves"] is None
        assert "拉萨市" in {row["incomplete"] for row in answer["provinces"]}


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
    # the hindcast of a unit: growth since the base year beside that of EDGAR
    assert row["growth_2022_low"] < row["growth_2022"] < row["growth_2022_high"]
    growth = growth_coverage(rows, 2024)
    assert growth is not None
    assert growth.units == 1
    assert row["edgar_2024"] == pytest.approx(21.5648)
    assert (tmp_path / "cases" / "420000" / "energy.csv").is_file()


def test_processes_are_replaced_and_the_run_ends() -> None:
    """Every process reaches its number of tasks at once: the pool's own replacement would wait for ever."""
    with ReplacedProcesses(1, 2) as pool:
        assert list(pool.map(pow, [2] * 5, range(5))) == [1, 2, 4, 8, 16]


@pytest.mark.slow
def test_processes_and_dask_give_the_same_rows(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    alone = draft_many(["420800"], tmp_path / "alone", 64, 1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        by_process = draft_many(["420800"], tmp_path / "process", 64, 1, pool)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        by_dask = draft_many(["420800"], tmp_path / "dask", 64, 1, client.get_executor())
    pd.testing.assert_frame_equal(by_process, alone, check_exact=True)
    pd.testing.assert_frame_equal(by_dask, alone, check_exact=True)


@pytest.mark.prove
def test_every_feasible_unit_drafts_and_runs(tmp_path: Path, figure: Callable[[str, str, str], None]) -> None:
    rows = draft_many(list(units()), tmp_path, 64, 1)
    assert rows["status"].value_counts().to_dict() == {
        "done": len(feasible()),
        "refused": len(units()) - len(feasible()),
    }
    for year in (None, 2022):
        number, ratio, spread = agreement(rows, year)
        told = "2020" if year is None else "2022, level of 2020 carried on"
        figure(f"units beside EDGAR {told}, median ratio", f"{ratio:.2f} ({number} units)", "0.9 to 1.1")
        figure(f"units beside EDGAR {told}, sd of ln", f"{spread:.3f}", "0.45")
        assert number > 300
        assert 0.9 <= ratio <= 1.1
        assert spread <= 0.46
    halves = split_halves(rows)
    assert halves is not None
    figure(
        "90 % band, spread of one half of the provinces on the other",
        f"{halves.coverage:.1%} ({halves.low:.1%} to {halves.high:.1%})",
        "85 to 95 %",
    )
    for year in CHECKED_YEARS:
        growth = growth_coverage(rows, year)
        assert growth is not None
        figure(
            f"band of growth 2020 to {year} beside EDGAR",
            f"{growth.coverage:.1%} of {growth.units} units",
            "90 %",
        )
    assert 0.85 <= halves.coverage <= 0.95
