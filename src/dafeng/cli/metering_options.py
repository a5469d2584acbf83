"""Options that commands of metering share."""

from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.metering_client import without_password

StorePath = Annotated[
    str,
    typer.Option(
        "--store", envvar="DAFENG_STORE", callback=without_password, help=words.both("file_of_the_store_or_a")
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]


First = Annotated[str | None, typer.Option("--from", help=words.both("first_day"))]
Last = Annotated[str | None, typer.Option("--to", help=words.both("day_after_the_last"))]
OneUnit = Annotated[str | None, typer.Option("--unit", help=words.both("one_unit_only"))]


Year = Annotated[int, typer.Option(help=words.both("year"))]


Database = Annotated[
    str | None,
    typer.Option(
        "--database", envvar="DAFENG_KEYS", callback=without_password, help=words.both("keys_and_audit_log")
    ),
]
