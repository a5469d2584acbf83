"""What the commands of `dafeng pathway` share: options, reading them, tables and JSON."""

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.pathway import Model

CaseArgument = Annotated[str, typer.Argument(help="案例名或文件夹 · bundled name or folder")]
SamplesOption = Annotated[int, typer.Option(min=64, help="样本数 · samples")]
SeedOption = Annotated[int, typer.Option(help="随机种子 · seed")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
ClusterOption = Annotated[
    str | None, typer.Option(help="Dask 调度器地址 · run on a Dask cluster, as tcp://host:8786")
]
ScenarioOption = Annotated[str, typer.Option(help="情景 · scenario of the case")]

SEED = 20300101


def model_of(name: str) -> "tuple[Case, Model]":
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model

    city = load(name)
    return city, compile_model(city, build(city))


def changes_of(settings: list[str]) -> dict[str, float]:
    from dafeng.evidence import Problems

    problems, changes = Problems(), {}
    for setting in settings:
        measure, _, degree = setting.partition("=")
        try:
            changes[measure] = float(degree)
        except ValueError:
            problems.add(
                "--set",
                setting,
                "MEASURE=DEGREE with a degree from 0 to 1",
                "for instance wind_solar_927=0.6",
            )
    problems.raise_if_any()
    return changes


def years_of(text: str) -> list[int]:
    from dafeng.evidence import DafengError

    first, _, last = text.partition(":")
    try:
        return list(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise DafengError.at("--years", text, "a year or FIRST:LAST") from error


def print_json(content: Any) -> None:
    from dafeng.cli import terminal

    terminal.print_json(_plain(content))


def _plain(content: Any) -> Any:
    """Arrays as lists, NaN as null, keys as text."""
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
