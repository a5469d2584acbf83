"""Contract: no arrangement of the genre's words makes the reader fail, hang, or point outside its text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.plan import Comparator, Target, plan_from_dict, read_text

TIMES = (
    "到2025年",
    "2030年前",
    "“十五五”期间",
    "2026—2028年",
    "到2025年、2030年",
    "比2020年",
    "由2020年的",
    "2060年",
    "年均",
    "二〇三〇年",
)
NAMES = (
    "森林覆盖率",
    "单位GDP能耗",
    "风电、光伏装机",
    "充电桩",
    "碳排放总量",
    "占比",
    "其中",
    "PUE",
    "煤炭消费和天然气消费",
    "二氧化碳",
    "“三改联动”",
)
VERBS = (
    "达到",
    "分别达到",
    "下降",
    "提高到",
    "建成",
    "新增",
    "控制在",
    "力争",
    "确保",
    "不低于",
    "减排",
    "翻一番",
    "实现全覆盖",
    "完成省下达目标",
    "达峰",
    "碳中和",
    "全面执行",
    "零增长",
    "翻倍",
)
VALUES = (
    "20%",
    "10%—15%",
    "3.5万千瓦",
    "1,200个",
    "三分之一",
    "七成",
    "2:1",
    "百分之二十",
    "二十万亩",
    "5个百分点",
    "300MW/600MWh",
    "1.3",
    "100-200万吨/年",
    "0:0",
    "30",
    "9" * 40,
    "一半",
    "克标准煤/千瓦时",
)
MARKS = ("、", ",", "。", ";", "以上", "左右", "的", "和", "(", ")", "《", "》", "\n", "(一)", "一、", "1.", ":", "“", "”", "——", "\t", "|", "指标", "单位", "属性")  # fmt: skip
PARTS = st.sampled_from((*TIMES, *NAMES, *VERBS, *VALUES, *MARKS))


@settings(max_examples=300, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=60))
def test_any_arrangement_is_read(parts: list[str]) -> None:
    text = "某市碳达峰实施方案\n一、任务\n(一)落实。" + "".join(parts)
    plan = read_text(text)
    assert plan_from_dict(plan.as_dict()) == plan
    for target in plan.targets:
        assert target.span is not None
        assert 0 <= target.span.start <= target.span.end
        assert target.span.source_end is not None
        assert target.span.source_end <= len(text)
        assert target.indicator
        assert _sound(target)


def _sound(target: Target) -> bool:
    """A value where the comparator needs one, and a range that goes upwards."""
    figureless = (Comparator.ALL, Comparator.DEFERRED, Comparator.MILESTONE, Comparator.BETTER_THAN)
    if target.comparator in figureless:
        return target.value is None
    return target.value is not None and (target.value_high is None or target.value_high > target.value)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            (
                "指标",
                "2020年",
                "2025年",
                "属性",
                "森林覆盖率(%)",
                "≥93",
                "[16]",
                "—",
                "约束性",
                "1",
                "完成省下达目标",
                "比2005年下降65以上",
                "10-8",
            )
        ),
        min_size=4,
        max_size=40,
    ),
    st.sampled_from("\n\t| "),
)
def test_any_arrangement_of_cells_is_read(cells: list[str], joint: str) -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、目标\n指标"
        + joint
        + "2025年"
        + joint
        + "属性\n"
        + joint.join(cells)
        + "\n二、任务\n(一)落实。"
    )
    assert all(_sound(target) for target in plan.targets)
