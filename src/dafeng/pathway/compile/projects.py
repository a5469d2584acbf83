"""Projects of plants.csv that are not built: in the baseline by their odds, from their start year on."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory import Inventory, project_emissions
from dafeng.pathway.engine.base import FOSSIL, Base
from dafeng.pathway.engine.model import Driver, Parameter
from dafeng.pathway.methods.common_causes import project_dimensions
from dafeng.pathway.methods.expressions import Formula, parse
from dafeng.pathway.methods.sampling import Z95

Array = NDArray[np.float64]

PARAMETER = "project_energy"
FIRST_YEAR_SHARE = 0.5
"""Part of a full year that a project runs in the year of its start, as plants do in the inventory."""
CENTRAL_ODDS = 0.5
"""Odds from which on a project is built in the central case."""
Z975 = 1.959963984540054
LEAST_RANGE = 1e-9
"""Relative range of a project without one: only whether it is built is uncertain."""


@dataclass(frozen=True, slots=True)
class Projects:
    """Parameters and uncertain inputs of the projects, and findings on those that cannot be counted."""

    parameters: dict[str, Parameter]
    drivers: tuple[Driver, ...]
    findings: tuple[Finding, ...]


NONE = Projects({}, (), ())


def projects_of(
    case: Case, inventory: Inventory, base: Base, years: NDArray[np.int64], columns: int
) -> Projects:
    """Compile the projects with odds into fossil energy [TJ] of their branches.

    A project is built with its odds, in each sample or not at all; where it is, it burns its energy within its
    range, half of it in the first year. In the central case it is built where its odds are one half or more.

    Parameters
    ----------
    case : Case
        The place, with plants.csv.
    inventory : Inventory
        Its inventory, whose factors turn energy into CO2.
    base : Base
        Base year of the model.
    years : array [year]
        Years of the model.
    columns : int
        Number of uncertain drivers before these.
    """
    table = project_emissions(case, inventory, base.year)
    if table.empty:
        return NONE
    counted, findings = [], []
    for row in table.to_dict("records"):
        tj = _energy(base, str(row["branch"]), float(row["value_t"]))
        if not np.isfinite(tj):
            findings.append(_not_counted(row))
            continue
        counted.append((row, tj))
        findings.append(_counted(row))
    dimensions = project_dimensions([str(row["id"]) for row, _ in counted])
    branches = [str(row["branch"]) for row, _ in counted]
    parameters: dict[str, Parameter] = {}
    drivers = []
    for number, (row, tj) in enumerate(counted):
        branch = f"{PARAMETER}.{row['branch']}"
        id_ = branch if branches.count(str(row["branch"])) == 1 else f"series.project_{number + 1}"
        start = float(row["start_year"])
        path = tj * np.where(years > start, 1.0, np.where(years == start, FIRST_YEAR_SHARE, 0.0))
        # the range of the plants is 95 %, that of a parameter 5-95 %
        down, up = (
            abs(float(row[end]) / float(row["value_t"]) - 1.0) * Z95 / Z975 for end in ("low_t", "high_t")
        )
        down = max(down, LEAST_RANGE)
        odds, flat = float(row["odds"]), np.zeros_like(path)
        central = odds >= CENTRAL_ODDS
        spread = (path, up * path, down * path) if central else (flat, path, flat)
        parameters[id_] = Parameter(id_, *spread, False, columns + number, (), "TJ", False)
        if id_ != branch:
            parameters[branch] = _sum(branch, id_, spread[0], parameters.get(branch))
        drivers.append(
            Driver(
                f"project.{row['id']}", id_, dimensions[str(row["id"])], "normal", str(row["name_zh"]), str(row["name_en"]),
                str(row["grade"]), str(row["source"]), odds=odds, nothing=-1.0 / down if central else 0.0, built=(down, up),
            )
        )  # fmt: skip
    return Projects(parameters, tuple(drivers), tuple(findings))


def _sum(id_: str, added: str, path: Array, so_far: Parameter | None) -> Parameter:
    """Return the parameter of a branch with several projects, each with its own odds: their sum."""
    names, central = [added], path
    if so_far is not None and so_far.formula is not None:
        names, central = [*so_far.formula.references, added], so_far.central + path
    total = Formula((parse(" + ".join(names)),), (), "TJ", False)
    flat = np.zeros_like(path)
    return Parameter(id_, central, flat, flat, False, -1, (), "TJ", False, total)


def _energy(base: Base, branch: str, co2_t: float) -> float:
    """Return fossil TJ of `co2_t` at the mean factor of the branch's fossil energy; NaN without any."""
    if branch not in base.segments:
        return float("nan")
    at = base.segments.index(branch)
    fossil, carbon = float(base.energy_tj[at][list(FOSSIL)].sum()), float(base.co2_t[at].sum())
    return co2_t * fossil / carbon if carbon > 0.0 and fossil > 0.0 else float("nan")


def _counted(row: Mapping[Hashable, Any]) -> Finding:
    value, low, high, odds = (float(row[name]) for name in ("value_t", "low_t", "high_t", "odds"))
    start = float(row["start_year"])
    return Finding(
        "project-by-odds", Severity.NOTE, f"plants.csv:{row['id']}",
        f"{row['name_zh']}:{start:.0f}年起以概率 {odds:.0%} 计入趋势,建成后每年 {value / 1e6:.2f} Mt CO2({low / 1e6:.2f}–{high / 1e6:.2f},{row['grade']}级)",
        f"{row['name_en'] or row['id']}: in the baseline from {start:.0f} with odds of {odds:.0%}; built, it emits {value / 1e6:.2f} Mt CO2 a year ({low / 1e6:.2f} to {high / 1e6:.2f}, grade {row['grade']})",
    )  # fmt: skip


def _not_counted(row: Mapping[Hashable, Any]) -> Finding:
    return Finding(
        "project-not-counted", Severity.WARNING, f"plants.csv:{row['id']}",
        f"{row['name_zh']}有概率和投运年,但缺单位产品能耗或该分支没有基年排放,未计入趋势",
        f"{row['name_en'] or row['id']} has odds and a start, but no energy per product, or its branch no emissions in the base year: not in the baseline",
    )  # fmt: skip
