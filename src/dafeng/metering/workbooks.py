"""Workbooks for people: the empty form for readings, and what was refused and why."""

from collections.abc import Iterable, Mapping
from pathlib import Path

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
