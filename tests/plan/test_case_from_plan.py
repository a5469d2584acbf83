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
