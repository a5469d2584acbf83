"""Contract: the kinds of wording on which a reader goes wrong most — whose peak and when, wraps, bullets, notes in lists."""

import pytest

from dafeng.plan import Plan, read_text


def plan_of(aims: str, title: str = "临河市碳达峰实施方案") -> Plan:
    return read_text(
        f"{title}\n为落实上级部署,结合实际,制定本方案。\n一、总体要求\n坚持统筹推进、分类施策。\n二、主要目标\n{aims}\n"
        "三、重点任务\n(一)能源转型\n1.优化能源结构。加快推进能源转型。\n"
    )


def milestones(plan: Plan) -> list[tuple[str, int | None]]:
    return [(t.indicator, t.year) for t in plan.targets if t.comparator == "milestone"]


@pytest.mark.parametrize(
    ("aims", "wanted"),
    [
        ("展望2035年,绿色生产方式全面形成,碳排放率先达峰后稳中有降。", []),
        ("到2035年,碳排放总量和强度达到峰值后持续下降,生态环境根本好转。", []),
        ("到2030年,绿色转型成效明显,碳达峰目标顺利实现。", [("碳达峰", 2030)]),
        (
            "到2030年,碳达峰目标如期实现。到2035年,碳排放达峰后稳中有降。到2060年,碳中和目标全面实现。",
            [("碳达峰", 2030), ("碳中和", 2060)],
        ),
        ("打造1家2026年“碳中和”酒店和一批低碳校园。", []),
        ("引导临河港务集团2027年前实现碳中和。", []),
        ("国家提出2030年前碳达峰、2060年前碳中和的目标,任务艰巨。", []),
        ("全省2030年前碳达峰目标任务繁重。", []),
        ("为国家实现2030年前碳达峰目标作出临河贡献。", []),
        ("落实国家部署,确保全市二氧化碳排放2030年前达到峰值。", [("二氧化碳排放达峰", 2030)]),
        ("力争2029年前与全省同步实现碳达峰。", [("二氧化碳排放达峰", 2029)]),
        ("“十五五”期间,建筑领域碳排放达峰。", [("建筑领域达峰", None)]),
    ],
)
def test_whose_peak_and_when(aims: str, wanted: list[tuple[str, int | None]]) -> None:
    assert milestones(plan_of(aims)) == wanted


def test_the_goals_of_the_nation_are_the_promise_of_its_own_plan() -> None:
    plan = plan_of("我国力争2030年前实现碳达峰。", "国家碳达峰行动总体方案")
    assert milestones(plan) == [("二氧化碳排放达峰", 2030)]


def test_a_park_is_the_whole_of_its_own_plan() -> None:
    assert milestones(plan_of("园区力争2028年实现碳达峰。", "临河经济技术开发区碳达峰行动方案")) == [
        ("二氧化碳排放达峰", 2028)
    ]


def test_a_fall_from_the_peak_is_no_indicator_of_that_name() -> None:
    plan = plan_of("力争2028年碳排放达峰,达峰后稳步下降,2035年较峰值下降10%。")
    assert milestones(plan) == [("二氧化碳排放达峰", 2028)]
    assert "较峰值" not in [target.indicator for target in plan.targets]
    assert any("10%" in one.words for one in plan.coverage.unread) or any(t.value == 10 for t in plan.targets)


def test_a_full_stop_on_the_last_place_of_a_line_ends_no_paragraph() -> None:
    plan = plan_of(
        "到2027年,绿色低碳循环发展的产业体系初步形成,重点行业能源利\n用效率明显提升,科技创新支撑作用更加有力,治理能力大幅提高。\n"
        "非化石能源消费占比力争达到22%左右,公交机动化出行分担率提高到\n45%以上,林木蓄积稳步增长。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(22, 2027), (45, 2027)]


def test_dash_bullets_take_the_year_of_their_lead_sentence_and_leave_it_behind_them() -> None:
    plan = plan_of(
        "到2027年,能源保障更加有力,转型取得进展。\n——结构优化。煤炭消费占比降至50%以下。\n——保障有力。电力装机达到700万千瓦。\n"
        "绿色建材应用比例达到60%。"
    )
    assert [(t.value, t.year) for t in plan.targets] == [(50, 2027), (700, 2027), (60, None)]


@pytest.mark.parametrize(
    ("words", "departments", "lead"),
    [
        (
            "(责任单位:市发改委、市水利局。没有明确牵头单位的,所列单位均为责任单位,下同)",
            ("市发改委", "市水利局"),
            (),
        ),
        ("(市发改委、工信局、市场监管局按职责分工负责)", ("市发改委", "市工信局", "市市场监管局"), ()),
        ("(县发改局、市场监管局、市政园林局负责)", ("县发改局", "县市场监管局", "县市政园林局"), ()),
    ],
)
def test_notes_are_no_bodies_and_the_level_is_given_back(
    words: str, departments: tuple[str, ...], lead: tuple[str, ...]
) -> None:
    plan = plan_of(f"加快转型。{words}")
    assert [(duty.departments, duty.lead) for duty in plan.duties] == [(departments, lead)]


def test_names_before_the_comma_lead_in_what_follows_the_note() -> None:
    plan = plan_of(
        "加快转型。(市发改委、市能源局,市财政局、市工信局按职责分工负责,逗号前为牵头单位,下同)\n推进节能。(市工信局,市发改委、市国资委按职责分工负责)"
    )
    assert [(duty.lead, duty.departments) for duty in plan.duties] == [
        (("市发改委", "市能源局"), ("市发改委", "市能源局", "市财政局", "市工信局")),
        (("市工信局",), ("市工信局", "市发改委", "市国资委")),
    ]
