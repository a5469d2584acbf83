"""Compiler of a case's tables into a model; every problem is reported at once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Problem, Problems
from dafeng.pathway.compile.drivers import parameters_of
from dafeng.pathway.compile.measures import measures_of
from dafeng.pathway.compile.projects import NONE, Projects
from dafeng.pathway.engine.base import Base, neutral
from dafeng.pathway.engine.evaluate import ACCOUNTS, evaluate
from dafeng.pathway.engine.model import Driver, Model, Parameter
from dafeng.pathway.engine.overlaps import Overlap, overlaps_of
from dafeng.pathway.engine.turnover import with_turnover
from dafeng.pathway.results.shares import Unquantified
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]

LAST_YEAR = 2060


FIRST_HORIZON = 2035
"""The last year in which a peak is looked for: the model must reach it."""


class Place(Protocol):
    """Part of `city.yaml` that the model reads."""

    @property
    def base_year(self) -> int: ...
    @property
    def as_of(self) -> int: ...
    @property
    def horizon(self) -> int: ...
    @property
    def headline_account(self) -> str: ...


class Tables(Protocol):
    """Part of a case that the model reads."""

    def table(self, name: str) -> pd.DataFrame: ...


def compile_tables(
    case: Tables,
    base: Base,
    as_of: int,
    name: str = "",
    last_year: int = LAST_YEAR,
    correlation: Mapping[tuple[str, str], float] | None = None,
    terms: Terms = ALL_TERMS,
    overlaps: pd.DataFrame | None = None,
    projects: Callable[[int], Projects] | None = None,
    delivered: Callable[[pd.DataFrame, Problems], tuple[pd.DataFrame, tuple[Finding, ...]]] | None = None,
) -> Model:
    """Compile the annual model of a case.

    Parameters: `case` gives the tables `drivers` and `measures`; `base` the base year; measures act after
    `as_of` (what had happened by then is in the drivers), ramping linearly to their first knot and holding
    their last; `correlation` by pairs of driver ids; `terms` of which damping, effects, what is delivered to date and overlaps enter the
    model; `overlaps` the table of exclusive groups; `projects` those not built, compiled for the columns after
    the drivers; `delivered` what measures have delivered to date by the release.

    Raises: DafengError with every unknown parameter, unit, operation or segment, every range that does
    not hold its value, every dimension given twice, and vintages without life, shape and past growth.
    """
    problems = Problems()
    years = np.arange(base.year, last_year + 1)
    parameters, drivers = parameters_of(case.table("drivers"), years, base, problems, terms.damping)
    table, told = case.table("measures"), tuple[Finding, ...]()
    if delivered is not None:
        table, told = delivered(table, problems)
    measures = measures_of(table, years, as_of, parameters, problems, terms.effects, terms.running)
    added = projects(len(drivers)) if projects is not None else NONE
    parameters |= added.parameters
    drivers += added.drivers
    ids = [measure.id for measure in measures]
    exclusive: tuple[Overlap, ...] = ()
    if overlaps is not None and terms.overlaps:
        exclusive = overlaps_of(overlaps, ids, problems)
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
        (*base.findings, *added.findings, *told),
        overlaps=exclusive,
    )
    return _with_reference(with_turnover(model))


def check_place(place: Place, problems: Problems) -> None:
    """Check that the model covers `city.yaml`: the account of its headline, the years it asks for."""
    if place.headline_account not in ACCOUNTS:
        expected = f"{' or '.join(ACCOUNTS)}: the model projects these"
        problems.add(
            "city.yaml:headline_account",
            place.headline_account,
            expected,
            "account C is part of the inventory",
        )
    if not FIRST_HORIZON <= place.horizon <= LAST_YEAR:
        problems.add("city.yaml:horizon", str(place.horizon), f"{FIRST_HORIZON}–{LAST_YEAR}")


def check_tables(place: Place, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Check for what the model cannot read of `drivers` and `measures` (a case may have neither), before an
    inventory is built.

    Parameters
    ----------
    place
        Place of the case.
    tables
        Typed tables of the case, by name.

    Returns
    -------
    Problems, none where the tables can be compiled.
    """
    if "drivers" not in tables or "measures" not in tables:
        return []
    problems = Problems()
    check_place(place, problems)
    years = np.arange(place.base_year, LAST_YEAR + 1)
    parameters, _ = parameters_of(tables["drivers"], years, neutral(place.base_year), problems)
    measures = measures_of(tables["measures"], years, place.as_of, parameters, problems)
    if "overlaps" in tables:
        overlaps_of(tables["overlaps"], [measure.id for measure in measures], problems)
    return list(problems)


def unquantified(case: Tables) -> list[Unquantified]:
    """Return the measures whose effect is NE, with the reason."""
    table = case.table("measures")
    rows = table[table["effect"] != "quantified"].drop_duplicates("id")
    return [
        Unquantified(
            id=str(row.id), task=str(row.task), name_zh=str(row.name_zh), name_en=str(row.name_en), reason=str(row.reason)
        )
        for row in rows.itertuples()
    ]  # fmt: skip


def _with_reference(model: Model) -> Model:
    """Add the residual load that the reference hours belong to: the central case without the plan."""
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
