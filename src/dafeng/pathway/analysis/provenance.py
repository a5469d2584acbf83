"""Provenance of a number: the inputs that move it, with their rows and sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError
from dafeng.pathway.engine.evaluate import ACCOUNTS, IMPORT, ROWS, evaluate
from dafeng.pathway.engine.model import Model, scoped_name

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Origin:
    """Input of a number: the table row it comes from, its value in the year, its range, unit, grade and
    source.

    `at_low` and `at_high` are the number with this input at its ends (a measure: nothing and full delivery),
    `effect` their difference, in the number's unit.
    """

    parameter: str
    name_zh: str
    name_en: str
    table: str
    row: str
    value: float
    low: float
    high: float
    unit: str
    grade: str
    source: str
    effect: float
    at_low: float
    at_high: float


# what a quantity is made of: names of others and their sign
CHAIN: Mapping[str, Mapping[str, float]] = {
    "net_import": {
        "electricity_demand": 1.0, "coal_generation_old": -1.0, "coal_generation_new": -1.0, "wind_solar_generation": -1.0,
        "hydro_generation": -1.0, "biomass_generation": -1.0,
    },
}  # fmt: skip


def made_of(model: Model, quantity: str, year: int, delivery: Array) -> Mapping[str, float]:
    """Return the terms whose sum is the central value of an account, or of the net import, by name; empty for
    others.

    An account's terms are the plan's sectors (combustion), its processes (B) and the electricity import (A),
    in t.

    Parameters
    ----------
    model
        Compiled model of the case.
    quantity
        Quantity of `evaluate`.
    year
        Year of the value.
    delivery
        Degree of delivery [measure] [1].

    Returns
    -------
    Terms by name, in the unit of the quantity.

    Raises
    ------
    DafengError
        For a year that is not modelled.
    """
    found = evaluate(model, delivery, np.zeros((1, len(model.drivers))), [year])
    if quantity in CHAIN:
        return {name: sign * float(found.quantities[name][0, 0]) for name, sign in CHAIN[quantity].items()}
    if quantity not in ACCOUNTS or found.sectors is None:
        return {}
    left_out = "process" if quantity == "A" else IMPORT
    rows = zip(ROWS, found.sectors[0, :, 0], strict=True)
    return {name: float(value) for name, value in rows if name != left_out}


def explain(
    case: Case, model: Model, quantity: str, year: int, delivery: Array, top: int = 12
) -> tuple[float, list[Origin]]:
    """Explain a number: the central value of `quantity` and the inputs that move it most.

    `effect` is the change of the quantity when the input goes from its 5 to its 95 % end, or the measure from
    nothing to full delivery.

    Parameters
    ----------
    quantity : str
        An account (A, B) or a quantity of `evaluate`.

    Raises
    ------
    DafengError
        For an unknown quantity or year.
    """
    n, m = len(model.drivers), len(model.measures)
    # the low end of a project is that it is not built
    ends = np.diag([driver.nothing if driver.odds < 1.0 else -1.0 for driver in model.drivers])
    draws = np.concatenate([np.zeros((1, n)), ends.reshape(n, n), np.eye(n), np.zeros((2 * m, n))])
    degrees = np.repeat(np.atleast_2d(delivery), len(draws), axis=0)
    for measure in range(m):
        degrees[1 + 2 * n + measure, measure] = 0.0
        degrees[1 + 2 * n + m + measure, measure] = 1.0
    found = evaluate(model, degrees, draws, [year])
    values = {**found.accounts, **found.quantities}
    if quantity not in values:
        near = get_close_matches(quantity, list(values), 3)
        mend = f"did you mean {' / '.join(near)}?" if near else ""
        raise DafengError.at("quantity", quantity, f"one of {', '.join(values)}", mend)
    series = values[quantity][:, 0]
    column = year - int(model.years[0])
    effect = np.concatenate(
        [
            series[1 + n : 1 + 2 * n] - series[1 : 1 + n],
            series[1 + 2 * n + m :] - series[1 + 2 * n : 1 + 2 * n + m],
        ]
    )
    largest = [int(k) for k in np.argsort(-np.abs(effect), kind="stable")[:top] if effect[k] != 0]
    return float(series[0]), [
        _driver_origin(case, model, k, column, series, n) if k < n else _measure_origin(case, model, k - n, series, n, m)
        for k in largest
    ]  # fmt: skip


def _driver_origin(case: Case, model: Model, k: int, column: int, series: Array, n: int) -> Origin:
    """Return the driver's own row of the table, between its knots; the model's range where the table gives
    none.
    """
    driver, parameter = model.drivers[k], model.parameters[model.drivers[k].parameter]
    if driver.odds < 1.0:
        central, above = float(parameter.central[column]), float(parameter.up[column])
        built, high = (
            (central, central + above) if driver.nothing else (above, above * (1.0 + driver.built[1]))
        )
        return Origin(
            driver.parameter, scoped_name(driver.name_zh, driver.parameter), scoped_name(driver.name_en, driver.parameter),
            "plants.csv", driver.id.removeprefix("project."), built, 0.0, high, parameter.unit,
            driver.grade, driver.source, float(series[1 + n + k] - series[1 + k]), float(series[1 + k]),
            float(series[1 + n + k]),
        )  # fmt: skip
    rows = case.table("drivers")
    rows = rows[rows["id"] == driver.id].sort_values("year")
    year = float(model.years[column])
    knots = rows["year"].to_numpy(dtype=float)
    value, low, high = (
        float(np.interp(year, knots, rows[name].to_numpy(dtype=float))) for name in ("value", "low", "high")
    )
    if parameter.rate and driver.damping < 1.0 and value < 0.0:
        # the model carries on a part of the fall, and the range with it
        lift = (driver.damping - 1.0) * value
        value, low, high = value + lift, low + lift, high + lift
    if np.isnan(low):
        low, high = value * np.exp(-parameter.down[column]), value * np.exp(parameter.up[column])
    return Origin(
        driver.parameter, scoped_name(driver.name_zh, driver.parameter), scoped_name(driver.name_en, driver.parameter), "drivers.csv", driver.id, value, float(low), float(high),
        str(rows["unit"].iloc[0]), driver.grade, driver.source, float(series[1 + n + k] - series[1 + k]),
        float(series[1 + k]), float(series[1 + n + k]),
    )  # fmt: skip


def _measure_origin(case: Case, model: Model, k: int, series: Array, n: int, m: int) -> Origin:
    measure = model.measures[k]
    rows = case.table("measures")
    unit = str(rows[rows["id"] == measure.id]["unit"].iloc[0])
    effect = float(series[1 + 2 * n + m + k] - series[1 + 2 * n + k])
    return Origin(
        ";".join(dict.fromkeys(rows[rows["id"] == measure.id]["parameter"])), measure.name_zh, measure.name_en, "measures.csv",
        measure.id, 1.0, 0.0, 1.0, unit, measure.grade, measure.source, effect,
        float(series[1 + 2 * n + k]), float(series[1 + 2 * n + m + k]),
    )  # fmt: skip
