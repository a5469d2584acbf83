"""Contract: what contradicts, overflows, lacks or misfits in a plan is told, in whatever words and units it is written;
what is sound is not told."""

import csv
from importlib.resources import files

import pytest

from dafeng.plan import read_text
from dafeng.plan.targets.indicators import unit_fits
from dafeng.units import is_unit

HEAD = "某市碳达峰实施方案\n"


def codes(body: str, *but: str) -> list[str]:
    silent = {"no_year", "no_tasks", "no_duty", *but}
    return [finding.code for finding in read_text(HEAD + body).findings if finding.code not in silent]


def two(first: str, second: str) -> list[str]:
    return codes(f"一、主要目标\n{first}\n二、重点任务\n(一)落实。{second}\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("到2027年,非化石能源消费比重达到21%。", "到2027年,全市非化石能源占能源消费总量的比例达到23%。"),
        ("到2030年,风电装机达到150万千瓦。", "到2030年,风电装机容量达到0.02亿千瓦。"),
        ("到2027年,单位GDP能耗比2020年下降13%。", "到2027年,单位地区生产总值能源消耗比2020年降低14%。"),
        ("“十五五”期间,湿地保护率达到55%。", "“十五五”期间,全市湿地保护率达到57%以上。"),
    ],
)
def test_two_values_in_other_words_and_units(first: str, second: str) -> None:
    assert two(first, second) == ["two_values"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("到2030年,风电装机达到1200万千瓦。", "到2030年,风电装机容量达到0.12亿千瓦以上。"),
        ("到2025年,森林覆盖率达到60%。", "到2030年,森林覆盖率达到62%。"),
        ("到2027年,单位GDP能耗比2020年下降13%。", "到2027年,单位GDP能耗年均下降3%。"),
        ("到2027年,公交占比达到30%、力争达到35%。", "到2027年,公交占比达到30%。"),
        ("到2027年,绿色建材使用率达到60%。", "到2027年,中心城区绿色建材使用率达到80%。"),
        ("到2027年,绿色建材使用率达到60%,其中新城区达到80%。", "推进应用。"),
        ("到2027年,建成示范项目5个。", "到2027年,建成示范项目3个。"),
        ("到2027年,绿电占比达到30%。", "到2027年,绿电占比提高4个百分点。"),
    ],
)
def test_what_only_looks_like_a_contradiction(first: str, second: str) -> None:
    assert two(first, second) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "到2027年,森林覆盖率达到62万亩。",
        "到2027年,风电装机容量达到30%。",
        "到2027年,能源消费总量控制在80万千瓦以内。",
        "到2027年,光伏发电量达到30万千瓦。",
        "到2027年,PM2.5浓度控制在30%以内。",
    ],
)
def test_a_unit_that_does_not_fit(sentence: str) -> None:
    assert codes(f"一、任务\n(一)落实。{sentence}") == ["unit_misfit"]


@pytest.mark.parametrize(
    "sentence",
    [
        "到2027年,风电装机容量比2020年增长30%。",
        "到2027年,能源消费总量控制在80万吨标准煤以内。",
        "到2027年,煤炭消费总量下降6%,天然气消费量达到12亿立方米。",
        "到2027年,单位建筑面积能耗降至9千克标准煤/平方米。",
        "到2027年,绿色产业产值达到300亿元,造林面积达到4万亩。",
    ],
)
def test_units_that_fit(sentence: str) -> None:
    assert codes(f"一、任务\n(一)落实。{sentence}") == []


def test_a_share_above_all() -> None:
    assert codes("一、任务\n(一)落实。到2027年,绿化覆盖率达到120%。") == ["share_over_100"]


def test_lists_and_chapters_that_announce_more_than_they_bring() -> None:
    assert codes(
        "一、任务\n(一)循环。到2027年,废钢、废铜、废铝、废纸、废玻璃等6种资源循环利用量达到40万吨。"
    ) == ["count_differs"]
    sections = "".join(
        f"({n}){name}行动\n推进落实。\n"
        for n, name in zip("一二三四", ("能源", "工业", "交通", "碳汇"), strict=True)
    )
    assert codes(f"一、重点任务\n组织实施“达峰五大行动”。\n{sections}") == ["count_differs"]
    assert codes(f"一、重点任务\n组织实施“达峰四大行动”。\n{sections}") == []


def test_the_table_of_kinds_of_units() -> None:
    with (files("dafeng.plan") / "unit_kinds.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) > 10
    for row in rows:
        assert row["units"] == "*" or all(is_unit(unit) for unit in row["units"].split("|")), row
        assert row["zh"]
    assert unit_fits("没有表的指标", "万千瓦")
    assert unit_fits("森林覆盖率", "未知单位")


def test_an_indicator_table_in_pieces_is_told() -> None:
    """Columns without lines, whose header broke apart: nothing is guessed, and the reader is told."""
    pieces = (
        "表1 主要指标\n序\n号\n指标名称 单位\n2022\n年\n目标值\n属\n性 2025 责任部门\n年\n2030年\n"
        "1 绿电占比 % 11 18 27 预期性 市能源局\n2 换电站数量\n座\n6 20 45 预期性\n3 林木覆盖率 % 28.1 29 30 约束性 市林业局\n"
    )
    body = f"一、主要目标\n(一)指标。见表。\n{pieces}二、任务\n(一)能源。推进转型。"
    assert "table_unread" in codes(body)
    assert "table_unread" not in codes(
        "一、主要目标\n主要指标如下\n到2025年,绿电占比达到18%。\n到2030年,绿电占比达到27%。\n二、任务\n(一)能源。推进转型。"
    )
