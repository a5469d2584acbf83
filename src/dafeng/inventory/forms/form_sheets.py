"""Official forms as sheets: the summary of the provincial guideline and the GPC table by scope.

Each is a list of lines of cells, as they are printed: title, place and conventions, header, body, notes. A
cell is a number, a notation key or text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from dafeng.evidence import packaged_rows
from dafeng.inventory.accounts.model import Inventory
from dafeng.inventory.forms.gpc import gpc_table, gpc_totals, gpc_without
from dafeng.inventory.forms.provincial_form import FLUORINATED, GASES, provincial_form

Cell = float | str
T_PER_WAN = 1e4

KEYS_TOLD = "NO 未发生;NE 未估算;IE 已计入他处;C 保密。未估算不按零计,合计只含已估算部分。"


RECALLED = (
    "本表结构据公开的省级清单填报系统前端整理(凭记忆核对,未见指南原件);行列如与正式表式不同,以正式表式为准。"
)
KEYS_TOLD_EN = (
    "NO not occurring; NE not estimated; IE included elsewhere; C confidential. What is not estimated is not zero: "
    "totals hold the estimated part only."
)


@dataclass(frozen=True)
class FormSheet:
    """Official form as printed lines.

    `header` is the index of the header line, `bold` the indices of lines with totals, `widths` the columns'
    widths in characters (empty: those of a summary).
    """

    title: str
    lines: tuple[tuple[Cell, ...], ...]
    header: int
    bold: tuple[int, ...]
    widths: tuple[int, ...] = ()


def conventions(inventory: Inventory, place: str, year: int, unit: str) -> str:
    options = inventory.options
    return (
        f"地区:{place}({inventory.region})  年份:{year}  单位:{unit}  "
        f"因子集:{options['fuel_set']}  GWP:{options['gwp_set']}"
    )


def provincial_sheet(inventory: Inventory, place: str, year: int) -> FormSheet:
    """Return the summary table of the provincial guideline: sources and sinks by gas.

    In 万吨 and 万吨 CO2e.

    CO2, CH4 and N2O in 万吨 of the gas, fluorinated gases and the total in 万吨 CO2e; below the chapters the
    totals without and with land, then the information items.
    """
    form = provincial_form(inventory, year)
    title = "温室气体清单汇总表"
    lines: list[tuple[Cell, ...]] = [
        (title,),
        (conventions(inventory, place, year, "万吨(HFCs、PFCs、SF6和合计为万吨二氧化碳当量)"),),
        ("编号", "排放源与吸收汇种类", *("二氧化碳", "甲烷", "氧化亚氮", "HFCs", "PFCs", "SF6"), "合计(CO2当量)", "缺项"),
    ]  # fmt: skip
    bold, body = [], form[~form["row"].str.startswith("M")]
    items = form[form["row"].str.startswith("M")]
    for line in body.to_dict("records"):
        if len(str(line["row"])) == 1:
            bold.append(len(lines))
        lines.append(_provincial_line({str(k): v for k, v in line.items()}))
    chapters = form.set_index("row")
    for name, rows in (("总计(不含土地利用变化和林业)", "1235"), ("总计(含土地利用变化和林业)", "12345")):
        bold.append(len(lines))
        picked = chapters.loc[list(rows)]
        known = picked[[*_columns(), "co2e_t"]].sum(min_count=1) / T_PER_WAN
        absent = "部分NE" if (picked["key"] == "NE").any() else ""
        lines.append(("", name, *(_cell(known[c]) for c in (*_columns(), "co2e_t")), absent))
    lines.append(("", "信息项(不计入总计)"))
    lines += [_provincial_line({str(k): v for k, v in line.items()}) for line in items.to_dict("records")]
    lines += [(KEYS_TOLD,), (RECALLED,)]
    return FormSheet(title, tuple(lines), 2, tuple(bold))


def _columns() -> list[str]:
    return [f"{gas}_co2e" if gas in FLUORINATED else gas for gas in GASES]


def _provincial_line(line: Mapping[str, object]) -> tuple[Cell, ...]:
    row = str(line["row"])
    name = f"{line['chapter']}{line['item']}" if len(row) == 1 else f"{'　' * row.count('.')}{line['item']}"
    allowed = str(line["gases"]).split(",")
    cells: list[Cell] = []
    for gas, column in zip(GASES, _columns(), strict=True):
        value = _cell(float(str(line[column])) / T_PER_WAN)
        cells.append(value if value != "NE" or gas in allowed else "")
    total = _cell(float(str(line["co2e_t"])) / T_PER_WAN)
    partly = "部分NE" if line["key"] == "NE" and total != "NE" else ("NE" if total == "NE" else "")
    return (row, name if len(row) > 1 else name.replace("合计", "(合计)"), *cells, total, partly)


def _cell(value: float) -> Cell:
    return "NE" if np.isnan(value) else float(value)


@cache
def _gpc_names() -> Mapping[str, str]:
    return {row["subsector_no"]: row["zh"] for row in packaged_rows("dafeng.inventory", "data/gpc_names.csv")}


_GPC_ZH = (
    "GPC温室气体清单(按部门和范围)",
    ("编号", "部门与子部门", "范围一", "范围二", "范围三", "合计", "数据质量", "备注"),
    "另:上网发电等(只计入地域合计,不计入BASIC)",
    "{name}不含(未估算):{sectors}",
    KEYS_TOLD,
)
_GPC_EN = (
    "Community-scale greenhouse gas inventory (GPC), by sector and scope",
    ("Ref. no.", "Sector and sub-sector", "Scope 1", "Scope 2", "Scope 3", "Total", "Quality", "Remark"),
    "besides: territorial only, outside BASIC",
    "{name} without (not estimated): {sectors}",
    KEYS_TOLD_EN,
)
_NOTES = {"no data": "无数据"}


def gpc_sheet(inventory: Inventory, place: str, year: int, *, english: bool = False) -> FormSheet:
    """Return the GPC table in one language: one line a sub-sector, scopes 1 to 3 as columns in t CO2e.

    With keys, quality and remarks.

    What a scope does not have is blank; energy for the grid (I.4.4) and waste from outside (territorial) are on
    lines of their own that no sum of the table holds: they are no part of the line above. Totals by scope,
    BASIC, BASIC+ and territorial below.
    """
    table = gpc_table(inventory, year)
    title, head, outside_name, without, keys = _GPC_EN if english else _GPC_ZH
    options = inventory.options
    told = (
        f"Place: {place} ({inventory.region})  Year: {year}  Unit: t CO2e  Factor set: {options['fuel_set']}  GWP: {options['gwp_set']}"
        if english
        else conventions(inventory, place, year, "吨二氧化碳当量")
    )
    lines: list[tuple[Cell, ...]] = [(title,), (told,), head]
    bold: list[int] = []
    names = _gpc_names()
    table = table.assign(
        number=[str(r).rsplit(".", 1)[0] if str(r).count(".") > 1 else str(r) for r in table["refno"]]
    )
    for sector, part in table.groupby("sector", sort=False):
        letter = str(part["number"].iloc[0]).split(".")[0]
        bold.append(len(lines))
        lines.append(
            (
                letter,
                str(sector) if english else names[letter],
                *_scopes(part[part["level"] != "territorial"]),
            )
        )
        for number, rows in part.groupby("number", sort=False):
            counted = rows[rows["level"] != "territorial"]
            outside = rows[rows["level"] == "territorial"]
            name = str(rows["subsector"].iloc[0]) if english else names[str(number)]
            lines.append((str(number), name, *_scopes(counted), *_quality(counted, english=english)))
            lines += [
                (str(line["refno"]), f"　{outside_name}", _key_or_value(line), "", "", "", str(line["quality"]), _note(str(line["note"]), english=english))
                for line in outside.to_dict("records")
            ]  # fmt: skip
    for name, value in gpc_totals(table).items():
        bold.append(len(lines))
        lines.append(
            (
                "",
                _total_name(name, english=english),
                "",
                "",
                "",
                _cell(value),
            )
        )
    for name, sectors in gpc_without(table).items():
        if sectors:
            listed = [
                str(table[table["number"].str.split(".").str[0] == n]["sector"].iloc[0])
                if english
                else names[n]
                for n in sectors
            ]
            told = _total_name(name, english=english)
            lines.append(("", without.format(name=told, sectors=(", " if english else "、").join(listed))))
    lines.append((keys,))
    return FormSheet(title, tuple(lines), 2, tuple(bold), (9, 42, 16, 16, 16, 16, 9, 38))


def _total_name(name: str, *, english: bool) -> str:
    return "地域合计(范围一)" if name == "territorial" and not english else name


def _note(note: str, *, english: bool) -> str:
    if english:
        return note
    if note.startswith("in ") and ": one row of the balance" in note:
        return f"已计入{note[3:].split(':')[0]}(平衡表只有一行交通)"
    return _NOTES.get(note, note)


def _key_or_value(line: Mapping[object, object]) -> Cell:
    value = float(str(line["value_t"]))
    return str(line["key"]) if np.isnan(value) else value


def _scopes(rows: pd.DataFrame) -> tuple[Cell, ...]:
    """Scope 1, 2, 3 and their sum: a number where any line has one, else its key.

    Blank where there is no line.
    """
    cells: list[Cell] = []
    for scope in (1, 2, 3):
        part = rows[rows["scope"] == scope]
        known = part["value_t"].dropna()
        keys = "/".join(dict.fromkeys(k for k in part["key"] if k))
        cells.append(float(known.sum()) if len(known) else keys)
    numbers = [cell for cell in cells if isinstance(cell, float)]
    return (*cells, sum(numbers) if numbers else next((c for c in cells if c), ""))


def _quality(rows: pd.DataFrame, *, english: bool) -> tuple[str, str]:
    known = [q for q in rows["quality"] if q]
    worst = next((letter for letter in "LMH" if letter in known), "")
    return worst, "; ".join(dict.fromkeys(_note(str(n), english=english) for n in rows["note"] if n))
