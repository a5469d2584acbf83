"""Yearbook layout: fuels as columns, balance rows as lines, titles, units and footnotes around."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dafeng.evidence import Finding, Severity, Text
from dafeng.factors import table
from dafeng.inventory.balance.entries import BLANKS, CHINESE_DIGITS, NO_YEAR, Entry
from dafeng.inventory.balance.figures import FIGURE, figure_of, mend_of, plain, text_of
from dafeng.inventory.balance.headers import Grid, bare, columns_of, years_of_columns
from dafeng.inventory.balance.names import find_fuel, find_row
from dafeng.inventory.balance.refusals import Refusals

Where = Callable[[int, int], str]

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_NUMBER = FIGURE
_FOOTNOTE = re.compile(r"^(注|Note|资料来源|数据来源|Source|a\)|①|\*|\(?1\)\s)", re.IGNORECASE)
_TITLE = re.compile(r"平衡表|energy balance|energy inventory", re.IGNORECASE)
_PLACE = re.compile(r"([一-鿿]{2,8}?(?:市|自治州|地区|盟|县|区))(?=\d*年?度?(?:综合)?能源平衡表)")
NO_BALANCE = Text("请检查是否选错了文件或工作表", "check that it is the right file and sheet")
_KEYS = ("NO", "NE", "IE", "C")
_LABEL_COLUMNS = 4
_MIN_FUELS = 2
_HEADINGS = ("项目", "指标", "行业", "名称", "分类", "item", "items", "row", "sector", "energy_inventory")
"""First cell of a header that may name a single fuel."""
YEAR_COLUMN = (
    "year", "年份", "年", "年度", "统计年度", "会计年度", "时间", "time", "time_period", "time period", "period",
)  # fmt: skip
REGION_COLUMN = (
    "region", "province", "地区", "省份", "城市", "省", "市", "省份名称", "地区名称", "城市名称", "所属省份", "行政区", "country",
    "geo", "location", "geopolitical entity (reporting)",
)  # fmt: skip


@dataclass
class Block:
    """Run of data lines under one header; `columns` gives fuel and unit of each column, `dated` its own year."""

    columns: dict[int, tuple[str, str]]
    title: str
    years: int | None
    regions: int | None
    lines: list[int] = field(default_factory=list)
    units_chosen: tuple[str, ...] = ()
    dated: dict[int, str] = field(default_factory=dict)


def blocks_of(grid: Grid) -> list[Block]:
    """Split a sheet into blocks: a yearbook table continued under a second header (续表) has several.

    A header is whatever is above a data line (a balance row with numbers) and names at least two fuels.
    """
    blocks: list[Block] = []
    zone: list[int] = []
    for r, line in enumerate(grid):
        label = _label(line)
        numbers = any(_NUMBER.match(text_of(c)) for c in line[1:])
        fuels = 0 if numbers and find_row(label) else _fuels_in(line)
        if numbers and fuels < _MIN_FUELS and (find_row(label) or (blocks and not _is_heading(line, label))):
            if zone and _is_header([grid[z] for z in zone]):
                blocks.append(_block(grid, zone))
                zone = []
            if blocks:
                blocks[-1].lines += [*zone, r]
                zone = []
                continue
        zone.append(r)
    if blocks:
        blocks[-1].lines += zone
    return blocks


def _is_header(zone: Sequence[Sequence[object]]) -> bool:
    """Whether lines above figures name fuels: two, or one behind a heading (项目)."""
    counts = [_fuels_in(line) for line in zone]
    headed = any(
        count and text_of(line[0]).replace(" ", "").casefold() in _HEADINGS
        for count, line in zip(counts, zone, strict=True)
    )
    return sum(counts) >= _MIN_FUELS or headed


def _is_heading(line: Sequence[object], label: str) -> bool:
    """A title with its year in a cell of its own, or a line that numbers the columns (甲 乙 1 2 3)."""
    numbers = [text for c in line if _NUMBER.match(text := text_of(c))]
    counted = [str(int(float(numbers[0].replace(",", ""))) + i) for i in range(len(numbers))]
    numbering = len(numbers) > _MIN_FUELS and [n.removesuffix(".0") for n in numbers] == counted
    return numbering or bool(_TITLE.search(label))


def _fuels_in(line: Sequence[object]) -> int:
    return sum(find_fuel(bare(text_of(c))) is not None for c in line if text_of(c))


def _block(grid: Grid, zone: list[int]) -> Block:
    header = [grid[r] for r in zone if not is_footnote(grid[r])]
    lines = [" ".join(text_of(c) for c in line if text_of(c)) for line in header]
    titles = [line for line in lines if _TITLE.search(line)]
    found: dict[str, int] = {}
    for line in header:
        for c, cell in enumerate(line[:_LABEL_COLUMNS]):
            for name, spellings in (("year", YEAR_COLUMN), ("region", REGION_COLUMN)):
                if text_of(cell).casefold() in spellings:
                    found.setdefault(name, c)
    columns, chosen = columns_of(header)
    title = " ".join([*titles, *lines])
    dated = years_of_columns(header, columns)
    return Block(columns, title, found.get("year"), found.get("region"), units_chosen=chosen, dated=dated)


def read_grid(
    name: str, grid: Grid, where: Where, findings: list[Finding], problems: Refusals, context: str = ""
) -> list[Entry]:
    """Read the entries of one table of cells, dated and placed with `name` and `context` (sheet, file).

    The header is everything above the first line with a balance row and numbers; each column's fuel and
    unit are located in it by name, so editions with other columns need no change. Year and region come from
    columns of that name, from the title, the sheet or the file. Footnotes are skipped, with a finding.
    Refused: a cell that holds neither number nor blank, numbers without a row name; a nameless line of
    zeros is nothing.
    """
    blocks = blocks_of(grid)
    if not blocks:
        problems.add(
            name,
            Text("没有一行既有平衡表行名又有数值", "no line with a balance row and numbers"),
            Text("能源平衡表", "an energy balance"),
            NO_BALANCE,
            kind="sheet",
        )
        return []
    entries: list[Entry] = []
    year = region = ""
    for block in blocks:
        for told in block.units_chosen:
            zh, en = (
                f"表头各行单位不一,按适合该品种的一行:{told}",
                f"unit lines differ; the one that fits the fuel counts: {told}",
            )
            findings.append(Finding("unit-line-chosen", Severity.WARNING, where(block.lines[0], 0), zh, en))
        year = year_in(block.title) or year_in(context) or year
        region = region_in(block.title) or region_in(context) or region
        for r in block.lines:
            line = grid[r]
            if is_footnote(line) or not _holds_numbers(line, block):
                _tell_footnote(line, where(r, 0), findings)
                continue
            when = year if block.years is None else text_of(line[block.years]).removesuffix(".0")
            place = region if block.regions is None else text_of(line[block.regions])
            entries += _line_entries(line, r, block, where, place, when or NO_YEAR, problems)
    return entries


def _line_entries(
    line: Sequence[object], r: int, block: Block, where: Where, region: str, year: str, problems: Refusals
) -> list[Entry]:
    label = _label(line)
    if not label:
        # CEADs' sheets part their blocks by nameless lines of zeros
        if any(
            float(t.replace(",", ""))
            for c in block.columns
            if c < len(line) and _NUMBER.match(t := text_of(line[c]))
        ):
            problems.add(
                where(r, 0),
                Text("有数值而没有行名", "numbers without a row name"),
                Text("能源平衡表的一行", "a row of the energy balance"),
                Text("补写行名,或删去此行", "write the name of the row, or remove the line"),
                kind="row",
                region=region,
            )
        return []
    entries, common = [], year
    for c, (fuel, unit) in block.columns.items():
        year = block.dated.get(c, common)
        text = figure_of(text_of(line[c])) if c < len(line) else ""
        if plain(text) in BLANKS:
            continue
        if not _NUMBER.match(text) and text not in _KEYS:
            problems.add(
                where(r, c),
                text,
                Text("数字或空白", "a number or a blank cell"),
                mend_of(text),
                kind="value",
                region=region,
                year=int(year) if year.isdecimal() else 0,
                row=label,
                fuel=fuel,
            )
            continue
        entries.append(Entry(where(r, c), region, label, fuel, year, text, unit))
    return entries


def _holds_numbers(line: Sequence[object], block: Block) -> bool:
    """Whether a line has a figure, or anything else in a recognised row, under a fuel."""
    texts = [text_of(line[c]) for c in block.columns if c < len(line)]
    known = find_row(_label(line)) is not None
    return any(_NUMBER.match(text) or (known and plain(text) not in BLANKS) for text in texts)


def address(row: int, column: int) -> str:
    """Return the A1 address of a cell, both counted from 0. `address(6, 27)` is AB7.

    >>> address(6, 27)
    'AB7'
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _label(line: Sequence[object]) -> str:
    """Row name in the first columns: a recognised one, else the first text."""
    texts = [t for t in (text_of(c) for c in line[:_LABEL_COLUMNS]) if t and not _NUMBER.match(t)]
    return next((t for t in texts if find_row(t)), texts[0] if texts else "")


def year_in(text: str) -> str:
    """Return the year that a title names, in figures or in Chinese.

    >>> year_in("江西能源平衡表-2014"), year_in("二〇二〇年能源平衡表"), year_in("能源平衡表")
    ('2014', '2020', '')
    """
    found = _YEAR.search(text) or _YEAR.search(text.translate(CHINESE_DIGITS))
    return found[1] if found else ""


def region_in(text: str) -> str:
    """Return the place that a title names.

    A city before 能源平衡表, else a province in Chinese or English.

    >>> region_in("江西能源平衡表(实物量)-2014"), region_in("Jiangxi2018"), region_in("九江市能源平衡表")
    ('江西', 'Jiangxi', '九江市')
    """
    city = _PLACE.search(text)
    if city:
        return city[1]
    letters = re.sub(r"[^a-z]", "", text.casefold())
    for row in table("regions").to_dict("records"):
        if str(row["name_zh"]) in text:
            return str(row["name_zh"])
        english = re.sub(r"[^a-z]", "", str(row["name_en"]).casefold())
        if english and english in letters:
            return str(row["name_en"])
    return ""


def is_footnote(line: Sequence[object]) -> bool:
    """Check whether a line is a note or a source."""
    first = next((text_of(c) for c in line if text_of(c)), "")
    return bool(_FOOTNOTE.match(first))


def _tell_footnote(line: Sequence[object], place: str, findings: list[Finding]) -> None:
    text = " ".join(text_of(c) for c in line if text_of(c))
    if text and is_footnote(line):
        findings.append(Finding("footnote", Severity.NOTE, place, f"脚注:{text}", f"footnote: {text}"))


def merged_numbers(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]],
    blocks: Sequence[Block],
    where: Where,
    problems: Refusals,
) -> set[str]:
    """Refuse every merged range that covers a number's cell, whose owner is ambiguous.

    Returns the places of its cells.
    """
    places: set[str] = set()
    for (top, left), (bottom, right) in ranges:
        inside = any(
            top <= r <= bottom and left <= c <= right
            for block in blocks
            for r in block.lines
            for c in block.columns
        )
        if inside:
            place = f"{where(top, left)}:{address(bottom, right)}"
            problems.add(
                place,
                Text("合并单元格", "merged cells"),
                Text("每格一个数值", "one cell per number"),
                Text("请取消合并并逐格填写", "unmerge and fill in"),
                kind="merged",
            )
            places |= {where(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    return places
