"""Subject of a value: the words before its verb, without those that only carry the sentence."""

import re

from dafeng.plan.targets.indicators import looks_like_indicator

_LEAD = re.compile(
    r"^(?:[、,;和及与]|[较比](?:历史)?峰值(?:水平)?|含(?![量水碳氧硫税氮盐])|规划(?=全[省市县区州]|到20)|以及|并且?|且|其中|同时|另外|此外|分别|预计|力争|争取|确保|努力|实现|推动|促进|带动|引导|使得?|将|把|到|各地(?!区)|要|应|年均|平均每年|每年|累计(?!量)|完成(?![率量度情])|投产(?!率)|(?:有力)?支撑(?![能体])|早日|做到|逐步|不断|持续|加快|基本|进一步|稳步|"
    r"改造后(?:整体)?(?!的)|推进|力促|保证|全力|积极|在此基础上|期间|末|底|前|,|“|”|——|—|左右|全部|达到|[一二三四五六]是|[一二三四五两\d]年(?:之)?内(?:实现)?|\d{1,2}[.、]|\(\d{1,2}\)|[①-⑳])+"
)
_TAIL = re.compile(
    r"(?:[、,和及]|力争早日|早日|力争|争取|确保|要|(?<![供响对适反效])应|须|将|均|都|总体|原则上|基本|进一步|逐步|稳步|年均|累计|分别|各|达|由|从|不|约|在|上|并|且|总体上|(?<=量)年|一般|整体|同比|合计|共计|水平|全部|全面|已|可|(?<![产效性功电节储氢热动核智势光风潜万用耗])能|持续|也|再|共|平均每年|每年|预计|有望|现有|的总体|最高|最低|在现有|提前|率先|的年|均要|实现|完成|目标值?|:|不得|努力|期间|时期|末|底|前|(?<!\d)[两三四五六]年(?:内|间)?|(?<!\d)\d年(?:内|间)?)+$"
)
_FROM = re.compile(r"(?:由|从)[^,;由从]{0,14}?\d[^,;]{0,14}$")
_ANOTHER = re.compile(r"^.*\d(?:次|期|场|个|项|家|人次)、(?=[^、]{2})")
_OVER = re.compile(
    r"在(?:现有|原有|现行|国家|上年)?(?:节能|设计|基准)?(?:标准)?(?:的)?(?:水平|基础)?上?$|(?:现有|原有)水平上$"
)
_AREA = re.compile(
    r"^(?:全(?:省|市|国|县|区|州|域|自治区|社会|行业)|本市|我市|我省|我县|本省|中心城区|市辖区|城区|建成区|主城区|[一-鿿]{2,8}?(?:中心城区|市辖区|建成区))"
)
_HEAD = re.compile(
    r"(?:单位(?!建|的|和)|新能源|碳排放|综合能耗|装机|覆盖率|替代率|利用率|回收率|处理率|占比|比重|比例|面积|产量|产能|排放量|消费量|能耗|电耗|水耗|煤耗|数量|使用量|施用量|货运量|联运量|保有量|销量|回收利用量|回收量|产生量|交易量)"
)


def clean_subject(words: str) -> str:
    """Strip the subject: 全市非化石能源消费比重 from 确保全市非化石能源消费比重力争 (the verb is already off)."""
    subject = words.strip()
    for _ in range(4):
        before = subject
        subject = re.sub(r"^[一二三四五六两\d]年(?:累计|内|间|年均)*$", "", subject)
        subject = _LEAD.sub("", subject)
        subject = _FROM.sub("", subject)
        subject = _ANOTHER.sub("", subject)
        subject = _TAIL.sub("", subject)
        subject = _OVER.sub("", subject)
        subject = re.sub(r"^(全[省市县区])(?:力争|争取|确保|要|率先|全面|基本|实现)+", r"\1", subject)
        subject = subject.strip(" ,;、。:“”")
        if subject == before:
            break
    if subject.count("(") != subject.count(")"):
        subject = subject.split(")")[-1] if ")" in subject and "(" not in subject else subject.split("(")[0]
    if subject.count("“") < subject.count("”") and "“" + subject not in words:
        subject = subject.replace("”", "")
    return _quotes_closed(subject) if len(subject) > 1 else ""


def _quotes_closed(words: str) -> str:
    """Restore a quotation mark that cleaning took off: “三改联动 → “三改联动”."""
    missing = words.count("“") - words.count("”")
    return words + "”" if missing > 0 else "“" + words if missing < 0 else words


def clean_object(words: str) -> str:
    """Strip the thing that is built or counted: 高标准农田 from 高标准农田 or 的 …项目."""
    subject = re.sub(
        r"^(?:的|其中|含(?![量水碳氧硫税氮盐])|年均|每年|约|近(?!零)|了|一批|各类|不少于|不低于|超过|至少)+",
        "",
        words.strip(),
    )
    subject = _ANOTHER.sub("", subject)
    subject = re.sub(r"(?:达到|达|不少于|不低于|超过|至少|约|各|总数|共|总计|共计|合计|分别)+$", "", subject)
    subject = re.sub(r"^(?:[、和及以并且]|以及)+", "", subject).strip(" ,;、。:“”")
    if subject.count("(") != subject.count(")"):
        subject = subject.split("(")[0].rstrip(")")
    return _quotes_closed(subject)


def scope_of(indicator: str) -> str | None:
    """Return the scope in front of an indicator: 全市, 中心城区 …."""
    match = _AREA.match(indicator)
    return match.group() if match else None


def split_subjects(subject: str, values: int) -> list[str]:
    """Split the subjects of 甲、乙和丙…分别达到: as many as there are values, else the whole.

    A head that only the last one has is lent to the others: 营运车辆、船舶单位换算周转量碳排放强度.
    """
    parts = [part for part in re.split(r"、|以及|和|及|与", subject) if part]
    if len(parts) != values and values > 1:
        by_mark = [part for part in subject.split("、") if part]
        parts = by_mark if len(by_mark) == values else parts
    if len(parts) != values or values < 2:
        parts = [part for part in re.split(_JOINTS_OF_INDICATORS, subject) if part]
        if len(parts) != values or values < 2:
            return [subject]
    common = re.match(r"(单位[^、]{0,12}?(?:生产总值|增加值|GDP))", parts[0])
    if common:
        return [parts[0], *(part if "单位" in part else common.group(1) + part for part in parts[1:])]
    completed = _lent_by_share(parts) or lent_by_pollutant(parts)
    if completed:
        return completed
    by_class = [_lent_by_class(part, parts[-1]) for part in parts[:-1]]
    if all(by_class):
        return [*(part + lent for part, lent in zip(parts[:-1], by_class, strict=True)), parts[-1]]
    by_level = [_lent_by_level(part, parts[-1]) for part in parts[:-1]]
    if all(by_level):
        return [*(part + lent for part, lent in zip(parts[:-1], by_level, strict=True)), parts[-1]]
    head = _HEAD.search(parts[-1])
    whole = any(_HEAD.search(part) or looks_like_indicator(part) for part in parts[:-1])
    if head and head.start() > 0 and not whole:
        lent = parts[-1][head.start() :]
        return [*(part + lent for part in parts[:-1]), parts[-1]]
    return parts


_JOINTS_OF_INDICATORS = r"、(?=[^、]*(?:率|比重|占比|比例|量|强度|能耗|排放))"
_CLASSES = "车船路县市区"


_SHARE_OF = re.compile(r"(?P<own>[^占]{2,})(?P<lent>占.{2,}(?:比重|比例|份额))")


def _lent_by_share(parts: list[str]) -> list[str]:
    """Lend what the last part is a share of: 天然气|石油|煤炭占能源消费总量的比重."""
    last = _SHARE_OF.fullmatch(parts[-1])
    if last is None or any("占" in part or looks_like_indicator(part) for part in parts[:-1]):
        return []
    return [*(part + last.group("lent") for part in parts[:-1]), parts[-1]]


_POLLUTANT = r"(?:化学需氧量|氨氮|氮氧化物|挥发性有机物|二氧化硫|总磷|总氮|颗粒物|烟粉尘|COD|VOCs|NOx|SO2)"
_POLLUTANT_FIRST = re.compile(rf"{_POLLUTANT}(?P<lent>.{{2,}})")
_POLLUTANT_LAST = re.compile(rf"(?P<lent>.*[^及]){_POLLUTANT}")


def lent_by_pollutant(parts: list[str]) -> list[str]:
    """Lend the words behind the last or before the first of a list of pollutants: 氨氮|氮氧化物重点工程减排量."""
    last, first = _POLLUTANT_FIRST.fullmatch(parts[-1]), _POLLUTANT_LAST.fullmatch(parts[0])
    if last and all(re.fullmatch(rf"(?:全[市省县区州])?{_POLLUTANT}", part) for part in parts[:-1]):
        return [*(part + last.group("lent") for part in parts[:-1]), parts[-1]]
    if first and all(re.fullmatch(_POLLUTANT, part) for part in parts[1:]):
        return [parts[0], *(first.group("lent") + part for part in parts[1:])]
    return []


_LEVEL_WORD = re.compile(
    r"(?:城市|县城|城镇|农村|乡镇|城区|国家级|[国全]?[省市县区镇乡村](?:级|域)?|中心城区|建成区|国家级|新建|既有|公共|居住|陆上|海上|集中式|分布式|一般|重点|地级|县级|设市)(?:城市)?"
)


def _lent_by_level(part: str, last: str) -> str:
    """Return the words of the last part behind its own word of level: 市, 县|污水集中收集率."""
    own = _LEVEL_WORD.match(last)
    if own is None or not _LEVEL_WORD.fullmatch(part):
        return ""
    rest = last[own.end() :]
    return rest if len(rest) >= 2 else ""


def _lent_by_class(part: str, last: str) -> str:
    """Return the words of the last part behind the word of kind that both end with: 工业锅炉, 电站锅炉|运行热效率."""
    if looks_like_indicator(part):
        return ""
    for length in range(min(len(part), 6), 0, -1):
        kind = part[-length:]
        behind = last[last.find(kind) + length :] if kind in last else ""
        if behind and (length > 1 or kind in _CLASSES):
            return behind if looks_like_indicator(behind) else ""
    return ""
