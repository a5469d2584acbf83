"""Contract: each style of duty list gives its bodies in order, with full names, and a lead only where marked."""

import csv
from datetime import date
from pathlib import Path

import pytest

from dafeng.plan import identify, read, read_text, same_body, successor_of, with_first_leads

HEAD = "某市碳达峰实施方案\n一、重点任务\n(一)推进工作。加快推进。"
CASES = {
    "(市发展改革委牵头,市工业和信息化局、生态环境局、住房和城乡建设局按职责分工负责)": (
        "lead_support", ["市发展改革委", "市工业和信息化局", "市生态环境局", "市住房和城乡建设局"], ["市发展改革委"]
    ),
    "(牵头单位:市发改委;配合单位:市财政局、市科技局,各县区人民政府)": (
        "lead_support", ["市发改委", "市财政局", "市科技局", "各县区人民政府"], ["市发改委"]
    ),
    "【责任单位:市住房和城乡建设局,各县(市、区)人民政府】": ("labelled", ["市住房和城乡建设局", "各县(市、区)人民政府"], []),
    "(县发改局牵头;县经信局、自然资源和规划局配合)": ("lead_support", ["县发改局", "县经信局", "县自然资源和规划局"], ["县发改局"]),
    "(由市科技局牵头,会同市教育局、市财政局落实)": ("lead_support", ["市科技局", "市教育局", "市财政局"], ["市科技局"]),
    "(市商务局、邮政管理局、供销合作社等按职责分工负责,各区人民政府配合)": (
        "by_duty", ["市商务局", "市邮政管理局", "市供销合作社", "各区人民政府"], []
    ),
    "(省能源局、国网某省电力公司,各市、州人民政府按职责分工负责)": ("by_duty", ["省能源局", "国网某省电力公司", "各市、州人民政府"], []),
    "(市商务局等部门和各区人民政府按职责分工负责)": ("by_duty", ["市商务局", "各区人民政府"], []),
    "(市规划资源局负责)": ("responsible", ["市规划资源局"], []),
    "(住房城乡建设部、国家发展改革委、工业和信息化部等按职责分工负责)": (
        "by_duty", ["住房城乡建设部", "国家发展改革委", "工业和信息化部"], []
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "facts"), CASES.items())
def test_styles(words: str, facts: tuple[str, list[str], list[str]]) -> None:
    (duty,) = read_text(HEAD + words).duties
    assert (duty.style.value, list(duty.departments), list(duty.lead)) == facts


LISTS = list(
    csv.DictReader((Path(__file__).parent / "facts" / "lists.csv").read_text(encoding="utf-8").splitlines())
)


@pytest.mark.parametrize("row", LISTS, ids=[row["words"][:24] for row in LISTS])
def test_lists_of_every_level_and_make(row: dict[str, str]) -> None:
    """Bodies of states, leagues, counties, companies and associations; brackets that hold no list."""
    plan = read_text(f"{HEAD}做好工作。{row['words']}\n(二)做另一件事。有关事情。")
    found = [("/".join(d.departments), "/".join(d.lead), d.style.value, d.locator) for d in plan.duties]
    expected = [(row["departments"], row["lead"], row["style"], "一(一)")] if row["departments"] else []
    assert found == expected


@pytest.mark.parametrize(
    "words", ["(责任编辑:张三)", "(以下简称自贸区)", "(光伏、风电、水电)", "(扩绿、增彩、提质工程)", "(瑞昌)"]
)
def test_brackets_that_are_no_lists(words: str) -> None:
    assert read_text(HEAD + words).duties == ()


def test_several_lists_in_a_paragraph_share_its_task() -> None:
    plan = read_text(
        HEAD + "发展风电。(市发改委负责)到2025年,路灯节能率达到30%。(市城管局、住建局按职责分工负责)"
    )
    assert [duty.locator for duty in plan.duties] == ["一(一)", "一(一)"]
    assert plan.tasks[0].departments == ("市发改委", "市城管局", "市住建局")
    assert plan.targets[0].departments == ("市城管局", "市住建局")


def test_a_list_for_a_whole_section() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、任务\n(一)能源。做好能源工作。\n1.发展风电。加快发展。\n2.发展光伏。加快发展。\n(市发改委、市能源局按职责分工负责)\n"
        "(二)工业。转型。\n1.钢铁。减量。\n(市工信局负责)"
    )
    assert [(d.locator, d.style.value) for d in plan.duties] == [
        ("一(一)", "chapter"),
        ("一(二)1", "responsible"),
    ]
    assert plan.task("一(一)1").departments == ("市发改委", "市能源局")


def test_the_text_may_say_that_the_first_leads() -> None:
    text = "某市碳达峰实施方案\n一、任务\n(一)能源。发展。\n责任单位:市发改委、市能源局(列第一位的为牵头单位,下同)\n(二)工业。转型。\n责任单位:市工信局、市科技局"
    plan = read_text(text)
    assert [duty.lead for duty in plan.duties] == [("市发改委",), ("市工信局",)]


def test_an_inferred_lead_is_a_switch_and_flagged() -> None:
    plan = read_text(HEAD + "(市发改委、市能源局按职责分工负责)")
    assert plan.duties[0].lead == ()
    led = with_first_leads(plan)
    assert (led.duties[0].lead, led.duties[0].lead_inferred) == (("市发改委",), True)
    again = read_text(HEAD + "(市发改委、市能源局按职责分工负责)", first_leads=True)
    assert again.duties[0].lead_inferred


def test_the_directory_knows_aliases_and_successors() -> None:
    assert same_body("市发改委", "市发展和改革委员会")
    assert same_body("市市场监管局", "市市场监督管理局")
    assert not same_body("市发改委", "省发改委")
    assert not same_body("市财政局", "市科技局")
    assert identify("市住建局").id == "housing"
    assert successor_of("市环保局", date(2023, 1, 1)).id == "environment"
    assert successor_of("市环保局", date(2017, 1, 1)) is None


def test_a_missing_file_is_named(tmp_path) -> None:
    from dafeng.evidence import DafengError

    with pytest.raises(DafengError, match=r"absent\.docx"):
        read(tmp_path / "absent.docx")
