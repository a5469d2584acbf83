"""Workbooks for people: the empty form for readings, and what was refused and why."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dafeng.evidence import Language, Problem
from dafeng.metering.intake.column_names import COLUMNS
from dafeng.metering.intake.messages import as_answer, chinese
from dafeng.metering.tables import schema
from dafeng.tables import Heading, Sheet, help_sheet, write_workbook

_COLUMNS = {
    Language.ZH: ("测点", "时间", "数值", "周期", "单位", "来源", "版本", "质量"),
    Language.EN: COLUMNS,
}
_HELP = (
    "登记表中的计量点编码\nid of a metering point in the registry",
    "时段起点,北京时间,如 2025-01-31 00:15\nbeginning of the period, Beijing time",
    "该时段用量或表底读数;缺数不填,不填 0\namount of the period, or the register; leave a missing one out",
    "空=计量点自己的周期;日、月=日数据、月数据\nempty: the point's own; day or month for statements",
    "空=计量点的单位\nempty: the unit of the point",
    "自动、人工、估计、更正;空=自动\nauto, hand, estimated, corrected; empty: auto",
    "空=以后到的为准\nempty: the later batch wins",
    "好、坏;空=好\ngood or bad; empty: good",
)  # fmt: skip
_REASONS = {Language.ZH: ("位置", "问题与办法"), Language.EN: ("place", "problem and mend")}
_ADVICE = {
    (Language.ZH, True): "其余行已入库。请直接更正标红的单元格,保存后上报本表即可。",
    (Language.ZH, False): "整批未入库。请在原表中更正下列各行,再上报原表;或选择部分接收。",
    (Language.EN, True): "The other rows are stored. Correct the red cells here and send this sheet.",
    (Language.EN, False): "Nothing of this batch is stored. Correct these rows in your own sheet and send that again, "
    "or choose partial.",
}  # fmt: skip


def write_readings_template(path: Path) -> None:
    """Write an empty form for readings, with an explanation and, where it helps, a list of values in each
    column.

    Parameters
    ----------
    path
        Workbook to write.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    lists = {3: ("日", "月"), 5: ("自动", "人工", "估计", "更正")}
    headings = [
        Heading(header, "yyyy-mm-dd hh:mm" if column == 1 else "", 22, text, lists.get(column, ()))
        for column, (header, text) in enumerate(zip(_COLUMNS[Language.ZH][:6], _HELP, strict=False))
    ]
    write_workbook(path, [Sheet("读数", headings, form_rows=1_000_000)])


def write_registry_guide(path: Path) -> None:
    """Write the description of each column of each registry table: a sheet to keep with the empty tables.

    Parameters
    ----------
    path
        Workbook to write.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    guide = replace(help_sheet(list(schema().values())), name="登记表说明")
    write_workbook(path, [guide])


def write_error_file(path: Path, receipt: Mapping[str, Any], language: Language = Language.ZH) -> None:
    """Write the refused rows of a stored receipt in the form of the template, wrong cells in red, with the
    reasons.

    The sheet can be corrected and sent as it is.

    Parameters
    ----------
    path
        Workbook to write.
    receipt
        Receipt as stored.
    language
        Language of the reasons.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    widths = (16, 26, *([16] * (len(COLUMNS) - 2)), 18, 80)
    headers = (*_COLUMNS[language], *_REASONS[language])
    headings = [
        Heading(header, width=width, wrap=number >= len(COLUMNS))
        for number, (header, width) in enumerate(zip(headers, widths, strict=True))
    ]
    rows: list[list[str]] = []
    marked: set[tuple[int, int]] = set()
    where = chinese if language is Language.ZH else str
    for told in _by_row(receipt["problems"], receipt.get("cells") or []):
        row, wrong = told[0][1], {cells.get("column") for _, cells in told}
        said = [as_answer(problem) for problem, _ in told]
        places, reasons = (where(one["where"]) for one in said), (one[language.value] for one in said)
        marked |= {(len(rows), column) for column, name in enumerate(COLUMNS) if name in wrong}
        rows.append([*(row.get(name, "") for name in COLUMNS), "\n".join(places), "\n".join(reasons)])
    title = {Language.ZH: "待更正", Language.EN: "to correct"}[language]
    advice = _ADVICE[language, receipt.get("status") == "partial"]
    sheet = Sheet(title, headings, rows, above=[advice], marked=frozenset(marked), filtered=False)
    write_workbook(path, [sheet])


_Told = tuple[Problem, Mapping[str, str]]


def _by_row(problems: Iterable[Mapping[str, str]], cells: Iterable[Mapping[str, str]]) -> list[list[_Told]]:
    """Problems with the cells of their row, those of one row together."""
    rows = list(cells)
    told: list[_Told] = []
    for number, one in enumerate(problems):
        problem = Problem(one["where"], one["found"], one["expected"], one["mend"])
        told.append((problem, rows[number] if rows else {}))
    return [
        list(group) for _, group in itertools.groupby(told, key=lambda one: one[1].get("row") or one[0].where)
    ]


_NOTICE = {
    "rank": "同类排名", "name_zh": "建筑", "building_type": "类型", "kwh_per_m2": "单位面积电耗(kWh/m²)",
    "constraint": "约束值", "guide": "引导值", "level": "结论", "coverage": "数据完整率", "standard": "依据",
    "checked_by": "限额核对",
}  # fmt: skip
_NOTICE_BASIS = (
    "口径:全年计量电量除以建筑面积,未作使用时间和人员密度修正,不含其他能源;同类建筑由高到低排名;"
    "数据完整率低于 90%、限额未经核对或含仿真数据的建筑不公示。"
)
_LEVELS = {"within_guide": "优于引导值", "within_constraint": "符合约束值", "above_constraint": "超约束值"}


def write_notice(path: Path, rows: Iterable[Mapping[str, Any]], year: int) -> None:
    """Write the public notice of a year: buildings ranked within their type, highest use first.

    Parameters
    ----------
    path
        Workbook to write.
    rows
        Buildings with type, area and use.
    year
        Year of the notice.
    """
    formats = {"kwh_per_m2": "0.0", "coverage": "0.0%"}
    headings = [Heading(title, formats.get(name, ""), 18) for name, title in _NOTICE.items()]
    cells = [
        [_LEVELS.get(row[name], row[name]) if name == "level" else row[name] for name in _NOTICE]
        for row in rows
    ]
    title = f"{year} 年公共建筑能耗公示"
    write_workbook(
        path, [Sheet("公示", headings, cells, above=[title], below=[_NOTICE_BASIS], filtered=False)]
    )
