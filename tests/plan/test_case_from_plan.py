"""Contract: a document starts a case folder that loads, with its facts and bodies and without its sentences."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng.case import load, start_from_plan
from dafeng.cli.case import app
from dafeng.evidence import DafengError
from dafeng.plan import read_text

TEXT = "南昌市碳达峰实施方案\n一、主要目标\n到2030年,森林覆盖率达到22%。\n二、重点任务\n(一)发展光伏。积极推进屋顶光伏建设。(市发改委、市住建局按职责分工负责)"


def test_a_document_starts_a_case(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "nanchang"
    result = CliRunner().invoke(app, ["from-plan", str(file), "--from", "regions/360000", "--out", str(out)])
    assert result.exit_code == 0, result.output
    case = load(out)
    assert case.city.code == "360100"
    assert [(t.value, t.year) for t in case.plan.targets] == [(22, 2030)]
    assert list(case.table("organisations")["name_zh"]) == ["市发改委", "市住建局"]
    assert "积极推进屋顶光伏建设" not in (out / "plan.yaml").read_text(encoding="utf-8")


def test_a_place_that_the_parent_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DafengError, match="--code"):
        start_from_plan(read_text(TEXT.replace("南昌", "某")), "regions/360000", tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_one_argument_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place comes from the title, its parent from the bundled cases, the folder's name from the code."""
    monkeypatch.chdir(tmp_path)
    Path("plan.txt").write_text(TEXT, encoding="utf-8")
    result = CliRunner().invoke(app, ["from-plan", "plan.txt"])
    assert result.exit_code == 0, result.output
    case = load(tmp_path / "360100")
    assert (case.city.name_zh, case.parent.city.code) == ("南昌市", "360000")


@pytest.mark.parametrize(
    ("named", "code", "province"),
    [("广东省深圳市", "440300", "440000"), ("凉山州", "513400", "510000"), ("嘉峪关市", "620200", "620000")],
)
def test_any_unit_of_the_index_starts_from_it_with_its_own_plan(
    named: str, code: str, province: str, tmp_path: Path
) -> None:
    case = start_from_plan(read_text(TEXT.replace("南昌市", named)), folder=tmp_path / "case")
    assert (case.city.code, case.parent.city.code) == (code, province)
    assert case.table("observations")["value"].notna().all()
    assert not case.table("proxies").empty
    # its own plan stands in place of the inherited one
    assert "issued-plan" in case.sources
    assert {"national-plan", "provincial-plan"}.isdisjoint(case.sources)


def test_issuer_or_code_name_the_place_where_the_title_does_not(tmp_path: Path) -> None:
    plan = read_text(TEXT.replace("南昌市", ""))
    named = plan.model_copy(update={"issuer": "恩施土家族苗族自治州人民政府"})
    assert start_from_plan(named, folder=tmp_path / "es").city.code == "422800"
    with pytest.raises(DafengError, match="--code"):
        start_from_plan(plan, folder=tmp_path / "none")


def test_a_place_without_statistics_starts_with_nothing_known(tmp_path: Path) -> None:
    text = TEXT.replace("南昌市", "西藏自治区拉萨市").replace(
        "森林覆盖率达到22%", "单位GDP能耗比2019年下降30%"
    )
    case = start_from_plan(read_text(text), folder=tmp_path / "ls")
    assert (case.city.code, case.city.name_zh, case.city.base_year, case.parent) == (
        "540100",
        "拉萨市",
        2019,
        None,
    )
    assert case.table("energy")["value"].isna().all()
    assert set(case.table("observations")["value_key"]) == {"NE"}


def test_a_plan_without_duties_binds_the_government(tmp_path: Path) -> None:
    case = start_from_plan(
        read_text("永修县碳达峰实施方案\n一、目标\n到2030年,森林覆盖率达到50%。"), folder=tmp_path / "yx"
    )
    assert case.city.code == "360425"
    assert list(case.table("organisations")["name_zh"]) == ["永修县人民政府"]


def test_a_code_stands_for_a_place_that_nobody_lists(tmp_path: Path) -> None:
    case = start_from_plan(read_text(TEXT.replace("南昌", "虚构")), folder=tmp_path / "x", code="999900")
    assert (case.city.name_zh, case.city.code) == ("虚构市", "999900")
