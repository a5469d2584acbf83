"""Header of a table: columns of the indicator, of values by year, of unit, nature and bodies."""

import re
from dataclasses import dataclass

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.table_cells import VALUE, is_value

_AIM_COLUMN = pattern("tables.aim_column")
_NO_NAME_COLUMN = pattern("tables.no_name_column")
_YEAR = pattern("tables.year_column")
_PAST = pattern("tables.past_column")
_SUM = pattern("tables.sum_column")


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers of the columns, first column 0; `header` are its words, rows of a header joined."""

    name: int
    years: dict[int, int]
    sums: list[int]
    past: dict[int, int]
    unit: int | None
    nature: int | None
    bodies: list[int]
    leads: list[int]
    first_value: int
    header: tuple[str, ...]


CAPTION = 60
"""Characters before a table that may name it."""
_HEADER_WORDS = pattern("tables.header_words")

_PLAN_END = {"十四五": 2025, "十五五": 2030, "十六五": 2035}


def years_of(text: str) -> list[int]:
    """Return the years that a header names; “十四五”末 and “十四五”目标 are 2025."""
    found = [int(year) for year in _YEAR.findall(text)]
    return found or [_PLAN_END[name] for name in re.findall(r"十[四五六]五", text)]


def read_columns(rows: list[list[str]], past: int, caption: str) -> tuple[int, Columns | None]:
    """Read (first row of data, columns); None where the first rows are no header."""
    height = _header_height(rows)
    if not height or height == len(rows):
        return 0, None
    merged = [
        "".join(dict.fromkeys(rows[r][c] for r in range(height))).rstrip(":") for c in range(len(rows[0]))
    ]
    bodies = _all(merged, r"(?:责任|配合|参与|协办|实施)(?:单位|部门|主体)")
    leads = _all(merged, r"(?:牵头|主办|主责)(?:单位|部门)")
    years: dict[int, int] = {}
    before: dict[int, int] = {}
    sums: list[int] = []
    for c, text in enumerate(merged):
        found = years_of(text)
        if _SUM.search(text) and "现状" not in text:
            sums.append(c)
        elif found:
            (before if _PAST.search(text) or found[-1] <= past else years)[c] = found[-1]
    before |= _present(merged, years)
    years = {c: year for c, year in years.items() if c not in before}
    if not years and not sums:
        years |= _by_caption(rows, merged, height, caption, past)
    name = _name_column(merged, bool(years))
    if name is None or not (years or bodies or leads or sums):
        return 0, None
    unit = next(iter(_all(merged, r"^(?:计量)?单位$")), None)
    nature = next(iter(_all(merged, r"属性|性质")), None)
    first = min([*years, *before, *sums], default=len(merged) - 1)
    return height, Columns(name, years, sums, before, unit, nature, bodies, leads, first, tuple(merged))


_AIMED = pattern("tables.aimed_column")


def _present(header: list[str], years: dict[int, int]) -> dict[int, int]:
    """Return the columns of the present state with their years.

    2022年 next to 目标值2025年 is the present state, and so is a first 2021年 next to 2025年 and 2030年.
    """
    aimed = [year for c, year in years.items() if _AIMED.search(header[c])]
    if aimed:
        return {c: y for c, y in years.items() if y < min(aimed) and not _AIMED.search(header[c])}
    first = min(years.values(), default=0)
    later = [year for year in years.values() if year > first]
    of_now = first % 5 != 0 and first < 2025 and later and all(year % 5 == 0 for year in later)
    return {c: y for c, y in years.items() if y == first} if of_now else {}


def _by_caption(
    rows: list[list[str]], header: list[str], height: int, caption: str, past: int
) -> dict[int, int]:
    """Take the year of a column 目标值 that names none from 表1 2025年主要指标, where the cells below are values."""
    found = [year for year in years_of(caption.rstrip().rsplit("\n", 1)[-1]) if year > past]
    columns = [c for c, text in enumerate(header) if _AIM_COLUMN.fullmatch(text)]
    if not found or len(columns) != 1:
        return {}
    values = [row[columns[0]] for row in rows[height:]]
    return {columns[0]: found[-1]} if any(VALUE.match(text) for text in values) else {}


def _header_height(rows: list[list[str]]) -> int:
    height = 0
    for r, row in enumerate(rows[:4]):
        values = [text for text in row if is_value(text) and not re.match(r"20\d\d(?:年|$)", text)]
        if (r and values) or not any(_HEADER_WORDS.search(text) for text in row):
            break
        height = r + 1
    return height


def _all(header: list[str], pattern: str) -> list[int]:
    return [c for c, text in enumerate(header) if re.search(pattern, text)]


def _name_column(header: list[str], has_years: bool) -> int | None:
    """Return the column that names the indicator or the task."""
    for c in _all(header, r"指标|名称"):
        if not _NO_NAME_COLUMN.search(header[c]):
            return c
    for c in _all(header, r"任务|内容|事项|措施|项目|工作"):
        return c
    return next((c for c in range(len(header)) if "序号" not in header[c]), 0) if has_years else None
