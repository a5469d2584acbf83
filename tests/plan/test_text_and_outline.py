"""Contract: typesetting leaves no trace, every kept character knows its place, headings are those of the document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.plan import read_text
from dafeng.plan.documents.source import Source
from dafeng.plan.structure.text import normalise


def plain(text: str) -> str:
    return normalise(Source(text)).text.rstrip("\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("装机容量达到 26 万千 瓦,市工 信局", "装机容量达到26万千瓦,市工信局"),
        ("到２０３０年（预期性）达到５％；", "到2030年(预期性)达到5%;"),
        ("碳@@达@@峰@@@@方案", "碳达峰方案"),
        ("工(gōng)业(yè)转型", "工业转型"),
        ("碳達峰,、碳中和", "碳達峰、碳中和"),
        ("推进 - 3 - 建设", "推进建设"),
        ("推进— 12 —建设", "推进建设"),
        ("## **一、任务**\n做好。", "一、任务\n做好。"),
        ("能⼒建设", "能力建设"),
    ],
)
def test_noise_goes(source: str, expected: str) -> None:
    assert plain(source) == expected


def test_traditional_characters_become_simplified() -> None:
    text = "為深入貫徹國務院關於碳達峰的決策部署,推進經濟發展與環境保護,實現能源結構優化,開展節能減排,總體規劃產業發展。"
    assert "为深入贯彻国务院关于碳达峰的决策部署" in plain(text)


def test_plain_pinyin_goes_only_where_a_page_is_full_of_it() -> None:
    assert plain("使用(er)记号") == "使用(er)记号"
    assert "机关" in plain("机(ji)关(guan)单(dan)位(wei)" * 10)


def test_wrapped_lines_and_page_numbers() -> None:
    lines = [
        "为深入贯彻落实党中央关于碳达峰碳中和的重大战略决策部署",
        "扎实推进全市碳达峰行动制定本方案并结合实际抓好组织实施工",
    ]
    text = "\n".join((lines * 6)[:11]) + "\n- 4 -\n" + "\n".join(lines * 4)
    assert "\n" not in plain(text).rstrip("\n")
    assert "4" not in plain(text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="一、(二)1.到2025年达%,。\n 《》市局负责“”①第章—３（）\u3000ab", max_size=400))
def test_offsets_always_point_back(text: str) -> None:
    normal = normalise(Source(text))
    assert len(normal.offsets) == len(normal.text)
    assert list(normal.offsets) == sorted(set(normal.offsets))
    for character, offset in zip(normal.text, normal.offsets, strict=True):
        if character.isalnum() and character.isascii():
            assert text[offset] in (character, chr(ord(character) + 0xFEE0))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["到2025年", "一、总体要求\n", "(一)", "1.", "达到", "20%", "、", "(市发改委", "负责)", "。", "分别", "第一章 ", "比2020年", "下降",
             "完成省下达目标", "责任单位:", "《", "“十四五”期间", "三分之一", "全覆盖", "\n", "力争", "建成", "10个", "碳达峰", "专栏1", ")", "牵头"]
        ),
        max_size=60,
    )
)  # fmt: skip
def test_any_mixture_of_the_genre_can_be_read(parts: list[str]) -> None:
    plan = read_text("某市碳达峰实施方案\n" + "".join(parts))
    assert len({task.locator for task in plan.tasks}) == len(plan.tasks)


def test_run_on_text_has_the_same_outline_as_lines() -> None:
    parts = [
        "一、总体要求",
        "(一)指导思想。坚持绿色发展。",
        "二、重点任务",
        "(一)能源行动。优化结构。",
        "1.发展风电、光伏。加快建设。",
        "2.节能。推进。",
        "(二)工业行动。转型。",
    ]
    lines = read_text("某市碳达峰实施方案\n" + "\n".join(parts))
    run_on = read_text("某市碳达峰实施方案\n" + " ".join(parts))
    assert [task.locator for task in lines.tasks] == ["二(一)1", "二(一)2", "二(二)"]
    assert [(t.locator, t.title) for t in run_on.tasks] == [(t.locator, t.title) for t in lines.tasks]
    assert lines.tasks[0].title == "发展风电、光伏"


def test_numbering_that_goes_on_through_the_chapters() -> None:
    plan = read_text(
        "某市实施方案\n一、总体要求\n(一)指导思想。坚持。\n二、生产\n(二)工业。转型。\n(三)农业。循环。\n三、流通\n(四)物流。绿色。"
    )
    assert [task.locator for task in plan.tasks] == ["二(二)", "二(三)", "三(四)"]


def test_numbers_in_sentences_are_no_headings() -> None:
    plan = read_text(
        "某市实施方案\n一、任务\n(一)能源。建设3.5万千瓦电站。落实“(二)”项要求,见第一、第二条。\n(二)工业。转型。"
    )
    assert [task.locator for task in plan.tasks] == ["一(一)", "一(二)"]


def test_a_cut_document_keeps_its_last_task() -> None:
    plan = read_text("某市实施方案\n一、任务\n(一)能源。转型。\n(二)工业。加快推进传统产")
    assert [task.complete for task in plan.tasks] == [True, False]
    assert "cut_off" in {finding.code for finding in plan.findings}


def test_wrappers_around_the_plan_are_left_out() -> None:
    plan = read_text(
        "首页 > 公文\n某市人民政府关于印发某市碳达峰实施方案的通知\n某府发〔2023〕5号\n2023年3月1日\n某市碳达峰实施方案\n为做好工作,制定本方案。\n"
        "一、任务\n(一)能源。到2025年,光伏装机达到5万千瓦。\n来源:某市政府\n责任编辑:王五\n热门:到2030年,点击量达到90%。"
    )
    assert (plan.title, plan.document_number, plan.issuer) == (
        "某市碳达峰实施方案",
        "某府发〔2023〕5号",
        "某市人民政府",
    )
    assert [target.value for target in plan.targets] == [5]


def outline(text: str) -> list[tuple[str, str]]:
    return [(task.locator, task.title) for task in read_text(text).tasks]


def test_articles_and_numbered_actions_are_headings() -> None:
    articles = "某市条例式方案\n一、总体要求\n第一条 坚持节约优先。\n二、任务\n第二条 发展新能源。加快发展。\n第三条 到2025年,建成绿色工厂20家,其中国家级5家,形成一批可推广的经验和做法。\n三、附则\n第四条 本方案自印发之日起施行。"
    assert outline(articles) == [("二第二条", "发展新能源"), ("二第三条", "建成绿色工厂20家")]
    actions = "某县碳达峰实施方案\n一、重点行动\n行动一:能源转型\n(一)发展光伏。做好工作。\n责任单位:县发改局、县农业农村局\n行动二:工业转型\n(二)绿色制造。做好工作。\n责任单位:县工信局"
    assert outline(actions) == [("一行动一(一)", "发展光伏"), ("一行动二(二)", "绿色制造")]
    rings = "某县碳达峰实施方案\n一、任务\n㈠发展光伏。做好工作。\n㈡绿色制造。做好工作。"
    assert outline(rings) == [("一(一)", "发展光伏"), ("一(二)", "绿色制造")]


def test_a_section_with_a_box_behind_it_is_a_task() -> None:
    text = "某市规划\n第一章 行动\n第一节 发展光伏\n做好光伏工作。\n专栏1 光伏工程\n(一)屋顶光伏工程\n建设屋顶光伏。\n第二节 倡导绿色生活和\n做好宣传。"
    assert outline(text) == [("第一章第一节", "发展光伏"), ("第一章第二节", "倡导绿色生活和")]


def test_enumerations_in_a_sentence_are_no_headings() -> None:
    text = "某市方案\n一、任务\n(一)优化结构\n推进以下工作:1.发展风电;2.发展光伏;3.发展储能。\n(二)绿色制造。做好工作。"
    assert outline(text) == [("一(一)", "优化结构"), ("一(二)", "绿色制造")]


def test_an_excerpt_may_begin_in_the_middle() -> None:
    assert outline("(八)发展光伏。做好工作。\n(九)绿色制造。做好工作。") == [
        ("(八)", "发展光伏"),
        ("(九)", "绿色制造"),
    ]


def test_a_contents_and_a_notice_before_the_plan_are_left_out() -> None:
    plan = "某市碳达峰实施方案\n为落实部署,制定本方案。\n一、总体要求\n坚持系统观念。\n二、任务\n(一)发展光伏。做好工作。\n"
    contents = "某市碳达峰实施方案\n目录\n一、总体要求……1\n二、任务……2\n(一)发展光伏……2\n"
    notice = "某市人民政府关于印发某市碳达峰实施方案的通知\n现印发给你们。\n一、加强领导。各地要重视。\n二、强化督促。要加强调度。\n某市人民政府\n"
    for before in ("", contents, notice):
        read = read_text(before + plan)
        assert [(task.locator, task.title) for task in read.tasks] == [("二(一)", "发展光伏")]
        assert read.title == "某市碳达峰实施方案"
        assert "numbering" not in [finding.code for finding in read.findings]


def test_a_list_in_a_heading_is_no_part_of_its_title() -> None:
    text = "某市方案\n一、任务\n(一)能源(牵头单位:市发展改革委;责任单位:市能源局)\n1.风电。做好工作。\n2.光伏(市住建局、市财政局)\n做好工作。\n(二)工业(市工信局负责)\n1.钢铁。做好工作。"
    plan = read_text(text)
    assert [(h.locator, h.title) for h in plan.outline] == [
        ("一", "任务"),
        ("一(一)", "能源"),
        ("一(二)", "工业"),
    ]
    assert [(t.locator, t.title) for t in plan.tasks] == [
        ("一(一)1", "风电"),
        ("一(一)2", "光伏"),
        ("一(二)1", "钢铁"),
    ]
    assert [(d.locator, d.style.value) for d in plan.duties] == [
        ("一(一)", "lead_support"),
        ("一(一)2", "responsible"),
        ("一(二)", "chapter"),
    ]
    assert plan.tasks[2].departments == ("市工信局",)


@pytest.mark.parametrize(
    ("front", "facts"),
    [
        ("中共某市委\n某市人民政府\n关于做好碳达峰工作的实施意见\n某委发〔2022〕7号\n", ("关于做好碳达峰工作的实施意见", "中共某市委、某市人民政府", "某委发〔2022〕7号")),
        ("【政策】某市碳达峰实施方案.doc\n某市人民政府关于印发某市碳达峰实施方案的通知 某政发〔2022〕31 号 各区人民政府: 现印发给你们。 某市碳达峰实施方案 ", ("某市碳达峰实施方案", "某市人民政府", "某政发〔2022〕31号")),
        ("某市碳达峰实施方案 发布时间:2022-10-10 14:04\n", ("某市碳达峰实施方案", None, None)),
        ("某省管理局 某省委员会 某省财政厅\n关于印发公共机构碳达峰\n实施方案的通知\n某管〔2021〕4号\n各市:\n现印发给你们。\n公共机构碳达峰实施方案\n", ("公共机构碳达峰实施方案", "某省管理局、某省委员会、某省财政厅", "某管〔2021〕4号")),
    ],
)  # fmt: skip
def test_title_issuer_and_number(front: str, facts: tuple[str, str | None, str | None]) -> None:
    plan = read_text(front + "为落实部署,制定本方案。\n一、任务\n(一)发展光伏。做好工作。")
    assert (plan.title, plan.issuer, plan.document_number) == facts


def test_named_things_are_those_with_a_name() -> None:
    text = (
        "青川市碳达峰实施方案\n一、任务\n(一)能源。加快青川抽水蓄能电站、白石山等风电场建设,推动高耗能行业和数据中心节能,完善“互联网+固废”综合信息管理平台,"
        "建立健全碳排放项目库,引导数据中心和城市节能降碳工程协同,依托青川经济技术开发区建设青川省级石化园区,鼓励相关上市公司披露,科学谋划数据中心。"
    )
    assert [(name.kind.value, name.text) for name in read_text(text).names] == [
        ("project", "青川抽水蓄能电站"),
        ("project", "白石山风电场"),
        ("platform", "“互联网+固废”综合信息管理平台"),
        ("system", "碳排放项目库"),
        ("park", "青川经济技术开发区"),
        ("park", "青川省级石化园区"),
    ]


def test_circled_measures_below_a_numbered_task_are_no_tasks_without_lists_of_their_own() -> None:
    text = "某市方案\n一、任务\n(一)能源\n1.压减煤炭。\n①散煤治理。做好工作。\n②锅炉改造。做好工作。\n(市生态环境局负责)\n2.发展光伏。\n①屋顶光伏。做好工作。(市住建局负责)\n②农光互补。做好工作。(市农业农村局负责)"
    plan = read_text(text)
    assert [(task.locator, task.departments) for task in plan.tasks] == [
        ("一(一)1", ("市生态环境局",)),
        ("一(一)2①", ("市住建局",)),
        ("一(一)2②", ("市农业农村局",)),
    ]


@pytest.mark.parametrize(
    ("end", "complete"),
    [
        ("做好工作。", True),
        ("做好工作。\n某市人民政府办公室\n2023年5月6日", True),
        ("做好工作。\n11/27/26, 9:52 AM\nfile:///plan.html 1/1", True),
        ("做好工作。责任单位:市发改委、市能源局", True),
        ("做好工作。\n附件 任务分工表\n", True),
        ("做好工作,开展预警和资", False),
        ("做好工作。\n开展预警和资", False),
        ("做好工作(市发改委、市", False),
    ],
)
def test_a_plan_ends_with_a_sentence_a_list_a_signature_or_is_cut(end: str, complete: bool) -> None:
    plan = read_text(f"某市方案\n一、任务\n(一)光伏。发展光伏。\n(二)风电。发展风电,{end}")
    assert [task.complete for task in plan.tasks] == [True, complete]
    assert ("cut_off" in [finding.code for finding in plan.findings]) is not complete
