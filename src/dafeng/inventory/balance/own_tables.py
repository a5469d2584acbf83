"""Small tables of the user's own (factors, overrides, splicing rules, shares): headings in Chinese or by id."""

import csv
from pathlib import Path

from dafeng.evidence import Text
from dafeng.inventory.balance.names import fuel_title, row_title, suggestions
from dafeng.inventory.balance.reading import decode

HEADINGS = {
    "品种": "fuel", "燃料": "fuel", "能源品种": "fuel", "数值": "value", "因子": "value", "排放因子": "value", "单位": "unit",
    "行": "row", "行业": "row", "项目": "row", "来源": "source", "等级": "grade", "因子集": "factors", "气体": "gas", "方法": "method",
    "指标": "indicator", "组": "rows", "分组": "rows", "份额": "share", "下限": "low", "上限": "high",
}  # fmt: skip
"""Chinese heading → column."""


def named_lines(path: Path) -> "csv.DictReader[str]":
    """Return the lines of a table by column, Chinese headings as the column's id.

    Parameters
    ----------
    path
        CSV file.

    Returns
    -------
    Reader with the columns' ids as field names.

    Raises
    ------
    DafengError
        For text in an unknown encoding.
    """
    reader = csv.DictReader(decode(path)[0].splitlines())
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    reader.fieldnames = [HEADINGS.get(name, name) for name in names]
    return reader


def nearest_name(name: str, column: str) -> str | Text:
    """Return the question for the names nearest to an unknown row or fuel; nothing where none is near.

    Parameters
    ----------
    name
        Unknown name.
    column
        `row` or `fuel`.

    Returns
    -------
    Question in both languages, or an empty text.
    """
    near = suggestions(name, f"balance_{column}s.csv", column)
    title = row_title if column == "row" else fuel_title
    chinese = "、".join(title(one) for one in near.split(", "))
    return Text(f"是否为{chinese}?", f"did you mean {near}?") if near else ""
