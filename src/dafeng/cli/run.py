"""`dafeng run CASE`: the main job. A face: every number comes from the rooms below."""

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli.cluster import executor_at
from dafeng.cli.terminal import print_json, progress_bars, refusals
from dafeng.evidence import Language, track

if TYPE_CHECKING:
    from dafeng.report import Summary

SAMPLES = 8192
SEED = 20300101


def command(
    case: Annotated[str, typer.Argument(help="内置案例名或文件夹 · bundled case or folder, as jiujiang")],
    out: Annotated[
        Path | None, typer.Option(help="结果文件夹,默认 results/<案例> · folder of the results")
    ] = None,
    samples: Annotated[int, typer.Option(help="样本数 · samples of the ensemble")] = SAMPLES,
    seed: Annotated[int, typer.Option(help="随机种子 · seed")] = SEED,
    language: Annotated[
        Language, typer.Option("--language", help="终端语言 · language of the terminal")
    ] = Language.ZH,
    as_json: Annotated[bool, typer.Option("--json", help="输出 summary.json · print the summary")] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Dask 调度器地址,集合在集群上计算 · run the ensemble on a Dask cluster, as tcp://host:8786"
        ),
    ] = None,
) -> None:
    """从案例文件夹到结论:达峰与否、何时、靠什么 · from the case folder to the answer."""
    with refusals(as_json), progress_bars(shown=not as_json), executor_at(cluster) as executor:
        summary, page = _answer(case, out, samples, seed, executor)
    if as_json:
        print_json(summary.as_data())
        return
    from rich.console import Console

    from dafeng.report import show
    from dafeng.report import text as words

    console = Console()
    show(summary, console, language)
    console.print(
        f"\n{words('terminal.open', language)} {page}", highlight=False, markup=False, soft_wrap=True
    )


def _answer(
    case: str, out: Path | None, samples: int, seed: int, executor: Executor | None
) -> "tuple[Summary, Path]":
    from dafeng import inventory as inventories
    from dafeng import pathway
    from dafeng.case import load, locate
    from dafeng.report import check_writable, run_inputs, summarise_case, write_results

    location = locate(case)
    folder = out if out is not None else Path("results") / location.path.name
    check_writable(folder)
    steps = iter(track("达峰评估 assessment", range(4)))
    next(steps)
    city = load(case)
    next(steps)
    inventory = inventories.build(city)
    next(steps)
    projection = pathway.run(city, samples=samples, seed=seed, inventory=inventory, executor=executor)
    next(steps)
    summary = summarise_case(city, inventory, projection)
    page = write_results(summary, run_inputs(city), folder)
    next(steps, None)
    return summary, page.resolve()
