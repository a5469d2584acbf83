"""Workbooks for people: the empty form for readings, and what was refused and why."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import xlsxwriter

from dafeng.evidence import Language, Problem, write_atomically
from dafeng.metering.intake.column_names import COLUMNS
from dafeng.metering.intake.messages import as_answer, chinese
from dafeng.metering.tables import schema
from dafeng.tables import help_sheet, write_workbook

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
    """An empty form for readings, with an explanation and, where it helps, a list to choose from in each column.

    Raises: DafengError where the folder cannot be written to.
    """
    with write_atomically(path) as temporary, xlsxwriter.Workbook(temporary) as book:
        sheet = book.add_worksheet("读数")
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for column, (header, text) in enumerate(zip(_COLUMNS[Language.ZH][:6], _HELP, strict=False)):
            sheet.write(0, column, header, bold)
            sheet.write_comment(0, column, text, {"x_scale": 2})
        sheet.set_column(0, 5, 22)
        sheet.set_column(1, 1, 22, moment)
        for column, choices in ((3, ["日", "月"]), (5, ["自动", "人工", "估计", "更正"])):
            sheet.data_validation(1, column, 1_000_000, column, {
                "validate": "list", "source": choices, "error_type": "information",
            })  # fmt: skip
        sheet.freeze_panes(1, 0)


def write_registry_guide(path: Path) -> None:
    """Write what each column of each registry table is: a sheet to keep beside the empty tables.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    guide = replace(help_sheet(list(schema().values())), name="登记表说明")
    write_workbook(path, [guide])


def write_error_file(path: Path, receipt: Mapping[str, Any], language: Language = Language.ZH) -> None:
    """The refused rows of a stored receipt in the form of the template, their wrong cells in red, with what is wrong.

    The sheet can be corrected and sent as it is. Raises: DafengError as above.
    """
    headers = (*_COLUMNS[language], *_REASONS[language])
    with (
        write_atomically(path) as temporary,
        xlsxwriter.Workbook(temporary, {"strings_to_formulas": False, "strings_to_urls": False}) as book,
    ):
        sheet = book.add_worksheet({Language.ZH: "待更正", Language.EN: "to correct"}[language])
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        red, wrapped = book.add_format({"bg_color": "#F8CBAD"}), book.add_format({"text_wrap": True})
        sheet.write_string(0, 0, _ADVICE[language, receipt.get("status") == "partial"])
        for column, header in enumerate(headers):
            sheet.write_string(1, column, header, bold)
        for number, told in enumerate(_by_row(receipt["problems"], receipt.get("cells") or []), start=2):
            row, wrong = told[0][1], {cells.get("column") for _, cells in told}
            for column, name in enumerate(COLUMNS):
                sheet.write_string(number, column, row.get(name, ""), red if name in wrong else None)
            said = [as_answer(problem) for problem, _ in told]
            where = chinese if language is Language.ZH else str
            sheet.write_string(number, len(COLUMNS), "\n".join(where(one["where"]) for one in said), wrapped)
            sheet.write_string(
                number, len(COLUMNS) + 1, "\n".join(one[language.value] for one in said), wrapped
            )
        sheet.set_column(0, len(COLUMNS) - 1, 16)
        sheet.set_column(1, 1, 26)
        sheet.set_column(len(COLUMNS), len(COLUMNS), 18)
        sheet.set_column(len(COLUMNS) + 1, len(COLUMNS) + 1, 80)
        sheet.freeze_panes(2, 0)


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
    """The public notice of a year: buildings ranked within their type, highest use first."""
    with (
        write_atomically(path) as temporary,
        xlsxwriter.Workbook(temporary, {"strings_to_formulas": False}) as book,
    ):
        sheet = book.add_worksheet("公示")
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True})
        figures = {
            "kwh_per_m2": book.add_format({"num_format": "0.0"}),
            "coverage": book.add_format({"num_format": "0.0%"}),
        }
        sheet.write_string(
            0, 0, f"{year} 年公共建筑能耗公示", book.add_format({"bold": True, "font_size": 14})
        )
        for column, header in enumerate(_NOTICE.values()):
            sheet.write_string(1, column, header, bold)
        number = 1
        for number, row in enumerate(rows, start=2):
            for column, name in enumerate(_NOTICE):
                value = _LEVELS.get(row[name], row[name]) if name == "level" else row[name]
                sheet.write(number, column, value, figures.get(name))
        sheet.write_string(number + 2, 0, _NOTICE_BASIS)
        sheet.set_column(0, len(_NOTICE) - 1, 18)
        sheet.freeze_panes(2, 0)
