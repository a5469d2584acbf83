"""Credit of green power that a city exports: average or marginal factor, certificates kept or sold.

Net import is counted at the average factor of the grid, so each MWh of wind or sun that the city does not
use itself lowers account A by that factor, and below zero once the city is a net exporter. Read at the margin,
the same MWh replaces what the hourly model of the grid would have run (its response table), or, without one,
coal power. Whoever sells a certificate sells the claim with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.engine.evaluate import IMPORT, ROWS, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.response import MARGINAL, Table, point_of, weighted, weights_of

Array = NDArray[np.float64]

GREEN = ("wind_solar_mw", "hydro_mwh", "biomass_mw")
"""Parameters whose measures add generation of green power."""
COUNTED = ("A", "average", "kept")
"""Reading of the national rules: account A at the published average factor, and only for certificates that
are not sold (the certificate is the only proof: 发改能源〔2025〕262号)."""


@dataclass(frozen=True, slots=True)
class CreditReading:
    """Reduction [t CO2] that measures of green power give under one reading, and the account with the plan.

    `local_t` is what coal units of the city emit less, `credit_t` the credit for less net import or more
    export; `counted` marks the reading of the national rules; `origin` is what the factor comes from: the model's
    grid factor, the response table of the hourly model, or the city's coal units.
    """

    account: str
    factor: str
    certificates: str
    factor_t_per_mwh: float
    local_t: float
    credit_t: float
    level_t: float
    counted: bool
    origin: str

    @property
    def reduction_t(self) -> float:
        """Return the whole reduction."""
        return self.local_t + self.credit_t


def export_credit(
    model: Model, year: int, whole: Array | None = None, tables: Sequence[Table] = ()
) -> list[CreditReading]:
    """Compute the readings of the central case in `year`: factor × certificates in account A, and account B.

    The credit is the change of net import by the measures of green power times the factor. Marginal: the mean of
    the response tables' `marginal_co2_t_per_mwh` with and without these measures; without tables, or outside
    their runs, the rate of the city's coal units stands in for the province's (grade E).
    Certificates sold: they are sold for what the city exports, so that the account cannot fall below that
    of a city that imports nothing.

    Parameters
    ----------
    model : Model
        The compiled model.
    year : int
        Year of the comparison.
    whole : array, optional
        Degrees [measure] of the plan in full.
    tables : sequence of Table, optional
        Response tables of the hourly model (`dafeng.dispatch.read_response`), one a year.

    Raises
    ------
    DafengError
        For a year outside the model, or a model without a grid factor.
    """
    if year not in model.years:
        raise DafengError.at("year", str(year), f"{model.years[0]} to {model.years[-1]}")
    if "grid_factor" not in model.parameters:
        raise DafengError.at("drivers.csv", "no row", "the parameter grid_factor")
    plan = model.delivery(1.0) if whole is None else np.asarray(whole, dtype=np.float64)
    without = np.where(_green(model), 0.0, plan)
    with_plan, other = (_figures(model, degrees, year) for degrees in (plan, without))
    average = with_plan.factor
    hourly = _of_hourly_model(year, (with_plan, other), tables)
    marginal = (model.base.coal_unit_factor, "coal_units") if hourly is None else (hourly, "response")
    rows = [
        _reading(name, kept, factor, origin, with_plan, other)
        for name, (factor, origin) in (("average", (average, "grid_factor")), ("marginal", marginal))
        for kept in (True, False)
    ]
    local = other.territory - with_plan.territory
    return [
        *rows,
        CreditReading("B", "none", "any", 0.0, local, 0.0, with_plan.territory, counted=False, origin="none"),
    ]


def _of_hourly_model(year: int, figures: Sequence["_Figures"], tables: Sequence[Table]) -> float | None:
    """Mean marginal factor of `tables` at `figures`, t/MWh; None without tables and outside their runs."""
    if not tables:
        return None
    ordered = tuple(sorted(tables, key=lambda table: table.year))
    weights = weights_of(ordered, np.array([year]))
    grid = np.stack([one.point for one in figures])[:, None, :]
    factor = float(weighted(ordered, weights, grid, (MARGINAL,)).mean())
    return None if np.isnan(factor) else factor


@dataclass(frozen=True, slots=True)
class _Figures:
    """Central figures of a year: accounts [t], net import [MWh], grid factor [t/MWh], point of response tables."""

    assessment: float
    territory: float
    import_mwh: float
    import_t: float
    factor: float
    point: Array


def _figures(model: Model, degrees: Array, year: int) -> _Figures:
    centre = np.zeros((1, len(model.drivers)))
    found = evaluate(model, degrees, centre, [year])
    if found.sectors is None:
        raise RuntimeError("an evaluation in full has sectors")
    column = int(year - model.years[0])
    imported = float(found.quantities["net_import"][0, 0])
    paths = Paths(model, np.array([column]))
    paths.chunk(degrees[None, :], centre)
    wind = paths.get("wind_share")
    return _Figures(
        float(found.accounts["A"][0, 0]), float(found.accounts["B"][0, 0]), imported,
        float(np.asarray(found.sectors)[0, ROWS.index(IMPORT), 0]),
        float(model.parameters["grid_factor"].central[column]),
        point_of(found.quantities, np.zeros((1, 1)) if wind is None else wind)[0, 0],
    )  # fmt: skip


def _green(model: Model) -> NDArray[np.bool_]:
    """Which measures act on green power."""
    acting = {
        action.measure
        for name in GREEN
        if name in model.parameters
        for action in model.parameters[name].actions
    }
    return np.array([number in acting for number in range(len(model.measures))])


def _reading(
    name: str, kept: bool, factor: float, origin: str, plan: _Figures, other: _Figures
) -> CreditReading:  # fmt: skip
    imports = [plan.import_mwh, other.import_mwh]
    if not kept:
        imports = [max(value, 0.0) for value in imports]
    credit = (imports[1] - imports[0]) * factor
    local = (other.assessment - other.import_t) - (plan.assessment - plan.import_t)
    level = plan.assessment - plan.import_t + imports[0] * factor
    certificates = "kept" if kept else "sold"
    return CreditReading(
        "A", name, certificates, factor, local, credit, level, ("A", name, certificates) == COUNTED, origin
    )
