"""The tables of the room: what a row of each must look like, and reading CSV into typed rows."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problems
from dafeng.units import is_unit

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a registry table. `kind` names how a cell is read (see `READERS`)."""

    table: str
    name: str
    kind: str
    required: bool
    choices: tuple[str, ...]
    zh: str
    en: str


def packaged(name: str) -> list[dict[str, str]]:
    """Rows of the table `name` in the package, as text."""
    text = (files("dafeng.metering") / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def schema() -> dict[str, tuple[Column, ...]]:
    """Table → columns, from `tables/registry.csv`, the single definition for check, template and documentation."""
    tables: dict[str, list[Column]] = {}
    for row in packaged("registry"):
        choices = tuple(filter(None, row["choices"].split("|")))
        tables.setdefault(row["table"], []).append(
            Column(
                row["table"],
                row["column"],
                row["kind"],
                row["required"] == "yes",
                choices,
                row["zh"],
                row["en"],
            )
        )
    return {table: tuple(columns) for table, columns in tables.items()}


_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, index, 31) for index in range(17))


def credit_code_is_valid(code: str) -> bool:
    """Whether the check character of an 18-character unified social credit code is right.

    GB 32100-2015: C18 = 31 - sum(C_i * 3^(i-1) mod 31) mod 31, over an alphabet without I, O, S, V, Z.
    """
    if len(code) != 18 or any(letter not in _CREDIT for letter in code):
        return False
    total = sum(_CREDIT.index(letter) * weight for letter, weight in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT[(31 - total % 31) % 31] == code[17]


def _number(text: str) -> float:
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not finite")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise ValueError("not positive")
    return value


def _matching(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(text)
        return text

    return read


_FLAGS = {
    "yes": True,
    "1": True,
    "是": True,
    "true": True,
    "no": False,
    "0": False,
    "否": False,
    "false": False,
}


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]


_SPREADSHEET_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def _time(text: str) -> datetime:
    """A local time, also as a spreadsheet rewrites it: 2025/1/31 0:15."""
    found = _SPREADSHEET_DATE.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - Beijing time


def _date(text: str) -> date:
    at = _time(text)
    if (at.hour, at.minute, at.second) != (0, 0, 0):
        raise ValueError(text)
    return at.date()


def _credit_code(text: str) -> str:
    if not credit_code_is_valid(text):
        raise ValueError(text)
    return text


def _unit(text: str) -> str:
    if not is_unit(text):
        raise ValueError(text)
    return text


def _shares(text: str) -> tuple[float, ...]:
    shares = tuple(_positive(part) for part in text.replace(",", ";").split(";"))
    if len(shares) != 12 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(text)
    return shares


READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "key": (
        _matching(r"[^\s;+\-,\"'\\/]{1,64}|[^\s;+,\"'\\/]{1,64}"),
        "an id of at most 64 characters without spaces",
    ),
    "text": (str, "text"),
    "choice": (str, "one of the choices"),
    "number": (_number, "a number"),
    "positive": (_positive, "a number above zero"),
    "flag": (_flag, "yes or no"),
    "date": (_date, "a date as 2025-01-31"),
    "time": (_time, "a time as 2025-01-31 00:15"),
    "clock": (_matching(r"([01]\d|2[0-3]):[0-5]\d|24:00"), "a time of day as 08:30"),
    "year": (lambda text: int(_matching(r"(19|20|21)\d\d")(text)), "a year"),
    "county": (_matching(r"\d{6}"), "a code of six digits (GB/T 2260)"),
    "industry": (_matching(r"[A-T]?\d{2,4}"), "a code of GB/T 4754 as 2511 or C2511"),
    "credit_code": (_credit_code, "18 characters with a right check character (GB 32100)"),
    "unit": (_unit, "a unit dafeng knows"),
    "formula": (
        _matching(r"\s*[+-]?\s*[^\s+-][^\s]*(\s+[+-]\s+[^\s]+)*\s*"),
        "points with signs, as A + B - C",
    ),
    "shares": (_shares, "twelve shares above zero that add up to 1, separated by ;"),
}


def read_cell(column: Column, text: str) -> tuple[Any, str | None]:
    """The typed value of a cell and, where it cannot be read, what was expected."""
    text = text.strip()
    if not text:
        return None, "a value" if column.required else None
    if column.kind.startswith("refs:"):
        return tuple(part.strip() for part in text.split(";") if part.strip()), None
    if column.kind.startswith("ref:"):
        return text, None
    if column.choices and text not in column.choices:
        return None, " | ".join(column.choices)
    reader, expected = READERS[column.kind]
    try:
        return reader(text), None
    except ValueError:
        return None, expected


def read_rows(table: str, rows: Iterable[Mapping[str, str]], where: str, problems: Problems) -> list[Row]:
    """Typed rows of `table`; what cannot be read goes to `problems` with row and column. Blank rows are no rows."""
    columns = schema()[table]
    typed: list[Row] = []
    for number, row in enumerate(rows, start=2):
        if not any(str(text or "").strip() for text in row.values()):
            continue
        out: Row = {}
        for column in columns:
            text = row.get(column.name) or ""
            out[column.name], expected = read_cell(column, text)
            if expected:
                problems.add(f"{where}:{number}:{column.name}", text or "nothing", expected)
        out["_row"] = number
        typed.append(out)
    return typed


def read_csv(path: Path, problems: Problems) -> list[Row]:
    """Typed rows of one registry file (UTF-8 or GB 18030, header line); its name says which table it is."""
    where, table = f"{path.parent.name}/{path.name}", path.stem
    text = _text_of(path.read_bytes())
    if text is None:
        problems.add(where, "bytes that are neither UTF-8 nor GB 18030", "text", "save the file as CSV UTF-8")
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = reader.fieldnames or []
    rows = [{key: value for key, value in row.items() if key} for row in reader]
    known = {column.name for column in schema()[table]}
    for name in sorted({name for name in names if name.strip()} - known):
        problems.add(f"{where}:1", name, f"columns {', '.join(sorted(known))}")
    missing = [column.name for column in schema()[table] if column.required and column.name not in names]
    if missing:
        problems.add(f"{where}:1", "no such column", ", ".join(missing))
        return []
    return read_rows(table, rows, where, problems)


def _text_of(raw: bytes) -> str | None:
    """UTF-8, or GB 18030 as older spreadsheets save it; None where it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def write_template(folder: Path) -> list[Path]:
    """Write an empty registry into `folder`: one CSV with its header for each table. Existing files stay.

    Raises: DafengError where one of the files is there already.
    """
    paths = [folder / f"{table}.csv" for table in schema()]
    there = [path.name for path in paths if path.exists()]
    if there:
        raise DafengError.at(
            str(folder), ", ".join(there), "a folder without these files", "choose a new folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, columns in zip(paths, schema().values(), strict=True):
        path.write_text(",".join(column.name for column in columns) + "\n", encoding="utf-8")
    return paths
