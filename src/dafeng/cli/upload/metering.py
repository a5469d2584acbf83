"""`dafeng metering package`: sums of a unit as a message for another platform, without calculation."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.metering_client import ask, show
from dafeng.cli.metering_options import AsJson, StorePath


def package(
    unit: Annotated[str, typer.Argument(help=words.both("unit_of_the_registry"))],
    period: Annotated[str, typer.Argument(help=words.both("day_or_month_of_the_package"))],
    store: StorePath,
    adapter: Annotated[str, typer.Option(help=words.both("mapping_of_the_platform"))],
    out: Annotated[Path, typer.Option(help=words.both("package_to_write"))],
    as_json: AsJson = False,
) -> None:
    """Write the day or month sums of a unit as a package for another platform."""
    from dafeng.metering import load_adapter, write_package

    mapping = load_adapter(adapter)
    answer = ask(store, "package", unit=unit, period=period)
    rows = answer.pop("rows")
    write_package(out, mapping, rows)
    show(answer | {"out": str(out), "readings": len(rows), "adapter": mapping.as_dict()}, as_json, str(out))
