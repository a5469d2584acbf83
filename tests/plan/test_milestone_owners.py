"""Contract: a peak or a neutrality is a milestone of the plan only where the plan itself promises it.

Goals of the nation or of another level that are quoted, firms, sites, foreign countries and 达峰后稳中有降 give none.
"""

import csv
from pathlib import Path

import pytest

from dafeng.plan import read_text

CITY, PROVINCE, COUNTY = "江川市碳达峰实施方案", "江河省碳达峰实施方案", "江川区碳达峰行动计划"


def years(title: str, sentence: str) -> list[int | None]:
    plan = read_text(f"{title}\n一、主要目标\n{sentence}\n二、重点任务\n(一)能源。加快推进。\n")
    return sorted(target.year or 0 for target in plan.targets if target.comparator == "milestone")


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        (
            CITY,
            "中国将提高国家自主贡献力度,采取更加有力的政策和措施,二氧化碳排放力争2030年前达到峰值,努力争取2060年前实现碳中和。",
        ),
        (
            CITY,
            "习近平主席在第七十五届联合国大会上宣布,我国二氧化碳排放力争于2030年前达到峰值,努力争取2060年前实现碳中和。",
        ),
        (CITY, "国家提出力争2030年前实现碳达峰、2060年前实现碳中和的目标,对我市产业结构提出更高要求。"),
        (CITY, "党中央作出重大战略决策,2030年前实现碳达峰、2060年前实现碳中和。"),
        (CITY, "全省二氧化碳排放2030年前达到峰值。"),
        (CITY, "按照省委、省政府部署,全省力争2029年前实现碳达峰,我市应当走在前列。"),
        (CITY, "到2035年,碳排放达峰后稳中有降,生态环境根本好转。"),
        (CITY, "到2035年,广泛形成绿色生产生活方式,碳排放达到峰值后稳中有降。"),
        (CITY, "到2035年,碳排放达峰后稳步下降,能源利用效率全国领先。"),
        (CITY, "到2035年,二氧化碳排放总量达峰后实现稳中有降。"),
        (CITY, "到2035年,碳排放总量在达峰后稳中有降,碳中和取得积极进展。"),
        (CITY, "江川钢铁集团力争2028年实现碳达峰,2050年实现碳中和。"),
        (CITY, "支持江川化工股份有限公司2027年前实现碳达峰。"),
        (CITY, "推动宝江钢铁2025年实现碳达峰。"),
        (CITY, "鼓励国家电投、华能等企业率先实现碳达峰。"),
        (CITY, "宝武提出2023年力争实现碳达峰,2050年力争实现碳中和。"),
        (CITY, "欧盟宣布2050年实现碳中和,日本、韩国提出2050年实现碳中和。"),
        (CITY, "全球已有130多个国家承诺在2050年前后实现碳中和。"),
        (CITY, "国家电网公司承诺2030年前实现碳达峰。"),
        (CITY, "支持有条件的区(县)率先达峰,江南新区力争2025年前实现碳达峰。"),
        (CITY, "长江经济带2030年前实现碳达峰具有重要意义。"),
        (CITY, "紧扣2030年前碳达峰目标、2060年前碳中和愿景,坚持系统观念。"),
        (CITY, "以2030年前碳达峰、2060年前碳中和目标为引领,推动高质量发展。"),
        (CITY, "到2025年,绿色低碳循环发展的经济体系初步形成,为实现碳达峰、碳中和奠定坚实基础。"),
        (PROVINCE, "到2035年,碳排放达峰后稳中有降。"),
        (PROVINCE, "我国提出二氧化碳排放力争于2030年前达到峰值,努力争取2060年前实现碳中和。"),
        (PROVINCE, "支持西昌市、攀江市率先实现碳达峰,2027年前碳排放达峰。"),
        (PROVINCE, "鼓励全国低碳试点城市2025年前率先达峰。"),
        (
            PROVINCE,
            "习近平总书记在气候雄心峰会上进一步宣布:到2030年,中国单位国内生产总值二氧化碳排放将比2005年下降65%以上,非化石能源占一次能源消费比重将达到25%左右,二氧化碳排放力争于2030年前达到峰值。",
        ),
        (CITY, "力争2030年前实现碳达峰,是党中央经过深思熟虑作出的重大战略决策。"),
        (CITY, "《2030年前碳达峰行动方案》提出,全国2030年前实现碳达峰。"),
        (CITY, "根据省碳达峰实施方案,江河省2030年前实现碳达峰。"),
        (CITY, "江河省力争2030年前实现碳达峰。"),
        (CITY, "省第十二次党代会提出,2030年前如期实现碳达峰。"),
        (CITY, "“十五五”期间,我国将实现碳达峰。"),
        (CITY, "从国际看,主要发达国家已于2010年前实现碳达峰。"),
        (
            CITY,
            "到2035年,绿色生产生活方式广泛形成,碳排放达峰后稳中有降,生态环境根本好转,美丽江川建设目标基本实现。",
        ),
        (COUNTY, "全市力争2030年前实现碳达峰。"),
        (CITY, "中国已向世界承诺力争2030年前碳达峰。"),
        (CITY, "作为负责任大国,我国向国际社会作出庄严承诺。2030年前实现碳达峰、2060年前实现碳中和。"),
        (CITY, "国家“双碳”目标明确,2030年前要实现碳达峰。"),
        (CITY, "国家发展改革委印发通知,要求各地2030年前实现碳达峰。"),
        (CITY, "上级要求2030年前碳达峰。"),
        (CITY, "我省明确2030年前实现碳达峰目标。"),
        (CITY, "面向2060年前碳中和,谋划前沿技术。"),
        (CITY, "面对2030年前碳达峰的硬约束,我市能源消费仍将刚性增长。"),
        (CITY, "打造“碳中和”景区,到2025年建成1个碳中和示范景区。"),
        (CITY, "2024年底前举办首届“碳中和”马拉松。"),
        (CITY, "力争“十五五”时期钢铁行业碳排放达峰后稳步下降。"),
        (CITY, "到2030年全国能源领域碳达峰。"),
        (CITY, "“十四五”时期是实现2030年前碳达峰目标的关键期、窗口期。"),
        (CITY, "“十四五”是碳达峰的关键期,必须在2030年前实现碳达峰的总目标下统筹推进。"),
        (CITY, "距离实现2030年前碳达峰目标仅有不到10年时间,时间紧、任务重。"),
        (CITY, "从达峰到中和,发达国家用了40—60年,我国2030年前达峰、2060年前中和只有30年。"),
        (CITY, "到2035年,碳排放率先达峰后持续稳中有降。"),
        (CITY, "到2035年,碳达峰目标实现后碳排放稳中有降。"),
        (CITY, "2035年碳排放总量稳中有降,较峰值明显下降。"),
        (CITY, "到2035年,碳排放达峰并稳中有降。"),
        (CITY, "到2035年,在实现碳达峰基础上,碳排放稳步下降。"),
        (CITY, "展望2035年,全市能源消费总量得到合理控制,碳排放总量达到峰值后稳中有降。"),
        (CITY, "到2035年,全市生产生活方式绿色转型成效显著,碳排放达峰后稳中趋降。"),
        (CITY, "到2035年,碳排放达峰后下降。"),
        (CITY, "到2035年,全市碳排放达峰之后实现稳定下降。"),
        (CITY, "到2035年,碳排放总量达到峰值且稳中有降。"),
    ],
)
def test_no_milestone_of_the_plan(title: str, sentence: str) -> None:
    assert years(title, sentence) == []


@pytest.mark.parametrize(
    ("title", "sentence", "expected"),
    [
        (CITY, "全省提出到2030年前实现碳达峰,全市力争2028年前实现碳达峰。", [2028]),
        (CITY, "力争与全省同步实现2030年前碳达峰。", [2030]),
        (CITY, "全市二氧化碳排放量力争于2030年前达到峰值。", [2030]),
        (
            CITY,
            "到2030年,全市单位地区生产总值二氧化碳排放比2005年下降65%以上,顺利实现2030年前碳达峰目标。",
            [2030],
        ),
        (CITY, "展望2035年,全市碳排放在2030年前达峰后稳中有降。", [2030]),
        (
            CITY,
            "到2060年,绿色低碳循环发展的经济体系全面建立,非化石能源消费比重达到80%以上,碳中和目标顺利实现。",
            [2060],
        ),
        (CITY, "2030年前,有色金属行业碳达峰。", [2030]),
        (CITY, "“十五五”时期,确保2030年前实现碳达峰。", [2030]),
        (CITY, "巩固达峰成果,2030年前实现碳达峰后稳中有降。", [2030]),
        (PROVINCE, "全省二氧化碳排放力争于2030年前达到峰值,努力争取2060年前实现碳中和。", [2030, 2060]),
        (COUNTY, "到2030年,全区碳排放达到峰值并实现稳中有降。", [2030]),
        (COUNTY, "全区2028年前实现碳达峰。", [2028]),
        (
            "关于推动能源绿色低碳转型的实施意见",
            "到2030年,非化石能源消费比重达到25%,二氧化碳排放力争2030年前达到峰值。",
            [2030],
        ),
        (CITY, "到2030年前二氧化碳排放达到峰值,并力争尽早达峰。", [2030]),
        (CITY, "2030年,经济社会发展全面绿色转型取得显著成效,碳排放量达到峰值并实现稳中有降。", [2030]),
        (CITY, "建筑领域碳排放2030年前达到峰值。", [2030]),
        (CITY, "到2030年,建筑领域二氧化碳排放达到峰值。", [2030]),
        (CITY, "到2035年,碳排放达峰后稳中有降,力争2060年前实现碳中和。", [2060]),
    ],
)
def test_own_milestone(title: str, sentence: str, expected: list[int]) -> None:
    assert years(title, sentence) == expected


def test_figures_of_a_level_above_are_quoted() -> None:
    def values(title: str, sentence: str) -> list[tuple[str, float | None]]:
        plan = read_text(f"{title}\n一、主要目标\n{sentence}\n")
        return [(target.indicator, target.value) for target in plan.targets]

    quoted = "按照省委、省政府到2025年全省可再生能源装机达到6500万千瓦的目标,我市力争达到800万千瓦。"
    assert values(CITY, quoted) == [("可再生能源装机", 800)]
    assert values(CITY, "到2025年,全国煤炭消费占比降至50%以下,全市煤炭消费占比降至40%以下。") == [
        ("全市煤炭消费占比", 40)
    ]
    assert [v for _, v in values(PROVINCE, "到2025年,全省森林覆盖率达到60%。")] == [60]
    assert [v for _, v in values(CITY, "到2025年,新能源汽车产量占全省比重达到30%。")] == [30]


with (Path(__file__).parent / "facts" / "milestones.csv").open(encoding="utf-8", newline="") as _handle:
    SENTENCES = list(csv.DictReader(_handle))


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["sentence"][:18])
def test_years_of_own_sentences_written_after_the_rules(row) -> None:
    """Sentences of cities, counties, provinces, parks, sectors, half of which only mention a peak or a neutrality."""
    assert years(row["title"], row["sentence"]) == [int(year) for year in row["years"].split()]
