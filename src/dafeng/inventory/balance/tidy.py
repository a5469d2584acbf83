"""Tidy tables of a balance: one line a number, or one line a series with its years as columns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dafeng.evidence import DafengError, Text
from dafeng.inventory.balance.entries import NO_YEAR, TIDY, Entry
from dafeng.inventory.balance.figures import text_of
from dafeng.inventory.balance.headers import Grid, unit_of
from dafeng.inventory.balance.names import find_fuel, find_row, simplify
from dafeng.inventory.balance.yearbook import REGION_COLUMN, YEAR_COLUMN, region_in

COLUMNS: dict[str, tuple[str, ...]] = {
    "row": (
        "row", "row_zh", "row_en", "sector", "item", "项目", "行", "指标", "行业", "指标名称", "项目名称", "分项", "部门",
        "行业名称", "能源平衡项目", "能源平衡表项目", "flow", "nrg_bal", "energy balance",
    ),
    "fuel": (
        "fuel", "fuel_zh", "fuel_en", "能源品种", "品种", "能源名称", "能源", "燃料", "能源种类", "能源类型", "燃料品种",
        "product", "siec", "standard international energy product classification (siec)", "energy",
    ),
    "year": YEAR_COLUMN,
    "value": ("value", "数值", "数量", "值", "消费量", "指标值", "实物量", "obs_value", "observation value", "quantity"),
    "unit": ("unit", "单位", "计量单位", "数据单位", "unit of measure", "units", "measure"),
    "region": REGION_COLUMN,
}  # fmt: skip
"""Names of the columns of a tidy table; where a file has several of a line, the first counts."""

_HEADER_WITHIN = 8
_ALMOST_TIDY = 3
_SERIES = 2
_MOST_COLUMNS = 400
_YEAR = re.compile(r"^((?:19|20)\d\d)\s*年?(?:\.0)?$")
_FLAGGED = re.compile(r"^(-?[\d.]+(?:e[+-]?\d+)?)\s+[a-z]{1,3}$", re.IGNORECASE)
"""A number of Eurostat with its flags (p: provisional, e: estimated)."""
_STATED_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_NOT_AVAILABLE = frozenset({":", "n/a", "nan", "null", "none"})
_OUTSIDE_USE = {
    "nonenergyuse": "Non-Energy Consumption",
    "totalfinalconsumption": "Final Consumption with Feedstock",
    "finalconsumption": "Final Consumption with Feedstock",
}
"""IEA and Eurostat: non-energy use is not within the use of industry, so nothing is taken out of it; their
total of final use holds it."""

Where = Callable[[int, int], str]


@dataclass(frozen=True)
class Header:
    """Header of a tidy table: its line, the columns by name, and the columns that are years or balance rows."""

    line: int
    columns: Mapping[str, int]
    years: Mapping[int, str]
    unit: str = ""
    rows: Mapping[int, str] = field(default_factory=dict)


def tidy_header(grid: Grid) -> Header | None:
    """Find the header of a tidy table in the top lines.

    It names three of row, fuel, year, value and unit; or row and fuel, with its years as columns; or fuel and a year
    or region, with the balance rows as columns.
    """
    for r, line in enumerate(grid[:_HEADER_WITHIN]):
        names = [text_of(cell).casefold() for cell in line[:_MOST_COLUMNS]]
        bare = [_STATED_UNIT.sub("", name).strip() for name in names]
        columns = {
            column: next(i for s in spellings for i, name in enumerate(bare) if name == s)
            for column, spellings in COLUMNS.items()
            if set(bare) & set(spellings)
        }
        years = {c: m[1] for c, name in enumerate(names) if (m := _YEAR.match(name))}
        rows = {c: text for c, cell in enumerate(line) if (text := text_of(cell)) and find_row(text)}
        panel = (
            "fuel" in columns and not {"row", "value"} & set(columns) and {"year", "region"} & set(columns)
        )
        if panel and len(rows) >= _SERIES:
            return Header(r, columns, {}, "", rows)
        long = len(set(columns) & set(TIDY)) >= _ALMOST_TIDY and "fuel" in columns
        if long or ({"row", "fuel"} <= set(columns) and len(years) >= _SERIES):
            told = _STATED_UNIT.search(text_of(line[columns["value"]])) if "value" in columns else None
            return Header(r, columns, years if "value" not in columns else {}, told[1] if told else "")
    return None


def unpacked(grid: Grid) -> Grid:
    """Split the first column of a Eurostat table (freq,nrg_bal,siec,unit,geo\\TIME_PERIOD) into its parts."""
    first = text_of(grid[0][0]) if grid and grid[0] else ""
    if "\\" not in first or "," not in first:
        return grid
    return [[*text_of(line[0]).split("\\")[0].split(","), *line[1:]] if line else line for line in grid]


def tidy_entries(name: str, grid: Grid, header: Header, where: Where, context: str) -> list[Entry]:
    """Read the entries of a tidy table; a year or unit without a column is that of title or file.

    Raises: DafengError for a table without rows, fuels or values.
    """
    columns = header.columns
    missing = [
        c
        for c in ("row", "fuel", "value")
        if c not in columns and not header.rows and not (c == "value" and header.years)
    ]
    above = " ".join(text_of(c) for line in grid[: header.line] for c in line if text_of(c))
    unit = header.unit or unit_of(above)
    industry = "row" in missing and is_of_industry(above)
    missing = [c for c in missing if not (c == "row" and industry)]
    if "unit" not in columns and not unit:
        missing.append("unit")
    if missing:
        present = [text_of(c) for c in grid[header.line] if text_of(c)]
        lacks = [_TITLES[c] for c in missing]
        raise DafengError.at(
            f"{name}:{header.line + 1}",
            Text(f"列:{'、'.join(present)}", f"columns {', '.join(present)}"),
            Text(f"另有列:{'、'.join(lacks)}", f"also {', '.join(missing)}"),
            Text("补上这些列,或在标题写明单位", "add these columns, or state the unit in the title"),
        )
    dated = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", f"{above} {context}")
    fixed = {"year": dated[1] if dated else NO_YEAR, "region": region_in(above), "unit": unit}
    if industry:
        fixed["row"] = INDUSTRY
    outside = "row" in columns and text_of(grid[header.line][columns["row"]]).casefold() in (
        "flow", "nrg_bal", "energy balance",
    )  # fmt: skip
    entries = []
    for r in range(header.line + 1, len(grid)):
        line = grid[r]
        if not any(text_of(cell) for cell in line):
            continue
        cell = fixed | {c: text_of(line[i]) if i < len(line) else "" for c, i in columns.items()}
        if outside:
            cell["row"] = _OUTSIDE_USE.get(simplify(cell["row"]), cell["row"])
        series = header.years or header.rows
        for column, heading in (series or {columns.get("value", 0): ""}).items():
            value = _value(text_of(line[column]) if column < len(line) else "")
            year = heading if header.years else cell["year"]
            row = heading if header.rows else cell["row"]
            place = _place(where, r, column, series=bool(series))
            entries.append(Entry(place, cell["region"], row, _fuel(cell["fuel"]), year, value, cell["unit"]))
    return entries


_TITLES = {"row": "项目", "fuel": "能源品种", "value": "数值", "unit": "单位"}
INDUSTRY = "工业"
_OF_INDUSTRY = re.compile(r"规模以上工业|规上工业|工业企业|industrial enterprises", re.IGNORECASE)


def is_of_industry(title: str) -> bool:
    """Check whether a title says that a table without rows is of industry.

    >>> is_of_industry("规模以上工业企业主要能源消费量(2019年)"), is_of_industry("能源消费量")
    (True, False)
    """
    return bool(_OF_INDUSTRY.search(title))


def _fuel(text: str) -> str:
    """The fuel without a unit behind it (原煤(万吨))."""
    return text if find_fuel(text) else _STATED_UNIT.sub("", text).strip()


def _value(text: str) -> str:
    flagged = _FLAGGED.match(text)
    return "" if text.casefold() in _NOT_AVAILABLE else flagged[1] if flagged else text


def _place(where: Where, r: int, column: int, *, series: bool) -> str:
    """The value's cell in a sheet or a series; the line in a text whose columns have names."""
    place = where(r, column)
    return place if "!" in place or series else place.rsplit(":", 1)[0]


def turned(grid: Grid) -> Grid:
    """Return the sheet with lines and columns exchanged: fuels as lines, rows of the balance as columns."""
    width = max((len(line) for line in grid), default=0)
    return [[line[c] if c < len(line) else None for line in grid] for c in range(min(width, _MOST_COLUMNS))]


def of_years(grid: Grid, context: str) -> Grid | None:
    """Return the balance of one fuel with its years as columns (原煤平衡表) as a table of fuel and years.

    None for any other sheet. The fuel is named by the title or the sheet.
    """
    for r, line in enumerate(grid[:_HEADER_WITHIN]):
        years = [c for c, cell in enumerate(line) if _YEAR.match(text_of(cell))]
        if len(years) < _SERIES or years[0] == 0:
            continue
        titles = [text_of(c) for above in grid[:r] for c in above if text_of(c)]
        fuel = next((f for text in (*titles, context) if (f := _balance_of(text))), "")
        if not fuel:
            return None
        head = ["项目" if c == 0 else cell for c, cell in enumerate(line)]
        return [*grid[:r], [*head, "能源品种"], *([*_filled(row, len(line)), fuel] for row in grid[r + 1 :])]
    return None


def _filled(row: Sequence[object], width: int) -> list[object]:
    return [row[c] if c < len(row) else None for c in range(width)]


_BALANCE_OF = re.compile(r"([一-鿿]{1,6}?)平衡表|^(?:\S+\s)?([A-Za-z ]+?)\s+balance", re.IGNORECASE)
_WHOLE = {"能源": "能源合计", "综合能源": "能源合计"}


def _balance_of(title: str) -> str:
    """The fuel of which a title names the balance.

    >>> _balance_of("5-4 煤炭平衡表"), _balance_of("江西原煤平衡表"), _balance_of("综合能源平衡表"), _balance_of("人口")
    ('煤炭', '原煤', '能源合计', '')
    """
    found = _BALANCE_OF.search(title)
    if found is None:
        return ""
    text = (found[1] or found[2] or "").strip()
    for start in range(len(text)):
        if text[start:] in _WHOLE:
            return _WHOLE[text[start:]]
        if find_fuel(text[start:]):
            return text[start:]
    return ""


def turned_place(where: Where) -> Where:
    """Return the addresses of a sheet whose lines and columns were exchanged."""
    return lambda row, column: where(column, row)
