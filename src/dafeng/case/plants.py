"""Rules of plants.csv: what a plant must state, dates in order, and projects that are counted once."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case.checked import Checked, flag
from dafeng.case.schemas import PROJECTS
from dafeng.evidence import Problems, Text
from dafeng.units import is_unit, kind

POWER_BRANCHES = ("", "power", "heat")
CAPACITY_KINDS = ("t/a", "MWh/a", "TJ/a", "m3/a", "MW")
OUTPUT_KINDS = ("t", "MWh", "m3")
INTENSITY_KINDS = ("tce/t", "tCO2/t", "TJ/t", "tce/MWh", "tCO2/MWh", "GJ/MWh", "tce/m3", "tCO2/m3")

Mask = NDArray[np.bool_]


def check_plants(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """Check the rows of plants.csv against each other and in themselves."""
    _dates(frame, checked, problems)
    _size(frame, checked, problems)
    for column, kinds in (
        ("capacity", CAPACITY_KINDS),
        ("output", OUTPUT_KINDS),
        ("intensity", INTENSITY_KINDS),
    ):
        _unit(frame, column, kinds, checked, problems)
    for column in ("output", "intensity"):
        _range(frame, column, checked, problems)
    _odds(frame, checked, problems)
    _starts(frame, checked, problems)


def _dates(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    wrong = (frame["end_year"] < frame["start_year"]).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"{row['start_year']:.0f}–{row['end_year']:.0f}",
            "start_year <= end_year",
            "put the years in order",
        )

    flag(problems, checked, "plants", "end_year", wrong, describe, "ends before it starts")


def _size(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """A power unit has capacity_mw or a notation key; any other plant an output or a capacity."""
    power = frame["branch"].isin(POWER_BRANCHES).to_numpy(dtype=bool)
    empty = frame["capacity_mw"].isna().to_numpy() & frame["capacity_mw_key"].eq("").to_numpy(dtype=bool)

    def describe_unit(_row: Any) -> tuple[str, str, str]:
        return "nothing", "a number, or one of NO, NE, IE, C", "fill the cell"

    flag(problems, checked, "plants", "capacity_mw", power & empty, describe_unit, "no capacity")
    neither = ~power & frame["capacity"].isna().to_numpy() & frame["output"].isna().to_numpy()

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            Text(f"{row['name_zh']}既无产量也无能力", f"{row['id']} without output and capacity"),
            Text("产量或生产能力之一,带单位", "an output or a capacity, with its unit"),
            Text("填写其一;都未知则删去此行", "fill one of them; leave the row out where both are unknown"),
        )

    flag(problems, checked, "plants", "capacity", neither, describe, "no output and no capacity")


def _unit(
    frame: pd.DataFrame, column: str, kinds: tuple[str, ...], checked: Checked, problems: Problems
) -> None:
    accepted = {str(kind(unit)) for unit in kinds}
    units = frame[f"{column}_unit"].astype(str)
    fits = {unit: is_unit(unit) and str(kind(unit)) in accepted for unit in units.unique()}
    wrong = frame[column].notna().to_numpy() & ~units.map(fits).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        listed = ", ".join(kinds)
        return (
            Text(
                f"{row[column]:g},单位“{row[f'{column}_unit']}”",
                f"{row[column]:g} in {row[f'{column}_unit']!r}",
            ),
            Text(f"与以下之一同类的单位:{listed}", f"a unit of the kind of one of {listed}"),
            Text("填写或改正单位", "fill or correct the unit"),
        )

    flag(problems, checked, "plants", f"{column}_unit", wrong, describe, f"unit of {column}")


def _range(frame: pd.DataFrame, column: str, checked: Checked, problems: Problems) -> None:
    value, low, high = (frame[name].to_numpy() for name in (column, f"{column}_low", f"{column}_high"))
    wrong = (low > value) | (high < value) | (low > high)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"{row[f'{column}_low']:g} – {row[column]:g} – {row[f'{column}_high']:g}",
            f"low <= {column} <= high",
            "put them in order",
        )

    flag(problems, checked, "plants", column, wrong, describe, "outside its own range")


def _odds(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    given = frame["odds"].notna().to_numpy()
    project = frame["status"].isin(PROJECTS).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            Text(
                f"状态 {row['status']},概率 {row['odds']:g}",
                f"odds {row['odds']:g} of a plant {row['status']}",
            ),
            Text(f"空:概率只用于 {'、'.join(PROJECTS)}", f"nothing: odds are of {', '.join(PROJECTS)}"),
            Text("改正状态,或清空概率", "correct the status, or empty the odds"),
        )

    flag(problems, checked, "plants", "odds", given & ~project, describe, "odds of a plant that is built")
    undated = given & project & frame["start_year"].isna().to_numpy()

    def describe_date(row: Any) -> tuple[str, str, str]:
        return (
            Text(
                f"项目有概率 {row['odds']:g} 而无投运年", f"a project with odds {row['odds']:g} and no start"
            ),
            Text("投运年", "the year it is to start"),
            Text("填写 start_year,或清空概率", "fill start_year, or empty the odds"),
        )

    flag(problems, checked, "plants", "start_year", undated, describe_date, "project without a start")


def _starts(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """One project in two rows: the same names, fuel and size, not all of them built, different start years."""
    names = ["name_zh", "name_en", "branch", "process", "fuel", "capacity_mw", "capacity", "capacity_unit"]
    alive = frame[~frame["status"].isin(("retired", "cancelled")) & frame["start_year"].notna()]
    if not alive.duplicated(names).any():
        return
    groups = alive.groupby(names, dropna=False)
    starts = groups["start_year"].transform("nunique") if len(alive) else alive["start_year"]
    project = alive["status"].isin(PROJECTS).groupby([alive[n] for n in names], dropna=False).transform("max")
    wrong = frame.index.isin(alive.index[(starts > 1) & project.astype(bool)])

    def describe(row: Any) -> tuple[str, str, str]:
        same = alive[
            [
                all(_same(other[n], row[n]) for n in names)
                for other in alive[names].to_dict("records")
            ]
        ]  # fmt: skip
        years = ", ".join(f"{year:.0f}" for year in sorted(same["start_year"]))
        return (
            Text(f"{row['name_zh']}投运两次:{years}", f"{row['name_en'] or row['id']} starts in {years}"),
            Text("一个项目一行,一个投运年", "one row and one start of a project"),
            Text("删去其一,或把两台机组的名称写清", "remove one, or tell the units apart by their names"),
        )

    flag(problems, checked, "plants", "start_year", wrong, describe, "project starts twice")


def _same(first: Any, second: Any) -> bool:
    return bool(first == second or (pd.isna(first) and pd.isna(second)))
