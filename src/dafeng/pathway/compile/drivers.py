"""Compiler of drivers.csv into parameters: central paths, ranges, formulas of other series."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problems, Text
from dafeng.pathway.compile.cell_expressions import COLUMN, Written, resolve, written
from dafeng.pathway.compile.table_rows import checked_kind, converted, groups, within
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.model import Driver, Parameter, ParameterKind
from dafeng.pathway.methods.common_causes import RESERVED

Array = NDArray[np.float64]


def parameters_of(
    table: pd.DataFrame, years: NDArray[np.int64], base: Base, problems: Problems, damped: bool = True
) -> tuple[dict[str, Parameter], list[Driver]]:
    """Compile parameters by id and the uncertain drivers; what is wrong is added to `problems`.

    With `damped` a falling rate goes on in the share that the table or parameters.csv states.
    """
    drivers: list[Driver] = []
    parameters: dict[str, Parameter] = {}
    formulas: dict[str, Written] = {}
    names: dict[str, str] = {}
    for id_, rows in groups(table, "id"):
        found = _driver(id_, rows, years, base, len(drivers), problems, formulas, damped)
        if found is None:
            continue
        parameter, driver = found
        if parameter.id in parameters:
            problems.add(
                f"drivers.csv:{rows.index[0]}:parameter",
                parameter.id,
                "a parameter that no other driver sets",
            )
        parameters[parameter.id] = parameter
        names |= {id_: parameter.id, parameter.id: parameter.id}
        if driver is not None:
            drivers.append(driver)
    _unique_dimensions(drivers, problems)
    resolve(formulas, parameters, names, years, problems)
    return parameters, drivers


def _over_years(kind: ParameterKind, knots: Array, values: Array, years: NDArray[np.int64]) -> Array:
    """Knots to years: linear between, held outside; a rate becomes the cumulated logarithm since the first
    year.
    """
    path = np.interp(years, knots, values)
    if kind.role != "rate":
        return path
    logs = np.log1p(path)
    logs[0] = 0.0
    return np.cumsum(logs)


def _driver(
    id_: str,
    rows: pd.DataFrame,
    years: NDArray[np.int64],
    base: Base,
    column: int,
    problems: Problems,
    formulas: dict[str, Written],
    damped: bool,
) -> tuple[Parameter, Driver | None] | None:
    rows = rows.sort_values("year")
    where = f"drivers.csv:{rows.index[0]}"
    first = rows.iloc[0]
    kind = checked_kind(where, str(first["parameter"]), str(first["unit"]), problems)
    if kind is None:
        return None
    if not _agree(where, rows, problems):
        return None
    knots = rows["year"].to_numpy(dtype=float)
    if COLUMN in rows and rows[COLUMN].astype(bool).any():
        return _from_formula(rows, kind, years, problems, formulas)
    values = converted(where, rows, "value", kind, problems)
    if not _numbers(where, values, kind, problems):
        return None
    rate = kind.role == "rate"
    share = damping_of(where, rows, kind, problems) if damped else 1.0
    lift = lifted(values, share) if rate else np.zeros_like(values)
    values = values + lift
    parameter_id, distribution = str(first["parameter"]), str(first["distribution"])
    central = _over_years(kind, knots, values, years)
    flat = np.zeros(years.size)
    if distribution == "fixed":
        return Parameter(parameter_id, central, flat, flat, False, -1, (), kind.unit, rate), None
    ends = _ends(where, rows, values - lift, kind, base, problems)
    if ends is None:
        return None
    # what a range says of a rate it says of the damped rate as well
    low, high = ends[0] + lift, ends[1] + lift
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
    dimension = _dimension(where, first, problems)
    if dimension is None:
        return None
    driver = Driver(
        id_,
        parameter_id,
        dimension,
        distribution,
        kind.zh,
        kind.en,
        str(first["grade"]),
        str(first["source"]),
        share,
    )
    return Parameter(parameter_id, central, up, down, lognormal, column, (), kind.unit, rate), driver


def _numbers(where: str, values: Array, kind: ParameterKind, problems: Problems) -> bool:
    """Check that every knot has a number within the bounds of its parameter."""
    if np.all(np.isfinite(values)):
        return within(f"{where}:value", values, kind, problems)
    problems.add(
        f"{where}:value", "a notation key", "a number: a parameter without one is left out of the table"
    )
    return False


def _dimension(where: str, first: "pd.Series[float]", problems: Problems) -> int | None:
    """Return the permanent dimension of an uncertain driver; a problem where there is none or it is the
    package's.
    """
    told = first["dimension"]
    if pd.isna(told):
        problems.add(
            f"{where}:dimension", Text("空", "empty"), "a permanent dimension number for an uncertain driver"
        )
        return None
    number = int(told)
    if number in RESERVED:
        problems.add(
            f"{where}:dimension", str(number),
            Text(f"1–{RESERVED[0] - 1} 或 {RESERVED[-1] + 1} 以上的维号", f"a number below {RESERVED[0]} or above {RESERVED[-1]}"),
            Text("该号段留给模型自身的误差与共同原因", "the block belongs to the model's own errors and common causes"),
        )  # fmt: skip
        return None
    return number


def damping_of(where: str, rows: pd.DataFrame, kind: ParameterKind, problems: Problems) -> float:
    """Return the share of a falling rate that goes on: the one that the driver's rows state, else that of its kind of
    parameter.
    """
    stated = rows["damping"].dropna() if "damping" in rows else rows.iloc[:0]
    shares = np.unique(stated.to_numpy(dtype=float))
    if not len(shares):
        return kind.damping
    if len(shares) > 1 or not 0 <= shares[0] <= 1:
        problems.add(
            f"{where}:damping", ", ".join(f"{share:g}" for share in shares),
            Text("一个 0 到 1 的延续比例", "one share from 0 to 1 that goes on"),
            Text("0.5 为降幅折半延续；留空则按参数取值", "0.5: half of a fall goes on; empty: that of the parameter"),
        )  # fmt: skip
        return kind.damping
    return float(shares[0])


def lifted(rates: Array, share: float) -> Array:
    """Compute what damping adds to yearly `rates` [knot]: of a fall only `share` goes on, a rise goes on as
    it is.
    """
    return np.asarray((share - 1.0) * np.minimum(rates, 0.0))


def _agree(where: str, rows: pd.DataFrame, problems: Problems) -> bool:
    """Check that the knots of an id have one parameter, each a year of its own."""
    alike = (
        rows["parameter"].nunique() == 1
        and rows["distribution"].nunique() == 1
        and rows["dimension"].nunique(dropna=False) == 1
    )
    if not alike:
        problems.add(
            where, "knots that differ", "one parameter, distribution and dimension for all knots of an id"
        )
        return False
    if rows["year"].duplicated().any():
        problems.add(f"{where}:year", str(rows["year"].tolist()), "every year once")
        return False
    return True


def _from_formula(
    rows: pd.DataFrame,
    kind: ParameterKind,
    years: NDArray[np.int64],
    problems: Problems,
    formulas: dict[str, Written],
) -> tuple[Parameter, None] | None:
    """Return a parameter whose path is computed after all other series."""
    parameter = str(rows["parameter"].iloc[0])
    if set(rows["distribution"]) != {"fixed"}:
        problems.add(
            f"drivers.csv:{rows.index[0]}:distribution", str(rows["distribution"].iloc[0]), "fixed for an expression",
            "its uncertainty is that of the series which it names",
        )  # fmt: skip
        return None
    found = written("drivers.csv", rows, kind, problems)
    if found is None:
        return None
    formulas[parameter] = found
    flat = np.zeros(years.size)
    return Parameter(parameter, flat, flat, flat, False, -1, (), kind.unit, kind.role == "rate"), None


def _ends(
    where: str, rows: pd.DataFrame, values: Array, kind: ParameterKind, base: Base, problems: Problems
) -> tuple[Array, Array] | None:
    """Return the 5 and 95 % ends at the knots."""
    low, high = (converted(where, rows, name, kind, problems) for name in ("low", "high"))
    parameter = str(rows.iloc[0]["parameter"])
    if parameter.startswith("base.") and np.isnan(low).all():
        low, high = _base_range(parameter, base, low, high)
    if np.isnan(low).any() or np.isnan(high).any() or (low > values).any() or (high < values).any():
        problems.add(where, f"low {low.tolist()}, high {high.tolist()}", "low <= value <= high at every knot")
        return None
    if not all([within(f"{where}:low", low, kind, problems), within(f"{where}:high", high, kind, problems)]):
        return None
    return low, high


def _base_range(parameter_id: str, base: Base, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the inventory's own range where the table gives none: its 95 % range, taken to 5–95 % by the
    ratio of quantiles.
    """
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
