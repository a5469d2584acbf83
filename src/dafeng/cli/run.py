"""`dafeng run CASE`: the main job; every number comes from the rooms below."""

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words
from dafeng.cli.cluster import executor_at
from dafeng.cli.terminal import print_json, progress_bars, refusals
from dafeng.evidence import Language, track

if TYPE_CHECKING:
    from dafeng.report import Summary

SAMPLES = 8192
SEED = 20300101


def command(
    case: Annotated[str, typer.Argument(help=words.both("bundled_case_or_folder_as_jiujiang"))],
    out: Annotated[Path | None, typer.Option(help=words.both("folder_of_the_results"))] = None,
    samples: Annotated[int, typer.Option(help=words.both("samples_of_the_ensemble"))] = SAMPLES,
    seed: Annotated[int, typer.Option(help=words.both("seed"))] = SEED,
    language: Annotated[
        Language, typer.Option("--language", help=words.both("language_of_the_terminal"))
    ] = Language.ZH,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_the_summary"))] = False,
    cluster: Annotated[
        str | None,
        typer.Option(help=words.both("run_the_ensemble_on_a_dask")),
    ] = None,
) -> None:
    """Run a case: whether, when and by what measures it peaks."""
    with refusals(as_json), progress_bars(shown=not as_json), executor_at(cluster) as executor:
        summary, page = answer_of(case, out, samples, seed, executor)
    if as_json:
        print_json(summary.as_data())
        return
    from rich.console import Console

    from dafeng.report import show, text

    console = Console()
    show(summary, console, language)
    console.print(
        f"\n{text('terminal.open', language)} {page}", highlight=False, markup=False, soft_wrap=True
    )


def answer_of(
    case: str, out: Path | None, samples: int, seed: int, executor: Executor | None
) -> "tuple[Summary, Path]":
    """Run a case, write its results and return the summary and the path of the page."""
    from dafeng import inventory as inventories
    from dafeng import pathway
    from dafeng.case import load, locate, naming_doubts
    from dafeng.report import check_writable, run_inputs, summarise_case, write_results

    location = locate(case)
    folder = out if out is not None else Path("results") / location.path.name
    check_writable(folder)
    steps = iter(track(words.head("assessment"), range(4)))
    next(steps)
    city = load(case)
    with naming_doubts(city):
        next(steps)
        inventory = inventories.build(city)
        next(steps)
        projection = pathway.run(city, samples=samples, seed=seed, inventory=inventory, executor=executor)
    next(steps)
    summary = summarise_case(city, inventory, projection)
    page = write_results(summary, run_inputs(city), folder)
    next(steps, None)
    return summary, page.resolve()
