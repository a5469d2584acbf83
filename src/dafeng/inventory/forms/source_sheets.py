"""Provincial form sheet by sheet: one line a source in each chapter, electricity transfer, and completeness."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dafeng.inventory.accounts.categories import Category, categories
from dafeng.inventory.accounts.model import (
    AGRICULTURE,
    COMBUSTION,
    IMPORT,
    LAND,
    PROCESS,
    TRACE,
    WASTE,
    Inventory,
    in_equivalents,
)
from dafeng.inventory.analysis.ipcc_codes import ipcc_codes, with_codes
from dafeng.inventory.balance.names import fuel_title, row_title
from dafeng.inventory.forms.form_sheets import KEYS_TOLD, RECALLED, T_PER_WAN, Cell, FormSheet, conventions

_CHAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("能源活动", (COMBUSTION, TRACE)),
    ("工业生产过程", (PROCESS,)),
    ("农业", (AGRICULTURE,)),
    ("土地利用变化和林业", (LAND,)),
    ("废弃物处理", (WASTE,)),
)
_HEAD = (
    "IPCC编号", "排放源", "能源品种", "气体", "活动水平", "单位", "排放因子(t/单位)", "排放量(t)", "CO2当量(万吨)", "数据等级", "符号",
)  # fmt: skip
_WIDTHS = (12, 34, 14, 8, 18, 8, 14, 18, 14, 8, 8)
_STATES = {"": "已估算", "NE": "未估算(NE)", "NO": "未发生(NO)", "IE": "已计入他处(IE)", "C": "保密(C)"}
_REASONS = {
    "no share of the parent's value": "缺少对上级数值的分摊比例",
    "no emission factor in the set": "因子集中没有该品种的排放因子",
    "use or generation not known": "用电量或发电量未知",
}
_CEMENT = "Nonmetal Mineral Products:Process"
_OTHERS = {_CEMENT: "水泥生产过程", "Electricity import": "电力净调入"}
_UNITS = {"head": "头(只)"}


def source_sheets(inventory: Inventory, place: str, year: int) -> list[tuple[str, FormSheet]]:
    """Return the sheets of the provincial form behind its summary, by name: chapters, transfer, completeness.

    Emissions in t of the gas and 万吨 CO2e; a source without a number has its notation key, and its reason in
    the sheet on completeness. Sources that burn nothing in `year` are left out.

    Parameters
    ----------
    inventory
        The inventory.
    place
        Name of the place.
    year
        The year.
    """
    cells = inventory.cells[inventory.cells["year"] == year]
    cells = in_equivalents(with_codes(cells), inventory.options["gwp_set"])
    cells = cells[(cells["key"] != "") | (cells["value_t"] != 0)].sort_values(
        ["ipcc2006", "row", "fuel", "gas"], kind="stable"
    )
    found = [
        (name, _chapter(name, cells[cells["category"].isin(parts)], inventory, place, year))
        for name, parts in _CHAPTERS
    ]
    found.append(("电力调入调出", _transfer(cells[cells["category"] == IMPORT], inventory, place, year)))
    found.append(("完整性", _completeness(cells, inventory, place, year)))
    return found


def _named() -> Mapping[str, Category]:
    return {category.id: category for category in categories()}


def source_title(row: str) -> str:
    """Return the Chinese name of a source: a category, a balance row, or the combustion of a branch.

    >>> source_title("lime"), source_title("Thermal Power"), source_title("fuel combustion: steel")
    ('石灰', '火力发电', '钢铁(燃烧)')
    """
    if row in _OTHERS:
        return _OTHERS[row]
    named = _named().get(row)
    if named is not None:
        return named.zh
    return (
        f"{ipcc_codes()[row].zh}(燃烧)"
        if row.startswith("fuel combustion: ") and row in ipcc_codes()
        else row_title(row)
    )


def _chapter(name: str, cells: pd.DataFrame, inventory: Inventory, place: str, year: int) -> FormSheet:
    title = f"{name}温室气体排放源明细表"
    lines: list[tuple[Cell, ...]] = [(title,), (conventions(inventory, place, year, "见各列"),), _HEAD]
    for cell in cells.to_dict("records"):
        known = cell["key"] == ""
        lines.append(
            (
                str(cell["ipcc2006"]), source_title(str(cell["row"])), fuel_title(str(cell["fuel"])) if cell["fuel"] else "",
                str(cell["gas"]), _or_blank(cell["activity"]), _UNITS.get(str(cell["activity_unit"]), str(cell["activity_unit"])), _or_blank(cell["emission_factor"]),
                float(cell["value_t"]) if known else str(cell["key"]),
                float(cell["value"]) / T_PER_WAN if known else str(cell["key"]),
                str(cell["grade"]) if known else "", str(cell["key"]),
            )
        )  # fmt: skip
    total = cells.loc[cells["key"] == "", "value"]
    absent = bool((cells["key"] == "NE").any())
    whole: Cell = float(total.sum()) / T_PER_WAN if len(total) else "NE"
    lines.append(
        ("", "合计" + ("(部分NE)" if absent and len(total) else ""), "", "", "", "", "", "", whole, "", "")
    )
    bold = (len(lines) - 1,)
    lines += [(KEYS_TOLD,), (RECALLED,)]
    return FormSheet(title, tuple(lines), 2, bold, _WIDTHS)


def _or_blank(value: object) -> Cell:
    number = float(str(value))
    return number if np.isfinite(number) else ""


def _transfer(cells: pd.DataFrame, inventory: Inventory, place: str, year: int) -> FormSheet:
    title = "电力调入(+)调出(-)间接排放"
    lines: list[tuple[Cell, ...]] = [
        (title,), (conventions(inventory, place, year, "见各列"),),
        ("项目", "净调入电量(万千瓦时)", "排放因子(tCO2/MWh)", "CO2排放量(万吨)", "下限(万吨)", "上限(万吨)", "符号"),
    ]  # fmt: skip
    for cell in cells.to_dict("records"):
        known = cell["key"] == ""
        numbers = [
            float(cell[name]) / T_PER_WAN if known else str(cell["key"])
            for name in ("value_t", "low_t", "high_t")
        ]
        amount = _or_blank(cell["activity"])
        lines.append(
            ("净调入", amount / 10 if isinstance(amount, float) else "", _or_blank(cell["emission_factor"]), *numbers, str(cell["key"]))
        )  # fmt: skip
    lines.append(("信息项,不计入省级清单总计;考核口径(A)计入。",))
    return FormSheet(title, tuple(lines), 2, (), (14, 22, 20, 18, 16, 16, 8))


def _completeness(cells: pd.DataFrame, inventory: Inventory, place: str, year: int) -> FormSheet:
    """One line a source: state, what it lacks; combustion by row with the fuels that are not estimated."""
    title = "清单完整性"
    head = ("IPCC编号", "排放源", "气体", "状态", "未估算的原因和所需数据")
    lines: list[tuple[Cell, ...]] = [(title,), (conventions(inventory, place, year, "—"),), head]
    for (code, row), part in cells[cells["category"] != TRACE].groupby(["ipcc2006", "row"], sort=True):
        keys = list(dict.fromkeys(str(key) for key in part["key"]))
        gases = "、".join(dict.fromkeys(str(gas) for gas in part["gas"]))
        lines.append(
            (str(code), source_title(str(row)), gases, "、".join(_STATES[key] for key in keys), _reason(part))
        )
    lines += [(KEYS_TOLD,), (RECALLED,)]
    return FormSheet(title, tuple(lines), 2, (), (12, 36, 12, 22, 60))


def _reason(part: pd.DataFrame) -> str:
    absent = part[part["key"] == "NE"]
    found = []
    for cell in absent.to_dict("records"):
        note, row = str(cell["note"]), str(cell["row"])
        told = _REASONS.get(note, note)
        if row in _named() and note.startswith("no activity data"):
            needed = note.removeprefix("no activity data: ")
            told = f"缺少活动水平数据:{_named()[row].zh}(activities.csv中的{needed})".replace(", or ", ",或")
        elif row == _CEMENT:
            told = "当年无水泥过程排放数据(省级CEADs过程排放,或本地熟料产量)"
        found.append(f"{fuel_title(str(cell['fuel']))}:{told}" if cell["fuel"] else told)
    return ";".join(_joined(list(dict.fromkeys(found))))


def _joined(texts: Sequence[str]) -> Sequence[str]:
    shown = 3
    return texts if len(texts) <= shown else [*texts[:shown], f"另{len(texts) - shown}项"]
