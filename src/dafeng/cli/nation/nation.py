"""`dafeng nation …`, `dafeng province …`: drafts of all units of the country, or of a province."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.cluster import executor_at
from dafeng.cli.room import room
from dafeng.cli.terminal import print_json, print_table, progress_bars, refusals
from dafeng.evidence import DafengError

app = room(words.both("drafts_of_all_units"))

SAMPLES, SEED = 256, 20300101
UNITS_A_WORKER = 40
"""Units after which a process is replaced: its memory stays bounded."""
Out = Annotated[Path, typer.Option("--out", help=words.both("folder_of_the_results"))]
Samples = Annotated[int, typer.Option("--samples", help=words.both("samples_of_the_ensemble"))]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help=words.both("processes_on_this_machine"))]
Cluster = Annotated[str | None, typer.Option("--cluster", help=words.both("run_the_ensemble_on_a_dask"))]
Json = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]


@app.callback()
def _group() -> None:
    """Keep `draft` a command of its own."""


@app.command("draft")
def draft_command(
    out: Out = Path("nation"),
    samples: Samples = SAMPLES,
    jobs: Jobs = 1,
    cluster: Cluster = None,
    as_json: Json = False,
) -> None:
    """Draft and run every unit of the country; a stopped run goes on where it was."""
    from dafeng.case import units

    drafted(list(units()), "", out, samples, jobs, cluster, as_json)


def drafted(
    codes: Sequence[str],
    place: str,
    out: Path,
    samples: int,
    jobs: int,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Draft the units, write page and tables, and print the sums of the provinces.

    Parameters
    ----------
    codes
        Units.
    place
        Name of their province; "" for the country.
    out, samples, jobs, cluster, as_json
        Options of the command.
    """
    from dafeng.evidence import write_atomically
    from dafeng.pathway import (
        CHECKED_YEARS,
        agreement,
        draft_many,
        growth_coverage,
        province_sums,
        split_halves,
        write_many,
    )
    from dafeng.report import units_page

    with refusals(as_json), progress_bars(not as_json), _executor(jobs, cluster) as executor:
        rows = draft_many(codes, out, samples, SEED, executor)
        files = [out / "index.html", *write_many(rows, out)]
        with write_atomically(files[0]) as temporary:
            temporary.write_text(units_page(rows, place), encoding="utf-8")
    sums = province_sums(rows)
    number, ratio, spread = agreement(rows)
    halves = split_halves(rows)
    growth = [found for year in CHECKED_YEARS if (found := growth_coverage(rows, year)) is not None]
    if as_json:
        print_json({
            "files": [str(file) for file in files], "rows": rows.astype(object).where(rows.notna(), None).to_dict("records"),
            "provinces": sums.astype(object).where(sums.notna(), None).to_dict("records"),
            "edgar": {"units": number, "median_ratio": ratio if number else None, "sd_ln": spread if number > 1 else None,
                      "split_halves": asdict(halves) if halves else None, "growth": [asdict(one) for one in growth]},
        })  # fmt: skip
        return
    heads = ("nation_province", "nation_units", "nation_a", "nation_b", "nation_edgar", "nation_incomplete")
    print_table(
        words.word("nation_title"), [words.head(head) for head in heads],
        [[row["province"], f"{row['drafted']}/{row['units']}", *(f"{100 * row[name]:,.0f}" for name in ("A_base", "B_base", "edgar")), row["incomplete"]]
         for row in sums.to_dict("records")],
    )  # fmt: skip
    for row in rows[rows["status"] != "done"].to_dict("records"):
        typer.echo(f"! {row['code']} {row['name_zh']} {row['status']}: {row['reason']}")
    if number > 1:
        typer.echo(
            words.word("nation_agreement", number=number, ratio=f"{ratio:.2f}", spread=f"{spread:.2f}")
        )
    if halves is not None:
        typer.echo(
            words.word("nation_halves", spread=f"{halves.spread:.2f}", coverage=f"{halves.coverage:.0%}")
        )
    for one in growth:
        typer.echo(
            words.word("nation_growth", year=one.year, units=one.units, coverage=f"{one.coverage:.0%}")
        )
    typer.echo("\n".join(f"✓ {file}" for file in files))


@contextmanager
def _executor(jobs: int, cluster: str | None) -> Iterator[Executor | None]:
    if cluster is not None or jobs == 1:
        with executor_at(cluster) as found:
            yield found
        return
    with ReplacedProcesses(jobs, UNITS_A_WORKER) as found:
        yield found


class ReplacedProcesses(Executor):
    """Processes that are replaced after each batch of tasks, so that their memory stays bounded.

    The replacement of `ProcessPoolExecutor` itself (max_tasks_per_child) stops for ever where every process reaches its
    number of tasks at once (CPython issue 115634).
    """

    def __init__(self, jobs: int, tasks: int) -> None:
        """Take the number of processes, and the tasks of each before it is replaced."""
        self.jobs, self.batch = jobs, jobs * tasks

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[Any]:
        """Yield the results in order, as `Executor.map`."""
        tasks = list(zip(*iterables, strict=False))
        for start in range(0, len(tasks), self.batch):
            with ProcessPoolExecutor(self.jobs, mp_context=get_context("spawn")) as pool:
                columns = zip(*tasks[start : start + self.batch], strict=True)
                yield from pool.map(fn, *columns, timeout=timeout, chunksize=chunksize)


def codes_of(province: str) -> list[str]:
    """Return the units of a province by its name, its code or the first two digits of it.

    Raises
    ------
    DafengError
        For a province that there is not.
    """
    from dafeng.case import units

    found = [
        code
        for code, unit in units().items()
        if province in (unit.province, unit.province_code, unit.province_code[:2])
    ]
    if not found:
        known = "、".join(
            dict.fromkeys(f"{unit.province_code[:2]} {unit.province}" for unit in units().values())
        )
        raise DafengError.at("PROVINCE", province, known)
    return found
