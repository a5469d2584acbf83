"""Compiler of measures.csv: the effect of each measure on each parameter."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problems, Text
from dafeng.pathway.compile.cell_expressions import figure
from dafeng.pathway.compile.effect_ranges import grade_widths, sector_of, stated_range
from dafeng.pathway.compile.table_rows import checked_kind, converted, groups, within
from dafeng.pathway.engine.model import Action, Measure, Parameter, ParameterKind


def measures_of(
    table: pd.DataFrame,
    years: NDArray[np.int64],
    as_of: int,
    parameters: dict[str, Parameter],
    problems: Problems,
    uncertain: bool = True,
    running: bool = True,
) -> tuple[Measure, ...]:
    """Compile the measures with a quantified effect, their actions added to `parameters`; `uncertain`: their
    effects have a range; `running`: what they delivered up to `as_of` is in the trends, only the rest is to
    come.
    """
    measures: list[Measure] = []
    for id_, rows in groups(table[table["effect"] == "quantified"], "id"):
        first = rows.iloc[0]
        progress = _progress(rows, as_of, problems) if running else _NONE
        stated = [
            _action(
                id_,
                parameter,
                part.sort_values("year"),
                len(measures),
                years,
                as_of,
                parameters,
                problems,
                progress,
            )
            for parameter, part in groups(rows, "parameter")
        ]
        grade = str(first["grade"])
        told = [one for one in stated if one is not None]
        # a figure that the plan sets is reached where the measure is delivered: what is uncertain of it is delivery
        figures_only = not told and (rows["operation"] == "set").all()
        low, high = _range(told, grade) if uncertain and not figures_only else (0.0, 0.0)
        measures.append(
            Measure(
                id_, str(first["task"]), str(first["name_zh"]), str(first["name_en"]), grade,
                str(first["basis"]), str(first["controlled_by"]), str(first["source"]), str(first.get("note", "")),
                -low, high, sector_of(str(first["parameter"])), progress.start, progress.delivered,
            )
        )  # fmt: skip
    return tuple(measures)


def check_starts(table: pd.DataFrame, plan_year: int, problems: Problems) -> None:
    """Add the measures that began before the year in which their plan was issued."""
    if "start" not in table:
        return
    early = table[table["start"].notna() & (table["start"] < plan_year)].drop_duplicates("id")
    for at, id_, start in early[["id", "start"]].itertuples():
        problems.add(
            f"measures.csv:{at}:start", f"{id_}: {int(start)}",
            Text(f"不早于方案印发的 {plan_year} 年", f"not before {plan_year}, the year in which the plan was issued"),
            Text("方案之前的政策在趋势中；更正开始年份", "earlier policy is in the trends: correct the start"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Progress:
    """Year in which a measure began (0: after as_of) and the part of its effect that had happened by as_of."""

    start: int
    delivered: float


_NONE = _Progress(0, 0.0)


def _progress(rows: pd.DataFrame, as_of: int, problems: Problems) -> _Progress:
    """Return start and delivered degree of a measure, stated once for all its rows."""
    found: list[float] = []
    for column in ("start", "delivered_to_date"):
        stated = rows[column].dropna().unique() if column in rows else np.empty(0)
        if len(stated) > 1:
            problems.add(
                f"measures.csv:{rows.index[0]}:{column}", ", ".join(f"{value:g}" for value in stated),
                Text("一项措施一个值", "one value for a measure"), Text("各行写同一个值，或只写在首行", "write the same in all rows, or only in the first"),
            )  # fmt: skip
            return _NONE
        found.append(float(stated[0]) if len(stated) else 0.0)
    start, delivered = int(found[0]), found[1]
    where = f"measures.csv:{rows.index[0]}"
    if not 0 <= delivered <= 1:
        problems.add(
            f"{where}:delivered_to_date", f"{delivered:g}", Text("0 到 1 的比例", "a share from 0 to 1"),
            Text("35% 写作 0.35", "35 % is 0.35"),
        )  # fmt: skip
        return _NONE
    if delivered and start > as_of:
        problems.add(
            f"{where}:start", f"{start}; {delivered:g}",
            Text(f"不晚于 {as_of} 年开始，或尚未落实", f"a start not after {as_of}, or nothing delivered"),
            Text("更正开始年份，或把 delivered_to_date 留空", "correct the start, or leave delivered_to_date empty"),
        )  # fmt: skip
        return _NONE
    if start > as_of and (rows["year"] < start).any():
        problems.add(
            f"{where}:start", str(start), Text("不晚于首个节点的开始年份", "a start not after the first knot"),
            Text("更正开始年份或节点年份", "correct the start or the year of the knot"),
        )  # fmt: skip
        return _NONE
    return _Progress(start, delivered)


def _range(stated: list[tuple[float, float]], grade: str) -> tuple[float, float]:
    """Return the range of a measure: it has one deviate for all its effects, so the widest stated range
    counts.
    """
    if not stated:
        return grade_widths().get(grade, grade_widths()["E"])
    return min(low for low, _ in stated), max(high for _, high in stated)


def _action(
    id_: str, parameter: str, rows: pd.DataFrame, measure: int, years: NDArray[np.int64], as_of: int,
    parameters: dict[str, Parameter], problems: Problems, progress: "_Progress",
) -> tuple[float, float] | None:  # fmt: skip
    """Add one measure's action on one parameter, and return the range of its effect where the table states
    one.
    """
    where = f"measures.csv:{rows.index[0]}"
    kind = checked_kind(where, parameter, str(rows.iloc[0]["unit"]), problems)
    operation = str(rows.iloc[0]["operation"])
    if kind is None:
        return None
    if rows["operation"].nunique() > 1 or (kind.role == "rate" and operation != "add"):
        problems.add(f"{where}:operation", operation, "one operation for all knots; add for a yearly rate")
        return None
    rows = figure("measures.csv", rows, kind, parameters, years, problems)
    target = replace(kind, unit="1") if operation == "multiply" else kind
    knots, values = rows["year"].to_numpy(dtype=float), converted(where, rows, "value", target, problems)
    if not np.all(np.isfinite(values)) or (knots <= as_of).any():
        told = f"{id_}: {values.tolist()} ({[int(knot) for knot in knots]})"
        problems.add(f"{where}:year", told, f"numbers at years after {as_of}")
        return None
    if operation == "set" and not within(f"{where}:value", values, kind, problems):
        return None
    found = parameters.get(parameter) or _without_row(where, parameter, kind, years, problems)
    if found is None:
        return None
    start = float(found.central[as_of - years[0]])
    neutral = {"add": 0.0, "multiply": 1.0, "set": start}[operation]
    ends = stated_range(where, rows, target, neutral, values, problems)
    if operation != "set":
        # an end that the plan sets stays that end; of a stated effect the delivered part is in the trend
        values = neutral + (1.0 - progress.delivered) * (values - neutral)
    begin = max(as_of, progress.start - 1)
    path = np.interp(years, [begin, *knots], [neutral, *values])
    if kind.role == "rate":
        path = np.cumsum(np.where(years > as_of, path, 0.0))
    if operation == "set":
        last = int(min(max(knots[-1] - years[0], 0), years.size - 1))
        operation = "raise" if values[-1] >= found.central[last] else "lower"
        path = np.where(years > begin, path, np.nan)
    parameters[parameter] = replace(found, actions=(*found.actions, Action(measure, operation, path)))
    return ends


def _without_row(
    where: str, parameter: str, kind: ParameterKind, years: NDArray[np.int64], problems: Problems
) -> Parameter | None:
    """Return a parameter that drivers.csv does not give, at its default, for a measure to move; a problem
    where it has none.
    """
    if kind.default is None:
        expected = Text(
            "drivers.csv 中已有此参数的行(该参数没有默认值)",
            "a parameter with a row in drivers.csv: it has no default to move away from",
        )
        problems.add(
            f"{where}:parameter", parameter, expected, Text("补充该行及来源", "add the row with its source")
        )
        return None
    flat = np.zeros(years.size)
    return Parameter(
        parameter, flat + kind.default, flat, flat, False, -1, (), kind.unit, kind.role == "rate"
    )
