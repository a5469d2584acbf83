"""Contract: an indicator table says the same as a person reads in it: header of two rows, merged cells, units in header, name,
column or cell, bounds, falls, sums of five years, growth a year, values left open; a cell that cannot be read is told."""

from itertools import pairwise

import pytest

from dafeng.plan import Plan
from dafeng.plan.documents import pdf_tables as pdf
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.reading import read_source


def page(rows: str, caption: str = "表1 主要指标") -> Plan:
    html = (
        "<html><body><h1>某市碳达峰实施方案</h1><p>一、主要目标</p><p>到2030年前后指标见下表。</p>"
        f"<p>{caption}</p><table>{rows}</table>"
        "<p>二、重点任务</p><p>(一)能源。推进转型。</p></body></html>"
    )
    return read_source(read_bytes(html.encode(), "plan.html"))


def row(*cells: str, tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def told(plan: Plan) -> list[tuple[object, ...]]:
    return [(t.indicator, t.comparator.value, t.value, t.unit, t.year) for t in plan.targets]


TWO_ROWS = (
    '<tr><th rowspan="2">类别</th><th rowspan="2">指标名称</th><th rowspan="2">单位</th><th rowspan="2">2022年</th>'
    '<th colspan="2">目标值</th><th rowspan="2">属性</th><th rowspan="2">责任单位</th></tr>'
    "<tr><th>2025年</th><th>2030年</th></tr>"
)


def test_a_header_of_two_rows_and_merged_classes() -> None:
    plan = page(
        TWO_ROWS
        + '<tr><td rowspan="2">能源</td><td>清洁能源装机</td><td>万千瓦</td><td>35</td><td>≥60</td><td>90-100</td><td>预期性</td><td>市能源局</td></tr>'
        + row("煤炭消费量", "万吨标准煤", "1,310", "控制在1,280以内", "≤1,200", "约束性", "市发改委")
        + row("生态", "林木覆盖率", "%", "28.1", "29", "30左右", "约束性", "市林业局")
    )
    assert told(plan) == [
        ("清洁能源装机", ">=", 60, "万千瓦", 2025), ("清洁能源装机", "..", 90, "万千瓦", 2030),
        ("煤炭消费量", "<=", 1280, "万吨标准煤", 2025), ("煤炭消费量", "<=", 1200, "万吨标准煤", 2030),
        ("林木覆盖率", "=", 29, "%", 2025), ("林木覆盖率", "~", 30, "%", 2030),
    ]  # fmt: skip
    first = plan.targets[0]
    assert (first.nature, first.departments, first.baseline_year, first.baseline_value) == (
        "expected",
        ("市能源局",),
        2022,
        35,
    )
    assert plan.targets[1].value_high == 100


@pytest.mark.parametrize(
    ("name", "cell", "wanted"),
    [
        ("单位GDP能耗下降(%)", "[13]", ("单位GDP能耗下降", "-", 13.0, "%", None, None, True)),
        ("单位GDP能耗(%)", "累计下降13", ("单位GDP能耗", "-", 13.0, "%", None, None, True)),
        ("碳排放强度", "比2005年下降62%以上", ("碳排放强度", "-", 62.0, "%", ">=", 2005, False)),
        ("绿色建材占比", "提高12个百分点", ("绿色建材占比", "+", 12.0, "百分点", None, None, False)),
        ("绿电占比(%)", "提高到24以上", ("绿电占比", ">=", 24.0, "%", None, None, False)),
        ("能源消费总量(万吨标准煤)", "不超过530", ("能源消费总量", "<=", 530.0, "万吨标准煤", None, None, False)),
        ("数据中心电能利用效率", "1.25以下", ("数据中心电能利用效率", "<=", 1.25, None, None, None, False)),
        ("绿色工厂", "25家左右", ("绿色工厂", "~", 25.0, "家", None, None, False)),
        ("垃圾分类", "全覆盖", ("垃圾分类", "all", None, None, None, None, False)),
        ("煤炭消费总量", "完成省下达目标", ("煤炭消费总量", "deferred", None, None, None, None, False)),
    ],
)  # fmt: skip
def test_what_a_cell_says(name: str, cell: str, wanted: tuple[object, ...]) -> None:
    (t,) = page(row("指标", "2028年") + row(name, cell)).targets
    assert (
        t.indicator,
        t.comparator.value,
        t.value,
        t.unit,
        t.bound,
        t.baseline_year,
        t.cumulative,
    ) == wanted


@pytest.mark.parametrize("cell", ["—", "/", "", "持续改善", "稳中向好", "10-8"])
def test_what_promises_no_value_gives_no_target(cell: str) -> None:
    assert page(row("指标", "2025年") + row("空气质量", cell)).targets == ()


def test_growth_a_year_is_a_rise_and_no_second_value() -> None:
    plan = page(row("指标", "2025年", "2030年", "年均增长(%)") + row("绿色产业产值(亿元)", "120", "260", "8"))
    assert told(plan) == [
        ("绿色产业产值", "=", 120, "亿元", 2025),
        ("绿色产业产值", "=", 260, "亿元", 2030),
        ("绿色产业产值", "+", 8, "%", 2030),
    ]
    assert plan.targets[-1].annual_average
    assert not [finding for finding in plan.findings if finding.code == "two_values"]


def test_years_in_the_caption_or_as_a_five_year_plan() -> None:
    plan = page(row("指标", "单位", "目标值") + row("换电站", "座", "15"), "表2 2027年主要指标")
    assert told(plan) == [("换电站", "=", 15, "座", 2027)]
    plan = page(row("指标", "“十四五”目标", "“十五五”末目标") + row("湿地保护率(%)", "51", "53"))
    assert told(plan) == [("湿地保护率", "=", 51, "%", 2025), ("湿地保护率", "=", 53, "%", 2030)]


def test_places_down_the_side_and_indicators_in_the_header() -> None:
    plan = page(
        row("县(市、区)", "2025年光伏装机容量(万千瓦)", "2030年光伏装机容量(万千瓦)") + row("东山县", "12", "30") + row("西河县", "8", "21")
    )  # fmt: skip
    assert [(t.indicator, t.scope, t.value, t.unit, t.year) for t in plan.targets] == [
        ("光伏装机容量", "东山县", 12, "万千瓦", 2025), ("光伏装机容量", "东山县", 30, "万千瓦", 2030),
        ("光伏装机容量", "西河县", 8, "万千瓦", 2025), ("光伏装机容量", "西河县", 21, "万千瓦", 2030),
    ]  # fmt: skip


def test_a_cell_that_holds_a_number_and_cannot_be_read_is_told() -> None:
    plan = page(row("指标", "2025年") + row("公交分担率(%)", "城区35、县城20") + row("造林(万亩)", "6"))
    assert told(plan) == [("造林", "=", 6, "万亩", 2025)]
    (finding,) = [one for one in plan.findings if one.code == "table_cell_unread"]
    assert "城区35" in finding.zh
    assert finding.span is not None


def ruled(top: float, heights: list[float], xs: list[float]) -> tuple[list[pdf.Rule], list[pdf.Rule]]:
    """Lines of a table drawn cell by cell, as word processors do."""
    ys = [top]
    for height in heights:
        ys.append(ys[-1] - height)
    across = [(y, a, b) for y in ys for a, b in pairwise(xs)]
    down = [(x, low, high) for x in xs for high, low in pairwise(ys)]
    return across, down


def test_two_ruled_tables_on_a_page_stay_two() -> None:
    """Words between two tables of a PDF page belong to neither."""
    first = ruled(700, [20, 20, 20], [50, 150, 250, 350])
    second = ruled(500, [30, 20], [50, 300, 420])
    across, down = first[0] + second[0], first[1] + second[1]
    stretches = pdf.stretches(down)
    assert stretches == [(640, 700), (450, 500)]
    shapes = []
    for low, high in stretches:
        grid = pdf.grid_of(
            [rule for rule in across if low <= rule[0] <= high],
            [rule for rule in down if low <= rule[1] and rule[2] <= high],
        )
        assert grid is not None
        shapes.append((len(grid.cells), len(grid.cells[0])))
    assert shapes == [(3, 3), (2, 2)]
    frame = ruled(300, [100], [50, 400])
    assert pdf.grid_of(*frame) is None
