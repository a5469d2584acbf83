"""Options that the commands on records share (`registers`, `assess follow-up`), and the store and actor that
they name.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words

if TYPE_CHECKING:
    from dafeng.registers import Actor, Store

Workspace = Annotated[
    Path,
    typer.Option("--workspace", envvar="DAFENG_WORKSPACE", help=words.both("reg_folder_of_the_workspace")),
]
Place = Annotated[str, typer.Option("--place", help=words.both("reg_place_needed_the_first_time"))]
Database = Annotated[
    str,
    typer.Option("--database", envvar="DAFENG_RECORDS", help=words.both("reg_url_else_a_file")),
]
As = Annotated[str, typer.Option("--as", help=words.both("reg_who_acts_logged"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]
Register = Annotated[str, typer.Argument(metavar="REGISTER", help=words.both("reg_id_of_the_register"))]
Where = Annotated[list[str] | None, typer.Option("--filter", help=words.both("reg_conditions"))]
Request = Annotated[str, typer.Option("--request", help=words.both("reg_request_id"))]
HERE = Path()


def opened(workspace: Path, place: str, database: str) -> "Store":
    from dafeng.registers import open_workspace

    return open_workspace(workspace, place, database)


def acting(name: str) -> "Actor":
    from dafeng.registers import owner

    return owner(name or "owner")
