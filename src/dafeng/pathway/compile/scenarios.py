"""Scenarios of a case: named, frozen points of the cube of measures, with the plan's own steps or changed
ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case, present_id
from dafeng.evidence import DafengError, Problems
from dafeng.pathway.engine.model import Action, Model, Parameter

Array = NDArray[np.float64]

MOST_DELAY = 10


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """Point of the cube: `delivery` [measure], degrees 0–1 (read-only), and the model that it is a point of.

    The model is the case's own unless the scenario delays measures or stretches their steps.
    """

    name: str
    title_zh: str
    title_en: str
    model: Model
    delivery: Array


def scenario(
    case: Case,
    model: Model,
    name: str,
    changes: Mapping[str, float] | None = None,
    option: str = "--set",
    later: Mapping[str, int] | None = None,
) -> Scenario:
    """Return the scenario `name` of the case, or with `changes` a copy whose name and titles state what is
    set.

    Measures whose effect is not estimated have no column: a scenario may name them, a change may not.

    Parameters
    ----------
    case
        Loaded case.
    model
        Compiled model of the case.
    name
        Id of the scenario.
    changes
        Degree of delivery by measure [1].
    option
        Option of the command line, named in problems.
    later
        Years by which what a measure still adds comes later, beyond what the scenario says; 0 to 10.

    Returns
    -------
    Scenario with degrees of delivery [measure].

    Raises
    ------
    DafengError
        For an unknown scenario, and with every unknown measure, degree outside 0–1 and delay outside 0–10.
    """
    name = present_id(name)
    if name not in case.scenarios:
        raise DafengError.at(
            "--scenario", name, f"one of {', '.join(case.scenarios)}", _near(name, list(case.scenarios))
        )
    written = case.scenarios[name]
    degrees = _by_column(written["delivery"], model, 0.0)
    _change(degrees, case, model, changes or {}, option)
    degrees.flags.writeable = False
    shifts = _by_column(written.get("delay_years", {}), model, 0.0).astype(int)
    _delay(shifts, model, later or {}, option)
    stretches = _by_column(written.get("stretch", {}), model, 1.0)
    changed = _with_steps(model, shifts, stretches)
    label = settings_label(changes or {}, later)
    zh, en = (f"{written[title]}{label}" for title in ("title_zh", "title_en"))
    return Scenario(f"{name}{label}", zh, en, changed, degrees)


def settings_label(changes: Mapping[str, float], later: Mapping[str, int] | None = None) -> str:
    """Return the label of a copy of a scenario in rows, files and exports; empty without changes.

    Parameters
    ----------
    changes
        Degree of delivery by measure [1].
    later
        Years by which a measure comes later.

    Returns
    -------
    Label in brackets, or "".

    Examples
    --------
    >>> settings_label({"wind_solar_927": 0.6, "storage": 1.0}, {"storage": 2})
    '[wind_solar_927=0.6; storage=1; storage+2a]'
    """
    parts = [f"{measure}={degree:g}" for measure, degree in changes.items()]
    parts += [f"{measure}+{years}a" for measure, years in (later or {}).items()]
    return f"[{'; '.join(parts)}]" if parts else ""


def _near(word: str, words: list[str]) -> str:
    found = get_close_matches(word, words, 3)
    return f"did you mean {' / '.join(found)}? (是否为 {'、'.join(found)}?)" if found else ""


def _by_column(written: Mapping[str, float], model: Model, neutral: float) -> Array:
    default = float(written.get("default", neutral))
    return np.array([float(written.get(measure.id, default)) for measure in model.measures])


def _change(degrees: Array, case: Case, model: Model, changes: Mapping[str, float], option: str) -> None:
    problems = Problems()
    columns = {measure.id: column for column, measure in enumerate(model.measures)}
    for measure, degree in changes.items():
        where = f"{option} {measure}={degree:g}"
        if measure in columns:
            if 0 <= degree <= 1:
                degrees[columns[measure]] = degree
            else:
                problems.add(
                    where, f"{degree:g}", "a degree from 0 (nothing) to 1 (as in the plan)", "80 % is 0.8"
                )
        elif (reasons := case.table("measures").query("id == @measure")["reason"]).size:
            problems.add(
                where, "a measure whose effect is not estimated (NE)", "one that acts on the model", str(reasons.iloc[0])
            )  # fmt: skip
        else:
            problems.add(
                where, measure, "the id of a measure with a quantified effect", _near(measure, list(columns))
            )
    problems.raise_if_any()


def _delay(shifts: NDArray[np.int64], model: Model, later: Mapping[str, int], option: str) -> None:
    problems = Problems()
    columns = {measure.id: column for column, measure in enumerate(model.measures)}
    for measure, years in later.items():
        where = f"{option} {measure}+{years}a"
        if measure not in columns:
            problems.add(
                where, measure, "the id of a measure with a quantified effect", _near(measure, list(columns))
            )
        elif not 0 <= years <= MOST_DELAY:
            problems.add(where, years, f"a delay of 0 to {MOST_DELAY} years")
        else:
            shifts[columns[measure]] += years
    problems.raise_if_any()


def _with_steps(model: Model, shifts: NDArray[np.int64], stretches: Array) -> Model:
    """Return the model whose measures begin later and go further."""
    if not shifts.any() and (stretches == 1).all():
        return model
    found: dict[str, Parameter] = {}
    for id_, parameter in model.parameters.items():
        start = float(parameter.central[model.as_of - int(model.years[0])])
        actions = tuple(
            replace(a, path=_later(_stretched(a, start, float(stretches[a.measure])), int(shifts[a.measure])))
            for a in parameter.actions
        )
        found[id_] = replace(parameter, actions=actions)
    return replace(model, parameters=found)


def _stretched(action: Action, start: float, factor: float) -> Array:
    """Return the step from no action, times `factor`."""
    neutral = {"add": 0.0, "multiply": 1.0}.get(action.operation, start)
    return np.asarray(neutral + factor * (action.path - neutral))


def _later(path: Array, years: int) -> Array:
    """Shift a path by `years`; before its start there is no effect."""
    if not years:
        return path
    return np.concatenate([np.full(min(years, path.size), path[0]), path[: path.size - years]])
