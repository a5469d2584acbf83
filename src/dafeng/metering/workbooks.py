"""Workbooks for people: the empty form for readings, and what was refused and why."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from dafeng.evidence import write_atomically

_HEADERS = ("测点", "时间", "数值", "周期", "单位", "来源")
_HELP = (
    "登记表中的计量点编码", "时段起点,北京时间,如 2025-01-31 00:15", "该时段用量或表底读数;缺数不填,不填 0",
    "空=计量点自己的周期;day=日;month=月", "空=计量点的单位", "auto hand estimated corrected",
)  # fmt: skip


def write_readings_template(path: Path) -> None:
    """An empty form for readings. Raises: DafengError where the folder cannot be written to."""
    with write_atomically(path) as temporary, xlsxwriter.Workbook(temporary) as book:
        sheet = book.add_worksheet("读数")
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        for column, (header, text) in enumerate(zip(_HEADERS, _HELP, strict=True)):
            sheet.write(0, column, header, bold)
            sheet.write_comment(0, column, text)
        sheet.set_column(0, len(_HEADERS) - 1, 22)
        sheet.freeze_panes(1, 0)


def write_error_file(path: Path, problems: Iterable[Mapping[str, str]]) -> None:
    """The refused rows of a receipt as a workbook. Raises: DafengError as above."""
    with (
        write_atomically(path) as temporary,
        xlsxwriter.Workbook(temporary, {"strings_to_formulas": False}) as book,
    ):
        sheet = book.add_worksheet("错误")
        for column, header in enumerate(("位置", "原值", "应为", "办法")):
            sheet.write_string(0, column, header)
        for row, problem in enumerate(problems, start=1):
            for column, name in enumerate(("where", "found", "expected", "mend")):
                sheet.write_string(row, column, problem[name])
        sheet.set_column(0, 3, 40)


_NOTICE = {
    "rank": "同类排名", "name_zh": "建筑", "building_type": "类型", "kwh_per_m2": "单位面积电耗(kWh/m²)",
    "constraint": "约束值", "guide": "引导值", "level": "结论", "coverage": "数据完整率", "standard": "依据",
}  # fmt: skip
_LEVELS = {"within_guide": "优于引导值", "within_constraint": "符合约束值", "above_constraint": "超约束值"}


def write_notice(path: Path, rows: Iterable[Mapping[str, Any]], year: int) -> None:
    """The public notice of a year: buildings ranked within their type, highest use first."""
    with (
        write_atomically(path) as temporary,
        xlsxwriter.Workbook(temporary, {"strings_to_formulas": False}) as book,
    ):
        sheet = book.add_worksheet("公示")
        sheet.write_string(0, 0, f"{year} 年公共建筑能耗公示")
        for column, header in enumerate(_NOTICE.values()):
            sheet.write_string(1, column, header)
        for number, row in enumerate(rows, start=2):
            for column, name in enumerate(_NOTICE):
                value = _LEVELS.get(row[name], row[name]) if name == "level" else row[name]
                sheet.write(number, column, value)
        sheet.set_column(0, len(_NOTICE) - 1, 18)
