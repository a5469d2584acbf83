"""Shared parts of the commands of `dafeng pathway`: options and their parsing, tables and JSON."""

import math
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from dafeng.cli import words
from dafeng.evidence import Text

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.pathway import Model, Point

CaseArgument = Annotated[str, typer.Argument(help=words.both("bundled_name_or_folder_2"))]
SamplesOption = Annotated[int, typer.Option(min=64, max=1_000_000, help=words.both("samples_2"))]
SeedOption = Annotated[int, typer.Option(min=0, help=words.both("seed"))]
AccountOption = Annotated[str, typer.Option(help=words.both("account_2"))]
TopOption = Annotated[int, typer.Option(min=1, help=words.both("rows_shown"))]
JsonOption = Annotated[bool, typer.Option("--json", help=words.both("print_json"))]
ClusterOption = Annotated[str | None, typer.Option(help=words.both("run_on_a_dask_cluster_as"))]
ResponseOption = Annotated[
    list[Path] | None,
    typer.Option("--response", exists=True, dir_okay=False, help=words.both("stored_response_tables_of_the_hourly")),
]  # fmt: skip
ScenarioOption = Annotated[str, typer.Option(help=words.both("scenario_of_the_case"))]

P = ParamSpec("P")
R = TypeVar("R")

SEED = 20300101


def model_of(name: str) -> "tuple[Case, Model]":
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model

    city = load(name)
    return city, compile_model(city, build(city))


def need_own_data(city: "Case") -> None:
    """Check that the probability of `city` may be shown.

    Raises
    ------
    DafengError
        Where too few of the data are those of the place.
    """
    from dafeng.case import LEAST_OWN_SHARE, own_share
    from dafeng.evidence import DafengError

    share = own_share(city)
    if share < LEAST_OWN_SHARE:
        raise DafengError.at(
            city.name,
            words.both(
                "problem.own_data", share=f"{share:.0%}", city=Text(city.city.name_zh, city.city.name_en)
            ),
            words.both("problem.own_data_expected", least=f"{LEAST_OWN_SHARE:.0%}"),
            words.both("problem.own_data_mend", case=city.name),
        )


def shown_chances(city: "Case", found: "list[Point]") -> "tuple[list[Point], str]":
    """Return the points, and a remark: without peak years and probabilities where too few data are those of the place."""
    from dataclasses import replace

    from dafeng.case import LEAST_OWN_SHARE, own_share

    share = own_share(city)
    if share >= LEAST_OWN_SHARE:
        return found, ""
    none = (math.nan, math.nan, math.nan)
    left = [
        replace(
            point, peak_year=dict.fromkeys(point.peak_year, none), before_2030=dict.fromkeys(point.before_2030, math.nan),
            past_exceeded=dict.fromkeys(point.past_exceeded, math.nan),
        )
        for point in found
    ]  # fmt: skip
    return left, words.both("own_data_withheld", share=f"{share:.0%}", least=f"{LEAST_OWN_SHARE:.0%}")


def changes_of(settings: list[str]) -> dict[str, float]:
    """Parse `--set MEASURE=DEGREE` as degrees; the case defines the valid measures."""
    from dafeng.evidence import Problems

    problems, changes = Problems(), {}
    for setting in settings:
        measure, _, degree = setting.partition("=")
        try:
            number = float(degree)
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            expected = words.both("problem.measure_degree")
            problems.add("--set", setting, expected, words.both("for_instance_wind_solar_927_0"))
        elif measure.strip() in changes:
            problems.add(
                "--set", setting, words.both("problem.measure_once"), words.both("problem.one_degree")
            )
        else:
            changes[measure.strip()] = number
    problems.raise_if_any()
    return changes


def years_of(text: str) -> list[int]:
    """Parse `A:B` as all years from A to B."""
    from dafeng.evidence import DafengError

    first, _, last = text.replace("：", ":").partition(":")
    try:
        begin, end = int(first), int(last or first)
    except ValueError as error:
        raise DafengError.at("--years", text, words.both("problem.year_or_span")) from error
    if end < begin:
        raise DafengError.at(
            "--years",
            text,
            words.both("problem.earlier_first"),
            words.both("problem.write_span", begin=end, end=begin),
        )
    if end - begin > 200:
        raise DafengError.at(
            "--years", text, words.both("problem.most_years"), words.both("problem.model_years")
        )
    return list(range(begin, end + 1))


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that its refusals are JSON where --json is given."""

    @wraps(command)
    def wrapped(*args: P.args, **named: P.kwargs) -> R:
        from dafeng.cli.terminal import refusals

        with refusals(bool(named.get("as_json"))):
            return command(*args, **named)

    return wrapped


def origin_of(city: "Case", seed: int | None = None, samples: int | None = None) -> dict[str, Any]:
    """Return the provenance of a result: case, hash of the inputs, seed and samples where draws are taken."""
    from dafeng import __version__

    found: dict[str, Any] = {"case": city.name, "release": city.release, "dafeng": __version__}
    return found | {name: n for name, n in (("seed", seed), ("samples", samples)) if n is not None}


def origin_line(origin: dict[str, Any]) -> str:
    names = {
        "case": words.head("case"),
        "release": words.head("inputs"),
        "seed": words.head("seed_2"),
        "samples": words.head("samples"),
    }
    return " · ".join(f"{names[key]} {str(value)[:12]}" for key, value in origin.items() if key in names)
