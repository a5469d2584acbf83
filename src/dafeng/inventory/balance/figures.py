"""Printed numbers: what a cell of a table holds, and how to mend one that is no number."""

import re

from dafeng.evidence import Text
from dafeng.inventory.balance.names import half_width

FIGURE = re.compile(r"^[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+|(?=\.))(?:\.\d*)?(?:[eE][-+]?\d+)?$")
"""A number; a comma or blank within parts groups of three figures and nothing else."""
_ACCOUNTING = re.compile(r"^\(([\d,]*\.?\d+)\)$")
_CALCULATE = Text("请重新计算或填写数值", "calculate the workbook again, or fill in the number")
_MENDS = (
    (re.compile(r"^[#=]"), _CALCULATE),
    (
        re.compile(r"^\d{4}-\d\d-\d\d|^\d\d?:\d\d"),
        Text("单元格为日期格式:请改为数值格式", "the cell is formatted as a date: format it as a number"),
    ),
    (
        re.compile(r"^[-+]?[\d.]+,[\d,.]*$"),
        Text(
            "小数点请用“.”,千位分隔每三位一个“,”",
            "write the decimals behind a point; a comma parts groups of three figures",
        ),
    ),
    (
        re.compile(r"^[-+]?[\d,.]+\s*(?:[*①-⑳¹²³†‡]|\[\d+\]|[a-z]\)|\(\d\))+$"),
        Text("脚注标记请放到备注里", "footnote marks belong into the note"),
    ),
    (
        re.compile(r"^[-+]?[\d,.]+\s*[^\d\s]"),
        Text("单元格只写数值,单位写在表头", "write the number alone, its unit in the header"),
    ),
)
_MEND = Text("改为数值;没有数据则留空", "write a number, or leave the cell blank where there is none")


def text_of(cell: object) -> str:
    """Return a cell as text in half width, without blanks around and line breaks within."""
    if cell is None:
        return ""
    text = half_width(cell if isinstance(cell, str) else str(cell))
    return " ".join(text.split())


def figure_of(text: str) -> str:
    """Return a negative number in the brackets of accounting with its sign; another text as it is.

    >>> figure_of("(25.5)"), figure_of("25.5"), figure_of("(注)")
    ('-25.5', '25.5', '(注)')
    """
    negative = _ACCOUNTING.match(text)
    return f"-{negative[1]}" if negative else text


def plain(text: str) -> str:
    """Return a printed cell without blanks, in half width."""
    return half_width(text).replace(" ", "").strip()


def number_of(text: str) -> float:
    """Return the number of a printed cell; NaN where it is none.

    >>> number_of("1,234.5"), number_of("(2.5)"), number_of("1500,5"), number_of("15,00.5")
    (1234.5, -2.5, nan, nan)
    """
    figure = figure_of(text.strip())
    return float(figure.replace(",", "").replace(" ", "")) if FIGURE.match(figure) else float("nan")


def mend_of(text: str) -> Text:
    """Return how to mend a cell that is no number.

    >>> mend_of("10万吨").en, mend_of("1900-01-10").en
    ('write the number alone, its unit in the header', 'the cell is formatted as a date: format it as a number')
    """
    return next((mend for form, mend in _MENDS if form.match(text)), _MEND)
