"""Contract: every way of the genre to promise a value gives the value, unit, year, comparator and baseline that it says.

`facts/sentences.csv` holds sentences of our own with what a person reads in them; a sentence without facts
must give no target.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from dafeng.plan import Plan, Target, read_text


def read_one(sentence: str) -> Plan:
    return read_text(f"某市碳达峰实施方案\n一、主要任务\n(一)能源。{sentence}")


def told(target: Target) -> tuple[str, ...]:
    value = "" if target.value is None else str(round(target.value, 4))
    return (
        target.indicator, target.comparator.value, value, str(target.value_high or ""), target.unit or "",
        str(target.year or ""), target.period or "", str(target.baseline_year or ""), "1" if target.stretch else "",
    )  # fmt: skip


def sentences() -> dict[str, list[tuple[str, ...]]]:
    facts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    file = Path(__file__).parent / "facts" / "sentences.csv"
    with file.open(encoding="utf-8", newline="") as handle:
        for row in csv.reader(handle):
            if row[0] != "sentence":
                facts[row[0]] += [tuple(row[1:])] if row[1] else []
    return facts


@pytest.mark.parametrize(("sentence", "facts"), sentences().items())
def test_a_sentence_says_what_a_person_reads(sentence: str, facts: list[tuple[str, ...]]) -> None:
    assert [told(target) for target in read_one(sentence).targets] == facts


@pytest.mark.parametrize(
    "sentence",
    [
        "推进30万千瓦及以上热电联产机组改造。",
        "贯彻《某省节能规划(2021—2025年)》(某府发〔2022〕17号)。",
        "加快5G基站和“1+N”政策体系建设。",
        "建设千万吨级炼化基地和万亿产业带。",
        "对年耗能1万吨标准煤以上的企业开展监察。",
        "2020年,全市森林覆盖率达到55%。",
        "第2次会议于2023年5月7日召开。",
        "形成“一核两廊三枢纽”的格局。",
        "实施林业“四项”工程。",
        "打造一批零碳园区。",
        "全面落实林长制。",
    ],
)
def test_numbers_that_promise_nothing_stay_out(sentence: str) -> None:
    assert read_one(sentence).targets == ()


def test_a_lead_in_gives_its_year_to_the_points_below() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、主要目标\n到2030年,主要目标如下:\n——非化石能源消费比重达到25%。\n——森林覆盖率稳定在60%以上。\n"
        "二、重点任务\n(一)发展新能源。风电装机达到20万千瓦。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(25, 2030), (60, 2030), (20, None)]


def test_a_year_does_not_leave_its_sentence() -> None:
    plan = read_one("到2025年,森林覆盖率达到60%。公交分担率不低于30%。")
    assert [t.year for t in plan.targets] == [2025, None]


def test_a_sentence_that_only_names_a_year_opens_its_paragraph() -> None:
    """到2030年,体系基本健全。…: what follows in the paragraph is meant for that year; a new heading ends it."""
    plan = read_text(
        "某市碳达峰实施方案\n一、重点任务\n(一)能源。到2030年,储能体系更加完善。抽水蓄能装机达到80万千瓦。\n"
        "(二)建筑。到2025年,管理水平明显提升。绿色建材使用率达到70%。推广热泵供热。\n公共建筑能耗下降9%。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(80, 2030), (70, 2025), (9, None)]
    assert {t.year_inferred for t in plan.targets if t.year} == {True}


def test_a_chapter_of_aims_keeps_the_year_of_its_paragraph() -> None:
    plan = read_text(
        "某县碳达峰实施方案\n一、主要目标\n到2025年,森林覆盖率达到51%。单位GDP能耗比2020年下降13%。\n到2030年,煤炭消费占比降至39%。\n"
        "二、主要任务\n(一)固碳。到2025年,造林面积达到3万亩。湿地保护率达到56%。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [
        (51, 2025),
        (13, 2025),
        (39, 2030),
        (3, 2025),
        (56, None),
    ]


def test_a_change_since_a_year_ends_in_the_last_year_of_its_item() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、重点任务\n(一)工业。到2026年,建成绿色工厂12家。单位产品能耗较2021年下降8%。\n"
        "(二)交通。单位周转量能耗较2021年下降6%。能效年均提高1%。"
    )
    assert [(t.value, t.year, t.year_inferred) for t in plan.targets[:3]] == [
        (12, 2026, False),
        (8, 2026, True),
        (6, None, False),
    ]


@pytest.mark.parametrize(
    ("sentence", "sense"),
    [
        ("到2026年,新建住宅执行近零能耗标准的比例达到40%。", "better_up"),
        ("到2026年,淘汰老旧柴油货车300辆。", "better_up"),
        ("到2026年,建成变电站6座。", "better_up"),
        ("到2026年,电炉钢产量占比达到18%。", "better_up"),
        ("到2026年,粗钢产量控制在900万吨左右。", "better_down"),
        ("到2026年,数据中心PUE降至1.25。", "better_down"),
        ("到2026年,单位GDP能耗完成省下达目标。", "better_down"),
        ("到2026年,全市减排二氧化碳30万吨。", "better_up"),
        ("到2026年,天然气消费量达到9亿立方米。", "match"),
    ],
)
def test_on_which_side_success_lies(sentence: str, sense: str) -> None:
    (target,) = read_one(sentence).targets
    assert target.sense.value == sense


def test_a_threshold_is_no_word_of_will() -> None:
    (target,) = read_one("到2026年,力争淘汰15蒸吨/小时及以下燃煤锅炉80台以上。").targets
    assert (target.comparator.value, target.modality) == (">=", "力争…以上")


def test_a_sentence_that_ends_in_a_semicolon_goes_on_in_the_next_line() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、重点任务\n(一)能源。到2027年,风电装机达到40万千瓦;\n光伏装机达到90万千瓦;\n绿电占比达到21%。\n推进节能,热网热损失降至8%。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(40, 2027), (90, 2027), (21, 2027), (8, None)]


def test_a_heading_or_a_label_names_the_indicator() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、主要目标\n(一)绿电消费占比。2027年达到21%,2030年达到27%。\n(二)推进造林增汇。到2027年达到80%。\n"
        "(三)用能水平\n单位产值能耗:到2027年比2022年下降9%。"
    )
    assert [(t.indicator, t.value, t.year) for t in plan.targets] == [
        ("绿电消费占比", 21, 2027),
        ("绿电消费占比", 27, 2030),
        ("单位产值能耗", 9, 2027),
    ]


def test_a_heading_lends_its_year() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、工作目标\n(一)2025年目标。非化石能源消费比重达到19%。森林覆盖率达到45%。\n(二)2030年目标\n非化石能源消费比重达到24%。\n"
        "二、重点任务\n(一)能源。风电装机达到20万千瓦。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(19, 2025), (45, 2025), (24, 2030), (20, None)]


def test_what_has_been_is_no_target() -> None:
    plan = read_text(
        "某市碳达峰规划\n第一章 基础与形势\n第一节 工作成效\n森林覆盖率达到56%。\n第二章 重点任务\n第一节 固碳\n到2025年,森林覆盖率达到57%。"
    )
    assert [(t.locator, t.value) for t in plan.targets] == [("第二章第一节", 57)]


@pytest.mark.parametrize(
    ("sentence", "comparator", "benchmark"),
    [
        ("到2025年,煤炭消费总量控制在省下达的目标以内。", "deferred", None),
        ("单位GDP能耗下降率完成国家下达任务。", "deferred", None),
        ("实现单位建筑面积能耗优于国家基准值。", "better_than", "国家基准值"),
        ("到2025年,乡镇污水处理设施实现全覆盖。", "all", None),
        ("到2030年,公务用车全部实现电动化。", "all", None),
        ("力争2060年前实现碳中和。", "milestone", None),
    ],
)
def test_promises_without_a_figure(sentence: str, comparator: str, benchmark: str | None) -> None:
    (target,) = read_one(sentence).targets
    assert (target.comparator.value, target.benchmark, target.value) == (comparator, benchmark, None)


def test_a_fall_keeps_its_bound_and_doubt_is_visible() -> None:
    fall, count = read_one("到2030年,单位GDP碳排放比2005年下降65%以上。培育三家龙头企业。").targets
    assert (fall.comparator.value, fall.bound, fall.baseline_year) == ("-", ">=", 2005)
    assert count.confidence < fall.confidence


def test_where_a_change_starts_from() -> None:
    (target,) = read_one("到2027年,绿电占比由2021年的12%提高到26%。").targets
    assert (target.value, target.baseline_year, target.baseline_value) == (26, 2021, 12)
    level = read_one("到2027年,绿电占比达到26%。").targets[0]
    assert (level.baseline_year, level.baseline_value) == (None, None)


def test_contradictions_are_findings() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、主要目标\n到2025年,森林覆盖率达到60%。\n二、重点任务\n(一)固碳。到2025年,森林覆盖率达到62%。垃圾处理率达到40吨。"
    )
    codes = [finding.code for finding in plan.findings]
    assert {"two_values", "unit_misfit", "no_year"} <= set(codes)
