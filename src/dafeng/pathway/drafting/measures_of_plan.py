"""Draft of measures.csv: the plan's own figures as ends, typical effects where it gives none, NE with its reason for the rest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from dafeng.evidence import DafengError, packaged_rows
from dafeng.plan import Comparator, Plan, Target, Task
from dafeng.units import convert

COLUMNS = (
    "id", "name_zh", "name_en", "task", "parameter", "year", "value", "low", "high", "unit", "operation", "effect", "controlled_by",
    "cost", "basis", "reason", "source", "grade", "note",
)  # fmt: skip
"""Columns of measures.csv."""
_LEVELS = (Comparator.EQUAL, Comparator.AT_LEAST, Comparator.ABOUT, Comparator.RANGE, Comparator.AT_MOST)
_INCREMENT = re.compile(r"新增|净增|新建|新开工|投产|占比$|比重$|比例$")
_WIND, _SUN = re.compile(r"风"), re.compile(r"光|太阳")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Unquantified:
    """Task or figure whose effect stays NE: place in the plan, name, reason in both languages, whom to ask."""

    locator: str
    name: str
    reason_zh: str
    reason_en: str
    ask: tuple[str, ...]


@cache
def _figures() -> tuple[tuple["re.Pattern[str]", Row], ...]:
    rows = packaged_rows("dafeng.pathway.drafting", "plan_figures.csv")
    return tuple((re.compile(row["pattern"]), dict(row)) for row in rows)


@cache
def _effects() -> tuple[tuple["re.Pattern[str]", Row], ...]:
    rows = packaged_rows("dafeng.pathway.drafting", "typical_effects.csv")
    return tuple((re.compile(row["pattern"]), dict(row)) for row in rows)


def draft_measures(
    plan: Plan, as_of: int, source: str, known: frozenset[str] = frozenset()
) -> tuple[list[Row], list[Unquantified]]:
    """Draft the rows of measures.csv for a plan, and list what stays NE.

    A figure of the plan that a parameter of the model measures becomes its end (basis plan, grade A; C where its year is over
    and the model lets it come in the year after `as_of`). Every other task takes the typical effect of its kind (basis estimate, with its
    range and grade), once in a plan. What neither gives is a row NE.

    Parameters
    ----------
    plan
        Issued plan.
    as_of
        Last year of which the trajectories tell; knots are later.
    source
        Id of the plan in sources.csv.
    known
        Parameters that have a trajectory in the case.

    Returns
    -------
    Rows with the columns `COLUMNS`, and the tasks and figures that stay NE.
    """
    rows: list[Row] = []
    left: list[Unquantified] = []
    quantified = _from_figures(plan, as_of, source, known, rows, left)
    first_of: dict[str, str] = {}
    for task in plan.tasks:
        kinds = _kinds(task, plan)
        fresh = [kind for kind in kinds if kind not in first_of]
        for kind in fresh:
            first_of[kind] = task.locator
            rows += [_typical(row, task, as_of) for _, row in _effects() if row["id"] == kind]
        if fresh or task.locator in quantified:
            continue
        counted = [first_of[kind] for kind in kinds]
        left.append(_not_estimated(task, counted))
        rows.append(_ne_row(left[-1], source, len(rows)))
    return rows, left


def _from_figures(
    plan: Plan, as_of: int, source: str, known: frozenset[str], rows: list[Row], left: list[Unquantified]
) -> set[str]:
    """Add the rows of the plan's own figures; return the tasks that they belong to."""
    quantified: set[str] = set()
    places = {task.locator for task in plan.tasks}
    for figure in {row["parameter"]: row for _, row in _figures()}.values():
        parameter = figure["parameter"]
        found = [target for target in plan.targets if _is_of(target, parameter)]
        ends = (
            _ends(found, figure, as_of)
            if parameter != "wind_solar_mw"
            else _wind_and_sun(found, figure, as_of)
        )
        if not found:
            continue
        at = next((target.locator for target in found if target.locator in places), found[0].locator)
        if not re.search(r"[一二三四五六七八九十\d]", at):
            at = plan.tasks[0].locator if plan.tasks else "一"
        reason = _why_not(figure, ends, known)
        if reason is not None:
            left.append(
                Unquantified(at, figure["name_zh"], *reason, found[0].departments or _bodies(plan, at))
            )
            rows.append(_ne_row(left[-1], source, len(rows)))
            continue
        quantified.add(at)
        for year, (value, shifted) in sorted(ends.items()):
            note = (
                f"方案期限{shifted}年,实绩未核;按{year}年到位 (due {shifted}, taken as reached in {year})"
                if shifted
                else ""
            )
            rows.append(dict.fromkeys(COLUMNS, "") | {
                "id": f"plan_{parameter}", "name_zh": figure["name_zh"], "name_en": figure["name_en"], "task": at, "parameter": parameter,
                "year": str(year), "value": f"{value:.6g}", "unit": figure["unit"], "operation": figure["operation"], "effect": "quantified",
                "controlled_by": figure["controlled_by"], "cost": "NE", "basis": "plan", "source": source, "grade": "C" if shifted else "A",
                "note": note,
            })  # fmt: skip
    return quantified


def _is_of(target: Target, parameter: str) -> bool:
    if target.value is None or target.comparator not in _LEVELS or target.stretch:
        return False
    share = target.unit in ("%", None)
    for pattern, row in _figures():
        if row["parameter"] != parameter or not pattern.search(target.indicator):
            continue
        return (row["unit"] == "1") == share and (share or not _INCREMENT.search(target.indicator))
    return False


def _value(target: Target, unit: str) -> float | None:
    """Return the value of a target in the unit of its parameter; None where the units do not fit."""
    if target.value is None:
        return None
    try:
        return float(convert(target.value, target.unit or "1", unit))
    except DafengError:
        return None


def _ends(found: Sequence[Target], figure: Row, as_of: int) -> dict[int, tuple[float, int]]:
    """Return by year the value that the plan sets, and the year of the plan where that is over."""
    ends: dict[int, tuple[float, int]] = {}
    for target in sorted(found, key=lambda one: one.year or 0):
        value = _value(target, figure["unit"])
        if value is None or target.year is None:
            continue
        late = target.year <= as_of
        year = as_of + 1 if late else target.year
        ends[year] = (max(value, ends.get(year, (value, 0))[0]), target.year if late else 0)
    return ends


def _wind_and_sun(found: Sequence[Target], figure: Row, as_of: int) -> dict[int, tuple[float, int]]:
    """Return the ends of wind and solar together: the plan's sum, else both of one year added."""
    both = [one for one in found if _WIND.search(one.indicator) and _SUN.search(one.indicator)]
    both = both or [one for one in found if "新能源" in one.indicator]
    if both:
        return _ends(both, figure, as_of)
    wind = _ends([one for one in found if _WIND.search(one.indicator)], figure, as_of)
    sun = _ends([one for one in found if _SUN.search(one.indicator)], figure, as_of)
    return {year: (wind[year][0] + sun[year][0], sun[year][1]) for year in wind.keys() & sun.keys()}


def _why_not(
    figure: Row, ends: dict[int, tuple[float, int]], known: frozenset[str]
) -> tuple[str, str] | None:
    """Return why a figure of the plan is not an end of the model; None where it is one."""
    if not ends:
        if figure["parameter"] == "wind_solar_mw":
            return (
                "方案未给出同一年的风电和光伏装机合计",
                "the plan gives no sum of wind and solar of one year",
            )
        return "方案的数值没有年份或单位不合", "the figure has no year, or a unit that does not fit"
    if figure["needs_base"] and figure["parameter"] not in known:
        return (
            f"drivers.csv 没有 {figure['parameter']} 的基准年取值",
            f"drivers.csv has no base-year value of {figure['parameter']}",
        )
    return None


_LONGEST_CONTENT = 200


def _kinds(task: Task, plan: Plan) -> list[str]:
    """Return the kinds of typical effects that a task names: in its title, else in what its bodies answer for."""
    words = task.title
    for _ in range(2):
        found = list(dict.fromkeys(row["id"] for pattern, row in _effects() if pattern.search(words)))
        if found:
            return found
        words = "".join(
            (duty.content or "")[:_LONGEST_CONTENT] for duty in plan.duties if duty.locator == task.locator
        )
    return []


def _typical(row: Row, task: Task, as_of: int) -> Row:
    year = max(int(row["year"]), as_of + 1)
    return dict.fromkeys(COLUMNS, "") | {
        "id": row["id"], "name_zh": row["name_zh"], "name_en": row["name_en"], "task": task.locator, "parameter": row["parameter"],
        "year": str(year), "value": row["value"], "low": row["low"], "high": row["high"], "unit": row["unit"], "operation": row["operation"],
        "effect": "quantified", "controlled_by": row["controlled_by"], "cost": "NE", "basis": "estimate", "source": row["source"],
        "grade": row["grade"], "note": "典型效果,待本地项目数据替换 (a typical effect, to be replaced by data of local projects)",
    }  # fmt: skip


def _not_estimated(task: Task, counted: Sequence[str]) -> Unquantified:
    if counted:
        at = "、".join(dict.fromkeys(counted))
        zh, en = f"同类措施的效果已计入{at}", f"measures of this kind are counted at {at}"
    else:
        zh = "方案没有模型可用的数量,典型效果库没有此类措施"
        en = "no figure that the model takes, and no typical effect of this kind"
    return Unquantified(task.locator, task.title, zh, en, task.lead or task.departments)


def _bodies(plan: Plan, locator: str) -> tuple[str, ...]:
    task = plan.task(locator)
    return task.departments if task else ()


def _ne_row(item: Unquantified, source: str, number: int) -> Row:
    ask = f";可询:{'、'.join(item.ask[:3])}" if item.ask else ""
    return dict.fromkeys(COLUMNS, "") | {
        "id": f"task_{number + 1}", "name_zh": item.name[:60], "name_en": "", "task": item.locator, "effect": "NE", "controlled_by": "city",
        "cost": "NE", "basis": "plan", "reason": f"{item.reason_zh} ({item.reason_en}){ask}", "source": source, "grade": "A",
    }  # fmt: skip
