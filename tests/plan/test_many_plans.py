"""Contract: many plans in one matrix — who asks most, shares of amounts, whether districts add up, what a lower plan leaves out."""

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from dafeng.cli.plan import app
from dafeng.evidence import DafengError
from dafeng.plan import Plan, compare, read_text, write_comparison

HEAD = "{}碳达峰实施方案\n一、主要目标\n到2025年,"
CITY = "光伏装机达到100万千瓦,新增储能20万千瓦,森林覆盖率达到60%,单位GDP能耗比2020年下降14%,煤炭消费量控制在300万吨以内,秸秆综合利用率达到90%。"
EAST = "光伏装机达到0.004亿千瓦,森林覆盖率达到62%,万元地区生产总值能源消耗比2020年下降13%,煤炭消费量控制在200万吨以内。"
WEST = "光伏装机达到500兆瓦,森林覆盖率达到55%,单位GDP能耗比2020年下降15%,煤炭消费量控制在150万吨以内,农作物秸秆综合利用率达到95%。"


@pytest.fixture
def plans() -> list[Plan]:
    return [
        read_text(HEAD.format(name) + words)
        for name, words in (("东山县", EAST), ("临河市", CITY), ("西岭县", WEST))
    ]


def test_the_matrix(plans: list[Plan]) -> None:
    comparison = compare(plans)
    assert comparison.upper == 1
    rows = {row.indicator: row for row in comparison.rows}
    solar = rows["光伏装机"]
    assert solar.values == pytest.approx((40, 100, 50))
    assert solar.shares[0] == pytest.approx(0.4)
    assert solar.strictest == ()
    assert rows["森林覆盖率"].strictest == (0,)
    energy = rows["单位GDP能耗"]
    assert (energy.values, energy.strictest) == ((13, 14, 15), (2,))
    assert rows["秸秆综合利用率"].values == (None, 90, 95)


def test_the_cascade(plans: list[Plan]) -> None:
    found = {one.indicator: (one.upper, round(one.total, 6), one.verdict) for one in compare(plans).cascades}
    assert found == {"光伏装机": (100, 90, "short"), "煤炭消费量": (300, 350, "over")}
    more = compare([*plans, read_text(HEAD.format("南湖县") + "森林覆盖率达到50%。")])
    assert {one.indicator: one.verdict for one in more.cascades} == {
        "光伏装机": "incomplete",
        "煤炭消费量": "over",
    }


def test_what_lower_plans_leave_out(plans: list[Plan]) -> None:
    comparison = compare(plans, ["东", "市", "西"])
    assert {(one.plan, one.indicator) for one in comparison.omissions} == {
        ("东", "新增储能"),
        ("东", "秸秆综合利用率"),
        ("西", "新增储能"),
    }


def test_plans_of_one_level_have_no_upper_plan(plans: list[Plan]) -> None:
    comparison = compare([plans[0], plans[2]])
    assert comparison.upper is None
    assert comparison.cascades == comparison.omissions == ()
    with pytest.raises(DafengError, match="two plans"):
        compare(plans[:1])


def test_files_and_command(plans: list[Plan], tmp_path: Path) -> None:
    write_comparison(compare(plans), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames == ["对照", "级联核对", "下级未提及"]
    names = []
    for name, words in (("东山县", EAST), ("临河市", CITY), ("西岭县", WEST)):
        file = tmp_path / f"{name}.txt"
        file.write_text(HEAD.format(name) + words, encoding="utf-8")
        names.append(str(file))
    page = tmp_path / "c.html"
    assert CliRunner().invoke(app, ["compare", *names, "--out", str(page)]).exit_code == 0
    assert "合计不足" in page.read_text(encoding="utf-8")
    assert '"verdict": "short"' in CliRunner().invoke(app, ["compare", *names, "--json"]).stdout
    with pytest.raises(DafengError, match="html"):
        write_comparison(compare(plans), tmp_path / "c.txt")


def test_a_title_without_a_place_is_above_those_with_one() -> None:
    titles = ("2030年前碳达峰行动方案", "江河省碳达峰实施方案", "江川市碳达峰实施方案")
    plans = [
        read_text(f"{title}\n一、主要目标\n到2030年,非化石能源消费比重达到{25 + i}%。\n")
        for i, title in enumerate(titles)
    ]
    compared = compare(plans, ["国", "省", "市"])
    assert compared.upper == 0
    assert compare(plans[1:], ["省", "市"]).upper == 0


def test_a_province_and_its_city_are_not_added_up() -> None:
    titles = ("2030年前碳达峰行动方案", "江河省碳达峰实施方案", "江川市碳达峰实施方案")
    plans = [
        read_text(f"{title}\n一、主要目标\n到2030年,光伏装机容量达到{100 - 40 * i}万千瓦。\n")
        for i, title in enumerate(titles)
    ]
    assert compare(plans).cascades == ()
    third = read_text("山阴省碳达峰实施方案\n一、主要目标\n到2030年,光伏装机容量达到45万千瓦。\n")
    (cascade,) = compare([*plans, third]).cascades
    assert (cascade.total, cascade.verdict) == (105, "reached")


def test_peaks_of_all_years_are_one_row_and_the_earliest_asks_most() -> None:
    comparison = compare(
        [
            read_text(f"{name}碳达峰实施方案\n一、主要目标\n{words}")
            for name, words in (("临河市", "2030年前全市碳达峰。"), ("东山县", "力争2028年全县碳达峰。"))
        ]
    )
    (row,) = comparison.rows
    assert (row.values, row.strictest) == ((2030, 2028), (1,))
    assert [cell["asked"] for cell in comparison.as_dict()["rows"]] == [["2030年", "2028年"]]  # type: ignore[index,attr-defined]
