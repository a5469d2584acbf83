"""Header of a yearbook table: the fuel, the unit and the year of each column."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dafeng.inventory.balance.equivalents import printed_unit, unit_scale
from dafeng.inventory.balance.figures import FIGURE, text_of
from dafeng.inventory.balance.names import FuelName, find_fuel
from dafeng.units import is_unit

Grid = Sequence[Sequence[object]]

_UNIT = re.compile(r"\(([^()]+)\)")
_COMMON_UNIT = re.compile(r"(?:单位|unit)\s*:\s*(\S[^)]*)", re.IGNORECASE)
_PARTED = re.compile(r"^(.+?)[_/::,、;]([^_/::,、;]+)$")
"""A fuel and its unit parted by a sign: 原煤_万吨."""
_BRACKETS = str.maketrans("[]{}【】〔〕〈〉", "()()()()()")
_CONSUMPTION = re.compile(r"(?:的?(?:终端)?(?:消费|消耗|使用)(?:总)?量?|用量)$")
"""What a panel says behind the fuel: 原煤消费量."""
_YEAR = re.compile(r"^((?:19|20)\d\d)(?:\.0)?\s*年?$")
_DATED = 2


def bare(text: str) -> str:
    return _fuel_alone(_UNIT.sub("", _bracketed(text)).strip())


def _fuel_alone(text: str) -> str:
    """The fuel without what a panel says behind it.

    >>> _fuel_alone("原煤消费量"), _fuel_alone("原煤"), _fuel_alone("能源消费总量")
    ('原煤', '原煤', '能源消费总量')
    """
    alone = _CONSUMPTION.sub("", text)
    return alone if alone != text and find_fuel(text) is None and find_fuel(alone) is not None else text


def _bracketed(text: str) -> str:
    """A header cell with its unit in brackets where a sign parts the two.

    >>> _bracketed("原煤_万吨"), _bracketed("Non_fuel")
    ('原煤(万吨)', 'Non_fuel')
    """
    text = text.translate(_BRACKETS)
    parted = _PARTED.match(text)
    if parted is None or find_fuel(parted[1]) is None or not is_unit(printed_unit(parted[2])):
        return text
    return f"{parted[1]}({parted[2]})"


def columns_of(header: Sequence[Sequence[object]]) -> tuple[dict[int, tuple[str, str]], tuple[str, ...]]:
    """Column → (fuel, unit), and the columns whose units disagree.

    The fuel is the lowest header cell that names one, the unit the lowest that fits the fuel: bilingual
    headers have a Chinese and an English line of units, of which one may be blank or belong to another
    kind.
    """
    texts = [[_bracketed(text_of(cell)) for cell in line] for line in header]
    stated = next((m[1].strip() for line in texts for t in line if (m := _COMMON_UNIT.search(t))), "")
    # a line that holds a unit and nothing else is that of all columns: (10 000 tce)
    alone = [t for line in texts if len(only := [t for t in line if t]) == 1 for t in only]
    stated = stated or next((unit for t in alone if (unit := _unit_of(t))), "")
    found: dict[int, tuple[str, str]] = {}
    chosen: list[str] = []
    for c in range(1, max((len(line) for line in texts), default=0)):
        cells = ["" if _YEAR.match(line[c]) else line[c] for line in texts if c < len(line)]
        fuel = _fuel_of(cells)
        if not fuel:
            continue
        # a unit broken over two lines, as 亿千瓦 and 小时, counts as one
        broken = [f"{a}{b}".replace(")(", "") for a, b in pairwise(cells)]
        name = find_fuel(fuel)
        units = [unit for text in (*reversed(cells), stated) if (unit := _unit_of(text))]
        fitting = [unit for unit in units if _fits(unit, name)]
        fitting = fitting or [unit for text in broken if _fits(unit := _unit_of(text), name)]
        # no unit at all: what stands there is named in the refusal
        other = [
            t
            for text in cells
            if (t := text.strip("()")) and not find_fuel(bare(text)) and not FIGURE.match(t)
        ]
        found[c] = (fuel, next(iter((*fitting, *units, *other[::-1])), ""))
        if fitting and len({_fits(unit, name) for unit in units}) > 1:
            chosen.append(f"{fuel}: {fitting[0]} ({', '.join(dict.fromkeys(units[::-1]))})")
    return found, tuple(chosen)


def _fits(unit: str, fuel: FuelName | None) -> float | None:
    """Fuel units per printed unit; a total of fuels is in coal equivalent."""
    if fuel is None or fuel.kind == "total":
        return 1.0
    return unit_scale(unit, fuel)[0]


def _unit_of(text: str) -> str:
    """The unit that a header cell holds, alone or in brackets behind the name."""
    inside = [m.strip() for m in _UNIT.findall(text)]
    candidates = (*reversed(inside), text, *text.split())
    return next((u for u in candidates if u and not find_fuel(u) and is_unit(printed_unit(u))), "")


def unit_of(text: str) -> str:
    """Return the unit that a title states for all columns (单位:万吨), else nothing."""
    stated = _COMMON_UNIT.search(text)
    return "" if stated is None else _unit_of(stated[1].split()[0].rstrip(")"))


def _fuel_of(cells: list[str]) -> str:
    """Fuel that a column's header names, lowest cell first.

    A name broken over two lines counts as one.
    """
    texts = [text for cell in cells if (text := cell if find_fuel(cell) else bare(cell))]
    for i in reversed(range(len(texts))):
        broken = [f"{texts[i - 1]}{texts[i]}", f"{texts[i - 1]} {texts[i]}"] if i else []
        for name in (*broken, texts[i]):
            if find_fuel(name):
                return name
    return ""


def years_of_columns(header: Grid, columns: Iterable[int]) -> dict[int, str]:
    """Return the year over each column, where a line of the header holds several; a year holds up to the next.

    >>> years_of_columns([["项目", "2018", "", "2019", ""], ["", "原煤", "焦炭", "原煤", "焦炭"]], (1, 2, 3, 4))
    {1: '2018', 2: '2018', 3: '2019', 4: '2019'}
    """
    for line in header:
        years = {c: m[1] for c, cell in enumerate(line) if (m := _YEAR.match(text_of(cell)))}
        if len(years) >= _DATED:
            starts = sorted(years)
            return {c: years[max(s for s in starts if s <= c)] for c in columns if c >= starts[0]}
    return {}
