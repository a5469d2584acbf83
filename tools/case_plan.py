"""The plan as facts: headings as short names, departments, targets; none of its sentences."""

import re
from pathlib import Path

from case_sources import Sources
from shared_tables import Row, read_rows

from dafeng.plan import Comparator, Duty, Plan, PlanFinding, Sense, Target, Task, plan_from_dict

ORGANISATIONS = (
    "id",
    "name_zh",
    "name_en",
    "aliases",
    "level",
    "valid_from",
    "valid_to",
    "source",
    "grade",
    "note",
)
COMPARATORS = {
    "=": Comparator.EQUAL,
    ">=": Comparator.AT_LEAST,
    "<=": Comparator.AT_MOST,
    "≈": Comparator.ABOUT,
    "ALL": Comparator.ALL,
    "DEFERRED": Comparator.DEFERRED,
    "MILESTONE": Comparator.MILESTONE,
    "<基准": Comparator.BETTER_THAN,
}
BETTER_DOWN = ("原油一次性加工能力", "能耗", "二氧化碳排放")
# figures of 2020 in the table of another plan of the city: indicator, where the figure stands, unit
ECOLOGY = (
    ("nonfossil_share", r"非化石能源占一次能源消费比例（%）\s*([\d.]+)", "%"),
    ("forest_cover", r"15\.\s*森林覆盖率（%）\s*([\d.]+)", "%"),
)
ALIASES = {"市市场监管局": "市市场监督管理局"}
# id, Chinese name, English name, level, note
BODIES = [
    ("drc", "市发改委", "Development and Reform Commission", "city", ""),
    ("miit", "市工信局", "Industry and Information Technology Bureau", "city", ""),
    ("natural_resources", "市自然资源局", "Natural Resources Bureau", "city", ""),
    ("ecology", "市生态环境局", "Ecology and Environment Bureau", "city", ""),
    ("science", "市科技局", "Science and Technology Bureau", "city", ""),
    ("housing", "市住建局", "Housing and Urban-Rural Development Bureau", "city", ""),
    ("commerce", "市商务局", "Commerce Bureau", "city", ""),
    (
        "market",
        "市市场监督管理局",
        "Market Regulation Bureau",
        "city",
        "also written 市市场监管局 in 三(五)2",
    ),
    ("transport", "市交通运输局", "Transport Bureau", "city", ""),
    ("agriculture", "市农业农村局", "Agriculture and Rural Affairs Bureau", "city", ""),
    ("sasac", "市国资委", "State-owned Assets Commission", "city", ""),
    ("urban_management", "市城管局", "Urban Management Bureau", "city", ""),
    ("port", "市港口航运管理局", "Port and Shipping Administration", "city", ""),
    ("grid", "国网九江供电公司", "State Grid Jiujiang Power Supply Company", "enterprise", ""),
    ("water", "市水利局", "Water Resources Bureau", "city", ""),
    ("police", "市公安局", "Public Security Bureau", "city", ""),
    ("universities", "市属及驻市高校", "Universities in the city", "group", "a group without members"),
    ("emergency", "市应急管理局", "Emergency Management Bureau", "city", ""),
    ("education", "市教育局", "Education Bureau", "city", ""),
    ("forestry", "市林业局", "Forestry Bureau", "city", ""),
    ("post", "市邮政管理局", "Postal Administration", "vertical", ""),
    ("offices", "市机关事务管理局", "Government Offices Administration", "city", ""),
    ("cbirc", "九江银保监分局", "Banking and Insurance Regulatory Branch", "vertical", "renamed later"),
    ("pbc", "人行九江中支", "People's Bank of China, Jiujiang Branch", "vertical", "renamed later"),
    ("gongqingcheng", "共青城市人民政府", "Gongqingcheng Government", "county", ""),
    ("coop", "市供销联社", "Supply and Marketing Cooperative", "cooperative", ""),
    ("organisation", "市委组织部", "Organisation Department of the Party Committee", "party", ""),
    ("weather", "市气象局", "Meteorological Bureau", "vertical", ""),
    ("tax", "市税务局", "Tax Bureau", "vertical", ""),
    ("finance", "市财政局", "Finance Bureau", "city", ""),
    ("financial_office", "市金融办", "Financial Affairs Office", "city", "renamed later"),
    ("ruichang", "瑞昌市人民政府", "Ruichang Government", "county", ""),
]


def organisations(sources: Sources) -> list[Row]:
    """The 32 bodies of the duty lists, valid from the plan's issue; end dates are not known."""
    alias_of = {full: short for short, full in ALIASES.items()}
    return [
        {
            "id": ident,
            "name_zh": zh,
            "name_en": en,
            "aliases": alias_of.get(zh, ""),
            "level": level,
            "valid_from": "2022",
            "valid_to": "",
            "source": plan_source(sources),
            "grade": "A",
            "note": note,
        }
        for ident, zh, en, level, note in BODIES
    ]


def plan_source(sources: Sources) -> str:
    return sources.add(
        "plan-jiujiang",
        "九江市碳达峰实施方案, 九府发〔2022〕27号",
        licence="official document",
        terms="facts and figures only; its sentences are not reproduced",
    )


def plan(shared: Path) -> Plan:
    """Outline, 34 tasks, 33 duty lists and 44 targets, each with its locator."""
    tasks = _tasks((shared / "design/plan_inventory.md").read_text(encoding="utf-8"))
    targets = read_rows(shared / "data/plans/九江市_targets.csv")
    read = Plan(
        title="九江市碳达峰实施方案",
        issuer="九江市人民政府",
        document_number="九府发〔2022〕27号",
        tasks=tuple(tasks),
        duties=tuple(
            Duty(locator=task.locator, departments=task.departments, open_ended=True)
            for task in tasks
            if task.departments
        ),
        targets=tuple(_target(row) for row in targets),
        findings=(
            PlanFinding(
                code="text-cut-off",
                locator="四(四)3",
                zh="所用文本在四(四)3中断,该任务的责任单位及其后内容缺失",
                en="the text at hand ends inside 四(四)3: its duty list and all that follows are missing",
            ),
            PlanFinding(
                code="department-written-twice",
                locator="三(五)2",
                zh="市市场监管局与市市场监督管理局为同一单位",
                en="市市场监管局 and 市市场监督管理局 are the same body",
            ),
        ),
    )
    return plan_from_dict(read.as_dict())


def _tasks(text: str) -> list[Task]:
    section = text.split("## (b) Tasks and responsible departments")[1].split("### Department index")[0]
    tasks = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 3 or not re.fullmatch(r"[一二三四]\([一二三四五]\)\d", cells[0]):
            continue
        cut = cells[2].startswith("(")
        bodies = () if cut else tuple(ALIASES.get(name, name) for name in cells[2].split("、"))
        tasks.append(Task(locator=cells[0], title=cells[1], departments=bodies, complete=not cut))
    return tasks


def target_class(row: Row) -> str:
    """Q figure and year, F year without figure, D left to the province, M milestone, U no year."""
    if row["comparator"] == "DEFERRED":
        return "D"
    if row["comparator"] == "MILESTONE":
        return "M"
    if not row["year"]:
        return "U"
    return "Q" if row["value"] else "F"


def _target(row: Row) -> Target:
    comparator = COMPARATORS[row["comparator"]]
    numeric = comparator not in (
        Comparator.ALL,
        Comparator.DEFERRED,
        Comparator.MILESTONE,
        Comparator.BETTER_THAN,
    )
    down = any(word in row["indicator"] for word in BETTER_DOWN)
    departments = tuple(ALIASES.get(name, name) for name in row["departments"].split(";") if name)
    return Target(
        locator=row["locator"],
        indicator=row["indicator"],
        comparator=comparator,
        sense=Sense.BETTER_DOWN if down else Sense.BETTER_UP,
        value=float(row["value"]) if numeric else None,
        unit=row["unit"] or None,
        year=int(row["year"]) if row["year"] else None,
        modality=row["modality"],
        stretch="力争" in row["modality"],
        cumulative=row["modality"].startswith("累计"),
        benchmark=row["value"] if comparator is Comparator.BETTER_THAN else None,
        departments=departments,
        class_=target_class(row),
    )


def known_before(shared: Path, sources: Sources) -> list[Row]:
    """What other plans and reports say of the plan's indicators before their target year: no verdict, but a start."""
    text = (shared / "data/plans/九江市_十四五生态环境保护规划.txt").read_text(encoding="utf-8")
    found = []
    for indicator, pattern, unit in ECOLOGY:
        figure = re.search(pattern, text)
        if figure is None:
            raise ValueError(f"{indicator} is not in the table of the ecology plan")
        found.append(
            _known(indicator, "2020", figure[1], unit, "plan-ecology", "A", "indicator table, value of 2020")
        )
    [refinery] = [
        row for row in read_rows(shared / "data/demand/jiujiang_industry.csv") if row["id"] == "jji-0018"
    ]
    source = sources.cite("plant", refinery["source"], refinery["source_url"])
    note = "jji-0018; capacity after the upgrade; no later figure was found"
    found.append(
        _known("crude_processing_capacity", refinery["year"], refinery["capacity"], "万吨", source, "D", note)
    )
    return found


def _known(indicator: str, year: str, value: str, unit: str, source: str, grade: str, note: str) -> Row:
    return {
        "indicator": indicator, "region": "360400", "year": year, "value": value, "unit": unit,
        "source": source, "grade": grade, "note": note,
    }  # fmt: skip
