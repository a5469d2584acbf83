"""Options and outputs that the commands of `dafeng assess` share."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.evidence import DafengError

CaseName = Annotated[str, typer.Argument(help=words.both("assess_case"))]
Period = Annotated[str, typer.Option("--period", help=words.both("assess_period"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("assess_print_json"))]
Paper = Annotated[Path | None, typer.Option("--paper", help=words.both("assess_also_write_an_official_docx"))]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", help=words.both("assess_also_write_a_workbook"))]
DECIMALS = 2
"""Decimals in which an issued value is broken down: it is mostly in 万t."""
IssuedRecord = Annotated[int, typer.Option("--issued", help=words.both("assess_record_of_the_issued_value"))]
On = Annotated[str, typer.Option("--on", help=words.both("assess_day_of_judgement_default_today"))]


def day_or_today(text: str | None, option: str) -> date:
    """Parse the day that an option names; today without one. Raises: DafengError for what is no day."""
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 - the user's own day
    except ValueError:
        raise DafengError.at(option, str(text), words.both("assess_x_date")) from None


def written_day(text: str | None, option: str = "--on") -> str:
    """Return the day that an option names as papers print it."""
    return words.chinese_day(day_or_today(text, option))


def term(kind: str, id_: str) -> str:
    """Return the word of papers and pages for a state, colour or role, in the language of the terminal; "" for none."""
    from dafeng.report import name

    return name(kind, id_, words.language()) if id_ else ""


def total_of(
    record: int, total: float | None, unit: str, issued: Callable[[int], Any]
) -> tuple[Any, float, str]:
    """Return the issued value that a total is (None without a record), the total and its unit.

    Raises
    ------
    DafengError
        Where both a total and a record are named, or neither.
    """
    if bool(record) == (total is not None):
        raise DafengError.at("--total", words.both("assess_x_both" if record else "assess_x_nothing"), words.both("assess_x_total_or_issued"))  # fmt: skip
    if total is not None:
        return None, total, unit
    found = issued(record)
    return found, found.value, found.unit


def subject_of(issued: Any) -> str:
    """Return what is shared out, as the title of a paper prints it."""
    if issued is None:
        return words.both("assess_total_aim").zh
    from dafeng.evidence import Language
    from dafeng.report import name

    title = name("quantity", issued.quantity, Language.ZH)
    return words.both("assess_issued_subject", name=issued.name, year=issued.year, quantity=title).zh


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: decimals as numbers, NaN as null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and value != value:
        return None
    return float(value) if type(value).__name__ == "Decimal" else value
