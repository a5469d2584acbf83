"""Export of the division of work: 任务分工表 in Word and as a workbook, deadlines as a calendar."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dafeng import tables
from dafeng.evidence import DafengError, write_atomically
from dafeng.plan.division import divide
from dafeng.plan.documents.limits import missing_extra
from dafeng.plan.model import Assignment, Plan, Recurrence

COLUMNS = (
    "序号",
    "位置",
    "重点任务",
    "工作内容",
    "牵头单位",
    "配合单位",
    "其他责任主体",
    "完成时限",
    "频次",
    "成果形式",
    "量化目标",
)
_RECURS = {"monthly": "每月", "quarterly": "每季度", "yearly": "每年", "ongoing": "长期"}
_WIDTHS = (1.0, 1.5, 2.4, 6.2, 2.2, 3.6, 1.8, 1.8, 1.2, 1.6, 3.4)
"""Widths of the columns of the Word table, cm: as wide together as A4 across between margins of 1.5 cm."""
_CONTENT = 400
"""Characters of the content that a table shows."""


def division_rows(plan: Plan) -> list[list[object]]:
    """Return the cells of the table, one row an assignment."""
    return [
        [
            number, one.locator, one.task, (one.content or "")[:_CONTENT], "、".join(one.lead) + ("(推断)" if one.lead_inferred else ""),
            "、".join(one.support), "、".join(one.blanket), one.deadline.isoformat() if one.deadline else one.deadline_text or "",
            _RECURS.get(one.recurrence.value, "") if one.recurrence else "", one.deliverable or "", ";".join(one.targets),
        ]
        for number, one in enumerate(divide(plan), start=1)
    ]  # fmt: skip


def write_division(plan: Plan, path: Path) -> int:
    """Write the division of work in the format of the ending of `path`.

    Parameters
    ----------
    plan
        A plan that was read.
    path
        File to write: .docx, .xlsx or .ics.

    Returns
    -------
    int
        Number of rows or events.

    Raises
    ------
    DafengError
        For another ending, for a plan without a list of bodies, and where a needed extra is missing.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise DafengError.at(str(path), f"the ending {path.suffix or 'none'}", "a file .docx, .xlsx or .ics")
    if not plan.duties:
        raise DafengError.at(
            plan.title or "plan", "no list of responsible bodies", "a plan that divides its work"
        )
    return write(plan, path)


def _write_workbook(plan: Plan, path: Path) -> int:
    rows = division_rows(plan)
    headings = [tables.Heading(name, wrap=True) for name in COLUMNS]
    tables.write_workbook(path, (tables.Sheet("任务分工表", headings, rows),))
    return len(rows)


def _write_word(plan: Plan, path: Path) -> int:
    try:
        import docx
        from docx.enum.section import WD_ORIENT
        from docx.oxml import OxmlElement
        from docx.shared import Cm, Pt
    except ImportError as error:
        raise missing_extra("python-docx", str(path)) from error
    rows = division_rows(plan)
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(1.5)
    document.styles["Normal"].font.size = Pt(9)
    document.add_heading(f"{plan.title}任务分工表", 1)
    table = document.add_table(1, len(COLUMNS), style="Table Grid")
    table.autofit = False
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, name in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = name
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = str(value)
    for row_ in table.rows:
        for cell, width in zip(row_.cells, _WIDTHS, strict=True):
            cell.width = Cm(width)
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Cm(width)
    with write_atomically(path) as temporary:
        document.save(str(temporary))
    return len(rows)


def calendar(plan: Plan) -> bytes:
    """Return the deadlines as an iCalendar file (RFC 5545).

    One whole-day event an assignment with a date, yearly ones repeated.

    Parameters
    ----------
    plan
        A plan that was read.

    Raises
    ------
    DafengError
        Where the extra is missing.
    """
    try:
        import icalendar
    except ImportError as error:
        raise missing_extra("icalendar", plan.title) from error
    book = icalendar.Calendar()
    book.add("prodid", "-//dafeng//plan//ZH")
    book.add("version", "2.0")
    book.add("x-wr-calname", plan.title)
    stamp = datetime(2000, 1, 1, tzinfo=UTC)  # the same plan gives the same bytes
    for number, one in enumerate(divide(plan), start=1):
        if one.deadline is None:
            continue
        event = icalendar.Event()
        event.add("uid", f"{(plan.text_sha256 or 'plan')[:16]}-{number}@dafeng")
        event.add("dtstamp", stamp)
        event.add("dtstart", one.deadline)
        event.add("summary", f"{one.locator} {one.task}"[:120])
        event.add("description", _description(one))
        rule = _REPEATS.get(one.recurrence) if one.recurrence else None
        if rule is not None:
            event.add("rrule", rule)
        book.add_component(event)
    return bytes(book.to_ical())


_REPEATS = {
    Recurrence.YEARLY: {"freq": "yearly"}, Recurrence.QUARTERLY: {"freq": "monthly", "interval": 3}, Recurrence.MONTHLY: {"freq": "monthly"},
}  # fmt: skip


def _description(one: Assignment) -> str:
    lines = (
        ("牵头", "、".join(one.lead)),
        ("配合", "、".join(one.support)),
        ("时限", one.deadline_text or ""),
        ("目标", ";".join(one.targets)),
    )
    return "\n".join(f"{name}:{words}" for name, words in lines if words)


def _write_calendar(plan: Plan, path: Path) -> int:
    data = calendar(plan)
    with write_atomically(path) as temporary:
        temporary.write_bytes(data)
    return data.count(b"BEGIN:VEVENT")


_WRITERS: dict[str, Callable[[Plan, Path], int]] = {
    ".xlsx": _write_workbook, ".docx": _write_word, ".ics": _write_calendar,
}  # fmt: skip
