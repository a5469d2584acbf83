"""`dafeng province …`: drafts of the units of a province and their sum."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.nation.nation import SAMPLES, Cluster, Jobs, Json, Out, Samples, codes_of, drafted
from dafeng.cli.room import room
from dafeng.cli.terminal import refusals

app = room(words.both("units_of_a_province"))


@app.callback()
def _group() -> None:
    """Keep `run` a command of its own."""


@app.command("run")
def run_command(
    province: Annotated[str, typer.Argument(metavar="PROVINCE", help=words.both("code_or_name_of_a_province"))],
    out: Out = Path("province"), samples: Samples = SAMPLES, jobs: Jobs = 1, cluster: Cluster = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Draft and run the units of a province; one that fails leaves the sum incomplete."""
    from dafeng.case import units

    with refusals(as_json):
        codes = codes_of(province)
    drafted(codes, units()[codes[0]].province, out, samples, jobs, cluster, as_json)
