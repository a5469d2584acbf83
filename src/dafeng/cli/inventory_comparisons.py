"""Commands of `dafeng inventory` that compare: plants with branches, parts with limits, the whole with others."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import terminal, words
from dafeng.cli.tables import inventory as tables
from dafeng.cli.terminal import print_json, print_rows

SHOWN_ROWS = 40


def plants_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Compare the plants of a place with its branches; plants and rest add up to the account."""
    from dafeng import case as cases
    from dafeng.inventory import build, plant_layer, reference_table

    loaded = cases.load(case)
    inventory = build(loaded)
    layer = plant_layer(loaded, inventory, year)
    if as_json:
        print_json({
            "year": layer.year, "plants": layer.plants.to_dict("records"), "branches": layer.branches.to_dict("records"),
            "references": reference_table(inventory, loaded).to_dict("records"),
            "findings": [finding.as_dict() for finding in layer.findings],
        })  # fmt: skip
        return
    terminal.shown(tables.plants(layer.plants.to_dict("records")))
    terminal.shown(
        tables.plant_branches(layer.branches.to_dict("records")),
        words.both("plants_and_rest", year=layer.year),
    )


def checks_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check parts of the base year against limits with a source."""
    from dafeng import case as cases
    from dafeng.inventory import build, cross_checks

    loaded = cases.load(case)
    table = cross_checks(loaded, build(loaded))
    if as_json:
        print_rows(table)
        return
    terminal.shown(tables.cross_checks(table.to_dict("records")))


def carbon_command(
    place: Annotated[str, typer.Argument(help=words.both("case_or_balance"))],
    year: Annotated[int | None, typer.Option(help=words.both("year_default_base_year"))] = None,
    factors: Annotated[str | None, typer.Option(help=words.both("factor_set"))] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Balance the carbon of coking, furnaces and their gases; bridge the total to its value without double counting."""
    from dataclasses import asdict

    from dafeng import case as cases
    from dafeng.inventory import (
        build,
        case_coking_balances,
        coking_balances,
        combustion_gas_balances,
        combustion_of,
        gas_bridge,
        inventory_gas_balances,
        read_balance,
    )

    bridge = None
    if place.lower().endswith((".csv", ".tsv", ".txt", ".xlsx", ".xlsm")):
        balance = read_balance(Path(place))
        chosen = factors or "ceads"
        furnaces = combustion_gas_balances(combustion_of(balance, chosen).emissions, chosen)
        coking = coking_balances(balance.cells, chosen)
    else:
        loaded = cases.load(place)
        inventory = build(loaded, factor_set=factors)
        furnaces, bridge = inventory_gas_balances(inventory), gas_bridge(inventory)
        coking = case_coking_balances(loaded, inventory.options["fuel_set"])
        chosen_year = inventory.base_year if year is None else year
        bridge = bridge[bridge["year"] == chosen_year]
    if year is not None:
        furnaces, coking = [one for one in furnaces if one.year == year], coking[coking["year"] == year]
    if as_json:
        print_json({
            "furnaces": [asdict(one) for one in furnaces], "coking": coking.to_dict("records"),
            "bridge": [] if bridge is None else bridge.to_dict("records"),
        })  # fmt: skip
        return
    terminal.shown(
        tables.furnace_gases([asdict(one) for one in furnaces[:SHOWN_ROWS]]),
        terminal.left_out(len(furnaces), SHOWN_ROWS),
    )
    if len(coking):
        terminal.shown(
            tables.coking(coking.head(SHOWN_ROWS).to_dict("records")),
            words.word("coking_difference"),
            terminal.left_out(len(coking), SHOWN_ROWS),
        )
    if bridge is not None and len(bridge):
        terminal.shown(tables.gas_bridge(bridge.to_dict("records")), words.word("bridge_unchanged"))


def reconcile_command(
    case: Annotated[str, typer.Argument(help=words.both("case"))],
    reference: Annotated[
        Path | None,
        typer.Argument(help=words.both("published_inventory_default_the_case_s")),
    ] = None,
    factors: Annotated[str | None, typer.Option(help=words.both("factor_set"))] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Reconcile with a published inventory, by factor and activity.

    A place without one is compared with the estimates of its total.
    """
    from dafeng import case as cases
    from dafeng.inventory import build, own_reference, read_reference, reconcile, reference_table

    loaded = cases.load(case)
    inventory = build(loaded, factor_set=factors)
    path = own_reference(loaded) if reference is None else reference
    if path is None:
        totals = reference_table(inventory, loaded)
        if as_json:
            print_rows(totals)
            return
        terminal.print_lines(
            (
                words.head("reference"),
                *words.words("year", "reference_10_t"),
                words.head("ours"),
                words.head("gap_2"),
            ),
            [
                (
                    str(r["reference"]),
                    str(r["year"]),
                    *(f"{r[c] / 1e4:,.0f}" for c in ("theirs_t", "ours_t", "gap_t")),
                )
                for r in totals.to_dict("records")
            ],
        )
        return
    table = reconcile(inventory, read_reference(path))
    if as_json:
        print_rows(table)
        return
    terminal.shown(
        tables.gaps(table.head(SHOWN_ROWS).to_dict("records")), terminal.left_out(len(table), SHOWN_ROWS)
    )
