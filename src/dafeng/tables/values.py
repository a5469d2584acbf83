"""Value parsers: the text of a cell → the value of its kind, typed cells of forms and workbooks → text."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from dafeng.tables.columns import Kind

BLANKS = " \t\u3000\u00a0\u200b\ufeff\r\n"
"""Characters stripped from a cell: blanks of any width, and marks nobody sees."""
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LIST_SEPARATOR = re.compile(r"[;；]")
_FLAGS = {"yes": True, "1": True, "是": True, "true": True, "no": False, "0": False, "否": False, "false": False}  # fmt: skip
_DAY = re.compile(r"(\d{4})(?:[-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)  # fmt: skip
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})[-年]?(?:[Qq]([1-4])|第?([一二三四1-4])季度)", re.ASCII)
_POINT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[,，]\s*([+-]?\d+(?:\.\d+)?)", re.ASCII)


def tidy(cell: object) -> str:
    """Return a cell of a form, a workbook or a JSON body as text without blanks around it; None is "".

    Parameters
    ----------
    cell
        Value of a cell.

    Returns
    -------
    Text of the cell.

    Examples
    --------
    >>> tidy(" 3.0\u3000"), tidy(3.0), tidy(None), tidy(date(2025, 1, 31)), tidy(True)
    ('3.0', '3', '', '2025-01-31', 'TRUE')
    """
    return cell_text(cell).strip(BLANKS)


def cell_text(cell: object) -> str:
    """Return a typed cell as the text that a CSV file would hold; text is left as it is.

    Parameters
    ----------
    cell
        Value as a reader of workbooks or a typed row gives it.

    Returns
    -------
    Text of the cell; "" for None.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(float(cell)) if abs(float(cell)) < math.inf else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == clock_time() else cell.isoformat(" ")
    if isinstance(cell, clock_time) and not cell.second:
        return f"{cell:%H:%M}"
    if isinstance(cell, tuple | list):
        return ";".join(cell_text(part) for part in cell)
    return str(cell)


def number_text(number: float) -> str:
    """Return the shortest text that reads back as `number`; a whole number without a point.

    Parameters
    ----------
    number
        Any float.

    Returns
    -------
    Text of the number.
    """
    if math.isfinite(number) and number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def plain_number(text: str) -> float | None:
    """Return the number in `text`, None where it is not one written plainly (no separators, no percent)."""
    return float(text) if PLAIN_NUMBER.fullmatch(text) else None


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a list, separated by ; (or ；), without blanks around them."""
    return tuple(part.strip(BLANKS) for part in _LIST_SEPARATOR.split(text) if part.strip(BLANKS))


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]


def _time(text: str) -> datetime:
    """Parse a local time, also as a spreadsheet rewrites it: 2025/1/31 0:15."""
    found = _DAY.fullmatch(text)
    if found is None:
        at = datetime.fromisoformat(text)
        # another zone than Beijing's would make it another hour than the one that people read
        if at.utcoffset() not in (None, timedelta(hours=8)):
            raise ValueError(text)
        return at.replace(tzinfo=None)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - Beijing time


def _date(text: str) -> date:
    at = _time(text)
    if at.time() != clock_time():
        raise ValueError(text)
    return at.date()


def _month(text: str) -> str:
    found = _MONTH.fullmatch(text)
    if found is None:
        day = _date(text)  # Excel makes a date of 2025-01: its first day
        if day.day != 1:
            raise ValueError(text)
        return f"{day.year:04}-{day.month:02}"
    return f"{date(int(found[1]), int(found[2]), 1):%Y-%m}"


def _quarter(text: str) -> str:
    found = _QUARTER.fullmatch(text)
    if found is None:
        raise ValueError(text)
    number = found[2] or found[3]
    return f"{found[1]}Q{number if number.isdigit() else '一二三四'.index(number) + 1}"


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, index, 31) for index in range(17))


def credit_code_is_valid(code: str) -> bool:
    """Check the check character of an 18-character unified social credit code.

    Parameters
    ----------
    code
        18 characters without blanks.

    Returns
    -------
    True where the check character fits.

    References
    ----------
    GB 32100-2015: C18 = 31 - sum(C_i * 3^(i-1) mod 31) mod 31, over an alphabet without I, O, S, V, Z.
    """
    if len(code) != 18 or any(letter not in _CREDIT for letter in code):
        return False
    total = sum(_CREDIT.index(letter) * weight for letter, weight in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT[(31 - total % 31) % 31] == code[17]


def _credit_code(text: str) -> str:
    if not credit_code_is_valid(text):
        raise ValueError(text)
    return text


def _shares(text: str) -> tuple[float, ...]:
    shares = tuple(plain_number(part) or 0.0 for part in parts_of(text.replace(",", ";")))
    if len(shares) != 12 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(text)
    return shares


def _point(text: str) -> tuple[float, float]:
    """Parse longitude, latitude within China and its seas; the other way round is refused, not swapped."""
    found = _POINT.fullmatch(text)
    if found is None or not (73 <= float(found[1]) <= 136 and 3 <= float(found[2]) <= 54):
        raise ValueError(text)
    return float(found[1]), float(found[2])


VALUES: dict[Kind, Callable[[str], Any]] = {
    Kind.IDS: parts_of,
    Kind.CHOICES: parts_of,
    Kind.FLAG: _flag,
    Kind.DATE: _date,
    Kind.MONTH: _month,
    Kind.QUARTER: _quarter,
    Kind.TIME: _time,
    Kind.CREDIT_CODE: _credit_code,
    Kind.SHARES: _shares,
    Kind.POINT: _point,
}
"""Kind → reader of its text; raises ValueError. Kinds that are not here hold their text."""
