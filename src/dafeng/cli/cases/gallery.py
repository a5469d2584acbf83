"""`dafeng case gallery`: several cases side by side, each with its own page of results."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.cases.options import Json
from dafeng.cli.run import SAMPLES, SEED, answer_of
from dafeng.cli.terminal import print_json, progress_bars, refusals


def gallery_command(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="CASE…", help=words.both("cases_of_the_gallery"))
    ] = None,
    out: Annotated[Path, typer.Option("--out", help=words.both("folder_of_the_gallery"))] = Path("gallery"),
    samples: Annotated[int, typer.Option("--samples", help=words.both("samples_of_the_ensemble"))] = SAMPLES,
    as_json: Json = False,
) -> None:
    """Run several cases, by default every bundled city, and write a page that leads to the results of each."""
    from dafeng.case import bundled, load
    from dafeng.report import folder_of, write_case_gallery

    with refusals(as_json), progress_bars(not as_json):
        named = cases or sorted(
            (one for one in bundled() if load(one).plan is not None), key=lambda one: "/" in one
        )
        summaries = [answer_of(name, out / folder_of(name), samples, SEED, None)[0] for name in named]
        page = write_case_gallery(summaries, out)
    if as_json:
        print_json({"written": str(page)})
    else:
        typer.echo(f"✓ {page}")
