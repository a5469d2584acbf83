"""Studies of `dafeng dispatch` that solve a case more than once: several years, heat wave, start costs, response."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dafeng.cli import words
from dafeng.cli.tables.dispatch import print_table, show_foresight
from dafeng.cli.terminal import print_json
from dafeng.evidence import DafengError

TONNES_PER_10KT = 10_000.0


def show_years(
    case: Any,
    years: list[int],
    weeks: int,
    cap: float | None,
    threads: int | None,
    common: dict[str, Any],
    as_json: bool,
) -> None:
    """Show the expansion over several years, myopic and with perfect foresight, next to each other."""
    from dafeng import dispatch

    for name in ("non_fossil", "reserve"):
        if common[name] is not None:
            raise DafengError.at(
                f"--{name.replace('_', '-')}", f"{common[name]:g}", words.both("problem.foresight_expected"),
                words.both("problem.foresight_limits"),
            )  # fmt: skip
    kept = {key: common[key] for key in ("overrides", "arranged")}
    remarks = Console(stderr=True)

    def each(approach: str, year: int) -> None:
        remarks.print(words.both(f"expands_{approach}", year=year))

    cap_t = None if cap is None else cap * TONNES_PER_10KT
    found = dispatch.compare_foresight(
        case, years, weeks=weeks, cap_t=cap_t, threads=threads, each=None if as_json else each, **kept
    )
    show_foresight(found, weeks, as_json)


def add_studies(
    case: Any,
    summary: dict[str, Any],
    heat_wave: bool,
    start_costs: str,
    threads: int | None,
    kept: dict[str, Any],
) -> None:
    """Add the heat wave and the sensitivity to the start cost, where asked for, to the summary of a year."""
    from dafeng import dispatch

    if heat_wave:
        found = dispatch.heat_wave(case, summary["year"], threads=threads, **kept)
        summary["heat_wave"] = found.summary()
        summary["remarks"].append(str(found.words()))
    if start_costs:
        values = dispatch.parse_numbers("--start-costs", start_costs)
        table = dispatch.start_sensitivity(case, summary["year"], values, threads=threads, **kept)
        summary["start_sensitivity"] = table.to_dict("records")


def response_command(
    case: Annotated[str, typer.Argument(help=words.both("case_name_or_folder"))],
    year: Annotated[int, typer.Option("--year", help=words.both("year"))],
    out: Annotated[Path, typer.Option("--out", help=words.both("response_table_json_for_dafeng_pathway"))],
    runs: Annotated[
        int, typer.Option("--runs", min=10, max=60, help=words.both("number_of_solves_60_at_most"))
    ] = 40,
    block: Annotated[int, typer.Option("--block", min=1, help=words.both("merge_n_hours"))] = 3,
    solar: Annotated[
        tuple[float, float] | None, typer.Option("--solar", help=words.both("range_of_solar_mw_low_high"))
    ] = None,
    storage: Annotated[
        tuple[float, float] | None, typer.Option("--storage", help=words.both("range_of_storage_mw_low_high"))
    ] = None,
    demand: Annotated[
        tuple[float, float] | None,
        typer.Option("--demand", help=words.both("range_of_electricity_demand_mwh_low")),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help=words.both("parallel_processes"))] = 1,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json_2"))] = False,
) -> None:
    """Compute the response table for the annual model, with its error."""
    from concurrent.futures import ProcessPoolExecutor

    from dafeng import dispatch
    from dafeng.case import load

    opened = load(case)
    bounds = dispatch.default_bounds(opened, year)
    given = {"solar_mw": solar, "storage_mw": storage, "demand_mwh": demand}
    bounds |= {name: pair for name, pair in given.items() if pair is not None}
    if workers == 1:
        table = dispatch.response_table(opened, year, bounds, runs=runs, block=block)
    else:
        with ProcessPoolExecutor(workers) as pool:
            table = dispatch.response_table(opened, year, bounds, runs=runs, block=block, executor=pool)
    table.write(out)
    told = {"year": year, "runs": runs, "held_back": table.held_back, "input_hash": table.input_hash}
    if as_json:
        told |= {"bounds": bounds, "largest_error_per_unit_of_range": dict(table.errors)}
        print_json(told)
        return
    rows = [[name, f"{low:,.0f} – {high:,.0f}"] for name, (low, high) in bounds.items()]
    rows += [
        [words.word("largest_error_held_back", name=name), f"{e:.1%}"] for name, e in table.errors.items()
    ]
    print_table(
        words.both(
            "runs_held_back", name_zh=opened.city.name_zh, year=year, runs=runs, held_back=table.held_back
        ),
        ["", ""],
        rows,
    )
    Console().print(f"{out} · {table.input_hash[:12]}")
