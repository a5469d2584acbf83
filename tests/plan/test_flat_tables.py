"""Contract: an indicator table that lost its lines gives the same targets as one with lines, however it was flattened."""

import pytest

from dafeng.plan import Plan, read_text

ROWS = (
    ("单位地区生产总值能耗下降率", "%", "—", "[14.5]", "约束性"),
    ("非化石能源消费占比", "%", "9.2", "≥15", "预期性"),
    ("森林覆盖率", "%", "61.3", "62.0", "约束性"),
    ("绿色工厂数量", "家", "6", "30左右", "预期性"),
    ("二氧化碳排放总量", "万吨", "1180", "完成省下达目标", "约束性"),
)
FACTS = [
    ("单位地区生产总值能耗下降率", "-", 14.5, "%", 2025, True, "binding"),
    ("非化石能源消费占比", ">=", 15.0, "%", 2025, False, "expected"),
    ("森林覆盖率", "=", 62.0, "%", 2025, False, "binding"),
    ("绿色工厂数量", "~", 30.0, "家", 2025, False, "expected"),
    ("二氧化碳排放总量", "deferred", None, None, 2025, False, "binding"),
]
HEAD = "某市碳达峰实施方案\n一、总体要求\n(一)主要目标。指标见表1。\n表1 主要指标\n"
TAIL = "\n二、重点任务\n(一)能源。到2025年,风电装机达到20万千瓦。\n(市发改委、市能源局按职责分工负责)"
HEADER = ("序号", "指标", "单位", "2020年", "2025年", "属性")


def told(plan: Plan) -> list[tuple[object, ...]]:
    return [
        (t.indicator, t.comparator.value, t.value, t.unit, t.year, t.cumulative, t.nature)
        for t in plan.targets
        if t.locator == "一(一)"
    ]


def lines(joint: str) -> str:
    return "\n".join(joint.join(row) for row in (HEADER, *((str(i), *row) for i, row in enumerate(ROWS, 1))))


@pytest.mark.parametrize("joint", ["\t", "    ", " ", " | ", "\n", "\n\n"])
def test_one_table_flattened_in_every_way(joint: str) -> None:
    plan = read_text(HEAD + lines(joint) + TAIL)
    assert told(plan) == FACTS
    assert [t.baseline_value for t in plan.targets[:3]] == [None, 9.2, 61.3]
    assert [(t.locator, t.value) for t in plan.targets[5:]] == [("二(一)", 20)]
    assert [duty.departments for duty in plan.duties] == [("市发改委", "市能源局")]


def test_markdown() -> None:
    rows = [HEADER, ("---",) * 6, *((str(i), *row) for i, row in enumerate(ROWS, 1))]
    plan = read_text(HEAD + "\n".join("| " + " | ".join(row) + " |" for row in rows) + TAIL)
    assert told(plan) == FACTS


def test_cells_wrapped_over_lines_and_pages_with_classes_and_scopes() -> None:
    table = (
        "指  标\n2020 年\n(现状)\n2025 年\n(目标)\n五年累计\n指标\n属性\n(一)能源。\n1.可再生能源电力消纳责任\n权重(%)\n24\n30以上\n/\n约束性\n"
        "— 7 —\n(二)环境。\n2.细颗粒物浓度(微克/\n立方米)\n市中心\n城区\n36\n32.5\n/\n约束性\n县城\n31\n29\n/\n预期性\n"
        "3.主要污染物减排量(吨)\n化学需氧量\n—\n/\n[5200]\n约束性\n4.黑臭水体比例(%)\n0\n保持长治\n久清\n/\n预期性\n注:[ ]为五年累计。"
    )
    plan = read_text(HEAD + table + TAIL)
    found = [(t.indicator, t.scope, t.comparator.value, t.value, t.unit, t.cumulative) for t in plan.targets]
    assert found[:4] == [
        ("可再生能源电力消纳责任权重", None, ">=", 30.0, "%", False),
        ("细颗粒物浓度", "市中心城区", "=", 32.5, "微克/立方米", False),
        ("细颗粒物浓度", "县城", "=", 29.0, "微克/立方米", False),
        ("主要污染物减排量", "化学需氧量", "-", 5200.0, "吨", True),
    ]
    assert [t.locator for t in plan.targets] == ["一(一)"] * 4 + ["二(一)"]


def test_without_the_column_of_nature_and_with_two_years() -> None:
    table = "指标名称 2020年 2025年 2030年\n非化石能源消费占比(%) 10.1 14 20\n新能源汽车保有量(万辆) 0.6 3.5 12\n煤炭消费量(万吨) 310 ≤300 ≤260"
    plan = read_text(HEAD + table + TAIL)
    assert [(t.value, t.year, t.comparator.value) for t in plan.targets[:-1]] == [
        (14, 2025, "="), (20, 2030, "="), (3.5, 2025, "="), (12, 2030, "="), (300, 2025, "<="), (260, 2030, "<="),
    ]  # fmt: skip


def test_a_row_that_does_not_come_out_even_is_told_not_guessed() -> None:
    table = "指标\n2020年\n2025年\n属性\n森林覆盖率(%)\n61\n62\n约束性\n湿地保护率(%)\n50\n53\n55\n约束性\n水土保持率(%)\n80\n83\n预期性\n"
    plan = read_text(HEAD + table + TAIL)
    assert [t.indicator for t in plan.targets[:-1]] == ["森林覆盖率", "水土保持率"]
    assert [f.code for f in plan.findings if f.code == "table_row_unread"] == ["table_row_unread"]


@pytest.mark.parametrize(
    "words",
    [
        "指标\n到2025年,森林覆盖率达到60%。",
        "主要目标:到2025年,指标全面完成。\n2020年\n2025年",
        "指标 2020年 2025年\n本方案所称指标由各部门负责解释,并按年度组织评估,评估结果向社会公开。",
    ],
)
def test_prose_is_no_table(words: str) -> None:
    plan = read_text(HEAD + words + TAIL)
    assert plan.targets[-1].value == 20
    assert all(t.value == 60 for t in plan.targets[:-1])
    assert not [f for f in plan.findings if f.code == "table_row_unread"]
