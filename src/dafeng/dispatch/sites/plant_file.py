"""File formats of a park and of a virtual power plant, with validation of their shape."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from dafeng.dispatch.checks import base_attribute, calendar_hint, check, complete_tables
from dafeng.dispatch.folder import check_carriers, read_csv
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, WEIGHTS
from dafeng.evidence import DafengError, Problems, read_yaml
from dafeng.evidence import Text as Words

Text = Annotated[str, BeforeValidator(lambda cell: str(cell) if isinstance(cell, int | float) else cell)]
Notes = Annotated[list[Text], BeforeValidator(lambda cell: cell if isinstance(cell, list) else [cell])]
Series = dict[tuple[str, str], dict[str, np.ndarray]]
Component = Literal[
    "buses", "carriers", "generators", "loads", "lines", "links", "storage_units", "stores", "global_constraints"
]  # fmt: skip


class Row(BaseModel):
    """Component row: name, and attributes of `attributes.csv` as numbers, texts or flags."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | float | str | None]

    name: Annotated[Text, Field(min_length=1)]


class PlantFile(BaseModel):
    """Common fields of both files. `profiles` is a CSV in the folder of the file, one row per hour."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    synthetic: StrictBool
    start: datetime
    hours: Annotated[int, Field(ge=1, le=87840)]
    profiles: str | None = None
    notes: Notes = []
    system: dict[Component, list[Row]]

    def snapshots(self) -> pd.DatetimeIndex:
        return pd.date_range(self.start, periods=self.hours, freq="h")


class Tier(BaseModel):
    """Tier of a block tariff: up to this much a month, at this much above the price."""

    model_config = ConfigDict(extra="forbid")

    up_to_mwh_month: Annotated[float, Field(gt=0)] | None = None
    adder: float


class Tariff(BaseModel):
    """Electricity tariff.

    The part that floats with the period, the part that does not, and the demand charge.
    """

    model_config = ConfigDict(extra="forbid")

    bus: Text
    case: str | None = None
    periods: list[dict[str, Any]] | None = None
    floating: Annotated[float, Field(ge=0)]
    fixed: float
    demand_charge_per_mw_month: Annotated[float, Field(ge=0)]
    co2_t_per_mwh: Annotated[float, Field(ge=0)]
    tiers: Annotated[list[Tier], Field(min_length=1)] = [Tier(adder=0.0)]


class Control(BaseModel):
    """Settings of rolling control.

    Hours planned, hours run, forecast error a day ahead, spare capacity (shares).
    """

    model_config = ConfigDict(extra="forbid")

    window: Annotated[int, Field(ge=1)] = 48
    step: Annotated[int, Field(ge=1)] = 24
    forecast_error: Annotated[float, Field(ge=0, le=1)] = 0.0
    capacity_margin: Annotated[float, Field(ge=0)] = 0.0


class ParkFile(PlantFile):
    """Park file: tariff and settings of control."""

    tariff: Tariff
    control: Control = Control()


class EventRow(BaseModel):
    """Demand response event; `meter` is a CSV in the folder of the file."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    start: Annotated[int, Field(ge=0)]
    hours: Annotated[int, Field(ge=1)]
    price: Annotated[float, Field(ge=0)]
    meter: str | None = None


class VppFile(PlantFile):
    """Virtual power plant file: `price` names the column of day-ahead prices in the profiles."""

    profiles: str
    price: str
    events: list[EventRow]
    city_peak_mw: Annotated[float, Field(gt=0)] | None = None
    target_share: Annotated[float, Field(ge=0, le=1)] | None = None


F = TypeVar("F", bound=PlantFile)


def located(path: Path, kind: type[PlantFile]) -> Path:
    """Return `path`, or the one YAML file in it where it is a folder.

    Parameters
    ----------
    path : Path
        A park or plant file, or its folder.
    kind : type
        What the file should hold.

    Raises
    ------
    DafengError
        If the folder holds no YAML file, or several.
    """
    if not path.is_dir():
        return path
    files = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
    if len(files) == 1:
        return files[0]
    found = ", ".join(file.name for file in files) or Words("没有 YAML 文件", "no YAML file")
    wanted = ", ".join(name for name in kind.model_fields)
    raise DafengError.at(
        str(path), found, Words(f"一个 YAML 文件(含 {wanted})", f"one YAML file with {wanted}"),
        Words("请写明文件本身", "name the file itself"),
    )  # fmt: skip


def read_file(path: Path, kind: type[F]) -> F:
    """Read the YAML file `path` as `kind`.

    Raises
    ------
    DafengError
        With every field that is wrong, by its place.
    """
    fields = ", ".join(kind.model_fields)
    content = read_yaml(path, fields)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = Problems()
        for fault in error.errors():
            where = ":".join(
                [path.name, *(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"])]
            )
            if fault["type"] == "missing":
                problems.add(where, "nothing", f"{fault['loc'][-1]} (there is no default)")
            elif fault["type"] == "extra_forbidden":
                problems.add(where, str(fault["loc"][-1]), "a field of this file", "see docs/dispatch.md")
            else:
                problems.add(where, repr(fault["input"])[:80], fault["msg"].removeprefix("Input should be "))
        raise DafengError(problems) from None


def read_profiles(path: Path, content: PlantFile, problems: Problems) -> pd.DataFrame:
    """Read the profiles [hour, column] as numbers, NaN where empty; texts and a wrong length are problems."""
    if not content.profiles:
        return pd.DataFrame(index=range(content.hours))
    frame = read_csv(path.parent / content.profiles)
    if len(frame) != content.hours:
        hint = calendar_hint(len(frame), content.hours)
        problems.add(content.profiles, f"{len(frame)} values", f"{content.hours} values", hint)
    numbers: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna().to_numpy() & ~frame.isin([""]).to_numpy()
    for row, column in np.argwhere(wrong)[:3].tolist():
        if frame.columns[column] != "hour":
            problems.add(
                f"{content.profiles}:{row + 2}:{frame.columns[column]}",
                repr(frame.iat[row, column]),
                "a number",
            )
    return numbers


def tables_of(
    system: Mapping[Component, list[Row]], profiles: pd.DataFrame, place: str, problems: Problems
) -> tuple[dict[str, pd.DataFrame], Series]:
    """Return the component tables and series of a file's `system`.

    Cells `profile:NAME*FACTOR` become series.
    """
    tables: dict[str, pd.DataFrame] = {c: pd.DataFrame() for c in COMPONENTS}
    series: Series = {}
    for component, rows in system.items():
        plain: list[dict[str, Any]] = []
        for row in rows:
            kept: dict[str, Any] = {"name": row.name}
            for attribute, cell in (row.model_extra or {}).items():
                where = f"{place}:{component}:{row.name}:{attribute}"
                if attribute not in EXTRA and base_attribute(component, attribute) is None:
                    problems.add(where, attribute, f"an attribute of {component}", "see docs/dispatch.md")
                elif isinstance(cell, str) and cell.startswith("profile:"):
                    values = _profile(cell, profiles, where, problems)
                    series.setdefault((component, attribute), {})[row.name] = values
                else:
                    kept[attribute] = cell
            plain.append(kept)
        tables[component] = pd.DataFrame(plain).set_index("name") if plain else pd.DataFrame()
    return tables, series


EXTRA = {"temperature_c", "reliability"}
"""Attributes that only these files have: of heat buses, and of a virtual plant's resources."""


def _profile(cell: str, profiles: pd.DataFrame, where: str, problems: Problems) -> np.ndarray:
    name, _, factor = cell.removeprefix("profile:").partition("*")
    if name not in profiles.columns:
        problems.add(where, name, f"a column of the profiles ({', '.join(map(str, profiles.columns))})")
        return np.zeros(len(profiles))
    try:
        scale = float(factor) if factor else 1.0
    except ValueError:
        problems.add(where, factor, "a number after *")
        scale = 1.0
    return np.asarray(profiles[name].to_numpy(float) * scale)


def numbers_of(table: pd.DataFrame, column: str, place: str, problems: Problems) -> pd.Series:
    """Return a column of a component's table as numbers [name].

    Rows that have none are left out; texts are problems.
    """
    if column not in table.columns:
        return pd.Series(dtype=float)
    given = table[column].dropna()
    numbers = pd.to_numeric(given, errors="coerce")
    for name in given.index[numbers.isna()]:
        problems.add(f"{place}:{name}:{column}", repr(given[name]), "a number")
    return numbers.dropna()


def system_of(
    content: PlantFile,
    tables: Mapping[str, pd.DataFrame],
    series: Mapping[tuple[str, str], Mapping[str, np.ndarray]],
    path: Path,
    problems: Problems,
    allowed: frozenset[str] = frozenset(),
) -> System:
    """Return the checked system of a park or plant; `allowed` carriers need no row of their own.

    Raises
    ------
    DafengError
        With `problems` detected so far and every problem of the tables, by their place in the file.
    """
    places = {component: f"{path.name}:{component}" for component in COMPONENTS}
    complete = complete_tables(tables, problems, places)
    check_carriers(complete, problems, f"{path.name}:{{component}}", allowed)
    problems.raise_if_any()
    system = System(
        name=content.name,
        snapshots=content.snapshots(),
        weightings=pd.DataFrame(1.0, index=np.arange(content.hours), columns=list(WEIGHTS)),
        tables=complete,
        series={key: pd.DataFrame(columns) for key, columns in series.items()},
        synthetic=content.synthetic,
        notes=tuple(content.notes),
        path=path,
    )
    check(system, places)
    return system
