"""Commands of `dafeng dispatch` for sites: an industrial park, a virtual power plant."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dafeng.cli import words
from dafeng.cli.tables.dispatch import print_table, show
from dafeng.cli.terminal import print_json


def run_park_file(
    file: Annotated[Path, typer.Argument(help=words.both("park_file_yaml"))],
    rolling: Annotated[
        bool, typer.Option("--rolling", help=words.both("rolling_control_with_forecast_errors_beside"))
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help=words.both("write_the_result_as_netcdf_which"))
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help=words.both("page_of_figures_html_offline_and_2"))
    ] = None,
    week: Annotated[
        list[int] | None, typer.Option("--week", help=words.both("weeks_of_the_page_from_1"))
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help=words.both("threads"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json_2"))] = False,
) -> None:
    """Size and run an industrial park."""
    from dafeng import dispatch

    sized, rolled = dispatch.run_park(dispatch.read_park(file), rolling=rolling, threads=threads)
    if out is not None:
        dispatch.export(sized, out)
    if page is not None:
        dispatch.write_page(sized, page, week or [1])
    told = dispatch.park_summary(sized, rolled)
    show(told, as_json)
    if as_json or rolled is None:
        return
    print_table(
        words.head("rolling_control"), ["", ""], [[k, f"{v:,.2f}"] for k, v in told["control"].items()]
    )


def run_vpp_file(
    file: Annotated[Path, typer.Argument(help=words.both("virtual_plant_file_yaml"))],
    page: Annotated[
        Path | None, typer.Option("--page", help=words.both("page_of_figures_html_of_the"))
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help=words.both("threads"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words.both("print_json_2"))] = False,
) -> None:
    """Assess a virtual power plant: envelope, bids, peak response, verification."""
    from dafeng import dispatch

    plant = dispatch.read_vpp(file)
    if page is not None:
        dispatch.write_page(dispatch.day_ahead(plant, threads), page, [1])
    told = dispatch.vpp_summary(plant, threads)
    if as_json:
        print_json(told)
        return
    if told["synthetic"]:
        Console().print(words.both("synthetic_example_not_observed_bold"))
    keys = ("offer_mw", "capability_mw", "exceeded_with_90_percent_mw")
    rows = [[e["name"], e["start"][5:16], *(f"{e[k]:.2f}" for k in keys)] for e in told["events"]]
    head = [
        words.head("event"),
        words.head("start"),
        words.head("offer"),
        words.head("utmost"),
        words.head("sure"),
    ]
    print_table(f"{told['plant']} (MW)", head, rows)
    for event in told["events"]:
        _tell_event(event)


def _tell_event(event: dict[str, Any]) -> None:
    """Explain an event's numbers: against the plan's share of the peak, and as metered."""
    say = Console().print
    if event.get("target_share") is not None:
        reached = words.head("reaches") if event["meets_target"] else words.head("does_not_reach")
        say(
            words.both(
                "response_and_target",
                name=event["name"],
                share_of_city_peak=event["share_of_city_peak"],
                reached=reached,
                target_share=event["target_share"],
            )
        )
    if "verified" in event:
        told = event["verified"]
        say(
            words.word(
                "verified_response_mw_of_the_offer",
                name=event["name"],
                mean_response_mw=told["mean_response_mw"],
                share_of_promise=told["share_of_promise"],
            )
        )
