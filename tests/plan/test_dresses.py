"""Contract: one plan reads alike in every dress — wrapped, paged, run on, traditional, full width, as page or Word file.

The plans are made here from their own facts, so that what must be read is known.
"""

import io
import random
import re
from collections.abc import Callable

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.plan import Plan, plan_from_dict, read_text
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.documents.source import Source
from dafeng.plan.reading import read_source, text_of
from dafeng.plan.review import render

SECTIONS = {
    "能源换挡行动": ["压减煤炭、替代散煤", "大力发展新能源", "改造城乡电网"],
    "节能增效行动": ["提升用能管理水平", "把住高耗能、高排放、低水平项目的入口"],
    "工业降碳行动": ["推动钢铁行业达峰", "推进“两高”项目清单管理"],
}
SENTENCES = [
    "沿河谷和山脊布置风电,屋顶、鱼塘和荒坡布置光伏,送出线路与电源同时建成。",
    "到2025年,新型储能装机规模不少于42.5万千瓦。",
    "乡镇散煤改用电和生物质(含学校、卫生院),改一户、记一户。",
    "评选一批绿色工厂和绿色园区(含飞地园区),机房和5G基站按月上报用电。",
    "到2030年,每万元产值二氧化碳排放比2020年下降38%以上,落后产线全部退出。",
]
BODIES = [
    "市发展改革委", "市工业和信息化局", "市住房和城乡建设局", "市自然资源和规划局", "市财政局", "市市场监管局", "国网某某供电公司",
    "人行某某中心支行", "某某银保监分局", "某某海关", "某某经济技术开发区管委会", "各县(市、区)人民政府", "市大数据发展局", "团市委", "市科协",
    "某某港务集团", "中石化某某石油分公司", "市供销社", "某某海事局", "市委组织部", "市通信发展管理办公室",
]  # fmt: skip
Facts = tuple[list[str], list[tuple[str, str, bool]], list[tuple[str, list[str], list[str], str]]]
WIDE = str.maketrans(",:;()", "\uff0c\uff1a\uff1b\uff08\uff09")


def duty(chance: random.Random) -> tuple[str, list[str], list[str], str]:
    bodies = chance.sample(BODIES, chance.randint(2, 8))
    k = chance.randint(1, min(2, len(bodies) - 1))
    all_, first, rest = "、".join(bodies), "、".join(bodies[:k]), "、".join(bodies[k:])
    return chance.choice(
        [
            (f"({all_}等按职责分工负责)", bodies, [], "by_duty"),
            (f"({all_}按照职责分工负责)", bodies, [], "by_duty"),
            (f"({all_}负责)", bodies, [], "responsible"),
            (f"(责任单位:{all_})", bodies, [], "labelled"),
            (f"【责任单位:{all_}】", bodies, [], "labelled"),
            (f"(牵头单位:{first};配合单位:{rest})", bodies, bodies[:k], "lead_support"),
            (f"({first}牵头,{rest}等配合)", bodies, bodies[:k], "lead_support"),
        ]
    )


def made(seed: int) -> Facts:
    """(paragraphs, tasks, duties) of a plan."""
    chance = random.Random(seed)
    counting_on, own_line, mark = chance.random() < 0.5, chance.random() < 0.5, chance.choice(".、")
    lines = ["某某市碳达峰实施方案", "为把上级的要求落到本市各县各部门各企业的日常工作里,制定本方案。", "一、总体要求",
             "(一)指导思想。发展和减排一起算账,眼前和长远一起打算。", "二、重点任务"]  # fmt: skip
    tasks, duties, count = [], [], 0
    for i, (section, titles) in enumerate(SECTIONS.items()):
        lines += [f"({'一二三'[i]}){section}", chance.choice(SENTENCES)]
        for j, title in enumerate(titles):
            count += 1
            number = count if counting_on else j + 1
            words, bodies, lead, style = duty(chance)
            text = f"{number}{mark}{title}。" + "".join(chance.sample(SENTENCES, chance.randint(1, 4)))
            lines += [text, words] if own_line else [text + words]
            locator = f"二({'一二三'[i]}){number}"
            tasks.append((locator, title, True))
            duties.append((locator, bodies, lead, style))
    lines += ["三、组织实施", "(一)加强统筹协调。" + SENTENCES[0], "(二)严格监督考核。" + SENTENCES[3]]
    tasks += [("三(一)", "加强统筹协调", True), ("三(二)", "严格监督考核", True)]
    return lines, tasks, duties


def wrapped(lines: list[str], width: int, mark: str = "— {} —", head: str = "") -> str:
    """Lines of one width, with a page number and perhaps a running head every 12."""
    cut = [line[i : i + width] for line in lines for i in range(0, len(line), width)]
    pages = [cut[i : i + 12] for i in range(0, len(cut), 12)]
    return "\n".join(
        "\n".join([*([head] if head and n > 1 else []), *page, mark.format(n)])
        for n, page in enumerate(pages, 1)
    )


def run_on(lines: list[str]) -> str:
    text = "".join(lines)
    return " ".join(text[i : i + 24] for i in range(0, len(text), 24))


def traditional(lines: list[str]) -> str:
    import opencc

    return opencc.OpenCC("s2t").convert("\n".join(lines))


DRESSES: dict[str, Callable[[list[str]], str]] = {
    "plain": "\n".join,
    "full width": lambda lines: "\r\n".join("\u3000\u3000" + line.translate(WIDE) for line in lines),
    "wrapped": lambda lines: wrapped(lines, 28),
    "wrapped, full width": lambda lines: wrapped([line.translate(WIDE) for line in lines], 40, "- {} -"),
    "bare page numbers": lambda lines: wrapped(lines, 33, "{}"),
    "running heads": lambda lines: wrapped(lines, 31, head="某某市人民政府公报"),
    "blanks at numbers": lambda lines: re.sub(
        r"(?<=[一-鿿])(?=\d)|(?<=\d)(?=[一-鿿])", " ", "\n".join(lines)
    ),
    "noise": lambda lines: "\n".join(lines).replace("、", "、\u200b").replace("委", "委@@"),
    "traditional": traditional,
}


def assert_facts(plan: Plan, facts: Facts) -> None:
    _, tasks, duties = facts
    assert [(t.locator, t.title, t.complete) for t in plan.tasks] == tasks
    assert [(d.locator, list(d.departments), list(d.lead), d.style.value) for d in plan.duties] == duties


@pytest.mark.parametrize("dress", DRESSES)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_dress_reads_alike(dress: str, seed: int) -> None:
    facts = made(seed)
    assert_facts(read_text(DRESSES[dress](facts[0])), facts)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_run_on_text(seed: int) -> None:
    facts = made(seed)
    if any(re.match(r"\d+、", line) for line in facts[0]):
        return
    assert_facts(read_text(run_on(facts[0])), facts)


@pytest.mark.parametrize("seed", range(4))
def test_page_and_word_file(seed: int) -> None:
    facts = made(seed)
    body = "".join(f"<p>&nbsp;&#12288;<span>{line.translate(WIDE)}</span></p>" for line in facts[0])
    page = (
        "<html><head><title>政策文件</title><script>var a='一、假的';</script></head><body><div>首页 &gt; 政务公开</div>"
        f"<h1>某某市人民政府关于印发某某市碳达峰实施方案的通知</h1><div>来源:市政府办公室 字体:大 中 小</div><table><tr><td>{body}</td></tr></table>"
        "<div>相关阅读</div><p>一、其他新闻</p></body></html>"
    )
    assert_facts(read_source(read_bytes(page.encode("gb18030"), "page")), facts)
    document = docx.Document()
    for line in facts[0]:
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    assert_facts(read_source(read_bytes(buffer.getvalue(), "plan.docx")), facts)


DIVISION = [
    ["序号", "重点任务", "具体措施", "牵头单位", "责任单位", "完成时限"],
    ["1", "大力发展新能源", "建成两座风电场", "市发展改革委", "市自然资源和规划局、市林业局,各县(市、区)人民政府", "2025年12月"],
    ["2", "煤炭清洁利用", "机组逐台改造", "市发展改革委、市能源局", "市工业和信息化局、国网某某供电公司", "持续推进"],
    ["3", "推动钢铁行业达峰", "换炉、余热发电", "市工业和信息化局", "市发展改革委、市生态环境局", "2025年"],
]  # fmt: skip
DIVIDED = [
    ("市发展改革委", "市发展改革委/市自然资源和规划局/市林业局/各县(市、区)人民政府"),
    ("市发展改革委/市能源局", "市发展改革委/市能源局/市工业和信息化局/国网某某供电公司"),
    ("市工业和信息化局", "市工业和信息化局/市发展改革委/市生态环境局"),
]


def divided(plan: Plan) -> list[tuple[str, str]]:
    assert {duty.style.value for duty in plan.duties} == {"table"}
    return [("/".join(duty.lead), "/".join(duty.departments)) for duty in plan.duties]


@pytest.mark.parametrize("gap", ["\t", " | ", "    ", "\n"])
def test_a_flattened_table_of_tasks_names_its_bodies(gap: str) -> None:
    table = "\n".join(gap.join(row) for row in DIVISION)
    alone = read_text(f"附件\n某市碳达峰重点任务分工表\n{table}\n")
    assert divided(alone) == DIVIDED
    assert [(t.title, t.deadline) for t in alone.tasks] == [(row[1], row[5]) for row in DIVISION[1:]]
    plan = read_text(
        "某市碳达峰实施方案\n一、总体要求\n坚持系统观念。\n二、重点任务\n(一)大力发展新能源。发展风电。\n(二)煤炭清洁利用。改造。\n"
        f"(三)推动钢铁行业达峰。改造。\n附件:任务分工表\n{table}\n"
    )
    assert divided(plan) == DIVIDED
    assert (
        [duty.locator for duty in plan.duties]
        == [task.locator for task in plan.tasks]
        == ["二(一)", "二(二)", "二(三)"]
    )


def test_a_word_table_of_tasks_with_a_header_of_two_rows_and_a_title_across() -> None:
    document = docx.Document()
    document.add_paragraph("某市碳达峰重点任务分工表")
    table = document.add_table(rows=6, cols=6)
    for c in (0, 1, 2, 5):
        table.cell(0, c).merge(table.cell(1, c)).text = DIVISION[0][c]
    table.cell(0, 3).merge(table.cell(0, 4)).text = "责任分工"
    table.cell(1, 3).text, table.cell(1, 4).text = DIVISION[0][3:5]
    table.cell(2, 0).merge(table.cell(2, 5)).text = "一、能源换挡行动"
    for r, row in enumerate(DIVISION[1:], start=3):
        for c, text in enumerate(row):
            table.cell(r, c).text = text.replace("、", "\n") if c == 3 else text
    buffer = io.BytesIO()
    document.save(buffer)
    plan = read_source(read_bytes(buffer.getvalue(), "plan.docx"))
    assert divided(plan) == DIVIDED
    assert [task.title for task in plan.tasks] == [row[1] for row in DIVISION[1:]]


PIECES = [
    "一、", "二、", "(一)", "(二)", "1.", "2.", "3、", "①", "㈠", "⒈", "第一章", "第二节", "第一条", "行动一:", "专栏1", "附件", "表1 ", "责任单位:", "牵头单位\uff1a",
    "市发改委", "、", ",", "。", "\n", "\n", "\n", "(", "\uff08", ")", "\uff09", "【", "】", "〔", "〕", "等按职责分工负责", "负责", "牵头", "到2025年", "达到", "35%",
    "42.5万千瓦", "以上", "森林覆盖率", "序号\t任务\t牵头单位\t责任单位", "1\t推进\t市发改委\t市工信局", "指标 2020年 2025年 属性", "— 3 —", "7", "目录",
    "某市碳达峰实施方案", "关于印发", "《", "》", "的通知", "“", "”", "\u3000\u3000", " ", "@@", "(rì)", "國務院", "分别为", "和", "各县(市、区)人民政府",
    "完成时限:2025年", "\u200b", "\r\n", "\x0c", "……",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=120).map("".join))
def test_no_text_breaks_the_reader_and_every_place_lies_in_it(text: str) -> None:
    try:
        plan = read_text(text)
    except DafengError:
        return
    normal = text_of(Source(text))
    for item in (*plan.tasks, *plan.duties, *plan.targets, *plan.names):
        assert 0 <= item.span.start <= item.span.end <= len(normal.text)
        assert 0 <= item.span.source_start <= item.span.source_end <= len(text)
    assert len({task.locator for task in plan.tasks}) == len(plan.tasks)
    assert plan_from_dict(plan.as_dict()) == plan
    render(plan, normal.text)


@pytest.mark.parametrize("dress", ["plain", "wrapped", "full width", "noise", "traditional"])
def test_places_lead_back_to_the_words_of_the_source(dress: str) -> None:
    text = DRESSES[dress](made(7)[0])
    plan, normal = read_text(text), text_of(Source(text))
    assert plan.text_sha256 == normal.sha256
    for duty in plan.duties:
        there = text[duty.span.source_start : duty.span.source_end]
        assert there[0] in "(\uff08【"
        assert there[-1] in ")\uff09】"
        here = normal.text[duty.span.start : duty.span.end]
        words = re.sub(r"\s|\u200b|@@|— \d+ —", "", there)
        assert len(words) == len(here)
        for name in duty.departments:
            assert name in here
