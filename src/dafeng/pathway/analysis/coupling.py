"""Coupling of the annual model with the hourly dispatch model through stored response tables.

The drivers' reference hours and curtailment represent the central case without the plan. What the plan and a
draw change — solar capacity, storage, demand — moves them as the hourly model computes, in place of the
stated merit order. Outside a table's runs nothing is extrapolated: there the merit order stays, and a finding
reports where.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from dafeng.evidence import DafengError, Finding, Severity
from dafeng.pathway.engine.evaluate import evaluate
from dafeng.pathway.engine.model import Model, draw
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.response import Response, Table, point_of, weighted, weights_of

KNOWN = "response_known"
REFERENCE_OUTSIDE = "coupling-reference-outside"


def couple(model: Model, tables: Sequence[Table]) -> Model:
    """Couple `model` so that coal hours and curtailment follow `tables` (dafeng.dispatch.ResponseTable), one
    or several years.

    Between the tables' years their answers are interpolated, outside them the nearest holds. Whether a table
    rests on the case as it is now is checked where it is read (dafeng.dispatch.read_response).

    Parameters
    ----------
    model
        Compiled model of the case.
    tables
        Response tables, one a year.

    Returns
    -------
    Copy of the model with the coupled drivers.

    Raises
    ------
    DafengError
        Without tables, for two of one year, or where the reference of every year lies outside the tables'
        runs.
    """
    ordered = tuple(sorted(tables, key=lambda table: table.year))
    years = [table.year for table in ordered]
    if not ordered or len(set(years)) < len(years):
        raise DafengError.at("couple", f"tables of {years}", "a response table or more, each of its own year")
    centre = np.zeros((1, len(model.drivers)))
    bare = replace(model, response=None)
    found = evaluate(bare, model.delivery(0.0), centre)
    paths = Paths(bare, np.arange(model.years.size))
    paths.chunk(model.delivery(0.0)[None, :], centre)
    share = paths.get("wind_share")
    grid = point_of(found.quantities, np.zeros((1, 1)) if share is None else share)
    weights = weights_of(ordered, model.years)
    outputs = weighted(ordered, weights, grid)[0]
    outside = np.isnan(outputs).any(axis=1)
    if outside.all():
        raise DafengError.at(
            "couple", f"tables of {years} whose runs hold no year of the reference", "runs around the reference",
            "choose the bounds around solar capacity, storage and demand without the plan",
        )  # fmt: skip
    findings = list(model.findings)
    if outside.any():
        missed = [int(year) for year in model.years[outside]]
        findings.append(
            Finding(
                REFERENCE_OUTSIDE, Severity.NOTE, f"{missed[0]}–{missed[-1]}",
                f"{len(missed)}个年份的参考情形超出响应表范围,这些年份仍用年度出清顺序",
                f"the reference of {len(missed)} years lies outside the response tables: the merit order stays there",
            )
        )  # fmt: skip
    return replace(model, response=Response(ordered, weights, grid[0], outputs), findings=tuple(findings))


def coupling_findings(model: Model, delivery: ArrayLike, samples: int, seed: int) -> tuple[Finding, ...]:
    """Return where a coupled model keeps the merit order: the reference and samples outside the tables' runs.

    Parameters
    ----------
    model : Model
        One that `couple` made; another has no such findings.
    delivery : array
        Degrees of delivery [measure], or [sample, measure] with rows for `samples` at least.
    samples, seed : int
        Samples to look at.
    """
    if model.response is None:
        return ()
    degrees = np.atleast_2d(np.asarray(delivery, dtype=float))
    result = evaluate(model, degrees[:samples], draw(model, samples, seed))
    known = result.quantities[KNOWN]
    found = tuple(finding for finding in model.findings if finding.code == REFERENCE_OUTSIDE)
    if bool((known == 1.0).all()):
        return found
    share = 1.0 - known.mean(axis=0)
    worst = int(np.argmax(share))
    return (
        *found,
        Finding(
            "coupling-outside", Severity.WARNING, f"{result.years[0]}–{result.years[-1]}",
            f"{1 - known.mean():.0%}的样本年份超出响应表范围,未作外推,沿用年度出清顺序({result.years[worst]}年最多,{share[worst]:.0%})",
            f"{1 - known.mean():.0%} of sample-years lie outside the response tables and keep the merit order (most in {result.years[worst]}: {share[worst]:.0%})",
        ),
    )  # fmt: skip
