"""What the commands of `dafeng pathway` share: options, reading them, tables and JSON."""

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.pathway import Model

CaseArgument = Annotated[str, typer.Argument(help="案例名或文件夹 · bundled name or folder")]
SamplesOption = Annotated[int, typer.Option(min=64, max=1_000_000, help="样本数 · samples")]
SeedOption = Annotated[int, typer.Option(min=0, help="随机种子 · seed")]
AccountOption = Annotated[str, typer.Option(help="账户 A、B · account")]
TopOption = Annotated[int, typer.Option(min=1, help="显示行数 · rows shown")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
ClusterOption = Annotated[
    str | None, typer.Option(help="Dask 调度器地址 · run on a Dask cluster, as tcp://host:8786")
]
ScenarioOption = Annotated[str, typer.Option(help="情景 · scenario of the case")]

P = ParamSpec("P")
R = TypeVar("R")

SEED = 20300101


def model_of(name: str) -> "tuple[Case, Model]":
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model

    city = load(name)
    return city, compile_model(city, build(city))


def changes_of(settings: list[str]) -> dict[str, float]:
    """`--set MEASURE=DEGREE` as degrees; which measures there are is the case's to say."""
    from dafeng.evidence import Problems

    problems, changes = Problems(), {}
    for setting in settings:
        measure, _, degree = setting.partition("=")
        try:
            number = float(degree)
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            expected = "MEASURE=DEGREE with a degree from 0 (nothing) to 1 (as in the plan)"
            problems.add("--set", setting, expected, "for instance wind_solar_927=0.6 (完成度 0 到 1)")
        elif measure.strip() in changes:
            problems.add("--set", setting, "each measure once", "give one degree for it")
        else:
            changes[measure.strip()] = number
    problems.raise_if_any()
    return changes


def years_of(text: str) -> list[int]:
    """`A:B` as all years from A to B."""
    from dafeng.evidence import DafengError

    first, _, last = text.replace("：", ":").partition(":")
    try:
        begin, end = int(first), int(last or first)
    except ValueError as error:
        raise DafengError.at("--years", text, "a year or FIRST:LAST, as 2020:2035") from error
    if end < begin:
        raise DafengError.at("--years", text, "the earlier year first", f"write {end}:{begin}")
    if end - begin > 200:
        raise DafengError.at("--years", text, "at most 200 years", "see the years of the model: 2020 to 2060")
    return list(range(begin, end + 1))


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose refusals are JSON where --json is given."""

    @wraps(command)
    def wrapped(*args: P.args, **named: P.kwargs) -> R:
        from dafeng.cli.terminal import refusals

        with refusals(bool(named.get("as_json"))):
            return command(*args, **named)

    return wrapped


def origin_of(city: "Case", seed: int | None = None, samples: int | None = None) -> dict[str, Any]:
    """What every result names: its case, the hash of its inputs, seed and samples where draws are taken."""
    from dafeng import __version__

    found: dict[str, Any] = {"case": city.name, "release": city.release, "dafeng": __version__}
    return found | {name: n for name, n in (("seed", seed), ("samples", samples)) if n is not None}


def origin_line(origin: dict[str, Any]) -> str:
    names = {"case": "案例 case", "release": "输入 inputs", "seed": "种子 seed", "samples": "样本 samples"}
    return " · ".join(f"{names[key]} {str(value)[:12]}" for key, value in origin.items() if key in names)


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
