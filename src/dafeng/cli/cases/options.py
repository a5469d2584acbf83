"""Options that commands of `dafeng case` share."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words

ParentOption = Annotated[
    str | None, typer.Option("--from", help=words.both("parent_case_else_the_bundled_one"))
]
OutOption = Annotated[Path | None, typer.Option("--out", help=words.both("else_named_by_the_code"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]
