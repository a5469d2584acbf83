"""`dafeng registers codes`: dated lists of thresholds, coefficients and levels, as in force on a day at a place."""

from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.record_options import Json
from dafeng.cli.terminal import print_array, print_table, refusals


def codes(
    table: Annotated[str, typer.Argument(metavar="[TABLE]")] = "",
    place: Annotated[str, typer.Option("--place", help=words.both("reg_place"))] = "",
    day: Annotated[str, typer.Option("--day", help=words.both("reg_day_of_the_codes"))] = "",
    as_json: Json = False,
) -> None:
    """List the dated codes in force: thresholds, coefficients, energy levels."""
    from dafeng.evidence import today
    from dafeng.registers import codes_in_force

    with refusals(as_json):
        rows = codes_in_force(day or today().isoformat(), place, table)
    if as_json:
        print_array([one.as_dict() for one in rows])
        return
    unsure = words.word("reg_not_confirmed")
    print_table(
        "",
        words.words("reg_code_table", "reg_code", "value", "unit", "reg_valid_from", "reg_place_2", "source", "reg_note"),
        [
            (one.table, one.key, f"{one.value:,.10g}", one.unit, one.valid_from, one.place, f"{one.source}{'' if one.confirmed else f' {unsure}'}", one.note)
            for one in rows
        ],
    )  # fmt: skip
