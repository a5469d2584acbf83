"""Contract: typesetting leaves no trace, every kept character knows its place, headings are those of the document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.plan import read_text
from dafeng.plan.source import Source
from dafeng.plan.text import normalise


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
