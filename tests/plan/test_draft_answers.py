"""Contract: a draft of answers.csv names what the table of indicators knows, leaves what only the city knows to fill in, and changes no verdict."""

import csv

from typer.testing import CliRunner

from dafeng.assessment import judge_case
from dafeng.case import load, start_from_plan
from dafeng.cli.app import application
from dafeng.plan import Comparator, Target, draft_answers


def rows(*targets):
    return [(row["role"], row["answer"]) for row in draft_answers(targets, "plan")]


def test_each_comparator_gets_the_rows_that_it_needs():
    def target(comparator, indicator="非化石能源消费比重", **more):
        return Target(locator="一1", indicator=indicator, comparator=comparator, **more)

    assert rows(target(Comparator.AT_LEAST, value=20, unit="%", year=2030)) == [
        ("observation", "nonfossil_share"),
        ("model", "nonfossil_share"),
    ]
    assert rows(target(Comparator.DEFERRED, year=2030))[0] == ("issued", "")
    assert rows(target(Comparator.BETTER_THAN, "重点公共机构单位建筑面积能耗", benchmark="国家基准值"))[
        0
    ] == ("base", "")
    assert rows(target(Comparator.ALL, "没有这个指标"))[0] == ("coverage", "")
    assert rows(target(Comparator.AT_LEAST, "没有这个指标", value=1, unit="%", year=2025)) == [
        ("observation", "")
    ]
    twice = target(Comparator.AT_LEAST, value=20, unit="%", year=2030)
    assert len(rows(twice, twice)) == 2, "each row once"


def test_a_case_started_from_a_plan_has_its_draft_and_the_same_verdicts(tmp_path):
    plan = load("jiujiang").plan
    case = start_from_plan(plan, folder=tmp_path / "c", code="360400")
    drafted = list(csv.DictReader((tmp_path / "c" / "answers.csv").open(encoding="utf-8")))
    assert {row["target"] for row in drafted} == {target.indicator for target in case.plan.targets}
    with_draft = [(one.status, one.why_en) for one in judge_case(case, None)]
    (tmp_path / "c" / "answers.csv").unlink()
    assert [(one.status, one.why_en) for one in judge_case(load(tmp_path / "c"), None)] == with_draft


def test_the_command_writes_the_draft(tmp_path):
    (tmp_path / "plan.txt").write_text(
        "示例市碳达峰实施方案\n一、总体要求\n到2025年，非化石能源消费比重不低于17.7%。\n", encoding="utf-8"
    )
    done = CliRunner().invoke(
        application, ["plan", "read", str(tmp_path / "plan.txt"), "--answers", str(tmp_path / "answers.csv")]
    )
    assert done.exit_code == 0, done.output
    [row, *_] = csv.DictReader((tmp_path / "answers.csv").open(encoding="utf-8"))
    assert (row["target"], row["role"], row["answer"]) == (
        "非化石能源消费比重",
        "observation",
        "nonfossil_share",
    )
