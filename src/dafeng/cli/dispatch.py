"""`dafeng dispatch`: hourly systems on the command line."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dafeng.cli import dispatch_sites, dispatch_studies, words
from dafeng.cli.room import room
from dafeng.cli.tables.dispatch import (
    curve_points,
    print_table,
    show,
    show_city,
    show_commitment,
    show_typical,
    texts,
    windows_solved,
)
from dafeng.cli.terminal import print_json, print_rows
from dafeng.evidence import DafengError, Problem

TONNES_PER_10KT = 10_000.0

PREVIEW = "2 weeks"
"""Sample on which the error of a preview in blocks is measured."""

app = room(words.both("operate_and_build_hour_by_hour_2"))


@app.callback()
def _root() -> None:
    pass


@app.command("solve")
def solve_system(
    system: Annotated[Path, typer.Argument(help=words.both("system_folder_of_dafeng_or_pypsa"))],
    expand: Annotated[
        bool, typer.Option("--expand", help=words.both("plan_also_the_units_whose_capacity"))
    ] = False,
    integer: Annotated[
        bool | None,
        typer.Option("--integer/--relaxed", help=words.both("whole_numbers_for_starts_milp_or")),
    ] = None,
    cap: Annotated[
        list[str] | None, typer.Option("--cap", help=words.both("change_the_right_hand_side_of"))
    ] = None,
    block: Annotated[
        int, typer.Option("--block", min=1, help=words.both("preview_with_n_snapshots_merged"))
    ] = 1,
    typical: Annotated[int, typer.Option("--typical", help=words.both("use_n_typical_days_tsam_and"))] = 0,
    compare: Annotated[
        bool, typer.Option("--compare", help=words.both("with_block_or_typical_solve_once"))
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help=words.both("write_the_result_as_netcdf_which"))
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", help=words.both("page_of_figures_html_offline_and")),
    ] = None,
    week: Annotated[
        list[int] | None, typer.Option("--week", help=words.both("weeks_of_the_page_from_1"))
    ] = None,
    window: Annotated[
        int, typer.Option("--window", help=words.both("solve_unit_commitment_in_whole_numbers"))
    ] = 0,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help=words.both("threads"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json_2"))] = False,
) -> None:
    """Solve one system: operate at least cost, and size it with --expand."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    choosable = 0
    if not expand:
        choosable = sum(len(read.extendable(component)) for component in dispatch.COMPONENT_NAMES)
        read = dispatch.without_expansion(read)
    read = dispatch.with_limits(read, cap or [])
    exact = read
    if typical:
        show_typical(dispatch.typical_summary(read, typical, compare=compare, threads=threads), as_json)
        return
    if block > 1:
        read = dispatch.coarsen(read, block)
    if window:
        show_commitment(
            dispatch.commit(read, window=window, step=max(1, window - 24), threads=threads), read, as_json
        )
        return
    if integer is None:
        # in a PyPSA network "committable" means whole units
        integer = not dispatch.is_folder(system)
    mode = dispatch.Commitment.INTEGER if integer else dispatch.Commitment.RELAXED
    solution = _solve(read, choosable, mode=mode, threads=threads)
    if out is not None:
        dispatch.export(solution, out)
    if page is not None:
        dispatch.write_page(solution, page, week or [1])
    summary = solution.summary()
    if choosable:
        summary["remarks"].append(str(words.both("choosable_stay", number=choosable)))
    if compare and block > 1:
        whole = dispatch.solve(exact, mode=mode, threads=threads)
        error = {"total_cost": solution.total_cost / whole.total_cost - 1.0}
        summary |= {"block": block, "preview_error": error, "preview_error_of": "this system"}
    show(summary, as_json)


def _solve(system: Any, choosable: int, **options: Any) -> Any:
    from dafeng import dispatch

    try:
        return dispatch.solve(system, **options)
    except DafengError as refused:
        raise _with_hint(refused, choosable) from refused


def _with_hint(error: DafengError, choosable: int) -> DafengError:
    """Return `error` with the hint that capacities open to choice were taken as given."""
    if not choosable:
        return error
    found = words.both("problem.capacities_kept", count=choosable)
    return DafengError(
        [
            *error.problems,
            Problem(
                "--expand", found, words.both("problem.capacities_suffice"), words.both("problem.add_expand")
            ),
        ]
    )


@app.command("sweep")
def sweep_system(
    system: Annotated[Path, typer.Argument(help=words.both("system_folder_or_pypsa_network"))],
    limit: Annotated[str, typer.Option("--limit", help=words.both("name_of_the_global_constraint"))],
    values: Annotated[str, typer.Option("--values", help=words.both("right_hand_sides_separated_by_commas"))],
    expand: Annotated[bool, typer.Option("--expand")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Sweep a limit: cost, emissions and shadow prices at each point."""
    from dafeng import dispatch

    read = dispatch.read_system(system)
    if not expand:
        read = dispatch.without_expansion(read)
    prepared = dispatch.Prepared(read)
    constants = dispatch.parse_numbers("--values", values)
    with curve_points(limit, len(constants), as_json) as each:
        table = dispatch.curve(dispatch.sweep_limit(prepared, limit, constants, each), limit)
    if as_json:
        print_rows(table)
        return
    print_table(limit, [str(c) for c in table.columns], table.astype(str).to_numpy().tolist())


@app.command("run")
def run_case(
    case: Annotated[str, typer.Argument(help=words.both("case_name_or_folder"))],
    year: Annotated[list[int], typer.Option("--year", help=words.both("year_repeatable_2025_2030_2035_one"))],
    expand: Annotated[
        bool, typer.Option("--expand", help=words.both("expand_wind_solar_and_storage_at"))
    ] = False,
    cap: Annotated[
        float | None, typer.Option("--cap", help=words.both("carbon_cap_10_t_co2_generation"))
    ] = None,
    non_fossil: Annotated[
        float | None, typer.Option("--non-fossil", help=words.both("least_share_of_non_fossil_electricity"))
    ] = None,
    reserve: Annotated[
        float | None, typer.Option("--reserve", help=words.both("reserve_0_1_is_10_of"))
    ] = None,
    hours: Annotated[int, typer.Option("--hours", help=words.both("number_of_snapshots_from_start"))] = 8760,
    start: Annotated[int, typer.Option("--start", help=words.both("first_hour"))] = 0,
    block: Annotated[int, typer.Option("--block", min=1, help=words.both("preview_with_n_hours_merged"))] = 1,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=words.both("change_an_input_item_number_repeatable"))
    ] = None,
    grid: Annotated[
        Path | None,
        typer.Option("--grid", help=words.both("file_of_users_yaml_contracts_of")),
    ] = None,
    heat_wave: Annotated[bool, typer.Option("--heat-wave", help=words.both("heat_wave_evening_too"))] = False,
    start_costs: Annotated[
        str, typer.Option("--start-costs", help=words.both("start_costs_of_the_sensitivity"))
    ] = "",
    relaxed: Annotated[
        bool, typer.Option("--relaxed", help=words.both("units_may_be_partly_on_quick"))
    ] = False,
    typical: Annotated[int, typer.Option("--typical", help=words.both("use_n_typical_days_tsam_and_2"))] = 0,
    typical_weeks: Annotated[
        int, typer.Option("--typical-weeks", help=words.both("use_n_typical_weeks_tsam_and"))
    ] = 0,
    foresight: Annotated[
        int, typer.Option("--foresight", help=words.both("myopic_and_foresight_on_n_weeks"))
    ] = 0,
    curve: Annotated[int, typer.Option("--curve", help=words.both("points_of_the_curve_of_carbon"))] = 0,
    lowest: Annotated[
        float, typer.Option("--lowest", help=words.both("share_of_emissions_without_a_cap"))
    ] = 0.5,
    out: Annotated[
        Path | None, typer.Option("--out", help=words.both("write_the_result_as_netcdf_one"))
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", help=words.both("page_of_figures_html_and_hourly")),
    ] = None,
    week: Annotated[
        list[int] | None, typer.Option("--week", help=words.both("weeks_of_the_page_from_1"))
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help=words.both("threads"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json_2"))] = False,
) -> None:
    """Operate or expand the grid of a case, year by year."""
    from dafeng import dispatch
    from dafeng.case import load

    opened = load(case)
    common: dict[str, Any] = {
        "hours": hours,
        "start": start,
        "non_fossil": non_fossil,
        "reserve": reserve,
        "overrides": dispatch.parse_settings(settings or []),
        "arranged": None if grid is None else dispatch.read_arrangements(grid, year[0]),
    }
    if foresight:
        dispatch_studies.show_years(opened, year, foresight, cap, threads, common, as_json)
        return
    if typical or typical_weeks:
        system = dispatch.city_grid(opened, year[0], **common).system
        length = dispatch.WEEK if typical_weeks else dispatch.DAY
        told_typical = dispatch.typical_summary(
            system, typical or typical_weeks, length=length, compare=True, threads=threads
        )
        show_typical(told_typical, as_json)
        return
    if curve:
        options = {"expand": expand, "block": block, "threads": threads, **common}
        with curve_points("co2", curve, as_json) as each:
            table = dispatch.cap_curve(opened, year[0], curve, lowest, each=each, **options)
        _tell_curve(table, opened, year[0], page, as_json, non_fossil)
        return
    cap_t = None if cap is None else cap * TONNES_PER_10KT
    whole = not relaxed and block == 1
    with windows_solved(as_json, whole) as each:
        runs = dispatch.run_city(
            opened, year, expand=expand, whole=whole, marginal=True, block=block,
            threads=threads, each=each, cap_t=cap_t, **common,
        )  # fmt: skip
    told = [run.summary() for run in runs]
    kept = {key: common[key] for key in ("overrides", "arranged")}
    dispatch_studies.add_studies(opened, told[-1], heat_wave, start_costs, threads, kept)
    if out is not None:
        dispatch.export(runs[-1].solution, out)
    if page is not None:
        plants = opened.table("plants")
        labels = dict(zip(plants["id"].astype(str), plants["name_zh"].astype(str), strict=True))
        labels |= {cluster.name: str(cluster.label) for cluster in runs[-1].grid.clusters}
        dispatch.write_page(
            runs[-1].solution, page, week or [1], runs[-1].grid.findings, labels, told[-1], bus="city"
        )  # fmt: skip
    _tell_preview(opened, told, block, expand=expand, threads=threads, **kept)
    if as_json:
        print_json(told[0] if len(told) == 1 else told)
        return
    for summary in told:
        show(summary, False)
        show_city(summary)
        for finding in summary["findings"]:
            Console().print(f"· {finding}")
        weak = [row for row in summary["inputs"] if row["grade"] in {"D", "E"}]
        rows = [
            [row["item"], f"{row['value']:,.6g}", row["unit"], row["grade"], row["source"]] for row in weak
        ]
        print_table(
            words.head("estimates_and_assumptions"),
            ["item", "value", "unit", "grade", "source"],
            rows,
        )
    if len(runs) > 1:
        table = dispatch.horizon_table(runs)
        print_table(words.word("year_by_year_myopic"), [str(c) for c in table.columns], texts(table))


def _tell_curve(
    table: Any, case: Any, year: int, page: Path | None, as_json: bool, non_fossil: float | None
) -> None:
    """Show the carbon cap curve as a page, as JSON or as a table."""
    from dafeng import dispatch

    title = words.both("carbon_cap_curve", name_zh=case.city.name_zh, year=year)
    notes = []
    if "bound" in table and (table["bound"] > 0).any():
        mixed = int((table["bound"] > 0).sum())
        notes.append(words.both("curve_mixed", number=mixed, widest=f"{table['bound'].max():.2%}"))
    if non_fossil is not None:
        notes.append(words.both("curve_non_fossil", share=f"{non_fossil:.0%}"))
    for note in notes:
        Console(stderr=True).print(note)
    if page is not None:
        dispatch.write_curve(table, page, title, [str(note) for note in notes])
    if as_json:
        print_rows(table)
        return
    print_table(title, [str(c) for c in table.columns], texts(table))


def _tell_preview(case: Any, told: list[dict[str, Any]], block: int, **options: Any) -> None:
    """Add the error of blocks, measured on two sample weeks, to the summaries of a preview."""
    from dafeng import dispatch

    if block > 1:
        for summary in told:
            error = dispatch.sampled_block_error(case, summary["year"], block, **options)
            summary |= {"block": block, "preview_error": error, "preview_error_of": PREVIEW}


app.command("response")(dispatch_studies.response_command)
app.command("park")(dispatch_sites.run_park_file)
app.command("vpp")(dispatch_sites.run_vpp_file)
