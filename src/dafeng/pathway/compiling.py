"""`compile_model`: tables of a case → a model. Everything that is wrong is told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems
from dafeng.pathway.base import SEGMENTS, Base
from dafeng.pathway.evaluation import evaluate
from dafeng.pathway.model import (
    Action,
    Driver,
    Measure,
    Model,
    Parameter,
    ParameterKind,
    kind_of,
    parameter_kinds,
)
from dafeng.pathway.projection import MeasureNote
from dafeng.units import convert

Array = NDArray[np.float64]

LAST_YEAR = 2060
# parameters that leave the model as it is at 1; all others do at 0
NEUTRAL_ONE = frozenset({"process", "base", "useful_ratio"})
INDUSTRY_SCOPES = ("industry", "two_high", "electricity")


class Tables(Protocol):
    """The part of a case that the model reads."""

    def table(self, name: str) -> pd.DataFrame: ...


def compile_tables(
    case: Tables,
    base: Base,
    as_of: int,
    name: str = "",
    last_year: int = LAST_YEAR,
    correlation: Mapping[tuple[str, str], float] | None = None,
) -> Model:
    """The annual model of a case.

    Parameters: `case` gives the tables `drivers` and `measures`; `base` the base year; measures act after
    `as_of` (what had happened by then is in the drivers), ramping linearly to their first knot and holding
    their last; `correlation` by pairs of driver ids.

    Raises: DafengError with every unknown parameter, unit, operation or segment, every range that does
    not hold its value, and every dimension given twice.
    """
    problems = Problems()
    years = np.arange(base.year, last_year + 1)
    drivers: list[Driver] = []
    parameters: dict[str, Parameter] = {}
    for id_, rows in _groups(case.table("drivers"), "id"):
        found = _driver(id_, rows, years, base, len(drivers), problems)
        if found is None:
            continue
        parameter, driver = found
        if parameter.id in parameters:
            problems.add(f"drivers.csv:{id_}", parameter.id, "a parameter that no other driver sets")
        parameters[parameter.id] = parameter
        if driver is not None:
            drivers.append(driver)
    _unique_dimensions(drivers, problems)
    measures = _measures(case.table("measures"), years, as_of, parameters, problems)
    if not problems:
        for needed in ("coal_existing_mw", "thermal_hours"):
            if needed not in parameters:
                problems.add("drivers.csv", "no row", f"the parameter {needed}")
    problems.raise_if_any()
    zeros = np.zeros(years.size)
    model = Model(
        name,
        as_of,
        years,
        base,
        parameters,
        tuple(drivers),
        measures,
        _correlation(drivers, correlation or {}),
        zeros,
        zeros,
        base.findings,
    )
    return _with_reference(model)


def unquantified(case: Tables) -> tuple[MeasureNote, ...]:
    """Measures whose effect is NE, with the reason."""
    table = case.table("measures")
    rows = table[table["effect"] != "quantified"].drop_duplicates("id")
    return tuple(
        MeasureNote(str(row.id), str(row.task), str(row.name_zh), str(row.name_en), str(row.reason))
        for row in rows.itertuples()
    )


def _with_reference(model: Model) -> Model:
    """The residual load that the reference hours belong to: the central case without the plan."""
    still = dict(model.parameters)
    if "displacement" in still:
        zero = np.zeros(model.years.size)
        still["displacement"] = Parameter("displacement", zero, zero, zero, False, -1)
    central = evaluate(
        replace(model, parameters=still), model.delivery(0.0), np.zeros((1, len(model.drivers)))
    )
    quantities = central.quantities
    clean = (
        quantities["wind_solar_generation"]
        + quantities["hydro_generation"]
        + quantities["biomass_generation"]
    )
    return replace(
        model, reference_demand_mwh=quantities["electricity_demand"][0], reference_renewable_mwh=clean[0]
    )


def _groups(table: pd.DataFrame, column: str) -> Iterable[tuple[str, pd.DataFrame]]:
    for id_ in dict.fromkeys(table[column]):
        yield str(id_), table[table[column] == id_]


def _kind(where: str, parameter: str, problems: Problems) -> ParameterKind | None:
    kind = kind_of(parameter)
    scope = parameter.partition(".")[2]
    if kind is None:
        problems.add(where, parameter, f"a parameter of the model: {', '.join(parameter_kinds())}")
        return None
    if scope and scope not in SEGMENTS and scope not in INDUSTRY_SCOPES:
        problems.add(
            where, parameter, f"a segment after the point: {', '.join((*SEGMENTS, *INDUSTRY_SCOPES))}"
        )
        return None
    return kind


def _converted(where: str, rows: pd.DataFrame, column: str, kind: ParameterKind, problems: Problems) -> Array:
    numbers = pd.to_numeric(rows[column]).to_numpy(dtype=float)
    try:
        return np.array(
            [float(convert(x, str(unit), kind.unit)) for x, unit in zip(numbers, rows["unit"], strict=True)]
        )
    except DafengError as error:
        for problem in error.problems:
            problems.add(f"{where}:unit", problem.found, problem.expected, problem.mend)
        return numbers


def _over_years(kind: ParameterKind, knots: Array, values: Array, years: NDArray[np.int64]) -> Array:
    """Knots to years: linear between, held outside; a rate becomes the cumulated logarithm since the first year."""
    path = np.interp(years, knots, values)
    if kind.role != "rate":
        return path
    logs = np.log1p(path)
    logs[0] = 0.0
    return np.cumsum(logs)


def _driver(
    id_: str, rows: pd.DataFrame, years: NDArray[np.int64], base: Base, column: int, problems: Problems
) -> tuple[Parameter, Driver | None] | None:
    where, rows = f"drivers.csv:{id_}", rows.sort_values("year")
    names = set(rows["parameter"]) | set()
    first = rows.iloc[0]
    kind = _kind(where, str(first["parameter"]), problems)
    if kind is None:
        return None
    if len(names) > 1 or rows["distribution"].nunique() > 1 or rows["dimension"].nunique(dropna=False) > 1:
        problems.add(
            where, "knots that differ", "one parameter, distribution and dimension for all knots of an id"
        )
        return None
    knots = rows["year"].to_numpy(dtype=float)
    if np.unique(knots).size != knots.size:
        problems.add(f"{where}:year", str(knots.tolist()), "every year once")
        return None
    values = _converted(where, rows, "value", kind, problems)
    if not np.all(np.isfinite(values)):
        problems.add(
            f"{where}:value", "a notation key", "a number: a parameter without one is left out of the table"
        )
        return None
    parameter_id, distribution = str(first["parameter"]), str(first["distribution"])
    central = _over_years(kind, knots, values, years)
    flat = np.zeros(years.size)
    if distribution == "fixed":
        return Parameter(parameter_id, central, flat, flat, False, -1), None
    ends = _ends(where, rows, values, kind, base, problems)
    if ends is None:
        return None
    low, high = ends
    lognormal = distribution == "lognormal"
    if lognormal and (low <= 0).any():
        problems.add(f"{where}:low", str(low.min()), "a positive lower end for a lognormal")
        return None
    if lognormal:
        up, down = (
            np.interp(years, knots, np.log(high / values)),
            np.interp(years, knots, np.log(values / low)),
        )
    else:
        up = _over_years(kind, knots, high, years) - central
        down = central - _over_years(kind, knots, low, years)
    if pd.isna(first["dimension"]):
        problems.add(f"{where}:dimension", "none", "a permanent dimension number for an uncertain driver")
        return None
    driver = Driver(
        id_,
        parameter_id,
        int(first["dimension"]),
        distribution,
        kind.zh,
        kind.en,
        str(first["grade"]),
        str(first["source"]),
    )
    return Parameter(parameter_id, central, up, down, lognormal, column), driver


def _ends(
    where: str, rows: pd.DataFrame, values: Array, kind: ParameterKind, base: Base, problems: Problems
) -> tuple[Array, Array] | None:
    """The 5 and 95 % ends at the knots."""
    low, high = (_converted(where, rows, name, kind, problems) for name in ("low", "high"))
    parameter = str(rows.iloc[0]["parameter"])
    if parameter.startswith("base.") and np.isnan(low).all():
        low, high = _base_range(parameter, base, low, high)
    if np.isnan(low).any() or np.isnan(high).any() or (low > values).any() or (high < values).any():
        problems.add(where, f"low {low.tolist()}, high {high.tolist()}", "low <= value <= high at every knot")
        return None
    return low, high


def _base_range(parameter_id: str, base: Base, low: Array, high: Array) -> tuple[Array, Array]:
    """The inventory's own range where the table gives none: its 95 % range, taken to 5–95 % by the ratio of quantiles."""
    segment = parameter_id.partition(".")[2]
    if segment not in base.segments:
        return np.ones_like(low), np.ones_like(high)
    position, shrink = base.segments.index(segment), 1.6448536269514722 / 1.959963984540054
    ends = (float(base.low[position]) ** shrink, float(base.high[position]) ** shrink)
    return np.full_like(low, ends[0]), np.full_like(high, ends[1])


def _unique_dimensions(drivers: list[Driver], problems: Problems) -> None:
    seen: dict[int, str] = {}
    for driver in drivers:
        if driver.dimension in seen:
            problems.add(
                f"drivers.csv:{driver.id}:dimension",
                str(driver.dimension),
                f"a number that {seen[driver.dimension]} does not have",
            )
        seen[driver.dimension] = driver.id


def _measures(
    table: pd.DataFrame,
    years: NDArray[np.int64],
    as_of: int,
    parameters: dict[str, Parameter],
    problems: Problems,
) -> tuple[Measure, ...]:
    measures: list[Measure] = []
    for id_, rows in _groups(table[table["effect"] == "quantified"], "id"):
        first = rows.iloc[0]
        measures.append(
            Measure(
                id_, str(first["task"]), str(first["name_zh"]), str(first["name_en"]), str(first["grade"]),
                str(first["basis"]), str(first["controlled_by"]), str(first["source"]), str(first.get("note", "")),
            )
        )  # fmt: skip
        for parameter, part in _groups(rows, "parameter"):
            _action(
                id_,
                parameter,
                part.sort_values("year"),
                len(measures) - 1,
                years,
                as_of,
                parameters,
                problems,
            )
    return tuple(measures)


def _action(
    id_: str, parameter: str, rows: pd.DataFrame, measure: int, years: NDArray[np.int64], as_of: int,
    parameters: dict[str, Parameter], problems: Problems,
) -> None:  # fmt: skip
    where = f"measures.csv:{id_}"
    kind = _kind(where, parameter, problems)
    operation = str(rows.iloc[0]["operation"])
    if kind is None:
        return
    if rows["operation"].nunique() > 1 or (kind.role == "rate" and operation != "add"):
        problems.add(f"{where}:operation", operation, "one operation for all knots; add for a yearly rate")
        return
    target = replace(kind, unit="1") if operation == "multiply" else kind
    knots, values = rows["year"].to_numpy(dtype=float), _converted(where, rows, "value", target, problems)
    if not np.all(np.isfinite(values)) or (knots <= as_of).any():
        problems.add(where, f"{values.tolist()} at {knots.tolist()}", f"numbers at years after {as_of}")
        return
    flat = np.zeros(years.size)
    neutral_value = flat + 1.0 if parameter.partition(".")[0] in NEUTRAL_ONE else flat
    found = parameters.get(parameter, Parameter(parameter, neutral_value, flat, flat, False, -1))
    start = float(found.central[as_of - years[0]])
    neutral = {"add": 0.0, "multiply": 1.0, "set": start}[operation]
    path = np.interp(years, [as_of, *knots], [neutral, *values])
    if kind.role == "rate":
        path = np.cumsum(np.where(years > as_of, path, 0.0))
    if operation == "set":
        last = int(min(max(knots[-1] - years[0], 0), years.size - 1))
        operation = "raise" if values[-1] >= found.central[last] else "lower"
        path = np.where(years > as_of, path, np.nan)
    parameters[parameter] = replace(found, actions=(*found.actions, Action(measure, operation, path)))


def _correlation(drivers: list[Driver], pairs: Mapping[tuple[str, str], float]) -> Array:
    matrix = np.eye(len(drivers))
    position = {driver.id: column for column, driver in enumerate(drivers)}
    problems = Problems()
    for (first, second), value in pairs.items():
        if first not in position or second not in position:
            problems.add("correlation", f"{first}, {second}", "ids of uncertain drivers")
            continue
        matrix[position[first], position[second]] = matrix[position[second], position[first]] = value
    problems.raise_if_any()
    return matrix
