"""Options and outputs that the commands of `dafeng assess` share."""

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


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: decimals as numbers, NaN as null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and value != value:
        return None
    return float(value) if type(value).__name__ == "Decimal" else value
