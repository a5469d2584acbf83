"""Tables of a plan: indicators with their values by year, and duties by task; merged cells count everywhere."""

import re
from dataclasses import dataclass

from dafeng.plan.head import Head
from dafeng.plan.indicators import sense_of
from dafeng.plan.listing import parse_list
from dafeng.plan.model import Comparator, Duty, DutyStyle, Target
from dafeng.plan.outline import Node, node_at
from dafeng.plan.source import Cell, Table
from dafeng.plan.text import NormalText, half_width

_YEAR = re.compile(r"(20\d\d)")
_PAST = re.compile(r"现状|基期|基准|实际|完成值|现值|基数")
_SUM = re.compile(r"累计|五年|年均|增速|变化")
UNIT_IN_NAME = re.compile(r"[((]([^()()]{1,14})[))]$")
UNIT_LIKE = re.compile(r"%|‰|[吨千万亿个家座辆平方立公里米克升人户亩处项年度瓦时元倍]")
NUMBERED = re.compile(
    r"^(?:\d{1,2}[.、.)]\s*(?=[一-鿿])|\d{1,2}\s*(?=[一-鿿])(?![种万亿个项年月日大家类千百级])|[一二三四五六七八九十]{1,3}[.、.)]|[①-⑳][.、.)]?)|^[((][\d一二三四五六七八九十]{1,2}[))]"
)
VALUE = re.compile(
    r"^(?P<before>≥|≤|>|<|不低于|不少于|不高于|不超过|控制在|大于|小于|约|达到|降低|下降|提高|增长|年均|[-—](?=\d)|\+)*\[?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)(?:[-—~](?P<high>\d+(?:\.\d+)?))?(?P<percent>%?)(?P<unit>[^\d\[\]以左()]{0,8}?)\]?(?P<after>以上|以下|以内|左右|及以上|\(累计\)|\[累计\])?$"
)
_DEFERRED = re.compile(r"下达|确定|批复|要求|国家任务|省级任务")
EMPTY = frozenset(("", "/", "-", "—", "——", "--", "…", "*", "无"))


@dataclass(frozen=True, slots=True)
class TableReadings:
    """What the tables of a document say."""

    targets: tuple[Target, ...]
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int
    years: dict[int, int]
    sums: list[int]
    past: dict[int, int]
    unit: int | None
    nature: int | None
    bodies: list[int]
    leads: list[int]
    first_value: int


def read_tables(normal: NormalText, nodes: list[Node], head: Head) -> TableReadings:
    """Targets and duties of every table whose header tells its columns."""
    targets: list[Target] = []
    duties: list[Duty] = []
    last: _Columns | None = None
    past = head.issue_year - 1 if head.issue_year else 2020
    for number, table in enumerate(normal.source.tables, start=1):
        rows = [[_plain(cell) for cell in row] for row in table.rows]
        header, columns = _columns(rows, past)
        if columns is None:
            if last is None or not rows or len(rows[0]) <= last.first_value:
                continue
            header, columns = 0, last
        last = columns
        node = node_at(nodes, normal.position(table.start))
        locator = node.locator if node else "前言"
        if columns.years or columns.sums:
            for r in range(header, len(rows)):
                targets += _row(normal, table, rows, r, columns, locator)
        elif columns.bodies or columns.leads:
            for r in range(header, len(rows)):
                duty = _duty(normal, table, rows, r, columns, nodes, f"{locator}·表{number}行{r}")
                if duty is not None:
                    duties.append(duty)
    return TableReadings(tuple(targets), tuple(duties))


def _plain(cell: Cell) -> str:
    return half_width(re.sub(r"\s+", "", cell.text))


_HEADER_WORDS = re.compile(r"指标|年|单位|属性|序号|任务|内容|类别|名称|部门|目标|现状|累计")


def _columns(rows: list[list[str]], past: int) -> tuple[int, _Columns | None]:
    """(first row of data, columns); None where the first rows are no header."""
    height = _header_height(rows)
    if not height or height == len(rows):
        return 0, None
    merged = ["".join(dict.fromkeys(rows[r][c] for r in range(height))) for c in range(len(rows[0]))]
    bodies = _all(merged, r"(?:责任|配合|参与|协办|实施)(?:单位|部门|主体)")
    leads = _all(merged, r"(?:牵头|主办|主责)(?:单位|部门)")
    years: dict[int, int] = {}
    before: dict[int, int] = {}
    sums: list[int] = []
    for c, text in enumerate(merged):
        found = _YEAR.findall(text)
        if _SUM.search(text) and "现状" not in text:
            sums.append(c)
        elif found:
            (before if _PAST.search(text) or int(found[-1]) <= past else years)[c] = int(found[-1])
    name = _name_column(merged, bool(years))
    if name is None or not (years or bodies or leads or sums):
        return 0, None
    unit = next(iter(_all(merged, r"^(?:计量)?单位$")), None)
    nature = next(iter(_all(merged, r"属性|性质")), None)
    first = min([*years, *before, *sums], default=len(merged) - 1)
    return height, _Columns(name, years, sums, before, unit, nature, bodies, leads, first)


def _header_height(rows: list[list[str]]) -> int:
    height = 0
    for r, row in enumerate(rows[:4]):
        values = [text for text in row if VALUE.match(text) and not re.match(r"20\d\d(?:年|$)", text)]
        if (r and values) or not any(_HEADER_WORDS.search(text) for text in row):
            break
        height = r + 1
    return height


def _all(header: list[str], pattern: str) -> list[int]:
    return [c for c, text in enumerate(header) if re.search(pattern, text)]


def _name_column(header: list[str], has_years: bool) -> int | None:
    """The column that names the indicator or the task."""
    for c in _all(header, r"指标|名称"):
        if not re.search(r"属性|性质|类[别型]|单位|值", header[c]):
            return c
    for c in _all(header, r"任务|内容|事项|措施|项目|工作"):
        return c
    return next((c for c in range(len(header)) if "序号" not in header[c]), 0) if has_years else None


def _row(
    normal: NormalText, table: Table, rows: list[list[str]], r: int, columns: _Columns, locator: str
) -> list[Target]:
    row, cells = rows[r], table.rows[r]
    name = row[columns.name]
    if not name or len({id(cell) for cell in cells}) <= 2:
        return []
    parts = [name]
    for c in range(columns.name + 1, columns.first_value):
        if c != columns.unit and row[c] and row[c] not in parts and not VALUE.match(row[c]):
            parts.append(row[c])
    indicator, unit = _name_and_unit(parts[0])
    if columns.unit is not None and row[columns.unit]:
        unit = row[columns.unit]
    scope = "·".join(parts[1:]) or None
    if scope and UNIT_IN_NAME.search(scope) and unit is None:
        scope, unit = _name_and_unit(scope)
    nature = row[columns.nature] if columns.nature is not None else ""
    baseline = next(
        (
            (year, _number(row[c]))
            for c, year in sorted(columns.past.items(), key=lambda i: -i[1])
            if _number(row[c]) is not None
        ),
        None,
    )
    made: list[Target] = []
    last_year = max(columns.years.values(), default=None)
    for c, year in [*columns.years.items(), *((c, last_year) for c in columns.sums)]:
        target = _cell(row[c], indicator, unit, c in columns.sums)
        if target is None or year is None:
            continue
        span = normal.span(normal.position(cells[c].start), normal.position(cells[c].end))
        made.append(
            target.model_copy(
                update={
                    "locator": locator,
                    "year": year,
                    "scope": scope,
                    "span": span,
                    "nature": "binding" if "约束" in nature else "expected" if "预期" in nature else None,
                    "baseline_year": baseline[0] if baseline else None,
                    "baseline_value": baseline[1] if baseline else None,
                    "departments": _bodies(row, columns),
                }
            )
        )
    return made


def _name_and_unit(name: str) -> tuple[str, str | None]:
    name = NUMBERED.sub("", name)
    match = UNIT_IN_NAME.search(name)
    if match and UNIT_LIKE.search(match.group(1)) and not re.search(r"[一-鿿]{5,}", match.group(1)):
        return name[: match.start()], match.group(1)
    return name, None


def _number(text: str) -> float | None:
    match = VALUE.match(text)
    return float(match.group("number").replace(",", "")) if match else None


def _cell(text: str, indicator: str, unit: str | None, is_sum: bool) -> Target | None:
    if text in EMPTY:
        return None
    match = VALUE.match(text)
    if match is None:
        if _DEFERRED.search(text):
            return Target(
                locator="",
                indicator=indicator,
                comparator=Comparator.DEFERRED,
                modality=text[:20],
                confidence=0.9,
            )
        return None
    words = (match.group("before") or "") + (match.group("after") or "")
    comparator = Comparator.EQUAL
    if re.search(r"降低|下降|[-—]", match.group("before") or "") or re.search(
        r"(?:降低|下降|减排|削减|降幅)(?:率|量|比例|幅度)?$", indicator
    ):
        comparator = Comparator.FALL
    elif re.search(r"≥|>|不低于|不少于|大于|以上", words):
        comparator = Comparator.AT_LEAST
    elif re.search(r"≤|<|不高于|不超过|小于|以下|以内|控制在", words):
        comparator = Comparator.AT_MOST
    elif re.search(r"左右|约", words):
        comparator = Comparator.ABOUT
    elif re.search(r"提高|增长|\+", words) or re.search(r"(?:提高|增长)(?:率|幅度)?$", indicator):
        comparator = Comparator.RISE
    high = float(match.group("high")) if match.group("high") else None
    if high is not None:
        comparator = Comparator.RANGE
    own = "%" if match.group("percent") else match.group("unit") or unit
    return Target(
        locator="", indicator=indicator, comparator=comparator, sense=sense_of(indicator, comparator),
        value=float(match.group("number").replace(",", "")), value_high=high, unit=own or None,
        cumulative=is_sum or "[" in text or "累计" in text, modality=words,
        annual_average="年均" in words or "年均" in indicator, confidence=0.95,
    )  # fmt: skip


def _bodies(row: list[str], columns: _Columns) -> tuple[str, ...]:
    names: list[str] = []
    for c in [*columns.leads, *columns.bodies]:
        parsed = parse_list(row[c]) if c < len(row) and row[c] else None
        names += parsed[0] if parsed else ()
    return tuple(dict.fromkeys(names))


def _duty(
    normal: NormalText,
    table: Table,
    rows: list[list[str]],
    r: int,
    columns: _Columns,
    nodes: list[Node],
    place: str,
) -> Duty | None:
    row, cells = rows[r], table.rows[r]
    names = _bodies(row, columns)
    if not names:
        return None
    lead: list[str] = []
    for c in columns.leads:
        parsed = parse_list(row[c]) if row[c] else None
        lead += parsed[0] if parsed else ()
    title = re.sub(r"[。;,]", "", NUMBERED.sub("", row[columns.name]))
    node = next(
        (one for one in nodes if len(one.title) > 3 and (one.title in title or title in one.title)), None
    )
    first = min(cells[c].start for c in [*columns.leads, *columns.bodies])
    end = max(cells[c].end for c in [*columns.leads, *columns.bodies])
    return Duty(
        locator=node.locator if node else place, departments=names, lead=tuple(dict.fromkeys(lead)),
        style=DutyStyle.TABLE, span=normal.span(normal.position(first), normal.position(end)), confidence=0.9,
    )  # fmt: skip
