"""Forms: empty workbooks and CSV files made from tables, with help on every column."""

from collections.abc import Sequence

from dafeng.evidence import NotationKey
from dafeng.tables.cells import bounds_text
from dafeng.tables.columns import KIND_TEXT, NUMERIC, Column, Kind, Table
from dafeng.tables.workbooks import Heading, Sheet

HELP_SHEET = "说明 help"
FORM_ROWS = 5000
"""Empty rows of a form that its drop-down lists reach."""
_WIDTH = 16


def form_sheet(table: Table, rows: Sequence[Sequence[object]] = ()) -> Sheet:
    """Return the sheet of one table: headings with notes, lists to choose from, `rows` filled in.

    Parameters
    ----------
    table
        Table with its columns.
    rows
        Cells to fill in, in the order of the columns.

    Returns
    -------
    Sheet for `write_workbook`.
    """
    headings = [
        Heading(
            f"{column.title_zh}\n{column.name}", "" if column.kind in NUMERIC else "@", _WIDTH, column_note(column),
            choices_of(column), _whole(column),
        )
        for column in table.columns
    ]  # fmt: skip
    return Sheet(table.title_zh or table.name, headings, rows, form_rows=FORM_ROWS, filtered=False)


def help_sheet(tables: Sequence[Table]) -> Sheet:
    """Return the sheet that explains every column of `tables`.

    Parameters
    ----------
    tables
        Tables in the order shown.

    Returns
    -------
    Sheet with one line a column.
    """
    headings = [
        Heading("表 table", width=16), Heading("列 column", width=18), Heading("名称 title", width=20),
        Heading("填写 kind", width=36, wrap=True), Heading("必填 required", width=10),
        Heading("可选值 choices", width=36, wrap=True), Heading("说明 help", width=80, wrap=True),
    ]  # fmt: skip
    lines: list[list[object]] = []
    for table in tables:
        title = " · ".join(filter(None, (table.title_zh, table.help_zh, table.help_en)))
        if title:
            lines.append([table.title_zh or table.name, table.name, "", "", "", "", title])
        lines += [_help_line(table, column) for column in table.columns]
    return Sheet(HELP_SHEET, headings, lines)


def _help_line(table: Table, column: Column) -> list[object]:
    kind = KIND_TEXT[column.kind][0] + ("或 " + "、".join(NotationKey) if column.keys else "")
    if column.refers:
        kind = f"{column.refers} 表中的编码"
    told = " ".join(filter(None, (column.help_zh, column.help_en, bounds_text(column))))
    required = "是" if column.required else ""
    listed = " | ".join(column.choice_names or column.choices)
    title = column.title_zh + (f"({column.unit})" if column.unit else "")
    return [table.title_zh or table.name, column.name, title, kind, required, listed, told or column.title_en]


def column_note(column: Column) -> str:
    """Return the note of a form on a column: titles, help, unit, bounds and whether it must be filled."""
    zh, en = KIND_TEXT[column.kind]
    lines = [
        f"{column.title_zh} · {column.title_en}", column.help_zh, column.help_en, f"{zh} · {en}",
        f"单位 unit: {column.unit}" if column.unit else "", bounds_text(column),
        "必填 required" if column.required else "可空 may be empty",
    ]  # fmt: skip
    return "\n".join(filter(None, lines))


def choices_of(column: Column) -> tuple[str, ...]:
    """Return the choices of a cell: Chinese names where there are, else ids; yes and no of a flag."""
    if column.kind is Kind.FLAG:
        return ("是", "否")
    if column.kind is Kind.CHOICE:
        return column.choice_names or column.choices
    return ()


def _whole(column: Column) -> tuple[int, int] | None:
    if column.kind is not Kind.YEAR or column.low is None or column.high is None:
        return None
    return int(column.low), int(column.high)


def header_ids(table: Table, header: Sequence[object]) -> list[str]:
    """Return the column ids of a header as users write it: id, Chinese or English title, or title with id.

    Parameters
    ----------
    table
        Table with its columns.
    header
        Cells of the header.

    Returns
    -------
    One id a cell; a heading that fits no column as it is.

    Examples
    --------
    >>> county = Column("county", Kind.COUNTY, "县区代码", "county code")
    >>> table = Table("boilers", "锅炉", "boilers", "", "", (county,), ("county",))
    >>> header_ids(table, ["县区代码\\ncounty", " 县区代码 ", "County Code", "吨位"])
    ['county', 'county', 'county', '吨位']
    """
    by_title: dict[str, str] = {}
    for column in table.columns:
        for title in (column.title_zh, column.title_en, column.name):
            by_title[_folded(title)] = column.name
            by_title[_folded(f"{title} {column.name}")] = column.name
    ids = {column.name for column in table.columns}

    def known(text: str) -> str:
        last = text.rpartition("\n")[2].strip()  # a form writes title, unit and star above the id
        return by_title.get(_folded(text)) or (last if last in ids else text.strip())

    return [known(str(cell or "")) for cell in header]


def _folded(title: str) -> str:
    return "".join(title.split()).casefold().removesuffix("*")
